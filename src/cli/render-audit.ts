/** How findings, their summary and adoptions look on a terminal. */
import type { AdoptAnswer, AuditFinding, AuditHeader, AuditProgress, AuditSummary } from '../client/index.js';
import { formatDuration } from './duration.js';
import { bytes, count, qualifiedName, time } from './render.js';
import { printable, renderFields, type Column } from './table.js';

export const FINDING_COLUMNS: readonly Column[] = [
  { title: 'FINDING' },
  { title: 'PREFIX' },
  { title: 'OBJECTS', align: 'right' },
  { title: 'BYTES', align: 'right' },
  { title: 'OLDEST WRITE' },
  { title: 'NEWEST WRITE' },
  { title: 'WRITERS' },
  { title: 'NOTE' },
];

/** Kinds whose objects are looked at and not counted. */
const UNCOUNTED = new Set(['UNKNOWN_STREAM', 'FOREIGN', 'GONE_NODE_METADATA']);
const WRITERS_SHOWN = 3;

export function findingRow(finding: AuditFinding): string[] {
  const isCounted = finding.objectCount > 0 || !UNCOUNTED.has(finding.finding);
  const notes = [finding.tooYoung ? 'young' : '', finding.adoptable ? 'adoptable' : '', finding.note];
  return [
    finding.finding,
    finding.prefix,
    isCounted ? count(finding.objectCount) : '-',
    isCounted && finding.finding !== 'UNFINISHED_UPLOAD' ? bytes(finding.byteCount) : '-',
    time(finding.oldestWriteTimeMs),
    time(finding.newestWriteTimeMs),
    writers(finding.writerNodeIds),
    notes.filter((note) => note !== '').join('; '),
  ];
}

function writers(nodeIds: readonly string[]): string {
  const shown = nodeIds.slice(0, WRITERS_SHOWN).join(',');
  const more = nodeIds.length - WRITERS_SHOWN;
  return shown === '' ? '-' : more > 0 ? `${shown} +${more}` : shown;
}

export function headerText({ description, revision, parseableDeploymentId, note }: AuditHeader): string {
  const deployment = parseableDeploymentId === '' ? '' : `, Parseable deployment ${parseableDeploymentId}`;
  const odd = note === '' ? '' : `${printable(note)}\n`;
  return `${printable(description)}${printable(deployment)}, compared with revision ${revision}\n${odd}\n`;
}

export function summaryText(summary: AuditSummary): string {
  return `\n${renderFields([
    ['complete', summary.complete ? 'yes' : `NO: ${summary.incompleteReason}`],
    ['findings', count(summary.findingCount)],
    ['leftovers', `${count(summary.leftoverObjects)} objects, ${bytes(summary.leftoverBytes)}`],
    ['listed', `${count(summary.objectsListed)} objects, ${bytes(summary.bytesListed)}`],
    ['took', formatDuration(summary.elapsedMs)],
  ])}`;
}

/** One line, without an end. */
export function progressText(
  { objectsListed, requestsMade, lastKey }: AuditProgress,
  columns: number,
): string {
  const text = `${count(objectsListed)} objects listed, ${count(requestsMade)} requests  ${printable(lastKey)}`;
  return columns > 0 ? text.slice(0, columns - 1) : text;
}

/** Narrow enough for 80 columns: what all rows have in common is not a column. */
export function adoptionColumns(as: 'active' | 'deleted'): readonly Column[] {
  return [
    { title: 'STREAM' },
    { title: 'PREFIX' },
    { title: 'OBJECTS', align: 'right' },
    { title: 'BYTES', align: 'right' },
    { title: 'NEWEST WRITE' },
    ...(as === 'deleted' ? [{ title: 'PURGE AFTER' }] : []),
    { title: 'RESULT' },
  ];
}

/** In the order of {@link adoptionColumns}. */
export function adoptionRow(
  { stream, executed, objectCount, byteCount, newestWriteTimeMs }: AdoptAnswer,
  as: 'active' | 'deleted',
): string[] {
  return [
    qualifiedName(stream),
    stream.prefix,
    count(objectCount),
    bytes(byteCount),
    time(newestWriteTimeMs),
    ...(as === 'deleted' ? [time(stream.purgeAfterMs)] : []),
    executed ? `adopted, incarnation ${stream.incarnation}` : 'would be adopted',
  ];
}
