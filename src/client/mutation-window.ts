/**
 * The bookkeeping of a pipeline: which mutations are unanswered, which go out next, and when one is
 * given up. Pure, so that its rules can be tested without a network; `mutations.ts` moves the frames.
 *
 * - M1 Every mutation is answered exactly once.
 * - M2 At most one unanswered mutation a stream. The next one for the same stream waits, and with it all
 *   that follow: a repetition after a broken call can then never overtake a later change.
 * - M3 After a broken call everything unanswered goes out again in the order of the first time, under
 *   the same request ids (AIP-155), before anything new.
 * - M4 Not more than `maxInFlight` are unanswered, so that memory is bounded whatever the source offers.
 */
import { assertDefined } from '../shared/assert.js';
import type { StreamMutation as WireMutation } from '../generated/sexton/v1/StreamMutation.js';

/** A frame's bounds, as the server enforces them; bytes with a margin for what the estimate leaves out. */
export const FRAME_MUTATIONS_MAX = 1_000;
export const FRAME_BYTES_MAX = 1_000_000;

export interface PendingMutation {
  /** From 0, in the order of the source. */
  readonly index: number;
  /** Without its sequence, which is a matter of one call. */
  readonly wire: WireMutation;
  /** Which stream it is about (M2). */
  readonly key: string;
  readonly bytes: number;
  /** When it is given up, by the monotonic clock. */
  readonly deadlineMs: number;
  /** Some call has carried it and did not answer: it may have been done. */
  uncertain: boolean;
}

export class MutationWindow {
  readonly #maxInFlight: number;
  /** Taken and not sent in the present call, in order. */
  #waiting: PendingMutation[] = [];
  /** Sent in the present call, by sequence. */
  readonly #sent = new Map<number, PendingMutation>();
  readonly #keys = new Set<string>();
  #sequence = 0;

  constructor(maxInFlight: number) {
    this.#maxInFlight = maxInFlight;
  }

  get size(): number {
    return this.#waiting.length + this.#sent.size;
  }

  get unanswered(): number {
    return this.#sent.size;
  }

  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** False: full (M4), or an unanswered mutation of the same stream is in the way (M2). */
  hasRoomFor(key: string): boolean {
    return this.size < this.#maxInFlight && !this.#keys.has(key);
  }

  add(mutation: PendingMutation): void {
    this.#keys.add(mutation.key);
    this.#waiting.push(mutation);
  }

  /** The next frame of the present call, or undefined when there is nothing to send. */
  nextFrame(): WireMutation[] | undefined {
    const frame: WireMutation[] = [];
    let bytes = 0;
    for (const mutation of this.#waiting) {
      if (
        frame.length === FRAME_MUTATIONS_MAX ||
        (frame.length > 0 && bytes + mutation.bytes > FRAME_BYTES_MAX)
      )
        break;
      bytes += mutation.bytes;
      this.#sequence += 1;
      this.#sent.set(this.#sequence, mutation);
      frame.push({ ...mutation.wire, sequence: this.#sequence });
    }
    this.#waiting = this.#waiting.slice(frame.length);
    return frame.length === 0 ? undefined : frame;
  }

  /** The mutation that an answer is about; undefined when it was answered or given up before (M1). */
  find(sequence: number): PendingMutation | undefined {
    return this.#sent.get(sequence);
  }

  /** It has its answer. */
  settle(sequence: number): void {
    const mutation = assertDefined(this.#sent.get(sequence), `mutation ${sequence} is not unanswered`);
    this.#sent.delete(sequence);
    this.#keys.delete(mutation.key);
  }

  /** It was not done, and is to be sent again, in its old place. */
  returnToQueue(sequence: number): void {
    const mutation = assertDefined(this.#sent.get(sequence), `mutation ${sequence} is not unanswered`);
    this.#sent.delete(sequence);
    this.#waiting.push(mutation);
    this.#sortWaiting();
  }

  /**
   * The call is over: what it carried and did not answer goes first next time (M3), and may have been
   * done, unless the call never left this process.
   */
  callBroke(mayHaveBeenDone: boolean): void {
    for (const mutation of this.#sent.values()) {
      mutation.uncertain ||= mayHaveBeenDone;
      this.#waiting.push(mutation);
    }
    this.#sent.clear();
    this.#sequence = 0;
    this.#sortWaiting();
  }

  /** Takes out what is to be answered for good now (M1), in order. What is under way is uncertain from then on. */
  giveUp(isOver: (mutation: PendingMutation) => boolean): PendingMutation[] {
    const over = this.#waiting.filter(isOver);
    if (over.length > 0) this.#waiting = this.#waiting.filter((mutation) => !isOver(mutation));
    for (const [sequence, mutation] of this.#sent) {
      if (!isOver(mutation)) continue;
      mutation.uncertain = true;
      over.push(mutation);
      this.#sent.delete(sequence);
    }
    for (const { key } of over) this.#keys.delete(key);
    return over.sort((a, b) => a.index - b.index);
  }

  #sortWaiting(): void {
    this.#waiting.sort((a, b) => a.index - b.index);
  }
}
