/**
 * What one node still has to forget, when to ask it next, and what may be reported of it. Pure: time and randomness
 * are arguments, waiting and asking are node-worker.ts.
 *
 * - F1 A stream counts as drained once the node has acknowledged it *and* has not held it for one upload deadline since:
 *   an upload that was under way when the node forgot the stream may still land. The node is asked again all that time,
 *   since it takes a stream up again for any event that comes for it; each such event begins the deadline anew.
 * - F2 The reported revision lies below the drain of every stream that is not drained, and above nothing that was not
 *   seen. Streams that the node has taken up again are named beside it instead: their clients may never stop, and must
 *   not hold up the purges of others (P5).
 * - F3 An answer settles the tombstone that it was asked for, and no later one of the same stream.
 * - F4 A stream that failed waits for its own next try; the others go on.
 * - F5 At most `tombstonesMax` wait at once. What does not fit holds the reported revision down until it has been listed
 *   anew: full is late, never forgotten. The same goes for what does not fit into the names of one report.
 * - F6 A session that was taken over has reported up to some revision already. What is not drained below it is named:
 *   whether the node had taken it up again, an earlier run of the helper knew and this one does not.
 *
 * One stream of the barrier: ASK -> QUIET (asked again and again) -> gone. Others: ASK -> gone.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Random } from '../shared/random.js';
import type { Tombstone } from './tombstone.js';

export interface ForgetPlanOptions {
  readonly uploadDeadlineMs: number;
  readonly backoff: BackoffOptions;
  readonly tombstonesMax: number;
}

/** Streams named in one report; the protocol's bound. */
const NAMED_MAX = 1_000;
/** A node is asked again so often while its stream is to stay quiet; a short deadline is looked at in quarters. */
const ASK_AGAIN_MS = 30_000;
const FAILING_MAX = 5;

/**
 * Why a node is asked. `drain`: a purge waits for it (F1). `window`: a query node, which may be asked until `expiresMs`;
 * from then on it is missed, and asked as `stale`. `stale`: only while what it holds has no metadata in the bucket.
 */
export type Requirement =
  | { readonly kind: 'drain' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'window'; readonly expiresMs: number };

/** Handed out by {@link ForgetPlan.due}, and handed back with what became of it. */
export interface Ask {
  readonly tombstone: Tombstone;
  readonly kind: Requirement['kind'];
  /** Tries before this one. */
  readonly attempts: number;
}

/** On the monotonic clock, but for `wallMs`. */
export interface AnswerTimes {
  readonly askedMs: number;
  readonly answeredMs: number;
  readonly wallMs: number;
}

/** A stream that the node holds again after it had let it go, or may hold (F6). Times are on the wall clock. */
export interface NamedStream {
  readonly incarnation: number;
  /** 0: not seen by this run. */
  readonly lastSeenTimeMs: number;
}

/** What may be said of the node now. */
export interface Report {
  readonly drainedRevision: number;
  readonly takenUp: readonly NamedStream[];
}

interface Task {
  readonly tombstone: Tombstone;
  kind: Requirement['kind'];
  expiresMs: number;
  /** Since when the node has not been seen to hold the stream; undefined: it has not acknowledged yet. */
  quietSinceMs: number | undefined;
  /** When the node was last seen to hold it after it had acknowledged; 0 = never. Wall clock. */
  takenUpTimeMs: number;
  /** The next try. */
  atMs: number;
  attempts: number;
  /** The one request under way; an answer to another one changes nothing (F3). */
  ask: Ask | undefined;
}

export interface PlanCounts {
  /** Not acknowledged yet. */
  readonly pending: number;
  /** Acknowledged, and not quiet for long enough. */
  readonly settling: number;
  /** Of the settling ones, those that the node has taken up again. */
  readonly takenUp: number;
  /** Prefixes that may be re-owned before the node could be asked. */
  readonly missed: number;
  /** How often the node held a stream again that it had let go. */
  readonly heldAgain: number;
  /** The first of the pending ones, by prefix, that failed at least once. */
  readonly failing: readonly string[];
}

export class ForgetPlan {
  readonly #options: ForgetPlanOptions;
  readonly #random: Random;
  /** By prefix: it has one owner at a time (C1). */
  readonly #tasks = new Map<string, Task>();
  /** The lowest drain of what did not fit (F5). */
  #overflowFloor = Infinity;
  #overflowWhileListing = Infinity;
  #listed: Set<string> | undefined;
  #missed = 0;
  #heldAgain = 0;

  constructor(options: ForgetPlanOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The node must forget this stream. The same tombstone again, for the same reason, changes nothing. */
  require(tombstone: Tombstone, requirement: Requirement, nowMs: number): void {
    const { prefix } = tombstone;
    const { kind } = requirement;
    this.#listed?.add(prefix);
    const known = this.#tasks.get(prefix);
    // A listing repeats what an event has said.
    const isKnown = known?.tombstone.incarnation === tombstone.incarnation;
    if (isKnown && (known.kind === kind || (known.kind === 'stale' && kind === 'window'))) return;
    if (known === undefined && this.#tasks.size >= this.#options.tombstonesMax) {
      if (kind === 'drain') this.#overflow(tombstone.drainRevision);
      else this.#missed += 1;
      return;
    }
    this.#tasks.set(prefix, {
      tombstone,
      kind,
      expiresMs: requirement.kind === 'window' ? requirement.expiresMs : Infinity,
      quietSinceMs: undefined,
      takenUpTimeMs: 0,
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
    this.#tasks.delete(prefix);
  }

  /** A listing of everything begins: what it does not hold is gone when it ends. */
  beginListing(): void {
    this.#listed = new Set();
    this.#overflowWhileListing = Infinity;
  }

  endListing(): void {
    const listed = this.#listed;
    if (listed === undefined) return;
    for (const [prefix, { kind }] of this.#tasks) {
      // No listing shows that a node holds something stale: only an event did.
      if (kind !== 'stale' && !listed.has(prefix)) this.#tasks.delete(prefix);
    }
    this.#listed = undefined;
    this.#overflowFloor = this.#overflowWhileListing;
  }

  /** F5: something did not fit, and there is room again. */
  get wantsListing(): boolean {
    return this.#overflowFloor < Infinity && this.#tasks.size < this.#options.tombstonesMax / 2;
  }

  /** What to ask now; hand it back by {@link acknowledged}, {@link failed}, {@link withdrawn} or {@link missed}. */
  due(nowMs: number): Ask | undefined {
    this.advance(nowMs);
    let first: Task | undefined;
    for (const task of this.#tasks.values()) {
      if (task.ask !== undefined || task.atMs > nowMs) continue;
      if (first === undefined || task.atMs < first.atMs) first = task;
    }
    if (first === undefined) return undefined;
    first.ask = { tombstone: first.tombstone, kind: first.kind, attempts: first.attempts };
    return first.ask;
  }

  /** When {@link due} may say something new; Infinity = not by itself. */
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

  /** It is too late to ask, as long as the node may hold what is not stale. */
  missed(ask: Ask): void {
    const task = this.#taskOf(ask);
    if (task?.kind === 'window') this.#miss(task, task.atMs);
    else if (task !== undefined) task.ask = undefined;
  }

  /** The node has answered; `held`: it had the stream until then. */
  acknowledged(ask: Ask, held: boolean, { askedMs, answeredMs, wallMs }: AnswerTimes): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    task.ask = undefined;
    task.attempts = 0;
    if (task.kind !== 'drain') {
      this.#tasks.delete(ask.tombstone.prefix);
      return;
    }
    const { uploadDeadlineMs } = this.#options;
    if (task.quietSinceMs === undefined) {
      // It let go at the latest when it answered, and had uploads under way until then perhaps.
      task.quietSinceMs = answeredMs;
    } else if (held) {
      task.quietSinceMs = answeredMs;
      task.takenUpTimeMs = wallMs;
      this.#heldAgain += 1;
    } else if (askedMs >= task.quietSinceMs + uploadDeadlineMs) {
      this.#tasks.delete(ask.tombstone.prefix); // F1
      return;
    }
    const againMs = Math.min(ASK_AGAIN_MS, uploadDeadlineMs / 4);
    task.atMs = Math.min(answeredMs + againMs, Math.max(answeredMs, task.quietSinceMs + uploadDeadlineMs));
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

  /** F2: `viewRevision`: what was seen of the catalog; `reportedRevision`: what the session has reported already (F6). */
  report(viewRevision: number, reportedRevision: number): Report {
    let drainedRevision = Math.min(viewRevision, this.#overflowFloor - 1, this.#overflowWhileListing - 1);
    const takenUp: NamedStream[] = [];
    const waiting = [...this.#tasks.values()].filter(({ kind }) => kind === 'drain');
    // Those that must be named come first; the rest is named as far as there is room.
    waiting.sort((a, b) => a.tombstone.drainRevision - b.tombstone.drainRevision);
    for (const { tombstone, takenUpTimeMs } of waiting) {
      const { incarnation, drainRevision } = tombstone;
      const isNamed = drainRevision <= reportedRevision || takenUpTimeMs > 0;
      if (isNamed && takenUp.length < NAMED_MAX) takenUp.push({ incarnation, lastSeenTimeMs: takenUpTimeMs });
      else drainedRevision = Math.min(drainedRevision, drainRevision - 1);
    }
    return { drainedRevision, takenUp };
  }

  counts(): PlanCounts {
    let pending = 0;
    let settling = 0;
    let takenUp = 0;
    const failing: string[] = [];
    for (const { kind, quietSinceMs, takenUpTimeMs, attempts, tombstone } of this.#tasks.values()) {
      // Nothing waits for what is only looked for.
      if (kind === 'stale') continue;
      if (quietSinceMs === undefined) pending += 1;
      else settling += 1;
      if (takenUpTimeMs > 0) takenUp += 1;
      if (attempts > 0 && failing.length < FAILING_MAX) failing.push(tombstone.prefix);
    }
    return { pending, settling, takenUp, missed: this.#missed, heldAgain: this.#heldAgain, failing };
  }

  #taskOf(ask: Ask): Task | undefined {
    const task = this.#tasks.get(ask.tombstone.prefix);
    return task?.ask === ask ? task : undefined; // F3
  }

  /** Its window is over; what is stale is looked for all the same. */
  #miss(task: Task, atMs: number): void {
    this.#missed += 1;
    task.kind = 'stale';
    task.expiresMs = Infinity;
    task.ask = undefined;
    task.atMs = atMs;
  }

  #overflow(drainRevision: number): void {
    if (this.#listed === undefined) this.#overflowFloor = Math.min(this.#overflowFloor, drainRevision);
    else this.#overflowWhileListing = Math.min(this.#overflowWhileListing, drainRevision);
  }

  /** What time alone changes; for {@link counts} of a node that is down, which is not asked what is due. */
  advance(nowMs: number): void {
    for (const task of this.#tasks.values()) if (task.expiresMs <= nowMs) this.#miss(task, nowMs);
  }
}
