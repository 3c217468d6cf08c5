import { describe, expect, it } from 'vitest';
import { decide, type Decision, type Knowledge, type Rules } from '../../../src/parseable/gateway/decide.js';
import type { Route } from '../../../src/parseable/gateway/route.js';
import type { NameState } from '../../../src/parseable/gateway/stream-states.js';

const WEB = { tenant: '', name: 'web' };
const RULES: Rules = { unknownStreams: 'pass', trustsTenantHeader: false };
const NOW_MS = 1_000_000;

const ROUTES: Readonly<Record<string, Route>> = {
  events: { kind: 'events', streams: [WEB] },
  create: { kind: 'create', stream: WEB, isUpdate: false },
  update: { kind: 'create', stream: WEB, isUpdate: true },
  delete: { kind: 'delete', stream: WEB },
  detail: { kind: 'detail', stream: WEB, writes: false },
  change: { kind: 'detail', stream: WEB, writes: true },
  list: { kind: 'list' },
  internal: { kind: 'internal' },
  other: { kind: 'other' },
};

function knowing(state: NameState['state'] | undefined, unknownBecause?: string): Knowledge {
  const known =
    state === undefined
      ? undefined
      : { state, incarnation: 7, purgeAfterMs: NOW_MS + 1, reusableAfterMs: NOW_MS + 90_000 };
  return { unknownBecause, stateOf: () => known, hasDead: known !== undefined, nowWallMs: NOW_MS };
}

const shown = (decision: Decision): string => {
  if (decision.kind === 'refuse') return `${decision.refusal.status} ${decision.refusal.reason}`;
  return decision.kind === 'forward' ? `to ${decision.to}` : decision.kind;
};

describe('decide', () => {
  it.each([
    // What, state unknown, no entry, DELETED, PURGING, PURGED and fenced
    [
      'events',
      '503 STATE_UNKNOWN',
      'to ingest',
      '410 STREAM_DELETED',
      '410 STREAM_PURGING',
      '503 STREAM_FENCED',
    ],
    ['create', '503 STATE_UNKNOWN', 'create', 'create', 'create', 'create'],
    [
      'update',
      '503 STATE_UNKNOWN',
      'to query',
      '410 STREAM_DELETED',
      '410 STREAM_PURGING',
      '503 STREAM_FENCED',
    ],
    ['delete', '503 STATE_UNKNOWN', 'delete', 'delete', 'delete', 'delete'],
    ['detail', 'to query', 'to query', '404 STREAM_DELETED', '404 STREAM_PURGING', 'to query'],
    [
      'change',
      '503 STATE_UNKNOWN',
      'to query',
      '410 STREAM_DELETED',
      '410 STREAM_PURGING',
      '503 STREAM_FENCED',
    ],
    ['list', 'to query', 'to query', 'list', 'list', 'list'],
    [
      'internal',
      '403 INTERNAL_CALL',
      '403 INTERNAL_CALL',
      '403 INTERNAL_CALL',
      '403 INTERNAL_CALL',
      '403 INTERNAL_CALL',
    ],
    ['other', 'to query', 'to query', 'to query', 'to query', 'to query'],
  ])('%s', (what, unknown, none, deleted, purging, fenced) => {
    const become = (knowledge: Knowledge): string => shown(decide(ROUTES[what]!, knowledge, RULES));
    expect([
      become(knowing(undefined, 'nobody says')),
      become(knowing(undefined)),
      become(knowing('DELETED')),
      become(knowing('PURGING')),
      become(knowing('PURGED')),
    ]).toEqual([unknown, none, deleted, purging, fenced]);
  });

  it('counts a write for each stream that it names, and refuses it for any of them', () => {
    const two: Route = { kind: 'events', streams: [WEB, { tenant: '', name: 'hose' }] };
    expect(decide(two, knowing(undefined), RULES)).toMatchObject({ counts: [WEB, { name: 'hose' }] });
    const knowledge: Knowledge = {
      ...knowing(undefined),
      stateOf: ({ name }) => (name === 'hose' ? knowing('DELETED').stateOf(WEB) : undefined),
    };
    expect(decide(two, knowledge, RULES)).toMatchObject({
      refusal: { status: 410, stream: { name: 'hose' } },
    });
  });

  it('says how long a fence lasts', () => {
    expect(decide(ROUTES['events']!, knowing('PURGED'), RULES)).toMatchObject({
      refusal: { retryAfterMs: 90_000, facts: { reusable_after: '1970-01-01T00:18:10.000Z' } },
    });
  });
});
