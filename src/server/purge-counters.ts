/** What the purger counts, as Prometheus metrics. All zero on a node that does not lead. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PurgeMetrics } from '../purge/metrics.js';

const STORE_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const ATTEMPT_SECONDS = [0.1, 1, 10, 60, 300, 1800, 7200, 43_200];
const BATCH_KEYS = [1, 10, 50, 100, 250, 500, 1000];

export function purgeCounters(registry: Registry): PurgeMetrics {
  const registers = [registry];
  const objects = new Counter({
    name: 'sexton_purge_objects_deleted_total',
    help: 'Objects, versions, delete markers and uploads that the store confirmed as removed.',
    registers,
  });
  const bytes = new Counter({
    name: 'sexton_purge_bytes_deleted_total',
    help: 'Sum of their sizes as listed.',
    registers,
  });
  const errors = new Counter({
    name: 'sexton_purge_errors_total',
    help: 'Keys that a delete request did not remove, by kind of error; unaccounted: not in the answer.',
    labelNames: ['code'],
    registers,
  });
  const throttled = new Counter({
    name: 'sexton_purge_throttled_total',
    help: 'Times that the store said slow down.',
    registers,
  });
  const requestsByOutcome = new Counter({
    name: 'sexton_purge_requests_total',
    help: 'Requests to the object store that ended, by kind (delete, list, abort, look, probe) and outcome.',
    labelNames: ['kind', 'outcome'],
    registers,
  });
  const requests = new Histogram({
    name: 'sexton_purge_request_duration_seconds',
    help: 'Requests to the object store, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    buckets: STORE_SECONDS,
    registers,
  });
  const batches = new Histogram({
    name: 'sexton_purge_batch_keys',
    help: 'Keys in a delete request.',
    buckets: BATCH_KEYS,
    registers,
  });
  const attempts = new Histogram({
    name: 'sexton_purge_attempt_duration_seconds',
    help: 'Tries at one stream, by how they ended.',
    labelNames: ['outcome'],
    buckets: ATTEMPT_SECONDS,
    registers,
  });
  const sweeps = new Counter({
    name: 'sexton_purge_sweeps_total',
    help: 'Sweeps of purged prefixes, by how they ended (recorded, failed, stopped, reborn); all but recorded ones are tried again.',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['recorded', 'failed', 'stopped', 'reborn']) sweeps.inc({ outcome }, 0);
  const inFlight = new Gauge({
    name: 'sexton_purge_requests_in_flight',
    help: 'Requests to the object store under way.',
    registers,
  });
  const limit = new Gauge({
    name: 'sexton_purge_concurrency_limit',
    help: 'Requests to the object store allowed at once; falls when the store throttles.',
    registers,
  });
  return {
    requestFinished: (kind, outcome, durationMs) => {
      const labels = { kind, outcome: outcome.toLowerCase() };
      requestsByOutcome.inc(labels);
      requests.observe(labels, durationMs / 1000);
    },
    batchSent: (keys) => batches.observe(keys),
    keysAnswered: (outcome, keys, keyBytes) => {
      if (outcome === 'deleted') {
        objects.inc(keys);
        bytes.inc(keyBytes);
      } else {
        errors.inc({ code: outcome.toLowerCase() }, keys);
      }
    },
    throttled: () => throttled.inc(),
    concurrency: (now, allowed) => {
      inFlight.set(now);
      limit.set(allowed);
    },
    attemptFinished: (outcome, durationMs) => attempts.observe({ outcome }, durationMs / 1000),
    sweepFinished: (outcome) => sweeps.inc({ outcome }),
  };
}
