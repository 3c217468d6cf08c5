/** How streams, purges and the cluster look on a terminal. JSON output is the client's own types. */
import type {
  DrainWait,
  HealthAnswer,
  LeaderStatus,
  NodeStatus,
  PurgeSummary,
  Stream,
} from '../client/index.js';
import { formatDuration } from './duration.js';
import { clockText, linkMatrix } from './render-links.js';
import { memberState } from './render-member.js';
import { storeLoadText, storeText } from './render-store.js';
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

const DRAIN_WAIT_TEXT: Readonly<Record<DrainWait, string>> = {
  SESSIONS: "nodes that have not let it go, see 'sexton purge list'",
  CLIENTS_STILL_SENDING: "clients that still send to it, see 'sexton purge list'",
  UNKNOWN: 'a reason that this version does not know',
};

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
  if (stream.tombstoneRevision !== undefined)
    fields.push(['tombstone', `revision ${stream.tombstoneRevision}`]);
  if (stream.purgeAfterMs !== undefined) fields.push(['purge after', time(stream.purgeAfterMs)]);
  if (stream.purgeTimeMs !== undefined) fields.push(['purged', time(stream.purgeTimeMs)]);
  if (stream.reusableAfterMs !== undefined)
    fields.push(['prefix reusable after', time(stream.reusableAfterMs)]);
  if (purge !== undefined) {
    fields.push([
      'purge',
      `${purge.phase}, ${count(purge.objectsDeleted)} objects, ${bytes(purge.bytesDeleted)}` +
        (purge.uploadsAborted > 0 ? `, ${count(purge.uploadsAborted)} uploads` : ''),
    ]);
    if (purge.blockedReason !== undefined) fields.push(['blocked by', purge.blockedReason]);
    if (purge.drainTimeMs !== undefined) fields.push(['drain begun', time(purge.drainTimeMs)]);
    if (purge.drainWait !== undefined) fields.push(['waits for', DRAIN_WAIT_TEXT[purge.drainWait]]);
    if (purge.discardNewWrites) fields.push(['new writes', 'are removed too']);
    if (purge.beginTimeMs !== undefined) fields.push(['purge begun', time(purge.beginTimeMs)]);
    if (purge.pauseTimeMs !== undefined) fields.push(['paused', time(purge.pauseTimeMs)]);
    if (purge.lastError !== '') fields.push(['last error', purge.lastError]);
    if (purge.lastErrorTimeMs !== undefined) fields.push(['last error at', time(purge.lastErrorTimeMs)]);
    if (purge.lateObjectsDeleted > 0)
      fields.push(['late objects', `${count(purge.lateObjectsDeleted)}, written after the purge`]);
    if (purge.nextAttemptTimeMs !== undefined) fields.push(['next try', time(purge.nextAttemptTimeMs)]);
  }
  return renderFields(fields);
}

const MEMBER_COLUMNS: readonly Column[] = [
  { title: 'ID', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'ROLE' },
  { title: 'STATE' },
  { title: 'MATCH', align: 'right' },
  { title: 'TRAILS LEADER BY', align: 'right' },
  { title: 'LAST CONTACT', align: 'right' },
  { title: 'CLOCK', align: 'right' },
];

/** Streams by phase, and what stops all of them. */
export function summaryText(purges: PurgeSummary): string {
  const { stopReason, clusterPaused, pauseReason } = purges;
  const counts =
    `${count(purges.running)} running, ${count(purges.waiting)} waiting, ${count(purges.retrying)} retrying, ` +
    `${count(purges.blocked)} blocked${purges.paused > 0 ? `, ${count(purges.paused)} paused by name` : ''}` +
    (purges.draining > 0 ? `, ${count(purges.draining)} draining` : '') +
    (purges.clientsStillSending > 0
      ? ` (${count(purges.clientsStillSending)} held up by clients that still send)`
      : '') +
    (purges.sweepsRetrying > 0 ? `, ${count(purges.sweepsRetrying)} sweeps retrying` : '') +
    (purges.rebornStreams > 0 ? `, ${count(purges.rebornStreams)} streams reborn` : '');
  if (clusterPaused && (stopReason === undefined || stopReason === 'PAUSED' || stopReason === 'RESTORED'))
    return `${counts}; ALL PAUSED${pauseReason === 'RESTORED' ? ' after a restore' : ''}`;
  return stopReason === undefined ? counts : `${counts}; NOTHING IS PURGED: ${purges.stopMessage}`;
}

export function leaderStatusText(status: LeaderStatus, nowMs: number, look: TableLook = {}): string {
  const paint = look.paint ?? plain;
  const { purges, objectStore, streamCounts } = status;
  const states = (['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const)
    .map((state) => `${count(streamCounts[state] ?? 0)} ${state.toLowerCase()}`)
    .join(', ');
  const lead =
    status.leaderSinceMs === undefined
      ? ''
      : `, for ${formatDuration(Math.max(0, nowMs - status.leaderSinceMs))}`;
  const fields: [string, string][] = [
    ['cluster', status.clusterId],
    ['leader', `member ${status.leader.memberId} at ${status.leader.address}, term ${status.term}${lead}`],
    ['log', `commit ${status.commitIndex}, applied ${status.appliedIndex}, revision ${status.revision}`],
    ['streams', states],
    ['purges', summaryText(purges)],
    ['deleted', `${count(purges.objectsDeletedTotal)} objects, ${bytes(purges.bytesDeletedTotal)}`],
    ['object store', storeText(objectStore)],
  ];
  if (purges.lateObjectsTotal > 0) {
    const late = `${count(purges.lateObjectsTotal)} objects were written after their stream's purge, and are gone`;
    fields.push(['late objects', late]);
  }
  if (purges.oldestPendingAgeMs !== undefined)
    fields.push(['oldest pending', `due for ${formatDuration(purges.oldestPendingAgeMs)}`]);
  if (objectStore.load.concurrencyMax > 0) fields.push(['store requests', storeLoadText(objectStore.load)]);
  if (status.openSessions > 0) fields.push(['sessions', `${count(status.openSessions)} open`]);
  const members = status.members.map((progress) => [
    String(progress.member.memberId),
    progress.member.address,
    progress.member.role.toLowerCase(),
    memberState(progress, status.leader),
    String(progress.matchIndex),
    String(progress.trailingEntries),
    progress.lastContactMs === undefined ? 'never' : formatDuration(progress.lastContactMs),
    clockText(progress.clock),
  ]);
  const matrix = status.links.length === 0 ? '' : `\n${linkMatrix(status, look)}`;
  const alarms = status.alarms
    .map(({ kind, message }) => {
      const named = kind === 'UNKNOWN' ? '' : `${kind}  `;
      return `${paint('ALARM')}  ${named}${printable(message)}\n`;
    })
    .join('');
  return `${renderFields(fields)}\n${renderTable(MEMBER_COLUMNS, members, look)}${matrix}${alarms === '' ? '' : `\n${alarms}`}`;
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
