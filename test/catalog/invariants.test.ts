/** The checker is only worth its name if it sees broken states: each of these is forged by hand. */
import { describe, expect, it } from 'vitest';
import { readImage } from '../../src/catalog/image.js';
import { checkInvariants, checkStep } from '../../src/catalog/invariants.js';
import {
  currentKey,
  listingKey,
  META_KEY,
  prefixKey,
  purgeQueueKey,
  requestQueueKey,
  sessionKey,
  streamKey,
  sweepQueueKey,
} from '../../src/catalog/keys.js';
import { readMeta } from '../../src/catalog/queries.js';
import {
  decodePrefixNode,
  decodeSession,
  encodeIncarnation,
  encodeMeta,
  encodeMetaBody,
  encodePrefixNode,
  encodeSession,
  encodeStream,
  NO_VALUE,
  type CatalogMeta,
  type PrefixNode,
} from '../../src/catalog/record-codec.js';
import type { CatalogWrite, SessionRecord, StreamRecord, StreamState } from '../../src/catalog/types.js';
import {
  closeSession,
  create,
  markDeleted,
  openSession,
  START_MS,
  TestCatalog,
  uuid,
} from './support/memory-catalog.js';

/**
 * 1: ACTIVE at a/b/. 2: DELETED at x/. 4: PURGED at p/q/, fenced, with a sweep to come. One request.
 * Sessions: 9 OPEN, 10 EXPIRED until a minute later. 12: DRAINING at d/ since 14.
 */
function sound(): TestCatalog {
  const catalog = new TestCatalog();
  catalog.apply(create('one', { prefix: 'a/b/' }), uuid(1));
  catalog.stream(create('two', { prefix: 'x/' }));
  catalog.stream(markDeleted('two', { gracePeriodMs: 1000 }));
  const { incarnation } = catalog.streamIn('PURGING', 'six', 'p/q/');
  catalog.stream({
    kind: 'markPurged',
    incarnation,
    objectsDeleted: 3,
    bytesDeleted: 3,
    uploadsAborted: 0,
    reusableAfterMs: START_MS + 9,
    nextSweepTimeMs: START_MS + 1000,
  });
  catalog.session(openSession('node', { uploadDeadlineMs: 1000 }));
  catalog.session(closeSession(catalog.session(openSession('node')).id, false));
  catalog.streamIn('DRAINING', 'twelve', 'd/');
  return catalog;
}

function violationsAfter(...writes: CatalogWrite[]): string {
  const { store } = sound();
  store.write(writes);
  return checkInvariants(store.entries()).join('; ');
}

function record(incarnation: number, fields: Partial<StreamRecord>): CatalogWrite {
  const stream = readImage(sound().store.entries()).streams.get(incarnation);
  if (stream === undefined) throw new Error(`no ${incarnation}`);
  return { key: streamKey(incarnation), value: encodeStream({ ...stream, ...fields }) };
}

/** The one that drains, with other words about its purge. */
function draining(fields: Partial<StreamRecord['purge']>, state: StreamState = 'PURGING'): CatalogWrite {
  const stream = readImage(sound().store.entries()).streams.get(12);
  if (stream === undefined) throw new Error('no 12');
  const value = encodeStream({ ...stream, state, purge: { ...stream.purge, ...fields } });
  return { key: streamKey(12), value };
}

function node(prefix: string, fields: Partial<PrefixNode>): CatalogWrite {
  const bytes = sound().store.get(prefixKey(prefix));
  if (bytes === undefined) throw new Error(`no ${prefix}`);
  return { key: prefixKey(prefix), value: encodePrefixNode({ ...decodePrefixNode(bytes), ...fields }) };
}

function session(id: number, fields: Partial<SessionRecord>): CatalogWrite {
  const bytes = sound().store.get(sessionKey(id));
  if (bytes === undefined) throw new Error(`no session ${id}`);
  return { key: sessionKey(id), value: encodeSession({ ...decodeSession(bytes), ...fields }) };
}

function meta(fields: Partial<CatalogMeta>): CatalogWrite {
  const changed = { ...readMeta(sound().store), ...fields };
  return { key: META_KEY, value: encodeMeta(encodeMetaBody(changed), changed.digest) };
}

const gone = (key: Uint8Array): CatalogWrite => ({ key, value: undefined });

describe('a sound catalog', () => {
  it('has no violation', () => {
    expect(violationsAfter()).toBe('');
  });
});

describe('the checker sees', () => {
  it.each<[string, CatalogWrite, string]>([
    ['an equal prefix', record(2, { prefix: 'a/b/' }), 'C1'],
    ['a prefix inside another', record(2, { prefix: 'a/b/c/' }), `C1: 'a/b/' of 1 overlaps 'a/b/c/' of 2`],
    ['a prefix around another', record(2, { prefix: 'a/' }), `C1: 'a/' of 2 overlaps 'a/b/' of 1`],
    ['a lost owner', gone(prefixKey('x/')), `C1: 2 is DELETED and does not own 'x/'`],
    ['a foreign owner', node('x/', { owner: 1 }), `C1: 'x/' is owned by 1`],
    ['a live owner that is purged', node('p/q/', { ownerLive: true }), 'wrong ownerLive'],
    ['a lost counter', gone(prefixKey('a/')), `C1: 'a/' has no node`],
    ['a wrong counter', node('a/', { ownedBelow: 2 }), `C1: 'a/' counts 2 below, not 1`],
    ['a lifted fence', node('p/q/', { fencedUntilMs: 0 }), `P11: 'p/q/' is not fenced`],
    ['a lifted fence above', node('p/', { belowFencedUntilMs: START_MS + 8 }), `P11: 'p/' is not fenced`],
    [
      'a node about nothing',
      {
        key: prefixKey('z/'),
        value: encodePrefixNode({
          owner: 0,
          ownerLive: false,
          fencedUntilMs: 0,
          ownedBelow: 0,
          belowFencedUntilMs: 5,
        }),
      },
      `'z/' is about nothing`,
    ],
    ['an escaping prefix', record(1, { prefix: '../' }), 'C6'],
    ['a moved deadline', record(2, { purgeAfterMs: START_MS + 5 }), 'purge queue: 2'],
    ['a state without its tombstone', record(2, { tombstoneRevision: 0 }), 'tombstone'],
    ['a state without its phase', record(2, { state: 'PURGING' }), 'phase WAITING'],
    ['a record from the future', record(1, { createTimeMs: START_MS + 1 }), 'C3'],
    ['a record beyond the revision', record(1, { revision: 99 }), 'revision 99'],
    ['a missing listing', gone(listingKey('', 'one', 1)), 'listing: 1'],
    ['a stray listing', { key: listingKey('', 'x', 77), value: NO_VALUE }, '77 has no record'],
    ['a missing deadline', gone(purgeQueueKey(START_MS + 1000, 2)), 'purge queue: 2'],
    ['an ACTIVE life that is not current', gone(currentKey('', 'one')), 'current: 1'],
    [
      'a current life of another name',
      { key: currentKey('', 'one'), value: encodeIncarnation(2) },
      'not its own',
    ],
    [
      'a wrong count',
      meta({ streams: { ACTIVE: 2, DELETED: 1, PURGING: 1, PURGED: 1 } }),
      'counter: 2 ACTIVE',
    ],
    [
      'a wrong purge count',
      meta({ purges: { DRAINING: 1, RUNNING: 1, RETRYING: 0, BLOCKED: 0 } }),
      'counter: 1 RUNNING',
    ],
    [
      'a wrong count of drains',
      meta({ purges: { DRAINING: 0, RUNNING: 0, RETRYING: 0, BLOCKED: 0 } }),
      'counter: 0 DRAINING, not 1',
    ],
    ['a drain without a beginning', record(12, { drainRevision: 0 }), 'P3: drains since no revision'],
    [
      'a drain from before the tombstone',
      record(12, { drainRevision: 13 }),
      'P3: drained before its tombstone',
    ],
    ['a drain in the grace period', record(2, { drainRevision: 14 }), 'P3: drains since revision 14'],
    [
      'a purge that began before it was drained',
      draining({ beginTimeMs: START_MS }),
      'P1: drains, and its purge',
    ],
    ['a total too small', meta({ objectsDeletedTotal: 2 }), '2 objects < 3'],
    ['an event below the floor', meta({ eventFloor: 1 }), 'event 1 is out of range'],
    ['a request without its place', gone(requestQueueKey(0)), 'requests:'],
    [
      'a sweep that nobody would do',
      gone(sweepQueueKey(START_MS + 1000, 4)),
      'P8: 4 (PURGED) is in the sweep',
    ],
    ['a sweep queued twice', { key: sweepQueueKey(5, 4), value: NO_VALUE }, 'P8: 4 (PURGED) is in the sweep'],
    ['a sweep of nothing', { key: sweepQueueKey(5, 77), value: NO_VALUE }, 'P8: 77 is in the sweep queue'],
    [
      'a sweep of a living stream',
      record(1, { sweep: { done: 1, nextTimeMs: 0, objectsFound: 0, bytesFound: 0, newestWriteMs: 0 } }),
      'P8: 1 is ACTIVE and has sweeps',
    ],
    ['a session without its count', gone(sessionKey(9)), 'counter: 1 sessions OPEN, not 0'],
    ['an expired session without an end', session(10, { settledAfterMs: 0 }), 'P3: session 10 (EXPIRED)'],
    ['an open session with an end', session(9, { settledAfterMs: START_MS + 1 }), 'P3: session 9 (OPEN)'],
    ['a session that ends too soon', session(10, { settledAfterMs: START_MS + 1 }), 'settles before'],
    ['a session that never ends', session(10, { settledAfterMs: START_MS + 90_001 }), ', after'],
    ['a session of the future', session(9, { openTimeMs: START_MS + 1 }), 'C3: opened in the future'],
    ['a session that is not its own', session(9, { id: 7 }), 'lies under key 9'],
    [
      'a session opened at another entry',
      session(9, { openedRevision: 8 }),
      'P3: session 9 (OPEN): opened at 8',
    ],
    ['a wrong age', meta({ oldestRequestMs: 5 }), 'the oldest is of'],
  ])('%s', (_, write, violation) => {
    expect(violationsAfter(write)).toContain(violation);
  });

  it.each<[string, CatalogWrite, string]>([
    ['a step back', record(2, { state: 'ACTIVE' }), ''],
    ['a step too far', record(1, { state: 'PURGING' }), 'C2: 1 went from ACTIVE to PURGING'],
    ['a way back from PURGED', record(4, { state: 'DELETED' }), 'C2: 4 went from PURGED to DELETED'],
    ['a life that ends early', gone(streamKey(2)), 'C2: 2 went from DELETED to ABSENT'],
    [
      'a way back from the drain',
      draining({ phase: 'WAITING' }, 'DELETED'),
      'C2: 12 went from DRAINING to DELETED',
    ],
    ['the end of a drain', draining({ phase: 'RUNNING' }), ''],
    [
      'a purge that skips its end',
      draining({ phase: 'DONE' }, 'PURGED'),
      'C2: 12 went from DRAINING to PURGED',
    ],
    ['another prefix', record(1, { prefix: 'q/' }), 'C2: 1 changed its prefix'],
    ['a moved deadline', record(2, { purgeAfterMs: 1 }), 'C5: the deadline of 2 moved'],
    ['time running backwards', meta({ committedTimeMs: 1 }), 'C3'],
    ['a session that comes back', session(10, { state: 'OPEN' }), 'P3: session 10 opened again'],
    ['a moved end', session(10, { settledAfterMs: START_MS }), 'P3: the end of session 10 moved'],
  ])('%s between two states', (_, write, violation) => {
    const { store } = sound();
    const before = readImage(store.entries());
    store.write([write]);
    expect(checkStep(before, readImage(store.entries())).join('; ')).toBe(
      violation === 'C3' ? 'C3: committed time ran backwards' : violation,
    );
  });

  it('an incarnation that is used a second time', () => {
    const { store } = sound();
    const after = readImage(store.entries());
    store.write([gone(streamKey(1))]);
    expect(checkStep(readImage(store.entries()), after)).toEqual([
      'C2: incarnation 1 appeared a second time',
    ]);
  });
});
