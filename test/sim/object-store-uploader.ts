/**
 * The uploads of a simulated ingest node. Each has an expiry that the bucket enforces: nothing of it
 * appears later than that, however late it lands. A multipart upload is abandoned by leaving it alone.
 */
import type { UploadInfo } from '../../src/objectstore/object-store.js';
import type { SimulatedBucket } from './object-store.js';
import { failure } from './object-store-wire.js';
import type { Caller } from './object-store-wire.js';

export interface UploadOptions {
  readonly signal?: AbortSignal;
  /** True time from the call on. Default 60,000. Infinity: the bucket takes it whenever it lands. */
  readonly expiresInMs?: number;
  /** How long the body is on its way. Default 0. */
  readonly takesMs?: number;
}

export interface Uploader {
  /** Rejects with the signal's reason, or an ObjectStoreError; only EXPIRED and refusals say that nothing was stored. */
  put(key: string, body: Uint8Array, options?: UploadOptions): Promise<void>;
  startMultipart(key: string, options?: UploadOptions): Promise<UploadInfo>;
  /** INVALID (NoSuchUpload) when it was aborted meanwhile. */
  completeMultipart(upload: UploadInfo, body: Uint8Array, options?: UploadOptions): Promise<void>;
}

const EXPIRES_IN_MS = 60_000;

export class BucketUploader implements Uploader {
  readonly #bucket: SimulatedBucket;
  readonly #caller: Caller;

  constructor(bucket: SimulatedBucket, caller: Caller) {
    this.#bucket = bucket;
    this.#caller = caller;
  }

  put(key: string, body: Uint8Array, options: UploadOptions = {}): Promise<void> {
    return this.#bucket.upload(this.#caller, { kind: 'put', key, body, ...this.#bounded(options) });
  }

  startMultipart(key: string, options: UploadOptions = {}): Promise<UploadInfo> {
    const { expiresMs } = this.#bounded(options);
    return this.#bucket.wire.call({
      caller: this.#caller,
      signal: options.signal,
      doing: `starting an upload of ${key}`,
      isMutation: true,
      serve: () => {
        if (this.#bucket.nowMs >= expiresMs)
          throw failure('EXPIRED', 'AccessDenied', `starting an upload of ${key}: the request has expired`);
        const { uploadId, initiatedMs } = this.#bucket.beginUpload(key);
        return { key, uploadId, initiatedMs };
      },
    });
  }

  completeMultipart(upload: UploadInfo, body: Uint8Array, options: UploadOptions = {}): Promise<void> {
    const { key, uploadId } = upload;
    return this.#bucket.upload(this.#caller, {
      kind: 'multipart',
      key,
      body,
      uploadId,
      ...this.#bounded(options),
    });
  }

  #bounded({ signal, expiresInMs = EXPIRES_IN_MS, takesMs = 0 }: UploadOptions): {
    signal?: AbortSignal;
    expiresMs: number;
    takesMs: number;
  } {
    const expiresMs = this.#bucket.nowMs + expiresInMs;
    return signal === undefined ? { expiresMs, takesMs } : { signal, expiresMs, takesMs };
  }
}
