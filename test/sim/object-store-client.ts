/**
 * The port to a simulated bucket, for one process: what `s3-store.ts` is to a real one. Signs deletes by the time that the
 * bucket's answers tell (P11), with the production code for it, has a deadline for each request, and retries nothing.
 */
import type { Clock } from '../../src/shared/clock.js';
import {
  checkDeleteTargets,
  checkKey,
  checkObjectSize,
  deleteExpiryMs,
  pageKeys,
} from '../../src/objectstore/limits.js';
import type {
  CallOptions,
  Capabilities,
  DeleteOutcome,
  DeleteTarget,
  ListOptions,
  ObjectPage,
  ObjectStore,
  Page,
  PrepareDeleteOptions,
  PreparedDelete,
  UploadInfo,
  VersionInfo,
} from '../../src/objectstore/object-store.js';
import { StoreTime } from '../../src/objectstore/s3-store-time.js';
import type { SimulatedBucket } from './object-store.js';
import { failure } from './object-store-wire.js';
import type { Caller } from './object-store-wire.js';

export class BucketClient implements ObjectStore {
  readonly description = 'simulated bucket';
  readonly #bucket: SimulatedBucket;
  readonly #caller: Caller;
  readonly #clock: Clock;
  readonly #time: StoreTime;

  constructor(bucket: SimulatedBucket, caller: Caller, clock: Clock) {
    this.#bucket = bucket;
    this.#caller = caller;
    this.#clock = clock;
    this.#time = new StoreTime(clock);
  }

  /** `serve` runs at the bucket. Async: what is wrong with the arguments rejects. */
  async #call<T>(doing: string, call: CallOptions, serve: () => T, isMutation = false): Promise<T> {
    const { signal } = call;
    const sentMs = this.#clock.monotonicMs();
    const { answer, date } = await this.#bucket.wire.call({
      caller: this.#caller,
      signal,
      doing,
      isMutation,
      serve: () => ({ answer: serve(), date: new Date(this.#bucket.wallMs()).toUTCString() }),
    });
    this.#time.answered(date, sentMs);
    return answer;
  }

  async probe(call: CallOptions): Promise<Capabilities> {
    const capabilities = await this.#call('probing', call, () => this.#bucket.capabilities);
    return { ...capabilities, clockOffsetMs: this.#time.offsetMs };
  }

  async listObjects(options: ListOptions, call: CallOptions): Promise<ObjectPage> {
    const max = pageKeys(options.maxKeys);
    return this.#call(`listing ${options.prefix}`, call, () => {
      const drawn = this.#bucket.drawPage(options, max);
      if (drawn === 0) return { items: [], commonPrefixes: [], next: options.page ?? startToken(options) };
      return this.#bucket.contents.listObjects(options, drawn);
    });
  }

  async listVersions(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<VersionInfo>> {
    const max = pageKeys(options.maxKeys);
    return this.#call(`listing versions of ${options.prefix}`, call, () => {
      const drawn = this.#bucket.drawPage(options, max);
      if (drawn === 0) return { items: [], next: options.page ?? 'k' };
      return this.#bucket.contents.listVersions(options, drawn);
    });
  }

  async listUploads(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<UploadInfo>> {
    const max = pageKeys(options.maxKeys);
    return this.#call(`listing uploads of ${options.prefix}`, call, () => {
      const drawn = this.#bucket.drawPage(options, max);
      if (drawn === 0) return { items: [], next: options.page ?? 'k' };
      return this.#bucket.contents.listUploads(options, drawn);
    });
  }

  async prepareDelete(targets: readonly DeleteTarget[], call: PrepareDeleteOptions): Promise<PreparedDelete> {
    call.signal.throwIfAborted();
    const expiryMs = deleteExpiryMs(call.expiryMs);
    checkDeleteTargets(targets, this.#bucket.capabilities.deleteBatchMax);
    const prepared = this.#bucket.moment();
    const preparedAtMs = this.#clock.monotonicMs();
    const storeNowMs = this.#time.nowMs();
    // X-Amz-Date counts whole seconds.
    const diesAtMs = Math.floor(storeNowMs / 1000) * 1000 + expiryMs;
    const expiresAtMs = this.#clock.wallMs() + (diesAtMs - storeNowMs);
    const isExpired = (): boolean =>
      this.#clock.wallMs() >= expiresAtMs || this.#clock.monotonicMs() - preparedAtMs >= expiryMs;
    let isSent = false;
    const send = async ({ signal }: CallOptions): Promise<readonly DeleteOutcome[]> => {
      if (isSent) throw failure('INVALID', '', 'a prepared delete is sent at most once');
      isSent = true;
      const doing = `deleting ${targets.length} keys`;
      if (isExpired()) throw failure('EXPIRED', '', `${doing}: the request is too old to send`);
      signal.throwIfAborted();
      const record = this.#bucket.recordDelete(this.#caller, prepared, {
        kind: 'objects',
        targets,
        uploadId: undefined,
        diesAtMs,
      });
      return this.#bucket.wire.call({
        caller: this.#caller,
        signal,
        doing,
        isMutation: true,
        isRepeatable: true,
        serve: () => this.#bucket.deleteObjects(record),
        onSettled: () => {
          record.settledMs = this.#bucket.nowMs;
        },
      });
    };
    return { targets, expiresAtMs, send };
  }

  async abortUpload(upload: UploadInfo, { signal }: CallOptions): Promise<void> {
    signal.throwIfAborted();
    const { key, uploadId } = upload;
    const record = this.#bucket.recordDelete(this.#caller, this.#bucket.moment(), {
      kind: 'upload',
      targets: [{ key }],
      uploadId,
      diesAtMs: undefined,
    });
    return this.#bucket.wire.call({
      caller: this.#caller,
      signal,
      doing: `aborting an upload of ${key}`,
      isMutation: true,
      isRepeatable: true,
      serve: () => this.#bucket.abortUpload(record, upload),
      onSettled: () => {
        record.settledMs = this.#bucket.nowMs;
      },
    });
  }

  async putObject(
    key: string,
    body: Uint8Array,
    options: { readonly ifNoneMatch?: boolean },
    { signal }: CallOptions,
  ): Promise<void> {
    checkKey(key);
    checkObjectSize(body.length, key);
    const { ifNoneMatch = false } = options;
    return this.#bucket.upload(this.#caller, { kind: 'put', key, body, ifNoneMatch, signal });
  }

  async getObject(key: string, call: CallOptions): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#call(`reading ${key}`, call, () => {
      this.#bucket.refuseDenied(key);
      return this.#bucket.contents.current(key)?.body.slice();
    });
  }

  async deleteObject(key: string, call: CallOptions): Promise<void> {
    const prepared = await this.prepareDelete([{ key }], call);
    const [outcome] = await prepared.send(call);
    if (outcome?.kind === 'failed') throw outcome.error;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A page token that leads to where this listing begins. */
function startToken({ startAfter }: ListOptions): string {
  return startAfter === undefined ? 'k' : `k${Buffer.from(startAfter).toString('latin1')}`;
}
