/**
 * A random life of a node's storage, and what must be true of it after a crash at any step: everything
 * that was acknowledged is there, nothing is there that was never written, and a healthy disk is never
 * called damaged.
 */
import { crc32c } from '@node-rs/crc32';
import { expect } from 'vitest';
import type { Entry, HardState, LogIndex } from '../../src/raft/types.js';
import type { NodeStorage, SnapshotHeader, SnapshotInstall } from '../../src/storage/node-storage.js';
import { encodeChunk } from '../../src/storage/snapshot-chunk.js';
import { bytes, command, readCatalog, readLog } from './node-fixture.js';

/** Small whole numbers; what they mean depends on the state they meet, so that every list is a life. */
export interface Action {
  readonly kind: 'append' | 'truncate' | 'vote' | 'commit' | 'apply' | 'compact' | 'install';
  readonly amount: number;
}

interface State {
  readonly entries: ReadonlyMap<LogIndex, Entry>;
  readonly start: LogIndex;
  readonly last: LogIndex;
  readonly hardState: HardState;
}

/** A snapshot as its sender has it. */
interface Coming {
  readonly header: SnapshotHeader;
  readonly chunks: readonly Uint8Array[];
  readonly applied: ReadonlyMap<LogIndex, string>;
}

const NEW: State = {
  entries: new Map(),
  start: 0,
  last: 0,
  hardState: { term: 0, votedFor: 0, commitIndex: 0 },
};

/** Every entry writes one record, so the catalog at any applied index is known. */
function catalogAt(applied: LogIndex, entries: ReadonlyMap<LogIndex, string>): string[] {
  const records = new Map<string, string>();
  for (let index = 1; index <= applied; index++) {
    records.set(`key ${String(index % 5)}`, entries.get(index) ?? '');
  }
  return [...records].map(([key, value]) => `${key}=${value}`).sort();
}

function dataOf(entry: Entry): string {
  return entry.payload.kind === 'command' ? Buffer.from(entry.payload.data).toString() : '';
}

export class CrashModel {
  /** As of the last resolved call. */
  #acknowledged = NEW;
  /** As the call in flight would leave it. */
  #attempted = NEW;
  #applied: LogIndex = 0;
  /** The snapshot received last, in full. */
  #coming: Coming | undefined;
  /** What was ever applied: fixed once applied. */
  readonly #history = new Map<LogIndex, string>();
  readonly #configuration = { voters: [], learners: [] };

  async run(storage: NodeStorage, action: Action): Promise<void> {
    const before = this.#acknowledged;
    const { amount } = action;
    switch (action.kind) {
      case 'append':
        return this.#append(storage, before.last + 1, amount, before.hardState.term);
      case 'truncate': {
        const from = Math.max(before.hardState.commitIndex, this.#applied) + 1;
        if (from > before.last) return;
        const hardState = { ...before.hardState, term: before.hardState.term + 1, votedFor: 0 };
        return this.#append(
          storage,
          Math.min(from + amount, before.last),
          amount - 1,
          hardState.term,
          hardState,
        );
      }
      case 'vote': {
        const hardState = { ...before.hardState, term: before.hardState.term + 1, votedFor: amount };
        return this.#append(storage, before.last + 1, 0, hardState.term, hardState);
      }
      case 'commit': {
        const commitIndex = Math.min(before.last, before.hardState.commitIndex + amount);
        return this.#append(storage, before.last + 1, 0, 0, { ...before.hardState, commitIndex });
      }
      case 'apply':
        return this.#apply(storage, Math.min(before.last, this.#applied + amount));
      case 'compact': {
        const upTo = Math.max(before.start, this.#applied - amount);
        this.#attempted = { ...before, start: upTo };
        await storage.compactLog(upTo);
        break;
      }
      case 'install':
        return this.#install(
          storage,
          Math.max(this.#applied + 1, before.hardState.commitIndex + 1, before.last + amount - 3),
        );
    }
    this.#acknowledged = this.#attempted;
  }

  async #append(
    storage: NodeStorage,
    from: LogIndex,
    count: number,
    term: number,
    hardState?: HardState,
  ): Promise<void> {
    const before = this.#acknowledged;
    const added = Array.from({ length: count }, (_, i) => command(from + i, term));
    const entries = new Map([...before.entries].filter(([index]) => index < from));
    for (const entry of added) entries.set(entry.index, entry);
    const last = from + count - 1;
    this.#attempted = { ...before, entries, last, hardState: hardState ?? before.hardState };
    const truncateFrom = from <= before.last ? from : undefined;
    await storage.appendLog({ hardState, truncateFrom, entries: added });
    this.#acknowledged = this.#attempted;
  }

  async #apply(storage: NodeStorage, upTo: LogIndex): Promise<void> {
    const { entries } = this.#acknowledged;
    for (let index = this.#applied + 1; index <= upTo; index++) {
      const entry = entries.get(index);
      if (entry === undefined) throw new Error(`the model lacks entry ${index}`);
      const data = dataOf(entry);
      this.#history.set(index, data);
      await storage.applyBatch(index, [{ key: bytes(`key ${String(index % 5)}`), value: bytes(data) }]);
      this.#applied = index;
    }
  }

  async #install(storage: NodeStorage, index: LogIndex): Promise<void> {
    const term = this.#acknowledged.hardState.term + 1;
    const { last } = this.#acknowledged;
    await this.#append(storage, last + 1, 0, term, { ...this.#acknowledged.hardState, term, votedFor: 0 });
    const before = this.#acknowledged;
    // What some other node has applied: entries that this log may not have, or have otherwise.
    const applied = new Map(this.#history);
    for (let at = this.#applied + 1; at <= index; at++) applied.set(at, `command ${at} elsewhere`);
    const records = catalogAt(index, applied).map(
      (line) => line.split('=').map(bytes) as [Uint8Array, Uint8Array],
    );
    // A record a chunk, so that there are places to stop at.
    const chunks = records.map((record, sequence) =>
      encodeChunk({ snapshotIndex: index, sequence, content: { kind: 'records', records: [record] } }),
    );
    const end = { kind: 'end', recordCount: records.length } as const;
    chunks.push(encodeChunk({ snapshotIndex: index, sequence: chunks.length, content: end }));
    const meta = { index, term, configuration: this.#configuration };
    this.#coming = { header: { meta, chain: index * 7 }, chunks, applied };
    const install = await storage.beginSnapshotInstall(this.#coming.header);
    for (const chunk of chunks) await install.write(chunk);
    await this.#commitInstall(install, this.#coming, before);
  }

  async #commitInstall(install: SnapshotInstall, { header, applied }: Coming, before: State): Promise<void> {
    const { index } = header.meta;
    const hardState = { ...before.hardState, commitIndex: Math.max(before.hardState.commitIndex, index) };
    this.#attempted = { entries: new Map(), start: index, last: index, hardState };
    for (const [at, data] of applied) this.#history.set(at, data);
    await install.commit();
    this.#acknowledged = this.#attempted;
    this.#applied = index;
  }

  /** What survived of a snapshot is a run of its first chunks, whole; the rest may follow. */
  async #goOn(storage: NodeStorage, install: SnapshotInstall): Promise<void> {
    const coming = this.#coming;
    if (coming === undefined) return expect.unreachable('a snapshot that nobody sent');
    const { chunks, checksum } = install.progress;
    expect(install.header).toEqual(coming.header);
    expect(checksum).toBe(coming.chunks.slice(0, chunks).reduce((sum, chunk) => crc32c(chunk, sum), 0));
    for (const chunk of coming.chunks.slice(chunks)) await install.write(chunk);
    await this.#commitInstall(install, coming, this.#acknowledged);
    expect((await readCatalog(storage)).sort()).toEqual(catalogAt(this.#applied, this.#history));
  }

  /** After a crash and a restart. Goes on from what was found. */
  async check(storage: NodeStorage): Promise<void> {
    const found = readLog(storage);
    const candidates = [this.#attempted, this.#acknowledged].filter((state) =>
      matches(storage, found, state),
    );
    const [state] = candidates;
    if (state === undefined) {
      expect.unreachable(
        `recovered ${JSON.stringify({ start: storage.log.start, found, hardState: storage.hardState })}, acknowledged ` +
          `${describeState(this.#acknowledged)}, attempted ${describeState(this.#attempted)}`,
      );
    }
    const { appliedIndex } = storage;
    expect(appliedIndex).toBeGreaterThanOrEqual(storage.log.start.index);
    expect(appliedIndex).toBeLessThanOrEqual(storage.log.lastIndex);
    expect((await readCatalog(storage)).sort()).toEqual(catalogAt(appliedIndex, this.#history));
    this.#applied = appliedIndex;
    this.#acknowledged = { ...state, start: storage.log.start.index, hardState: storage.hardState };
    this.#attempted = this.#acknowledged;
    if (storage.unfinishedInstall !== undefined) await this.#goOn(storage, storage.unfinishedInstall);
  }

  /** What would be true of a copy of the disk as it is now. */
  fork(): CrashModel {
    const copy = new CrashModel();
    copy.#acknowledged = this.#acknowledged;
    copy.#attempted = this.#attempted;
    copy.#applied = this.#applied;
    copy.#coming = this.#coming;
    for (const [index, data] of this.#history) copy.#history.set(index, data);
    return copy;
  }
}

function describeState(state: State): string {
  return JSON.stringify({ ...state, entries: [...state.entries.values()].map(dataOf) });
}

/** A start further back is fine: compaction need not be durable. The commit index is a hint. */
function matches(storage: NodeStorage, found: readonly string[], state: State): boolean {
  const { term, votedFor } = storage.hardState;
  const { start, lastIndex } = storage.log;
  const expected: string[] = [];
  for (let index = start.index + 1; index <= state.last; index++) {
    const entry = state.entries.get(index);
    expected.push(entry === undefined ? `no entry ${index}` : `${index}.${entry.term} ${dataOf(entry)}`);
  }
  return (
    start.index <= state.start &&
    lastIndex === state.last &&
    found.length === expected.length &&
    found.every((line, i) => line === expected[i]) &&
    votedFor === state.hardState.votedFor &&
    term === state.hardState.term
  );
}
