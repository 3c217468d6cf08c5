/** One call's side of a handler: how long its caller waits, and whether it is still there. */
import { type Deadline, Metadata } from '@grpc/grpc-js';
import type { CallContext } from '../node/node-api.js';
import { SextonError } from '../shared/errors.js';

/** Marks a call that another member passed on; such a call is never passed on again. */
const FORWARDED_KEY = 'sexton-forwarded-by';

/**
 * Answers leave a little before the caller's deadline: after it gRPC ends the call with a bare
 * DEADLINE_EXCEEDED, and whether the write was proposed would go untold.
 */
const ANSWER_MARGIN_MS = 20;

/** What every kind of call has, of grpc-js's server calls. */
export interface SurfaceCall {
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  getDeadline(): Deadline;
  on(event: 'cancelled', listener: () => void): unknown;
}

export class CallScope implements CallContext {
  readonly #call: SurfaceCall;
  /** Made on demand: most calls end without anyone having asked for it. */
  #controller: AbortController | undefined;
  #cancelled = false;
  #answered = false;

  constructor(call: SurfaceCall) {
    this.#call = call;
    call.on('cancelled', () => {
      if (this.#answered) return;
      this.#cancelled = true;
      this.#controller?.abort(cancelled());
    });
  }

  /** grpc-js reports every call as cancelled once its stream closes, answered ones too. */
  markAnswered(): void {
    this.#answered = true;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isCancelled) this.#controller.abort(cancelled());
    }
    return this.#controller.signal;
  }

  get isCancelled(): boolean {
    return this.#cancelled || this.#call.cancelled;
  }

  get deadlineMs(): number {
    const deadline = this.#call.getDeadline();
    const remaining = (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now();
    return Math.max(0, remaining - Math.min(ANSWER_MARGIN_MS, remaining / 10));
  }

  get isForwarded(): boolean {
    return this.#call.metadata.get(FORWARDED_KEY).length > 0;
  }
}

export function forwardingMetadata(memberId: number): Metadata {
  const metadata = new Metadata();
  metadata.set(FORWARDED_KEY, String(memberId));
  return metadata;
}

function cancelled(): SextonError {
  return new SextonError('CANCELLED', 'the caller gave up, or its deadline passed');
}
