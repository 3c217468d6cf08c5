/**
 * The one bucket of a simulated world. Nodes reach it through `store`, ingest nodes through `uploader`;
 * both over a wire that delays, loses, duplicates and lands late. The oracle reads it directly: what lies
 * in it, and a record of every request that could add or delete something.
 *
 * Strongly consistent, like S3: a listing shows what lies there at the moment when it is served.
 */
import type { Clock } from '../../src/shared/clock.js';
import { checkKey, PAGE_KEYS_MAX } from '../../src/objectstore/limits.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import type {
  Capabilities,
  DeleteOutcome,
  ListOptions,
  ObjectStore,
  UploadInfo,
} from '../../src/objectstore/object-store.js';
import { VIRTUAL_EPOCH_MS } from '../support/virtual-clock.js';
import { BucketClient } from './object-store-client.js';
import { BucketContents } from './object-store-contents.js';
import { deleteTargets, isUnder } from './object-store-delete.js';
import { noBucketCounts } from './object-store-faults.js';
import type { BucketCounts, BucketFaults } from './object-store-faults.js';
import type { DeleteRecord, Removed, StoredUpload, UploadRecord } from './object-store-records.js';
import { BucketUploader } from './object-store-uploader.js';
import type { Uploader } from './object-store-uploader.js';
import { failure, Wire } from './object-store-wire.js';
import type { Caller } from './object-store-wire.js';
import { copyOf } from './ordered-map.js';
import type { Prng } from './prng.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

export { healthyBucket } from './object-store-faults.js';
export type { BucketCounts, BucketFaults } from './object-store-faults.js';
export type { DeleteRecord, Removed, UploadRecord } from './object-store-records.js';
export type { Uploader } from './object-store-uploader.js';

export interface SimulatedBucketOptions {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  /** Read at every request: may be changed at any moment. */
  readonly faults: BucketFaults;
  /** Default 'never'. */
  readonly versioning?: Capabilities['versioning'];
  /** Refuse what arrives after its expiry. Default true. */
  readonly requestExpiry?: boolean;
  /** Honour If-Match on deletes; else it is ignored. Default false. */
  readonly conditionalDelete?: boolean;
  /** Default 1,000. */
  readonly deleteBatchMax?: number;
  /** Keys on a page, whatever is asked for. Default 1,000. */
  readonly pageKeysMax?: number;
  /** A caller's own deadline for each request. Default 15,000. */
  readonly deadlineMs?: number;
  /** True wall time at the scheduler's zero. */
  readonly epochMs?: number;
}

interface NewUpload {
  readonly kind: UploadRecord['kind'];
  readonly key: string;
  readonly body: Uint8Array;
  readonly uploadId?: string;
  readonly ifNoneMatch?: boolean;
  readonly expiresMs?: number;
  readonly takesMs?: number;
  readonly signal?: AbortSignal;
}

export class SimulatedBucket {
  readonly faults: BucketFaults;
  readonly counts: BucketCounts = noBucketCounts();
  /** Every request that could delete something, in the order in which they were sent. */
  readonly deletes: DeleteRecord[] = [];
  /** Every upload, in the order in which they began. */
  readonly uploadLog: UploadRecord[] = [];
  /** As it leaves its sender, inside the sender's process: note what is wrong, do not throw. */
  onDeleteRequest: (request: DeleteRecord) => void = () => undefined;
  /** As it takes effect at the bucket: may throw, which ends the run. */
  onDeleteApplied: (request: DeleteRecord, removed: readonly Removed[]) => void = () => undefined;
  onUploadApplied: (upload: UploadRecord) => void = () => undefined;
  /** What a probe finds. The clock offset is each caller's own. */
  readonly #fixed: Pick<
    Capabilities,
    'requestExpiry' | 'conditionalDelete' | 'conditionalBatches' | 'conditionalCreate' | 'deleteBatchMax'
  >;
  readonly #pageKeysMax: number;
  readonly #epochMs: number;
  readonly #scheduler: Scheduler;
  readonly #random: Prng;
  /** For the clients and uploaders of this folder; everybody else goes through them. */
  readonly contents: BucketContents;
  readonly wire: Wire;

  constructor(options: SimulatedBucketOptions) {
    this.faults = options.faults;
    this.#scheduler = options.scheduler;
    this.#random = options.random;
    this.contents = new BucketContents(options.versioning ?? 'never');
    this.#fixed = {
      requestExpiry: options.requestExpiry ?? true,
      conditionalDelete: options.conditionalDelete ?? false,
      conditionalBatches: options.conditionalDelete ?? false,
      conditionalCreate: true,
      deleteBatchMax: options.deleteBatchMax ?? PAGE_KEYS_MAX,
    };
    this.#pageKeysMax = options.pageKeysMax ?? PAGE_KEYS_MAX;
    this.#epochMs = options.epochMs ?? VIRTUAL_EPOCH_MS;
    this.wire = new Wire({ ...options, counts: this.counts, deadlineMs: options.deadlineMs ?? 15_000 });
  }

  // ------------------------------------------------------------------------- for simulated processes

  /** The port, for one process. `clock`: its own, which signs its deletes; default: the true time. */
  store(scope: ProcessScope, label: string, clock: Clock = this.#trueClock()): ObjectStore {
    return new BucketClient(this, { scope, label }, clock);
  }

  uploader(scope: ProcessScope, label: string): Uploader {
    return new BucketUploader(this, { scope, label });
  }

  /** Tells the time only. */
  #trueClock(): Clock {
    return {
      monotonicMs: () => this.#scheduler.nowMs,
      wallMs: () => this.#epochMs + this.#scheduler.nowMs,
      setTimer: (delayMs, callback) => this.#scheduler.after(delayMs, callback),
    };
  }

  // ------------------------------------------------------------------------------- for the nemesis

  get versioning(): Capabilities['versioning'] {
    return this.contents.versioning;
  }

  set versioning(versioning: Capabilities['versioning']) {
    this.contents.versioning = versioning;
  }

  /** Puts an object there at once, past the wire. */
  seed(key: string, body: Uint8Array): void {
    this.contents.put({ key, body, lastModifiedMs: this.wallMs() });
  }

  /** Leaves an unfinished upload there at once. */
  seedUpload(key: string): UploadInfo {
    return this.beginUpload(key);
  }

  // ------------------------------------------------------------------------------- for the oracle

  /** Current objects under a prefix, in UTF-8 order. */
  keys(prefix = ''): string[] {
    return [...new Set(Array.from(this.contents.versionsUnder(prefix), ({ key }) => key))].filter(
      (key) => this.contents.current(key) !== undefined,
    );
  }

  /** Objects, versions, markers and unfinished uploads: 0 = nothing is left. */
  countUnder(prefix: string): number {
    return this.versions(prefix).length + this.uploads(prefix).length;
  }

  /** Every version and marker, newest first within a key. */
  versions(prefix = ''): Removed[] {
    return [...this.contents.versionsUnder(prefix)];
  }

  uploads(prefix = ''): UploadInfo[] {
    return Array.from(this.contents.uploadsUnder(prefix), ({ key, uploadId, initiatedMs }) => ({
      key,
      uploadId,
      initiatedMs,
    }));
  }

  /** Requests on their way, being late or being answered: 0 = nothing can change any more by itself. */
  get inFlight(): number {
    return this.wire.inFlight;
  }

  // --------------------------------------------------------- for the clients and uploaders, only

  get nowMs(): number {
    return this.#scheduler.nowMs;
  }

  /** The bucket's own clock. */
  wallMs(): number {
    return Math.floor(this.#epochMs + this.#scheduler.nowMs + this.faults.clockOffsetMs);
  }

  moment(): { readonly atMs: number; readonly event: number } {
    return { atMs: this.#scheduler.nowMs, event: this.#scheduler.executed };
  }

  get capabilities(): Omit<Capabilities, 'clockOffsetMs'> {
    return { versioning: this.contents.versioning, multipartUploads: true, ...this.#fixed };
  }

  refuseDenied(name: string): void {
    if (!isUnder(this.faults.deniedPrefixes, name)) return;
    this.counts.denied += 1;
    throw failure('ACCESS_DENIED', 'AccessDenied', `access to ${name} is denied`);
  }

  /** How many keys this page may hold; 0: it is empty, and says that there is more. */
  drawPage({ prefix }: Pick<ListOptions, 'prefix'>, maxKeys: number): number {
    this.refuseDenied(prefix);
    if (this.#random.chance(this.faults.emptyPageProbability)) {
      this.counts.emptyPages += 1;
      return 0;
    }
    const most = Math.min(maxKeys, this.#pageKeysMax);
    if (!this.#random.chance(this.faults.smallPageProbability)) return most;
    this.counts.smallPages += 1;
    return Math.min(most, this.#random.between(1, 3));
  }

  recordDelete(
    caller: Caller,
    prepared: { readonly atMs: number; readonly event: number },
    request: Pick<DeleteRecord, 'kind' | 'targets' | 'uploadId' | 'diesAtMs'>,
  ): DeleteRecord {
    const record: DeleteRecord = {
      ...request,
      sequence: this.deletes.length,
      label: caller.label,
      preparedMs: prepared.atMs,
      preparedEvent: prepared.event,
      sentMs: this.#scheduler.nowMs,
      sentEvent: this.#scheduler.executed,
      appliedMs: undefined,
      refusedMs: undefined,
      settledMs: undefined,
    };
    this.deletes.push(record);
    this.onDeleteRequest(record);
    return record;
  }

  deleteObjects(record: DeleteRecord): readonly DeleteOutcome[] {
    if (this.#fixed.requestExpiry && this.wallMs() >= (record.diesAtMs ?? Infinity)) {
      this.counts.expired += 1;
      record.refusedMs ??= this.nowMs;
      throw failure('EXPIRED', 'AccessDenied', 'the request has expired');
    }
    const { outcomes, removed } = deleteTargets(record.targets, {
      contents: this.contents,
      random: this.#random,
      faults: this.faults,
      counts: this.counts,
      conditionalDelete: this.#fixed.conditionalDelete,
      wallMs: this.wallMs(),
    });
    record.appliedMs ??= this.nowMs;
    this.onDeleteApplied(record, removed);
    return outcomes;
  }

  beginUpload(key: string, expiresMs = Infinity): StoredUpload {
    checkKey(key);
    this.#refuseExpired(key, expiresMs);
    return this.contents.beginUpload(key, this.wallMs());
  }

  abortUpload(record: DeleteRecord, upload: UploadInfo): void {
    this.refuseDenied(upload.key);
    this.contents.endUpload(upload);
    record.appliedMs ??= this.nowMs;
    this.onDeleteApplied(record, []);
  }

  upload(caller: Caller, upload: NewUpload): Promise<void> {
    const { kind, key, signal, expiresMs = Infinity } = upload;
    const body = copyOf(upload.body);
    const record: UploadRecord = {
      sequence: this.uploadLog.length,
      label: caller.label,
      key,
      kind,
      startedMs: this.#scheduler.nowMs,
      expiresMs,
      appliedMs: undefined,
      settledMs: undefined,
      outcome: 'pending',
    };
    if (signal?.aborted !== true && caller.scope.isAlive) this.uploadLog.push(record);
    const settled = (outcome: UploadRecord['outcome']): void => {
      record.settledMs = this.#scheduler.nowMs;
      record.outcome = outcome;
    };
    const answered = this.wire.call({
      caller,
      signal,
      doing: `uploading ${key}`,
      isMutation: true,
      takesMs: upload.takesMs ?? 0,
      serve: () => this.#store(record, { ...upload, body }),
    });
    return answered.then(
      () => settled('applied'),
      (error: unknown) => {
        const isRefusal = error instanceof ObjectStoreError && REFUSALS.has(error.kind);
        settled(isRefusal ? 'refused' : 'unknown');
        throw error;
      },
    );
  }

  #refuseExpired(key: string, expiresMs: number): void {
    if (this.nowMs < expiresMs) return;
    this.counts.expired += 1;
    throw failure('EXPIRED', 'AccessDenied', `uploading ${key}: the request has expired`);
  }

  #store(record: UploadRecord, upload: NewUpload): void {
    const { key, body, uploadId, ifNoneMatch = false } = upload;
    this.#refuseExpired(key, record.expiresMs);
    if (ifNoneMatch && this.contents.current(key) !== undefined)
      throw failure('PRECONDITION_FAILED', 'PreconditionFailed', `uploading ${key}: it is there already`);
    if (uploadId !== undefined && this.contents.endUpload({ key, uploadId }) === undefined)
      throw failure('INVALID', 'NoSuchUpload', `uploading ${key}: the upload was aborted`);
    this.contents.put({ key, body, lastModifiedMs: this.wallMs(), upload: record });
    record.appliedMs ??= this.nowMs;
    this.onUploadApplied(record);
  }
}

/** Answers that say for sure that nothing was stored. */
const REFUSALS: ReadonlySet<string> = new Set([
  'EXPIRED',
  'PRECONDITION_FAILED',
  'ACCESS_DENIED',
  'THROTTLED',
]);
