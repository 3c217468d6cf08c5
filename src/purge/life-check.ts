/**
 * P12: whether what lies below a prefix that a caller chose is still of the deleted life. Its writer may have begun a
 * new one at any moment, under the same prefix and without the catalog; what shows it is the metadata, which is
 * written before any data.
 *
 *   keys listed -> look -> prepared -> quorum round trip -> look again -> sent
 *
 * A key that was listed before a look that found no new life is not the new life's, unless its name recurs from life to
 * life (`isRecurringKey`). Those go by condition, or in requests that die within {@link RECURRING_EXPIRY_MS}: a new life
 * that begins between the second look and the arrival of such a request is what remains exposed, where the store
 * honours no condition.
 *
 * Looks take no place in the throttle of their own: both are made while their request holds one, so that a look that is
 * throttled slows the requests down (P6), and with a limit of one nothing waits for itself. They are shared: one at a
 * time for each attempt.
 */
import {
  isStreamJson,
  METADATA_KEYS_PREFIX,
  parseStreamMetadata,
  type StreamMetadata,
} from '../bucket-layout/stream-metadata.js';
import { lifeOfMetadata, type Life, type MetadataFile } from '../bucket-layout/life-of-metadata.js';
import type { StreamRecord } from '../catalog/types.js';
import { ObjectStoreError, type ObjectInfo } from '../objectstore/object-store.js';
import { forEachBounded } from './bounded-work.js';
import type { PurgeEnvironment } from './environment.js';
import { failureOf, PurgeFailure, StreamReborn, type StoreAction } from './failure.js';
import { SharedRound } from './shared-round.js';
import { untilAborted } from './until-aborted.js';

/** How long a request lives that names recurring keys without a condition. Long enough for a round trip and a look. */
export const RECURRING_EXPIRY_MS = 10_000;
const READS_AT_ONCE = 8;
/** Pages of metadata keys: a node has two. */
const PAGES_MAX = 100;

interface Judged {
  readonly etag: string;
  readonly metadata: StreamMetadata | undefined;
}

export class LifeCheck {
  readonly #env: PurgeEnvironment;
  readonly #stream: StreamRecord;
  readonly #round: SharedRound<Life>;
  /** What did not change since it was read is not read again. */
  readonly #judged = new Map<string, Judged>();
  #sawMetadata = false;

  constructor(env: PurgeEnvironment, stream: StreamRecord) {
    this.#env = env;
    this.#stream = stream;
    this.#round = new SharedRound(() => this.#look());
  }

  /** Some look has found metadata of the deleted life. */
  get sawMetadata(): boolean {
    return this.#sawMetadata;
  }

  /**
   * Resolves when a look that began after this call has found no life but the deleted one. Throws StreamReborn,
   * PurgeFailure (METADATA_UNCLEAR among them). A default prefix is never used again, so that none can begin there;
   * an operator's word to discard new writes ends the looking, for a purge that has begun.
   */
  async mustBeDead(): Promise<void> {
    const { cluster, leading, store } = this.#env;
    if (!this.#stream.prefixReusable) return;
    const record = cluster.stream(this.#stream.incarnation);
    if (record?.state === 'PURGING' && record.purge.discardNewWrites) return;
    const life = await untilAborted(this.#round.answer(), leading);
    switch (life.kind) {
      case 'none':
        return;
      case 'dead':
        this.#sawMetadata = true;
        return;
      case 'reborn':
        throw new StreamReborn(life.createdMs, life.key);
      case 'unclear':
        throw new PurgeFailure(
          'METADATA_UNCLEAR',
          `nothing more is deleted below ${JSON.stringify(this.#stream.prefix)} in ${store.description}: ${life.why}. ` +
            wayOut(this.#stream),
        );
    }
  }

  async #look(): Promise<Life> {
    const files: MetadataFile[] = [];
    await forEachBounded(
      this.#streamJsons(),
      () => READS_AT_ONCE,
      async (object) => {
        const file = await this.#read(object);
        if (file !== undefined) files.push(file);
      },
    );
    const { deleteTimeMs, purgeTimeMs, state } = this.#stream;
    return lifeOfMetadata(files, {
      deletedMs: deleteTimeMs,
      purgedMs: state === 'PURGED' ? purgeTimeMs : undefined,
    });
  }

  async *#streamJsons(): AsyncGenerator<ObjectInfo> {
    const { store } = this.#env;
    const prefix = this.#stream.prefix + METADATA_KEYS_PREFIX;
    let page: string | undefined;
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const position = page === undefined ? {} : { page };
      const found = await this.#ask('listMetadata', prefix, (call) =>
        store.listObjects({ prefix, ...position }, call),
      );
      for (const object of found.items) {
        if (isStreamJson(object.key.slice(this.#stream.prefix.length))) yield object;
      }
      if (found.next === undefined) return;
      page = found.next;
    }
    throw new PurgeFailure(
      'METADATA_UNCLEAR',
      `${JSON.stringify(prefix)} holds more than ${PAGES_MAX} pages of keys`,
    );
  }

  /** Undefined: it is gone since it was listed. */
  async #read({ key, etag }: ObjectInfo): Promise<MetadataFile | undefined> {
    const known = this.#judged.get(key);
    if (known !== undefined && etag !== '' && known.etag === etag) return { key, metadata: known.metadata };
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#ask('readMetadata', key, (call) => this.#env.store.getObject(key, call));
    } catch (error) {
      // Too large to be read in one piece: it is there, and says nothing.
      if (error instanceof ObjectStoreError && error.kind === 'INVALID') return { key, metadata: undefined };
      throw error;
    }
    if (bytes === undefined) return undefined;
    const metadata = parseStreamMetadata(bytes);
    this.#judged.set(key, { etag, metadata });
    return { key, metadata };
  }

  async #ask<T>(
    action: StoreAction,
    subject: string,
    request: (call: { readonly signal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { clock, metrics, store, leading } = this.#env;
    const startedMs = clock.monotonicMs();
    try {
      const answer = await request({ signal: leading });
      metrics.requestFinished('look', 'ok', clock.monotonicMs() - startedMs);
      return answer;
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      metrics.requestFinished('look', error.kind, clock.monotonicMs() - startedMs);
      // The batch tries again, with its own patience; what only an operator can mend ends the try.
      const isBatchs = error.kind === 'THROTTLED' || error.kind === 'TRANSIENT';
      if (isBatchs || (error.kind === 'INVALID' && action === 'readMetadata')) throw error;
      throw failureOf(error, action, JSON.stringify(subject), store.description);
    }
  }
}

function wayOut({ state }: StreamRecord): string {
  const dead = 'If all of it is of the deleted stream, remove that object';
  return state === 'PURGED'
    ? `${dead}; if it is a new life, adopt it by \`sexton adopt\``
    : `${dead}, or say \`sexton purge retry --discard-new-writes\``;
}
