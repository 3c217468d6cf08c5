/**
 * Keeps a lease alive over KeepAlive calls: one at a time, on the leader where it is known, else on any node;
 * replaced by another one when it breaks, hangs or is refused for a passing reason.
 *
 * A frame goes out each third of the TTL, counted from the one before, and sooner when asked for, but never while
 * another one is unanswered and never within {@link FRAME_GAP_MS} of the last: what a thousand sessions cost the
 * leader is then bounded, however many streams are deleted. Decides nothing about uploads or what has drained.
 */
import { backoffMs } from '../shared/backoff.js';
import type { Clock, Timer } from '../shared/clock.js';
import type { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { KeepAliveRequest } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../generated/sexton/v1/KeepAliveResponse.js';
import { failureOf, learnFrom } from './call-runner.js';
import type { LeaderRouting } from './leader-routing.js';
import type { RetryLimits } from './retry.js';
import { TransportError, type ClientTransport, type KeepAliveCall } from './transport.js';

/** Between two frames of one session. A tombstone that drained meanwhile is reported that much later. */
export const FRAME_GAP_MS = 100;

export interface KeeperDeps {
  readonly transport: ClientTransport;
  readonly routing: LeaderRouting;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: RetryLimits;
  readonly perTryTimeoutMs: number;
  readonly everyMs: number;
  /** What the next frame is to say; called right before it is sent. */
  readonly frame: () => Omit<KeepAliveRequest, 'sequence'>;
  /** `sentMs`: when the frame left that it answers, by the monotonic clock. The place to nudge again. */
  readonly onAnswer: (answer: KeepAliveResponse__Output, sentMs: number) => void;
  /** Refused for good by some node. True: stop; false: ask the others. */
  readonly onRefused: (error: SextonError) => boolean;
}

/** One call, from its opening until another one takes its place. */
interface Link {
  readonly endpoint: string;
  call: KeepAliveCall | undefined;
  sequence: number;
  /** Set while a frame is unanswered. */
  sentMs: number | undefined;
}

export class LeaseKeeper {
  readonly #deps: KeeperDeps;
  readonly #tried = new Set<string>();
  #link: Link | undefined;
  #timer: Timer | undefined;
  #lastFrameMs = -Infinity;
  #rounds = 0;
  #stopped = false;

  constructor(deps: KeeperDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#connect();
  }

  /** There is something to report before the next frame is due. Nothing is remembered while one is unanswered. */
  nudge(): void {
    const link = this.#link;
    // A new call begins with a frame, and after an answer `onAnswer` asks again.
    if (this.#stopped || link === undefined || link.sentMs !== undefined) return;
    this.#sendAt(link, this.#lastFrameMs + FRAME_GAP_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#unlink();
  }

  #connect(): void {
    const { routing, transport, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const endpoint = routing.next('leader', this.#tried, nowMs);
    const link: Link = { endpoint, call: undefined, sequence: 0, sentMs: undefined };
    this.#link = link;
    try {
      link.call = transport.openKeepAlive(endpoint, {
        onAnswer: (answer) => this.#onAnswer(link, answer),
        onEnd: (error) => this.#failed(link, error),
      });
    } catch (error) {
      this.#failed(link, error);
      return;
    }
    this.#send(link);
  }

  #send(link: Link): void {
    const { clock, perTryTimeoutMs, everyMs, frame } = this.#deps;
    this.#timer?.cancel();
    link.sequence += 1;
    link.sentMs = clock.monotonicMs();
    this.#lastFrameMs = link.sentMs;
    const patienceMs = Math.min(perTryTimeoutMs, everyMs);
    this.#timer = clock.setTimer(patienceMs, () => {
      this.#failed(link, new TransportError('timeout', link.endpoint, 'no answer to a keep-alive in time'));
    });
    link.call?.send({ ...frame(), sequence: link.sequence });
  }

  #sendAt(link: Link, atMs: number): void {
    const { clock } = this.#deps;
    this.#timer?.cancel();
    const waitMs = atMs - clock.monotonicMs();
    if (waitMs <= 0) this.#send(link);
    else this.#timer = clock.setTimer(waitMs, () => this.#send(link));
  }

  #onAnswer(link: Link, answer: KeepAliveResponse__Output): void {
    if (this.#link !== link) return;
    const { sentMs } = link;
    if (sentMs === undefined || answer.sequence !== link.sequence) {
      const text = `answered frame ${answer.sequence}, the last one is ${link.sequence}`;
      this.#failed(link, new TransportError('broken', link.endpoint, text));
      return;
    }
    link.sentMs = undefined;
    this.#rounds = 0;
    this.#tried.clear();
    this.#tried.add(link.endpoint);
    this.#deps.routing.onAnswered(link.endpoint);
    this.#sendAt(link, sentMs + this.#deps.everyMs);
    this.#deps.onAnswer(answer, sentMs);
  }

  /** The next endpoint at once; after a whole round without success, after a while. */
  #failed(link: Link, error: unknown): void {
    if (this.#link !== link) return;
    this.#unlink();
    const { clock, routing, random, limits, logger } = this.#deps;
    const failure = failureOf(error);
    logger.debug({ endpoint: link.endpoint, err: failure.error }, 'keep-alive goes on elsewhere');
    learnFrom(failure, link.endpoint, routing, clock.monotonicMs());
    const refusal = failure.kind === 'refused' ? failure.error : undefined;
    if (refusal?.advice === 'never' && this.#deps.onRefused(refusal)) this.#stopped = true;
    if (this.#stopped) return;
    const nowMs = clock.monotonicMs();
    if (routing.pick('leader', this.#tried, nowMs) !== undefined) {
      this.#connect();
      return;
    }
    this.#rounds += 1;
    const waitMs = Math.max(refusal?.retryAfterMs ?? 0, backoffMs(limits.backoff, this.#rounds, random));
    this.#timer = clock.setTimer(waitMs, () => {
      this.#tried.clear();
      this.#connect();
    });
  }

  #unlink(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const link = this.#link;
    this.#link = undefined;
    link?.call?.close();
  }
}
