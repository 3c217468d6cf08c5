/**
 * One MutateStreams call: creates and deletes in a pipeline.
 *
 *   frames ---> checked, proposed in the order sent ---> applied ---> answers, batched, in any order
 *     ^                                                                  |
 *     +------ read on while fewer than the limit are in flight <--------+
 *
 * A mutation is in flight from its arrival until its answer has been handed to gRPC, so that neither a
 * sender that runs ahead nor a receiver that falls behind can make this node hold more than the limit.
 * Whatever ends the call, everything proposed is answered first, unless the caller is gone: only what
 * was really not answered is OUTCOME_UNKNOWN.
 */
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { MutateStreamsRequest__Output } from '../generated/sexton/v1/MutateStreamsRequest.js';
import type { MutateStreamsResponse } from '../generated/sexton/v1/MutateStreamsResponse.js';
import type { StreamMutation__Output } from '../generated/sexton/v1/StreamMutation.js';
import type { StreamMutationResult } from '../generated/sexton/v1/StreamMutationResult.js';
import type { StreamRecord } from '../catalog/types.js';
import type { CallContext, NodeApi } from '../node/node-api.js';
import { estimateStreamBytes, toStream } from '../rpc/convert/stream.js';
import { fromCreateStream, fromDeleteStream, type WriteRequest } from '../rpc/convert/stream-requests.js';
import { toRpcStatus } from '../rpc/status.js';
import { type Deferred, deferred } from '../shared/deferred.js';
import { invalidArgument, SextonError } from '../shared/errors.js';
import type { StreamScope } from './calls.js';
import type { DefaultPrefixes } from './default-prefixes.js';
import type { Guarded } from './guarded-definition.js';
import type { ServerLimits } from './limits.js';

export interface PipelineDeps {
  readonly node: NodeApi;
  readonly limits: ServerLimits;
  readonly defaultGracePeriodMs: number;
  readonly defaultPrefixes?: DefaultPrefixes | undefined;
}

type MutationCall = ServerDuplexStream<Guarded<MutateStreamsRequest__Output>, MutateStreamsResponse>;

/** About what a refusal takes on the wire. */
const ERROR_BYTES = 512;

export class MutationPipeline {
  readonly #deps: PipelineDeps;
  readonly #call: MutationCall;
  readonly #scope: StreamScope<MutateStreamsResponse>;
  readonly #context: CallContext;
  readonly #finished: Deferred<void> = deferred();
  #lastSequence = 0;
  #inFlight = 0;
  #reading = true;
  /** Why the call ends, once nothing is in flight; undefined: the sender half-closed. */
  #ending: { readonly error: Error | undefined } | undefined;
  #answers: StreamMutationResult[] = [];
  #answerBytes = 0;
  #sending = false;

  constructor(deps: PipelineDeps, call: MutationCall, scope: StreamScope<MutateStreamsResponse>) {
    this.#deps = deps;
    this.#call = call;
    this.#scope = scope;
    // Taken once: a deadline per mutation would be the call's own anyhow.
    const { deadlineMs } = scope.call;
    this.#context = { signal: scope.call.signal, deadlineMs };
  }

  /** Resolves when the sender has half-closed and everything is answered. Rejects with what ends the call. */
  run(): Promise<void> {
    const call = this.#call;
    const ready = this.#deps.defaultPrefixes?.ready();
    if (ready !== undefined) {
      // Nothing is read before a create without a prefix can be taken: mutations keep their order.
      call.pause();
      void ready.then(() => {
        if (this.#reading) call.resume();
      });
    }
    call.on('data', (frame: Guarded<MutateStreamsRequest__Output>) => this.#onFrame(frame));
    call.on('end', () => this.#end(undefined));
    call.on('error', (error: Error) => this.#finished.reject(error));
    // The caller is gone: nobody is left to answer. The node stops: it answers what it can, first.
    const { signal: gone } = this.#scope.call;
    onAborted(gone, () => this.#finished.reject(gone.reason));
    const { signal: goneOrStopping } = this.#scope;
    onAborted(goneOrStopping, () => this.#end(goneOrStopping.reason as Error));
    return this.#finished.promise;
  }

  #onFrame(frame: Guarded<MutateStreamsRequest__Output>): void {
    if (this.#ending !== undefined) return;
    try {
      for (const mutation of this.#admit(frame)) this.#start(mutation);
    } catch (error) {
      this.#end(error as Error);
      return;
    }
    if (this.#inFlight >= this.#deps.limits.mutationsInFlightMax) {
      this.#reading = false;
      this.#call.pause();
    }
  }

  /** A frame is taken whole or not at all: sequences are checked before anything of it is proposed. */
  #admit(frame: Guarded<MutateStreamsRequest__Output>): readonly StreamMutation__Output[] {
    if (!frame.ok) throw frame.error;
    const { mutations } = frame.request;
    const max = this.#deps.limits.mutationsPerFrameMax;
    if (mutations.length === 0 || mutations.length > max) {
      throw invalidArgument('mutations', `has ${mutations.length} entries; 1 to ${max} are allowed`);
    }
    let last = this.#lastSequence;
    mutations.forEach(({ sequence }, at) => {
      if (!Number.isSafeInteger(sequence) || sequence <= last) {
        throw invalidArgument(
          `mutations[${at}].sequence`,
          `is ${sequence}; it must be above ${last}, the one before, and below 2^53`,
        );
      }
      last = sequence;
    });
    this.#lastSequence = last;
    return mutations;
  }

  /** `propose` takes its place in the log's order before it first waits; so the order sent is kept. */
  #start(mutation: StreamMutation__Output): void {
    this.#inFlight++;
    const { sequence } = mutation;
    this.#execute(mutation).then(
      (record) => {
        if (record === undefined) this.#answer({ sequence }, 16);
        else this.#answer({ sequence, stream: toStream(record) }, estimateStreamBytes(record));
      },
      (error: unknown) => {
        if (error instanceof SextonError) this.#answer({ sequence, error: toRpcStatus(error) }, ERROR_BYTES);
        else this.#finished.reject(error);
      },
    );
  }

  async #execute(mutation: StreamMutation__Output): Promise<StreamRecord | undefined> {
    const { command, requestId, validateOnly } = this.#toWrite(mutation);
    const { node } = this.#deps;
    if (validateOnly) return node.validate(command, this.#context);
    const { signal, deadlineMs } = this.#context;
    return (await node.propose(command, { requestId, signal, deadlineMs })).stream;
  }

  #toWrite({ createStream, deleteStream }: StreamMutation__Output): WriteRequest {
    if (createStream) {
      const { defaultPrefixes } = this.#deps;
      // A pipeline may last for days: what was seen last is looked at again beside it.
      void defaultPrefixes?.ready();
      return fromCreateStream(createStream, defaultPrefixes?.current);
    }
    if (deleteStream) return fromDeleteStream(deleteStream, this.#deps.defaultGracePeriodMs);
    throw invalidArgument('mutation', 'is required: create_stream or delete_stream');
  }

  #answer(result: StreamMutationResult, bytes: number): void {
    this.#answers.push(result);
    this.#answerBytes += bytes;
    if (this.#sending) return;
    this.#sending = true;
    // What becomes known in this turn of the event loop (one group commit, as a rule) goes together.
    setImmediate(() => {
      this.#sendAnswers().catch((error: unknown) => {
        this.#finished.reject(error);
      });
    });
  }

  async #sendAnswers(): Promise<void> {
    while (this.#answers.length > 0) {
      const results = this.#takeAnswers();
      await this.#scope.writer.write({ results });
      this.#inFlight -= results.length;
    }
    this.#sending = false;
    if (this.#ending !== undefined) this.#finishIfIdle();
    else if (!this.#reading && this.#inFlight < this.#deps.limits.mutationsInFlightMax / 2) {
      this.#reading = true;
      this.#call.resume();
    }
  }

  #takeAnswers(): StreamMutationResult[] {
    const { responseBytesTarget } = this.#deps.limits;
    const all = this.#answers;
    if (this.#answerBytes <= responseBytesTarget) {
      this.#answers = [];
      this.#answerBytes = 0;
      return all;
    }
    // Over the target in sum: as many as their share of it, by the average.
    const count = Math.max(1, Math.floor((all.length * responseBytesTarget) / this.#answerBytes));
    this.#answers = all.slice(count);
    this.#answerBytes -= Math.floor((this.#answerBytes * count) / all.length);
    return all.slice(0, count);
  }

  #end(error: Error | undefined): void {
    this.#ending ??= { error };
    this.#finishIfIdle();
  }

  #finishIfIdle(): void {
    if (this.#inFlight > 0 || this.#ending === undefined) return;
    const { error } = this.#ending;
    if (error === undefined) this.#finished.resolve();
    else this.#finished.reject(error);
  }
}

function onAborted(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true });
}
