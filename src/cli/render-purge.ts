/** How purges look on a terminal: a table, and above it what concerns all of them. */
import type { Purge, PurgePage } from '../client/index.js';
import { formatDuration } from './duration.js';
import { bytes, count, qualifiedName, summaryText, time } from './render.js';
import { storeLoadText } from './render-store.js';
import { printable, renderTable, type Column, type TableLook } from './table.js';

const COLUMNS: readonly Column[] = [
  { title: 'STREAM' },
  { title: 'INCARNATION', align: 'right' },
  { title: 'PHASE' },
  { title: 'OBJECTS', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'RATE', align: 'right' },
  { title: 'LEFT', align: 'right' },
  { title: 'TRIES', align: 'right' },
  { title: 'NEXT' },
  { title: 'REASON' },
];

export function purgeTable(purges: readonly Purge[], nowMs: number, look: TableLook = {}): string {
  return renderTable(
    COLUMNS,
    purges.map((purge) => row(purge, nowMs)),
    look,
  );
}

/** What the rows cannot say: the whole cluster's purges, and the store that they share. */
export function purgeHeader({ summary, storeLoad }: Pick<PurgePage, 'summary' | 'storeLoad'>): string {
  const load = storeLoad.concurrencyMax > 0 ? `store requests: ${storeLoadText(storeLoad)}\n` : '';
  return `purges: ${printable(summaryText(summary))}\n${load}\n`;
}

function row(purge: Purge, nowMs: number): string[] {
  const { stream, objectsPerSecond } = purge;
  const { purge: status } = stream;
  const nextMs = status?.phase === 'WAITING' ? stream.purgeAfterMs : status?.nextAttemptTimeMs;
  return [
    qualifiedName(stream),
    String(stream.incarnation),
    status?.phase ?? '-',
    count(status?.objectsDeleted ?? 0),
    bytes(status?.bytesDeleted ?? 0),
    objectsPerSecond > 0 ? `${count(Math.round(objectsPerSecond))}/s` : '-',
    left(purge),
    String(status?.attempts ?? 0),
    nextMs === undefined || nextMs <= nowMs ? '-' : `in ${formatDuration(nextMs - nowMs)}`,
    reason(purge),
  ];
}

/** `>1,000`: the listing goes on. `~1,000`: by the folders passed so far. `1,000`: all has been listed. */
function left({ estimate }: Purge): string {
  if (estimate === undefined) return '-';
  const { basis, objectsLeft, timeLeftMs } = estimate;
  const sign = basis === 'LISTED' ? '' : basis === 'FOLDERS' ? '~' : '>';
  const isTold = basis !== 'AT_LEAST' && timeLeftMs !== undefined && objectsLeft > 0;
  return `${sign}${count(objectsLeft)}${isTold ? ` in ${formatDuration(Math.ceil(timeLeftMs / 1_000) * 1_000)}` : ''}`;
}

/** What holds it up, as far as is known. */
function reason({ stream, waitingNodeIds, silentNodeIds, takenUp }: Purge): string {
  const { purge } = stream;
  if (purge === undefined) return '';
  if (purge.waitingSessions > 0) {
    const silent = new Set(silentNodeIds);
    return `waits for ${waitingNodeIds.map((id) => (silent.has(id) ? `${id} (silent)` : id)).join(', ')}`;
  }
  if (takenUp.length > 0) {
    const nodes = takenUp.map(({ nodeId, lastSeenTimeMs }) => `${nodeId} at ${time(lastSeenTimeMs)}`);
    return `clients still send, last seen on ${nodes.join(', ')}`;
  }
  return [purge.blockedReason ?? '', purge.lastError].filter((part) => part !== '').join(': ');
}
