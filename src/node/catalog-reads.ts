/** Reads of applied state, for callers: one stream, pages of streams, pages of the purge queue. */
import {
  decodePurgeQueueKey,
  decodeStreamListKey,
  eventRange,
  purgeQueueRange,
  streamListRange,
} from '../catalog/keys.js';
import { prefixesBelow, readPrefix } from '../catalog/prefix-queries.js';
import { decodeEvent, readStream, readStreamByIncarnation, readSummary } from '../catalog/queries.js';
import type { StreamEvent, StreamRecord } from '../catalog/types.js';
import { SextonError } from '../shared/errors.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { ListStreamsQuery, PrefixLookup, StreamPage, StreamSelector } from './node-api.js';

/** Keys looked at for one page: a filter that matches nothing must not scan a million streams in one call. */
const SCAN_LIMIT = 20_000;

export class CatalogReads {
  readonly #storage: Pick<NodeStorage, 'catalog' | 'iterateCatalog'>;

  constructor(storage: Pick<NodeStorage, 'catalog' | 'iterateCatalog'>) {
    this.#storage = storage;
  }

  get(selector: StreamSelector): StreamRecord {
    const found = readStream(this.#storage.catalog, selector);
    if (found.ok) return found.stream;
    throw new SextonError(found.refusal.reason, found.refusal.message, { metadata: found.refusal.metadata });
  }

  list(query: ListStreamsQuery): Promise<StreamPage> {
    const { tenant, namePrefix, after, pageSize } = query;
    const states = new Set(query.states);
    return this.#page(
      streamListRange({ tenant, namePrefix, after }),
      pageSize,
      (key) => decodeStreamListKey(key).incarnation,
      (record) => record.name.startsWith(namePrefix) && (states.size === 0 || states.has(record.state)),
    );
  }

  purges(query: { readonly pageSize: number; readonly after: Uint8Array | undefined }): Promise<StreamPage> {
    return this.#page(
      purgeQueueRange(query.after),
      query.pageSize,
      (key) => decodePurgeQueueKey(key).incarnation,
      () => true,
    );
  }

  async prefix(prefix: string): Promise<PrefixLookup> {
    const { revision } = readSummary(this.#storage.catalog);
    let anyBelow = false;
    for await (const _ of this.#storage.iterateCatalog({ ...prefixesBelow(prefix), limit: 1 }))
      anyBelow = true;
    // Read last: what the scan saw cannot be newer than what is said about the prefix itself.
    return { ...readPrefix(this.#storage.catalog, prefix), anyBelow, revision };
  }

  /** At most `limit` events after a revision, in order. */
  async events(afterRevision: number, limit: number): Promise<readonly StreamEvent[]> {
    const events: StreamEvent[] = [];
    for await (const [, value] of this.#storage.iterateCatalog({ ...eventRange(afterRevision), limit })) {
      events.push(decodeEvent(value));
    }
    return events;
  }

  async #page(
    range: { readonly gte: Uint8Array; readonly lt: Uint8Array },
    pageSize: number,
    incarnationOf: (key: Uint8Array) => number,
    matches: (record: StreamRecord) => boolean,
  ): Promise<StreamPage> {
    // Read first: a watch from here may repeat what the page shows already, and misses nothing.
    const { revision } = readSummary(this.#storage.catalog);
    const streams: StreamRecord[] = [];
    let looked = 0;
    for await (const [key] of this.#storage.iterateCatalog({ ...range, limit: SCAN_LIMIT })) {
      looked++;
      const record = readStreamByIncarnation(this.#storage.catalog, incarnationOf(key));
      if (record !== undefined && matches(record)) streams.push(record);
      if (streams.length === pageSize || looked === SCAN_LIMIT) {
        return { streams, next: Uint8Array.from(key), revision };
      }
    }
    return { streams, next: undefined, revision };
  }
}
