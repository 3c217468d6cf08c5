/**
 * A queue of (index, bytes) with its sum: what is on its way and how much of it. Used for append requests
 * in flight, for proposals not committed and for entries handed out but not applied.
 *
 * Indexes are added in ascending order and released from the front; both in constant time, without an
 * allocation per element.
 */
import type { LogIndex } from './types.js';

export class ByteWindow {
  readonly #upTo: LogIndex[] = [];
  readonly #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  get count(): number {
    return this.#upTo.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(upTo: LogIndex, bytes: number): void {
    this.#upTo.push(upTo);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  /** Releases every element that ends at or before `upTo`. */
  release(upTo: LogIndex): void {
    while (this.#head < this.#upTo.length && (this.#upTo[this.#head] as number) <= upTo) {
      this.#bytes -= this.#sizes[this.#head] as number;
      this.#head++;
    }
    if (this.#head === this.#upTo.length) this.clear();
    else if (this.#head >= 1024 && this.#head * 2 >= this.#upTo.length) {
      this.#upTo.splice(0, this.#head);
      this.#sizes.splice(0, this.#head);
      this.#head = 0;
    }
  }

  clear(): void {
    this.#upTo.length = 0;
    this.#sizes.length = 0;
    this.#head = 0;
    this.#bytes = 0;
  }
}
