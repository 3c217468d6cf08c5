/**
 * Creates and deletes in a pipeline: many share a frame, a proposal and a disk write, so that far more
 * of them are done in a second than by single calls.
 *
 * Three loops share one window (`mutation-window.ts`, which holds the rules M1 to M4): the reader takes
 * mutations from the source as there is room, the sender puts what waits into frames, the receiver
 * settles answers. A call that breaks, hangs or is told to go elsewhere is replaced by another one, and
 * what it left unanswered goes out again under the same request ids.
 */
import { backoffMs } from '../shared/backoff.js';
import { delay } from '../shared/clock.js';
import { SextonError, invalidArgument } from '../shared/errors.js';
import { failureOf, learnFrom, type CallRunnerDeps } from './call-runner.js';
import { toStream } from './convert.js';
import type { Scope } from './lifetime.js';
import { FRAME_BYTES_MAX, MutationWindow, type PendingMutation } from './mutation-window.js';
import { within } from './options.js';
import { createRequest, deleteRequest, type CreateStreamInput, type DeleteStreamInput } from './requests.js';
import type { TryFailure } from './retry.js';
import { TransportError, type ClientTransport, type MutationAnswer, type MutationCall } from './transport.js';
import type { Stream } from './types.js';
import { Wakeup } from './wakeup.js';

export type Mutation =
  | ({ readonly kind: 'create'; readonly requestId?: string } & CreateStreamInput)
  | ({ readonly kind: 'delete'; readonly requestId?: string } & DeleteStreamInput);

/** `index` counts the source's mutations from 0. `stream` is undefined only for a delete that met nothing. */
export type MutationResult =
  | { readonly index: number; readonly ok: true; readonly stream: Stream | undefined }
  | { readonly index: number; readonly ok: false; readonly error: SextonError };

export interface MutateOptions {
  /** Unanswered mutations at most. Default 4,096. 1 to 100,000. */
  readonly maxInFlight?: number;
  /**
   * Send again what a broken call left unanswered, and what was refused for a passing reason, until the
   * mutation's time is over. Default true. False: such a mutation ends at once, OUTCOME_UNKNOWN where it
   * may have been done.
   */
  readonly retry?: boolean;
  /** For each mutation, from when it is taken from the source. Default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Ends the pipeline with the signal's reason; what is unanswered then may still be done. */
  readonly signal?: AbortSignal;
}

export interface MutateDeps extends CallRunnerDeps {
  readonly transport: ClientTransport;
  readonly newRequestId: () => string;
}

/** Answers in the order in which they become known. Ends when all are; throws what the source throws. */
export async function* mutateStreams(
  deps: MutateDeps,
  source: Iterable<Mutation> | AsyncIterable<Mutation>,
  options: MutateOptions,
): AsyncGenerator<MutationResult, void, undefined> {
  yield* deps.lifetime.yielding(options.signal, async function* (scope) {
    const pipeline = new Pipeline(deps, options, scope);
    // The reader is not waited for: a source that never offers its next mutation must hold up nobody.
    void pipeline.read(source);
    const loops = Promise.all([pipeline.exchange(), pipeline.watchTime()]);
    loops.catch(() => scope.abort(undefined)); // Ends the others; thrown below, after what was answered.
    try {
      yield* pipeline.results();
      await loops;
      if (!pipeline.isComplete) throw scope.signal.reason;
    } finally {
      scope.abort(undefined);
      await loops.catch(() => undefined); // Thrown above, or the caller has stopped listening.
    }
  });
}

class Pipeline {
  readonly #deps: MutateDeps;
  readonly #scope: Scope;
  readonly #retry: boolean;
  readonly #timeoutMs: number;
  readonly #maxInFlight: number;
  readonly #window: MutationWindow;
  readonly #changed = new Wakeup();
  readonly #results: MutationResult[] = [];
  #sourceEnded = false;
  #sourceError: Error | undefined;
  /** Stops the clock of {@link watchTime}. */
  readonly #finished = new AbortController();
  #lastFailure: Error | undefined;
  /** A server asked to be spared until then. */
  #sendAfterMs = -Infinity;
  /** When the present call last showed life; undefined without a call. */
  #lastLifeMs: number | undefined;
  #attempt: Scope | undefined;

  constructor(deps: MutateDeps, options: MutateOptions, scope: Scope) {
    this.#deps = deps;
    this.#scope = scope;
    this.#retry = options.retry ?? true;
    this.#timeoutMs = within('timeoutMs', options.timeoutMs ?? deps.requestTimeoutMs, 1, 600_000);
    this.#maxInFlight = within('maxInFlight', options.maxInFlight ?? 4_096, 1, 100_000);
    this.#window = new MutationWindow(this.#maxInFlight);
    scope.signal.addEventListener('abort', () => this.#changed.notify(), { once: true });
  }

  /** Everything that the source offered is answered. */
  get isComplete(): boolean {
    return this.#sourceEnded && this.#window.size === 0;
  }

  get #over(): boolean {
    return this.#scope.signal.aborted || this.isComplete;
  }

  async *results(): AsyncGenerator<MutationResult, void, undefined> {
    while (true) {
      const ready = this.#results.splice(0);
      if (ready.length > 0) this.#changed.notify(); // The reader may wait for this room.
      yield* ready;
      if (this.#results.length > 0) continue;
      if (this.#over) {
        if (this.#sourceError !== undefined) throw this.#sourceError;
        return;
      }
      await this.#changed.wait();
    }
  }

  // ---------------------------------------------------------------------------------------- reader

  /** Never rejects: what the source throws is kept until everything before it is answered. */
  async read(source: Iterable<Mutation> | AsyncIterable<Mutation>): Promise<void> {
    let index = 0;
    try {
      for await (const mutation of source) {
        const pending = this.#pendingOf(mutation, index);
        index += 1;
        while (!this.#scope.signal.aborted && !this.#hasRoomFor(pending.key)) await this.#changed.wait();
        if (this.#scope.signal.aborted) return;
        if (pending.bytes > FRAME_BYTES_MAX) {
          const error = invalidArgument('labels', `the mutation takes more than ${FRAME_BYTES_MAX} bytes`);
          this.#results.push({ index: pending.index, ok: false, error });
        } else {
          this.#window.add({ ...pending, deadlineMs: this.#deps.clock.monotonicMs() + this.#timeoutMs });
        }
        this.#changed.notify();
      }
    } catch (error) {
      this.#sourceError =
        error instanceof Error ? error : new Error('the source of mutations failed', { cause: error });
    }
    this.#sourceEnded = true;
    this.#changed.notify();
  }

  /** Answers that the caller has not taken count like mutations without one: both take memory (M4). */
  #hasRoomFor(key: string): boolean {
    return this.#results.length < this.#maxInFlight && this.#window.hasRoomFor(key);
  }

  #pendingOf(mutation: Mutation, index: number): PendingMutation {
    const requestId = mutation.requestId ?? this.#deps.newRequestId();
    const wire =
      mutation.kind === 'create'
        ? { createStream: createRequest(mutation, requestId, false) }
        : { deleteStream: deleteRequest(mutation, requestId, false) };
    const key = `${mutation.tenant ?? ''}/${mutation.name}`;
    return { index, wire, key, bytes: estimatedBytes(mutation), deadlineMs: Infinity, uncertain: false };
  }

  // ------------------------------------------------------------------------------------------ calls

  async exchange(): Promise<void> {
    try {
      await this.#callAfterCall();
    } finally {
      this.#finished.abort();
      this.#changed.notify();
    }
  }

  async #callAfterCall(): Promise<void> {
    const { routing, clock, random, limits } = this.#deps;
    const tried = new Set<string>();
    let rounds = 0;
    while (true) {
      while (!this.#over && !this.#window.hasWaiting) await this.#changed.wait();
      if (this.#over) return;
      const endpoint = routing.pick('leader', tried, clock.monotonicMs());
      if (endpoint === undefined) {
        rounds += 1;
        await delay(clock, backoffMs(limits.backoff, rounds, random), this.#scope.signal);
        tried.clear();
        continue;
      }
      tried.add(endpoint);
      const { failure, answered } = await this.#oneCall(endpoint);
      if (failure === undefined || this.#scope.signal.aborted) return;
      if (answered) {
        rounds = 0;
        tried.clear();
        tried.add(endpoint);
      }
      this.#lastFailure = failure.error;
      learnFrom(failure, endpoint, routing, clock.monotonicMs());
      const sent = failure.kind === 'refused' || failure.error.kind !== 'unreachable' || answered;
      this.#window.callBroke(sent);
      if (!this.#retry) this.#giveUp((mutation) => mutation.uncertain);
      // Only what the whole call was refused for; refusals of single mutations are dealt with there.
      if (failure.kind === 'refused' && failure.error.advice === 'never') throw failure.error;
    }
  }

  /** Runs one call to its end. No failure: everything is answered. */
  async #oneCall(
    endpoint: string,
  ): Promise<{ readonly failure: TryFailure | undefined; readonly answered: boolean }> {
    const attempt = this.#deps.lifetime.begin(this.#scope.signal);
    let answered = false;
    let sending: Promise<void> | undefined;
    this.#attempt = attempt;
    this.#lastLifeMs = this.#deps.clock.monotonicMs();
    try {
      const call = this.#deps.transport.mutateStreams(endpoint, attempt.signal);
      sending = this.#send(call, attempt);
      // Its failure is the receiver's too, and the receiver's says more.
      sending.catch(() => undefined);
      for await (const answers of call.answers) {
        answered = true;
        this.#lastLifeMs = this.#deps.clock.monotonicMs();
        this.#deps.routing.onAnswered(endpoint);
        const elsewhere = this.#take(answers);
        if (elsewhere !== undefined) return { failure: { kind: 'refused', error: elsewhere }, answered };
      }
      if (this.#over) return { failure: undefined, answered };
      const error = new TransportError('broken', endpoint, 'the node ended the call early');
      return { failure: { kind: 'unanswered', error }, answered };
    } catch (error) {
      if (attempt.signal.reason instanceof TransportError) {
        return { failure: { kind: 'unanswered', error: attempt.signal.reason }, answered };
      }
      if (this.#over) return { failure: undefined, answered };
      return { failure: failureOf(error), answered };
    } finally {
      this.#lastLifeMs = undefined;
      this.#attempt = undefined;
      attempt.abort(undefined);
      attempt.end();
      this.#changed.notify();
      await sending?.catch(() => undefined);
    }
  }

  async #send(call: MutationCall, attempt: Scope): Promise<void> {
    const { clock } = this.#deps;
    while (!attempt.signal.aborted) {
      if (this.#over) {
        call.halfClose();
        attempt.abort(undefined); // Nothing is left to hear, and a node that hangs must not hold us up.
        return;
      }
      if (!this.#window.hasWaiting) {
        await this.#changed.wait();
        continue;
      }
      // One turn of the timers lets the reader fill the frame, and spares a server that asked for it.
      await delay(clock, Math.max(0, this.#sendAfterMs - clock.monotonicMs()), attempt.signal);
      const idle = this.#window.unanswered === 0;
      const mutations = this.#window.nextFrame();
      if (mutations === undefined) continue;
      if (idle) this.#lastLifeMs = clock.monotonicMs();
      await call.send({ mutations });
    }
  }

  /** Settles answers. Returns the refusal that says to go on with another call, if there is one. */
  #take(answers: readonly MutationAnswer[]): SextonError | undefined {
    let elsewhere: SextonError | undefined;
    for (const { sequence, stream, error } of answers) {
      const pending = this.#window.find(sequence);
      if (pending === undefined) continue; // Given up before the answer came.
      if (error === undefined) {
        this.#window.settle(sequence);
        this.#results.push({ index: pending.index, ok: true, stream: stream && toStream(stream) });
        continue;
      }
      if (error.reason === 'OUTCOME_UNKNOWN') pending.uncertain = true;
      if (!this.#retry || !passes(error)) {
        this.#window.settle(sequence);
        this.#results.push({ index: pending.index, ok: false, error });
        continue;
      }
      this.#lastFailure = error;
      this.#window.returnToQueue(sequence);
      if (error.advice === 'later') {
        this.#sendAfterMs = this.#deps.clock.monotonicMs() + (error.retryAfterMs ?? 0);
      } else {
        elsewhere = error;
      }
    }
    this.#changed.notify();
    return elsewhere;
  }

  // ------------------------------------------------------------------------------------------- time

  /** Gives up mutations whose time is over, and a call that has gone silent. */
  async watchTime(): Promise<void> {
    const { clock, perTryTimeoutMs } = this.#deps;
    const everyMs = Math.max(1, Math.min(perTryTimeoutMs, this.#timeoutMs, 1_000) / 4);
    while (await this.#ticks(everyMs)) {
      const nowMs = clock.monotonicMs();
      this.#giveUp((mutation) => mutation.deadlineMs <= nowMs);
      const silentMs = this.#window.unanswered === 0 ? 0 : nowMs - (this.#lastLifeMs ?? nowMs);
      if (silentMs >= perTryTimeoutMs) {
        this.#attempt?.abort(
          new TransportError('timeout', 'pipeline', `no answer in ${Math.round(silentMs)} ms`),
        );
      }
    }
  }

  /** False: there is nothing to watch any more. */
  #ticks(everyMs: number): Promise<boolean> {
    return delay(this.#deps.clock, everyMs, this.#finished.signal).then(
      () => true,
      () => false,
    );
  }

  #giveUp(isOver: (mutation: PendingMutation) => boolean): void {
    const over = this.#window.giveUp(isOver);
    if (over.length === 0) return;
    for (const mutation of over)
      this.#results.push({ index: mutation.index, ok: false, error: this.#errorOf(mutation) });
    this.#changed.notify();
  }

  #errorOf({ uncertain, wire }: PendingMutation): SextonError {
    const cause = this.#lastFailure;
    const last = cause === undefined ? '' : `; last: ${cause.message}`;
    const requestId = wire.createStream?.requestId ?? wire.deleteStream?.requestId ?? '';
    const details = { metadata: { request_id: requestId }, cause };
    if (uncertain) {
      return new SextonError(
        'OUTCOME_UNKNOWN',
        `no answer; it may have been done, or may still be${last}`,
        details,
      );
    }
    if (cause instanceof SextonError) return cause;
    return new SextonError(
      'UNREACHABLE',
      `no node took the mutation within ${this.#timeoutMs} ms${last}`,
      details,
    );
  }
}

/** A refusal that another try, here or elsewhere, can turn into a success. */
function passes(error: SextonError): boolean {
  return error.advice === 'later' ? error.retryAfterMs !== undefined : error.advice !== 'never';
}

/** At least as much as it takes encoded: three bytes a UTF-16 unit, and the fields around them. */
function estimatedBytes(mutation: Mutation): number {
  let units = (mutation.tenant ?? '').length + mutation.name.length;
  let fields = 12;
  if (mutation.kind === 'create') {
    units += (mutation.prefix ?? '').length;
    for (const [key, value] of Object.entries(mutation.labels ?? {})) {
      units += key.length + value.length;
      fields += 3;
    }
  } else {
    units += (mutation.etag ?? '').length;
  }
  return units * 3 + fields * 8;
}
