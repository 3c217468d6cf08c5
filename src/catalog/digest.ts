/**
 * S7: a rolling 64-bit digest over everything that apply did: (previous digest, index, writes). Members
 * that are equal at one index were equal at every index before it; a difference is a member that
 * applied something else. Two 32-bit lanes with different constants, mixed four bytes at a time in the
 * manner of MurmurHash3 (Appleby, public domain). It finds accidents; it is no defence against forgery.
 */
import type { CatalogWrite } from './types.js';

export interface CatalogDigest {
  /** Unsigned 32-bit each. */
  readonly high: number;
  readonly low: number;
}

/** Stands for the value of a deletion: no value has this length. */
const DELETED_LENGTH = 0xffff_ffff;

export function rollDigest(
  previous: CatalogDigest,
  index: number,
  writes: readonly CatalogWrite[],
): CatalogDigest {
  const lanes = new Lanes(previous.high, previous.low);
  lanes.word(Math.floor(index / 0x1_0000_0000));
  lanes.word(index >>> 0);
  for (const { key, value } of writes) {
    // Lengths go first, so that no byte can move between a key, its value and the next key unnoticed.
    lanes.word(key.length);
    lanes.word(value === undefined ? DELETED_LENGTH : value.length);
    lanes.bytes(key);
    if (value !== undefined) lanes.bytes(value);
  }
  return lanes.finish();
}

export function digestBytes(bytes: Uint8Array): CatalogDigest {
  const lanes = new Lanes(0x5e87_0a11, 0x9e37_79b9);
  lanes.word(bytes.length);
  lanes.bytes(bytes);
  return lanes.finish();
}

/** 16 lower-case hex digits. */
export function formatDigest({ high, low }: CatalogDigest): string {
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

class Lanes {
  #high: number;
  #low: number;

  constructor(high: number, low: number) {
    this.#high = high | 0;
    this.#low = low | 0;
  }

  word(word: number): void {
    let k = Math.imul(word, 0xcc9e2d51);
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
    const high = this.#high ^ k;
    this.#high = (Math.imul((high << 13) | (high >>> 19), 5) + 0xe6546b64) | 0;
    k = Math.imul(word, 0x85ebca6b);
    k = Math.imul((k << 16) | (k >>> 16), 0xc2b2ae35);
    const low = this.#low ^ k;
    this.#low = (Math.imul((low << 17) | (low >>> 15), 9) + 0x38495ab5) | 0;
  }

  bytes(bytes: Uint8Array): void {
    let at = 0;
    for (; at + 4 <= bytes.length; at += 4) {
      this.word(
        (bytes[at] ?? 0) |
          ((bytes[at + 1] ?? 0) << 8) |
          ((bytes[at + 2] ?? 0) << 16) |
          ((bytes[at + 3] ?? 0) << 24),
      );
    }
    if (at === bytes.length) return;
    let tail = 0;
    for (let shift = 0; at < bytes.length; at++, shift += 8) tail |= (bytes[at] ?? 0) << shift;
    this.word(tail);
  }

  finish(): CatalogDigest {
    // Each lane ends up depending on every bit of both.
    const high = avalanche(this.#high ^ Math.imul(this.#low, 0x27d4eb2f));
    const low = avalanche(this.#low ^ Math.imul(high, 0x165667b1));
    return { high: high >>> 0, low: low >>> 0 };
  }
}

function avalanche(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
