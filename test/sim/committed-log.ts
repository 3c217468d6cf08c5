/**
 * The one true history: every entry in the order in which it was committed, and the state machine that the
 * production apply makes of it, one entry at a time. Each node's state is compared with this one's at the
 * same index.
 */
import { applyEntry } from '../../src/catalog/apply.js';
import { decodeEnvelope } from '../../src/catalog/codec.js';
import { Overlay } from '../../src/catalog/overlay.js';
import { readStreamByIncarnation, readSummary } from '../../src/catalog/queries.js';
import type { CatalogReader, CommandEnvelope, CommandResult, StreamRecord } from '../../src/catalog/types.js';
import type { Entry, LogIndex } from '../../src/raft/types.js';

export interface Committed {
  readonly entry: Entry;
  /** Of the state after the entry. */
  readonly digest: string;
  /** Commands only. */
  readonly command: { readonly envelope: CommandEnvelope; readonly result: CommandResult } | undefined;
  /** The stream that the entry changed, before it; undefined for a new one. */
  readonly before: StreamRecord | undefined;
  /** The stream that the entry changed, after it. */
  readonly after: StreamRecord | undefined;
}

export class CommittedLog implements CatalogReader {
  readonly #entries: Committed[] = [];
  readonly #state = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>();

  readonly #streams = new Map<number, StreamRecord>();
  readonly #lives = new Map<number, StreamRecord>();

  /** By incarnation, those that are not forgotten. */
  get streams(): ReadonlyMap<number, StreamRecord> {
    return this.#streams;
  }

  /** By incarnation, all that there ever were, as they were last: to be forgotten is no excuse for what is left. */
  get lives(): ReadonlyMap<number, StreamRecord> {
    return this.#lives;
  }

  get lastIndex(): LogIndex {
    return this.#entries.length;
  }

  at(index: LogIndex): Committed | undefined {
    return this.#entries[index - 1];
  }

  get all(): readonly Committed[] {
    return this.#entries;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#state.get(keyText(key))?.value;
  }

  /** The whole state, in key order. */
  entries(): (readonly [key: Uint8Array, value: Uint8Array])[] {
    return [...this.#state]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { key, value }]) => [key, value] as const);
  }

  append(entry: Entry): Committed {
    const committed = this.#apply(entry);
    this.#entries.push(committed);
    return committed;
  }

  #apply(entry: Entry): Committed {
    if (entry.payload.kind !== 'command') {
      return { entry, digest: this.#digest(), command: undefined, before: undefined, after: undefined };
    }
    const envelope = decodeEnvelope(entry.payload.data);
    const overlay = new Overlay(this);
    const { writes, result } = applyEntry(overlay, envelope, entry.index);
    const changed = result.ok && result.changed ? result.stream : undefined;
    const before = changed === undefined ? undefined : this.#streams.get(changed.incarnation);
    for (const { key, value } of writes) {
      if (value === undefined) this.#state.delete(keyText(key));
      else this.#state.set(keyText(key), { key, value });
    }
    if (changed !== undefined) {
      const after = readStreamByIncarnation(this, changed.incarnation);
      if (after === undefined) this.#streams.delete(changed.incarnation);
      else this.#streams.set(changed.incarnation, after);
      this.#lives.set(changed.incarnation, after ?? changed);
    }
    const command = { envelope, result };
    return { entry, digest: this.#digest(), command, before, after: changed };
  }

  #digest(): string {
    return readSummary(this).digest;
  }
}

/** Text that sorts as the bytes do. */
function keyText(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
