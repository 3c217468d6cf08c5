/**
 * P12, for the audit: whose the metadata below a purged prefix is. The judgement is the one that sweeps delete by
 * (`bucket-layout/life-of-metadata.ts`): what the audit calls a leftover a sweep removes, and what a sweep spares the audit
 * calls a stream.
 */
import { lifeOfMetadata, type Life, type MetadataFile } from '../bucket-layout/life-of-metadata.js';
import { parseStreamMetadata } from '../bucket-layout/stream-metadata.js';
import type { StreamRecord } from '../catalog/types.js';
import { forEach, onePage } from './bounded.js';
import type { Contents } from './contents.js';
import { ListingFailed, type Lister } from './lister.js';

const READS_AT_ONCE = 8;

/**
 * Undefined: the question does not arise, since no purged life has shared its prefix with a later one, or no metadata
 * lies there. An object that cannot be read makes it unclear.
 */
export async function lifeBelow(
  lister: Lister,
  contents: Contents,
  owner: StreamRecord | undefined,
): Promise<Life | undefined> {
  const isAsked = owner?.state === 'PURGED' && owner.prefixReusable && contents.hasStreamJson;
  if (!isAsked) return undefined;
  if (contents.hasMoreStreamJsons)
    return { kind: 'unclear', why: 'more nodes have metadata there than are read' };
  const files: MetadataFile[] = [];
  await forEach(onePage(contents.streamJsonKeys), READS_AT_ONCE, async (key) => {
    const file = await read(lister, key);
    if (file !== undefined) files.push(file);
  });
  return lifeOfMetadata(files, { deletedMs: owner.deleteTimeMs, purgedMs: owner.purgeTimeMs });
}

/** Undefined: it is gone since it was listed. */
async function read(lister: Lister, key: string): Promise<MetadataFile | undefined> {
  try {
    const bytes = await lister.get(key);
    return bytes === undefined ? undefined : { key, metadata: parseStreamMetadata(bytes) };
  } catch (error) {
    if (!(error instanceof ListingFailed)) throw error;
    return { key, metadata: undefined };
  }
}
