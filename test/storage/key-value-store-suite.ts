/** What every {@link KeyValueStore} must do; each implementation runs it in a few lines. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { IterateOptions, KeyValueStore, Operation } from '../../src/storage/key-value-store.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);
const put = (key: string, value: string): Operation => ({
  kind: 'put',
  key: bytes(key),
  value: bytes(value),
});
const del = (key: string): Operation => ({ kind: 'delete', key: bytes(key) });

async function collect(store: KeyValueStore, options: IterateOptions): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of store.iterate(options)) found.push(`${text(key)}=${text(value)}`);
  return found;
}

export interface StoreUnderTest {
  readonly store: KeyValueStore;
  readonly dispose: () => Promise<void>;
}

export function keyValueStoreSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`KeyValueStore: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: KeyValueStore;
    beforeEach(async () => {
      subject = await open();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    test('reads what a batch put, and nothing that it deleted', async () => {
      await store.batch([put('a', '1'), put('b', '2')], { sync: false });
      await store.batch([del('a'), del('never there'), put('b', '3')], { sync: true });
      expect(text(store.getSync(bytes('a')))).toBeUndefined();
      expect(text(store.getSync(bytes('b')))).toBe('3');
    });

    test('the last operation on a key wins within one batch', async () => {
      await store.batch([put('a', '1'), del('a'), put('a', '2'), put('b', '1'), del('b')], { sync: false });
      expect(await collect(store, { gte: bytes(''), lt: bytes('z') })).toEqual(['a=2']);
    });

    test('keeps empty values and keys of any bytes, and orders them as unsigned bytes', async () => {
      const keys = [[0], [0, 0], [0x7f], [0x80], [0xff], [0xff, 0]].map((key) => Uint8Array.from(key));
      const shuffled = [...keys].reverse();
      await store.batch(
        shuffled.map((key) => ({ kind: 'put', key, value: new Uint8Array(0) })),
        { sync: false },
      );
      const found: number[][] = [];
      for await (const [key, value] of store.iterate({
        gte: Uint8Array.of(0),
        lt: Uint8Array.of(0xff, 0xff),
      })) {
        expect(value.length).toBe(0);
        found.push([...key]);
      }
      expect(found).toEqual(keys.map((key) => [...key]));
      expect(store.getSync(Uint8Array.of(0x80))?.length).toBe(0);
    });

    test('a range includes its lower bound and excludes its upper one', async () => {
      await store.batch([put('a', '1'), put('b', '2'), put('c', '3'), put('d', '4')], { sync: false });
      const range = { gte: bytes('b'), lt: bytes('d') };
      expect(await collect(store, range)).toEqual(['b=2', 'c=3']);
      expect(await collect(store, { ...range, reverse: true })).toEqual(['c=3', 'b=2']);
      expect(await collect(store, { ...range, limit: 1 })).toEqual(['b=2']);
      expect(await collect(store, { ...range, reverse: true, limit: 1 })).toEqual(['c=3']);
      expect(await collect(store, { ...range, limit: 0 })).toEqual([]);
      expect(await collect(store, { gte: bytes('d'), lt: bytes('b') })).toEqual([]);
    });

    test('an iteration shows the store as of its start, over many chunks', async () => {
      const many = Array.from({ length: 3000 }, (_, i) => put(`k${String(i).padStart(5, '0')}`, String(i)));
      await store.batch(many, { sync: false });
      let count = 0;
      for await (const [key] of store.iterate({ gte: bytes('k'), lt: bytes('l') })) {
        if (count === 0) await store.batch([del('k02999'), put('k99999', 'new')], { sync: false });
        expect(text(key)).toBe(`k${String(count).padStart(5, '0')}`);
        count += 1;
      }
      expect(count).toBe(3000);
    });

    test('an iteration may be left early', async () => {
      await store.batch([put('a', '1'), put('b', '2')], { sync: false });
      for await (const [key] of store.iterate({ gte: bytes('a'), lt: bytes('z') })) {
        expect(text(key)).toBe('a');
        break;
      }
    });

    test('a snapshot does not see later batches', async () => {
      await store.batch([put('a', '1'), put('b', '2')], { sync: false });
      const snapshot = store.snapshot();
      await store.batch([put('a', '9'), del('b'), put('c', '3')], { sync: true });
      expect(text(store.getSync(bytes('a'), snapshot))).toBe('1');
      expect(text(store.getSync(bytes('c'), snapshot))).toBeUndefined();
      expect(await collect(store, { gte: bytes('a'), lt: bytes('z'), snapshot })).toEqual(['a=1', 'b=2']);
      expect(await collect(store, { gte: bytes('a'), lt: bytes('z') })).toEqual(['a=9', 'c=3']);
      await snapshot.close();
    });

    test('a value that was read belongs to the reader', async () => {
      await store.batch([put('a', '1')], { sync: false });
      store.getSync(bytes('a'))?.fill(0);
      expect(text(store.getSync(bytes('a')))).toBe('1');
    });

    test('tells a rough size', async () => {
      await store.batch([put('a', 'x'.repeat(1000))], { sync: true });
      expect(await store.approximateSizeBytes()).toBeGreaterThan(0);
    });
  });
}
