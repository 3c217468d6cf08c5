/**
 * {@link NodeStorage}: the order of writes. Every method here is a short sequence of durable steps; the
 * reasons for their order are in mark-file.ts (S2) and beside the step.
 *
 * Two lanes: `log` for whatever touches the mark, the log or the identity, `apply` for the catalog. A
 * lane runs one task at a time; committing a snapshot takes both. Sweeping old records has no lane: it
 * touches only keys that nothing refers to.
 */
import type { CatalogReader, CatalogWrite } from '../catalog/types.js';
import type { HardState, LogIndex, LogReader, MemberId, SnapshotMeta } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import type { CatalogSpace } from './catalog-space.js';
import type { DurableFiles } from './durable-file.js';
import { assertFollows, sameVote } from './hard-state-order.js';
import { writeIdentity } from './identity-file.js';
import type { IdentityRecord } from './identity-file.js';
import type { InstallRecord } from './install-record.js';
import type { KeyRange, KeyValueStore, Operation } from './key-value-store.js';
import {
  ACTIVE_GENERATION_KEY,
  appliedKey,
  generationRange,
  HARD_STATE_KEY,
  INSTALL_KEY,
  logKey,
  logRange,
  otherGeneration,
} from './keys.js';
import type { DurableLog, LogPosition } from './log.js';
import { markOf } from './mark-file.js';
import type { Mark, MarkFile } from './mark-file.js';
import { encodeApplied, encodeGeneration, encodeHardState, logStartOperation, metaOf } from './meta-codec.js';
import type { LogStart } from './meta-codec.js';
import type {
  Bootstrap,
  CatalogView,
  DurableMark,
  Identity,
  LogBatch,
  MembershipState,
  NodeStorage,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotSource,
} from './node-storage.js';
import { RangeSweeper } from './range-sweeper.js';
import type { RecoveredState } from './recovery.js';
import { Serial } from './serial.js';
import { RECORD_LIMIT_BYTES } from './snapshot-chunk.js';
import { beforeFirstChunk, StoredSnapshotInstall } from './snapshot-install.js';
import { StoredSnapshotSource } from './snapshot-source.js';
import { WriteGate } from './write-gate.js';

export interface DurableNodeStorageOptions {
  readonly directory: string;
  readonly files: DurableFiles;
  readonly store: KeyValueStore;
  readonly markFile: MarkFile;
  readonly identity: IdentityRecord;
  readonly recovered: RecoveredState;
}

export class DurableNodeStorage implements NodeStorage {
  readonly #files: DurableFiles;
  readonly #store: KeyValueStore;
  readonly #markFile: MarkFile;
  readonly #gate: WriteGate;
  readonly #sweeper: RangeSweeper;
  readonly #logLane = new Serial();
  readonly #applyLane = new Serial();
  readonly #log: DurableLog;
  readonly #catalog: CatalogSpace;
  #identity: IdentityRecord;
  #hardState: HardState;
  #install: StoredSnapshotInstall | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: DurableNodeStorageOptions) {
    this.#files = options.files;
    this.#store = options.store;
    this.#markFile = options.markFile;
    this.#identity = options.identity;
    this.#log = options.recovered.log;
    this.#catalog = options.recovered.catalog;
    this.#hardState = options.recovered.hardState;
    this.#gate = new WriteGate(options.directory);
    this.#sweeper = new RangeSweeper(options.store, this.#gate);
    const { install } = options.recovered;
    if (install !== undefined) this.#install = this.#makeInstall(install);
    // What an interrupted compaction, swap or abort left. Nothing refers to it.
    else this.#sweeper.sweepInBackground(generationRange(otherGeneration(this.#catalog.position.generation)));
    this.#sweeper.sweepInBackground(logRange(0, this.#log.start.index + 1));
  }

  get identity(): Identity {
    return this.#identity;
  }

  get membership(): MembershipState {
    return this.#identity;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get snapshotMeta(): SnapshotMeta {
    return metaOf(this.#log.start);
  }

  get appliedIndex(): LogIndex {
    return this.#catalog.position.appliedIndex;
  }

  /** What is known here to be committed: never cut from the log, never replaced by an older snapshot. */
  get #committedIndex(): LogIndex {
    return Math.max(this.#hardState.commitIndex, this.appliedIndex);
  }

  get log(): LogReader {
    return this.#log;
  }

  get catalog(): CatalogReader {
    return this.#catalog;
  }

  get mark(): DurableMark {
    return this.#markFile.current;
  }

  recordDirectory(member: MemberId, directoryId: string): Promise<void> {
    return this.#logLane.run(async () => {
      const known = this.#identity.knownDirectories.get(member);
      if (known === directoryId) return;
      assert(known === undefined, () => `member ${member} has directory ${known}, not ${directoryId} (S6)`);
      const knownDirectories = new Map(this.#identity.knownDirectories).set(member, directoryId);
      await this.#replaceIdentity({ ...this.#identity, knownDirectories });
    });
  }

  /** Database first: a directory that calls itself initialised has its configuration (recovery checks). */
  initialize(bootstrap: Bootstrap, directories: ReadonlyMap<MemberId, string>): Promise<void> {
    return this.#logLane.run(async () => {
      assert(!this.#identity.initialized, 'initialised twice');
      assert(this.#log.lastIndex === 0, () => `first start with a log up to ${this.#log.lastIndex}`);
      const start: LogStart = { ...this.#log.start, configuration: bootstrap.configuration };
      await this.#write('the first configuration', [logStartOperation(start)], true);
      this.#log.restart(start);
      await this.#replaceIdentity({
        ...this.#identity,
        initialized: true,
        knownDirectories: new Map(directories),
      });
    });
  }

  condemn(what: string): Promise<void> {
    return this.#logLane.run(() => this.#replaceIdentity({ ...this.#identity, condemned: what }));
  }

  async #replaceIdentity(record: IdentityRecord): Promise<void> {
    await this.#gate.run('writing the identity file', () => writeIdentity(this.#files, record));
    this.#identity = record;
  }

  appendLog(batch: LogBatch): Promise<void> {
    return this.#logLane.run(() => this.#append(batch));
  }

  async #append(batch: LogBatch): Promise<void> {
    const { truncateFrom, entries } = batch;
    const hardState = batch.hardState ?? this.#hardState;
    assertFollows(this.#hardState, hardState);
    assert(
      truncateFrom === undefined || truncateFrom > this.#committedIndex,
      () => `truncate from ${truncateFrom}, committed is ${this.#committedIndex}`,
    );
    const change = this.#log.prepare(truncateFrom, entries);
    const operations: Operation[] = [...change.operations];
    if (batch.hardState !== undefined) {
      operations.push({ kind: 'put', key: HARD_STATE_KEY, value: encodeHardState(hardState) });
    }
    if (operations.length === 0) return;

    // The commit index alone is a hint that may be lost: no sync, and the mark does not carry it.
    const promises = change.operations.length > 0 || !sameVote(hardState, this.#hardState);
    if (promises && truncateFrom !== undefined && truncateFrom <= this.#markFile.current.lastIndex) {
      await this.#lowerMark(this.#log.positionAt(truncateFrom - 1));
    }
    await this.#write('appending to the log', operations, promises);
    if (promises) await this.#writeMark(markOf(hardState, change.last));
    this.#hardState = hardState;
    this.#log.commit(change);
  }

  applyBatch(appliedIndex: LogIndex, writes: readonly CatalogWrite[]): Promise<void> {
    return this.#applyLane.run(async () => {
      assert(
        appliedIndex <= this.#log.lastIndex,
        () => `apply of ${appliedIndex}, log ends at ${this.#log.lastIndex}`,
      );
      for (const { key, value } of writes) {
        const size = key.length + (value?.length ?? 0);
        assert(
          size <= RECORD_LIMIT_BYTES,
          () => `catalog record of ${size} bytes, limit ${RECORD_LIMIT_BYTES}`,
        );
      }
      await this.#write('applying entries', this.#catalog.operations(appliedIndex, writes), false);
      this.#catalog.moveTo({ ...this.#catalog.position, appliedIndex });
    });
  }

  iterateCatalog(
    range: KeyRange & { readonly limit?: number; readonly reverse?: boolean },
    view?: CatalogView,
  ): AsyncIterable<readonly [Uint8Array, Uint8Array]> {
    return this.#catalog.iterate(range, view);
  }

  openCatalogView(): CatalogView {
    return this.#catalog.openView();
  }

  /**
   * Moves the start, unsynced, then deletes. The deletes are later in LevelDB's history than the move,
   * and a crash keeps a prefix of that history: entries never go missing above the recorded start.
   */
  compactLog(upTo: LogIndex): Promise<void> {
    return this.#logLane.run(async () => {
      assert(upTo <= this.appliedIndex, () => `compact up to ${upTo}, applied is ${this.appliedIndex}`);
      if (upTo <= this.#log.start.index) return;
      const from = this.#log.start.index + 1;
      const start = this.#log.startAt(upTo);
      await this.#write('compacting the log', [logStartOperation(start)], false);
      this.#log.moveStart(start);
      this.#sweeper.sweepInBackground(logRange(from, upTo + 1));
    });
  }

  /** In both lanes, so that the position and the view belong together. */
  async openSnapshot(): Promise<SnapshotSource> {
    const opened = await this.#inBothLanes(() => {
      const view = this.#catalog.openView();
      const start = this.#log.startAt(view.appliedIndex);
      return Promise.resolve({ view, header: { meta: metaOf(start), chain: start.chain } });
    });
    const approximateSizeBytes = await this.#store.approximateSizeBytes();
    return new StoredSnapshotSource({ ...opened, store: this.#store, approximateSizeBytes });
  }

  async beginSnapshotInstall(header: SnapshotHeader): Promise<SnapshotInstall> {
    assert(
      header.meta.index > this.#committedIndex,
      () => `snapshot at ${header.meta.index}, committed is ${this.#committedIndex}`,
    );
    await this.#install?.abort();
    const generation = otherGeneration(this.#catalog.position.generation);
    await this.#sweeper.sweep(generationRange(generation));
    this.#install = this.#makeInstall(beforeFirstChunk(header, generation));
    return this.#install;
  }

  get unfinishedInstall(): SnapshotInstall | undefined {
    return this.#install;
  }

  #makeInstall(received: InstallRecord): StoredSnapshotInstall {
    return new StoredSnapshotInstall({
      received,
      store: this.#store,
      gate: this.#gate,
      commit: (install) => this.#inBothLanes(() => this.#commitInstall(install)),
      abort: (install) => this.#abortInstall(install),
    });
  }

  /** The record first: where it is gone, what it spoke of is leftovers. */
  async #abortInstall(install: StoredSnapshotInstall): Promise<void> {
    if (this.#install === install) this.#install = undefined;
    await this.#write('giving up a snapshot', [{ kind: 'delete', key: INSTALL_KEY }], false);
    await this.#sweeper.sweep(generationRange(install.generation));
  }

  async #commitInstall(install: StoredSnapshotInstall): Promise<void> {
    const { header, generation } = install;
    const { index, term } = header.meta;
    const committed = this.#committedIndex;
    assert(
      generation !== this.#catalog.position.generation && index > committed,
      () => `snapshot ${index} is old`,
    );
    // Entries after a snapshot that the log agrees with were acknowledged to a leader: they must stay
    // (thesis §5.3), so such a snapshot has nothing to give and is not installed.
    assert(
      index >= this.#log.lastIndex || this.#log.termAt(index) !== term,
      () => `snapshot at ${index} agrees with a log up to ${this.#log.lastIndex}`,
    );
    if (this.#markFile.current.lastIndex >= index) await this.#lowerMark(this.#log.positionAt(committed));

    const { lastIndex } = this.#log;
    const start: LogStart = { index, term, chain: header.chain, configuration: header.meta.configuration };
    const operations: Operation[] = [
      { kind: 'put', key: ACTIVE_GENERATION_KEY, value: encodeGeneration(generation) },
      { kind: 'put', key: appliedKey(generation), value: encodeApplied(index) },
      { kind: 'delete', key: INSTALL_KEY },
      logStartOperation(start),
    ];
    // In the same batch: anything left above the new start would be taken for its continuation.
    for (let above = index + 1; above <= lastIndex; above++)
      operations.push({ kind: 'delete', key: logKey(above) });
    await this.#write('installing a snapshot', operations, true);
    await this.#writeMark(markOf(this.#hardState, start));

    this.#log.restart(start);
    this.#catalog.moveTo({ generation, appliedIndex: index });
    this.#hardState = { ...this.#hardState, commitIndex: Math.max(this.#hardState.commitIndex, index) };
    this.#install = undefined;
    this.#sweeper.sweepInBackground(generationRange(otherGeneration(generation)));
    this.#sweeper.sweepInBackground(logRange(0, index + 1));
  }

  #inBothLanes<T>(task: () => Promise<T>): Promise<T> {
    return this.#logLane.run(() => this.#applyLane.run(task));
  }

  /** S2, before a write after which the log may end below the mark. Term and vote stay as they are. */
  #lowerMark(position: LogPosition): Promise<void> {
    return this.#writeMark(markOf(this.#hardState, position));
  }

  #writeMark(mark: Mark): Promise<void> {
    return this.#gate.run('writing the mark', () => this.#markFile.write(mark));
  }

  #write(what: string, operations: readonly Operation[], sync: boolean): Promise<void> {
    return this.#gate.run(what, () => this.#store.batch(operations, { sync }));
  }

  approximateSizeBytes(): Promise<number> {
    return this.#store.approximateSizeBytes();
  }

  /** Waits for what is in flight. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#inBothLanes(() => Promise.resolve());
      await this.#sweeper.stop();
      await this.#markFile.close();
      await this.#store.close();
    })();
    return this.#closed;
  }
}
