/** What a query would find of a stream: the events of the parquet files that the manifests list that a stream.json names. */
import type { SimulatedBucket } from '../object-store.js';
import {
  decodeManifest,
  decodeParquet,
  decodeStreamJson,
  isParquet,
  isStreamJson,
  metadataPrefix,
  prefixOf,
} from './layout.js';

export interface FoundEvents {
  readonly visible: ReadonlySet<number>;
  /** In the bucket, listed or not. */
  readonly stored: ReadonlySet<number>;
  /** created-at of every stream.json. */
  readonly lives: ReadonlySet<string>;
}

export function findEvents(bucket: SimulatedBucket, name: string): FoundEvents {
  const bodyOf = (key: string): Uint8Array | undefined => bucket.contents.current(key)?.body;
  const visible = new Set<number>();
  const lives = new Set<string>();
  for (const key of bucket.keys(metadataPrefix(name)).filter(isStreamJson)) {
    const { createdAt, manifests } = decodeStreamJson(bodyOf(key) ?? NOTHING);
    lives.add(createdAt);
    for (const { manifest_path: path } of manifests) {
      const manifest = bodyOf(path);
      if (manifest === undefined) continue;
      for (const file of decodeManifest(manifest).files) {
        const parquet = bodyOf(file.file_path);
        if (parquet !== undefined) for (const id of decodeParquet(parquet)) visible.add(id);
      }
    }
  }
  const stored = new Set<number>();
  for (const key of bucket.keys(prefixOf(name)).filter(isParquet))
    for (const id of decodeParquet(bodyOf(key) ?? NOTHING)) stored.add(id);
  return { visible, stored, lives };
}

const NOTHING = new Uint8Array(0);
