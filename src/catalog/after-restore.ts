/**
 * P10: a catalog that comes from a backup does not purge before an operator has looked at it. A stream that was
 * undeleted after the backup is DELETED in it, with its grace period over perhaps: the restored cluster would delete
 * what lives.
 *
 * Whoever puts a backup's catalog in place writes this in the same batch, on every member alike: then there is no
 * moment at which a leader could lead without the pause, which a command proposed after the start could not promise.
 * It ends as every pause of the cluster does, by `setPurgePaused`.
 */
import { META_KEY } from './keys.js';
import { readMeta } from './queries.js';
import { encodeMeta, encodeMetaBody } from './record-codec.js';
import type { CatalogReader, CatalogWrite } from './types.js';

/** `restored`: the catalog as the backup holds it. Twice is the same as once. */
export function pauseAfterRestore(restored: CatalogReader): readonly CatalogWrite[] {
  const meta = readMeta(restored);
  const body = encodeMetaBody({ ...meta, purgesPaused: true, pausedByRestore: true });
  // The digest of what was applied stays: it is compared between members that all begin from here (S7).
  return [{ key: META_KEY, value: encodeMeta(body, meta.digest) }];
}
