/**
 * P12: does the metadata that lies below the prefix of a deleted stream belong to that life, or has its writer begun
 * another one behind the catalog? The one judgement of purges, sweeps, audits and adoptions. Pure.
 *
 * Parseable makes a stream anew for any event that comes for a name that it does not know, under the same prefix. What
 * tells the two lives apart is the time at which each says that it was made. That time is by the clock of the writer and the
 * tombstone's by the clock of a leader: within {@link SKEW_MS} of each other they prove nothing, and nothing is deleted
 * by a guess. One case can still be decided. A life can follow the deleted one below its prefix only
 * once the metadata of that one is gone, which nobody deletes before the purge begins. Where that was long after the
 * tombstone, metadata that says it is no younger than the tombstone is of the deleted life, however short that was.
 */
import type { StreamMetadata } from './stream-metadata.js';

/** How far the clocks of a writer and of the cluster's leader may be apart. */
export const SKEW_MS = 5_000;

/** One `stream.json` below the prefix. */
export interface MetadataFile {
  readonly key: string;
  /** Undefined: it cannot be read, or says no time. */
  readonly metadata: StreamMetadata | undefined;
}

export interface Tombstone {
  /** When the life was marked deleted, by the cluster's clock. */
  readonly deletedMs: number;
  /** When its purge was let begin, by the same clock; 0: it has not been, or nobody noted it. */
  readonly purgeBeganMs: number;
  /** When its prefix was proved empty; undefined: it has not been yet. */
  readonly purgedMs: number | undefined;
}

export type Life =
  /** No metadata: whatever lies there is not a stream to its writer. */
  | { readonly kind: 'none' }
  /** All of it is of the deleted life. */
  | { readonly kind: 'dead' }
  /** Some of it is of a life that began after the tombstone. `createdMs`: of the oldest such file, by its writer's clock. */
  | { readonly kind: 'reborn'; readonly createdMs: number; readonly key: string }
  | { readonly kind: 'unclear'; readonly why: string };

/** A new life outweighs everything: one file of it is enough. */
export function lifeOfMetadata(files: readonly MetadataFile[], tombstone: Tombstone): Life {
  if (files.length === 0) return { kind: 'none' };
  let reborn: Extract<Life, { kind: 'reborn' }> | undefined;
  let why = '';
  for (const file of files) {
    const verdict = judge(file, tombstone);
    if (verdict.kind === 'reborn' && (reborn === undefined || verdict.createdMs < reborn.createdMs))
      reborn = verdict;
    if (verdict.kind === 'unclear' && why === '') why = verdict.why;
  }
  if (reborn !== undefined) return reborn;
  return why === '' ? { kind: 'dead' } : { kind: 'unclear', why };
}

function judge({ key, metadata }: MetadataFile, tombstone: Tombstone): Life {
  const { deletedMs, purgeBeganMs, purgedMs } = tombstone;
  const named = JSON.stringify(key);
  if (metadata === undefined)
    return { kind: 'unclear', why: `${named} says no time of creation that can be read` };
  const { createdMs, firstEventMs } = metadata;
  if (createdMs > deletedMs + SKEW_MS) return { kind: 'reborn', createdMs, key };
  // Its first event came when nothing of the deleted life was left: somebody uses what a stale node has written.
  if (purgedMs !== undefined && firstEventMs !== undefined && firstEventMs > purgedMs + SKEW_MS)
    return { kind: 'reborn', createdMs: firstEventMs, key };
  if (createdMs < deletedMs - SKEW_MS) return { kind: 'dead' };
  if (createdMs <= deletedMs && purgeBeganMs >= deletedMs + 2 * SKEW_MS) return { kind: 'dead' };
  const created = new Date(createdMs).toISOString();
  const deleted = new Date(deletedMs).toISOString();
  const why = `${named} was created at ${created}, and the stream deleted at ${deleted}: the clocks may differ by as much`;
  return { kind: 'unclear', why };
}
