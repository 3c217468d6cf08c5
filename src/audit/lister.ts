/**
 * Listings for an audit: at the pace that the store bears (P6), page by page, with a few retries, and believed
 * only when they are whole. On a bucket that has or had versions everything is listed by versions: what only
 * old versions hold is stored and billed like the rest.
 *
 * Fails closed: a page that cannot be had after its retries, a key outside the prefix, or a listing that does not
 * advance ends the listing with {@link ListingFailed}; nothing may be concluded from what came before.
 */
import {
  ObjectStoreError,
  type Capabilities,
  type ObjectStore,
  type Page,
  type UploadInfo,
} from '../objectstore/object-store.js';
import { Throttle } from '../purge/throttle.js';
import { backoffMs } from '../shared/backoff.js';
import { delay, type Clock } from '../shared/clock.js';
import type { Random } from '../shared/random.js';
import type { AuditCounts } from './findings.js';

const THROTTLED_TRIES_MAX = 10;
const DIED_TRIES_MAX = 5;
const BACKOFF = { initialMs: 200, maxMs: 5_000 };
const QUIET = { quietInitialMs: 1_000, quietMaxMs: 32_000 };

/** One object, version or delete marker. */
export interface Listed {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
  /** What a plain listing shows; false for older versions and delete markers. */
  readonly current: boolean;
}

/** What lies directly below a prefix. */
export type Child =
  { readonly kind: 'folder'; readonly prefix: string } | { readonly kind: 'object'; readonly object: Listed };

export class ListingFailed extends Error {
  override readonly name = 'ListingFailed';
  /** Undefined: the store answered, but not so that it can be believed. */
  readonly error: ObjectStoreError | undefined;

  constructor(subject: string, why: string, error?: ObjectStoreError) {
    super(`listing ${JSON.stringify(subject)}: ${why}`, error === undefined ? undefined : { cause: error });
    this.error = error;
  }
}

export interface ListerDeps {
  readonly store: ObjectStore;
  readonly capabilities: Capabilities;
  readonly clock: Clock;
  readonly random: Random;
  readonly requestsMax: number;
  /** Fires when the audit ends, for whatever reason. */
  readonly signal: AbortSignal;
}

export class Lister {
  readonly #deps: ListerDeps;
  readonly #throttle: Throttle;
  #objectsListed = 0;
  #bytesListed = 0;
  #requestsMade = 0;
  #lastKey = '';

  constructor(deps: ListerDeps) {
    this.#deps = deps;
    const { requestsMax, clock, random } = deps;
    const limits = { initialLimit: Math.min(4, requestsMax), maxLimit: requestsMax, requestsPerSecondMax: 0 };
    this.#throttle = new Throttle({ ...limits, ...QUIET }, clock, random, () => undefined);
  }

  get counts(): AuditCounts {
    return {
      objectsListed: this.#objectsListed,
      bytesListed: this.#bytesListed,
      requestsMade: this.#requestsMade,
    };
  }

  get lastKey(): string {
    return this.#lastKey;
  }

  get versioned(): boolean {
    return this.#deps.capabilities.versioning !== 'never';
  }

  /** Everything below a prefix, a page at a time. */
  async *objects(prefix: string): AsyncGenerator<readonly Listed[], void, undefined> {
    for await (const { items } of this.#listing(prefix, {})) yield items;
  }

  /** The first of what is there, in the store's order; for a look, never for a conclusion. */
  async peek(prefix: string, maxKeys: number): Promise<readonly Listed[]> {
    for await (const { items } of this.#listing(prefix, { maxKeys })) if (items.length > 0) return items;
    return [];
  }

  /**
   * Folders and objects directly below `base` whose keys start with `prefix`, each once. A store that knows no
   * delimiter is read in full instead.
   */
  async *children(
    base: string,
    prefix: string = base,
    startAfter?: string,
  ): AsyncGenerator<readonly Child[], void, undefined> {
    const options = { delimiter: '/' as const, ...(startAfter === undefined ? {} : { startAfter }) };
    let last = '';
    for await (const { items, folders } of this.#listing(prefix, options)) {
      const children: Child[] = folders.map((folder) => ({ kind: 'folder', prefix: folder }));
      for (const object of items) {
        const cut = object.key.indexOf('/', base.length);
        if (cut < 0) {
          children.push({ kind: 'object', object });
          continue;
        }
        const folder = object.key.slice(0, cut + 1);
        if (folder !== last) children.push({ kind: 'folder', prefix: folder });
        last = folder;
      }
      yield children;
    }
  }

  async *uploads(prefix: string): AsyncGenerator<readonly UploadInfo[], void, undefined> {
    if (!this.#deps.capabilities.multipartUploads) return;
    const { store } = this.#deps;
    yield* this.#pages(prefix, (page, signal) => store.listUploads({ prefix, ...page }, { signal }));
  }

  /** A small object; undefined when there is none. Not counted as listed. */
  get(key: string): Promise<Uint8Array | undefined> {
    return this.#request(key, (signal) => this.#deps.store.getObject(key, { signal }));
  }

  async *#listing(
    prefix: string,
    options: { readonly delimiter?: '/'; readonly startAfter?: string; readonly maxKeys?: number },
  ): AsyncGenerator<{ readonly items: readonly Listed[]; readonly folders: readonly string[] }> {
    const { store } = this.#deps;
    const { startAfter, ...rest } = options;
    if (this.versioned) {
      let folders: readonly string[] = [];
      const pages = this.#pages(prefix, async (page, signal) => {
        const found = await store.listVersions({ prefix, ...rest, ...page }, { signal });
        folders = found.commonPrefixes ?? [];
        return found;
      });
      for await (const versions of pages) {
        const items = versions.map(({ key, sizeBytes, lastModifiedMs, isLatest, isDeleteMarker }) => {
          const size = isDeleteMarker ? 0 : sizeBytes;
          return { key, sizeBytes: size, lastModifiedMs, current: isLatest && !isDeleteMarker };
        });
        yield this.#counted(items, folders);
      }
      return;
    }
    let folders: readonly string[] = [];
    const pages = this.#pages(prefix, async (page, signal) => {
      const from = page.page === undefined && startAfter !== undefined ? { startAfter } : page;
      const found = await store.listObjects({ prefix, ...rest, ...from }, { signal });
      folders = found.commonPrefixes;
      return found;
    });
    for await (const objects of pages) {
      const items = objects.map(({ key, sizeBytes, lastModifiedMs }) => {
        return { key, sizeBytes, lastModifiedMs, current: true };
      });
      yield this.#counted(items, folders);
    }
  }

  #counted(
    items: readonly Listed[],
    folders: readonly string[],
  ): { readonly items: readonly Listed[]; readonly folders: readonly string[] } {
    this.#objectsListed += items.length;
    for (const { sizeBytes } of items) this.#bytesListed += sizeBytes;
    this.#lastKey = items.at(-1)?.key ?? this.#lastKey;
    return { items, folders };
  }

  /** An empty page with a `next` is not the end. */
  async *#pages<T extends { readonly key: string }>(
    prefix: string,
    fetch: (
      page: { readonly page?: string },
      signal: AbortSignal,
    ) => Promise<Page<T> & { readonly commonPrefixes?: readonly string[] }>,
  ): AsyncGenerator<readonly T[], void, undefined> {
    let position: { readonly page?: string } = {};
    // Brent's way to see a circle of any length by remembering one place: each is kept twice as long as the last.
    let kept: string | undefined;
    let pagesLeft = 1;
    let pagesToKeep = 1;
    for (;;) {
      const found = await this.#request(prefix, (signal) => fetch(position, signal));
      const stray =
        found.items.find(({ key }) => !key.startsWith(prefix))?.key ??
        found.commonPrefixes?.find((folder) => !folder.startsWith(prefix));
      if (stray !== undefined)
        throw new ListingFailed(prefix, `the store listed ${JSON.stringify(stray)}, which was not asked for`);
      yield found.items;
      if (found.next === undefined) return;
      if (found.next === position.page || found.next === kept)
        throw new ListingFailed(prefix, 'the listing does not advance');
      if (--pagesLeft === 0) {
        kept = found.next;
        pagesLeft = pagesToKeep *= 2;
      }
      position = { page: found.next };
    }
  }

  async #request<T>(subject: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, random, signal } = this.#deps;
    let throttled = 0;
    let died = 0;
    for (;;) {
      const permit = await this.#throttle.acquire(signal);
      let clean = false;
      try {
        signal.throwIfAborted();
        this.#requestsMade++;
        const answer = await run(signal);
        clean = true;
        return answer;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof ObjectStoreError)) throw error;
        if (error.kind === 'THROTTLED') {
          permit.throttled();
          if (++throttled < THROTTLED_TRIES_MAX) continue;
        }
        if (error.kind !== 'TRANSIENT' || ++died >= DIED_TRIES_MAX)
          throw new ListingFailed(
            subject,
            `${error.code === '' ? error.kind : error.code}: ${error.message}`,
            error,
          );
      } finally {
        permit.release(clean);
      }
      await delay(clock, backoffMs(BACKOFF, died, random), signal);
    }
  }
}
