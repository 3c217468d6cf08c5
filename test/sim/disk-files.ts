/**
 * The small files on a simulated disk, as a journaling file system keeps them: contents as the process
 * sees them and as a power loss would leave them. A rename that nobody synced becomes durable with the
 * next sync of anything, because the journal is written in order; bytes in a file only with its own.
 */
import { assertDefined } from '../../src/shared/assert.js';
import type { CrashKind } from './disk-queue.js';
import type { Prng } from './prng.js';

export class DiskFiles {
  readonly #random: Prng;
  /** Called when a crash left a mixture. */
  readonly #onTorn: () => void;
  #visible = new Map<string, Uint8Array>();
  #durable = new Map<string, Uint8Array>();
  /** Renamed or removed, and the directory not synced since. */
  #unsyncedNames = new Set<string>();

  constructor(random: Prng, onTorn: () => void) {
    this.#random = random;
    this.#onTorn = onTorn;
  }

  get names(): string[] {
    return [...this.#visible.keys()].sort();
  }

  /** Not a copy. */
  visible(name: string): Uint8Array | undefined {
    return this.#visible.get(name);
  }

  /** Not a copy. */
  durable(name: string): Uint8Array | undefined {
    return this.#durable.get(name);
  }

  replace(name: string, bytes: Uint8Array): void {
    this.#rename(name, bytes);
    this.syncNames();
  }

  remove(name: string): void {
    this.#rename(name, undefined);
    this.syncNames();
  }

  #rename(name: string, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) this.#visible.delete(name);
    else this.#visible.set(name, bytes.slice());
    this.#unsyncedNames.add(name);
  }

  /** Some file was synced, and the journal with it. */
  syncNames(): void {
    for (const name of this.#unsyncedNames) {
      const bytes = this.#visible.get(name);
      if (bytes === undefined) this.#durable.delete(name);
      else this.#durable.set(name, bytes.slice());
    }
    this.#unsyncedNames.clear();
  }

  writeSlot(name: string, offset: number, bytes: Uint8Array): void {
    this.syncNames();
    const visible = this.#opened(name);
    visible.set(bytes, offset);
    this.#durable.get(name)?.set(visible);
  }

  #opened(name: string): Uint8Array {
    return assertDefined(this.#visible.get(name), `${name} was opened and is not there`);
  }

  /** A replacement, or a removal, that a crash interrupted: done or not, never in part. */
  interruptRename(name: string, bytes: Uint8Array | undefined): void {
    if (this.#random.chance(0.5)) this.#rename(name, bytes);
  }

  /** The bytes reached the page cache, or some of them, or none. */
  interruptWrite(name: string, offset: number, bytes: Uint8Array): void {
    const visible = this.#opened(name);
    const before = visible.subarray(offset, offset + bytes.length).slice();
    visible.set(this.#mixture(before, bytes), offset);
  }

  crash(kind: CrashKind): void {
    if (kind === 'process') return;
    if (this.#random.chance(0.5)) this.syncNames();
    for (const [name, durable] of this.#durable) {
      const visible = this.#visible.get(name);
      // A rename is all or nothing: what it would have replaced is not mixed with it.
      if (visible === undefined || this.#unsyncedNames.has(name)) continue;
      durable.set(this.#mixture(durable.slice(), visible));
    }
    this.#unsyncedNames.clear();
    this.#visible = new Map([...this.#durable].map(([name, bytes]) => [name, bytes.slice()]));
  }

  /** The old bytes, the new ones, or a part of both. */
  #mixture(before: Uint8Array, after: Uint8Array): Uint8Array {
    const first = before.findIndex((byte, at) => byte !== after[at]);
    if (first < 0) return after;
    const draw = this.#random.next();
    if (draw < 0.3) return before;
    if (draw < 0.6) return after;
    const last = before.findLastIndex((byte, at) => byte !== after[at]);
    if (first === last) return after;
    const cut = this.#random.between(first + 1, last);
    const [head, tail] = this.#random.chance(0.5) ? [after, before] : [before, after];
    this.#onTorn();
    const mixture = head.slice();
    mixture.set(tail.subarray(cut), cut);
    return mixture;
  }

  corrupt(name: string, at: number, bit: number): void {
    for (const contents of [this.#visible, this.#durable]) {
      const bytes = contents.get(name);
      if (bytes !== undefined) bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
    }
  }
}
