/**
 * The database on a simulated disk: what its process reads (`visible`), what a power loss would leave at
 * the least (`durable`), and the batches in between, in the order in which they took effect. A crash
 * leaves a prefix of them, as the port promises (src/storage/key-value-store.ts).
 *
 * Each batch is atomic, because LevelDB's log replays a record whole or not at all.
 */
import type { Operation } from '../../src/storage/key-value-store.js';
import type { CrashKind } from './disk-queue.js';
import { copyOf, OrderedMap, toKey } from './ordered-map.js';
import type { Prng } from './prng.js';

/** A value that is never changed in place, or undefined: the key goes. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | undefined;
}

export type Records = OrderedMap<Uint8Array>;

export class DiskDatabase {
  #visible: Records = new OrderedMap();
  #durable: Records = new OrderedMap();
  /** Took effect after the last sync. */
  #unsynced: (readonly Change[])[] = [];
  /** What undoes the last batch in LevelDB's log: its end is where damage looks like a tear. */
  #undo: readonly Change[] | undefined;
  #durableUndo: readonly Change[] | undefined;
  /** Found at open by LevelDB's own checksums, or ours (S3). */
  damage: { readonly file: string; readonly offset: number; readonly what: string } | undefined;
  /** The end of the log was damaged and cut; told at every open until what is left is confirmed. */
  tear: { readonly file: string; readonly offset: number; readonly what: string } | undefined;

  get visible(): Records {
    return this.#visible;
  }

  get durable(): Records {
    return this.#durable;
  }

  get sizeBytes(): number {
    let total = 0;
    for (const [key, value] of this.#visible.scan('')) total += key.length + value.length;
    return total;
  }

  apply(changes: readonly Change[]): void {
    this.#undo = applyTo(this.#visible, changes);
    this.#unsynced.push(changes);
  }

  /** Everything visible is durable. */
  sync(): void {
    this.#durable = this.#visible.fork();
    this.#durableUndo = this.#undo;
    this.#unsynced = [];
  }

  /** LevelDB writes what it replays from its log to a table, synced, before it starts a new log. */
  recover(): void {
    this.sync();
    this.#undo = undefined;
    this.#durableUndo = undefined;
  }

  /** Returns how many batches did not make it. */
  crash(kind: CrashKind, inFlight: readonly (readonly Change[])[], random: Prng): number {
    const atSea = random.shuffle(inFlight);
    if (kind === 'process') {
      const kept = prefixOf(atSea.length, random);
      for (const changes of atSea.slice(0, kept)) this.apply(changes);
      return atSea.length - kept;
    }
    const candidates = [...this.#unsynced, ...atSea];
    const kept = prefixOf(candidates.length, random);
    this.#visible = this.#durable.fork();
    this.#undo = this.#durableUndo;
    for (const changes of candidates.slice(0, kept)) this.#undo = applyTo(this.#visible, changes);
    this.sync();
    return candidates.length - kept;
  }

  /** The last record of the log is unreadable: it is cut, as any tear is. False: there is none. */
  cutTail(): boolean {
    if (this.#undo === undefined) return false;
    applyTo(this.#visible, this.#undo);
    this.#undo = undefined;
    this.sync();
    return true;
  }

  /** Replaces a value behind everybody's back, in what is visible and what is durable alike. */
  corrupt(key: string, value: Uint8Array): void {
    this.#visible.set(key, value);
    this.sync();
  }
}

/** Nothing, everything, or anything between. */
function prefixOf(length: number, random: Prng): number {
  if (length === 0) return 0;
  const draw = random.next();
  if (draw < 0.3) return 0;
  return draw < 0.6 ? length : random.between(0, length);
}

/** Returns what undoes it. */
function applyTo(records: Records, changes: readonly Change[]): Change[] {
  const undo: Change[] = [];
  for (const { key, value } of changes) {
    const before = value === undefined ? records.delete(key) : records.set(key, value);
    undo.push({ key, value: before });
  }
  return undo.reverse();
}

/** A copy: the caller may do with its bytes what it likes once the batch has settled. */
export function changesOf(operations: readonly Operation[]): Change[] {
  return operations.map((operation) => ({
    key: toKey(operation.key),
    value: operation.kind === 'put' ? copyOf(operation.value) : undefined,
  }));
}
