/**
 * Ingest nodes without a session: each asks whether the stream is ACTIVE and then uploads, and every upload has
 * landed within a bound that grace periods exceed. Parseable's layout: data below `date=…`, and what makes a
 * stream listable below `.stream/`.
 */
import type { SextonClient } from '../../src/client/sexton-client.js';
import { delay } from '../../src/shared/clock.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import { SextonError } from '../../src/shared/errors.js';
import type { Uploader } from './object-store.js';
import type { Prng } from './prng.js';
import type { SimulatedClock } from './simulated-clock.js';
import type { Trace } from './trace.js';

/** From the question whether the stream is ACTIVE to the moment in which the last byte can land. */
export const UPLOAD_MAX_MS = 1_500;
/** Latest start of an upload after the question; the rest is for landing. */
const START_WITHIN_MS = 500;
const BODY = Uint8Array.of(1, 2, 3);

export interface IngestDeps {
  readonly name: string;
  readonly names: number;
  readonly client: SextonClient;
  readonly uploader: Uploader;
  readonly clock: SimulatedClock;
  readonly random: Prng;
  readonly trace: Trace;
}

export class IngestNode {
  readonly #deps: IngestDeps;
  #stopped = false;
  #objects = 0;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const { clock, random } = this.#deps;
    while (!this.#stopped) {
      await delay(clock, random.between(50, 1_500));
      if (this.#stopped) return;
      await this.#uploadSome();
    }
  }

  async #uploadSome(): Promise<void> {
    const { client, clock, random, names } = this.#deps;
    const askedMs = clock.monotonicMs();
    const name = `s${random.between(1, names)}`;
    let prefix: string;
    try {
      const { stream } = await client.getStream({ name }, { timeoutMs: START_WITHIN_MS });
      if (stream.state !== 'ACTIVE') return;
      prefix = stream.prefix;
    } catch (error) {
      if (error instanceof SextonError) return;
      throw error;
    }
    if (clock.monotonicMs() - askedMs > START_WITHIN_MS) return;
    const count = random.between(1, 6);
    for (let at = 0; at < count; at++) this.#upload(prefix);
  }

  #upload(prefix: string): void {
    const { uploader, random, name, trace } = this.#deps;
    const number = ++this.#objects;
    const key = random.chance(0.2)
      ? `${prefix}.stream/.ingestor.${name}.json`
      : `${prefix}date=2026-01-0${random.between(1, 9)}/hour=00/${name}-${number}.parquet`;
    trace.write(name, () => `uploads ${key}`);
    const expiresInMs = UPLOAD_MAX_MS - START_WITHIN_MS;
    const upload = random.chance(0.1)
      ? this.#multipart(key, expiresInMs)
      : uploader.put(key, BODY, { expiresInMs });
    upload.catch((error: unknown) => {
      if (!(error instanceof ObjectStoreError)) throw error;
      trace.write(name, () => `upload of ${key}: ${error.kind}`);
    });
  }
  /** Half of them are abandoned: invisible to a listing of objects, and billed. */
  async #multipart(key: string, expiresInMs: number): Promise<void> {
    const { uploader, random } = this.#deps;
    const upload = await uploader.startMultipart(key, { expiresInMs: expiresInMs / 2 });
    if (random.chance(0.5)) await uploader.completeMultipart(upload, BODY, { expiresInMs: expiresInMs / 2 });
  }
}
