/** The machine that `sexton parseable sync` runs on: the production helper, with the production client. It dies, stops and comes back. */
import { SextonClient } from '../../../src/client/sexton-client.js';
import { ClientSessions } from '../../../src/parseable/client-sessions.js';
import { ParseableSync } from '../../../src/parseable/parseable-sync.js';
import type { SimulatedClientTransport } from '../client-transport.js';
import type { Prng } from '../prng.js';
import { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import { MachineClock, SimulatedClock } from '../simulated-clock.js';
import type { Trace } from '../trace.js';
import { uuid } from '../workload.js';
import type { SimulatedHttp } from './http.js';
import type { ParseablePlan } from './plan.js';

export interface HelperDeps {
  readonly plan: ParseablePlan;
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly trace: Trace;
  readonly endpoints: readonly string[];
  readonly transport: (scope: ProcessScope) => SimulatedClientTransport;
  readonly http: SimulatedHttp;
  readonly ingestUrls: readonly string[];
  readonly queryUrls: readonly string[];
  readonly standaloneUrls: readonly string[];
  readonly clockErrorMs: number;
  /** It ended by itself. */
  readonly surprised: (error: unknown) => void;
}

export const HELPER_HOST = 'helper-1';
const CALL_TIMEOUT_MS = 1_000;

export class Helper {
  readonly #deps: HelperDeps;
  readonly #clock: MachineClock;
  #running: { readonly scope: ProcessScope; readonly transport: SimulatedClientTransport } | undefined;
  #processes = 0;

  constructor(deps: HelperDeps) {
    this.#deps = deps;
    this.#clock = new MachineClock(deps.scheduler);
  }

  start(): void {
    if (this.#running !== undefined) return;
    const { plan, scheduler, random, trace, endpoints, http, surprised, clockErrorMs } = this.#deps;
    const scope = new ProcessScope(`${HELPER_HOST}.${++this.#processes}`);
    this.#clock.offsetMs = random.between(-clockErrorMs, clockErrorMs);
    const clock = new SimulatedClock(scheduler, scope, this.#clock);
    const transport = this.#deps.transport(scope);
    const client = new SextonClient({
      endpoints,
      requestTimeoutMs: 4_000,
      perTryTimeoutMs: 1_000,
      clock,
      random,
      newRequestId: () => uuid(random),
      transport,
    });
    const { uploadDeadlineMs } = plan.times;
    const ttlMs = plan.sessionTtlMs;
    const sync = new ParseableSync(
      {
        ingestNodes: this.#deps.ingestUrls,
        queryNodes: this.#deps.queryUrls,
        standaloneNodes: this.#deps.standaloneUrls,
        discover: '',
        credentials: { username: 'admin', password: 'admin' },
        deploymentId: '',
        sessionTtlMs: ttlMs,
        uploadDeadlineMs,
        callTimeoutMs: CALL_TIMEOUT_MS,
      },
      {
        client,
        sessions: new ClientSessions(client, { ttlMs, uploadDeadlineMs }),
        openHttp: () => http.port({ host: HELPER_HOST, scope }),
        clock,
        random,
        logger: trace.logger(HELPER_HOST),
      },
    );
    this.#running = { scope, transport };
    trace.write(HELPER_HOST, () => `starts, life ${this.#processes}`);
    sync.run(new AbortController().signal).catch((error: unknown) => {
      if (scope.isAlive) surprised(error);
    });
  }

  kill(): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#deps.trace.write(HELPER_HOST, 'dies');
    this.#running = undefined;
    running.scope.kill();
    running.transport.die();
  }

  pause(): void {
    this.#deps.trace.write(HELPER_HOST, 'stops (SIGSTOP)');
    this.#running?.scope.pause();
  }

  resume(): void {
    if (this.#running?.scope.isPaused === true) this.#running.scope.resume();
  }
}
