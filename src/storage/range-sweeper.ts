/**
 * Deletes ranges of keys that nothing refers to any more (compacted entries, the old catalog after a
 * snapshot, an unfinished install), in small unsynced batches beside the node's real work.
 *
 * A crash loses nothing but the work done: recovery finds the leftovers and sweeps again.
 */
import type { KeyRange, KeyValueStore, Operation } from './key-value-store.js';
import { Serial } from './serial.js';
import type { WriteGate } from './write-gate.js';

const BATCH_KEYS = 512;

export class RangeSweeper {
  readonly #store: KeyValueStore;
  readonly #gate: WriteGate;
  readonly #serial = new Serial();
  #stopped = false;

  constructor(store: KeyValueStore, gate: WriteGate) {
    this.#store = store;
    this.#gate = gate;
  }

  /** Resolves when the range is empty, or the sweeper was stopped. A failure shuts the gate (S5). */
  sweep(range: KeyRange): Promise<void> {
    return this.#serial.run(() => this.#gate.run('deleting old records', () => this.#sweep(range)));
  }

  /** As {@link sweep}, for when nobody waits: a failure shows in the next write through the gate. */
  sweepInBackground(range: KeyRange): void {
    this.sweep(range).catch(() => undefined);
  }

  async #sweep(range: KeyRange): Promise<void> {
    let batch: Operation[] = [];
    for await (const [key] of this.#store.iterate(range)) {
      if (this.#stopped) return;
      batch.push({ kind: 'delete', key });
      if (batch.length === BATCH_KEYS) {
        await this.#store.batch(batch, { sync: false });
        batch = [];
      }
    }
    if (batch.length > 0) await this.#store.batch(batch, { sync: false });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#serial.idle();
  }
}
