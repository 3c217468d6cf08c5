/**
 * A Parseable node's way to the bucket: requests with a timeout, repeated a few times. A write of unknown outcome is
 * repeated when it can no longer land, so that nothing of a node overtakes its own later writes.
 */
import { delay } from '../../../src/shared/clock.js';
import {
  ObjectStoreError,
  type DeleteOutcome,
  type ObjectStore,
} from '../../../src/objectstore/object-store.js';
import type { SimulatedBucket, Uploader } from '../object-store.js';
import { failure, type Caller } from '../object-store-wire.js';
import type { Prng } from '../prng.js';
import type { SimulatedClock } from '../simulated-clock.js';

export interface BucketAccessDeps {
  readonly bucket: SimulatedBucket;
  readonly caller: Caller;
  readonly clock: SimulatedClock;
  readonly random: Prng;
}

const TRIES = 3;
const REQUEST_MS = 250;
const AGAIN_MS = 50;
const PASSING: ReadonlySet<string> = new Set(['THROTTLED', 'TRANSIENT', 'EXPIRED']);

/** Every call rejects with ObjectStoreError when its tries are used up. */
export class BucketAccess {
  readonly #deps: BucketAccessDeps;
  readonly #store: ObjectStore;
  readonly #uploader: Uploader;

  constructor(deps: BucketAccessDeps) {
    const { bucket, caller, clock } = deps;
    this.#deps = deps;
    this.#store = bucket.store(caller.scope, caller.label, clock);
    this.#uploader = bucket.uploader(caller.scope, caller.label);
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#repeat((signal) => this.#store.getObject(key, { signal }));
  }

  async list(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    let page: string | undefined;
    do {
      const options = page === undefined ? { prefix } : { prefix, page };
      const answer = await this.#repeat((signal) => this.#store.listObjects(options, { signal }));
      for (const { key } of answer.items) keys.push(key);
      page = answer.next;
    } while (page !== undefined);
    return keys;
  }

  put(key: string, body: Uint8Array): Promise<void> {
    return this.#repeat((signal) => this.#uploader.put(key, body, { signal, expiresInMs: REQUEST_MS }));
  }

  /** Several keys in one request, by name. */
  delete(keys: readonly string[]): Promise<void> {
    return this.#repeat(async (signal) => {
      for (const outcome of await this.#deleteOnce(keys, signal))
        if (outcome.kind === 'failed') throw outcome.error;
    });
  }

  #deleteOnce(keys: readonly string[], signal: AbortSignal): Promise<readonly DeleteOutcome[]> {
    const { bucket, caller } = this.#deps;
    const diesAtMs = bucket.nowMs + REQUEST_MS;
    const doing = `deleting ${keys.length} keys`;
    const record = bucket.recordDelete(caller, bucket.moment(), {
      kind: 'objects',
      targets: keys.map((key) => ({ key })),
      uploadId: undefined,
      diesAtMs: undefined,
    });
    return bucket.wire.call({
      caller,
      signal,
      doing,
      isMutation: true,
      serve: () => {
        if (bucket.nowMs >= diesAtMs) throw failure('EXPIRED', 'AccessDenied', `${doing}: too late`);
        return bucket.deleteObjects(record);
      },
    });
  }

  async #repeat<T>(request: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, random } = this.#deps;
    for (let tries = 1; ; tries++) {
      const givenUp = new AbortController();
      const timeout = clock.setTimer(REQUEST_MS, () => {
        givenUp.abort(new ObjectStoreError('TRANSIENT', 'TimeoutError', 'no answer in time'));
      });
      const startedMs = clock.monotonicMs();
      try {
        return await request(givenUp.signal);
      } catch (error) {
        if (!(error instanceof ObjectStoreError)) throw error;
        if (!PASSING.has(error.kind)) throw error;
        const landsUntilMs = startedMs + REQUEST_MS - clock.monotonicMs();
        await delay(clock, Math.max(0, landsUntilMs) + random.between(1, AGAIN_MS));
        if (tries === TRIES) throw error;
      } finally {
        timeout.cancel();
      }
    }
  }
}
