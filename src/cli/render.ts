/** How streams, purges and the cluster look on a terminal. JSON output is the client's own types. */
import type { HealthAnswer, LeaderStatus, NodeStatus, Purge, PurgeStatus, Stream } from '../client/index.js';
import { formatDuration } from './duration.js';
import { memberState } from './render-member.js';
import { plain, type Paint } from './style.js';
import { printable, renderFields, renderTable, type Column, type TableLook } from './table.js';

export function time(timeMs: number | undefined): string {
  return timeMs === undefined ? '-' : new Date(timeMs).toISOString().replace('.000Z', 'Z');
}

export function count(value: number): string {
  return value.toLocaleString('en-US');
}

export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
  let scaled = value;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${unit === 0 ? scaled : scaled.toFixed(1)} ${units[unit] ?? ''}`;
}

export function qualifiedName({ tenant, name }: Pick<Stream, 'tenant' | 'name'>): string {
  return tenant === '' ? name : `${tenant}/${name}`;
}

export const STREAM_COLUMNS: readonly Column[] = [
  { title: 'STREAM' },
  { title: 'INCARNATION', align: 'right' },
  { title: 'STATE' },
  { title: 'REVISION', align: 'right' },
  { title: 'CREATED' },
  { title: 'PURGE AFTER' },
  { title: 'PREFIX' },
];

export function streamRow(stream: Stream): string[] {
  return [
    qualifiedName(stream),
    String(stream.incarnation),
    stream.state,
    String(stream.revision),
    time(stream.createTimeMs),
    time(stream.purgeAfterMs),
    stream.prefix,
  ];
}

export function streamDetails(stream: Stream): string {
  const { purge } = stream;
  const fields: [string, string][] = [
    ['stream', qualifiedName(stream)],
    ['incarnation', String(stream.incarnation)],
    ['state', stream.state],
    ['prefix', stream.prefix],
    ['revision', String(stream.revision)],
    ['etag', stream.etag],
    ['created', time(stream.createTimeMs)],
  ];
  for (const [key, value] of Object.entries(stream.labels)) fields.push([`label ${key}`, value]);
  if (stream.deleteTimeMs !== undefined) fields.push(['deleted', time(stream.deleteTimeMs)]);
  if (stream.purgeAfterMs !== undefined) fields.push(['purge after', time(stream.purgeAfterMs)]);
  if (stream.purgeTimeMs !== undefined) fields.push(['purged', time(stream.purgeTimeMs)]);
  if (stream.reusableAfterMs !== undefined)
    fields.push(['prefix reusable after', time(stream.reusableAfterMs)]);
  if (purge !== undefined) {
    fields.push([
      'purge',
      `${purge.phase}, ${count(purge.objectsDeleted)} objects, ${bytes(purge.bytesDeleted)}`,
    ]);
    if (purge.lastError !== '') fields.push(['last error', purge.lastError]);
    if (purge.nextAttemptTimeMs !== undefined) fields.push(['next try', time(purge.nextAttemptTimeMs)]);
  }
  return renderFields(fields);
}

const PURGE_COLUMNS: readonly Column[] = [
  { title: 'STREAM' },
  { title: 'INCARNATION', align: 'right' },
  { title: 'PHASE' },
  { title: 'OBJECTS', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'RATE', align: 'right' },
  { title: 'TRIES', align: 'right' },
  { title: 'NEXT' },
  { title: 'REASON' },
];

export function purgeTable(purges: readonly Purge[], nowMs: number, look: TableLook = {}): string {
  return renderTable(
    PURGE_COLUMNS,
    purges.map((purge) => purgeRow(purge, nowMs)),
    look,
  );
}

function purgeRow({ stream, objectsPerSecond, waitingNodeIds }: Purge, nowMs: number): string[] {
  const { purge } = stream;
  const nextMs = purge?.phase === 'WAITING' ? stream.purgeAfterMs : purge?.nextAttemptTimeMs;
  return [
    qualifiedName(stream),
    String(stream.incarnation),
    purge?.phase ?? '-',
    count(purge?.objectsDeleted ?? 0),
    bytes(purge?.bytesDeleted ?? 0),
    objectsPerSecond > 0 ? `${count(Math.round(objectsPerSecond))}/s` : '-',
    String(purge?.attempts ?? 0),
    nextMs === undefined || nextMs <= nowMs ? '-' : `in ${formatDuration(nextMs - nowMs)}`,
    purgeReason(purge, waitingNodeIds),
  ];
}

/** Without times that pass by themselves, so that it changes only when something has happened. */
export function purgeLine({ stream, waitingNodeIds }: Purge): string {
  const { purge } = stream;
  const words = [
    qualifiedName(stream),
    String(stream.incarnation),
    purge?.phase ?? '-',
    `${count(purge?.objectsDeleted ?? 0)} objects`,
    bytes(purge?.bytesDeleted ?? 0),
    printable(purgeReason(purge, waitingNodeIds)),
  ];
  return `${words.join('  ').trimEnd()}\n`;
}

/** What holds it up, as far as is known. */
function purgeReason(purge: PurgeStatus | undefined, waitingNodeIds: readonly string[]): string {
  if (purge === undefined) return '';
  if (purge.waitingSessions > 0) return `waits for ${waitingNodeIds.join(', ')}`;
  return [purge.blockedReason ?? '', purge.lastError].filter((part) => part !== '').join(': ');
}

const MEMBER_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'ROLE' },
  { title: 'STATE' },
  { title: 'MATCH', align: 'right' },
  { title: 'TRAILS LEADER BY', align: 'right' },
  { title: 'LAST CONTACT', align: 'right' },
];

export function leaderStatusText(status: LeaderStatus, nowMs: number, look: TableLook = {}): string {
  const paint = look.paint ?? plain;
  const { purges, objectStore, streamCounts } = status;
  const states = (['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const)
    .map((state) => `${count(streamCounts[state] ?? 0)} ${state.toLowerCase()}`)
    .join(', ');
  const store = objectStore.ready
    ? objectStore.description
    : `${objectStore.description} (not ready: ${objectStore.problem})`;
  const lead =
    status.leaderSinceMs === undefined
      ? ''
      : `, for ${formatDuration(Math.max(0, nowMs - status.leaderSinceMs))}`;
  const fields: [string, string][] = [
    ['cluster', status.clusterId],
    ['leader', `member ${status.leader.memberId} at ${status.leader.address}, term ${status.term}${lead}`],
    ['log', `commit ${status.commitIndex}, applied ${status.appliedIndex}, revision ${status.revision}`],
    ['streams', states],
    [
      'purges',
      `${count(purges.running)} running, ${count(purges.waiting)} waiting, ${count(purges.retrying)} retrying, ` +
        `${count(purges.blocked)} blocked${purges.paused > 0 ? `, ${count(purges.paused)} paused` : ''}` +
        (purges.clusterPaused
          ? `; ALL PAUSED${purges.pauseReason === 'RESTORED' ? ' after a restore' : ''}`
          : ''),
    ],
    ['deleted', `${count(purges.objectsDeletedTotal)} objects, ${bytes(purges.bytesDeletedTotal)}`],
    ['object store', store],
  ];
  if (status.openSessions > 0) fields.push(['sessions', `${count(status.openSessions)} open`]);
  const members = status.members.map((progress) => [
    String(progress.member.memberId),
    progress.member.address,
    progress.member.role.toLowerCase(),
    memberState(progress, status.leader),
    String(progress.matchIndex),
    String(progress.trailingEntries),
    progress.lastContactMs === undefined ? 'never' : formatDuration(progress.lastContactMs),
  ]);
  const alarms = status.alarms
    .map(({ kind, message }) => {
      const named = kind === 'UNKNOWN' ? '' : `${kind}  `;
      return `${paint('ALARM')}  ${named}${printable(message)}\n`;
    })
    .join('');
  return `${renderFields(fields)}\n${renderTable(MEMBER_COLUMNS, members, look)}${alarms === '' ? '' : `\n${alarms}`}`;
}

/** Without a leader: what each node that answers says of itself. */
export function nodeStatusTable(
  nodes: readonly { readonly endpoint: string; readonly status: NodeStatus | Error }[],
  look: TableLook = {},
): string {
  const columns: readonly Column[] = [
    { title: 'ENDPOINT' },
    { title: 'ID', align: 'right' },
    { title: 'ROLE' },
    { title: 'TERM', align: 'right' },
    { title: 'LEADER' },
    { title: 'COMMIT', align: 'right' },
    { title: 'APPLIED', align: 'right' },
    { title: 'NOTE' },
  ];
  const rows = nodes.map(({ endpoint, status }) =>
    status instanceof Error
      ? [endpoint, '-', '-', '-', '-', '-', '-', status.message]
      : [
          endpoint,
          String(status.memberId),
          status.role.toLowerCase(),
          String(status.term),
          status.leaderId === 0 ? 'none' : String(status.leaderId),
          String(status.commitIndex),
          String(status.appliedIndex),
          status.alarms.map(({ kind, message }) => `ALARM ${kind}: ${message}`).join('; '),
        ],
  );
  return renderTable(columns, rows, look);
}

export function healthLine(answer: HealthAnswer, paint: Paint = plain): string {
  const took = `${answer.tookMs.toFixed(1)} ms`;
  return answer.healthy
    ? `${answer.endpoint} is ${paint('healthy')}: a linearizable read took ${took}\n`
    : `${answer.endpoint} is ${paint('unhealthy')} after ${took}: ${printable(answer.error.message)}\n`;
}
