/**
 * One stream's staged parquet files go to the bucket: each file, then the day's manifest that lists it, then the
 * node's stream.json that lists the manifest. Where that stream.json is gone, the file stays in the bucket unlisted and on
 * the disk, and is uploaded again much later.
 */
import {
  DAY,
  decodeManifest,
  decodeStreamJson,
  encodeManifest,
  encodeParquet,
  encodeStreamJson,
  manifestKey,
  parquetKey,
  streamJsonKey,
  type Manifest,
} from './layout.js';
import type { ProcessDeps } from './node-process.js';
import type { ParquetFile, Staging } from './staging.js';

export interface UploadCycleDeps extends ProcessDeps {
  readonly staging: Staging;
  /** In the names of its metadata; undefined: of one process that does everything. */
  readonly fileId: string | undefined;
  /** The stream is in the node's memory. */
  readonly isHeld: (name: string) => boolean;
}

export class UploadCycle {
  readonly #deps: UploadCycleDeps;
  /** Uploaded, and not known to be listed: left alone until then. */
  readonly #againAtMs = new Map<ParquetFile, number>();

  constructor(deps: UploadCycleDeps) {
    this.#deps = deps;
  }

  /** Rejects with ObjectStoreError; what it has not finished is for a later cycle. */
  async run(name: string): Promise<void> {
    const { bucket, clock, staging, times, note } = this.#deps;
    const endMs = clock.monotonicMs() + times.cycleMaxMs;
    const uploaded: ParquetFile[] = [];
    for (const file of staging.files(name)) {
      if (clock.monotonicMs() < (this.#againAtMs.get(file) ?? 0)) continue;
      if (clock.monotonicMs() > endMs) break;
      // The directory may have been emptied under the cycle's feet.
      if (!staging.has(name, file)) continue;
      note(() => `uploads ${parquetKey(name, file.name)}`);
      await bucket.put(parquetKey(name, file.name), encodeParquet(file.events.map(({ id }) => id)));
      this.#againAtMs.set(file, clock.monotonicMs() + times.orphanRetryMs);
      uploaded.push(file);
    }
    if (uploaded.length === 0) return;
    if (!(await this.#list(name, uploaded, endMs))) {
      note(() => `cannot list what it uploaded of ${name}`);
      return;
    }
    for (const file of uploaded) {
      this.#againAtMs.delete(file);
      staging.remove(name, file);
    }
  }

  /** False: there is no stream.json to list it in, or time is over. */
  async #list(name: string, uploaded: readonly ParquetFile[], endMs: number): Promise<boolean> {
    const { bucket, clock, fileId, isHeld } = this.#deps;
    const isLate = (): boolean => clock.monotonicMs() > endMs;
    const metadataKey = streamJsonKey(name, fileId);
    const body = await bucket.get(metadataKey);
    if (body === undefined || isLate()) return false;
    const metadata = decodeStreamJson(body);
    const path = manifestKey(name, fileId);
    const isListed = metadata.manifests.some(({ manifest_path: each }) => each === path);
    const known = isListed ? await bucket.get(path) : undefined;
    if (known === undefined && !isHeld(name)) return false;
    if (isLate()) return false;
    const manifest = withFiles(known === undefined ? { files: [] } : decodeManifest(known), name, uploaded);
    await bucket.put(path, encodeManifest(manifest));
    if (isLate()) return false;
    const item = { manifest_path: path, time_lower_bound: `${DAY}T00:00:00Z` };
    const manifests = isListed ? metadata.manifests : [...metadata.manifests, item];
    await bucket.put(metadataKey, encodeStreamJson({ ...metadata, manifests }));
    return true;
  }
}

function withFiles({ files }: Manifest, name: string, uploaded: readonly ParquetFile[]): Manifest {
  const added = uploaded.map((file) => ({
    file_path: parquetKey(name, file.name),
    num_rows: file.events.length,
  }));
  const replaced = new Set(added.map(({ file_path: path }) => path));
  return { files: [...files.filter(({ file_path: path }) => !replaced.has(path)), ...added] };
}
