/**
 * An S3 server in the process, for tests and for tools that want a bucket without a service: path style,
 * SigV4 checked, listings, versions, multipart uploads, conditional and batch deletes. It keeps everything in
 * memory, misbehaves on request (`quirks`, `onRequest`) and remembers every delete (`deletes`).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeAwsChunked } from './aws-chunked.js';
import { Bucket, type Versioning } from './bucket.js';
import type { Answer, Context, EndpointRequest } from './exchange.js';
import type { Action, Quirks, RequestHook } from './faults.js';
import { readTargets } from './objects.js';
import { operationOf, perform } from './operations.js';
import type { DeleteRecord } from './request-log.js';
import { S3Error } from './s3-error.js';
import { verifySignature, type Credentials } from './signature.js';
import { document, element, errorDocument, fields } from './xml-out.js';

export interface S3EndpointOptions {
  readonly credentials?: Credentials;
  /** 0, the default: any free port. */
  readonly port?: number;
  readonly host?: string;
  /** The server's clock, ms since the epoch. */
  readonly now?: () => number;
  readonly quirks?: Quirks;
  readonly onRequest?: RequestHook;
  /** Of idle connections; 0 = none. Default 60,000. */
  readonly keepAliveTimeoutMs?: number;
}

export const TEST_CREDENTIALS: Credentials = {
  accessKeyId: 'test-access-key',
  secretAccessKey: 'test-secret-key',
};

export class S3Endpoint {
  readonly credentials: Credentials;
  readonly buckets = new Map<string, Bucket>();
  /** In order of arrival. */
  readonly deletes: DeleteRecord[] = [];
  /** The bodies of requests that were refused because their time had passed. */
  readonly expired: string[] = [];
  quirks: Quirks;
  onRequest: RequestHook | undefined;
  requestCount = 0;
  readonly #now: () => number;
  readonly #host: string;
  readonly #server: Server;

  private constructor(options: S3EndpointOptions) {
    this.credentials = options.credentials ?? TEST_CREDENTIALS;
    this.quirks = options.quirks ?? {};
    this.onRequest = options.onRequest;
    this.#now = options.now ?? Date.now;
    this.#host = options.host ?? '127.0.0.1';
    this.#server = createServer((message, response) => {
      void this.#serve(message, response);
    });
    this.#server.keepAliveTimeout = options.keepAliveTimeoutMs ?? 60_000;
  }

  static async start(options: S3EndpointOptions = {}): Promise<S3Endpoint> {
    const endpoint = new S3Endpoint(options);
    await new Promise<void>((resolve, reject) => {
      endpoint.#server.once('error', reject);
      endpoint.#server.listen(options.port ?? 0, endpoint.#host, resolve);
    });
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${this.#host}:${this.port}`;
  }

  /** For `--object-store`. */
  storeUrl(bucket: string): string {
    return `s3://${bucket}?endpoint=${encodeURIComponent(this.url)}`;
  }

  /** The variables that a client of this endpoint needs. */
  get environment(): Record<string, string> {
    return {
      AWS_ACCESS_KEY_ID: this.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.credentials.secretAccessKey,
    };
  }

  createBucket(name: string, versioning: Versioning = ''): Bucket {
    const bucket = new Bucket(name, this.#now);
    bucket.versioning = versioning;
    this.buckets.set(name, bucket);
    return bucket;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that hangs up is part of the game.
    response.on('error', () => undefined);
    let action: Action | undefined;
    let record: DeleteRecord | undefined;
    let answer: Answer;
    try {
      const request = await this.#read(message);
      record = this.#record(request);
      action = await this.onRequest?.(request);
      answer = await this.#answer(request, action, record);
    } catch (error) {
      if (error instanceof Hang) return;
      if (error instanceof Cut) {
        response.destroy();
        return;
      }
      if ((error as NodeJS.ErrnoException).code === 'ECONNRESET') return;
      const failure = error instanceof S3Error ? error : new S3Error(500, 'InternalError', String(error));
      answer = { status: failure.status, body: errorDocument(failure.code, failure.message) };
    }
    if (record !== undefined) record.status = answer.status;
    this.#write(message, response, answer, action);
  }

  async #answer(
    request: EndpointRequest,
    action: Action | undefined,
    record: DeleteRecord | undefined,
  ): Promise<Answer> {
    switch (action?.kind) {
      case 'error':
        throw new S3Error(action.status, action.code, action.message ?? action.code);
      case 'error-in-200':
        return { status: 200, body: errorDocument(action.code, action.message ?? action.code) };
      case 'answer':
        return {
          status: action.status,
          body: action.body,
          headers: { 'content-type': action.contentType ?? 'application/xml' },
        };
      case 'silence':
        throw new Hang();
      case 'delay':
        await sleep(action.delayMs);
        break;
      case 'apply-late':
        await action.until;
        break;
      case 'cut':
        if (action.when === 'before') throw new Cut();
        break;
      default:
        break;
    }
    const answer = this.#apply(request, action, record);
    if (record !== undefined) record.appliedMs = this.#now();
    if (action?.kind === 'apply-then-silence') throw new Hang();
    if (action?.kind === 'cut' && action.when === 'after') throw new Cut();
    return answer;
  }

  #apply(request: EndpointRequest, action: Action | undefined, record: DeleteRecord | undefined): Answer {
    switch (request.operation) {
      case 'ListBuckets': {
        const rows = [...this.buckets.keys()].map((name) =>
          element(
            'Bucket',
            fields([
              ['Name', name],
              ['CreationDate', new Date(0).toISOString()],
            ]),
          ),
        );
        return {
          status: 200,
          body: document(
            'ListAllMyBucketsResult',
            `<Owner><ID>test</ID></Owner>${element('Buckets', rows.join(''))}`,
          ),
        };
      }
      case 'CreateBucket':
        if (!this.buckets.has(request.bucket)) this.createBucket(request.bucket);
        return { status: 200 };
      case 'DeleteBucket':
        if ((this.buckets.get(request.bucket)?.objects.size ?? 0) > 0)
          throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty');
        this.buckets.delete(request.bucket);
        return { status: 204 };
      default: {
        const bucket = this.buckets.get(request.bucket);
        if (bucket === undefined)
          throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
        const context: Context = { request, bucket, quirks: this.quirks, action, record };
        return perform(context);
      }
    }
  }

  async #read(message: IncomingMessage): Promise<EndpointRequest> {
    this.requestCount++;
    const receivedMs = this.#now();
    const chunks: Buffer[] = [];
    for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks);
    const [rawPath, rawQuery] = splitOnce(message.url ?? '/', '?');
    const query = new Map(
      rawQuery
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair) => {
          const [name, value] = splitOnce(pair, '=');
          return [decodeURIComponent(name), decodeURIComponent(value.replaceAll('+', ' '))] as const;
        }),
    );
    const method = message.method ?? 'GET';
    const { headers } = message;
    const ignoreExpiry = this.quirks.ignoreExpiry === true;
    const signed = { method, rawPath, query, headers, body: raw, nowMs: receivedMs, ignoreExpiry };
    const expiresAtMs = this.#verify(signed, raw);
    const [bucket, rawKey] = splitOnce(rawPath.slice(1), '/');
    const key = decodeURIComponent(rawKey);
    const isChunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
    return {
      operation: operationOf(method, bucket, key, query),
      method,
      bucket,
      key,
      query,
      headers,
      body: isChunked ? decodeAwsChunked(raw) : raw,
      source: headers['user-agent'] ?? '',
      receivedMs,
      expiresAtMs,
    };
  }

  #verify(signed: Parameters<typeof verifySignature>[0], body: Buffer): number | undefined {
    try {
      return verifySignature(signed, this.credentials);
    } catch (error) {
      if (error instanceof Error && /expired/i.test(error.message)) this.expired.push(body.toString('utf8'));
      throw error;
    }
  }

  #record(request: EndpointRequest): DeleteRecord | undefined {
    const { operation, key, query, headers } = request;
    if (operation !== 'DeleteObject' && operation !== 'DeleteObjects') return undefined;
    const targets =
      operation === 'DeleteObjects'
        ? readTargets(request.body).targets
        : [{ key, versionId: query.get('versionId'), ifMatch: headers['if-match'] }];
    const record: DeleteRecord = {
      sequence: this.requestCount,
      receivedMs: request.receivedMs,
      expiresAtMs: request.expiresAtMs,
      source: request.source,
      bucket: request.bucket,
      targets,
      applied: [],
      appliedMs: undefined,
      status: 0,
    };
    this.deletes.push(record);
    return record;
  }

  #write(
    message: IncomingMessage,
    response: ServerResponse,
    answer: Answer,
    action: Action | undefined,
  ): void {
    const body =
      typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
    response.sendDate = false;
    response.writeHead(answer.status, {
      ...(this.quirks.omitDate === true ? {} : { date: new Date(this.#now()).toUTCString() }),
      'x-amz-request-id': `TEST${this.requestCount}`,
      ...(typeof answer.body === 'string' ? { 'content-type': 'application/xml' } : {}),
      ...(answer.status === 204 ? {} : { 'content-length': String(body.length) }),
      ...answer.headers,
    });
    if (action?.kind === 'cut' && action.when === 'mid-body') {
      response.write(body.subarray(0, Math.floor(body.length / 2)), () => {
        response.destroy();
      });
      return;
    }
    response.end(message.method === 'HEAD' || answer.status === 204 ? undefined : body);
  }
}

class Hang extends Error {}
class Cut extends Error {}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
