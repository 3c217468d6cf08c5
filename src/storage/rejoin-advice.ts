/**
 * The words for a directory that cannot be used any more (S4), in one place: what is wrong, and the exact
 * commands that replace this member. A member id is never used again by another disk (S6), which is why
 * the way back is a new member and not an emptied directory. A test follows these commands to the letter.
 */
import type { MemberId } from '../raft/types.js';
import { FatalError } from '../shared/fatal.js';

/** Whose directory it is; every message about it names it. */
export interface DirectoryOwner {
  readonly directory: string;
  readonly memberId: MemberId;
  /** Where the others reach this node, if that is known here. */
  readonly address?: string;
  /** Addresses of the other members, if they are known here. */
  readonly endpoints?: readonly string[];
  /** The cluster has removed this member already. */
  readonly isRemoved?: boolean;
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
  const { memberId, isRemoved = false } = owner;
  const directory = shellWord(owner.directory);
  const address = owner.address ?? 'THIS_HOST:7401';
  const others = owner.endpoints ?? [];
  const endpoints = `--endpoints ${others.length === 0 ? 'LIVING_HOST:7401' : others.join(',')}`;
  const intent = isRemoved
    ? [
        'This node will not vote or serve from this directory: its member is gone for good, and ids are never used twice.',
        'If this machine is to be a member again, make it a new one:',
      ]
    : [
        'This node will not vote or serve from this directory. While a majority of the members is well, nothing that was',
        'acknowledged is lost: replace this member by a new one. Ids are never used twice, so it gets another.',
      ];
  return [
    ...intent,
    '',
    '1. On any machine:',
    ...(isRemoved ? [] : [`     sexton member remove ${memberId} ${endpoints}`]),
    `     sexton member add --address ${address} ${endpoints}`,
    '   This prints the id of the new member, NEW below.',
    '2. On this machine, with every other setting as it was, --members too:',
    `     mv ${directory} ${shellWord(`${owner.directory}.old`)}`,
    `     sexton serve --member-id NEW --data-dir ${directory} --advertise ${address} --join`,
    '3. On any machine, when it runs; this waits until it has caught up:',
    `     sexton member promote NEW ${endpoints}`,
  ].join('\n');
}

/** As it is where a shell would take it so, else in quotes. */
function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function damageError(owner: DirectoryOwner, damage: Damage, cause?: unknown): FatalError {
  const where = damage.offset === undefined ? damage.file : `${damage.file} at byte ${damage.offset}`;
  return new FatalError(
    'STORAGE_DAMAGED',
    `${owner.directory}: ${where}: ${damage.what}\n${rejoinAdvice(owner)}`,
    cause === undefined ? undefined : { cause },
  );
}
