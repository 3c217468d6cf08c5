/**
 * A Parseable deployment beside the cluster: ingest nodes and a query node, or one process that is both; people who send
 * events and ask; the helper; and what goes wrong with all of them.
 */
import type { StreamRecord } from '../../../src/catalog/types.js';
import type { SextonClient } from '../../../src/client/sexton-client.js';
import { HttpFailure } from '../../../src/parseable/http-call.js';
import type { SimulatedClientTransport } from '../client-transport.js';
import type { Network } from '../network.js';
import type { SimulatedBucket } from '../object-store.js';
import type { Prng } from '../prng.js';
import type { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import type { Trace } from '../trace.js';
import type { Violation } from '../violation.js';
import { Caretaker, CARETAKER } from './caretaker.js';
import { EventClient } from './event-client.js';
import { Helper, HELPER_HOST } from './helper.js';
import { SimulatedHttp } from './http.js';
import { Lives } from './lives.js';
import { ParseableNode, urlOf, type ParseableKind } from './node.js';
import { ParseableOracle } from './oracle.js';
import type { ParseableFault, ParseablePlan } from './plan.js';
import { QuietNodes } from './quiet-nodes.js';

export interface DeploymentDeps {
  readonly plan: ParseablePlan;
  readonly names: readonly string[];
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly trace: Trace;
  readonly network: Network;
  readonly bucket: SimulatedBucket;
  readonly endpoints: readonly string[];
  readonly transport: (host: string, scope: ProcessScope) => SimulatedClientTransport;
  readonly clockErrorMs: number;
  /** The bucket honours If-Match on deletes. */
  readonly isConditional: boolean;
  readonly client: SextonClient;
  readonly streams: () => readonly StreamRecord[];
  /** An adoption is about to be asked for. */
  readonly adopting: (name: string) => void;
  readonly violated: (violation: Violation) => void;
  readonly surprised: (error: unknown) => void;
}

/** Between nodes. */
const CALL_TIMEOUT_MS = 1_000;
/** How often somebody looks at what waits for an operator, once everything has mended. */
const AFTER_HEAL_MS = 2_000;

export class Deployment {
  readonly #deps: DeploymentDeps;
  readonly #http: SimulatedHttp;
  readonly #lives = new Lives();
  readonly #nodes: readonly ParseableNode[];
  readonly #helper: Helper;
  readonly #undo = new Set<() => void>();
  readonly #faults: Partial<Record<ParseableFault, number>> = {};
  readonly #caretaker: Caretaker;
  readonly oracle: ParseableOracle;
  readonly quietNodes: QuietNodes;
  readonly #clients: EventClient[] = [];
  readonly #stubborn: EventClient[] = [];
  #running: readonly Promise<void>[] = [];
  #active = false;

  constructor(deps: DeploymentDeps) {
    this.#deps = deps;
    const { plan, scheduler, random, trace, network, bucket, names, clockErrorMs } = deps;
    this.#http = new SimulatedHttp({
      scheduler,
      network,
      nodeAt: (host) => this.#nodes.find((node) => node.host === host),
      heldUntilAsked: (host, name) => this.quietNodes.heldUntilAsked(host, name),
    });
    this.quietNodes = new QuietNodes({
      uploadDeadlineMs: plan.times.uploadDeadlineMs,
      nowMs: () => scheduler.nowMs,
      violated: deps.violated,
    });
    const node = (host: string, kind: ParseableKind): ParseableNode =>
      new ParseableNode({
        host,
        kind,
        scheduler,
        random: random.fork(host),
        trace,
        bucket,
        times: plan.times,
        lives: this.#lives,
        clockErrorMs,
        ingestUrls: this.#ingestUrls,
        call: (url, request, scope) =>
          this.#http.call({ host, scope }, url, request, CALL_TIMEOUT_MS).catch((error: unknown) => {
            if (error instanceof HttpFailure) return undefined;
            throw error;
          }),
      });
    this.#nodes =
      plan.ingestNodes === 0
        ? [node('parse-1', 'standalone')]
        : [...this.#ingestHosts.map((host) => node(host, 'ingest')), node('query-1', 'query')];
    this.oracle = new ParseableOracle({
      bucket,
      lives: this.#lives,
      names,
      isConditional: deps.isConditional,
      isNode: (label) => this.has(label),
      uploadDeadlineMs: plan.times.uploadDeadlineMs,
      nowMs: () => scheduler.nowMs,
      violated: deps.violated,
    });
    this.#caretaker = new Caretaker({
      client: deps.client,
      streams: deps.streams,
      metadataBelow: (prefix) => this.oracle.metadataBelow(prefix),
      adopting: deps.adopting,
      bucket,
      scheduler,
      trace,
    });
    this.#helper = new Helper({
      plan,
      scheduler,
      random: random.fork(HELPER_HOST),
      trace,
      endpoints: deps.endpoints,
      transport: (scope) => deps.transport(HELPER_HOST, scope),
      http: this.#http,
      ingestUrls: this.#ingestUrls,
      queryUrls: plan.ingestNodes === 0 ? [] : this.#queryUrls,
      standaloneUrls: plan.ingestNodes === 0 ? this.#queryUrls : [],
      clockErrorMs,
      surprised: deps.surprised,
    });
  }

  /** Everything of it that has an end of a wire. */
  get hosts(): readonly string[] {
    return [...this.#nodes.map(({ host }) => host), HELPER_HOST];
  }

  /** Its own deletes, and those of people, are not Sexton's. */
  has(label: string): boolean {
    return label === CARETAKER || this.#nodes.some(({ host }) => host === label);
  }

  /** Nodes, helper and clients start, and things begin to go wrong. */
  begin(course: string): void {
    const { plan, names, surprised } = this.#deps;
    this.#active = true;
    for (const node of this.#nodes) node.start();
    this.#helper.start();
    if (plan.caretakerEveryMs > 0) this.#caretaker.start(plan.caretakerEveryMs);
    this.#nextFault();
    this.#clients.length = 0;
    this.#stubborn.length = 0;
    for (let at = 0; at < plan.eventClients; at++) {
      const isStubborn = at < plan.stubborn;
      const client = this.#eventClient(`events-${at + 1}`, course, isStubborn ? this.stubbornNames : names);
      (isStubborn ? this.#stubborn : this.#clients).push(client);
    }
    if (plan.queryEveryMs > 0 && plan.ingestNodes > 0) this.#clients.push(this.#queryClient(course));
    this.#running = [...this.#clients, ...this.#stubborn].map((client) => client.run());
    for (const each of this.#running) each.catch(surprised);
  }

  /** Names to which somebody sends until {@link stop}. */
  get stubbornNames(): readonly string[] {
    return this.#deps.plan.stubborn === 0 ? [] : this.#deps.names.slice(0, 1);
  }

  /** Resolves when nobody sends any more. */
  async stop(): Promise<void> {
    for (const client of [...this.#clients, ...this.#stubborn]) client.stop();
    await Promise.all(this.#running);
  }

  /** Everything mends, and everybody stops sending but the stubborn. */
  heal(): void {
    this.#active = false;
    this.#caretaker.start(AFTER_HEAL_MS);
    for (const client of this.#clients) client.stop();
    for (const end of [...this.#undo]) end();
  }

  /** Something below it is of a life that is not to be deleted. */
  isHeld(prefix: string): boolean {
    return this.oracle.metadataBelow(prefix).living.length > 0;
  }

  /** Every node is up, and has nothing on its disk that a query should find. */
  get isQuiet(): boolean {
    return this.#nodes.every((node) => {
      if (!node.isUp) return false;
      for (const { life } of node.staging.pending())
        if (life !== undefined && this.#lives.killer(life) === undefined && !this.#lives.isExposed(life))
          return false;
      return true;
    });
  }

  /** What was done to it, and what its lives were exposed to. */
  get counts(): Readonly<Record<string, number>> {
    const { asked, deleted } = this.#lives.exposures;
    return {
      ...this.#faults,
      ...this.#caretaker.counts,
      'events acknowledged': this.#lives.events.length,
      'exposed: began since the helper looked': asked,
      'exposed: began since the purger looked': deleted,
    };
  }

  get #ingestHosts(): readonly string[] {
    return Array.from({ length: this.#deps.plan.ingestNodes }, (_, at) => `parse-${at + 1}`);
  }

  get #ingestUrls(): readonly string[] {
    return this.#ingestHosts.map(urlOf);
  }

  get #queryUrls(): readonly string[] {
    return [urlOf(this.#deps.plan.ingestNodes === 0 ? 'parse-1' : 'query-1')];
  }

  #queryClient(course: string): EventClient {
    const { plan, scheduler, random, names } = this.#deps;
    return new EventClient({
      host: 'queries-1',
      http: this.#http,
      scheduler,
      random: random.fork(`queries-1${course}`),
      urls: this.#queryUrls,
      path: '/api/v1/query',
      names,
      everyMs: plan.queryEveryMs,
    });
  }

  #eventClient(host: string, course: string, names: readonly string[]): EventClient {
    const { plan, scheduler, random } = this.#deps;
    return new EventClient({
      host,
      http: this.#http,
      scheduler,
      random: random.fork(host + course),
      urls: plan.ingestNodes === 0 ? this.#queryUrls : this.#ingestUrls,
      path: '/api/v1/ingest',
      names,
      everyMs: plan.eventEveryMs,
    });
  }

  #nextFault(): void {
    const { plan, scheduler, random } = this.#deps;
    if (plan.faults.length === 0) return;
    scheduler.after(2 * plan.faultEveryMs * random.next(), () => {
      if (!this.#active) return;
      const kind = random.pick(plan.faults);
      this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
      this.#act(kind);
      this.#nextFault();
    });
  }

  #act(kind: ParseableFault): void {
    const { random, network, trace } = this.#deps;
    const node = random.pick(this.#nodes);
    switch (kind) {
      case 'crash':
        node.kill();
        this.#for(random.between(10, 4_000), () => node.start());
        return;
      case 'pause':
        node.pause();
        this.#for(random.between(50, 4_000), () => node.resume());
        return;
      case 'cut off': {
        // It still reaches the bucket, and clients still reach it.
        const others = [...this.#nodes.map(({ host }) => host), HELPER_HOST].filter(
          (host) => host !== node.host,
        );
        trace.write('nemesis', () => `${node.host} is cut off from ${others.join(' ')}`);
        for (const other of others) {
          network.cut(other, node.host);
          network.cut(node.host, other);
        }
        this.#for(random.between(500, 8_000), () => {
          for (const other of others) {
            network.mend(other, node.host);
            network.mend(node.host, other);
          }
        });
        return;
      }
      case 'helper crash':
        this.#helper.kill();
        this.#for(random.between(10, 6_000), () => this.#helper.start());
        return;
      case 'helper pause':
        this.#helper.pause();
        this.#for(random.between(50, 6_000), () => this.#helper.resume());
    }
  }

  #for(forMs: number, end: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) end();
    };
    this.#undo.add(once);
    this.#deps.scheduler.after(forMs, once);
  }
}
