/** How a hard state may follow another: terms grow, a vote once given stays, the commit index never falls. */
import type { HardState } from '../raft/types.js';
import { assert } from '../shared/assert.js';

export function assertFollows(before: HardState, next: HardState): void {
  const { term, votedFor, commitIndex } = before;
  const forward = next.term > term || (next.term === term && (votedFor === 0 || next.votedFor === votedFor));
  assert(
    forward && next.commitIndex >= commitIndex,
    () => `hard state goes back: ${JSON.stringify(before)} to ${JSON.stringify(next)}`,
  );
}

/** Nothing was promised between the two: only the commit index may differ, which is a hint. */
export function sameVote(a: HardState, b: HardState): boolean {
  return a.term === b.term && a.votedFor === b.votedFor;
}
