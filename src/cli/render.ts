/** How streams, purges and the cluster look on a terminal. JSON output is the client's own types. */
import type { HealthAnswer, LeaderStatus, NodeStatus, Purge, Stream } from '../client/index.js';
import { formatDuration } from './duration.js';
import { renderFields, renderTable, type Column } from './table.js';

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

const STREAM_COLUMNS: readonly Column[] = [
  { title: 'STREAM' },
  { title: 'INCARNATION', align: 'right' },
  { title: 'STATE' },
  { title: 'REVISION', align: 'right' },
  { title: 'CREATED' },
  { title: 'PURGE AFTER' },
  { title: 'PREFIX' },
];

export function streamTable(streams: readonly Stream[], columns = 0): string {
  const rows = streams.map((stream) => [
    qualifiedName(stream),
    String(stream.incarnation),
    stream.state,
    String(stream.revision),
    time(stream.createTimeMs),
    time(stream.purgeAfterMs),
    stream.prefix,
  ]);
  return renderTable(STREAM_COLUMNS, rows, columns);
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
  if (stream.reusableAfterMs !== undefined) fields.push(['prefix reusable after', time(stream.reusableAfterMs)]);
  if (purge !== undefined) {
    fields.push(['purge', `${purge.phase}, ${count(purge.objectsDeleted)} objects, ${bytes(purge.bytesDeleted)}`]);
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

export function purgeTable(purges: readonly Purge[], nowMs: number, columns = 0): string {
  const rows = purges.map(({ stream, objectsPerSecond }) => {
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
      purge?.lastError ?? '',
    ];
  });
  return renderTable(PURGE_COLUMNS, rows, columns);
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

export function leaderStatusText(status: LeaderStatus, nowMs: number): string {
  const { purges, objectStore, streamCounts } = status;
  const states = (['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const)
    .map((state) => `${count(streamCounts[state] ?? 0)} ${state.toLowerCase()}`)
    .join(', ');
  const store = objectStore.ready ? objectStore.description : `${objectStore.description} (not ready: ${objectStore.problem})`;
  const lead = status.leaderSinceMs === undefined ? '' : `, for ${formatDuration(Math.max(0, nowMs - status.leaderSinceMs))}`;
  const fields: [string, string][] = [
    ['cluster', status.clusterId],
    ['leader', `member ${status.leader.memberId} at ${status.leader.address}, term ${status.term}${lead}`],
    ['log', `commit ${status.commitIndex}, applied ${status.appliedIndex}, revision ${status.revision}`],
    ['streams', states],
    [
      'purges',
      `${count(purges.running)} running, ${count(purges.waiting)} waiting, ${count(purges.retrying)} retrying, ` +
        `${count(purges.blocked)} blocked${purges.clusterPaused ? ', PAUSED' : ''}`,
    ],
    ['deleted', `${count(purges.objectsDeletedTotal)} objects, ${bytes(purges.bytesDeletedTotal)}`],
    ['object store', store],
  ];
  const members = status.members.map((progress) => [
    String(progress.member.memberId),
    progress.member.address,
    progress.member.role.toLowerCase(),
    progress.member.memberId === status.leader.memberId
      ? 'leader'
      : progress.reachable
        ? (progress.state ?? 'UNKNOWN').toLowerCase()
        : 'unreachable',
    String(progress.matchIndex),
    String(progress.trailingEntries),
    progress.lastContactMs === undefined ? 'never' : formatDuration(progress.lastContactMs),
  ]);
  const alarms = status.alarms.map(({ message }) => `ALARM  ${message}\n`).join('');
  return `${renderFields(fields)}\n${renderTable(MEMBER_COLUMNS, members)}${alarms === '' ? '' : `\n${alarms}`}`;
}

/** Without a leader: what each node that answers says of itself. */
export function nodeStatusTable(nodes: readonly { readonly endpoint: string; readonly status: NodeStatus | Error }[]): string {
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
          '',
        ],
  );
  return renderTable(columns, rows);
}

export function healthLine(answer: HealthAnswer): string {
  const tookMs = answer.tookMs.toFixed(1);
  return answer.healthy
    ? `${answer.endpoint} is healthy: a linearizable read took ${tookMs} ms\n`
    : `${answer.endpoint} is unhealthy after ${tookMs} ms: ${answer.error.message}\n`;
}
