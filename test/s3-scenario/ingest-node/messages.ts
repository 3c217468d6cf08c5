/** What the script and its ingest node say to each other; every request has one answer. */

export interface IngestNodeSettings {
  readonly endpoints: readonly string[];
  readonly s3Endpoint: string;
  readonly region: string;
  readonly bucket: string;
  readonly nodeId: string;
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
}

export type IngestRequest =
  /** Uploads under `guard`, one after the other, keys relative to the stream's prefix. */
  | { readonly kind: 'upload'; readonly stream: string; readonly keys: readonly string[] }
  /** Begins an upload under `guard` that is deaf to its signal and sends nothing until it is released. */
  | { readonly kind: 'hold'; readonly stream: string; readonly key: string }
  /** Answers when the signal of the held upload has fired. */
  | { readonly kind: 'awaitAbort' }
  /** The held upload sends its object now, and ends. */
  | { readonly kind: 'release' }
  | { readonly kind: 'status' }
  | { readonly kind: 'close' };

/** `reason`: of the SextonError that refused it or aborted it; '' = none did. */
export interface IngestAnswer {
  readonly reason: string;
  readonly uploaded: number;
  readonly leaseRemainingMs: number;
  readonly settled: boolean;
}
