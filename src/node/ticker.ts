/**
 * The node's clock and its watchdog. A timer that fires late shows an event loop that stood still; a
 * write that does not end shows a disk that did. Either makes a leader one in name only: its
 * heartbeats go on while it can neither see nor keep anything (etcd #13527), and its purger must not.
 */
import type { Clock, Timer } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';

export interface TickerDeps {
  readonly clock: Clock;
  readonly tickMs: number;
  /** An election timeout: a leader that was away this long steps down. */
  readonly stallMs: number;
  readonly logger: Logger;
  readonly diskInFlightMs: () => number;
  readonly isLeader: () => boolean;
  readonly tick: () => void;
  readonly stepDown: (cause: string) => void;
  readonly observeLag: (lagMs: number) => void;
}

/** Lags are kept for this many ticks to tell the worst of them. */
const LAG_WINDOW_TICKS = 200;

export class Ticker {
  readonly #deps: TickerDeps;
  #timer: Timer | undefined;
  #dueAtMs = 0;
  #lags: number[] = [];

  constructor(deps: TickerDeps) {
    this.#deps = deps;
  }

  /** The worst of the last ten seconds or so. */
  get lagMs(): number {
    return this.#lags.length === 0 ? 0 : Math.max(...this.#lags);
  }

  start(): void {
    this.#dueAtMs = this.#deps.clock.monotonicMs() + this.#deps.tickMs;
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    const waitMs = Math.max(0, this.#dueAtMs - this.#deps.clock.monotonicMs());
    this.#timer = this.#deps.clock.setTimer(waitMs, () => {
      this.#onTimer();
    });
  }

  #onTimer(): void {
    const { clock, tickMs } = this.#deps;
    const nowMs = clock.monotonicMs();
    const lagMs = Math.max(0, nowMs - this.#dueAtMs);
    this.#lags.push(lagMs);
    if (this.#lags.length > LAG_WINDOW_TICKS) this.#lags.shift();
    this.#deps.observeLag(lagMs);
    this.#watch(lagMs);
    // One tick however late: a burst of ticks after a pause would time out peers that were never asked.
    this.#deps.tick();
    this.#dueAtMs = Math.max(this.#dueAtMs + tickMs, nowMs);
    this.#arm();
  }

  #watch(lagMs: number): void {
    const { stallMs, logger } = this.#deps;
    if (!this.#deps.isLeader()) return;
    const diskMs = this.#deps.diskInFlightMs();
    if (lagMs > stallMs) {
      logger.warn({ lagMs }, 'the event loop stood still for longer than an election timeout; stepping down');
      this.#deps.stepDown(`event loop stalled for ${Math.round(lagMs)} ms`);
    } else if (diskMs > stallMs) {
      logger.warn({ diskMs }, 'a log write takes longer than an election timeout; stepping down');
      this.#deps.stepDown(`disk stalled for ${Math.round(diskMs)} ms`);
    }
  }
}
