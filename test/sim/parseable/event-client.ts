/** Somebody who sends events: to any name, whatever the catalog says of it, and to whichever node is next. */
import { HttpFailure } from '../../../src/parseable/http-call.js';
import { delay } from '../../../src/shared/clock.js';
import type { Prng } from '../prng.js';
import { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import { SimulatedClock } from '../simulated-clock.js';
import type { SimulatedHttp } from './http.js';

export interface EventClientDeps {
  readonly host: string;
  readonly http: SimulatedHttp;
  readonly scheduler: Scheduler;
  readonly random: Prng;
  /** What takes its requests: ingest nodes for events, query nodes for queries. */
  readonly urls: readonly string[];
  readonly path: string;
  readonly names: readonly string[];
  readonly everyMs: number;
}

const TIMEOUT_MS = 1_000;

export class EventClient {
  readonly #deps: EventClientDeps;
  #stopped = false;

  constructor(deps: EventClientDeps) {
    this.#deps = deps;
  }

  /** Ends after the request under way. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const { host, http, scheduler, random, urls, path, names, everyMs } = this.#deps;
    const scope = new ProcessScope(host);
    const clock = new SimulatedClock(scheduler, scope);
    while (!this.#stopped) {
      await delay(clock, 2 * everyMs * random.next());
      if (this.#stopped) return;
      const request = { method: 'POST', path, stream: random.pick(names) } as const;
      try {
        await http.call({ host, scope }, random.pick(urls), request, TIMEOUT_MS);
      } catch (error) {
        // Not acknowledged, as far as it knows.
        if (!(error instanceof HttpFailure)) throw error;
      }
    }
  }
}
