/**
 * Unfinished multipart uploads: parts that no listing of objects shows and the store bills. One listing over the
 * bucket, added up by the prefix that each belongs to. Uploads of streams that are DELETED or PURGING are left
 * out: their purge removes them. So are those of prefixes that nobody knows: no log data, nothing to accuse.
 */
import type { StreamRecord } from '../catalog/types.js';
import type { AuditCatalog } from './catalog-port.js';
import type { Finding } from './findings.js';
import { finding, isLive, isTooYoung, type Ages } from './judgement.js';
import { isHidden, nameOfPrefix, ownerByLooks } from './layout.js';
import { ListingFailed, type Lister } from './lister.js';
import { Tally } from './tally.js';

/** Prefixes added up at the same time. Listings are in the order of keys, so that one would do. */
const PREFIXES_IN_HAND = 64;

export interface UploadsDeps {
  readonly lister: Lister;
  readonly catalog: AuditCatalog;
  readonly ages: () => Ages;
  readonly put: (finding: Finding) => Promise<void>;
  readonly incomplete: (reason: string) => void;
  readonly signal: AbortSignal;
}

interface Group {
  readonly prefix: string;
  readonly stream: StreamRecord | undefined;
  /** Whatever lies below the prefix is of this group: a live stream owns it (C1), or nobody owns anything below. */
  readonly isWhole: boolean;
  readonly old: Tally;
  readonly young: Tally;
}

/** Throws bugs, SextonError and the signal's reason; a listing that fails makes the audit incomplete. */
export async function auditUploads(deps: UploadsDeps, prefix: string): Promise<void> {
  const { lister, ages, incomplete } = deps;
  const groups = new Map<string, Group>();
  try {
    for await (const uploads of lister.uploads(prefix)) {
      for (const { key, initiatedMs } of uploads) {
        const group = await groupOf(deps, groups, key);
        if (group === undefined) continue;
        const tally = isTooYoung(initiatedMs, ages()) ? group.young : group.old;
        tally.add({ key, sizeBytes: 0, lastModifiedMs: initiatedMs });
      }
    }
  } catch (error) {
    if (!(error instanceof ListingFailed)) throw error;
    // What is in hand was listed in part.
    incomplete(`unfinished uploads: ${error.message}`);
    return;
  }
  for (const group of groups.values()) await report(deps, group);
}

async function groupOf(
  deps: UploadsDeps,
  groups: Map<string, Group>,
  key: string,
): Promise<Group | undefined> {
  if (isHidden(key)) return undefined;
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  if (folder === '') return undefined;
  for (const group of groups.values()) if (group.isWhole && key.startsWith(group.prefix)) return group;
  const view = await deps.catalog.lookUp(folder, deps.signal);
  const stream = [view.owner, view.above].find((owner) => isLive(owner)) ?? view.owner ?? view.above;
  const prefix = stream?.prefix ?? ownerByLooks(key)?.prefix;
  if (prefix === undefined) return undefined;
  const known = groups.get(prefix);
  if (known !== undefined) return known;
  const isWhole = isLive(stream) || !(await deps.catalog.lookUp(prefix, deps.signal)).anyBelow;
  const group = { prefix, stream, isWhole, old: new Tally(), young: new Tally() };
  if (groups.size >= PREFIXES_IN_HAND) {
    for (const [oldest, done] of groups) {
      groups.delete(oldest);
      await report(deps, done);
      break;
    }
  }
  groups.set(prefix, group);
  return group;
}

async function report(deps: UploadsDeps, { prefix, stream, isWhole, old, young }: Group): Promise<void> {
  const { ages, put, catalog, incomplete, signal } = deps;
  if (stream?.state === 'DELETED' || stream?.state === 'PURGING') return;
  if (!isLive(stream)) {
    const now = await catalog.lookUp(prefix, signal);
    if (isLive(now.owner) || isLive(now.above) || (isWhole && now.anyBelow)) {
      incomplete(`unfinished uploads below ${prefix}: its streams changed while they were listed`);
      return;
    }
  }
  const unowned = isLive(stream) ? 'the catalog has it' : await unownedObstacle(deps, prefix);
  for (const tally of [old, young]) {
    if (!tally.isEmpty)
      await put(finding('UNFINISHED_UPLOAD', prefix, tally.totals(), ages(), { stream, obstacle: unowned }));
  }
}

/** Where nothing else lies, adopting the prefix as deleted is the way to have its uploads aborted. */
async function unownedObstacle({ lister }: UploadsDeps, prefix: string): Promise<string> {
  if (nameOfPrefix(prefix) === undefined) return 'its name is none that a stream can have; say which';
  try {
    return (await lister.peek(prefix, 1)).length === 0 ? '' : 'see what else is said about the prefix';
  } catch (error) {
    if (error instanceof ListingFailed) return 'its objects could not be listed';
    throw error;
  }
}
