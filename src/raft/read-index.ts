/**
 * Linearizable reads without a log entry (thesis §6.4), kept as two queues: the leader's rounds and a
 * follower's requests to the leader.
 *
 * A round: note the commit index, then have a majority confirm, by answering a heartbeat sent *after*
 * that, that this node still leads. Its sequence number rides on heartbeats and comes back in the answers,
 * so one answer confirms every round up to it, and a lost heartbeat is made good by the next one.
 *
 * Requests gather until a round starts, at most one a drain; {@link MAX_ROUNDS} run at once. Identifiers
 * are never reused: not over retries, not over restarts (etcd #20418: a reused one was answered by an old
 * round, and the read was stale).
 */
import type { LogIndex, MemberId } from './types.js';

/** More rounds at once mean more heartbeats for fewer reads each; fewer mean a longer wait for the next. */
const MAX_ROUNDS = 4;

export interface ReadRequest {
  /** Where the answer goes: this node's driver, or a follower. */
  readonly from: MemberId;
  readonly context: number;
}

interface Round {
  readonly sequence: number;
  /** What was committed when the round began: at least everything acknowledged before the requests came. */
  readonly index: LogIndex;
  readonly requests: readonly ReadRequest[];
}

/** The leader's side. Lives and dies with one term of leadership. */
export class LeaderReads {
  readonly #maxPending: number;
  #sequence = 0;
  #waiting: ReadRequest[] = [];
  #rounds: Round[] = [];
  #pending = 0;

  constructor(maxPending: number) {
    this.#maxPending = maxPending;
  }

  /** The latest round begun; what heartbeats carry. */
  get sequence(): number {
    return this.#sequence;
  }

  get canStart(): boolean {
    return this.#waiting.length > 0 && this.#rounds.length < MAX_ROUNDS;
  }

  /** False: too many wait already. */
  add(request: ReadRequest): boolean {
    if (this.#pending >= this.#maxPending) return false;
    this.#pending++;
    this.#waiting.push(request);
    return true;
  }

  /** Begins a round for everything that waits; a heartbeat with the new `sequence` must follow. */
  start(commitIndex: LogIndex): void {
    this.#sequence++;
    this.#rounds.push({ sequence: this.#sequence, index: commitIndex, requests: this.#waiting });
    this.#waiting = [];
  }

  /** A majority has answered heartbeats up to `sequence`: takes out the rounds that are thereby confirmed. */
  confirm(sequence: number): readonly Round[] {
    let count = 0;
    while (count < this.#rounds.length && (this.#rounds[count] as Round).sequence <= sequence) count++;
    if (count === 0) return [];
    const confirmed = this.#rounds.splice(0, count);
    for (const { requests } of confirmed) this.#pending -= requests.length;
    return confirmed;
  }

  /** Everything unanswered. The leadership it relied on is over. */
  abandon(): readonly ReadRequest[] {
    const requests = [...this.#rounds.flatMap((round) => round.requests), ...this.#waiting];
    this.#rounds = [];
    this.#waiting = [];
    this.#pending = 0;
    return requests;
  }
}

interface Forwarded {
  readonly token: number;
  readonly contexts: readonly number[];
  readonly expiresAtTick: number;
}

/** A follower's side. Lives as long as it follows one leader in one term. */
export class ForwardedReads {
  readonly #maxPending: number;
  #waiting: number[] = [];
  /** Ascending by expiry: each gets the same time. */
  #sent: Forwarded[] = [];
  #pending = 0;

  constructor(maxPending: number) {
    this.#maxPending = maxPending;
  }

  get canSend(): boolean {
    return this.#waiting.length > 0 && this.#sent.length < MAX_ROUNDS;
  }

  /** False: too many wait already. */
  add(context: number): boolean {
    if (this.#pending >= this.#maxPending) return false;
    this.#pending++;
    this.#waiting.push(context);
    return true;
  }

  /** One request under `token` for everything that waits. */
  send(token: number, expiresAtTick: number): void {
    this.#sent.push({ token, contexts: this.#waiting, expiresAtTick });
    this.#waiting = [];
  }

  /** The contexts that an answer under `token` speaks for; none when it comes late or twice. */
  answered(token: number): readonly number[] {
    const at = this.#sent.findIndex((each) => each.token === token);
    const [found] = at < 0 ? [] : this.#sent.splice(at, 1);
    if (found === undefined) return [];
    this.#pending -= found.contexts.length;
    return found.contexts;
  }

  /** Requests or answers that were lost on the way. */
  expire(nowTick: number): readonly number[] {
    if (this.#sent.length === 0 || (this.#sent[0] as Forwarded).expiresAtTick > nowTick) return [];
    const expired = this.#sent.filter((each) => each.expiresAtTick <= nowTick);
    this.#sent = this.#sent.filter((each) => each.expiresAtTick > nowTick);
    const contexts = expired.flatMap((each) => each.contexts);
    this.#pending -= contexts.length;
    return contexts;
  }

  abandon(): readonly number[] {
    const contexts = [...this.#sent.flatMap((each) => each.contexts), ...this.#waiting];
    this.#sent = [];
    this.#waiting = [];
    this.#pending = 0;
    return contexts;
  }
}
