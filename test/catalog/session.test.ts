/** P3: sessions, as far as they are replicated. */
import { describe, expect, it } from 'vitest';
import { decodeSession, encodeMeta, encodeMetaBody } from '../../src/catalog/record-codec.js';
import { META_KEY, sessionRange } from '../../src/catalog/keys.js';
import type { SessionEnding } from '../../src/catalog/lifecycle.js';
import { SESSIONS_MAX } from '../../src/catalog/limits.js';
import { readMeta, readSession, readSummary } from '../../src/catalog/queries.js';
import type { Command, SessionState } from '../../src/catalog/types.js';
import { validateAgainst } from '../../src/catalog/validate-against.js';
import {
  closeSession,
  create,
  expireSession,
  openSession,
  START_MS,
  TestCatalog,
  uuid,
} from './support/memory-catalog.js';

/** The table of `lifecycle.ts` a second time, as what callers see. The deadline of EXPIRED ones has not passed. */
const TABLE: Record<SessionState | 'ABSENT', Record<SessionEnding, 'EXPIRED' | 'gone' | '='>> = {
  ABSENT: { closeSettled: '=', closeUnsettled: '=', expireSession: '=' },
  OPEN: { closeSettled: 'gone', closeUnsettled: 'EXPIRED', expireSession: 'EXPIRED' },
  EXPIRED: { closeSettled: 'gone', closeUnsettled: '=', expireSession: '=' },
};

const ENDINGS: Record<SessionEnding, (id: number) => Command> = {
  closeSettled: (id) => closeSession(id, true),
  closeUnsettled: (id) => closeSession(id, false),
  expireSession,
};

function sessionIn(catalog: TestCatalog, state: SessionState | 'ABSENT'): number {
  const { id } = catalog.session(openSession('node'));
  if (state === 'EXPIRED') catalog.session(expireSession(id));
  if (state === 'ABSENT') catalog.session(closeSession(id, true));
  return id;
}

describe('the table of sessions', () => {
  for (const [state, row] of Object.entries(TABLE)) {
    for (const [ending, expected] of Object.entries(row)) {
      it(`${state} x ${ending}: ${expected}`, () => {
        const catalog = new TestCatalog();
        const id = sessionIn(catalog, state as SessionState | 'ABSENT');
        const result = catalog.apply(ENDINGS[ending as SessionEnding](id));
        expect(result.ok && result.changed).toBe(expected !== '=');
        const after = readSession(catalog.store, id);
        if (expected === 'gone') expect(after).toBeUndefined();
        else if (expected === 'EXPIRED') expect(after?.state).toBe('EXPIRED');
        // One write: committed time moved on.
        else expect(catalog.last?.writes).toHaveLength(1);
      });
    }
  }
});

describe('a session', () => {
  it('is named by the entry that opened it, and moves the revision that watches count in', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app'));
    const session = catalog.session(openSession('node-1', { ttlMs: 5000, uploadDeadlineMs: 1000 }));
    expect(session).toEqual({
      id: 2,
      nodeId: 'node-1',
      state: 'OPEN',
      ttlMs: 5000,
      uploadDeadlineMs: 1000,
      openedRevision: 2,
      openTimeMs: START_MS,
      settledAfterMs: 0,
    });
    expect(readSession(catalog.store, 2)).toEqual(session);
    expect(readSummary(catalog.store)).toMatchObject({ revision: 2, sessions: { OPEN: 1, EXPIRED: 0 } });
    expect(catalog.last?.event).toBeUndefined();
  });

  it('that covers earlier ones holds up every drain, whenever it began', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app'));
    const session = catalog.session(openSession('node', { coversEarlier: true }));
    expect(session).toMatchObject({ id: 2, openedRevision: 0 });
    expect(readSession(catalog.store, 2)).toEqual(session);
  });

  it('that is closed unsettled is waited for as long as its holder may not know of it', () => {
    const catalog = new TestCatalog();
    const { id } = catalog.session(openSession('node', { ttlMs: 5_000, uploadDeadlineMs: 60_000 }));
    expect(catalog.session(closeSession(id, false))).toMatchObject({
      state: 'EXPIRED',
      settledAfterMs: START_MS + 65_000,
    });
  });

  it('may share its node id, as after a restart', () => {
    const catalog = new TestCatalog();
    const ids = [1, 2].map(() => catalog.session(openSession('node')).id);
    catalog.session(closeSession(1, true));
    const kept = catalog.store.range(sessionRange()).map(([, value]) => decodeSession(value).id);
    expect([ids, kept]).toEqual([[1, 2], [2]]);
  });

  it('that expires is kept until its last upload is past its deadline, in committed time', () => {
    const catalog = new TestCatalog();
    const { id } = catalog.session(openSession('node', { uploadDeadlineMs: 60_000 }));
    catalog.nowMs = START_MS + 10_000;
    expect(catalog.session(expireSession(id))).toMatchObject({
      state: 'EXPIRED',
      settledAfterMs: START_MS + 70_000,
    });
    // Neither another leader nor its holder makes that later or sooner.
    catalog.nowMs = START_MS + 70_000;
    expect(catalog.apply(expireSession(id))).toMatchObject({ ok: true, changed: false });
    expect(catalog.apply(closeSession(id, false))).toMatchObject({ ok: true, changed: false });
    expect(readSummary(catalog.store).sessions).toEqual({ OPEN: 0, EXPIRED: 1 });
    catalog.nowMs++;
    expect(catalog.apply(expireSession(id))).toMatchObject({ ok: true, changed: true, session: { id } });
    expect(readSummary(catalog.store).sessions).toEqual({ OPEN: 0, EXPIRED: 0 });
    expect(catalog.apply(expireSession(id))).toEqual({
      ok: true,
      stream: undefined,
      session: undefined,
      changed: false,
    });
  });

  it('is opened once for one request id, and told as it is now', () => {
    const catalog = new TestCatalog();
    const open = openSession('node');
    const first = catalog.apply(open, uuid(1));
    expect(first).toMatchObject({ ok: true, changed: true, session: { id: 1 } });
    catalog.session(expireSession(1));
    expect(catalog.apply(open, uuid(1))).toMatchObject({
      ok: true,
      changed: false,
      session: { id: 1, state: 'EXPIRED' },
    });
    catalog.session(closeSession(1, true));
    expect(catalog.apply(open, uuid(1))).toEqual({
      ok: true,
      stream: undefined,
      session: undefined,
      changed: false,
    });
    expect(catalog.refusal(openSession('other'), uuid(1)).violations).toMatchObject([
      { field: 'request_id' },
    ]);
  });

  it('too many is refused', () => {
    const catalog = new TestCatalog();
    const meta = { ...readMeta(catalog.store), sessions: { OPEN: SESSIONS_MAX - 1, EXPIRED: 1 } };
    catalog.store.write([{ key: META_KEY, value: encodeMeta(encodeMetaBody(meta), meta.digest) }]);
    expect(validateAgainst(catalog.store, openSession('node'), START_MS)).toMatchObject({
      ok: false,
      refusal: { reason: 'TOO_MANY_REQUESTS', metadata: { sessions_max: String(SESSIONS_MAX) } },
    });
  });

  it.each<[string, Command, string]>([
    ['no node id', openSession(''), 'node_id'],
    ['a node id too long', openSession('é'.repeat(128)), 'node_id'],
    ['a node id with control characters', openSession('a\nb'), 'node_id'],
    ['a short ttl', openSession('n', { ttlMs: 4999 }), 'ttl'],
    ['a long ttl', openSession('n', { ttlMs: 3_600_001 }), 'ttl'],
    ['a short deadline', openSession('n', { uploadDeadlineMs: 999 }), 'upload_deadline'],
    ['a long deadline', openSession('n', { uploadDeadlineMs: 3_600_001 }), 'upload_deadline'],
    ['half a millisecond', openSession('n', { ttlMs: 5000.5 }), 'ttl'],
    ['no session', closeSession(0, true), 'session_id'],
    ['no session to expire', expireSession(-1), 'session_id'],
  ])('with %s is refused', (_, command, field) => {
    expect(new TestCatalog().refusal(command)).toMatchObject({
      reason: 'INVALID_ARGUMENT',
      violations: [{ field }],
    });
  });
});
