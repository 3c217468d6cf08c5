/** How members, and changes of membership, look on a terminal. */
import type {
  AddMemberAnswer,
  LeaderStatus,
  Member,
  MemberProgress,
  PromoteMemberAnswer,
  RemoveMemberAnswer,
} from '../client/index.js';
import { formatDuration } from './duration.js';
import { printable, renderTable, type Column, type TableLook } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'ROLE' },
  { title: 'STATE' },
  { title: 'TRAILS LEADER BY', align: 'right' },
  { title: 'LAST CONTACT', align: 'right' },
  { title: 'NOTE' },
];

export function memberTable(status: LeaderStatus, look: TableLook = {}): string {
  const { members, leader } = status;
  const rows = members.map((progress) => [
    String(progress.member.memberId),
    progress.member.address,
    progress.member.role.toLowerCase(),
    memberState(progress, leader),
    String(progress.trailingEntries),
    progress.lastContactMs === undefined ? 'never' : formatDuration(progress.lastContactMs),
    note(progress),
  ]);
  const pending = status.membershipChangePending ? '\nA change of membership is under way.\n' : '';
  return renderTable(COLUMNS, rows, look) + pending;
}

/** In one word, for the tables of `status` and `member list`. */
export function memberState({ member, reachable, state }: MemberProgress, leader: Member): string {
  if (member.memberId === leader.memberId) return 'leader';
  return reachable ? (state ?? 'UNKNOWN').toLowerCase() : 'unreachable';
}

function note({ member, promotable, promotionObstacle }: MemberProgress): string {
  if (promotable) return `can be promoted: sexton member promote ${member.memberId}`;
  return promotionObstacle;
}

export function addedText({ member, members, clusterId }: AddMemberAnswer): string {
  const others = members.filter(({ memberId }) => memberId !== member.memberId);
  const list = others.map(({ memberId, address }) => `${memberId}=${address}`).join(',');
  const serve = [
    'sexton serve --join',
    `--cluster-id ${clusterId}`,
    `--member-id ${member.memberId}`,
    `--advertise ${member.address}`,
    `--members ${list}`,
    '--data-dir DIRECTORY',
    '--object-store URL',
  ].join(' ');
  return [
    `member ${member.memberId} is a ${member.role.toLowerCase()} at ${member.address}`,
    '',
    'Start its node, with an empty directory and the object store of the others:',
    `  ${serve}`,
    'It catches up by itself; then let it vote:',
    `  sexton member promote ${member.memberId}`,
    '',
  ]
    .map(printable)
    .join('\n');
}

export function promotedText({ member, members }: PromoteMemberAnswer): string {
  return `member ${member.memberId} at ${printable(member.address)} is a voter; ${listed(members)}\n`;
}

export function removedText(memberId: number, { members }: RemoveMemberAnswer): string {
  return `member ${memberId} is removed; ${listed(members)}\n`;
}

function listed(members: readonly Member[]): string {
  const of = (role: Member['role']): string =>
    members
      .filter((member) => member.role === role)
      .map((member) => String(member.memberId))
      .join(', ');
  const learners = of('LEARNER');
  return `voters: ${of('VOTER')}${learners === '' ? '' : `; learners: ${learners}`}`;
}
