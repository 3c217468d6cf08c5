/**
 * The gateway's metrics, under Prometheus's naming rules. Labels come from closed sets and from the nodes of the
 * flags; a stream's name is never one.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RefusalReason } from './refusal.js';
import type { RouteKind } from './route.js';

export interface GatewayGauges {
  readonly requestsInFlight: number;
  readonly writesInFlight: number;
  readonly knownNames: number;
  /** Infinity: it was never followed. */
  readonly catalogAgeMs: number;
  readonly isReady: boolean;
}

/** From a refusal (under 1 ms) to a query that takes minutes. */
const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60];

export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'sexton_gateway_requests_total',
    help: 'Requests that were answered, by what they asked for and by the class of the status.',
    labelNames: ['route', 'status'] as const,
    registers: [this.#registry],
  });
  readonly #seconds = new Histogram({
    name: 'sexton_gateway_request_seconds',
    help: 'From the head of a request to the end of its answer.',
    labelNames: ['route'] as const,
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #refusals = new Counter({
    name: 'sexton_gateway_refusals_total',
    help: 'Requests that the gateway answered itself instead of forwarding them, and those that no node answered.',
    labelNames: ['reason'] as const,
    registers: [this.#registry],
  });
  readonly #unreachable = new Counter({
    name: 'sexton_gateway_node_unreachable_total',
    help: 'Connections to a node that did not come up.',
    labelNames: ['node'] as const,
    registers: [this.#registry],
  });
  #refused = 0;

  constructor(gauges: () => GatewayGauges) {
    const gauge = (name: string, help: string, read: (now: GatewayGauges) => number): void => {
      new Gauge({
        name: `sexton_gateway_${name}`,
        help,
        registers: [this.#registry],
        collect() {
          this.set(read(gauges()));
        },
      });
    };
    gauge('requests_in_flight', 'Requests and WebSockets under way.', (now) => now.requestsInFlight);
    gauge(
      'writes_in_flight',
      'Writes that no node has answered yet; purges wait for them.',
      (now) => now.writesInFlight,
    );
    gauge('known_names', 'Names that are deleted, being purged, or fenced.', (now) => now.knownNames);
    gauge('catalog_age_seconds', 'Since the catalog last said something.', (now) => now.catalogAgeMs / 1_000);
    gauge('ready', '1 while the state of names is known and writes pass.', (now) => Number(now.isReady));
  }

  get refusedTotal(): number {
    return this.#refused;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  answered(route: RouteKind, status: number, durationMs: number): void {
    this.#requests.inc({ route, status: status === 0 ? 'aborted' : `${Math.floor(status / 100)}xx` });
    this.#seconds.observe({ route }, durationMs / 1_000);
  }

  refused(reason: RefusalReason): void {
    this.#refused += 1;
    this.#refusals.inc({ reason });
  }

  unreachable(node: string): void {
    this.#unreachable.inc({ node });
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }
}
