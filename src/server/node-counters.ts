/** What the node counts, as Prometheus metrics. */
import { Counter, Histogram, type Registry } from 'prom-client';
import type { NodeMetrics } from '../node/node-metrics.js';

/** A synced write: 0.2 ms on a good disk, 10 ms on a poor one, seconds on one that stalls. */
const DISK_SECONDS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** A tick that comes late by more than an election timeout makes a leader step down. */
const LAG_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export function nodeCounters(registry: Registry): NodeMetrics {
  const registers = [registry];
  const committed = new Counter({
    name: 'sexton_proposals_committed_total',
    help: 'Proposals made through this node that were committed and changed or confirmed something.',
    registers,
  });
  const failed = new Counter({
    name: 'sexton_proposals_failed_total',
    help: 'Proposals made through this node without success: refused by the catalog, or of unknown outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const applied = new Counter({
    name: 'sexton_entries_applied_total',
    help: 'Log entries applied on this node since it started.',
    registers,
  });
  const leaderChanges = new Counter({
    name: 'sexton_leader_changes_total',
    help: 'Times that this node saw leader or role change.',
    registers,
  });
  const dropped = new Counter({
    name: 'sexton_peer_messages_dropped_total',
    help: 'Messages to a peer that did not fit its queue; consensus sends again what matters.',
    labelNames: ['peer'],
    registers,
  });
  const refused = new Counter({
    name: 'sexton_peer_refusals_total',
    help: 'What peers sent and this node refused, by peer and cause; peer 0 is nobody known here.',
    labelNames: ['peer', 'cause'],
    registers,
  });
  const digests = new Counter({
    name: 'sexton_digest_comparisons_total',
    help: 'Comparisons of a peer’s state with this leader’s at one index; only equal ones are good.',
    labelNames: ['peer', 'result'],
    registers,
  });
  const diskSync = new Histogram({
    name: 'sexton_disk_sync_duration_seconds',
    help: 'Synced writes of the log: what a leader must wait for before it counts itself.',
    buckets: DISK_SECONDS,
    registers,
  });
  const lag = new Histogram({
    name: 'sexton_event_loop_lag_seconds',
    help: 'How much later than planned this node’s ticks came.',
    buckets: LAG_SECONDS,
    registers,
  });
  for (const outcome of ['refused', 'unknown']) failed.inc({ outcome }, 0);
  return {
    proposal: (outcome) => {
      if (outcome === 'committed') committed.inc();
      else failed.inc({ outcome });
    },
    diskSync: (durationMs) => diskSync.observe(durationMs / 1000),
    entriesApplied: (count) => applied.inc(count),
    eventLoopLag: (lagMs) => lag.observe(Math.max(0, lagMs) / 1000),
    leaderChanged: () => leaderChanges.inc(),
    messageDropped: (peer) => dropped.inc({ peer: String(peer) }),
    digestCompared: (peer, equal) =>
      digests.inc({ peer: String(peer), result: equal ? 'equal' : 'different' }),
    peerRefused: (peer, cause) => refused.inc({ peer: String(peer), cause }),
  };
}
