/**
 * The words for a directory that cannot be trusted any more (S4), in one place: what is damaged, and
 * the exact commands that replace this member. A member id is never used again by another disk (S6),
 * which is why the way back is a new member and not an emptied directory.
 */
import type { MemberId } from '../raft/types.js';
import { FatalError } from '../shared/fatal.js';

/** Whose directory it is; every message about damage names it. */
export interface DirectoryOwner {
  readonly directory: string;
  readonly memberId: MemberId;
}

export interface Damage {
  /** Path relative to the directory. */
  readonly file: string;
  /** Where in the file; undefined when the file as a whole is meant. */
  readonly offset?: number;
  /** What is wrong, as a clause. */
  readonly what: string;
}

export function rejoinAdvice(owner: DirectoryOwner): string {
  const { directory, memberId } = owner;
  return [
    'This node will not vote or serve from this directory. While a majority of the members is well, nothing that',
    'was acknowledged is lost: replace this member by a new one, with an id NEW never used in the cluster:',
    '',
    '  on any machine, HOST:7401 being a living node:',
    `    sexton member remove ${memberId} --endpoints HOST:7401`,
    '    sexton member add NEW --address THIS_HOST:7401 --endpoints HOST:7401',
    '  on this machine, with the other settings as they were:',
    `    mv ${directory} ${directory}.damaged`,
    `    sexton serve --member-id NEW --data-dir ${directory} --advertise THIS_HOST:7401 --join`,
    '  and once it has caught up:',
    '    sexton member promote NEW --endpoints HOST:7401',
  ].join('\n');
}

export function damageError(owner: DirectoryOwner, damage: Damage, cause?: unknown): FatalError {
  const where = damage.offset === undefined ? damage.file : `${damage.file} at byte ${damage.offset}`;
  return new FatalError(
    'STORAGE_DAMAGED',
    `${owner.directory}: ${where}: ${damage.what}\n${rejoinAdvice(owner)}`,
    cause === undefined ? undefined : { cause },
  );
}
