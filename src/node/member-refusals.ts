/** What ends a node that its own cluster does not take any more, with the way back (S6). */
import { FatalError } from '../shared/fatal.js';
import { rejoinAdvice, type DirectoryOwner } from '../storage/rejoin-advice.js';

/** The cluster knows this member with another disk. */
export function wipedError(by: string, message: string, owner: DirectoryOwner): FatalError {
  return new FatalError('MEMBER_WIPED', `${by} refuses this node: ${message}.\n${rejoinAdvice(owner)}`);
}

/** The id of a removed member is never used again, by this directory or any other. */
export function removedError(by: string, message: string, owner: DirectoryOwner): FatalError {
  const advice = rejoinAdvice({ ...owner, isRemoved: true });
  return new FatalError('MEMBER_REMOVED', `${by} says: ${message}.\n${advice}`);
}
