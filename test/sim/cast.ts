/**
 * Who calls and who uploads in a world: clients, ingest nodes with a session or without one, a straggler. The second
 * act of a run has the names and hosts of the first, keys of uploads included, and another course of events.
 */
import type { StreamCall } from '../support/linearizability/index.js';
import { SimulatedClientTransport } from './client-transport.js';
import { IngestNode, UPLOAD_MAX_MS, type IngestDeps } from './ingest.js';
import type { Machine } from './machine.js';
import { CLOCK_ERROR_MAX_MS } from './nemesis.js';
import type { Network } from './network.js';
import type { SimulatedBucket } from './object-store.js';
import type { AdmittedUpload } from './observer.js';
import type { Plan } from './plan.js';
import type { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';
import { SessionIngestNode } from './session-ingest.js';
import { SimulatedClock } from './simulated-clock.js';
import { Straggler } from './straggler.js';
import type { Trace } from './trace.js';
import { WorkloadClient } from './workload.js';

export interface CastDeps {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  /** Of the world: each member of the cast has a fork of its own. */
  readonly random: Prng;
  readonly trace: Trace;
  readonly network: Network;
  readonly bucket: SimulatedBucket;
  readonly machines: readonly Machine[];
  readonly history: StreamCall[];
  /** `guard` has let an upload begin. */
  readonly admitted: (upload: AdmittedUpload) => void;
  /** A process of an ingest node has died, or was stopped. */
  readonly ingestFailed: () => void;
}

/** What uploads: runs until it is told to stop, and then to the end of what is under way. */
export interface Uploading {
  run(): Promise<void>;
  stop(): void;
}

/** A tombstone waits at least so long where no session covers uploads. */
const GRACE_MS = UPLOAD_MAX_MS + 2 * CLOCK_ERROR_MAX_MS;

export class Cast {
  readonly #deps: CastDeps;

  constructor(deps: CastDeps) {
    this.#deps = deps;
  }

  /** `course` tells one act's events from another's. */
  clients(course: string): readonly WorkloadClient[] {
    return named('client', this.#deps.plan.clients).map((name) => this.client(name, course));
  }

  uploading(course: string): readonly Uploading[] {
    const { plan } = this.#deps;
    return [
      ...named('ingest', plan.uploaders).map((name) => this.#ingestNode(name, course)),
      ...(plan.stragglers ? [this.#straggler('ingest-9', course)] : []),
    ];
  }

  client(name: string, course = ''): WorkloadClient {
    const { plan, scheduler, trace, history, random } = this.#deps;
    return new WorkloadClient({
      name,
      plan,
      scheduler,
      clock: this.clock(new ProcessScope(name)),
      random: random.fork(name + course),
      transport: this.transport(name),
      endpoints: this.endpoints,
      trace,
      history,
      graceMs: plan.sessions || plan.parseable !== undefined ? 0 : GRACE_MS,
    });
  }

  clock(scope: ProcessScope): SimulatedClock {
    return new SimulatedClock(this.#deps.scheduler, scope);
  }

  #ingestNode(name: string, course: string): Uploading {
    const { plan, scheduler, trace, bucket, admitted, ingestFailed, random } = this.#deps;
    if (!plan.sessions) return new IngestNode(this.#withoutSession(name, course));
    return new SessionIngestNode({
      name,
      names: plan.names,
      scheduler,
      random: random.fork(`${name} uploads${course}`),
      trace,
      endpoints: this.endpoints,
      transport: (scope) => this.transport(name, scope),
      uploader: (scope) => bucket.uploader(scope, name),
      admitted,
      mayFail: plan.faults.includes('ingest node'),
      failed: ingestFailed,
      clockErrorMs: CLOCK_ERROR_MAX_MS,
    });
  }

  #straggler(name: string, course: string): Uploading {
    return new Straggler(this.#withoutSession(name, course));
  }

  #withoutSession(name: string, course: string): IngestDeps {
    const { plan, trace, bucket, random } = this.#deps;
    const scope = new ProcessScope(name);
    return {
      name,
      names: plan.names,
      client: this.client(name, course).client,
      uploader: bucket.uploader(scope, name),
      clock: this.clock(scope),
      random: random.fork(`${name} uploads${course}`),
      trace,
    };
  }

  get endpoints(): readonly string[] {
    return this.#deps.machines.map(({ host }) => `${host}:7401`);
  }

  transport(host: string, scope?: ProcessScope): SimulatedClientTransport {
    const { scheduler, network, machines } = this.#deps;
    return new SimulatedClientTransport({
      host,
      scheduler,
      network,
      listenerAt: (endpoint) => machines.find((each) => each.host === hostOf(endpoint))?.listener,
      hostOf,
      ...(scope === undefined ? {} : { scope }),
    });
  }
}

/** `host:port` without the port. */
export function hostOf(address: string): string {
  return address.slice(0, address.indexOf(':'));
}

function named(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${kind}-${at + 1}`);
}
