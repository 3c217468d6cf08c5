/**
 * How the helper for Parseable looks while it runs: one table, rewritten each second, on a terminal; elsewhere one
 * JSON object a line for each node that has changed, and for all of them once a minute.
 */
import type { ComparisonStatus, NodeStatus, SyncStatus } from '../../parseable/status.js';
import { formatDuration } from '../duration.js';
import { tableColumns, type CliIo } from '../io.js';
import { LiveView } from '../live.js';
import { count, qualifiedName, time } from '../render.js';
import { paintFor } from '../style.js';
import { renderFields, renderTable, type Column, type TableLook } from '../table.js';

const EVERY_MS = 1_000;
const ALL_EVERY_MS = 60_000;

const COLUMNS: readonly Column[] = [
  { title: 'NODE' },
  { title: 'KIND' },
  { title: 'STATE' },
  { title: 'SESSION' },
  { title: 'PENDING', align: 'right' },
  { title: 'SETTLING', align: 'right' },
  { title: 'TAKEN UP', align: 'right' },
  { title: 'DRAINED', align: 'right' },
  { title: 'LAST ACK' },
  { title: 'NEXT TRY' },
  { title: 'ERROR' },
];

export function syncTable(status: SyncStatus, nowMs: number, look: TableLook = {}): string {
  const fields: [string, string][] = [
    [
      'catalog',
      status.catalogError === ''
        ? `revision ${status.revision ?? '-'}`
        : `not followed: ${status.catalogError}`,
    ],
  ];
  if (status.discoveryError !== '') fields.push(['discovery', status.discoveryError]);
  const heldAgain = status.nodes.reduce((sum, node) => sum + node.heldAgainTotal, 0);
  const missed = status.nodes.reduce((sum, node) => sum + node.missedTotal, 0);
  if (heldAgain > 0) fields.push(['held again', `${count(heldAgain)}: somebody sends to deleted streams`]);
  if (missed > 0)
    fields.push([
      'missed',
      `${count(missed)}: streams that a query node was not asked about in time; stale ones are looked for`,
    ]);
  if (status.comparison !== undefined) fields.push(...comparisonFields(status.comparison));
  return `${renderFields(fields)}\n${renderTable(
    COLUMNS,
    status.nodes.map((node) => nodeRow(node, nowMs)),
    look,
  )}`;
}

/** Only what somebody may want to know: a deployment that agrees with the catalog gets no line. */
function comparisonFields(comparison: ComparisonStatus): [string, string][] {
  const fields: [string, string][] = [];
  const { problem, heldBack, adoptedTotal, followedTotal, newCount, newStreams } = comparison;
  const { missingCount, missingStreams, adoptNew, followDeletes } = comparison;
  if (problem !== '' && comparison.lastLookTimeMs !== undefined) fields.push(['not compared', problem]);
  if (adoptedTotal > 0) fields.push(['adopted', `${count(adoptedTotal)} that Parseable created by itself`]);
  if (newCount > 0) {
    const tail = adoptNew ? '' : `; 'sexton adopt' or --adopt-new on brings them into the catalog`;
    fields.push(['not in catalog', `${count(newCount)}: ${namesOf(newStreams)}${tail}`]);
  }
  if (followedTotal > 0)
    fields.push([
      'followed',
      `${count(followedTotal)} that Parseable deleted by itself, deleted in the catalog`,
    ]);
  if (missingCount > 0) {
    const tail = followDeletes ? '' : `; 'sexton stream delete' or --follow-deletes removes what is left`;
    fields.push(['missing', `${count(missingCount)}: ${namesOf(missingStreams)}${tail}`]);
  }
  if (missingCount > 0 && followDeletes && heldBack !== '' && heldBack !== problem)
    fields.push(['held back', heldBack]);
  return fields;
}

/** The table is for a glance: `-o json` has up to twenty, and each with its reason. */
const NAMES_SHOWN_MAX = 3;

function namesOf(streams: ComparisonStatus['newStreams'] | ComparisonStatus['missingStreams']): string {
  const texts = streams.slice(0, NAMES_SHOWN_MAX).map((stream) => {
    const since = `since ${time(stream.sinceTimeMs)}`;
    return `${qualifiedName(stream)} (${stream.problem === '' ? since : `${since}; ${stream.problem}`})`;
  });
  return `${texts.join(', ')}${streams.length > NAMES_SHOWN_MAX ? ', ...' : ''}`;
}

function nodeRow(node: NodeStatus, nowMs: number): string[] {
  const { nextTryTimeMs } = node;
  return [
    node.node,
    node.kind,
    node.state,
    node.session === 'NONE' ? '-' : node.session,
    count(node.pending),
    count(node.settling),
    count(node.takenUp),
    node.session === 'NONE' || node.drainedRevision === 0 ? '-' : String(node.drainedRevision),
    time(node.lastAcknowledgedTimeMs),
    nextTryTimeMs === undefined || nextTryTimeMs <= nowMs
      ? '-'
      : `in ${formatDuration(nextTryTimeMs - nowMs)}`,
    node.lastError,
  ];
}

/** Until `stop`; it also keeps the program alive while there is nothing to do. */
export function showSync(
  io: CliIo,
  output: 'table' | 'json',
  status: () => SyncStatus,
): { readonly stop: () => void } {
  const lines = new StatusLines();
  const view = new LiveView(io);
  const isLive = io.isTerminal && output === 'table';
  const show = (): void => {
    const nowMs = Date.now();
    if (isLive) view.show(syncTable(status(), nowMs, { columns: tableColumns(io), paint: paintFor(io) }));
    else io.stdout(lines.next(status(), nowMs));
  };
  const timer = setInterval(show, EVERY_MS);
  return {
    stop: () => {
      clearInterval(timer);
      show();
    },
  };
}

/** What is worth a line: everything at first and once a minute, else what has changed. */
export class StatusLines {
  readonly #shown = new Map<string, string>();
  #allAtMs = -Infinity;

  next(status: SyncStatus, nowMs: number): string {
    const all = nowMs - this.#allAtMs >= ALL_EVERY_MS;
    if (all) this.#allAtMs = nowMs;
    const { nodes, revision, comparison, ...errors } = status;
    const stamp = new Date(nowMs).toISOString();
    let text = this.#line(
      'catalog',
      JSON.stringify(errors),
      { time: stamp, kind: 'catalog', revision, ...errors },
      all,
    );
    if (comparison !== undefined) {
      const { lastLookTimeMs: _last, ...news } = comparison;
      text += this.#line(
        'comparison',
        JSON.stringify(news),
        { time: stamp, kind: 'comparison', ...comparison },
        all,
      );
    }
    for (const { kind, ...node } of nodes) {
      // Revisions move and times pass by themselves: neither is news.
      const {
        drainedRevision: _revision,
        nextTryTimeMs: _next,
        lastAcknowledgedTimeMs: _last,
        ...news
      } = node;
      text += this.#line(
        node.node,
        JSON.stringify(news),
        { time: stamp, kind: 'node', nodeKind: kind, ...node },
        all,
      );
    }
    return text;
  }

  #line(key: string, news: string, record: object, always: boolean): string {
    if (!always && this.#shown.get(key) === news) return '';
    this.#shown.set(key, news);
    return `${JSON.stringify(record)}\n`;
  }
}
