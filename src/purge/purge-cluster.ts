/**
 * What the purger needs of the node that runs it. Only `node/leadership.ts` implements it for real, bound
 * to one term: after leadership ends every call rejects and the AbortSignal has fired.
 */
import type { CatalogSummary, Command, CommandResult, StreamRecord } from '../catalog/types.js';

export interface PurgeCluster {
  readonly clusterId: string;
  readonly term: number;
  /** Applied state here. Undefined: forgotten. */
  stream(incarnation: number): StreamRecord | undefined;
  /** While {@link inDoubt} it says that purges are paused. */
  summary(): CatalogSummary;
  /** S7: members differ and no majority tells who is right, so that this node's catalog may be the wrong one. */
  inDoubt(): boolean;
  /**
   * P3: every session that the drain of this stream waits for has drained it, or is gone. The listeners of
   * {@link onStreamChanged} are called when a no becomes a yes.
   */
  sessionsDrained(stream: StreamRecord): boolean;
  /**
   * DELETED and PURGING streams in (purgeAfterMs, incarnation) order, each as it is when its turn comes. Read in bounded pages
   * of keys: memory stays flat, and while a stream is worked on, for however long, no iterator of the database is open.
   */
  pendingPurges(): AsyncIterable<StreamRecord>;
  /** PURGED streams by when they need the leader next, for a sweep (P8) or to be forgotten; as {@link pendingPurges}. */
  pendingSweeps(): AsyncIterable<StreamRecord>;
  /** P8: whether what lies below the prefix of this PURGED stream is still its own to delete. */
  maySweep(stream: StreamRecord): boolean;
  /** Called after each applied entry that changed a stream's lifecycle, its purge, or the pause switch. Returns unsubscribe. */
  onStreamChanged(listener: (stream: StreamRecord | undefined) => void): () => void;
  /**
   * Proposes as the leader of `term` only; resolves once applied here. Rejects with SextonError NOT_LEADER when
   * leadership ended before the proposal, OUTCOME_UNKNOWN when it ended after.
   */
  propose(command: Command): Promise<CommandResult>;
  /** One quorum round trip (ReadIndex) proving that this node led in `term` after the call began (P2). */
  confirmLeadership(): Promise<void>;
}
