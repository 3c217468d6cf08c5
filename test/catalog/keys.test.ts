import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CATALOG_RANGE,
  compareBytes,
  currentKey,
  decodeCurrentKey,
  decodePrefixKey,
  decodePurgeQueueKey,
  decodeStreamListKey,
  eventKey,
  eventRange,
  listingKey,
  prefixKey,
  purgeQueueKey,
  purgeQueueRange,
  streamListRange,
} from '../../src/catalog/keys.js';
import { decodeEvent } from '../../src/catalog/record-codec.js';
import { DecodeError } from '../../src/shared/binary.js';
import { create, markDeleted, TestCatalog } from './support/memory-catalog.js';

const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'é', '語', '𝒳'), minLength: 1, maxLength: 5 });
const tenant = fc.constantFrom('', 'a', 'b');
const count = fc.maxSafeNat();

describe('keys', () => {
  it('say what they were made of', () => {
    fc.assert(
      fc.property(tenant, name, count, count, (of, called, incarnation, timeMs) => {
        const listed = { tenant: of, name: called, incarnation };
        expect(decodeStreamListKey(listingKey(of, called, incarnation))).toEqual(listed);
        expect(decodeCurrentKey(currentKey(of, called))).toEqual({ tenant: of, name: called });
        expect(decodePrefixKey(prefixKey(`${called}/`))).toBe(`${called}/`);
        const queued = { purgeAfterMs: timeMs, incarnation };
        expect(decodePurgeQueueKey(purgeQueueKey(timeMs, incarnation))).toEqual(queued);
      }),
    );
  });

  it('sort by tenant, name, incarnation, and the purge queue by deadline', () => {
    fc.assert(
      fc.property(count, count, count, count, (a, b, c, d) => {
        const order = Math.sign(compareBytes(purgeQueueKey(a, b), purgeQueueKey(c, d)));
        expect(order).toBe(Math.sign(a === c ? b - d : a - c));
        expect(Math.sign(compareBytes(eventKey(a), eventKey(b)))).toBe(Math.sign(a - b));
      }),
    );
    // A name sorts before every longer one that starts with it, whatever their incarnations.
    expect(compareBytes(listingKey('', 'a', 2 ** 52), listingKey('', 'a-', 1))).toBeLessThan(0);
    expect(compareBytes(listingKey('', 'z', 1), listingKey('a', 'a', 1))).toBeLessThan(0);
  });

  it('that came from outside are refused unless this file could have made them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
        for (const key of [bytes, Uint8Array.of(0x04, ...bytes)]) {
          try {
            const { tenant: of, name: called, incarnation } = decodeStreamListKey(key);
            expect(listingKey(of, called, incarnation)).toEqual(key);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
        expect(() => decodePurgeQueueKey(bytes)).toThrow(DecodeError);
      }),
    );
    expect(() => decodeStreamListKey(listingKey('a', 'b', 1).subarray(0, 5))).toThrow(DecodeError);
    expect(() => decodePurgeQueueKey(Uint8Array.of(...purgeQueueKey(1, 2), 0))).toThrow(DecodeError);
  });
});

describe('scans', () => {
  function filled(): TestCatalog {
    const catalog = new TestCatalog();
    for (const [of, called] of [
      ['', 'app'],
      ['', 'app-2'],
      ['', 'web'],
      ['acme', 'app'],
      ['acme', 'éclair'],
    ] as const) {
      catalog.stream(create(called, { tenant: of }));
    }
    return catalog;
  }
  const names = (catalog: TestCatalog, query: Parameters<typeof streamListRange>[0]): string[] =>
    catalog.store
      .range(streamListRange(query))
      .map(([key]) => decodeStreamListKey(key))
      .map(({ tenant: of, name: called }) => `${of}/${called}`);

  it('list every tenant, one tenant, or names that start with something', () => {
    const catalog = filled();
    expect(names(catalog, { namePrefix: '' })).toEqual(['/app', '/app-2', '/web', 'acme/app', 'acme/éclair']);
    expect(names(catalog, { tenant: '', namePrefix: '' })).toEqual(['/app', '/app-2', '/web']);
    expect(names(catalog, { tenant: 'acme', namePrefix: 'é' })).toEqual(['acme/éclair']);
    expect(names(catalog, { tenant: '', namePrefix: 'app' })).toEqual(['/app', '/app-2']);
    expect(names(catalog, { tenant: '', namePrefix: 'x' })).toEqual([]);
  });

  it('go on after any key, and end when it lies behind the range', () => {
    const catalog = filled();
    const after = listingKey('', 'app', 1);
    expect(names(catalog, { tenant: '', namePrefix: 'app', after })).toEqual(['/app-2']);
    expect(names(catalog, { namePrefix: '', after })).toEqual(['/app-2', '/web', 'acme/app', 'acme/éclair']);
    expect(names(catalog, { tenant: '', namePrefix: 'app', after: listingKey('', 'web', 3) })).toEqual([]);
    expect(names(catalog, { tenant: 'acme', namePrefix: '', after })).toEqual(['acme/app', 'acme/éclair']);
    const beyond = streamListRange({ tenant: '', namePrefix: 'a', after: listingKey('z', 'z', 1) });
    expect(compareBytes(beyond.gte, beyond.lt)).toBe(0);
  });

  it('walk the purge queue by deadline, and events after a revision', () => {
    const catalog = filled();
    catalog.stream(markDeleted('web', { gracePeriodMs: 2000 }));
    catalog.stream(markDeleted('app', { gracePeriodMs: 1000 }));
    const queue = catalog.store.range(purgeQueueRange()).map(([key]) => key);
    expect(queue.map((key) => decodePurgeQueueKey(key).incarnation)).toEqual([1, 3]);
    expect(catalog.store.range(purgeQueueRange(queue[0]))).toHaveLength(1);
    const events = catalog.store.range(eventRange(4)).map(([, value]) => decodeEvent(value));
    expect(events.map(({ revision, kind }) => `${revision} ${kind}`)).toEqual([
      '5 CREATED',
      '6 DELETED',
      '7 DELETED',
    ]);
    expect(catalog.store.range(eventRange(Number.MAX_SAFE_INTEGER))).toEqual([]);
  });

  it('over the whole catalog miss nothing', () => {
    const catalog = filled();
    expect(catalog.store.range(CATALOG_RANGE)).toEqual(catalog.store.entries());
  });
});
