/**
 * The clients. Callers create, read, delete and undelete streams of few names, so that their calls meet; each
 * name is given up after a while, so that no history of one stream grows too long to be checked. One more
 * client fills the log with creates of names that are used once, in a pipeline.
 */
import { SextonClient } from '../../src/client/index.js';
import type { Prng } from '../sim/prng.js';
import { pause } from './cluster.js';
import type { History } from './history.js';
import { GRACE_MIN_MS, type Objects } from './objects.js';

const CALLERS = 6;
/** Names in use at one time. */
const NAMES = 6;
const CALLS_PER_NAME = 60;
const REQUEST_TIMEOUT_MS = 4_000;
const TRY_TIMEOUT_MS = 1_000;
const GRACE_MAX_MS = 4_000;
const PAUSE_MAX_MS = 60;
const SILENCE_MIN_MS = 1_000;
const FILLER_PAUSE_MS = 8;
const FILLER_IN_FLIGHT = 128;

export class Workload {
  readonly #endpoints: readonly string[];
  readonly #prng: Prng;
  readonly #history: History;
  readonly #objects: Objects;
  readonly #clients: SextonClient[] = [];
  /** By place: which name is used there now, and how often it was. */
  readonly #names = Array.from({ length: NAMES }, (_, at) => ({ name: `s${at}`, calls: 0 }));
  #nextName = NAMES;
  #isOver = false;
  #running: Promise<unknown> = Promise.resolve();
  #answeredAtMs = 0;
  readonly #silences: { readonly fromMs: number; readonly toMs: number }[] = [];
  /** Incarnations of pipelined creates that were acknowledged. */
  readonly filled: number[] = [];

  constructor(endpoints: readonly string[], prng: Prng, history: History, objects: Objects) {
    this.#endpoints = endpoints;
    this.#prng = prng;
    this.#history = history;
    this.#objects = objects;
  }

  /** The times in which no call of any client was answered, the longest first; by `performance.now`. */
  get silences(): readonly { readonly fromMs: number; readonly toMs: number }[] {
    return [...this.#silences].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  }

  start(): void {
    this.#answeredAtMs = performance.now();
    const callers = Array.from({ length: CALLERS }, (_, at) => this.#call(`c${at + 1}`));
    this.#running = Promise.all([...callers, this.#fill()]);
    // Told by `stop`; without this a failure before it would end the process.
    this.#running.catch(() => undefined);
  }

  /** Resolves when every call has come to its end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
    for (const client of this.#clients) client.close();
  }

  /** Resolves once an acknowledgement came later than now; false when it did not in time. */
  async waitForProgress(timeoutMs: number): Promise<boolean> {
    const startMs = performance.now();
    while (this.#answeredAtMs <= startMs) {
      if (performance.now() - startMs > timeoutMs) return false;
      await pause(20);
    }
    return true;
  }

  async #call(id: string): Promise<void> {
    const prng = this.#prng.fork(id);
    const client = this.#client();
    const history = this.#history;
    while (!this.#isOver) {
      const name = this.#name(prng);
      const roll = prng.next();
      if (roll < 0.3) {
        const stream = await history.record(id, name, { kind: 'create' }, () =>
          client.createStream({ name }),
        );
        if (stream?.state === 'ACTIVE') await this.#objects.upload(stream);
        this.#answered(stream);
      } else if (roll < 0.65) {
        const answer = await history.record(id, name, { kind: 'get' }, async () => {
          const { stream } = await client.getStream({ name });
          return stream;
        });
        this.#answered(answer);
      } else if (roll < 0.85) {
        const gracePeriodMs = prng.between(GRACE_MIN_MS, GRACE_MAX_MS);
        const answer = await history.record(id, name, { kind: 'delete' }, () =>
          client.deleteStream({ name, gracePeriodMs }),
        );
        this.#answered(answer);
      } else {
        const answer = await history.record(id, name, { kind: 'undelete' }, () =>
          client.undeleteStream({ name }),
        );
        this.#answered(answer);
      }
      await pause(prng.between(0, PAUSE_MAX_MS));
    }
  }

  async #fill(): Promise<void> {
    const client = this.#client();
    let sent = 0;
    const mutations = async function* (isOver: () => boolean) {
      while (!isOver()) {
        await pause(FILLER_PAUSE_MS);
        yield { kind: 'create', name: `f${sent++}` } as const;
      }
    };
    const results = client.mutateStreams(
      mutations(() => this.#isOver),
      { maxInFlight: FILLER_IN_FLIGHT, timeoutMs: REQUEST_TIMEOUT_MS },
    );
    for await (const result of results) {
      if (!result.ok || result.stream === undefined) continue;
      this.filled.push(result.stream.incarnation);
      this.#answered(result.stream);
    }
  }

  #answered(stream: unknown): void {
    if (stream === undefined) return;
    const nowMs = performance.now();
    if (nowMs - this.#answeredAtMs > SILENCE_MIN_MS) {
      this.#silences.push({ fromMs: this.#answeredAtMs, toMs: nowMs });
    }
    this.#answeredAtMs = nowMs;
  }

  #name(prng: Prng): string {
    const place = prng.pick(this.#names);
    if (++place.calls > CALLS_PER_NAME) {
      place.name = `s${this.#nextName++}`;
      place.calls = 1;
    }
    return place.name;
  }

  #client(): SextonClient {
    const client = new SextonClient({
      endpoints: this.#endpoints,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
      perTryTimeoutMs: TRY_TIMEOUT_MS,
    });
    this.#clients.push(client);
    return client;
  }
}
