/**
 * The node's metrics, under Prometheus's naming rules: prefix `sexton_`, base units, `_total` for what
 * only grows. Labels come from closed sets; a stream's name is never one (their number has no bound).
 *
 * Events are counted through the ports that node and purger define; positions and sizes are read when
 * somebody scrapes. What cannot be read then is shown as NaN instead of as it was.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { CatalogSummary } from '../catalog/types.js';
import type { NodeGauges, NodeMetrics } from '../node/node-metrics.js';
import type { SessionTotals } from '../node/session-api.js';
import type { PurgeMetrics } from '../purge/metrics.js';
import type { PurgeStatus } from '../purge/purge-status.js';
import { auditCounters } from './audit-counters.js';
import type { AuditMetrics } from './audit-storage.js';
import { nodeCounters } from './node-counters.js';
import { purgeCounters } from './purge-counters.js';
import { ScrapeGauges } from './scrape-gauges.js';

/** One observation per call that ended. */
export interface RequestMetrics {
  /** `method`: `Service/Method`; `code`: the gRPC status by name. */
  requestFinished(method: string, code: string, durationMs: number): void;
}

/** What is read at each scrape. All of it cheap; none may wait for another node. */
export interface ScrapeSources {
  readonly memberId: number;
  readonly gauges: NodeGauges;
  /** Undefined before the node belongs to a cluster. */
  summary(): CatalogSummary | undefined;
  /** Undefined on a node that does not purge. */
  purge(): PurgeStatus | undefined;
  /** Undefined on a node that does not lead. */
  sessions(): SessionTotals | undefined;
  storageSizeBytes(): Promise<number>;
}

export interface Metrics {
  readonly contentType: string;
  readonly node: NodeMetrics;
  readonly purge: PurgeMetrics;
  readonly audit: AuditMetrics;
  readonly requests: RequestMetrics;
  /** From now on scrapes read these. Until then only counted metrics are shown. */
  bind(sources: ScrapeSources): void;
  /** The text exposition of everything. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  /** Shown as labels of `sexton_build_info`. */
  readonly version: string;
  /** CPU, memory, garbage collection of this process. Default true; off where many share a process. */
  readonly processMetrics?: boolean;
}

/** Request times from a local read (under 1 ms) to a write that waits out an election. */
const REQUEST_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  if (options.processMetrics !== false) collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'sexton_build_info',
    help: 'Always 1; the version is a label.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: options.version }, 1);

  const scrape = new ScrapeGauges(registry);
  let sources: ScrapeSources | undefined;
  return {
    contentType: registry.contentType,
    node: nodeCounters(registry),
    purge: purgeCounters(registry),
    audit: auditCounters(registry),
    requests: requestCounters(registry),
    bind: (bound) => {
      sources = bound;
    },
    render: async () => {
      if (sources !== undefined) await scrape.read(sources);
      return registry.metrics();
    },
  };
}

function requestCounters(registry: Registry): RequestMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'sexton_grpc_requests_total',
    help: 'Calls that ended, streaming calls too, by method and gRPC status.',
    labelNames: ['method', 'code'],
    registers,
  });
  const durations = new Histogram({
    name: 'sexton_grpc_request_duration_seconds',
    help: 'From the request to its end, by method; streaming calls last as long as they are open.',
    labelNames: ['method'],
    buckets: REQUEST_SECONDS,
    registers,
  });
  return {
    requestFinished: (method, code, durationMs) => {
      requests.inc({ method, code });
      durations.observe({ method }, durationMs / 1000);
    },
  };
}
