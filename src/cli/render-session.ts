/** Sessions of ingest nodes, as people read them. */
import type { Session } from '../client/index.js';
import { formatDuration } from './duration.js';
import { count, time } from './render.js';
import { type Column, renderTable, type TableLook } from './table.js';

const SESSION_COLUMNS: readonly Column[] = [
  { title: 'NODE' },
  { title: 'SESSION', align: 'right' },
  { title: 'STATE' },
  { title: 'LEASE', align: 'right' },
  { title: 'DRAINED', align: 'right' },
  { title: 'PURGES WAITING', align: 'right' },
  { title: 'OPENED' },
];

export function sessionTable(sessions: readonly Session[], look: TableLook = {}): string {
  return renderTable(SESSION_COLUMNS, sessions.map(sessionRow), look);
}

function sessionRow(session: Session): string[] {
  const { leaseRemainingMs, drainedRevision } = session;
  return [
    session.nodeId,
    session.sessionId,
    session.state,
    leaseRemainingMs === undefined ? '-' : formatDuration(Math.round(leaseRemainingMs / 1_000) * 1_000),
    // A new leader has to be told again.
    drainedRevision === undefined ? 'not told' : String(drainedRevision),
    count(session.waitingPurges),
    time(session.openTimeMs),
  ];
}
