/**
 * An ingest node as a process of its own: one session, uploads under its `guard`, told by its parent what to do. Its
 * settings are the one argument, as JSON. Tells its parent 'ready' when uploads may begin.
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SextonClient, SextonError, type IngestSession } from '../../../src/client/index.js';
import { deferred, type Deferred } from '../../../src/shared/deferred.js';
import type { IngestAnswer, IngestNodeSettings, IngestRequest } from './messages.js';

interface Held {
  readonly aborted: Promise<string>;
  readonly release: Deferred<void>;
  readonly ended: Promise<string>;
}

const NOTHING: IngestAnswer = { reason: '', uploaded: 0, leaseRemainingMs: 0, settled: false };

class IngestNode {
  readonly #session: IngestSession;
  readonly #put: (key: string, body: string, signal?: AbortSignal) => Promise<unknown>;
  #held: Held | undefined;

  constructor(session: IngestSession, { s3Endpoint, region, bucket }: IngestNodeSettings) {
    this.#session = session;
    // One guard, one try.
    const s3 = new S3Client({ endpoint: s3Endpoint, region, forcePathStyle: true, maxAttempts: 1 });
    this.#put = (key, body, signal) =>
      s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }),
        signal === undefined ? {} : { abortSignal: signal },
      );
  }

  async answer(request: IngestRequest): Promise<IngestAnswer> {
    switch (request.kind) {
      case 'upload':
        return this.#upload(request.stream, request.keys);
      case 'hold':
        return { ...NOTHING, reason: this.#hold(request.stream, request.key) };
      case 'awaitAbort':
        return { ...NOTHING, reason: (await this.#held?.aborted) ?? '' };
      case 'release':
        this.#held?.release.resolve();
        return { ...NOTHING, reason: (await this.#held?.ended) ?? '' };
      case 'status':
        return { ...NOTHING, leaseRemainingMs: this.#session.status().leaseRemainingMs };
      case 'close':
        return { ...NOTHING, ...(await this.#session.close()) };
    }
  }

  async #upload(name: string, keys: readonly string[]): Promise<IngestAnswer> {
    let uploaded = 0;
    try {
      for (const key of keys) {
        const stream = this.#session.stream({ name });
        if (stream === undefined) return { ...NOTHING, uploaded, reason: 'STREAM_NOT_FOUND' };
        await this.#session.guard(stream, (signal) => this.#put(`${stream.prefix}${key}`, key, signal));
        uploaded++;
      }
      return { ...NOTHING, uploaded };
    } catch (error) {
      return { ...NOTHING, uploaded, reason: reasonOf(error) };
    }
  }

  #hold(name: string, key: string): string {
    const stream = this.#session.stream({ name });
    if (stream === undefined) return 'STREAM_NOT_FOUND';
    const aborted = deferred<string>();
    const release = deferred<void>();
    const ended = this.#session
      .guard(stream, async (signal) => {
        signal.addEventListener('abort', () => aborted.resolve(reasonOf(signal.reason)), { once: true });
        await release.promise;
        await this.#put(`${stream.prefix}${key}`, key);
      })
      .then(() => '', reasonOf);
    this.#held = { aborted: aborted.promise, release, ended };
    return '';
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SextonError) return error.reason;
  throw error;
}

const settings = JSON.parse(process.argv[2] ?? '') as IngestNodeSettings;
const client = new SextonClient({ endpoints: settings.endpoints, requestTimeoutMs: 60_000 });
const { nodeId, ttlMs, uploadDeadlineMs } = settings;
const node = new IngestNode(await client.openIngestSession({ nodeId, ttlMs, uploadDeadlineMs }), settings);
process.on('message', ({ id, request }: { id: number; request: IngestRequest }) => {
  node.answer(request).then(
    (answer) => process.send?.({ id, answer }),
    (error: unknown) => process.send?.({ id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.('ready');
