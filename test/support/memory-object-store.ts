/**
 * A bucket in memory that keeps a record of every request and fails on command: throttles, refuses single
 * keys, forgets keys in the answer, applies a delete after it said no, or long after the caller gave up,
 * breaks off a listing, answers with empty pages, lists in no order. Versions, markers and uploads included.
 */
import { compareKeys } from '../../src/objectstore/key-order.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import type {
  CallOptions,
  Capabilities,
  DeleteOutcome,
  DeleteTarget,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  ObjectStore,
  Page,
  PreparedDelete,
  PrepareDeleteOptions,
  StoreErrorKind,
  UploadInfo,
  VersionInfo,
} from '../../src/objectstore/object-store.js';
import { delay, type Clock } from '../../src/shared/clock.js';

interface Version {
  readonly sequence: number;
  readonly versionId: string;
  readonly sizeBytes: number;
  readonly isDeleteMarker: boolean;
  readonly lastModifiedMs: number;
  /** Undefined: nobody reads it, and it holds zeros. */
  readonly body: Uint8Array | undefined;
}

export type StoreRequest =
  | { readonly kind: 'probe' }
  | {
      readonly kind: 'listObjects' | 'listVersions' | 'listUploads';
      readonly prefix: string;
      readonly page: string | undefined;
      readonly startAfter: string | undefined;
      readonly delimiter: string | undefined;
    }
  | { readonly kind: 'delete'; readonly targets: readonly DeleteTarget[] }
  | { readonly kind: 'get' | 'put'; readonly key: string }
  | { readonly kind: 'abort'; readonly upload: UploadInfo };

export interface RecordedRequest {
  readonly sequence: number;
  readonly caller: string;
  readonly request: StoreRequest;
  readonly atMs: number;
}

/** What happens to a request as a whole, instead of being served. */
export interface RequestFault {
  readonly error: ObjectStoreError;
  /** The store does what was asked all the same, this long after it said no. Absent: never. */
  readonly appliedAfterMs?: number;
}

/** What happens to one key inside a served delete request. */
export type KeyFault =
  | { readonly kind: 'failed'; readonly error: ObjectStoreError }
  | { readonly kind: 'unaccounted'; readonly applied: boolean }
  /** Answered `deleted`, and left where it is. */
  | { readonly kind: 'lie' };

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly versioning?: 'never' | 'enabled' | 'suspended';
  readonly latencyMs?: number;
  readonly pageKeys?: number;
  readonly deleteBatchMax?: number;
  /** Delete requests past their expiry are refused. Default true. */
  readonly requestExpiry?: boolean;
  /** If-Match on deletes is honoured; else it is ignored. Default false. */
  readonly conditionalDelete?: boolean;
  /** If-None-Match on writes is honoured; else it is ignored. Default true. */
  readonly conditionalCreate?: boolean;
}

const EXPIRY_MS = 60_000;
/** A page token that means the beginning. */
const EMPTY_START = '\n';

export function storeError(
  kind: StoreErrorKind,
  code = '',
  message = `told to fail with ${kind}`,
): ObjectStoreError {
  return new ObjectStoreError(kind, code, message);
}

export class MemoryObjectStore {
  readonly clock: Clock;
  readonly requests: RecordedRequest[] = [];
  versioning: 'never' | 'enabled' | 'suspended';
  latencyMs: number;
  /** Requests that mention this text are not answered for an hour. */
  hangsOn: string | undefined;
  /** Deletes take this many times as long as everything else, as they do on real servers. */
  deleteSlowness = 1;
  /** Prepares count too: they order a send against a confirmation of leadership. */
  nextSequence = 0;
  unsorted = false;
  /** Listed by every listing of objects, whatever was asked for. */
  strayKey: string | undefined;
  emptyPages = false;
  inFlight = 0;
  maxInFlight = 0;
  onRequest: (request: StoreRequest, caller: string) => RequestFault | undefined = () => undefined;
  onKey: (target: DeleteTarget) => KeyFault | undefined = () => undefined;
  /** Called as a delete request leaves its sender. */
  onSend: (sent: {
    readonly caller: string;
    readonly preparedSequence: number;
    readonly sentSequence: number;
    readonly targets: readonly DeleteTarget[];
    readonly expiresAtMs: number;
  }) => void = () => undefined;
  /** What was written through the port: markers. Apart, so that no test has to count them. */
  readonly small = new Map<string, Uint8Array>();
  readonly #bears: Pick<Capabilities, 'requestExpiry' | 'conditionalDelete' | 'conditionalCreate'>;
  readonly #pageKeys: number;
  readonly #deleteBatchMax: number;
  /** Newest first. */
  readonly #keys = new Map<string, Version[]>();
  readonly #uploads = new Map<string, UploadInfo>();
  #sorted: string[] | undefined;
  #versionSequence = 0;

  constructor(options: MemoryStoreOptions) {
    this.clock = options.clock;
    this.versioning = options.versioning ?? 'never';
    this.latencyMs = options.latencyMs ?? 5;
    this.#bears = {
      requestExpiry: options.requestExpiry ?? true,
      conditionalDelete: options.conditionalDelete ?? false,
      conditionalCreate: options.conditionalCreate ?? true,
    };
    this.#pageKeys = options.pageKeys ?? 1_000;
    this.#deleteBatchMax = options.deleteBatchMax ?? 1_000;
  }

  // ------------------------------------------------------------------------------ what a test does

  /** `content`: its size, or what it says. */
  put(key: string, content: number | string = 10): void {
    const body = typeof content === 'string' ? Buffer.from(content) : undefined;
    this.#addVersion(key, body?.length ?? Number(content), false, body);
  }

  /** As by somebody else: no request is recorded. */
  remove(key: string): void {
    this.#remove({ key });
    this.#sorted = undefined;
  }

  putUpload(key: string, uploadId = `upload-${this.#versionSequence++}`): UploadInfo {
    const upload = { key, uploadId, initiatedMs: this.clock.wallMs() };
    this.#uploads.set(uploadId, upload);
    return upload;
  }

  /** Current objects. */
  keys(prefix = ''): string[] {
    return this.#sortedKeys().filter((key) => key.startsWith(prefix) && this.#current(key) !== undefined);
  }

  versionCount(prefix = ''): number {
    let count = 0;
    for (const [key, versions] of this.#keys) if (key.startsWith(prefix)) count += versions.length;
    return count;
  }

  uploadCount(prefix = ''): number {
    return [...this.#uploads.values()].filter(({ key }) => key.startsWith(prefix)).length;
  }

  /** Everything below a prefix by name, as a failing test wants to show it. */
  leftBelow(prefix: string): string[] {
    const versions = [...this.#keys].flatMap(([key, all]) =>
      all.map(({ versionId }) => `${key}@${versionId}`),
    );
    const uploads = [...this.#uploads.values()].map(({ key, uploadId }) => `${key}#${uploadId}`);
    return [...versions, ...uploads].filter((text) => text.startsWith(prefix));
  }

  /** Objects, versions, markers and uploads. */
  residue(prefix: string): number {
    return this.versionCount(prefix) + this.uploadCount(prefix);
  }

  requestsOf(kind: StoreRequest['kind']): RecordedRequest[] {
    return this.requests.filter(({ request }) => request.kind === kind);
  }

  /** The port, for one caller whose name is on each of its requests. */
  as(caller: string): ObjectStore {
    return {
      description: 'memory bucket',
      probe: (call) => this.#serve(caller, { kind: 'probe' }, call, () => this.#capabilities()),
      listObjects: (options, call) =>
        this.#serve(caller, listRequest('listObjects', options), call, () => this.#listObjects(options)),
      listVersions: (options, call) =>
        this.#serve(caller, listRequest('listVersions', options), call, () => this.#listVersions(options)),
      listUploads: (options, call) =>
        this.#serve(caller, listRequest('listUploads', options), call, () => this.#listUploads(options)),
      prepareDelete: (targets, call) => Promise.resolve(this.#prepare(caller, targets, call)),
      abortUpload: (upload, call) =>
        this.#serve(caller, { kind: 'abort', upload }, call, () => {
          this.#uploads.delete(upload.uploadId);
        }),
      putObject: (key, body, { ifNoneMatch }, call) =>
        this.#serve(caller, { kind: 'put', key }, call, () => {
          const createOnly = ifNoneMatch === true && this.#bears.conditionalCreate;
          if (createOnly && this.small.has(key)) throw storeError('PRECONDITION_FAILED');
          this.small.set(key, body);
        }),
      getObject: (key, call) => this.#serve(caller, { kind: 'get', key }, call, () => this.#get(key)),
      deleteObject: () => Promise.reject(new Error('the purger deletes by prepared requests only')),
      close: () => Promise.resolve(),
    };
  }

  // --------------------------------------------------------------------------------------- requests

  /** Half of the latency, the effect, the other half. A caller that hangs up does not undo the effect. */
  async #serve<T>(caller: string, request: StoreRequest, call: CallOptions, effect: () => T): Promise<T> {
    call.signal.throwIfAborted();
    this.requests.push({ sequence: this.nextSequence++, caller, request, atMs: this.clock.monotonicMs() });
    this.inFlight++;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    const hangs = this.hangsOn !== undefined && JSON.stringify(request).includes(this.hangsOn);
    const latencyMs = hangs
      ? 3_600_000
      : this.latencyMs * (request.kind === 'delete' ? this.deleteSlowness : 1);
    try {
      const fault = this.onRequest(request, caller);
      const served = new Promise<T | undefined>((resolve, reject) => {
        this.clock.setTimer(latencyMs / 2, () => {
          if (fault !== undefined) {
            if (fault.appliedAfterMs !== undefined) this.clock.setTimer(fault.appliedAfterMs, () => effect());
            reject(fault.error);
            return;
          }
          try {
            resolve(effect());
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      served.catch(() => undefined);
      await delay(this.clock, latencyMs, call.signal);
      return (await served) as T;
    } finally {
      this.inFlight--;
    }
  }

  #get(key: string): Uint8Array | undefined {
    const current = this.#current(key);
    return this.small.get(key) ?? (current && (current.body ?? new Uint8Array(current.sizeBytes)));
  }

  #prepare(caller: string, targets: readonly DeleteTarget[], call: PrepareDeleteOptions): PreparedDelete {
    call.signal.throwIfAborted();
    if (targets.length < 1 || targets.length > this.#deleteBatchMax)
      throw new Error(`a batch of ${targets.length}`);
    const preparedSequence = this.nextSequence++;
    const expiresAtMs = this.clock.wallMs() + (call.expiryMs ?? EXPIRY_MS);
    let sent = false;
    return {
      targets,
      expiresAtMs,
      send: async (sendCall) => {
        if (sent) throw new Error('sent twice');
        sent = true;
        const sentSequence = this.nextSequence++;
        this.onSend({ caller, preparedSequence, sentSequence, targets, expiresAtMs });
        return this.#serve(caller, { kind: 'delete', targets }, sendCall, () => {
          if (this.#bears.requestExpiry && this.clock.wallMs() >= expiresAtMs) throw storeError('EXPIRED');
          return targets.map((target) => this.#delete(target));
        });
      },
    };
  }

  #delete(target: DeleteTarget): DeleteOutcome {
    const current = this.#current(target.key);
    const isOther = current !== undefined && target.ifMatch !== etagOf(current);
    if (this.#bears.conditionalDelete && target.ifMatch !== undefined && isOther)
      return { kind: 'failed', error: storeError('PRECONDITION_FAILED') };
    const fault = this.onKey(target);
    if (fault?.kind === 'lie') return { kind: 'deleted' };
    if (fault?.kind === 'failed') return fault;
    if (fault?.kind === 'unaccounted') {
      if (fault.applied) this.#remove(target);
      return { kind: 'unaccounted' };
    }
    this.#remove(target);
    return { kind: 'deleted' };
  }

  #remove({ key, versionId }: DeleteTarget): void {
    if (versionId === undefined) {
      if (this.versioning === 'never') this.#keys.delete(key);
      else this.#addVersion(key, 0, true);
      return;
    }
    const left = (this.#keys.get(key) ?? []).filter((version) => version.versionId !== versionId);
    if (left.length === 0) this.#keys.delete(key);
    else this.#keys.set(key, left);
  }

  #addVersion(key: string, sizeBytes: number, isDeleteMarker: boolean, body?: Uint8Array): void {
    const sequence = this.#versionSequence++;
    const versionId = this.versioning === 'enabled' ? `v${sequence}` : 'null';
    const lastModifiedMs = this.clock.wallMs();
    const version = { sequence, versionId, sizeBytes, isDeleteMarker, lastModifiedMs, body };
    const others = (this.#keys.get(key) ?? []).filter((other) => other.versionId !== versionId);
    if (!this.#keys.has(key)) this.#sorted = undefined;
    this.#keys.set(key, [version, ...others]);
  }

  // --------------------------------------------------------------------------------------- listings

  #capabilities(): Capabilities {
    return {
      versioning: this.versioning,
      ...this.#bears,
      conditionalBatches: this.#bears.conditionalDelete,
      deleteBatchMax: this.#deleteBatchMax,
      multipartUploads: true,
      clockOffsetMs: 250,
    };
  }

  #listObjects(options: ListOptions): ObjectPage {
    if (this.emptyPages && options.page === undefined && options.startAfter === undefined) {
      return { items: [], commonPrefixes: [], next: 'k' };
    }
    const after = options.page === undefined ? options.startAfter : options.page.slice(1);
    const items: ObjectInfo[] = [];
    if (this.strayKey !== undefined) {
      items.push({ key: this.strayKey, sizeBytes: 1, lastModifiedMs: 0, etag: '"stray"' });
    }
    let next: string | undefined;
    // All on one page: more than any test has.
    const folders = new Set<string>();
    for (const key of this.#from(options.prefix, after, this.unsorted)) {
      const version = this.#current(key);
      if (version === undefined) continue;
      const folderEnd = key.indexOf('/', options.prefix.length);
      if (options.delimiter !== undefined && folderEnd >= 0) {
        folders.add(key.slice(0, folderEnd + 1));
        continue;
      }
      if (items.length === this.#pageKeys) {
        next = `k${items.at(-1)?.key ?? ''}`;
        break;
      }
      items.push({
        key,
        sizeBytes: version.sizeBytes,
        lastModifiedMs: version.lastModifiedMs,
        etag: etagOf(version),
      });
    }
    return { items, commonPrefixes: [...folders], next };
  }

  #listVersions(options: Omit<ListOptions, 'startAfter' | 'delimiter'>): Page<VersionInfo> {
    if (this.emptyPages && options.page === undefined) return { items: [], next: EMPTY_START };
    const [afterKey, afterSequence] = (options.page ?? EMPTY_START).split('\n');
    const items: VersionInfo[] = [];
    for (const key of this.#from(options.prefix, undefined, false)) {
      if (afterKey !== undefined && compareKeys(key, afterKey) < 0) continue;
      const versions = this.#keys.get(key) ?? [];
      for (const version of versions) {
        if (key === afterKey && version.sequence >= Number(afterSequence)) continue;
        if (items.length === this.#pageKeys) {
          const last = items.at(-1);
          return { items, next: `${last?.key ?? ''}\n${last?.etag ?? ''}` };
        }
        const { versionId, isDeleteMarker, sizeBytes, lastModifiedMs, sequence } = version;
        const isLatest = version === versions[0];
        items.push({
          key,
          versionId,
          isDeleteMarker,
          isLatest,
          sizeBytes,
          lastModifiedMs,
          etag: String(sequence),
        });
      }
    }
    return { items, next: undefined };
  }

  #listUploads(options: Omit<ListOptions, 'startAfter' | 'delimiter'>): Page<UploadInfo> {
    if (this.emptyPages && options.page === undefined) return { items: [], next: EMPTY_START };
    const items = [...this.#uploads.values()].filter(({ key }) => key.startsWith(options.prefix));
    return { items: items.slice(0, this.#pageKeys), next: undefined };
  }

  #current(key: string): Version | undefined {
    const newest = this.#keys.get(key)?.[0];
    return newest?.isDeleteMarker === false ? newest : undefined;
  }

  #sortedKeys(): string[] {
    this.#sorted ??= [...this.#keys.keys()].sort(compareKeys);
    return this.#sorted;
  }

  /** Keys below a prefix, after a key; `unsorted`: in an order of its own (by reversed text), like a directory bucket. */
  *#from(prefix: string, after: string | undefined, unsorted: boolean): Generator<string> {
    if (unsorted) {
      const odd = [...this.#keys.keys()].sort((a, b) => compareKeys(reversed(a), reversed(b)));
      for (const key of odd) {
        if (!key.startsWith(prefix)) continue;
        if (after !== undefined && compareKeys(reversed(key), reversed(after)) <= 0) continue;
        yield key;
      }
      return;
    }
    const sorted = this.#sortedKeys();
    const start = after === undefined || compareKeys(after, prefix) < 0 ? prefix : after;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(sorted[middle] as string, start) < 0) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < sorted.length; at++) {
      const key = sorted[at] as string;
      if (!key.startsWith(prefix)) {
        if (compareKeys(key, prefix) > 0) return;
        continue;
      }
      if (key !== after && this.#keys.has(key)) yield key;
    }
  }
}

function etagOf({ sequence }: Version): string {
  return `"${sequence}"`;
}

function listRequest(
  kind: 'listObjects' | 'listVersions' | 'listUploads',
  options: ListOptions,
): StoreRequest {
  const { prefix, page, startAfter, delimiter } = options;
  return { kind, prefix, page, startAfter, delimiter };
}

function reversed(text: string): string {
  return Array.from(text).reverse().join('');
}
