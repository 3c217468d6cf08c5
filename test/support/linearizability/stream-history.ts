/**
 * From what clients recorded to what the checker takes: calls on many streams, told apart by their name, and
 * each write split into what it did and what its answer showed.
 *
 * The split is the service's promise to a repeated request: it is executed once, and the answer to
 * the repetition shows the stream as it is *then*. A client that repeats a call under its request id can so
 * see a later state than the one that its write made. Both have their point within the call, in this order.
 */
import { checkLinearizable } from './check.js';
import {
  streamModel,
  type LifeState,
  type StreamInput,
  type StreamModelOptions,
  type StreamOutput,
} from './stream-model.js';
import type { Counterexample, Operation, SearchLimits } from './types.js';

export type StreamCallOutcome =
  | {
      readonly kind: 'stream';
      readonly incarnation: number;
      readonly revision: number;
      readonly state: LifeState;
    }
  /** A delete with `allowMissing` that met nothing. */
  | { readonly kind: 'nothing' }
  /** The catalog's rules said no: STREAM_EXISTS, STREAM_NOT_FOUND, PURGE_STARTED, … */
  | { readonly kind: 'refused'; readonly reason: string }
  /** A write that may have been done, or may still be; a read that failed. */
  | { readonly kind: 'unknown' }
  /** Certainly not proposed: NO_LEADER, UNREACHABLE, TOO_MANY_REQUESTS, … */
  | { readonly kind: 'not-done' };

/** One call of one client on one stream, with all its tries. */
export interface StreamCall {
  readonly client: string;
  readonly tenant: string;
  readonly name: string;
  readonly input: StreamInput;
  readonly outcome: StreamCallOutcome;
  readonly callAt: number;
  /** Does not count for 'unknown'. */
  readonly returnAt: number;
}

export interface StreamHistoryVerdict {
  readonly streams: number;
  readonly operations: number;
  readonly exploredStates: number;
  readonly violations: readonly {
    readonly tenant: string;
    readonly name: string;
    readonly counterexample: Counterexample;
  }[];
  /** Names whose search went over the limit. */
  readonly undecided: readonly string[];
}

type StreamOperation = Operation<StreamInput, StreamOutput>;

/** Checks each `(tenant, name)` by itself: linearizability is local (Herlihy and Wing 1990, theorem 1). */
export function checkStreamHistory(
  calls: readonly StreamCall[],
  options: StreamModelOptions & SearchLimits = {},
): StreamHistoryVerdict {
  const model = streamModel(options);
  const partitions = new Map<string, StreamCall[]>();
  for (const call of calls) {
    const key = `${call.tenant}/${call.name}`;
    const partition = partitions.get(key);
    if (partition === undefined) partitions.set(key, [call]);
    else partition.push(call);
  }
  let exploredStates = 0;
  let total = 0;
  const violations: StreamHistoryVerdict['violations'][number][] = [];
  const undecided: string[] = [];
  for (const [key, partition] of partitions) {
    const operations = streamOperations(partition);
    total += operations.length;
    const verdict = checkLinearizable(model, operations, options);
    exploredStates += verdict.exploredStates;
    const [first] = partition;
    if (verdict.kind === 'undecided') undecided.push(key);
    if (verdict.kind === 'not-linearizable' && first !== undefined) {
      const { tenant, name } = first;
      violations.push({ tenant, name, counterexample: verdict.counterexample });
    }
  }
  return { streams: partitions.size, operations: total, exploredStates, violations, undecided };
}

/** The operations of calls on one stream. */
export function streamOperations(calls: readonly StreamCall[]): StreamOperation[] {
  return calls.flatMap(operationsOf);
}

function operationsOf({ client, input, outcome, callAt, returnAt }: StreamCall): StreamOperation[] {
  const base = { client, input, callAt, returnAt };
  switch (outcome.kind) {
    case 'not-done':
      return [];
    case 'unknown':
      return input.kind === 'get' ? [] : [{ ...base, output: undefined }];
    case 'nothing':
      return [{ ...base, output: outcome }];
    case 'refused':
      return [{ ...base, output: outcome }];
    case 'stream': {
      const { incarnation, revision, state } = outcome;
      const shown: StreamOutput = { kind: 'record', incarnation, revision, state };
      if (input.kind === 'get') return [{ ...base, output: shown }];
      const effect: StreamOperation = { ...base, output: { kind: 'done', incarnation } };
      // A new life as it was made says nothing more.
      if (input.kind === 'create' && state === 'ACTIVE' && revision === incarnation) return [effect];
      const get: StreamInput = { kind: 'get', incarnation };
      return [effect, { ...base, input: get, output: shown, after: effect }];
    }
  }
}
