/**
 * Majorities: how many are enough, up to which index a majority has acknowledged, how a vote stands.
 *
 * For groups of three to seven the index is found by sorting. Cleverer bookkeeping of a sorted order is
 * how others committed without a quorum (openraft #1802).
 */
import type { LogIndex, MemberId } from './types.js';

export function quorumSize(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/**
 * The highest index that a majority has reached, given how far each voter is. Sorts `reached` in place.
 * 0 for nobody: an empty group decides nothing.
 */
export function quorumIndex(reached: number[]): LogIndex {
  const count = reached.length;
  // Insertion sort, descending: no comparator call, no allocation, for a handful of numbers.
  for (let i = 1; i < count; i++) {
    const value = reached[i] as number;
    let at = i;
    while (at > 0 && (reached[at - 1] as number) < value) {
      reached[at] = reached[at - 1] as number;
      at--;
    }
    reached[at] = value;
  }
  return reached[quorumSize(count) - 1] ?? 0;
}

export type VoteResult = 'won' | 'lost' | 'pending';

/** Counts voters only: what others said does not matter. No voters: lost. */
export function voteResult(voters: readonly MemberId[], votes: ReadonlyMap<MemberId, boolean>): VoteResult {
  let granted = 0;
  let refused = 0;
  for (const voter of voters) {
    const vote = votes.get(voter);
    if (vote === true) granted++;
    else if (vote === false) refused++;
  }
  const needed = quorumSize(voters.length);
  if (granted >= needed) return 'won';
  return voters.length - refused < needed ? 'lost' : 'pending';
}

/**
 * A picture for logs and failing tests: one bar a voter, as long as its rank, and the index that a
 * majority has reached. `undefined`: not heard of.
 *
 *     xx>  7         (id 1)
 *     x>   5         (id 2)
 *     ?              (id 3)
 *     q    5
 */
export function describeQuorum(reached: readonly (readonly [MemberId, LogIndex | undefined])[]): string {
  const known = reached.map(([, index]) => index ?? 0);
  const width = reached.length + 2;
  const lines = reached.map(([id, index]) => {
    if (index === undefined) return `${'?'.padEnd(width)}${' '.repeat(10)}(id ${id})`;
    const rank = known.filter((other) => other < index).length;
    return `${('x'.repeat(rank) + '>').padEnd(width)}${String(index).padEnd(10)}(id ${id})`;
  });
  return [...lines, `${'q'.padEnd(width)}${quorumIndex(known)}`].join('\n');
}
