/** What the bucket remembers of every request that could delete or add something: the oracle's evidence. */
import type { DeleteTarget, UploadInfo } from '../../src/objectstore/object-store.js';

export interface DeleteRecord {
  readonly sequence: number;
  readonly label: string;
  /** `objects`: a delete of keys or versions; `upload`: an unfinished multipart upload is aborted. */
  readonly kind: 'objects' | 'upload';
  /** For an upload: its key alone. */
  readonly targets: readonly DeleteTarget[];
  readonly uploadId: string | undefined;
  /** True time, and the scheduler's count of events: P2 asks for a round trip between the two. */
  readonly preparedMs: number;
  readonly preparedEvent: number;
  readonly sentMs: number;
  readonly sentEvent: number;
  /** By the bucket's clock; undefined: never expires. */
  readonly diesAtMs: number | undefined;
  /** First time that it had its effect on the bucket; a duplicate may have one more. True time. */
  appliedMs: number | undefined;
  /** Refused as a whole, at the bucket. */
  refusedMs: number | undefined;
  /** When the caller was told, or gave up; undefined: not yet, or it died first. */
  settledMs: number | undefined;
}

export interface UploadRecord {
  readonly sequence: number;
  readonly label: string;
  readonly key: string;
  readonly kind: 'put' | 'multipart';
  readonly startedMs: number;
  /** True time after which the bucket refuses it. Infinity: never. */
  readonly expiresMs: number;
  /** The object appeared. */
  appliedMs: number | undefined;
  settledMs: number | undefined;
  /** What the caller was told. `unknown`: an error that says nothing of the effect, or an abort. */
  outcome: 'pending' | 'applied' | 'refused' | 'unknown';
}

/** One object, version or marker that a delete request took away, or hid behind a marker. */
export interface Removed {
  readonly key: string;
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly lastModifiedMs: number;
  /** How it came; undefined when it was seeded. */
  readonly upload: UploadRecord | undefined;
}

/** An unfinished multipart upload. */
export interface StoredUpload extends UploadInfo {
  readonly sequence: number;
}
