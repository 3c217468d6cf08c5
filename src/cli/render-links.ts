/** Who hears whom, and what clocks say, on a terminal. */
import type { ClockMeasurement, LeaderStatus, MemberLink } from '../client/index.js';
import { formatDuration } from './duration.js';
import { renderTable, type Column, type TableLook } from './table.js';

/** A row for each member that hears, a column for each that is heard; `?`: it has not told lately. */
export function linkMatrix({ members, links }: LeaderStatus, look: TableLook = {}): string {
  const ids = members.map(({ member }) => member.memberId);
  const columns: readonly Column[] = [
    { title: 'HEARS' },
    ...ids.map((id): Column => ({ title: String(id), align: 'right' })),
  ];
  const rows = ids.map((from) => [
    String(from),
    ...ids.map((to) =>
      to === from ? '-' : cell(links.find((link) => link.from === from && link.to === to)),
    ),
  ]);
  return renderTable(columns, rows, look);
}

function cell(link: MemberLink | undefined): string {
  if (link === undefined || link.state === 'UNKNOWN') return '?';
  const ago = link.lastHeardMs === undefined ? 'never' : formatDuration(link.lastHeardMs);
  return link.state === 'HEARD' ? ago : `SILENT ${ago}`;
}

/** `+12.5ms ±0.3ms`: how far another clock is ahead, and what that may be wrong by. */
export function clockText(clock: ClockMeasurement | undefined): string {
  if (clock === undefined) return '-';
  return `${clock.offsetMs < 0 ? '-' : '+'}${exact(Math.abs(clock.offsetMs))} ±${exact(clock.errorMs)}`;
}

function exact(ms: number): string {
  if (ms < 1_000) return `${ms.toFixed(1)}ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(2)}s` : formatDuration(ms);
}
