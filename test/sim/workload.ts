/**
 * The clients: each calls, waits and calls again, through the production client with all its retries, and
 * writes down what it was told. What they were told has to be true, in some order, in the end.
 */
import { SextonClient } from '../../src/client/sexton-client.js';
import type { Stream } from '../../src/client/types.js';
import { delay } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import type { StreamCall, StreamCallOutcome } from '../support/linearizability/index.js';
import type { Plan } from './plan.js';
import type { Prng } from './prng.js';
import type { Scheduler } from './scheduler.js';
import type { SimulatedClock } from './simulated-clock.js';
import type { SimulatedClientTransport } from './client-transport.js';
import type { Trace } from './trace.js';

export interface WorkloadDeps {
  readonly name: string;
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly clock: SimulatedClock;
  readonly random: Prng;
  readonly transport: SimulatedClientTransport;
  readonly endpoints: readonly string[];
  readonly trace: Trace;
  readonly history: StreamCall[];
  /** How long a tombstone waits at least: uploads that began before it have ended by then. */
  readonly graceMs: number;
}

type Input = StreamCall['input'];

/** How long a client in a hurry calls without a pause to speak of. */
const HURRY_MS = 1_200;

/** Refusals by a node, before anything was proposed. */
const NOT_PROPOSED = new Set([
  'NO_LEADER',
  'NOT_LEADER',
  'UNREACHABLE',
  'TOO_MANY_REQUESTS',
  'NODE_STOPPING',
  'STORAGE_NOT_READY',
]);
const UNKNOWN = new Set(['OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED', 'CANCELLED']);

export class WorkloadClient {
  #client: SextonClient;
  readonly #deps: WorkloadDeps;
  #stopped = false;
  #calls = 0;
  #hurriesUntilMs = 0;
  #reads = false;
  readonly #undeletes = new Set<Promise<unknown>>();

  constructor(deps: WorkloadDeps) {
    this.#deps = deps;
    this.#client = this.#newClient();
  }

  get client(): SextonClient {
    return this.#client;
  }

  #newClient(): SextonClient {
    const deps = this.#deps;
    return new SextonClient({
      endpoints: deps.endpoints,
      requestTimeoutMs: 4_000,
      perTryTimeoutMs: 1_000,
      clock: deps.clock,
      random: deps.random,
      newRequestId: () => uuid(deps.random),
      transport: deps.transport,
    });
  }

  /** Ends after the call under way. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * What a deposed leader may still answer, it answers soon, or never. Some only read: a write to it would hold them up
   * until their try is over.
   */
  hurry(): void {
    this.#hurriesUntilMs = this.#deps.scheduler.nowMs + HURRY_MS;
    this.#reads = this.#deps.random.chance(0.5);
  }

  async run(): Promise<void> {
    const { random, plan, clock, scheduler } = this.#deps;
    while (!this.#stopped && this.#calls < plan.callsPerClient) {
      const hurries = scheduler.nowMs < this.#hurriesUntilMs;
      this.#reads &&= hurries;
      await delay(clock, 2 * random.next() * (hurries ? Math.min(30, plan.thinkMs) : plan.thinkMs));
      if (this.#stopped) return;
      // A new process: it knows nothing of who leads, and may ask a follower first.
      if (random.chance(0.1)) this.#client = this.#newClient();
      await this.#one();
    }
    await Promise.all(this.#undeletes);
  }

  async #one(): Promise<void> {
    const { random, plan, graceMs } = this.#deps;
    const name = `s${random.between(1, plan.names)}`;
    const draw = this.#reads ? 0.3 : random.next();
    if (draw < 0.3) {
      const prefix = plan.ownPrefixes ? `${name}/` : '';
      await this.call(name, { kind: 'create', prefix }, () =>
        this.client.createStream({ name, ...(prefix === '' ? {} : { prefix }) }),
      );
    } else if (draw < 0.55) {
      await this.call(name, { kind: 'get' }, async () => (await this.client.getStream({ name })).stream);
    } else if (draw < 0.82) {
      const gracePeriodMs = graceMs + random.between(0, 2) * 1_000;
      const answer = await this.call(name, { kind: 'delete' }, () =>
        this.client.deleteStream({ name, gracePeriodMs }),
      );
      if (answer.kind === 'stream' && random.chance(0.3)) this.#undeleteAtTheLastMoment(name, gracePeriodMs);
    } else {
      await this.#undelete(name);
    }
  }

  #undelete(name: string): Promise<unknown> {
    return this.call(name, { kind: 'undelete' }, () => this.client.undeleteStream({ name }));
  }

  /** About when the purge begins, so that the two race for their places in the log. */
  #undeleteAtTheLastMoment(name: string, gracePeriodMs: number): void {
    const { clock, random } = this.#deps;
    const undelete = delay(clock, gracePeriodMs + random.between(-100, 100)).then(async () => {
      if (!this.#stopped) await this.#undelete(name);
      this.#undeletes.delete(undelete);
    });
    this.#undeletes.add(undelete);
  }

  /** Makes one call and records it. */
  async call(
    name: string,
    input: Input,
    make: () => Promise<Stream | undefined>,
  ): Promise<StreamCallOutcome> {
    const { scheduler, trace, history, name: client } = this.#deps;
    const callAt = scheduler.nowMs;
    // Recorded at once: a call that never returns may still have been carried out.
    const record: { -readonly [Field in keyof StreamCall]: StreamCall[Field] } = {
      client,
      tenant: '',
      name,
      input,
      outcome: { kind: 'unknown' },
      callAt,
      returnAt: Infinity,
    };
    history.push(record);
    const number = ++this.#calls;
    trace.write(client, () => `call ${number}: ${input.kind} ${name}`);
    record.outcome = await this.#outcome(make);
    record.returnAt = scheduler.nowMs;
    trace.write(client, () => `answer ${number}: ${JSON.stringify(record.outcome)}`);
    return record.outcome;
  }

  async #outcome(make: () => Promise<Stream | undefined>): Promise<StreamCallOutcome> {
    try {
      const stream = await make();
      if (stream === undefined) return { kind: 'nothing' };
      const { state } = stream;
      if (state === 'UNKNOWN') throw new Error('a stream in an unknown state');
      return { kind: 'stream', incarnation: stream.incarnation, revision: stream.revision, state };
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      if (NOT_PROPOSED.has(error.reason)) return { kind: 'not-done' };
      if (UNKNOWN.has(error.reason)) return { kind: 'unknown' };
      if (error.reason === 'INTERNAL') throw error;
      return { kind: 'refused', reason: error.reason };
    }
  }
}

export function uuid(random: Prng): string {
  const digits = Array.from({ length: 32 }, () => random.between(0, 15).toString(16));
  digits[12] = '4';
  digits[16] = '8';
  const text = digits.join('');
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
    '-',
  );
}
