/** One machine with a Parseable node on it: a disk, a clock that is wrong, and at most one process, which may die and come back. */
import { ObjectStoreError } from '../../../src/objectstore/object-store.js';
import type { SimulatedBucket } from '../object-store.js';
import type { Prng } from '../prng.js';
import { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import { MachineClock, SimulatedClock } from '../simulated-clock.js';
import type { Trace } from '../trace.js';
import { BucketAccess } from './bucket-access.js';
import { IngestProcess } from './ingest-process.js';
import type { Lives } from './lives.js';
import type { NodeAnswer, NodeProcess, NodeRequest, ProcessDeps } from './node-process.js';
import type { ParseableTimes } from './plan.js';
import { QueryProcess } from './query-process.js';
import { Staging } from './staging.js';

export type ParseableKind = 'ingest' | 'query' | 'standalone';

export interface ParseableNodeDeps {
  readonly host: string;
  readonly kind: ParseableKind;
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly trace: Trace;
  readonly bucket: SimulatedBucket;
  readonly times: ParseableTimes;
  readonly lives: Lives;
  readonly clockErrorMs: number;
  readonly ingestUrls: readonly string[];
  /** To another node, from this one. */
  readonly call: (url: string, request: NodeRequest, scope: ProcessScope) => Promise<NodeAnswer | undefined>;
}

interface Running {
  readonly scope: ProcessScope;
  readonly process: NodeProcess;
  readonly deathListeners: Set<() => void>;
}

/** A start that fails is tried again, as a supervisor would. */
const RESTART_MS = 100;

export class ParseableNode {
  readonly #deps: ParseableNodeDeps;
  readonly #clock: MachineClock;
  readonly staging: Staging;
  #running: Running | undefined;
  #processes = 0;

  constructor(deps: ParseableNodeDeps) {
    this.#deps = deps;
    this.#clock = new MachineClock(deps.scheduler);
    this.staging = new Staging(deps.host);
  }

  get host(): string {
    return this.#deps.host;
  }

  get kind(): ParseableKind {
    return this.#deps.kind;
  }

  get url(): string {
    return urlOf(this.#deps.host);
  }

  get isUp(): boolean {
    return this.#running !== undefined && !this.#running.scope.isPaused;
  }

  start(): void {
    if (this.#running !== undefined) return;
    const { host, random, scheduler, bucket, trace, clockErrorMs } = this.#deps;
    const scope = new ProcessScope(`${host}.${++this.#processes}`);
    // Set by NTP when a machine starts, more or less.
    this.#clock.offsetMs = random.between(-clockErrorMs, clockErrorMs);
    const clock = new SimulatedClock(scheduler, scope, this.#clock);
    const access = new BucketAccess({
      bucket,
      caller: { scope, label: host },
      clock,
      random,
    });
    const process = this.#process({
      ...this.#deps,
      id: host,
      scope,
      bucket: access,
      clock,
      nowMs: () => scheduler.nowMs,
      note: (text) => trace.write(host, text),
    });
    trace.write(host, () => `starts, life ${this.#processes}`);
    this.#running = { scope, process, deathListeners: new Set() };
    process.start().catch((error: unknown) => {
      if (!(error instanceof ObjectStoreError)) throw error;
      this.kill();
      scheduler.after(RESTART_MS, () => this.start());
    });
  }

  kill(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#deps.trace.write(this.host, 'dies');
    this.#running = undefined;
    running.scope.kill();
    for (const listener of running.deathListeners) listener();
  }

  pause(): void {
    this.#deps.trace.write(this.host, 'stops (SIGSTOP)');
    this.#running?.scope.pause();
  }

  resume(): void {
    if (this.#running?.scope.isPaused === true) this.#running.scope.resume();
  }

  /**
   * A request has arrived. `broken`: the process died before it could answer; false: nobody listens. `heardMs`: when
   * the process began with it.
   */
  receive(
    request: NodeRequest,
    answer: (given: NodeAnswer, heardMs: number) => void,
    broken: () => void,
  ): boolean {
    const running = this.#running;
    if (running === undefined) return false;
    running.deathListeners.add(broken);
    running.scope.enter(() => {
      const heardMs = this.#deps.scheduler.nowMs;
      void running.process.handle(request).then((given) => {
        running.deathListeners.delete(broken);
        answer(given, heardMs);
      });
    });
    return true;
  }

  #process(deps: ProcessDeps): NodeProcess {
    const { kind, ingestUrls, call } = this.#deps;
    if (kind !== 'query')
      return new IngestProcess({ ...deps, staging: this.staging, standalone: kind === 'standalone' });
    return new QueryProcess({
      ...deps,
      ingestUrls,
      call: (url, request) => call(url, request, deps.scope),
    });
  }
}

export function urlOf(host: string): string {
  return `http://${host}:8000`;
}
