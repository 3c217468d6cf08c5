/**
 * The catalog's digest (S7) as of the indexes that members can compare: those that all of them pass, and
 * the last ones. Two small windows, so that memory is bounded and a member that is a little behind, or
 * whose batches end elsewhere, still shares some index with the others:
 *
 * - checkpoints: every DIGEST_CHECKPOINT_ENTRIES-th index; under load these are what two members share;
 * - recent: the index at which each applied batch ended; when little happens these are shared.
 *
 * The digest rolls: two members that are equal at one index were equal at every index before it.
 */
import type { LogIndex } from '../raft/types.js';
import { assert } from '../shared/assert.js';

/** The state as of an index, in 16 lower-case hexadecimal digits. */
export interface StateDigest {
  readonly index: LogIndex;
  readonly digest: string;
}

/** Small enough to meet often, large enough to cost nothing: one more read of the meta record. */
export const DIGEST_CHECKPOINT_ENTRIES = 1_024;

/** Together they reach back a quarter of a million entries. */
const CHECKPOINTS_KEPT = 256;
const RECENT_KEPT = 256;
/** How many checkpoints a report names: the leader may have applied less than the reporter. */
const CHECKPOINTS_REPORTED = 4;

export class DigestHistory {
  readonly #checkpoints = new Map<LogIndex, string>();
  readonly #recent = new Map<LogIndex, string>();
  #newest: StateDigest;

  /** As of what is applied when the node starts. */
  constructor(start: StateDigest) {
    this.#newest = start;
    this.add(start);
  }

  get newest(): StateDigest {
    return this.#newest;
  }

  /** Indexes come in ascending order; a repeated one is taken once. */
  add(next: StateDigest): void {
    const { index, digest } = next;
    assert(index >= this.#newest.index, () => `digest of ${index} after that of ${this.#newest.index}`);
    // Index 0 is the empty catalog: nothing to compare, and a report of it is refused as malformed.
    if (index > 0 && index % DIGEST_CHECKPOINT_ENTRIES === 0)
      keep(this.#checkpoints, index, digest, CHECKPOINTS_KEPT);
    keep(this.#recent, index, digest, RECENT_KEPT);
    this.#newest = next;
  }

  /** Undefined: not known, which says nothing about the state. */
  at(index: LogIndex): string | undefined {
    return this.#recent.get(index) ?? this.#checkpoints.get(index);
  }

  /** A snapshot took the catalog's place: what was before is another history. */
  reset(start: StateDigest): void {
    this.#checkpoints.clear();
    this.#recent.clear();
    this.#newest = start;
    this.add(start);
  }

  /** What a member tells the leader: its last checkpoints and its newest digest, ascending. */
  report(): readonly StateDigest[] {
    const checkpoints = [...this.#checkpoints.keys()].slice(-CHECKPOINTS_REPORTED);
    const found = checkpoints
      .filter((index) => index !== this.#newest.index)
      .map((index) => ({ index, digest: this.#checkpoints.get(index) ?? '' }));
    return this.#newest.index === 0 ? found : [...found, this.#newest];
  }
}

function keep(window: Map<LogIndex, string>, index: LogIndex, digest: string, limit: number): void {
  window.set(index, digest);
  if (window.size <= limit) return;
  // A Map yields its keys in the order of insertion, which is ascending here.
  for (const oldest of window.keys()) {
    window.delete(oldest);
    return;
  }
}
