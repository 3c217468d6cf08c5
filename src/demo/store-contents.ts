/** Fills and counts a store, in bounded batches. */
import type { ObjectStore } from '../objectstore/object-store.js';
import type { LayoutObject } from './parseable-layout.js';

const WRITES_AT_ONCE = 32;

/** Writes every object; tells after each batch how many there are. */
export async function fillStore(
  store: ObjectStore,
  objects: Iterable<LayoutObject>,
  progress: (done: number) => void,
): Promise<void> {
  const { signal } = new AbortController();
  const encoder = new TextEncoder();
  let batch: Promise<void>[] = [];
  let done = 0;
  for (const { key, body } of objects) {
    batch.push(store.putObject(key, encoder.encode(body), {}, { signal }));
    if (batch.length < WRITES_AT_ONCE) continue;
    await Promise.all(batch);
    done += batch.length;
    batch = [];
    progress(done);
  }
  await Promise.all(batch);
  progress(done + batch.length);
}

export async function countObjects(store: ObjectStore, prefix: string): Promise<number> {
  const { signal } = new AbortController();
  let count = 0;
  let page: string | undefined;
  do {
    const listed = await store.listObjects({ prefix, ...(page === undefined ? {} : { page }) }, { signal });
    count += listed.items.length;
    page = listed.next;
  } while (page !== undefined);
  return count;
}
