/**
 * What one node still has to forget, when to ask it next, and what may be reported as drained. Pure: time
 * and randomness are arguments, waiting and asking are node-worker.ts.
 *
 * - F1 A tombstone counts as settled once the node has acknowledged it *and* one upload deadline has passed
 *   since the answer: an upload that was under way when the node forgot the stream may still land.
 * - F2 The drained revision lies below every tombstone that is not settled, and above nothing that was not seen.
 * - F3 An answer settles the tombstone that it was asked for, and no later one of the same stream.
 * - F4 A tombstone that failed waits for its own next try; the others go on.
 * - F5 At most `tombstonesMax` wait at once. What does not fit holds the drained revision down until it has
 *   been listed anew: full is late, never forgotten.
 *
 * One tombstone: ASK -> SETTLING -> SETTLED, all of it part of the barrier, -> ASK (no longer part of it). A
 * Parseable node takes a stream up again as soon as a client sends to it, or when it restarts during the
 * grace; so it is asked once more shortly before the purge may begin, and when it has begun.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Random } from '../shared/random.js';
import type { Tombstone } from './tombstone.js';

export interface ForgetPlanOptions {
  readonly uploadDeadlineMs: number;
  readonly backoff: BackoffOptions;
  readonly tombstonesMax: number;
}

export interface Requirement {
  /** Purges wait for it (P3). */
  readonly barrier: boolean;
  /** When to ask once more after it has settled; undefined = never. */
  readonly remindAtMs?: number;
  /** From then on it must not be asked for any more: the name may live again. */
  readonly expiresMs?: number;
}

/** Handed out by {@link ForgetPlan.due}, and handed back with what became of it. */
export interface Ask {
  readonly tombstone: Tombstone;
  /** Tries before this one. */
  readonly attempts: number;
}

interface Task {
  readonly tombstone: Tombstone;
  readonly remindAtMs: number | undefined;
  readonly expiresMs: number;
  barrier: boolean;
  /** This life of the stream was acknowledged before. */
  wasTold: boolean;
  state: 'ASK' | 'SETTLING' | 'SETTLED';
  /** ASK: the next try. SETTLING: when it is settled. SETTLED: when to ask again, Infinity = never. */
  atMs: number;
  attempts: number;
  /** The one request under way; an answer to another one changes nothing (F3). */
  ask: Ask | undefined;
}

export interface PlanCounts {
  /** Not acknowledged yet. */
  readonly pending: number;
  /** Acknowledged, and within the upload deadline. */
  readonly settling: number;
  /** Prefixes that may be re-owned before the node could be told. */
  readonly missed: number;
  /** Streams that the node held again when it was asked once more: somebody goes on sending. */
  readonly heldAgain: number;
  /** The first of the pending ones, by prefix, that failed at least once. */
  readonly failing: readonly string[];
}

const FAILING_MAX = 5;

export class ForgetPlan {
  readonly #options: ForgetPlanOptions;
  readonly #random: Random;
  /** By prefix: it has one owner at a time (C1). */
  readonly #tasks = new Map<string, Task>();
  /** Those of them that wait for nothing but a reminder. */
  readonly #settled = new Set<string>();
  /** The lowest floor of what did not fit (F5). */
  #overflowFloor = Infinity;
  #overflowWhileListing = Infinity;
  #listed: Set<string> | undefined;
  #missed = 0;
  #heldAgain = 0;

  constructor(options: ForgetPlanOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The node must forget this stream. The same tombstone again changes nothing. */
  require(tombstone: Tombstone, requirement: Requirement, nowMs: number): void {
    const { prefix } = tombstone;
    this.#listed?.add(prefix);
    const known = this.#tasks.get(prefix);
    // A listing repeats what an event has said; only a stream that has changed may have another tombstone.
    if (known?.tombstone.incarnation === tombstone.incarnation) {
      if (known.tombstone.streamRevision === tombstone.streamRevision) return;
    }
    if (known === undefined && this.#waiting >= this.#options.tombstonesMax) {
      if (requirement.barrier) this.#overflow(tombstone.floorRevision);
      else this.#missed += 1;
      return;
    }
    this.#drop(prefix);
    this.#tasks.set(prefix, {
      tombstone,
      barrier: requirement.barrier,
      wasTold: known?.wasTold === true && known.tombstone.incarnation === tombstone.incarnation,
      remindAtMs: requirement.remindAtMs,
      expiresMs: requirement.expiresMs ?? Infinity,
      state: 'ASK',
      atMs: nowMs,
      attempts: 0,
      ask: undefined,
    });
  }

  /** The prefix lives, or with `incarnation` that life of it is over: nothing is to be forgotten. */
  release(prefix: string, incarnation?: number): void {
    const task = this.#tasks.get(prefix);
    if (task === undefined || (incarnation !== undefined && task.tombstone.incarnation !== incarnation))
      return;
    this.#drop(prefix);
  }

  /** A listing of everything begins: what it does not hold is gone when it ends. */
  beginListing(): void {
    this.#listed = new Set();
    this.#overflowWhileListing = Infinity;
  }

  endListing(): void {
    const listed = this.#listed;
    if (listed === undefined) return;
    for (const prefix of this.#tasks.keys()) if (!listed.has(prefix)) this.#drop(prefix);
    this.#listed = undefined;
    this.#overflowFloor = this.#overflowWhileListing;
  }

  /** F5: something did not fit, and there is room again. */
  get wantsListing(): boolean {
    return this.#overflowFloor < Infinity && this.#waiting < this.#options.tombstonesMax / 2;
  }

  /** What to ask now; hand it back by {@link acknowledged} or {@link failed}. */
  due(nowMs: number): Ask | undefined {
    this.advance(nowMs);
    let first: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (task.state !== 'ASK' || task.ask !== undefined || task.atMs > nowMs) continue;
      if (first === undefined || task.atMs < first.atMs) first = task;
    }
    if (first === undefined) return undefined;
    first.ask = { tombstone: first.tombstone, attempts: first.attempts };
    return first.ask;
  }

  /** When {@link due} or {@link drainedRevision} may say something new; Infinity = not by itself. */
  nextTimeMs(): number {
    let nextMs = Infinity;
    for (const task of this.#tasks.values()) {
      nextMs = Math.min(nextMs, task.expiresMs);
      if (task.ask === undefined) nextMs = Math.min(nextMs, task.atMs);
    }
    return nextMs;
  }

  /** Between {@link due} and the call time may have passed, and the catalog may have moved on. */
  isWanted(ask: Ask, nowMs: number): boolean {
    const task = this.#taskOf(ask);
    return task !== undefined && nowMs < task.expiresMs;
  }

  /** It is too late to ask: never again. */
  missed(ask: Ask): void {
    if (this.#taskOf(ask) === undefined) return;
    this.#drop(ask.tombstone.prefix);
    this.#missed += 1;
  }

  /** The node has answered; `held`: it had the stream until then. */
  acknowledged(ask: Ask, held: boolean, nowMs: number): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    task.ask = undefined;
    if (held && task.wasTold) this.#heldAgain += 1;
    if (!task.barrier) {
      this.#drop(ask.tombstone.prefix);
      return;
    }
    task.wasTold = true;
    task.state = 'SETTLING';
    task.atMs = nowMs + this.#options.uploadDeadlineMs; // F1
    task.attempts = 0;
  }

  /** This stream alone could not be forgotten (F4). */
  failed(ask: Ask, nowMs: number): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    task.ask = undefined;
    task.attempts += 1;
    task.atMs = nowMs + backoffMs(this.#options.backoff, task.attempts, this.#random);
  }

  /** It could not be asked, for a reason that is not this stream's: the same again when the node is back. */
  withdrawn(ask: Ask): void {
    const task = this.#taskOf(ask);
    if (task !== undefined) task.ask = undefined;
  }

  /** F2: everything tombstoned at or before it has settled here; `viewRevision`: what was seen. */
  drainedRevision(viewRevision: number, nowMs: number): number {
    this.advance(nowMs);
    let drained = Math.min(viewRevision, this.#overflowFloor - 1, this.#overflowWhileListing - 1);
    for (const { barrier, state, tombstone } of this.#tasks.values()) {
      if (barrier && state !== 'SETTLED') drained = Math.min(drained, tombstone.floorRevision - 1);
    }
    return drained;
  }

  counts(): PlanCounts {
    let pending = 0;
    let settling = 0;
    const failing: string[] = [];
    for (const { state, attempts, tombstone } of this.#tasks.values()) {
      if (state === 'ASK') pending += 1;
      if (state === 'SETTLING') settling += 1;
      if (attempts > 0 && failing.length < FAILING_MAX) failing.push(tombstone.prefix);
    }
    return { pending, settling, missed: this.#missed, heldAgain: this.#heldAgain, failing };
  }

  #taskOf(ask: Ask): Task | undefined {
    const task = this.#tasks.get(ask.tombstone.prefix);
    return task?.ask === ask ? task : undefined; // F3
  }

  get #waiting(): number {
    return this.#tasks.size - this.#settled.size;
  }

  #drop(prefix: string): void {
    this.#tasks.delete(prefix);
    this.#settled.delete(prefix);
  }

  #overflow(floorRevision: number): void {
    if (this.#listed === undefined) this.#overflowFloor = Math.min(this.#overflowFloor, floorRevision);
    else this.#overflowWhileListing = Math.min(this.#overflowWhileListing, floorRevision);
  }

  /** What time alone changes; for {@link counts} of a node that is down, which is not asked what is due. */
  advance(nowMs: number): void {
    for (const [prefix, task] of this.#tasks) {
      if (task.expiresMs <= nowMs) {
        this.#drop(prefix);
        this.#missed += 1;
      } else if (task.state === 'SETTLING' && task.atMs <= nowMs) {
        // A reminder is a courtesy and the barrier is not: it goes first when memory is short.
        if (this.#tasks.size > this.#options.tombstonesMax) this.#drop(prefix);
        else this.#settle(prefix, task, nowMs);
      } else if (task.state === 'SETTLED' && task.atMs <= nowMs) {
        task.barrier = false;
        task.state = 'ASK';
        this.#settled.delete(prefix);
      }
    }
  }

  #settle(prefix: string, task: Task, nowMs: number): void {
    const { remindAtMs = 0 } = task;
    task.state = 'SETTLED';
    task.atMs = remindAtMs > nowMs ? remindAtMs : Infinity;
    this.#settled.add(prefix);
  }
}
