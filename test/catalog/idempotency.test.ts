import { describe, expect, it } from 'vitest';
import {
  evictRequests,
  readRequest,
  rememberRequest,
  type RememberedRequest,
  type RequestQueue,
} from '../../src/catalog/idempotency.js';
import { REQUEST_RETENTION_MS } from '../../src/catalog/limits.js';
import { readImage } from '../../src/catalog/image.js';
import { readCurrent } from '../../src/catalog/queries.js';
import {
  beginDrain,
  create,
  forget,
  markDeleted,
  markPurged,
  MemoryCatalog,
  pause,
  START_MS,
  TestCatalog,
  uuid,
} from './support/memory-catalog.js';

describe('a repeated request id (AIP-155)', () => {
  it('answers with the stream and changes nothing', () => {
    const catalog = new TestCatalog();
    const first = catalog.apply(create('app'), uuid(1));
    expect(first).toMatchObject({ ok: true, changed: true, stream: { incarnation: 1 } });
    const again = catalog.apply(create('app'), uuid(1));
    expect(again).toMatchObject({ ok: true, changed: false, stream: { incarnation: 1 } });
    expect(catalog.last?.event).toBeUndefined();
    // Committed time only.
    expect(catalog.last?.writes).toHaveLength(1);
  });

  it('answers with the stream as it is now', () => {
    const catalog = new TestCatalog();
    catalog.apply(create('app'), uuid(1));
    catalog.stream(markDeleted('app'));
    expect(catalog.apply(create('app'), uuid(1))).toMatchObject({ ok: true, stream: { state: 'DELETED' } });
  });

  it('does not delete the next life of the name', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app'));
    catalog.apply(markDeleted('app'), uuid(1));
    const second = catalog.stream(create('app'));
    const again = catalog.apply(markDeleted('app'), uuid(1));
    expect(again).toMatchObject({ ok: true, changed: false, stream: { incarnation: 1, state: 'DELETED' } });
    expect(readCurrent(catalog.store, '', 'app')).toEqual(second);
  });

  it('repeats a refusal, even when it would succeed by now', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('app'));
    const first = catalog.refusal(create('app'), uuid(1));
    catalog.stream(markDeleted('app'));
    expect(catalog.refusal(create('app'), uuid(1))).toEqual(first);
    expect(catalog.apply(create('app'), uuid(2)).ok).toBe(true);
  });

  it('is the same id in upper case, and the same command with labels in another order', () => {
    const catalog = new TestCatalog();
    const labels = [
      ['a', '1'],
      ['b', '2'],
    ] as const;
    catalog.apply(create('app', { labels }), uuid(0xabc));
    const again = catalog.apply(create('app', { labels: labels.toReversed() }), uuid(0xabc).toUpperCase());
    expect(again).toMatchObject({ ok: true, changed: false });
  });

  it('with another command is refused, and still answers the first', () => {
    const catalog = new TestCatalog();
    catalog.apply(create('app'), uuid(1));
    for (const other of [create('other'), create('app', { labels: [['a', 'b']] }), markDeleted('app')]) {
      expect(catalog.refusal(other, uuid(1))).toMatchObject({
        reason: 'INVALID_ARGUMENT',
        violations: [{ field: 'request_id' }],
      });
    }
    expect(catalog.apply(create('app'), uuid(1)).ok).toBe(true);
  });

  it('remembers successes without a stream, and streams that are forgotten since', () => {
    const catalog = new TestCatalog();
    catalog.apply(pause('', true), uuid(1));
    expect(catalog.apply(pause('', true), uuid(1))).toEqual({ ok: true, stream: undefined, changed: false });
    catalog.apply(pause('', false));
    catalog.apply(create('app'), uuid(2));
    const { incarnation } = catalog.stream(markDeleted('app'));
    catalog.purging(incarnation);
    catalog.stream(markPurged(incarnation));
    catalog.stream(forget(incarnation));
    expect(catalog.apply(create('app'), uuid(2))).toEqual({ ok: true, stream: undefined, changed: false });
  });

  it('is not remembered for what was never executed', () => {
    const catalog = new TestCatalog();
    expect(catalog.refusal(create('a/b'), uuid(1)).reason).toBe('INVALID_ARGUMENT');
    expect(catalog.apply(create('app'), uuid(1))).toMatchObject({ ok: true, changed: true });
    expect(catalog.refusal(create('x'), 'not a uuid').violations).toMatchObject([{ field: 'request_id' }]);
  });
});

describe('forgetting request ids', () => {
  it('keeps each for an hour of committed time, to the millisecond', () => {
    const catalog = new TestCatalog();
    catalog.apply(create('app'), uuid(1));
    catalog.nowMs = START_MS + REQUEST_RETENTION_MS;
    catalog.apply(beginDrain(99));
    expect(catalog.apply(create('app'), uuid(1))).toMatchObject({ ok: true, changed: false });
    catalog.nowMs += 1;
    catalog.apply(beginDrain(99));
    expect(catalog.refusal(create('app'), uuid(1)).reason).toBe('STREAM_EXISTS');
  });

  it('takes two at most from one entry, the oldest first', () => {
    const catalog = new TestCatalog();
    for (let at = 0; at < 5; at++) catalog.apply(create(`s${at}`), uuid(at));
    catalog.nowMs += REQUEST_RETENTION_MS + 1;
    const left: number[] = [];
    for (let at = 0; at < 4; at++) {
      catalog.apply(beginDrain(99));
      left.push(readImage(catalog.store.entries()).requests.size);
    }
    expect(left).toEqual([3, 1, 0, 0]);
  });

  it('stays within the count, also where two come and go at once', () => {
    const store = new MemoryCatalog();
    const limits = { retentionMs: 1000, countMax: 3, evictedPerEntryMax: 2 };
    const request: RememberedRequest = {
      command: { high: 0, low: 0 },
      outcome: { ok: true, subject: 1 },
    };
    let queue: RequestQueue = { requestsFirst: 0, requestsEnd: 0, oldestRequestMs: 0 };
    for (let at = 0; at < 20; at++) {
      const evicted = evictRequests(store, queue, at, true, limits);
      store.write(evicted.writes);
      const remembered = rememberRequest(evicted.queue, uuid(at), request, at);
      store.write(remembered.writes);
      queue = remembered.queue;
      const known = Array.from({ length: 20 }, (_, id) => id).filter((id) => readRequest(store, uuid(id)));
      expect(known).toEqual([at - 2, at - 1, at].filter((id) => id >= 0));
      expect(queue.oldestRequestMs).toBe(Math.max(0, at - 2));
    }
    // Two keys a request, and none that was evicted.
    expect(store.entries()).toHaveLength(6);
  });

  it('makes room even for a table of one', () => {
    const store = new MemoryCatalog();
    const limits = { retentionMs: 1000, countMax: 1, evictedPerEntryMax: 2 };
    const request: RememberedRequest = {
      command: { high: 0, low: 0 },
      outcome: { ok: true, subject: 0 },
    };
    let queue: RequestQueue = { requestsFirst: 0, requestsEnd: 0, oldestRequestMs: 0 };
    for (let at = 1; at < 5; at++) {
      const evicted = evictRequests(store, queue, at, true, limits);
      const remembered = rememberRequest(evicted.queue, uuid(at), request, at);
      store.write([...evicted.writes, ...remembered.writes]);
      queue = remembered.queue;
      expect(queue).toEqual({ requestsFirst: at - 1, requestsEnd: at, oldestRequestMs: at });
    }
  });
});
