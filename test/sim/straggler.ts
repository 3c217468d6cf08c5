/**
 * An ingest node that no barrier covers: it holds no session, and sends what it has staged long after it last looked
 * whether the stream is ACTIVE. What it writes may land when the stream is PURGED, and is for the sweeps (P8); or
 * when the prefix has a new owner, and is that one's then.
 */
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import { delay } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import type { IngestDeps } from './ingest.js';

/** From the question whether the stream is ACTIVE to the moment in which the last byte can land. */
const STRAGGLER_MAX_MS = 6_000;
const BODY = Uint8Array.of(7);
const MARK = '/hour=23/';

/** Written by a straggler: nothing is promised of the order in which it goes. */
export function isStraggling(key: string): boolean {
  return key.includes(MARK);
}

export class Straggler {
  readonly #deps: IngestDeps;
  readonly #uploads = new Set<Promise<void>>();
  #stopped = false;
  #objects = 0;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
  }

  /** Looks no more; what it has staged is still sent. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    const { clock, random } = this.#deps;
    while (!this.#stopped) {
      await delay(clock, random.between(100, 1_500));
      if (!this.#stopped) await this.#stage();
    }
    await Promise.all(this.#uploads);
  }

  async #stage(): Promise<void> {
    const { client, clock, random, names } = this.#deps;
    const askedMs = clock.monotonicMs();
    try {
      const { stream } = await client.getStream({ name: `s${random.between(1, names)}` });
      if (stream.state !== 'ACTIVE') return;
      const upload = this.#send(stream.prefix, askedMs + STRAGGLER_MAX_MS).finally(() =>
        this.#uploads.delete(upload),
      );
      this.#uploads.add(upload);
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
    }
  }

  async #send(prefix: string, untilMs: number): Promise<void> {
    const { clock, random, uploader, trace, name } = this.#deps;
    const key = `${prefix}date=2026-03-0${random.between(1, 9)}${MARK}${name}-${++this.#objects}.parquet`;
    await delay(clock, random.next() * (untilMs - clock.monotonicMs()));
    const expiry = (): { expiresInMs: number } => ({
      expiresInMs: Math.max(0, untilMs - clock.monotonicMs()),
    });
    trace.write(name, () => `sends ${key}, late`);
    try {
      if (random.chance(0.8)) {
        await uploader.put(key, BODY, expiry());
        return;
      }
      const upload = await uploader.startMultipart(key, expiry());
      if (random.chance(0.5)) await uploader.completeMultipart(upload, BODY, expiry());
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      trace.write(name, () => `upload of ${key}: ${error.kind}`);
    }
  }
}
