/**
 * What lies in a simulated bucket, and how S3 lists and deletes it: keys in UTF-8 order, versions newest
 * first, delete markers, unfinished uploads. Strongly consistent; no time, no faults.
 */
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import type {
  Capabilities,
  DeleteTarget,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  Page,
  UploadInfo,
  VersionInfo,
} from '../../src/objectstore/object-store.js';
import type { Removed, StoredUpload, UploadRecord } from './object-store-records.js';
import { OrderedMap } from './ordered-map.js';

interface Version extends Removed {
  readonly sequence: number;
  readonly body: Uint8Array;
}

export interface NewObject {
  readonly key: string;
  readonly body: Uint8Array;
  readonly lastModifiedMs: number;
  readonly upload?: UploadRecord | undefined;
}

/** A page token that means the beginning. */
const BEGINNING = 'k';

export class BucketContents {
  versioning: Capabilities['versioning'];
  /** By key in UTF-8 order; versions newest first, never an empty list. */
  readonly #objects = new OrderedMap<readonly Version[]>();
  /** By key, then by age. */
  readonly #uploads = new OrderedMap<StoredUpload>();
  #sequence = 0;

  constructor(versioning: Capabilities['versioning']) {
    this.versioning = versioning;
  }

  // ------------------------------------------------------------------------------------- one object

  current(key: string): Version | undefined {
    return shown(this.#objects.get(utf8(key)));
  }

  put(object: NewObject): void {
    this.#add(object, false);
  }

  /** On a suspended bucket the new version replaces the one that has no id, whatever that was. */
  #add(object: NewObject, isDeleteMarker: boolean): void {
    const sequence = this.#sequence++;
    const versionId = this.versioning === 'enabled' ? `v${sequence}` : 'null';
    const name = utf8(object.key);
    const others = (this.#objects.get(name) ?? []).filter((other) => other.versionId !== versionId);
    const { key, body, lastModifiedMs, upload } = object;
    this.#objects.set(name, [
      { key, body, lastModifiedMs, upload, sequence, versionId, isDeleteMarker },
      ...others,
    ]);
  }

  /** What a delete of this target would take away or hide; undefined: nothing. */
  victim({ key, versionId }: DeleteTarget): Version | undefined {
    const versions = this.#objects.get(utf8(key));
    if (versionId === undefined) return shown(versions);
    return versions?.find((version) => version.versionId === versionId);
  }

  /** The victim, or undefined. A delete without a version leaves a marker wherever versions were ever kept. */
  delete(target: DeleteTarget, nowMs: number): Version | undefined {
    const { key, versionId } = target;
    const victim = this.victim(target);
    if (versionId === undefined && this.versioning !== 'never') {
      this.#add({ key, body: new Uint8Array(0), lastModifiedMs: nowMs }, true);
      return victim;
    }
    if (victim === undefined) return undefined;
    const name = utf8(key);
    const left = (this.#objects.get(name) ?? []).filter((version) => version !== victim);
    if (left.length === 0) this.#objects.delete(name);
    else this.#objects.set(name, left);
    return victim;
  }

  beginUpload(key: string, initiatedMs: number): StoredUpload {
    const sequence = this.#sequence++;
    const upload = { key, uploadId: `u${sequence}`, initiatedMs, sequence };
    this.#uploads.set(uploadName(upload), upload);
    return upload;
  }

  /** Undefined: there is none, or no longer. */
  endUpload({ key, uploadId }: Pick<UploadInfo, 'key' | 'uploadId'>): StoredUpload | undefined {
    return this.#uploads.delete(uploadName({ key, sequence: Number(uploadId.slice(1)) }));
  }

  // --------------------------------------------------------------------------------------- listings

  listObjects(options: ListOptions, maxKeys: number): ObjectPage {
    const prefix = utf8(options.prefix);
    const items: ObjectInfo[] = [];
    const commonPrefixes: string[] = [];
    let token = BEGINNING;
    let from = startOf(prefix, options);
    for (;;) {
      const next = this.#nextObject(prefix, from);
      if (next === undefined) return { items, commonPrefixes, next: undefined };
      if (items.length + commonPrefixes.length === maxKeys) return { items, commonPrefixes, next: token };
      const [name, version] = next;
      const slash = options.delimiter === undefined ? -1 : name.indexOf('/', prefix.length);
      if (slash < 0) {
        items.push(infoOf(version));
        token = `k${name}`;
        from = after(name);
      } else {
        const common = name.slice(0, slash + 1);
        commonPrefixes.push(Buffer.from(common, 'latin1').toString());
        token = `p${common}`;
        from = afterAllUnder(common);
      }
    }
  }

  #nextObject(prefix: string, from: string): readonly [string, Version] | undefined {
    for (const [name, versions] of this.#objects.scan(from)) {
      if (!name.startsWith(prefix)) return undefined;
      const version = shown(versions);
      if (version !== undefined) return [name, version];
    }
    return undefined;
  }

  listVersions(
    options: { readonly prefix: string; readonly page?: string },
    maxKeys: number,
  ): Page<VersionInfo> {
    const prefix = utf8(options.prefix);
    const [from, before] = splitToken(options.page, prefix);
    const items: VersionInfo[] = [];
    let token = BEGINNING;
    for (const [name, versions] of this.#objects.scan(from)) {
      if (!name.startsWith(prefix)) break;
      for (const [at, version] of versions.entries()) {
        if (name === from && version.sequence >= before) continue;
        if (items.length === maxKeys) return { items, next: token };
        const { versionId, isDeleteMarker } = version;
        items.push({ ...infoOf(version), versionId, isDeleteMarker, isLatest: at === 0 });
        token = `k${name}\n${version.sequence}`;
      }
    }
    return { items, next: undefined };
  }

  listUploads(
    options: { readonly prefix: string; readonly page?: string },
    maxKeys: number,
  ): Page<UploadInfo> {
    const prefix = utf8(options.prefix);
    const from = startOf(prefix, options);
    const items: UploadInfo[] = [];
    let token = BEGINNING;
    for (const [name, { key, uploadId, initiatedMs }] of this.#uploads.scan(from)) {
      if (!name.startsWith(prefix)) break;
      if (items.length === maxKeys) return { items, next: token };
      items.push({ key, uploadId, initiatedMs });
      token = `k${name}`;
    }
    return { items, next: undefined };
  }

  /** Every version and marker under a prefix, in listing order. */
  *versionsUnder(prefix: string): Generator<Version> {
    const start = utf8(prefix);
    for (const [name, versions] of this.#objects.scan(start)) {
      if (!name.startsWith(start)) return;
      yield* versions;
    }
  }

  *uploadsUnder(prefix: string): Generator<StoredUpload> {
    const start = utf8(prefix);
    for (const [name, upload] of this.#uploads.scan(start)) {
      if (!name.startsWith(start)) return;
      yield upload;
    }
  }
}

export function etagOf({ sequence }: { readonly sequence: number }): string {
  return `"${sequence.toString(16).padStart(8, '0')}"`;
}

function infoOf(version: Version): ObjectInfo {
  const { key, body, lastModifiedMs } = version;
  return { key, sizeBytes: body.length, lastModifiedMs, etag: etagOf(version) };
}

function shown(versions: readonly Version[] | undefined): Version | undefined {
  const newest = versions?.[0];
  return newest?.isDeleteMarker === false ? newest : undefined;
}

/** One unit a byte, so that the map's order is S3's. */
function utf8(key: string): string {
  return Buffer.from(key).toString('latin1');
}

function uploadName({ key, sequence }: { readonly key: string; readonly sequence: number }): string {
  return `${utf8(key)}\0${String(sequence).padStart(12, '0')}`;
}

/** The first name after this one. */
function after(name: string): string {
  return `${name}\0`;
}

/** The first name after everything that begins with `common`, which ends in a slash. */
function afterAllUnder(common: string): string {
  return `${common.slice(0, -1)}0`;
}

function startOf(prefix: string, options: Pick<ListOptions, 'page' | 'startAfter'>): string {
  const { page, startAfter } = options;
  let from = startAfter === undefined ? '' : after(utf8(startAfter));
  if (page !== undefined) {
    const name = page.slice(1);
    from = page.startsWith('p') ? afterAllUnder(name) : name === '' ? '' : after(name);
    checkToken(page);
  }
  return from > prefix ? from : prefix;
}

/** Where a page of versions begins: the name, and that name's versions older than which. */
function splitToken(page: string | undefined, prefix: string): readonly [from: string, before: number] {
  if (page === undefined || page === BEGINNING) return [prefix, Infinity];
  checkToken(page);
  const end = page.lastIndexOf('\n');
  return [page.slice(1, end), Number(page.slice(end + 1))];
}

function checkToken(page: string): void {
  if (!/^[kp]/.test(page)) throw new ObjectStoreError('INVALID', '', 'page is not a token of this store');
}
