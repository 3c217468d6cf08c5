/**
 * The port to a bucket: what a purge, an audit and the ownership marker need, and nothing else.
 * Two implementations, `s3-store.ts` and `local-store.ts`, pass one contract suite.
 *
 * Every call takes an AbortSignal, whose reason it rejects with when it fires, and has a hard deadline
 * of its own; none retries by itself beyond
 * what its doc says: pacing and retries are the purger's (P6).
 */

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** The store's clock, ms since the epoch. */
  readonly lastModifiedMs: number;
  readonly etag: string;
}

export interface VersionInfo extends ObjectInfo {
  /** 'null' on a bucket that never was versioned. */
  readonly versionId: string;
  readonly isDeleteMarker: boolean;
  readonly isLatest: boolean;
}

export interface UploadInfo {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
}

/** One page. `next` is undefined only when the listing is complete: an empty page may have more to come. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

export interface ObjectPage extends Page<ObjectInfo> {
  /** With a delimiter: the prefixes up to and including it. */
  readonly commonPrefixes: readonly string[];
}

export interface VersionPage extends Page<VersionInfo> {
  /** With a delimiter, from a store that knows one in this listing: as in {@link ObjectPage}. */
  readonly commonPrefixes?: readonly string[];
}

export interface ListOptions {
  readonly prefix: string;
  /** Only keys after this one, exclusive, in UTF-8 binary order. Ignored when `page` is given. */
  readonly startAfter?: string;
  /** `next` of the page before. */
  readonly page?: string;
  /** Default and bound: 1,000. */
  readonly maxKeys?: number;
  readonly delimiter?: '/';
}

export interface CallOptions {
  readonly signal: AbortSignal;
}

export interface PrepareDeleteOptions extends CallOptions {
  /** How long the request may be sent. Default and bound: `DELETE_EXPIRY_MS`; at least 2 s, since the store counts in seconds. */
  readonly expiryMs?: number;
}

export interface DeleteTarget {
  readonly key: string;
  /** Deletes exactly this version or marker; absent: the current object. */
  readonly versionId?: string;
  /** Delete only if the object still has this etag. Needs `capabilities.conditionalDelete`. */
  readonly ifMatch?: string;
}

/**
 * What the store said about one key (P6). `deleted` proves nothing by itself (P4); `unaccounted` means
 * the answer did not mention the key, so that only the next listing can tell.
 */
export type DeleteOutcome =
  | { readonly kind: 'deleted' }
  | { readonly kind: 'unaccounted' }
  | { readonly kind: 'failed'; readonly error: ObjectStoreError };

/**
 * A delete request that is ready to leave: its bytes are fixed and it dies at `expiresAtMs` (the
 * store's clock enforces it where `capabilities.requestExpiry`). P2: list, prepare, confirm
 * leadership by a quorum round trip, then send.
 */
export interface PreparedDelete {
  readonly targets: readonly DeleteTarget[];
  /** Our wall clock, ms: not earlier than the moment at which the store begins to refuse it, whatever our clock says. */
  readonly expiresAtMs: number;
  /**
   * At most once. Resolves to one outcome per target, in order. Throws {@link ObjectStoreError} when the
   * request as a whole failed; the keys are then unknown, since the store may still apply it.
   */
  send(call: CallOptions): Promise<readonly DeleteOutcome[]>;
}

export interface Capabilities {
  /** Never enabled, enabled, or enabled once and suspended: both of the latter need a purge of versions. */
  readonly versioning: 'never' | 'enabled' | 'suspended';
  /** If-Match on deletes is honoured, not only parsed. */
  readonly conditionalDelete: boolean;
  /** It is honoured inside batches too. False: a conditional delete costs one request a key. */
  readonly conditionalBatches: boolean;
  /** If-None-Match on writes is honoured: of two that create one key, one is refused (P9). */
  readonly conditionalCreate: boolean;
  /** The store refuses a delete request past its expiry, and tells its time, by which requests are signed. */
  readonly requestExpiry: boolean;
  /** Keys that one delete request may carry, 1 to 1,000. */
  readonly deleteBatchMax: number;
  readonly multipartUploads: boolean;
  /** Store's clock minus ours, from the Date header; undefined where there is none. */
  readonly clockOffsetMs: number | undefined;
  /** What it may be wrong by: half of the round trip, and half of what the header may lag by. Absent: nothing. */
  readonly clockErrorMs?: number;
}

export interface ObjectStore {
  /** For people: kind, bucket or path, endpoint. Never a credential. */
  readonly description: string;
  /**
   * Finds out what the store can do, on scratch keys below `.sexton/probe/`, which it removes again.
   * Throws ObjectStoreError naming what is wrong: unreachable, no such bucket, access denied.
   */
  probe(call: CallOptions): Promise<Capabilities>;
  listObjects(options: ListOptions, call: CallOptions): Promise<ObjectPage>;
  listVersions(options: Omit<ListOptions, 'startAfter'>, call: CallOptions): Promise<VersionPage>;
  listUploads(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<UploadInfo>>;
  /** 1 to `capabilities.deleteBatchMax` targets. Not before the store has answered anything: its time is unknown (P11). */
  prepareDelete(targets: readonly DeleteTarget[], call: PrepareDeleteOptions): Promise<PreparedDelete>;
  /** An upload that is gone is a success. */
  abortUpload(upload: UploadInfo, call: CallOptions): Promise<void>;
  /** Small objects only (markers): at most 1 MiB. `ifNoneMatch` = create only, PRECONDITION_FAILED otherwise. */
  putObject(
    key: string,
    body: Uint8Array,
    options: { readonly ifNoneMatch?: boolean },
    call: CallOptions,
  ): Promise<void>;
  /** Undefined: no such object. */
  getObject(key: string, call: CallOptions): Promise<Uint8Array | undefined>;
  deleteObject(key: string, call: CallOptions): Promise<void>;
  close(): Promise<void>;
}

/**
 * What a failure means to the purger, which is all it may decide by:
 *
 * - THROTTLED: slow down, the same request will do later.
 * - TRANSIENT: timeouts, connection errors, 5xx: try again; the request may have been applied.
 * - ACCESS_DENIED, OBJECT_LOCKED, NO_SUCH_BUCKET, BAD_CREDENTIALS, UNSUPPORTED: an operator must act: BLOCKED (P5).
 * - PRECONDITION_FAILED: the object changed since it was listed.
 * - EXPIRED: the prepared request outlived its signature; prepare again.
 * - INVALID: our request is wrong; a bug or an odd store.
 */
export const STORE_ERROR_KINDS = [
  'THROTTLED',
  'TRANSIENT',
  'ACCESS_DENIED',
  'BAD_CREDENTIALS',
  'OBJECT_LOCKED',
  'NO_SUCH_BUCKET',
  'UNSUPPORTED',
  'PRECONDITION_FAILED',
  'EXPIRED',
  'INVALID',
] as const;
export type StoreErrorKind = (typeof STORE_ERROR_KINDS)[number];

export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';
  readonly kind: StoreErrorKind;
  /** The store's own code, e.g. `SlowDown`; '' when there was none. For messages and metrics. */
  readonly code: string;

  constructor(kind: StoreErrorKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }
}
