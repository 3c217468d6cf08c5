/** What the clients saw, call by call, in the form that the linearizability checker takes. */
import { SextonError, type Stream } from '../../src/client/index.js';
import type { StreamCall, StreamCallOutcome, StreamInput } from '../support/linearizability/index.js';

/** Refusals of the catalog's rules: answers. */
const RULES = new Set([
  'STREAM_EXISTS',
  'STREAM_NOT_FOUND',
  'STREAM_NOT_DELETED',
  'PREFIX_OVERLAP',
  'PURGE_PENDING',
  'PURGE_STARTED',
  'INCARNATION_MISMATCH',
  'ETAG_MISMATCH',
]);

/** The call came to an end without having been proposed. */
const NOT_DONE = new Set(['NO_LEADER', 'NOT_LEADER', 'NODE_STOPPING', 'UNREACHABLE', 'TOO_MANY_REQUESTS']);

export interface CallCounts {
  readonly answered: number;
  readonly refused: number;
  readonly unknown: number;
  readonly notDone: number;
}

export class History {
  readonly calls: StreamCall[] = [];
  /** Answers that no caller should get, whatever fails: INTERNAL, INVALID_ARGUMENT, … */
  readonly surprises: string[] = [];

  /** Milliseconds since some start, to the microsecond: the positions of the history. */
  nowMs(): number {
    return Math.round(performance.now() * 1_000) / 1_000;
  }

  /** Makes the call and records it. Undefined when there was no stream in the answer. */
  async record(
    client: string,
    name: string,
    input: StreamInput,
    call: () => Promise<Stream | undefined>,
  ): Promise<Stream | undefined> {
    const callAt = this.nowMs();
    let outcome: StreamCallOutcome;
    let stream: Stream | undefined;
    try {
      stream = await call();
      outcome = stream === undefined ? { kind: 'nothing' } : this.#seen(stream);
    } catch (error) {
      outcome = this.#outcomeOf(error, input);
    }
    this.calls.push({ client, tenant: '', name, input, outcome, callAt, returnAt: this.nowMs() });
    return stream;
  }

  get counts(): CallCounts {
    const count = (kind: StreamCallOutcome['kind']): number =>
      this.calls.filter(({ outcome }) => outcome.kind === kind).length;
    return {
      answered: count('stream') + count('nothing'),
      refused: count('refused'),
      unknown: count('unknown'),
      notDone: count('not-done'),
    };
  }

  #seen({ incarnation, revision, state, name }: Stream): StreamCallOutcome {
    if (state === 'UNKNOWN') {
      this.surprises.push(`stream ${name} in a state that this client does not know`);
      return { kind: 'unknown' };
    }
    return { kind: 'stream', incarnation, revision, state };
  }

  #outcomeOf(error: unknown, input: StreamInput): StreamCallOutcome {
    if (!(error instanceof SextonError)) throw error;
    const { reason } = error;
    if (RULES.has(reason)) return { kind: 'refused', reason };
    if (NOT_DONE.has(reason)) return { kind: 'not-done' };
    if (reason === 'OUTCOME_UNKNOWN') return { kind: 'unknown' };
    if (input.kind !== 'get' || reason !== 'DEADLINE_EXCEEDED') {
      this.surprises.push(`${input.kind}: ${error.message}`);
    }
    // Whatever it means, the checker must not take the write for one that was not done.
    return { kind: 'unknown' };
  }
}
