/**
 * Whether a prefix may be brought under the catalog, by a listing of its own: what an audit said yesterday is no
 * proof. As a live stream anything that exists may come; as a dead one only what is residue by the rules of the
 * audit, old enough, and not a single key that a purge must not take.
 *
 * `force` widens that to a complete stream and to what is no log data. It never makes a young prefix old, never
 * takes what lies inside a stream that some Parseable node can list, and never a dot folder.
 */
import { SextonError } from '../shared/errors.js';
import { agesAt, openLister, type AuditDeps } from './audit.js';
import { notReady, readBucketFacts } from './bucket-facts.js';
import { isUnchanged, type PrefixView } from './catalog-port.js';
import { Contents } from './contents.js';
import type { Totals } from './findings.js';
import { lifeBelow } from './life-below.js';
import { futureNote, isTooYoung, mixedNote, natureOf } from './judgement.js';
import { isHidden, nameOfPrefix } from './layout.js';
import { ListingFailed, type Lister } from './lister.js';

export interface AdoptionRequest {
  readonly prefix: string;
  readonly as: 'ACTIVE' | 'DELETED';
  readonly minimumAgeMs: number;
  readonly force: boolean;
}

const LOOKS_MAX = 3;

/**
 * What lies under the prefix. Rejects with PREFIX_EMPTY, PREFIX_TOO_YOUNG, PREFIX_NOT_RESIDUE, or
 * STORAGE_NOT_READY when the listing failed, the bucket is another cluster's, or the prefix does not come to rest.
 */
export async function inspectForAdoption(
  deps: AuditDeps,
  request: AdoptionRequest,
  signal: AbortSignal,
): Promise<Totals> {
  const { prefix } = request;
  refuseHidden(prefix);
  const { lister, capabilities } = await openLister(deps, signal);
  const { description } = deps.store;
  const { isParseable } = await readBucketFacts(lister, deps.clusterId, description);
  try {
    for (let looks = 1; looks <= LOOKS_MAX; looks++) {
      const before = await deps.catalog.lookUp(prefix, signal);
      await refuseInsideStream(lister, prefix);
      const contents = new Contents(prefix);
      await contents.addAll(lister);
      const newestUploadMs = await newestUpload(lister, prefix);
      const after = await deps.catalog.lookUp(prefix, signal);
      if (!isUnchanged(before, after)) continue;
      if (contents.everything.isEmpty && newestUploadMs === undefined)
        throw new SextonError('PREFIX_EMPTY', `nothing lies under '${prefix}' in ${description}`);
      if (request.as === 'DELETED') {
        const named = nameOfPrefix(prefix);
        const current = named && (await deps.catalog.current(named.tenant, named.name, signal));
        const nameIsKnown = current?.prefixReusable === false;
        const life = await lifeBelow(lister, contents, after.owner);
        refuseLiving(contents, after, request, { isParseable, nameIsKnown, life });
        const newestMs = Math.max(contents.everything.newestMadeMs, newestUploadMs ?? 0);
        const ages = agesAt(deps.clock, capabilities, request.minimumAgeMs);
        if (isTooYoung(newestMs, ages)) throw tooYoung(prefix, newestMs, request.minimumAgeMs);
      }
      return contents.everything.totals();
    }
  } catch (error) {
    if (error instanceof ListingFailed) throw notReady(description, error.message, error);
    throw error;
  }
  throw notReady(description, `the streams at '${prefix}' changed each time that it was listed; try again`);
}

function refuseHidden(prefix: string): void {
  if (prefix.split('/').some(isHidden))
    throw notResidue(`'${prefix}' is a dot folder or lies in one, which is never touched`, prefix);
}

/** A day of a live stream is not residue, however it is called. */
async function refuseInsideStream(lister: Lister, prefix: string): Promise<void> {
  for (let at = prefix.indexOf('/'); at < prefix.length - 1; at = prefix.indexOf('/', at + 1)) {
    const above = prefix.slice(0, at + 1);
    const contents = new Contents(above);
    await contents.noteStreamJson(lister);
    if (contents.hasStreamJson)
      throw notResidue(
        `'${prefix}' lies inside '${above}', which is a complete stream; adopt that one`,
        prefix,
      );
  }
}

function refuseLiving(
  contents: Contents,
  view: PrefixView,
  { prefix, force }: AdoptionRequest,
  facts: Parameters<typeof natureOf>[2],
): void {
  const nature = natureOf(contents, view, facts);
  const isFormerLife = nature === 'FORMER_LIFE';
  // Only a prefix that is never used twice holds nothing but what its one life left.
  if (isFormerLife && view.owner?.prefixReusable !== true) return;
  if (contents.hiddenKey !== '')
    throw notResidue(`'${prefix}': ${mixedNote(contents)}, not even by force`, prefix);
  if (isFormerLife || force) return;
  if (nature === 'COMPLETE_STREAM')
    throw notResidue(
      `'${prefix}' is a complete stream: '${contents.streamJsonKey}' is there. Delete it where it lives, or say force`,
      prefix,
    );
  const future = futureNote(prefix, view);
  if (future !== '') throw notResidue(`'${prefix}': ${future} Say force if it may be purged`, prefix);
  const mixed = mixedNote(contents);
  if (mixed !== '')
    throw notResidue(`'${prefix}': ${mixed}. A purge would take it along: say force if it may`, prefix);
  if (nature === 'FOREIGN') throw notResidue(`'${prefix}' holds nothing that is known as log data`, prefix);
}

async function newestUpload(lister: Lister, prefix: string): Promise<number | undefined> {
  let newestMs: number | undefined;
  for await (const uploads of lister.uploads(prefix))
    for (const { initiatedMs } of uploads) newestMs = Math.max(newestMs ?? 0, initiatedMs);
  return newestMs;
}

function notResidue(message: string, prefix: string): SextonError {
  return new SextonError('PREFIX_NOT_RESIDUE', message, { metadata: { prefix } });
}

function ageText(ms: number): string {
  const hours = ms / 3_600_000;
  return Number.isInteger(hours) ? `${hours} h` : `${ms / 1000} s`;
}

function tooYoung(prefix: string, newestMs: number, minimumAgeMs: number): SextonError {
  const at = new Date(newestMs).toISOString();
  const message = `the newest data of '${prefix}' is of ${at}, which is less than ${ageText(minimumAgeMs)} ago: an upload may be under way`;
  return new SextonError('PREFIX_TOO_YOUNG', message, { metadata: { prefix, newest_write_time: at } });
}
