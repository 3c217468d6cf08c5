/**
 * One signed request, one bounded answer. Everything that goes to the server passes here: signing,
 * the deadline, abort, the limits on sockets and answers, and turning failures into errors.
 *
 * It stands where the SDK's clients would, for three reasons. A prepared delete must send exactly
 * the bytes that were signed, and at a date that is never later than the server's (P11, `s3-store-time.ts`), while the
 * SDK signs by this machine's clock as long as that is less than five minutes off. A page of a listing costs the SDK 28 ms of processor time where this takes 8 (1,000 keys, Node 20),
 * in the process that must answer heartbeats. And the SDK reads an empty 200 as a listing without
 * objects, which is what proves a purge done (P4).
 *
 * Nothing is retried here, since pacing is the purger's (P6), except once what was refused for its date alone: the
 * refusal brings the right one, and was not applied.
 */
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { Sha256 } from '@aws-crypto/sha256-js';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from '../shared/clock.js';
import { ObjectStoreError, type CallOptions } from './object-store.js';
import { openS3Account, type S3Account } from './s3-account.js';
import type { S3Config } from './s3-config.js';
import {
  findErrorElement,
  isWrongDate,
  networkError,
  readErrorElement,
  s3Error,
  type S3Failure,
} from './s3-errors.js';
import { StoreTime } from './s3-store-time.js';

const SOCKETS_MAX = 128;
const CONNECT_TIMEOUT_MS = 10_000;
/** From the first byte sent to the last one read. A server that is busy with 1,000 deletes may take long. */
const DEADLINE_MS = 60_000;
/** A page of 1,000 versions with keys of 1,024 bytes, each byte escaped, is 5 MiB. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Absent: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface S3Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface S3TransportDeps {
  readonly clock: Clock;
  /** Tests shorten it. */
  readonly deadlineMs?: number;
  /** Sent as `user-agent`, so that the server's log says who deleted. Default `sexton`. */
  readonly userAgent?: string;
}

export class S3Transport {
  /** For messages: the endpoint and the bucket, never a credential. */
  readonly where: string;
  /** What signs: the server's own time. */
  readonly time: StoreTime;
  readonly #config: S3Config;
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #userAgent: string;
  readonly #handler: NodeHttpHandler;
  readonly #signer: SignatureV4;
  #account: Promise<S3Account> | undefined;

  constructor(config: S3Config, deps: S3TransportDeps) {
    this.#config = config;
    this.#clock = deps.clock;
    this.time = new StoreTime(deps.clock);
    this.#deadlineMs = deps.deadlineMs ?? DEADLINE_MS;
    this.#userAgent = deps.userAgent ?? 'sexton';
    this.where = `${config.endpoint ?? `AWS ${config.region}`}, bucket ${config.bucket}`;
    const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
    this.#handler = new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent({ ...agent, rejectUnauthorized: !config.tlsSkipVerify }),
    });
    this.#signer = new SignatureV4({
      service: 's3',
      region: config.region,
      credentials: async () => (await this.#openAccount()).credentials(),
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false,
    });
  }

  /** Signs with a header, by the store's time; sends; throws unless the answer is a 2xx without an `<Error>` body. */
  async call(request: S3Request, doing: string, call: CallOptions): Promise<S3Response> {
    const response = await this.tryCall(request, doing, call);
    this.throwIfFailed(response, doing);
    return response;
  }

  /** Like {@link call}, but hands back whatever the server answered. */
  async tryCall(request: S3Request, doing: string, call: CallOptions): Promise<S3Response> {
    const body = request.body ?? new Uint8Array();
    const unsigned = await this.#build({
      ...request,
      headers: {
        ...request.headers,
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      },
    });
    const sendSigned = async (): Promise<S3Response> => {
      const signed = await this.#signer.sign(unsigned, { signingDate: new Date(this.time.nowMs()) });
      return this.send(new HttpRequest(signed), doing, call);
    };
    const response = await sendSigned();
    // The first request of all is signed by our own clock, and so is every later one by a clock that was suspended.
    const failure = response.status < 400 ? undefined : this.failureOf(response);
    return failure !== undefined && isWrongDate(failure.code) && this.time.isTold ? sendSigned() : response;
  }

  /**
   * Signs in the query string: the server refuses the request `expiresInS` after `signedAtMs` (P11). The
   * body is not part of the signature, its checksum header and its length are.
   */
  async presign(request: S3Request, signedAtMs: number, expiresInS: number): Promise<HttpRequest> {
    const unsigned = await this.#build({
      ...request,
      headers: { ...request.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    const signed = await this.#signer.presign(unsigned, {
      signingDate: new Date(signedAtMs),
      expiresIn: expiresInS,
      unhoistableHeaders: new Set(Object.keys(request.headers ?? {})),
    });
    return new HttpRequest(signed);
  }

  /** Sends as it is. Throws TRANSIENT on network errors and at the deadline, the signal's reason on abort. */
  async send(
    request: Parameters<NodeHttpHandler['handle']>[0],
    doing: string,
    call: CallOptions,
  ): Promise<S3Response> {
    call.signal.throwIfAborted();
    // One controller a request instead of AbortSignal.any: the caller's signal lives as long as a term.
    const controller = new AbortController();
    const onAbort = (): void => {
      controller.abort();
    };
    // Many requests share one signal on purpose; the listeners go when their requests end.
    setMaxListeners(0, call.signal);
    call.signal.addEventListener('abort', onAbort, { once: true });
    const deadline = this.#clock.setTimer(this.#deadlineMs, onAbort);
    const sentMs = this.#clock.monotonicMs();
    try {
      const { response } = await this.#handler.handle(request, { abortSignal: controller.signal });
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      this.time.answered(headers['date'], sentMs);
      const body = await readAnswer(response.body as Readable, controller.signal);
      return { status: response.statusCode, headers, body };
    } catch (error) {
      call.signal.throwIfAborted();
      if (error instanceof ObjectStoreError) throw error;
      if (controller.signal.aborted) {
        throw new ObjectStoreError(
          'TRANSIENT',
          'DeadlineExceeded',
          `${doing} at ${this.where}: no answer within ${this.#deadlineMs} ms`,
          {
            cause: error,
          },
        );
      }
      throw networkError(error, doing, this.where);
    } finally {
      deadline.cancel();
      call.signal.removeEventListener('abort', onAbort);
    }
  }

  /** What the answer failed with: a status, or an `<Error>` inside a 200 (pitfall: SlowDown comes that way). */
  failureOf(response: S3Response): S3Failure | undefined {
    const { status, headers } = response;
    const element =
      status >= 300 || beginsWithError(response) ? findErrorElement(textOf(response)) : undefined;
    if (status < 300 && element === undefined) return undefined;
    const said = element === undefined ? { code: '', message: '', requestId: '' } : readErrorElement(element);
    return { status, ...said, requestId: said.requestId || headers['x-amz-request-id'] || '' };
  }

  throwIfFailed(response: S3Response, doing: string): void {
    const failure = this.failureOf(response);
    if (failure !== undefined) throw s3Error(failure, doing, this.where);
  }

  close(): void {
    this.#handler.destroy();
  }

  #openAccount(): Promise<S3Account> {
    this.#account ??= openS3Account(this.#config);
    return this.#account;
  }

  async #build(request: S3Request): Promise<HttpRequest> {
    const base = new URL((await this.#openAccount()).bucketUrl);
    const path = base.pathname === '/' ? '' : base.pathname;
    return new HttpRequest({
      method: request.method,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      ...(base.port === '' ? {} : { port: Number(base.port) }),
      path: request.key === undefined ? path || '/' : `${path}/${encodeKey(request.key)}`,
      query: { ...request.query },
      headers: {
        host: base.host,
        'user-agent': this.#userAgent,
        ...(request.body === undefined ? {} : { 'content-length': String(request.body.length) }),
        ...request.headers,
      },
      ...(request.body === undefined ? {} : { body: request.body }),
    });
  }
}

/** RFC 3986, slash kept: what SigV4 calls the canonical path, and no more than that is escaped. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/%2F/g, '/')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** An `<Error>` as the root element; one below a `<DeleteResult>` is about a single key. */
function beginsWithError(response: S3Response): boolean {
  const head = Buffer.from(
    response.body.buffer,
    response.body.byteOffset,
    Math.min(response.body.byteLength, 256),
  ).toString('latin1');
  return /^\s*(?:<\?xml[^>]*>\s*)?<Error[\s>]/.test(head);
}

export function textOf(response: S3Response): string {
  return Buffer.from(response.body.buffer, response.body.byteOffset, response.body.byteLength).toString(
    'utf8',
  );
}

async function readAnswer(stream: Readable, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Aborting the request alone would leave a stream that ends quietly, and half an answer.
  const onAbort = (): void => {
    stream.destroy(new Error('aborted'));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) {
        throw new ObjectStoreError(
          'INVALID',
          '',
          `the server's answer is longer than ${ANSWER_BYTES_MAX} bytes`,
        );
      }
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  return Buffer.concat(chunks, bytes);
}
