/**
 * Streams that are ACTIVE in the catalog under the prefix that Parseable gives their name, and that Parseable does not
 * have: no `stream.json` lies in the bucket. Parseable's own API has deleted them, or they were never created there.
 * Found from the side of the catalog, since nothing at all may be left of them in the bucket. What is left is never a
 * leftover: the catalog has the stream, and deleting it there removes the rest.
 */
import type { StreamRecord } from '../catalog/types.js';
import { prefixOfParseableStream } from '../shared/parseable-prefix.js';
import { forEach } from './bounded.js';
import type { AuditCatalog } from './catalog-port.js';
import { Contents, FOLDERS_AT_ONCE } from './contents.js';
import type { Finding } from './findings.js';
import { finding, type Ages } from './judgement.js';
import { ListingFailed, type Lister } from './lister.js';

export interface MissingMetadataDeps {
  readonly lister: Lister;
  readonly catalog: AuditCatalog;
  readonly ages: () => Ages;
  /** By the clock of the streams' own times. */
  readonly nowMs: () => number;
  readonly put: (finding: Finding) => Promise<void>;
  readonly incomplete: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Only for a bucket that a Parseable deployment uses. Throws bugs, SextonError and the signal's reason. */
export async function auditMetadata(deps: MissingMetadataDeps, prefix: string): Promise<void> {
  const { catalog, signal } = deps;
  await forEach(catalog.activeStreams(signal), FOLDERS_AT_ONCE, async (stream) => {
    if (stream.prefix.startsWith(prefix) && mayBeAccused(stream, deps)) await look(deps, stream);
  });
}

/** Whoever creates a stream in the catalog creates it in Parseable a moment later. */
function mayBeAccused(stream: StreamRecord, { ages, nowMs }: MissingMetadataDeps): boolean {
  const { tenant, name, createTimeMs } = stream;
  if (stream.prefix !== prefixOfParseableStream(tenant, name)) return false;
  return createTimeMs <= nowMs() - ages().minimumAgeMs;
}

async function look(deps: MissingMetadataDeps, stream: StreamRecord): Promise<void> {
  const { lister, catalog, ages, put, incomplete, signal } = deps;
  const contents = new Contents(stream.prefix);
  try {
    await contents.noteStreamJson(lister);
    if (contents.hasStreamJson) return;
    await contents.addAll(lister);
  } catch (error) {
    if (!(error instanceof ListingFailed)) throw error;
    incomplete(error.message);
    return;
  }
  // Created while it was listed, or deleted in the catalog since its page was read: all is well.
  if (contents.hasStreamJson) return;
  const { owner } = await catalog.lookUp(stream.prefix, signal);
  if (owner?.incarnation !== stream.incarnation || owner.state !== 'ACTIVE') return;
  const note = "deleted by Parseable's own API, or never created there";
  const obstacle = 'the catalog has it; delete the stream there to have the rest removed';
  const totals = contents.everything.totals();
  await put(finding('MISSING_METADATA', stream.prefix, totals, ages(), { stream: owner, obstacle, note }));
}
