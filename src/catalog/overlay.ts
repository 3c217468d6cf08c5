/**
 * A reader that sees writes which are not in the store yet: many entries are applied one after the
 * other, and land in one atomic batch (C4). Applying through an overlay gives the same bytes as
 * applying entry by entry.
 */
import type { CatalogReader, CatalogWrite } from './types.js';

export class Overlay implements CatalogReader {
  readonly #base: CatalogReader;
  readonly #pending = new Map<string, CatalogWrite>();

  constructor(base: CatalogReader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const write = this.#pending.get(textOf(key));
    return write === undefined ? this.#base.get(key) : write.value;
  }

  /** Later writes to a key replace earlier ones. */
  add(writes: readonly CatalogWrite[]): void {
    for (const write of writes) this.#pending.set(textOf(write.key), write);
  }

  /** Distinct keys to write. */
  get size(): number {
    return this.#pending.size;
  }

  /** One write a key: what the batch has to contain. */
  writes(): CatalogWrite[] {
    return [...this.#pending.values()];
  }

  /** After the batch: the base has them now. */
  clear(): void {
    this.#pending.clear();
  }
}

/** One UTF-16 unit a byte, so that equal bytes are equal map keys. Keys are about 1 KiB at most. */
function textOf(key: Uint8Array): string {
  // `apply` takes anything array-like, and is four times as fast as spreading.
  return String.fromCharCode.apply(null, key as unknown as number[]);
}
