/**
 * Linearizable reads: a read index from the leader (thesis §6.4), then apply up to it. All callers of
 * one turn share one round; a round whose answer does not come is asked again under a *new* context,
 * since a reused one can be answered by an old round (etcd #20418).
 */
import type { LogIndex, ReadState } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import { noLeader } from './proposals.js';

export interface ReadsDeps {
  readonly clock: Clock;
  readonly maxPending: number;
  /** How long one round may take before it is asked again. */
  readonly roundTimeoutMs: number;
  readonly appliedIndex: () => LogIndex;
  readonly hasLeader: () => boolean;
  readonly wake: () => void;
}

interface Waiter {
  readonly resolve: (index: LogIndex) => void;
  readonly reject: (error: SextonError) => void;
  readonly expiresAtMs: number;
}

interface Round {
  readonly context: number;
  readonly waiters: Waiter[];
  readonly retryAtMs: number;
}

interface ApplyWaiter extends Waiter {
  readonly index: LogIndex;
}

export class Reads {
  readonly #deps: ReadsDeps;
  #context = 0;
  #gathering: Waiter[] = [];
  readonly #rounds = new Map<number, Round>();
  #applyWaiters: ApplyWaiter[] = [];
  #pending = 0;

  constructor(deps: ReadsDeps) {
    this.#deps = deps;
  }

  /** Resolves with the read index once this node has applied it. */
  read(timeoutMs: number): Promise<LogIndex> {
    if (!this.#deps.hasLeader()) return Promise.reject(noLeader());
    if (this.#pending >= this.#deps.maxPending) {
      return Promise.reject(
        new SextonError('TOO_MANY_REQUESTS', `${this.#pending} reads are waiting on this node`, {
          retryAfterMs: 100,
        }),
      );
    }
    return new Promise<LogIndex>((resolve, reject) => {
      this.#pending++;
      this.#gathering.push({
        resolve: (index) => {
          this.#pending--;
          resolve(index);
        },
        reject: (error) => {
          this.#pending--;
          reject(error);
        },
        expiresAtMs: this.#deps.clock.monotonicMs() + timeoutMs,
      });
      this.#deps.wake();
    });
  }

  get pendingCount(): number {
    return this.#pending;
  }

  get hasBatch(): boolean {
    return this.#gathering.length > 0;
  }

  /** The context to ask the core for, on behalf of everyone who came since the last turn. */
  startRound(): number {
    const context = ++this.#context;
    this.#rounds.set(context, {
      context,
      waiters: this.#gathering,
      retryAtMs: this.#deps.clock.monotonicMs() + this.#deps.roundTimeoutMs,
    });
    this.#gathering = [];
    return context;
  }

  /** The core's answers. */
  answered(states: readonly ReadState[]): void {
    for (const state of states) {
      const round = this.#rounds.get(state.context);
      if (round === undefined) continue;
      this.#rounds.delete(state.context);
      if (state.index === undefined) this.#again(round);
      else this.#awaitApply(round.waiters, state.index);
    }
  }

  /** The applied index moved. */
  applied(index: LogIndex): void {
    if (this.#applyWaiters.length === 0) return;
    const waiting: ApplyWaiter[] = [];
    for (const waiter of this.#applyWaiters) {
      if (waiter.index <= index) waiter.resolve(waiter.index);
      else waiting.push(waiter);
    }
    this.#applyWaiters = waiting;
  }

  /** Called once a tick: gives up what is too late, asks again what was not answered. */
  expire(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const live = <W extends Waiter>(waiters: readonly W[]): W[] =>
      waiters.filter((waiter) => {
        if (waiter.expiresAtMs > nowMs) return true;
        waiter.reject(this.#deps.hasLeader() ? slow() : noLeader());
        return false;
      });
    this.#applyWaiters = live(this.#applyWaiters);
    this.#gathering = live(this.#gathering);
    for (const round of this.#rounds.values()) {
      if (round.retryAtMs > nowMs) continue;
      this.#rounds.delete(round.context);
      this.#again(round);
    }
  }

  stop(): void {
    const error = new SextonError('NODE_STOPPING', 'this node is stopping');
    for (const round of this.#rounds.values()) for (const waiter of round.waiters) waiter.reject(error);
    for (const waiter of [...this.#gathering, ...this.#applyWaiters]) waiter.reject(error);
    this.#rounds.clear();
    this.#gathering = [];
    this.#applyWaiters = [];
  }

  /** A refused or lost round: its callers join the next one, unless there is nobody to ask. */
  #again(round: Round): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const waiter of round.waiters) {
      if (!this.#deps.hasLeader()) waiter.reject(noLeader());
      else if (waiter.expiresAtMs <= nowMs) waiter.reject(slow());
      else this.#gathering.push(waiter);
    }
    if (this.#gathering.length > 0) this.#deps.wake();
  }

  #awaitApply(waiters: readonly Waiter[], index: LogIndex): void {
    if (this.#deps.appliedIndex() >= index) {
      for (const waiter of waiters) waiter.resolve(index);
    } else {
      for (const waiter of waiters) this.#applyWaiters.push({ ...waiter, index });
    }
  }
}

function slow(): SextonError {
  return new SextonError('NO_LEADER', 'the leader could not confirm its lead with a majority in time');
}
