/** What the helper says about itself: one record for the catalog, one a node. Times are wall-clock milliseconds. */
import type { BehindCatalogView } from './behind-catalog.js';
import type { NodeKind } from './parseable-node.js';

/**
 * UP: it answers. DOWN: it does not, refuses the credentials, or is not what it should be. UNKNOWN: not asked yet.
 */
export type NodeState = 'UP' | 'DOWN' | 'UNKNOWN';

/**
 * NONE: a query node, for which no purge waits. OPENING: no purge waits for it yet. OPEN: purges wait.
 * RELEASED: an operator has given it up; purges wait again once it answers.
 */
export type SessionState = 'NONE' | 'OPENING' | 'OPEN' | 'RELEASED';

export interface NodeStatus {
  /** Also the node id of its session. */
  readonly node: string;
  readonly kind: NodeKind;
  readonly state: NodeState;
  readonly session: SessionState;
  readonly sessionId: string;
  /** Everything that began to drain at or before it has drained, but for what is taken up, as the cluster has confirmed. 0 = not yet. */
  readonly drainedRevision: number;
  /** Streams that it has not acknowledged to have forgotten. */
  readonly pending: number;
  /** Acknowledged, and not let go for one upload deadline yet. */
  readonly settling: number;
  /** Of those, streams that it has taken up again: clients still send to them, and their purges wait. */
  readonly takenUp: number;
  readonly acknowledgedTotal: number;
  /** How often it held a stream again that it had let go: somebody sends to a deleted stream. */
  readonly heldAgainTotal: number;
  /** Tombstones that it could not be told of in time. */
  readonly missedTotal: number;
  readonly lastAcknowledgedTimeMs: number | undefined;
  /** The latest, of the node or of one stream; '' = none since the last success. */
  readonly lastError: string;
  readonly nextTryTimeMs: number | undefined;
  /** As the node says; '' = not known yet. */
  readonly version: string;
  readonly deploymentId: string;
}

export interface SyncStatus {
  /** Everything up to it has been seen; undefined until the first listing is complete. */
  readonly revision: number | undefined;
  /** Why the catalog cannot be followed; '' = it is. */
  readonly catalogError: string;
  /** Why the deployment's nodes cannot be listed; '' = they are, or nobody asked. */
  readonly discoveryError: string;
  readonly nodes: readonly NodeStatus[];
  /** Absent: what the nodes list is not compared with the catalog. */
  readonly comparison?: ComparisonStatus | undefined;
}

/** What Parseable has created or deleted behind the catalog. */
export interface ComparisonStatus extends BehindCatalogView {
  /** When the last look ended, whether or not names could be compared; undefined: there was none yet. */
  readonly lastLookTimeMs: number | undefined;
  readonly adoptNew: boolean;
  readonly followDeletes: boolean;
  /** New streams that this run has adopted. */
  readonly adoptedTotal: number;
  /** Missing streams that this run has deleted in the catalog. */
  readonly followedTotal: number;
}
