/**
 * Everything that a node keeps, as the driver sees it: the Raft log, the hard state, the catalog's key
 * space and the snapshot in and out. One writer: the driver calls the mutating methods one at a time,
 * except that `applyBatch` may run beside `appendLog`.
 *
 * Invariants S1 to S6 are kept by the files behind this (see storage/README.md). Every rejection of a
 * mutating call is a FatalError: the process stops (S5).
 */
import type {
  Configuration,
  Entry,
  HardState,
  LogIndex,
  LogReader,
  MemberId,
  SnapshotMeta,
  Term,
} from '../raft/types.js';
import type { CatalogReader, CatalogWrite } from '../catalog/types.js';
import type { KeyRange } from './key-value-store.js';

/** Who this directory belongs to; written once, checked at each start. */
export interface Identity {
  readonly clusterId: string;
  readonly memberId: MemberId;
  /** Random id of this directory, 32 hex digits: tells a wiped disk from the member it was (S6). */
  readonly directoryId: string;
}

export interface LogBatch {
  readonly hardState: HardState | undefined;
  readonly truncateFrom: LogIndex | undefined;
  readonly entries: readonly Entry[];
}

/** What the first start writes: see `node/bootstrap.ts` for how the members agree on it. */
export interface Bootstrap {
  readonly configuration: Configuration;
}

/** How this directory stands in the first start (S6). */
export interface MembershipState {
  /** False until every initial member's directory id is known and recorded (or, joining: the leader's). */
  readonly initialized: boolean;
  /** Member id to directory id, as first recorded. A peer that shows another one is refused. */
  readonly knownDirectories: ReadonlyMap<MemberId, string>;
}

/** The snapshot of a log position, with what a receiver needs to continue the checksum chain (S1). */
export interface SnapshotHeader {
  readonly meta: SnapshotMeta;
  /** The chained checksum of the entry at meta.index. */
  readonly chain: number;
}

/** How much of a snapshot was received: what a stream that broke is continued from. */
export interface SnapshotProgress {
  /** Chunks, from the first one on without a gap. */
  readonly chunks: number;
  /** CRC-32C of their bytes in order: two that agree on it hold the same chunks. */
  readonly checksum: number;
}

/** A consistent image of the catalog as of `header.meta.index`, in bounded chunks. */
export interface SnapshotSource {
  readonly header: SnapshotHeader;
  readonly approximateSizeBytes: number;
  /** Whether this very source has given out exactly these chunks: then it can go on after them. */
  canResume(after: SnapshotProgress): boolean;
  /**
   * Each chunk at most 256 KiB, self-contained, decodable by `SnapshotInstall.write`. Can be asked for again;
   * the chunks are the same each time. `after` must be resumable.
   */
  chunks(after?: SnapshotProgress): AsyncIterable<Uint8Array>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** Receiving side: writes into the inactive key space, then swaps it in with one synced batch. */
export interface SnapshotInstall {
  readonly header: SnapshotHeader;
  readonly progress: SnapshotProgress;
  /** Throws DecodeError on a damaged chunk; nothing is swapped in then. */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Durable swap: catalog, applied index, log start and configuration all at once; the old log is gone.
   * Hence never for a snapshot that the log agrees with (same term at its index) and goes beyond: those
   * entries were acknowledged (thesis §5.3). Refuse such a snapshot before, this asserts it.
   */
  commit(): Promise<void>;
  /** Drops what was written and gives its space back. Idempotent. */
  abort(): Promise<void>;
}

export interface NodeStorage {
  readonly identity: Identity;
  readonly membership: MembershipState;
  /** As recovered at open, then as last persisted. */
  readonly hardState: HardState;
  /** Configuration of the snapshot position (log.start); the log's own entries come after it. */
  readonly snapshotMeta: SnapshotMeta;
  readonly appliedIndex: LogIndex;
  readonly log: LogReader;
  readonly catalog: CatalogReader;

  /** Records a member's directory id, durably, before any of its messages is believed (S6). */
  recordDirectory(member: MemberId, directoryId: string): Promise<void>;
  /** Ends the first start: configuration and all directory ids, durably, at once. */
  initialize(bootstrap: Bootstrap, directories: ReadonlyMap<MemberId, string>): Promise<void>;

  /** Marks the directory, durably, as one whose state a majority contradicts (S7): it is not opened again. */
  condemn(what: string): Promise<void>;

  /**
   * Truncates, appends and stores the hard state in one synced batch, then moves the durable mark (S2)
   * and syncs that too. Only when this resolves may anything depend on the entries: acknowledge, vote.
   */
  appendLog(batch: LogBatch): Promise<void>;

  /** C4: the effects and the applied index, one atomic batch, without sync (replayed from the log). */
  applyBatch(appliedIndex: LogIndex, writes: readonly CatalogWrite[]): Promise<void>;

  /** Entries of the catalog's key space as of now (or of `view`), keys and values as apply wrote them. */
  iterateCatalog(
    range: KeyRange & { readonly limit?: number; readonly reverse?: boolean },
    view?: CatalogView,
  ): AsyncIterable<readonly [Uint8Array, Uint8Array]>;
  /** A consistent view of the catalog with the applied index it stands at. */
  openCatalogView(): CatalogView;

  /** Drops log entries up to `upTo` (<= appliedIndex); log.start moves there. */
  compactLog(upTo: LogIndex): Promise<void>;

  openSnapshot(): Promise<SnapshotSource>;
  /**
   * A snapshot received in part and neither committed nor aborted, by this process or the one before it: to
   * be continued with `write`, or aborted. What it holds is what survived, chunk by chunk.
   */
  readonly unfinishedInstall: SnapshotInstall | undefined;
  /** From the first chunk; an unfinished install is aborted. */
  beginSnapshotInstall(header: SnapshotHeader): Promise<SnapshotInstall>;

  /** For status and metrics. */
  approximateSizeBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface CatalogView {
  readonly appliedIndex: LogIndex;
  close(): Promise<void>;
}

/** The latest term's view of the S2 file, for tests and `status`. */
export interface DurableMark {
  readonly term: Term;
  readonly votedFor: MemberId;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}
