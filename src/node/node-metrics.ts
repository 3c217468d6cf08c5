/** What a node counts; `server/metrics.ts` binds it to Prometheus, tests and the simulator to nothing. */
import type { CoreStatus } from '../raft/types.js';

export interface NodeMetrics {
  proposal(outcome: 'committed' | 'refused' | 'unknown'): void;
  diskSync(durationMs: number): void;
  entriesApplied(count: number): void;
  eventLoopLag(lagMs: number): void;
  leaderChanged(): void;
  messageDropped(peer: number): void;
}

export const noMetrics: NodeMetrics = {
  proposal: () => undefined,
  diskSync: () => undefined,
  entriesApplied: () => undefined,
  eventLoopLag: () => undefined,
  leaderChanged: () => undefined,
  messageDropped: () => undefined,
};

/** Read at scrape time rather than counted. */
export interface NodeGauges {
  core(): CoreStatus | undefined;
  pendingProposals(): number;
  openWatches(): number;
}
