/**
 * An operator who looks at what waits for one: purges that met a new life or unclear metadata, and sweeps that met
 * metadata that does not say whose it is. Gives up what was written since a tombstone; takes away metadata of the dead and
 * adopts what lives, which people know of a stream and the simulated one asks the oracle for.
 */
import { lifeOfMetadata } from '../../../src/bucket-layout/life-of-metadata.js';
import { parseStreamMetadata } from '../../../src/bucket-layout/stream-metadata.js';
import type { StreamRecord } from '../../../src/catalog/types.js';
import type { SextonClient } from '../../../src/client/sexton-client.js';
import { ObjectStoreError } from '../../../src/objectstore/object-store.js';
import { delay } from '../../../src/shared/clock.js';
import { SextonError } from '../../../src/shared/errors.js';
import type { SimulatedBucket } from '../object-store.js';
import { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import { SimulatedClock } from '../simulated-clock.js';
import type { Trace } from '../trace.js';
import { nameOf } from './layout.js';

export interface CaretakerDeps {
  readonly client: SextonClient;
  readonly streams: () => readonly StreamRecord[];
  /** Keys of metadata, by whether it may be deleted. */
  readonly metadataBelow: (prefix: string) => {
    readonly living: readonly string[];
    readonly dead: readonly string[];
  };
  /** Called before an adoption is asked for. */
  readonly adopting: (name: string) => void;
  readonly bucket: SimulatedBucket;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
}

export const CARETAKER = 'caretaker';
const FOR_OPERATORS: ReadonlySet<string> = new Set(['STREAM_REBORN', 'METADATA_UNCLEAR']);

export class Caretaker {
  readonly #deps: CaretakerDeps;
  readonly #clock: SimulatedClock;
  readonly #scope = new ProcessScope(CARETAKER);
  readonly #done = {
    'operator: new writes discarded': 0,
    'operator: life adopted': 0,
    'operator: metadata removed': 0,
  };
  #everyMs = 0;

  constructor(deps: CaretakerDeps) {
    this.#deps = deps;
    this.#clock = new SimulatedClock(deps.scheduler, this.#scope);
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#done;
  }

  /** From now on, as long as the world lasts. */
  start(everyMs: number): void {
    const isRunning = this.#everyMs > 0;
    this.#everyMs = everyMs;
    if (!isRunning) void this.#run();
  }

  async #run(): Promise<never> {
    for (;;) {
      await delay(this.#clock, this.#everyMs);
      for (const stream of this.#deps.streams()) {
        try {
          await this.#look(stream);
        } catch (error) {
          // Looked at again.
          if (!(error instanceof SextonError || error instanceof ObjectStoreError)) throw error;
        }
      }
    }
  }

  async #look(stream: StreamRecord): Promise<void> {
    const { client, trace } = this.#deps;
    const { name, incarnation, state, purge } = stream;
    if (state === 'PURGING' && FOR_OPERATORS.has(purge.blockedReason) && !purge.discardNewWrites) {
      trace.write(CARETAKER, () => `gives up new writes of ${name}#${incarnation}: ${purge.blockedReason}`);
      await client.retryPurge({ name, incarnation, discardNewWrites: true });
      this.#done['operator: new writes discarded'] += 1;
    }
    if (state === 'PURGED' && this.#isUnclear(stream)) await this.#decide(stream);
  }

  /** What the alarm of a sweep says. */
  #isUnclear({ prefix, incarnation, deleteTimeMs, purge, purgeTimeMs, sweep }: StreamRecord): boolean {
    if (sweep.nextTimeMs === 0 || sweep.nextTimeMs > this.#clock.wallMs()) return false;
    const isOwned = this.#deps
      .streams()
      .some((other) => other.prefix === prefix && other.incarnation > incarnation);
    if (isOwned) return false;
    const { living, dead } = this.#deps.metadataBelow(prefix);
    const files = [...living, ...dead].map((key) => ({
      key,
      metadata: parseStreamMetadata(this.#deps.bucket.contents.current(key)?.body ?? new Uint8Array()),
    }));
    const times = { deletedMs: deleteTimeMs, purgeBeganMs: purge.beginTimeMs, purgedMs: purgeTimeMs };
    return lifeOfMetadata(files, times).kind === 'unclear';
  }

  async #decide({ name, prefix }: StreamRecord): Promise<void> {
    const { client, bucket, trace, metadataBelow, adopting } = this.#deps;
    const { living, dead } = metadataBelow(prefix);
    if (living.length > 0) {
      trace.write(CARETAKER, () => `adopts ${name}`);
      adopting(name);
      await client.adoptStream({ name, prefix, as: 'ACTIVE', execute: true });
      this.#done['operator: life adopted'] += 1;
      return;
    }
    const store = bucket.store(this.#scope, CARETAKER, this.#clock);
    for (const key of dead) {
      trace.write(CARETAKER, () => `removes ${key}, metadata of a dead life of ${nameOf(key)}`);
      await store.deleteObject(key, { signal: new AbortController().signal });
      this.#done['operator: metadata removed'] += 1;
    }
  }
}
