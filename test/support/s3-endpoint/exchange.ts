/** One request as the operations see it, parsed and authenticated, and the answer that they give. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Bucket } from './bucket.js';
import type { Action, Quirks } from './faults.js';
import type { DeleteRecord } from './request-log.js';

export interface EndpointRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly bucket: string;
  /** '' for requests to the bucket. */
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  /** The `user-agent`: who sent it. */
  readonly source: string;
  readonly receivedMs: number;
  /** Of a presigned request. */
  readonly expiresAtMs: number | undefined;
}

export type Operation =
  | 'ListBuckets'
  | 'CreateBucket'
  | 'DeleteBucket'
  | 'HeadBucket'
  | 'GetBucketLocation'
  | 'GetBucketVersioning'
  | 'PutBucketVersioning'
  | 'ListObjects'
  | 'ListObjectsV2'
  | 'ListObjectVersions'
  | 'ListMultipartUploads'
  | 'DeleteObjects'
  | 'PutObject'
  | 'GetObject'
  | 'HeadObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
  | 'Unknown';

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Context {
  readonly request: EndpointRequest;
  readonly bucket: Bucket;
  readonly quirks: Quirks;
  readonly action: Action | undefined;
  /** Set for DeleteObject and DeleteObjects. */
  readonly record: DeleteRecord | undefined;
}
