/**
 * What a session is opened with and what it says of itself; defaults are applied and checked once. The server checks
 * again what it keeps: node id, TTL and upload deadline.
 */
import { invalidArgument, type SextonError } from '../shared/errors.js';
import { within } from './options.js';
import type { StreamName } from './requests.js';

export interface IngestSessionOptions {
  /** This node's own name, for people: host or pod. 1 to 255 bytes of UTF-8; two sessions may share it. */
  readonly nodeId: string;
  /**
   * How long the lease lasts without a keep-alive; also how long purges may have to wait for a node that died, before
   * its upload deadline counts. Default 30 s. 5 s to 1 hour.
   */
  readonly ttlMs?: number;
  /**
   * How long after its start the store may at most still apply an upload: longer than any try of the store's client,
   * and than the store takes for what it has received. Purges wait so long for an upload whose outcome is unknown.
   * Default 60 s. 1 s to 1 hour.
   */
  readonly uploadDeadlineMs?: number;
  /**
   * When an upload is aborted that has not ended by itself; the rest of the upload deadline is the store's. Default
   * three quarters of `uploadDeadlineMs`. 1 ms to `uploadDeadlineMs`.
   */
  readonly uploadTimeoutMs?: number;
  /** Uploads in flight at once; more are refused. Default 1,000. 1 to 100,000. */
  readonly maxUploads?: number;
  /** Follow, and upload to, only this tenant's streams; '' is the tenant without a name. Default: every tenant. */
  readonly tenant?: string;
  /** Follow, and upload to, only streams whose names start with this. */
  readonly namePrefix?: string;
  /** For all of the opening, the first listing of the streams included. Default 60 s. 1 ms to 1 hour. */
  readonly openTimeoutMs?: number;
  /** Ends the opening with the signal's reason. Once open, a session ends with `close`. */
  readonly signal?: AbortSignal;
}

/** Which stream an upload is for: any `Stream` will do. */
export interface UploadTarget extends StreamName {
  /** The life that the objects belong to. */
  readonly incarnation: number;
}

export interface GuardOptions {
  /** When this upload is aborted. Default: the session's `uploadTimeoutMs`. 1 ms to the upload deadline. */
  readonly timeoutMs?: number;
  /** Aborts this upload with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Why a session is over: closed by its holder, no longer known to the cluster, or impossible to keep up (the error
 * says why).
 */
export type IngestSessionEnd =
  { readonly reason: 'CLOSED' } | { readonly reason: 'EXPIRED' | 'FAILED'; readonly error: SextonError };

export interface IngestSessionStatus {
  /** How long the lease is still sure; 0: it is not, and no upload may begin. */
  readonly leaseRemainingMs: number;
  /** How far the watch has come. */
  readonly viewRevision: number;
  /** Everything tombstoned up to here has settled on this node. */
  readonly drainedRevision: number;
  /** The leader's, at the last answer. */
  readonly clusterRevision: number;
  /** A purge waits for this session to drain up to here; 0: none does. */
  readonly awaitedRevision: number;
  readonly activeStreams: number;
  readonly uploadsInFlight: number;
}

export interface ResolvedIngestOptions {
  readonly nodeId: string;
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
  readonly uploadTimeoutMs: number;
  readonly maxUploads: number;
  readonly openTimeoutMs: number;
  /** As the watch takes it. */
  readonly filter: { readonly tenant?: string; readonly namePrefix?: string };
}

const HOUR_MS = 3_600_000;

/** Throws INVALID_ARGUMENT that names the option. */
export function resolveIngestOptions(options: IngestSessionOptions): ResolvedIngestOptions {
  const { nodeId, tenant, namePrefix } = options;
  if (nodeId === '' || Buffer.byteLength(nodeId) > 255) {
    throw invalidArgument('nodeId', `is ${Buffer.byteLength(nodeId)} bytes long; 1 to 255 are allowed`);
  }
  const uploadDeadlineMs = within('uploadDeadlineMs', options.uploadDeadlineMs ?? 60_000, 1_000, HOUR_MS);
  const maxUploads = within('maxUploads', options.maxUploads ?? 1_000, 1, 100_000);
  return {
    nodeId,
    ttlMs: within('ttlMs', options.ttlMs ?? 30_000, 5_000, HOUR_MS),
    uploadDeadlineMs,
    uploadTimeoutMs: within(
      'uploadTimeoutMs',
      options.uploadTimeoutMs ?? (uploadDeadlineMs * 3) / 4,
      1,
      uploadDeadlineMs,
    ),
    maxUploads,
    openTimeoutMs: within('openTimeoutMs', options.openTimeoutMs ?? 60_000, 1, HOUR_MS),
    filter: {
      ...(tenant === undefined ? {} : { tenant }),
      ...(namePrefix === undefined ? {} : { namePrefix }),
    },
  };
}
