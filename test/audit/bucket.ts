/**
 * A bucket for audits: a million keys in a sorted array, listed with and without a delimiter, with versions, uploads
 * and small bodies where a test wants them, and a hook before every request. Never changed by what is under test:
 * any request that would is refused and remembered.
 */
import { compareKeys, sortByKey } from '../../src/objectstore/key-order.js';
import type {
  CallOptions,
  Capabilities,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  ObjectStore,
  Page,
  UploadInfo,
  VersionInfo,
} from '../../src/objectstore/object-store.js';

export interface BucketRequest {
  readonly kind: 'listObjects' | 'listVersions' | 'listUploads' | 'getObject';
  readonly prefix: string;
  readonly page: string | undefined;
}

interface Stored {
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
}

interface StoredVersion extends Stored {
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
}

const PAGE = 1000;

export class Bucket implements ObjectStore {
  readonly description = 'test bucket';
  /** Every request that would have changed something. */
  readonly changes: string[] = [];
  readonly requests: BucketRequest[] = [];
  /** Off for benches: a million requests need not be remembered. */
  remember = true;
  readonly capabilities: Capabilities;
  readonly #objects = new Map<string, Stored>();
  readonly #bodies = new Map<string, string>();
  readonly #versions = new Map<string, StoredVersion[]>();
  readonly #uploads: UploadInfo[] = [];
  #sorted: string[] | undefined;
  /** Before a request is answered; what it throws is the answer. */
  onRequest: (request: BucketRequest) => void | Promise<void> = () => undefined;
  /** Pages are this long. */
  pageKeys = PAGE;

  constructor(capabilities: Partial<Capabilities> = {}) {
    this.capabilities = {
      versioning: 'never',
      conditionalDelete: false,
      conditionalBatches: false,
      conditionalCreate: true,
      requestExpiry: true,
      deleteBatchMax: 1000,
      multipartUploads: true,
      clockOffsetMs: 0,
      ...capabilities,
    };
  }

  get size(): number {
    return this.#objects.size;
  }

  put(key: string, lastModifiedMs: number, body: string | number = 10): void {
    const sizeBytes = typeof body === 'number' ? body : Buffer.byteLength(body);
    if (!this.#objects.has(key)) this.#sorted = undefined;
    this.#objects.set(key, { sizeBytes, lastModifiedMs });
    if (typeof body === 'string') this.#bodies.set(key, body);
  }

  remove(key: string): void {
    this.#objects.delete(key);
    this.#sorted = undefined;
  }

  /** Older versions, the newest first; the current object, where there is one, is in front of them. */
  putVersions(key: string, versions: readonly StoredVersion[]): void {
    this.#versions.set(key, [...versions]);
    this.#sorted = undefined;
  }

  putUpload(key: string, initiatedMs: number): void {
    this.#uploads.push({ key, uploadId: `u${this.#uploads.length}`, initiatedMs });
    this.#uploads.sort((a, b) => compareKeys(a.key, b.key));
  }

  probe(): Promise<Capabilities> {
    return Promise.resolve(this.capabilities);
  }

  async listObjects(options: ListOptions, call: CallOptions): Promise<ObjectPage> {
    await this.#begin({ kind: 'listObjects', prefix: options.prefix, page: options.page }, call);
    const items: ObjectInfo[] = [];
    const commonPrefixes: string[] = [];
    const keys = this.#keys();
    let at = options.page === undefined ? this.#find(options.prefix) : Number(options.page);
    if (options.page === undefined && options.startAfter !== undefined)
      at = Math.max(at, this.#find(options.startAfter) + (this.#objects.has(options.startAfter) ? 1 : 0));
    for (; at < keys.length; at++) {
      const key = keys[at] as string;
      if (!key.startsWith(options.prefix)) break;
      const stored = this.#objects.get(key);
      if (stored === undefined) continue;
      if (items.length + commonPrefixes.length === Math.min(this.pageKeys, options.maxKeys ?? PAGE))
        return { items, commonPrefixes, next: String(at) };
      const cut = options.delimiter === undefined ? -1 : key.indexOf('/', options.prefix.length);
      if (cut >= 0) {
        const folder = key.slice(0, cut + 1);
        commonPrefixes.push(folder);
        // Nothing of the folder sorts behind `/` and its next character.
        at = this.#find(`${folder.slice(0, -1)}0`) - 1;
        continue;
      }
      items.push({ key, ...stored, etag: '"e"' });
    }
    return { items, commonPrefixes, next: undefined };
  }

  async listVersions(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<VersionInfo>> {
    await this.#begin({ kind: 'listVersions', prefix: options.prefix, page: options.page }, call);
    const all: VersionInfo[] = [];
    const keys = this.#keys();
    for (let at = this.#find(options.prefix); at < keys.length; at++) {
      const key = keys[at] as string;
      if (!key.startsWith(options.prefix)) break;
      const current = this.#objects.get(key);
      const older = this.#versions.get(key) ?? [];
      const versions =
        current === undefined ? older : [{ ...current, versionId: 'c', isDeleteMarker: false }, ...older];
      versions.forEach((version, nth) => all.push({ key, etag: '"e"', ...version, isLatest: nth === 0 }));
    }
    const from = Number(options.page ?? 0);
    const end = from + this.pageKeys;
    return { items: all.slice(from, end), next: end < all.length ? String(end) : undefined };
  }

  async listUploads(options: ListOptions, call: CallOptions): Promise<Page<UploadInfo>> {
    await this.#begin({ kind: 'listUploads', prefix: options.prefix, page: options.page }, call);
    const found = this.#uploads.filter(({ key }) => key.startsWith(options.prefix));
    const from = Number(options.page ?? 0);
    const end = from + this.pageKeys;
    return { items: found.slice(from, end), next: end < found.length ? String(end) : undefined };
  }

  async getObject(key: string, call: CallOptions): Promise<Uint8Array | undefined> {
    await this.#begin({ kind: 'getObject', prefix: key, page: undefined }, call);
    return this.#objects.has(key) ? Buffer.from(this.#bodies.get(key) ?? '') : undefined;
  }

  prepareDelete(): Promise<never> {
    return this.#refuse('prepareDelete');
  }

  abortUpload(): Promise<never> {
    return this.#refuse('abortUpload');
  }

  putObject(): Promise<never> {
    return this.#refuse('putObject');
  }

  deleteObject(): Promise<never> {
    return this.#refuse('deleteObject');
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #refuse(what: string): Promise<never> {
    this.changes.push(what);
    return Promise.reject(new Error(`${what}: an audit changes nothing`));
  }

  async #begin(request: BucketRequest, { signal }: CallOptions): Promise<void> {
    signal.throwIfAborted();
    if (this.remember) this.requests.push(request);
    // A real store takes its time: others run meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
    await this.onRequest(request);
  }

  #keys(): string[] {
    this.#sorted ??= sortByKey(
      [...new Set([...this.#objects.keys(), ...this.#versions.keys()])],
      (key) => key,
    );
    return this.#sorted;
  }

  /** The first place whose key is not before `key`. */
  #find(key: string): number {
    const keys = this.#keys();
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareKeys(keys[middle] as string, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
