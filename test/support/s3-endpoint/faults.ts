/** How the endpoint misbehaves: always (quirks), or for one request (an action that a test's hook returns). */
import type { EndpointRequest } from './exchange.js';

/** Servers that are like this exist. */
export interface Quirks {
  /** If-Match and per-object ETags are parsed and ignored. */
  ignoreConditions?: boolean;
  /** Only those of a batch are. */
  ignoreBatchConditions?: boolean;
  /** If-None-Match on a put is ignored (radosgw 16, on versioned buckets). */
  ignoreCreateOnly?: boolean;
  ignoreExpiry?: boolean;
  /** Keys of uploads are encoded when that is asked for, and the answer does not say so (radosgw 16). */
  hideUploadEncoding?: boolean;
  /** CRC32 does not do; Content-MD5 is wanted. */
  requireMd5?: boolean;
  /** DeleteObjects is not implemented. */
  refuseBatches?: boolean;
  /** Keys in one DeleteObjects; default 1,000. */
  batchMax?: number;
  /** Get and list of versions are not implemented. */
  refuseVersioning?: boolean;
  /** Only reading the versioning state is refused, as with a narrow policy. */
  denyGetVersioning?: boolean;
  refuseMultipart?: boolean;
  /** `prefix` of a listing is ignored. */
  ignorePrefix?: boolean;
  /** A batch's answer leaves out what was deleted. */
  omitDeleted?: boolean;
  /** No `Date` header. */
  omitDate?: boolean;
}

export type Action =
  /** Answer with an error, nothing applied. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string; readonly message?: string }
  /** An `<Error>` with status 200, nothing applied. */
  | { readonly kind: 'error-in-200'; readonly code: string; readonly message?: string }
  /** DeleteObjects: these keys fail and stay. */
  | {
      readonly kind: 'key-errors';
      readonly errorOf: (key: string) => { readonly code: string; readonly message?: string } | undefined;
    }
  /** DeleteObjects: applied, but the answer does not mention these keys. */
  | { readonly kind: 'omit-keys'; readonly omits: (key: string) => boolean }
  /** Applied, never answered. */
  | { readonly kind: 'apply-then-silence' }
  /** Neither applied nor answered. */
  | { readonly kind: 'silence' }
  /** Applied once `until` resolves, whether or not the caller still waits. */
  | { readonly kind: 'apply-late'; readonly until: Promise<void> }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The connection breaks: before anything is applied, after it, or in the middle of the answer's body. */
  | { readonly kind: 'cut'; readonly when: 'before' | 'after' | 'mid-body' }
  /** Listings: an empty page that says more is to come. */
  | { readonly kind: 'empty-page' }
  /** This answer instead, nothing applied. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly contentType?: string;
    };

/** Called for each authenticated request before it is applied. */
export type RequestHook = (request: EndpointRequest) => Action | undefined | Promise<Action | undefined>;
