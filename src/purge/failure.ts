/**
 * Why a try at a stream ended early, as a closed set, and the text that an operator reads about it.
 *
 * {@link PurgeFailure} is the store's doing: retrying (it passes by itself) or blocked (somebody must act).
 * {@link PurgeStopped} is ours: paused, leadership over, or nothing left to do. Both are caught where the
 * try is settled and never leave this folder. Anything else that is thrown is unexpected.
 */
import type { BlockedReason } from '../catalog/types.js';
import { AssertionError } from '../shared/assert.js';
import { FatalError } from '../shared/fatal.js';
import { ObjectStoreError, type StoreErrorKind } from '../objectstore/object-store.js';

export type StopReason = 'leadership' | 'paused' | 'gone';

export class PurgeStopped extends Error {
  override readonly name = 'PurgeStopped';
  readonly because: StopReason;

  constructor(because: StopReason) {
    super(`purge stopped: ${because}`);
    this.because = because;
  }
}

/**
 * P12: the writer has begun a new life below the prefix, behind the catalog. Nothing more is deleted there.
 */
export class StreamReborn extends Error {
  override readonly name = 'StreamReborn';
  /** By the clock of the writer. */
  readonly createdMs: number;
  /** The metadata that says so. */
  readonly key: string;

  constructor(createdMs: number, key: string) {
    super(`a new life of the stream began at ${new Date(createdMs).toISOString()}: ${JSON.stringify(key)}`);
    this.createdMs = createdMs;
    this.key = key;
  }
}

export class PurgeFailure extends Error {
  override readonly name = 'PurgeFailure';
  readonly outcome: 'retrying' | 'blocked';
  /** NONE unless blocked. */
  readonly blockedReason: BlockedReason;
  /** Concerns the whole bucket, so that trying the next stream is pointless before the store was probed. */
  readonly storeWide: boolean;
  /** What the store confirmed in this try did not last, so that it is no reason to come back sooner. */
  readonly fruitless: boolean;

  /** `outcome`: retrying, or what blocks it. */
  constructor(
    outcome: 'retrying' | Exclude<BlockedReason, 'NONE'>,
    message: string,
    options: ErrorOptions & { readonly storeWide?: boolean; readonly fruitless?: boolean } = {},
  ) {
    super(message, options);
    this.outcome = outcome === 'retrying' ? 'retrying' : 'blocked';
    this.blockedReason = outcome === 'retrying' ? 'NONE' : outcome;
    this.storeWide = options.storeWide ?? false;
    this.fruitless = options.fruitless ?? false;
  }
}

/** Bugs and fatal conditions are nobody's to handle: they go up through `Purger.done`. */
export function isUnrecoverable(error: unknown): boolean {
  return error instanceof AssertionError || error instanceof FatalError;
}

/** Kinds that an operator must clear (P5). The rest pass by themselves or by another listing. */
const REASON_OF_KIND = {
  ACCESS_DENIED: 'ACCESS_DENIED',
  BAD_CREDENTIALS: 'BAD_CREDENTIALS',
  OBJECT_LOCKED: 'OBJECT_LOCKED',
  NO_SUCH_BUCKET: 'BUCKET_MISSING',
  UNSUPPORTED: 'STORE_UNSUITABLE',
} as const satisfies Partial<Record<StoreErrorKind, BlockedReason>>;
type BlockingKind = keyof typeof REASON_OF_KIND;

function isBlockingKind(kind: StoreErrorKind): kind is BlockingKind {
  return Object.hasOwn(REASON_OF_KIND, kind);
}

export function isBlocking(error: ObjectStoreError): boolean {
  return isBlockingKind(error.kind);
}

/** What we were doing, and what permission it takes. */
export const STORE_ACTIONS = {
  listObjects: { text: 'listing objects', permission: 's3:ListBucket' },
  listVersions: { text: 'listing versions', permission: 's3:ListBucketVersions' },
  listUploads: { text: 'listing unfinished uploads', permission: 's3:ListBucketMultipartUploads' },
  deleteObjects: { text: 'deleting objects', permission: 's3:DeleteObject and s3:DeleteObjectVersion' },
  abortUpload: { text: 'aborting an unfinished upload', permission: 's3:AbortMultipartUpload' },
  listMetadata: { text: 'listing the metadata of a stream', permission: 's3:ListBucket' },
  readMetadata: { text: 'reading the metadata of a stream', permission: 's3:GetObject' },
} as const;
export type StoreAction = keyof typeof STORE_ACTIONS;

/** Turns a request's error into the reason that is shown and committed. `subject`: a key or a prefix. */
export function failureOf(
  error: ObjectStoreError,
  action: StoreAction,
  subject: string,
  store: string,
): PurgeFailure {
  const { text } = STORE_ACTIONS[action];
  const code = error.code === '' ? error.kind : error.code;
  const what = `${text} in ${store} (${subject}): ${code}: ${error.message}`;
  const { kind } = error;
  if (!isBlockingKind(kind)) return new PurgeFailure('retrying', what, { cause: error });
  const storeWide = kind === 'NO_SUCH_BUCKET' || kind === 'BAD_CREDENTIALS';
  return new PurgeFailure(REASON_OF_KIND[kind], `${wayOut(kind, action)} [${what}]`, {
    cause: error,
    storeWide,
  });
}

/** What the operator can do, first, since the tail of a long text is cut. */
function wayOut(kind: BlockingKind, action: StoreAction): string {
  const again = 'it is tried again by itself within minutes, or at once by `sexton purge retry`';
  switch (kind) {
    case 'ACCESS_DENIED':
      return `access denied: allow ${STORE_ACTIONS[action].permission} to Sexton's identity; ${again}`;
    case 'BAD_CREDENTIALS':
      return `the store refuses the credentials: renew them in every node's settings; ${again}`;
    case 'OBJECT_LOCKED':
      return `object lock: wait for the retention to end or lift the legal hold; ${again}`;
    case 'NO_SUCH_BUCKET':
      return `the bucket does not exist: correct its name in the settings or create it; ${again}`;
    case 'UNSUPPORTED':
      return `the store cannot do what a complete purge needs; ${again}`;
  }
}

/** The committed text is bounded (PurgeProgress.lastError). */
export const LAST_ERROR_MAX_BYTES = 1_024;

/** Cuts at a character's boundary, so that the result is still UTF-8, and shows that it was cut. */
export function cutText(text: string, maxBytes: number = LAST_ERROR_MAX_BYTES): string {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length <= maxBytes) return bytes.toString('utf8');
  const ellipsis = '…';
  let end = maxBytes - Buffer.byteLength(ellipsis);
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + ellipsis;
}

/** Any thrown thing as one line. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message === '' ? error.name : error.message;
  return String(error);
}
