/**
 * What the driver was told last, and so what it has to be told next: the hard state, the role, and how far
 * committed entries went out. Kept apart from the state itself, which knows no drains.
 */
import { assert } from '../shared/assert.js';
import { ByteWindow } from './byte-window.js';
import { sizeBytesOf } from './log.js';
import type { RaftState } from './state.js';
import type { Entry, HardState, LogIndex, RoleChange } from './types.js';

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export class Reported {
  readonly #state: RaftState;
  /** What the last drain wrote, or the restart found. */
  #hardState: HardState;
  #role: RoleChange;
  #appliedIndex: LogIndex;
  /** The last entry that went out in `committed`. */
  #handedOutIndex: LogIndex;
  readonly #beingApplied = new ByteWindow();

  constructor(state: RaftState, hardState: HardState, appliedIndex: LogIndex) {
    this.#state = state;
    this.#hardState = hardState;
    this.#role = this.#currentRole();
    this.#appliedIndex = appliedIndex;
    this.#handedOutIndex = appliedIndex;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  get isAnythingDue(): boolean {
    return this.#isHardStateDue || this.#isRoleDue || this.#canHandOut;
  }

  get #isHardStateDue(): boolean {
    return this.#hardState.term !== this.#state.term || this.#hardState.votedFor !== this.#state.votedFor;
  }

  /** The commit index is a hint: it rides along with a write that happens anyway and never causes one. */
  takeHardState(options: { readonly hasEntries: boolean }): HardState | undefined {
    const { term, votedFor, commitIndex } = this.#state;
    const rides = options.hasEntries && commitIndex !== this.#hardState.commitIndex;
    if (!this.#isHardStateDue && !rides) return undefined;
    this.#hardState = { term, votedFor, commitIndex };
    return this.#hardState;
  }

  get #isRoleDue(): boolean {
    const { role, term, leader } = this.#role;
    const state = this.#state;
    return term !== state.term || leader !== state.leader || role !== state.publicRole;
  }

  takeRoleChange(): RoleChange | undefined {
    if (!this.#isRoleDue) return undefined;
    this.#role = this.#currentRole();
    return this.#role;
  }

  #currentRole(): RoleChange {
    const { publicRole, term, leader } = this.#state;
    return { role: publicRole, term, leader };
  }

  /** Never beyond what is durable here: the catalog must not be ahead of its own log after a crash. */
  get #committedHere(): LogIndex {
    return Math.min(this.#state.commitIndex, this.#state.log.persistedIndex);
  }

  get #canHandOut(): boolean {
    return (
      this.#handedOutIndex < this.#committedHere &&
      this.#beingApplied.bytes < this.#state.config.maxCommittedBytesPerDrain
    );
  }

  /** In order, each entry once, as many bytes as may be in the driver's hands at a time. */
  takeCommitted(): readonly Entry[] {
    if (!this.#canHandOut) return NO_ENTRIES;
    const { log, config } = this.#state;
    const budget = config.maxCommittedBytesPerDrain - this.#beingApplied.bytes;
    const entries = log.slice(this.#handedOutIndex + 1, this.#committedHere + 1, budget);
    this.#handedOutIndex += entries.length;
    this.#beingApplied.add(this.#handedOutIndex, sizeBytesOf(entries));
    return entries;
  }

  applied(index: LogIndex): void {
    assert(
      index <= this.#handedOutIndex,
      () => `applied ${index}, but only up to ${this.#handedOutIndex} was handed out`,
    );
    this.#appliedIndex = Math.max(this.#appliedIndex, index);
    this.#beingApplied.release(index);
  }

  /** The snapshot took the place of everything up to here. */
  skipTo(index: LogIndex): void {
    this.#appliedIndex = index;
    this.#handedOutIndex = index;
    this.#beingApplied.clear();
  }
}
