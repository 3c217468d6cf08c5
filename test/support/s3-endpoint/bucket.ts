/** The state of one bucket: objects with all their versions, unfinished uploads, and the rules of S3 for them. */
import { createHash } from 'node:crypto';
import { S3Error } from './s3-error.js';
import { SortedMap } from './sorted-map.js';

export interface StoredVersion {
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly body: Uint8Array;
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Object lock: refused until somebody clears it. */
  locked: boolean;
}

export interface Upload {
  readonly uploadId: string;
  readonly key: string;
  readonly initiatedMs: number;
  readonly parts: Map<
    number,
    { readonly body: Uint8Array; readonly etag: string; readonly lastModifiedMs: number }
  >;
}

export type Versioning = '' | 'Enabled' | 'Suspended';

export interface Removal {
  readonly versionId: string | undefined;
  readonly markerVersionId: string | undefined;
}

const NO_BYTES = new Uint8Array();

export class Bucket {
  readonly name: string;
  versioning: Versioning = '';
  /** Newest first. */
  readonly objects = new SortedMap<StoredVersion[]>();
  readonly uploads = new Map<string, Upload>();
  readonly #now: () => number;
  #counter = 0;

  constructor(name: string, now: () => number) {
    this.name = name;
    this.#now = now;
  }

  current(key: string): StoredVersion | undefined {
    const latest = this.objects.get(key)?.[0];
    return latest === undefined || latest.isDeleteMarker ? undefined : latest;
  }

  version(key: string, versionId: string): StoredVersion | undefined {
    return this.objects.get(key)?.find((version) => version.versionId === versionId);
  }

  put(
    key: string,
    body: Uint8Array,
    etag = `"${createHash('md5').update(body).digest('hex')}"`,
  ): StoredVersion {
    return this.#push(key, { body, etag, isDeleteMarker: false });
  }

  #push(key: string, content: Pick<StoredVersion, 'body' | 'etag' | 'isDeleteMarker'>): StoredVersion {
    const versionId = this.versioning === 'Enabled' ? this.#nextVersionId() : 'null';
    const version: StoredVersion = { ...content, versionId, lastModifiedMs: this.#now(), locked: false };
    const older = (this.objects.get(key) ?? []).filter((other) => other.versionId !== versionId);
    this.objects.set(key, [version, ...older]);
    return version;
  }

  /** Ids do not sort by age, as on AWS, so that nobody comes to rely on it. */
  #nextVersionId(): string {
    const count = this.#counter++;
    return createHash('sha256').update(`${this.name}/${count}`).digest('base64url').slice(0, 24);
  }

  remove(key: string, versionId: string | undefined): Removal {
    if (versionId !== undefined) return this.#removeVersion(key, versionId);
    if (this.versioning !== '') {
      const marker = this.#push(key, { body: NO_BYTES, etag: '', isDeleteMarker: true });
      return { versionId: undefined, markerVersionId: marker.versionId };
    }
    const latest = this.objects.get(key)?.[0];
    if (latest?.locked === true) throw lockedError();
    this.objects.delete(key);
    return { versionId: undefined, markerVersionId: undefined };
  }

  #removeVersion(key: string, versionId: string): Removal {
    const versions = this.objects.get(key) ?? [];
    const found = versions.find((version) => version.versionId === versionId);
    if (found?.locked === true) throw lockedError();
    const rest = versions.filter((version) => version !== found);
    if (rest.length > 0) this.objects.set(key, rest);
    else this.objects.delete(key);
    return { versionId, markerVersionId: found?.isDeleteMarker === true ? versionId : undefined };
  }

  /** Keys whose current version is an object, for assertions. */
  keys(prefix = ''): string[] {
    const keys: string[] = [];
    for (const [key] of this.objects.from(() => false)) {
      if (key.startsWith(prefix) && this.current(key) !== undefined) keys.push(key);
    }
    return keys;
  }
}

function lockedError(): S3Error {
  return new S3Error(403, 'AccessDenied', 'Access Denied because object protected by object lock.');
}
