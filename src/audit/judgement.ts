/**
 * From what lies under a prefix and who owns it to what is said about it. Pure.
 *
 * Accusing is the exception: whatever the catalog is in charge of, a complete stream, and everything that is not
 * log data is nobody's leftover, however old.
 */
import { prefixViolations } from '../catalog/names.js';
import type { Life } from '../bucket-layout/life-of-metadata.js';
import type { StreamRecord } from '../catalog/types.js';
import { isInternalStream } from '../shared/parseable-internal.js';
import type { PrefixView } from './catalog-port.js';
import type { Contents } from './contents.js';
import { LEFTOVER_KINDS, type Finding, type FindingKind, type Totals } from './findings.js';
import { incarnationOf, lastSegment, nameOfPrefix } from './layout.js';

/** The store's clock, and the bounds that are measured by it. */
export interface Ages {
  /** Now, as the store has it. */
  readonly storeNowMs: number;
  /** Store's clock minus ours. */
  readonly clockOffsetMs: number;
  /** What the offset may be wrong by. */
  readonly clockErrorMs: number;
  readonly minimumAgeMs: number;
}

/** Times of objects have a resolution of a second, and clocks that agree still differ a little. */
const LATE_MARGIN_MS = 2_000;

/** From when on, by the store's clock, an object was certainly written after the stream's tombstone. */
export function lateAfterMs(stream: StreamRecord, { clockOffsetMs, clockErrorMs }: Ages): number {
  return stream.deleteTimeMs + clockOffsetMs + clockErrorMs + LATE_MARGIN_MS;
}

export function isTooYoung(newestMs: number, { storeNowMs, minimumAgeMs }: Ages): boolean {
  return newestMs > storeNowMs - minimumAgeMs;
}

export function isLive(stream: StreamRecord | undefined): stream is StreamRecord {
  return stream !== undefined && stream.state !== 'PURGED';
}

/**
 * A prefix of the default layout that no stream owns and none ever will: its incarnation is a log index of the
 * past. Whether a stream of this cluster owned it is another question, which the contents or the catalog answer.
 */
export function isPastIncarnation(prefix: string, view: PrefixView): boolean {
  if (isLive(view.owner) || prefix.indexOf('/') === prefix.length - 1) return false;
  const incarnation = incarnationOf(lastSegment(prefix));
  return incarnation !== undefined && incarnation <= view.revision && nameOfPrefix(prefix) !== undefined;
}

/**
 * '' or why residue by its looks may be alive: it names a life that this catalog has not come to, as the newest
 * streams do after an older backup was restored.
 */
export function futureNote(prefix: string, view: PrefixView): string {
  const incarnation = incarnationOf(lastSegment(prefix)) ?? 0;
  const isDefault = prefix.indexOf('/') < prefix.length - 1 && nameOfPrefix(prefix) !== undefined;
  return isDefault && incarnation > view.revision
    ? `it names incarnation ${incarnation}, and the catalog has come to ${view.revision} only: was a backup restored?`
    : '';
}

export type Nature = 'NOTHING' | 'COMPLETE_STREAM' | 'FORMER_LIFE' | 'RESIDUE' | 'FOREIGN';

/**
 * What a prefix without a live owner is. `contents` has seen all of it, or for a complete stream its metadata.
 * `nameIsKnown`: the catalog has a life of the name that the default layout gives to the prefix. `life`: whose the metadata
 * is that lies below the prefix of a purged stream.
 */
export function natureOf(
  contents: Contents,
  view: PrefixView,
  facts: { readonly isParseable: boolean; readonly nameIsKnown: boolean; readonly life: Life | undefined },
): Nature {
  const { owner } = view;
  // A writer that shares one prefix among lives may have begun a new one, and `tenant/12/` may be a tenant's stream called
  // 12. So a complete stream is dead only below a prefix that is never used twice, or by what its metadata says (P12).
  const isDead = owner?.prefixReusable === false || facts.life?.kind === 'dead';
  if (contents.hasStreamJson && !isDead) return 'COMPLETE_STREAM';
  if (contents.everything.isEmpty) return 'NOTHING';
  if (owner !== undefined) return 'FORMER_LIFE';
  const hasLogData = !contents.layout.isEmpty && (facts.isParseable || contents.hasCertainData);
  if (isPastIncarnation(contents.prefix, view) && (facts.nameIsKnown || hasLogData)) return 'FORMER_LIFE';
  return hasLogData && nameOfPrefix(contents.prefix) !== undefined ? 'RESIDUE' : 'FOREIGN';
}

/** Why AdoptStream would not take a prefix as it is, whatever it holds; '' = it would. */
export function ownershipObstacle(
  prefix: string,
  view: PrefixView,
  current: StreamRecord | undefined,
  nowMs: number,
): string {
  const violation = prefixViolations(prefix)[0];
  if (violation !== undefined) return `the prefix ${violation.description}`;
  if (isLive(view.above)) return `it lies inside the prefix of '${view.above.name}'`;
  if (view.ownedBelow > 0) return 'live streams own prefixes below it';
  if (view.fencedUntilMs > nowMs)
    return `it can be owned again from ${new Date(view.fencedUntilMs).toISOString()}`;
  if (current?.state === 'ACTIVE')
    return `the name has an ACTIVE stream, incarnation ${current.incarnation}; adopt it under another name`;
  return '';
}

/** What a purge of the prefix would take along that is no log data; '' = nothing. */
export function mixedNote(contents: Contents): string {
  if (contents.hiddenKey !== '')
    return `it holds ${JSON.stringify(contents.hiddenKey)}, which is never touched`;
  const key = contents.other.totals().sampleKeys[0];
  return key === undefined ? '' : `it also holds what is no log data, such as ${JSON.stringify(key)}`;
}

export function internalNote(name: string): string {
  return isInternalStream(name) ? 'one of the streams that Parseable keeps for itself' : '';
}

/** A finding about a prefix, with the names that the prefix or its stream suggest. */
export function finding(
  kind: FindingKind,
  prefix: string,
  totals: Totals,
  ages: Ages,
  more: { readonly stream?: StreamRecord | undefined; readonly obstacle: string; readonly note?: string },
): Finding {
  const { stream, obstacle, note = '' } = more;
  const { tenant, name } = stream ?? nameOfPrefix(prefix) ?? { tenant: '', name: '' };
  const tooYoung = kind !== 'USAGE' && totals.newestMadeMs > 0 && isTooYoung(totals.newestMadeMs, ages);
  // A young one cannot be adopted as deleted; as alive it can.
  const adoptable = obstacle === '' && (kind === 'UNKNOWN_STREAM' || !tooYoung);
  const text = [note, obstacle].filter((part) => part !== '').join('; ');
  const leftover = LEFTOVER_KINDS.has(kind) && !(kind === 'LATE_OBJECTS' && waitsForPurge(stream));
  return { kind, prefix, tenant, name, stream, ...totals, tooYoung, adoptable, leftover, note: text };
}

/** Its objects may all still come back by an undelete, or its purge has not listed them yet: nothing is left over. */
export function waitsForPurge(stream: StreamRecord | undefined): boolean {
  return stream !== undefined && !PURGE_HAS_BEGUN.has(stream.purge.phase) && stream.state !== 'PURGED';
}

const PURGE_HAS_BEGUN: ReadonlySet<StreamRecord['purge']['phase']> = new Set([
  'RUNNING',
  'RETRYING',
  'BLOCKED',
]);
