/**
 * How the gateway looks while it runs: fields, rewritten each second, on a terminal; elsewhere a JSON object a line when
 * something has changed that matters, and once a minute.
 */
import type { GatewayStatus } from '../../parseable/gateway/status.js';
import { tableColumns, type CliIo } from '../io.js';
import { LiveView } from '../live.js';
import { count } from '../render.js';
import { paintFor } from '../style.js';
import { renderFields, renderTable, type TableLook } from '../table.js';

const EVERY_MS = 1_000;
const ALL_EVERY_MS = 60_000;

export function gatewayTable(status: GatewayStatus, look: TableLook = {}): string {
  const { revision, problem, sessionId, drainedRevision } = status;
  const fields: [string, string][] = [
    ['catalog', revision === undefined ? 'not followed yet' : `revision ${revision}`],
    ['session', sessionId === '' ? 'none' : `${sessionId}, drained to ${drainedRevision}`],
    ['writes', problem === '' ? 'pass' : `refused: ${problem}`],
    ['known names', count(status.knownNames)],
    ['under way', `${count(status.requestsInFlight)} requests, ${count(status.writesInFlight)} writes`],
    ['refused', count(status.refusedTotal)],
  ];
  const rows = status.nodes.map(({ node, state }) => [node, state]);
  return `${renderFields(fields)}\n${renderTable([{ title: 'NODE' }, { title: 'STATE' }], rows, look)}`;
}

/** Until `stop`; it also keeps the program alive while there is nothing to do. */
export function showGateway(
  io: CliIo,
  output: 'table' | 'json',
  status: () => GatewayStatus,
): { readonly stop: () => void } {
  const view = new LiveView(io);
  const isLive = io.isTerminal && output === 'table';
  let shown = '';
  let shownAtMs = -Infinity;
  const show = (): void => {
    const now = status();
    if (isLive) {
      view.show(gatewayTable(now, { columns: tableColumns(io), paint: paintFor(io) }));
      return;
    }
    const nowMs = Date.now();
    const { problem, sessionId, nodes } = now;
    // Counts and revisions move all the time: none of that is news.
    const news = JSON.stringify({ problem: problem.replace(/\d+/g, '#'), sessionId, nodes });
    if (news === shown && nowMs - shownAtMs < ALL_EVERY_MS) return;
    shown = news;
    shownAtMs = nowMs;
    io.stdout(`${JSON.stringify({ time: new Date(nowMs).toISOString(), kind: 'gateway', ...now })}\n`);
  };
  const timer = setInterval(show, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      show();
    },
  };
}
