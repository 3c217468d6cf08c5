/**
 * What one node still has to forget, when to ask it next, and what may be reported of it. Pure: time and randomness
 * are arguments, waiting and asking are node-worker.ts.
 *
 * - F1 A stream counts as drained once the node has acknowledged it *and* has not held it for one upload deadline since:
 *   an upload that was under way when the node forgot the stream may still land. The node is asked again all that time,
 *   since it takes a stream up again for any event that comes for it; each such event begins the deadline anew. A request
 *   whose answer was lost may have hidden such an event: after it the deadline begins with the next answer.
 * - F2 The reported revision lies below the drain of every stream that is not drained, and above nothing that was not
 *   seen. Streams that the node has taken up again are named beside it instead: their clients may never stop, and must
 *   not hold up the purges of others (P5).
 * - F3 An answer settles the tombstone that it was asked for, and no later one of the same stream.
 * - F4 A stream that failed waits for its own next try; the others go on.
 * - F5 At most `tombstonesMax` wait at once. What does not fit holds the reported revision down until it has been listed
 *   anew: full is late, never forgotten. The same goes for what does not fit into the names of one report. What is
 *   stale makes room for the rest.
 * - F6 A session that was taken over has reported up to some revision already. What is not drained below it is named:
 *   whether the node had taken it up again, an earlier run of the helper knew and this one does not.
 *
 * One stream of the barrier: ASK -> QUIET (asked again and again) -> gone. Others: ASK -> gone.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Random } from '../shared/random.js';
import { AskSchedule } from './ask-schedule.js';
import { DrainReport, type Report } from './drain-report.js';
import type { Tombstone } from './tombstone.js';

export interface ForgetPlanOptions {
  readonly uploadDeadlineMs: number;
  readonly backoff: BackoffOptions;
  readonly tombstonesMax: number;
}

/** A node is asked again so often while its stream is to stay quiet; a short deadline is looked at in quarters. */
const ASK_AGAIN_MS = 30_000;
const FAILING_MAX = 5;
/** Streams remembered as drained while they wait for other nodes; one that is not is asked about again when it is listed. */
const DRAINED_MAX = 100_000;

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

interface Task {
  readonly tombstone: Tombstone;
  kind: Requirement['kind'];
  expiresMs: number;
  hasAcknowledged: boolean;
  /** Since when the node has not been seen to hold the stream; undefined: it has to acknowledge first. */
  quietSinceMs: number | undefined;
  /** When the node was last seen to hold it after it had acknowledged; 0 = never. Wall clock. */
  takenUpTimeMs: number;
  attempts: number;
  /** The one request under way; an answer to another one changes nothing (F3). */
  ask: Ask | undefined;
  /** The node may have seen that request. */
  isSent: boolean;
  /** Its window is over. */
  isMissed: boolean;
}

export interface PlanCounts {
  /** Not acknowledged yet, or to be acknowledged anew after an answer that was lost. */
  readonly pending: number;
  /** Acknowledged, and not quiet for long enough. */
  readonly settling: number;
  /** Of both, those that the node has taken up again. */
  readonly takenUp: number;
  /** Streams that a query node could not be asked about in their window, and what a full plan had no room for. */
  readonly missed: number;
  /** How often the node held a stream again that it had let go. */
  readonly heldAgain: number;
  /** The first of those that failed since their last answer, by prefix. */
  readonly failing: readonly string[];
}

export class ForgetPlan {
  readonly #options: ForgetPlanOptions;
  readonly #random: Random;
  /** By prefix: it has one owner at a time (C1). */
  readonly #tasks = new Map<string, Task>();
  readonly #schedule = new AskSchedule<Task>();
  readonly #draining = new DrainReport();
  readonly #failing = new Set<Task>();
  /** Incarnations by prefix. A listing shows them until their purge begins, and they must not take the room of others. */
  readonly #drained = new Map<string, number>();
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
    if (isKnown && (known.kind === 'drain') === (kind === 'drain')) return; // A window becomes stale by itself.
    if (kind === 'drain' && this.#drained.get(prefix) === tombstone.incarnation) return;
    if (known !== undefined) this.#remove(known);
    if (!this.#makeRoom(kind)) {
      if (kind === 'drain') this.#overflow(tombstone.drainRevision);
      else this.#missed += 1;
      return;
    }
    const task: Task = {
      tombstone,
      kind,
      expiresMs: requirement.kind === 'window' ? requirement.expiresMs : Infinity,
      hasAcknowledged: false,
      quietSinceMs: undefined,
      takenUpTimeMs: 0,
      attempts: 0,
      ask: undefined,
      isSent: false,
      isMissed: false,
    };
    this.#tasks.set(prefix, task);
    if (kind === 'drain') this.#draining.add(task);
    this.#putAt(task, nowMs);
  }

  /**
   * The prefix lives, or with `incarnation` that life of it is over: nothing is to be forgotten. With `kind`: nothing is
   * to be forgotten for that reason.
   */
  release(prefix: string, incarnation?: number, kind?: Requirement['kind']): void {
    const isMeant = (each: number): boolean => incarnation === undefined || each === incarnation;
    const drained = this.#drained.get(prefix);
    if (drained !== undefined && isMeant(drained)) this.#drained.delete(prefix);
    const task = this.#tasks.get(prefix);
    if (task === undefined || !isMeant(task.tombstone.incarnation)) return;
    if (kind === undefined || task.kind === kind) this.#remove(task);
  }

  /** A listing of everything begins: what it does not hold is gone when it ends. */
  beginListing(): void {
    this.#listed = new Set();
    this.#overflowWhileListing = Infinity;
  }

  endListing(): void {
    const listed = this.#listed;
    if (listed === undefined) return;
    for (const [prefix, task] of this.#tasks) {
      // No listing shows that a node holds something stale: only an event did.
      if (task.kind !== 'stale' && !listed.has(prefix)) this.#remove(task);
    }
    for (const prefix of this.#drained.keys()) if (!listed.has(prefix)) this.#drained.delete(prefix);
    this.#listed = undefined;
    this.#overflowFloor = this.#overflowWhileListing;
    this.#overflowWhileListing = Infinity;
  }

  /** F5: something did not fit, and there is room again. */
  get wantsListing(): boolean {
    return this.#overflowFloor < Infinity && this.#tasks.size < this.#options.tombstonesMax / 2;
  }

  /** What to ask now; hand it back by {@link acknowledged}, {@link failed}, {@link withdrawn} or {@link missed}. */
  due(nowMs: number): Ask | undefined {
    for (let task = this.#schedule.take(nowMs); task !== undefined; task = this.#schedule.take(nowMs)) {
      if (task.expiresMs <= nowMs) {
        this.#miss(task, nowMs);
        continue;
      }
      task.ask = { tombstone: task.tombstone, kind: task.kind, attempts: task.attempts };
      return task.ask;
    }
    return undefined;
  }

  /** When {@link due} may say something new; Infinity = not by itself. */
  nextTimeMs(): number {
    return this.#schedule.nextTimeMs();
  }

  /** Between {@link due} and the call time may have passed, and the catalog may have moved on. */
  isWanted(ask: Ask, nowMs: number): boolean {
    const task = this.#taskOf(ask);
    return task !== undefined && nowMs < task.expiresMs;
  }

  /** It leaves now: from here on the node may do what it says, whether or not an answer comes. */
  sent(ask: Ask): void {
    const task = this.#taskOf(ask);
    if (task !== undefined) task.isSent = true;
  }

  /** It is too late to ask, as long as the node may hold what is not stale. */
  missed(ask: Ask, nowMs: number): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    if (task.kind === 'window') this.#miss(task, nowMs);
    else this.withdrawn(ask, nowMs);
  }

  /** The node has answered; `held`: it had the stream until then. */
  acknowledged(ask: Ask, held: boolean, { askedMs, answeredMs, wallMs }: AnswerTimes): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    task.ask = undefined;
    task.isSent = false;
    task.attempts = 0;
    this.#failing.delete(task);
    if (task.kind !== 'drain') {
      this.#remove(task);
      return;
    }
    const { uploadDeadlineMs } = this.#options;
    if (held && task.hasAcknowledged) {
      task.quietSinceMs = answeredMs;
      task.takenUpTimeMs = wallMs;
      this.#heldAgain += 1;
      this.#draining.changed();
    } else if (task.quietSinceMs === undefined) {
      // It let go at the latest when it answered, and had uploads under way until then perhaps.
      task.quietSinceMs = answeredMs;
      task.hasAcknowledged = true;
    } else if (askedMs >= task.quietSinceMs + uploadDeadlineMs) {
      this.#remove(task); // F1
      if (this.#drained.size < DRAINED_MAX)
        this.#drained.set(ask.tombstone.prefix, ask.tombstone.incarnation);
      return;
    }
    const againMs = Math.min(ASK_AGAIN_MS, uploadDeadlineMs / 4);
    const lastMs = Math.max(answeredMs, task.quietSinceMs + uploadDeadlineMs);
    this.#putAt(task, Math.min(answeredMs + againMs, lastMs));
  }

  /** This stream alone could not be forgotten (F4). */
  failed(ask: Ask, nowMs: number): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    this.#unanswered(task);
    task.attempts += 1;
    this.#failing.add(task);
    this.#putAt(task, nowMs + backoffMs(this.#options.backoff, task.attempts, this.#random));
  }

  /** It could not be asked, for a reason that is not this stream's: the same again when the node is back. */
  withdrawn(ask: Ask, nowMs: number): void {
    const task = this.#taskOf(ask);
    if (task === undefined) return;
    this.#unanswered(task);
    this.#putAt(task, nowMs);
  }

  /** See {@link DrainReport.at}. Undefined also while something that did not fit lies below what was reported (F5). */
  report(viewRevision: number, reportedRevision: number): Report | undefined {
    const overflowFloor = Math.min(this.#overflowFloor, this.#overflowWhileListing);
    if (overflowFloor <= reportedRevision) return undefined;
    return this.#draining.at(Math.min(viewRevision, overflowFloor - 1), reportedRevision);
  }

  counts(): PlanCounts {
    let pending = 0;
    let takenUp = 0;
    let settling = 0;
    for (const { isMissed, quietSinceMs, takenUpTimeMs } of this.#tasks.values()) {
      if (isMissed) continue; // Counted as that.
      if (quietSinceMs === undefined) pending += 1;
      else settling += 1;
      if (takenUpTimeMs > 0) takenUp += 1;
    }
    const failing = Array.from(this.#failing, ({ tombstone }) => tombstone.prefix).slice(0, FAILING_MAX);
    return { pending, settling, takenUp, missed: this.#missed, heldAgain: this.#heldAgain, failing };
  }

  /** Some stream has failed, and has had no answer since. */
  get hasFailing(): boolean {
    return this.#failing.size > 0;
  }

  #taskOf(ask: Ask): Task | undefined {
    const task = this.#tasks.get(ask.tombstone.prefix);
    return task?.ask === ask ? task : undefined; // F3
  }

  #putAt(task: Task, atMs: number): void {
    const isFirst = task.quietSinceMs === undefined && task.kind !== 'stale';
    this.#schedule.put(task, isFirst ? 'first' : 'again', Math.min(atMs, task.expiresMs));
  }

  #remove(task: Task): void {
    this.#tasks.delete(task.tombstone.prefix);
    this.#schedule.remove(task);
    this.#failing.delete(task);
    if (task.kind === 'drain') this.#draining.remove(task);
  }

  /** F1: the node may have let go of a stream that it had taken up again, and nobody knows. */
  #unanswered(task: Task): void {
    task.ask = undefined;
    if (task.isSent) task.quietSinceMs = undefined;
    task.isSent = false;
  }

  /** Its window is over; what is stale is looked for all the same. */
  #miss(task: Task, atMs: number): void {
    this.#missed += 1;
    task.isMissed = true;
    task.kind = 'stale';
    task.expiresMs = Infinity;
    task.ask = undefined;
    this.#putAt(task, atMs);
  }

  #makeRoom(kind: Requirement['kind']): boolean {
    if (this.#tasks.size < this.#options.tombstonesMax) return true;
    if (kind === 'stale') return false;
    for (const task of this.#tasks.values()) {
      if (task.kind !== 'stale') continue;
      this.#remove(task);
      this.#missed += 1;
      return true;
    }
    return false;
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
