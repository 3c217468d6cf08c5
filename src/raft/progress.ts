/**
 * What a leader knows about one follower, and how much it may send it.
 *
 *                 accepted                        rejected, unreachable
 *     probe -----------------------> replicate --------------------------> probe
 *       |  one request at a time       |  pipelined, limited by a window
 *       |                              |
 *       +---- entries compacted -------+--> snapshot -- sent, failed, timed out, caught up --> probe
 *                                              nothing is sent
 *
 * Invariant: 0 <= matchIndex < nextIndex. matchIndex only grows: it is durable over there.
 */
import { ByteWindow } from './byte-window.js';
import type { RaftConfig } from './config.js';
import type { LogIndex, MemberId, PeerStatus } from './types.js';

type ProgressState =
  /** Looking for the point where the logs agree. `paused`: a request is out, wait for its answer or a heartbeat's. */
  | { readonly kind: 'probe'; paused: boolean }
  /** Appending ahead of the answers. */
  | { readonly kind: 'replicate'; readonly window: ByteWindow }
  /** What it needs is compacted here. */
  | { readonly kind: 'snapshot'; readonly sinceTick: number };

export class Progress {
  readonly id: MemberId;
  isVoter: boolean;
  /** When it last answered anything; a fresh leader gives everyone a full election timeout. */
  #lastContactTick: number;
  #hasAnswered = false;
  /** The latest read round it has confirmed. */
  readSequence = 0;
  /** The commit index it was last told. */
  sentCommitIndex: LogIndex = 0;
  /** Something sent is unanswered since before the last heartbeat: ask whether it arrived. */
  pingDue = false;

  #matchIndex: LogIndex = 0;
  #nextIndex: LogIndex;
  #state: ProgressState = { kind: 'probe', paused: false };

  constructor(options: { id: MemberId; isVoter: boolean; nextIndex: LogIndex; nowTick: number }) {
    this.id = options.id;
    this.isVoter = options.isVoter;
    this.#nextIndex = options.nextIndex;
    this.#lastContactTick = options.nowTick;
  }

  get matchIndex(): LogIndex {
    return this.#matchIndex;
  }

  get nextIndex(): LogIndex {
    return this.#nextIndex;
  }

  get kind(): ProgressState['kind'] {
    return this.#state.kind;
  }

  answered(nowTick: number): void {
    this.#lastContactTick = nowTick;
    this.#hasAnswered = true;
  }

  isRecentlyActive(nowTick: number, config: RaftConfig): boolean {
    return nowTick - this.#lastContactTick < config.electionTicks;
  }

  /** As {@link isRecentlyActive}, without the benefit of the doubt: it has answered this leader. */
  isHeard(nowTick: number, config: RaftConfig): boolean {
    return this.#hasAnswered && this.isRecentlyActive(nowTick, config);
  }

  /** Nothing more may be sent until something comes back. */
  isPaused(config: RaftConfig): boolean {
    switch (this.#state.kind) {
      case 'probe':
        return this.#state.paused;
      case 'replicate': {
        const { count, bytes } = this.#state.window;
        return count >= config.maxInflightMessages || bytes >= config.maxInflightBytes;
      }
      case 'snapshot':
        return true;
    }
  }

  /** An append request went out with entries up to `lastIndex` (nextIndex - 1 when it was empty). */
  sent(lastIndex: LogIndex, bytes: number): void {
    if (this.#state.kind === 'probe') {
      this.#state.paused = true;
    } else if (this.#state.kind === 'replicate' && lastIndex >= this.#nextIndex) {
      this.#state.window.add(lastIndex, bytes);
      this.#nextIndex = lastIndex + 1;
    }
  }

  /** It holds everything up to `matchIndex`. `logStart`: what this node can still send begins after it. */
  accepted(matchIndex: LogIndex, logStart: LogIndex): void {
    if (matchIndex < this.#matchIndex) return;
    this.#matchIndex = matchIndex;
    if (this.#state.kind === 'replicate') {
      this.#state.window.release(matchIndex);
      this.#nextIndex = Math.max(this.#nextIndex, matchIndex + 1);
    } else if (this.#state.kind === 'probe' || matchIndex >= logStart) {
      // From snapshot too: it caught up some other way, and the log reaches back far enough again.
      this.#state = { kind: 'replicate', window: new ByteWindow() };
      this.#nextIndex = matchIndex + 1;
    }
  }

  /**
   * It has no entry like ours at `conflictIndex`. `candidate` is where the logs can agree at best.
   * Returns false for an answer that is out of date: the request was overtaken by later ones.
   */
  rejected(conflictIndex: LogIndex, candidate: LogIndex): boolean {
    switch (this.#state.kind) {
      case 'snapshot':
        return false;
      case 'replicate':
        if (conflictIndex <= this.#matchIndex) return false;
        break;
      case 'probe':
        if (conflictIndex !== this.#nextIndex - 1) return false;
        break;
    }
    const next = Math.max(Math.min(conflictIndex, candidate + 1), this.#matchIndex + 1);
    this.#becomeProbe(next);
    return true;
  }

  /** A lost request must not stop a follower for ever: any sign of life lets a probe go out again. */
  heartbeatAnswered(): void {
    if (this.#state.kind === 'probe') this.#state.paused = false;
    else if (this.#state.kind === 'replicate' && this.#matchIndex < this.#nextIndex - 1) this.pingDue = true;
  }

  /** Requests in flight are probably lost. */
  unreachable(): void {
    if (this.#state.kind === 'replicate') this.#becomeProbe(this.#matchIndex + 1);
  }

  needsSnapshot(nowTick: number): void {
    this.#state = { kind: 'snapshot', sinceTick: nowTick };
  }

  /**
   * The snapshot at `index` arrived, says this node's driver. Only the follower's own answer moves
   * matchIndex: the report may be of an earlier term's stream.
   */
  snapshotArrived(index: LogIndex): void {
    if (this.#state.kind === 'snapshot') this.#becomeProbe(Math.max(this.#matchIndex, index) + 1);
  }

  /** Waits for a heartbeat's answer before the next try: a dead follower must not be sent one after another. */
  snapshotFailed(): void {
    if (this.#state.kind !== 'snapshot') return;
    this.#becomeProbe(this.#matchIndex + 1);
    this.#state = { kind: 'probe', paused: true };
  }

  snapshotTimedOut(nowTick: number, config: RaftConfig): boolean {
    return this.#state.kind === 'snapshot' && nowTick - this.#state.sinceTick >= config.snapshotTimeoutTicks;
  }

  #becomeProbe(nextIndex: LogIndex): void {
    this.#state = { kind: 'probe', paused: false };
    this.#nextIndex = nextIndex;
    this.pingDue = false;
  }

  status(nowTick: number, config: RaftConfig): PeerStatus {
    return {
      id: this.id,
      progress: this.kind,
      matchIndex: this.#matchIndex,
      nextIndex: this.#nextIndex,
      recentlyActive: this.isRecentlyActive(nowTick, config),
      lastContactTicks: nowTick - this.#lastContactTick,
    };
  }
}
