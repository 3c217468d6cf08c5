/** What a node counts; `server/metrics.ts` binds it to Prometheus, tests and the simulator to nothing. */
import type { CoreStatus } from '../raft/types.js';
import type { LinkView } from './node-api.js';
import type { PeerRefusalCause } from './transport/peer-refusals.js';

export interface NodeMetrics {
  proposal(outcome: 'committed' | 'refused' | 'unknown'): void;
  diskSync(durationMs: number): void;
  entriesApplied(count: number): void;
  eventLoopLag(lagMs: number): void;
  leaderChanged(): void;
  messageDropped(peer: number): void;
  /** Leader: a member's state was compared with this node's at one index (S7). */
  digestCompared(peer: number, equal: boolean): void;
  /** Something from a peer was refused. `peer`: 0 = nobody that is known here. */
  peerRefused(peer: number, cause: PeerRefusalCause): void;
}

export const noMetrics: NodeMetrics = {
  proposal: () => undefined,
  diskSync: () => undefined,
  entriesApplied: () => undefined,
  eventLoopLag: () => undefined,
  leaderChanged: () => undefined,
  messageDropped: () => undefined,
  digestCompared: () => undefined,
  peerRefused: () => undefined,
};

/** Read at scrape time rather than counted. */
export interface NodeGauges {
  core(): CoreStatus | undefined;
  pendingProposals(): number;
  openWatches(): number;
  /** Members whose state differs, as far as this node knows (S7). */
  digestMismatches(): number;
  /** What this node hears of the others, and measures of their clocks. */
  links(): readonly LinkView[];
}
