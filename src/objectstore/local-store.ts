/**
 * A directory as a bucket: the embedded default, and what the demo runs on. Keys are file names
 * (`local-paths.ts`), writes are atomic (`local-files.ts`), listings are in key order
 * (`local-walk.ts`). Several processes may share the directory.
 *
 * What it is not: versioned, a holder of multipart uploads, or able to hold an object and others
 * below it (`a` and `a/b`), which it refuses as MinIO's file mode did. Nothing but this process
 * enforces the expiry of a prepared delete, and a process can be paused in the middle of one, so it
 * does not claim `requestExpiry`; it does honour `ifMatch`, and that is a fence (P11).
 */
import { randomUUID } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../shared/clock.js';
import { mapBounded } from './bounded.js';
import {
  checkDeleteTargets,
  checkKey,
  checkObjectSize,
  deleteExpiryMs,
  PAGE_KEYS_MAX,
  pageKeys,
} from './limits.js';
import { isAbsent, localError } from './local-errors.js';
import { etagOf, LocalFiles } from './local-files.js';
import { directoryToNames, keyToNames, pathOf } from './local-paths.js';
import { LocalWalk } from './local-walk.js';
import { ObjectStoreError } from './object-store.js';
import type {
  CallOptions,
  PrepareDeleteOptions,
  Capabilities,
  DeleteOutcome,
  DeleteTarget,
  ListOptions,
  ObjectInfo,
  ObjectPage,
  ObjectStore,
  Page,
  PreparedDelete,
  UploadInfo,
  VersionInfo,
} from './object-store.js';

export interface LocalStoreOptions {
  /** Created when it is missing. */
  readonly directory: string;
  readonly clock: Clock;
  /** Sync every write and delete to disk. Default true; the demo, whose objects are made up, says false. */
  readonly durable?: boolean;
}

/** File system calls at once. They share libuv's few threads with the log's own writes: keep the queue short. */
const FILE_CALLS = 16;
/** Walks kept between two pages of one listing, so that a page does not read its directory again. */
const KEPT_WALKS = 4;

export class LocalStore implements ObjectStore {
  readonly description: string;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #durable: boolean;
  /** By prefix, delimiter and page token; oldest first. */
  readonly #walks = new Map<string, LocalWalk>();
  #files: Promise<LocalFiles> | undefined;

  constructor(options: LocalStoreOptions) {
    this.#directory = resolve(options.directory);
    this.#clock = options.clock;
    this.#durable = options.durable ?? true;
    this.description = `local directory ${this.#directory}`;
  }

  probe(call: CallOptions): Promise<Capabilities> {
    return this.#run('probing', call, async (files) => {
      const key = `.sexton/probe/${randomUUID()}`;
      const path = pathOf(files.root, keyToNames(key));
      await files.write(path, Buffer.from('probe'), false);
      await files.remove(path);
      await files.removeEmptied(dirname(path));
      return {
        versioning: 'never',
        conditionalDelete: true,
        conditionalBatches: true,
        conditionalCreate: true,
        requestExpiry: false,
        deleteBatchMax: PAGE_KEYS_MAX,
        multipartUploads: false,
        clockOffsetMs: 0,
      };
    });
  }

  listObjects(options: ListOptions, call: CallOptions): Promise<ObjectPage> {
    return this.#run(`listing ${JSON.stringify(options.prefix)}`, call, async (files) => {
      const max = pageKeys(options.maxKeys);
      const walk = await this.#walkFor(options, files);
      const { hits, more } = await walk.take(max, call.signal);
      const found = await mapBounded(hits, FILE_CALLS, async (hit) =>
        hit.kind === 'object' ? statObject(hit.key, hit.path) : undefined,
      );
      if (hits.length === 0) await files.checkRoot();
      const last = hits.at(-1);
      const next =
        more && last !== undefined ? `${last.kind === 'prefix' ? 'p' : 'k'}${last.key}` : undefined;
      if (next !== undefined) this.#keepWalk(walkKey(options, next), walk);
      return {
        items: found.filter((item) => item !== undefined),
        commonPrefixes: hits.flatMap((hit) => (hit.kind === 'prefix' ? [hit.key] : [])),
        next,
      };
    });
  }

  async #walkFor(options: ListOptions, files: LocalFiles): Promise<LocalWalk> {
    if (options.page !== undefined) {
      const kept = this.#walks.get(walkKey(options, options.page));
      if (kept !== undefined) {
        this.#walks.delete(walkKey(options, options.page));
        return kept;
      }
      if (!/^[kp]./s.test(options.page))
        throw new ObjectStoreError('INVALID', '', 'page is not a token of this store');
    }
    const { prefix } = options;
    await files.checkDirectory(
      pathOf(files.root, directoryToNames(prefix.slice(0, prefix.lastIndexOf('/') + 1))),
    );
    return LocalWalk.open(files.root, {
      prefix,
      after: options.page === undefined ? options.startAfter : options.page.slice(1),
      afterWholePrefix: options.page?.startsWith('p') ?? false,
      delimiter: options.delimiter !== undefined,
    });
  }

  #keepWalk(key: string, walk: LocalWalk): void {
    this.#walks.set(key, walk);
    const oldest = this.#walks.keys().next();
    if (this.#walks.size > KEPT_WALKS && oldest.done !== true) this.#walks.delete(oldest.value);
  }

  async listVersions(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<VersionInfo>> {
    const { items, next } = await this.listObjects(options, call);
    return {
      items: items.map((item) => ({ ...item, versionId: 'null', isDeleteMarker: false, isLatest: true })),
      next,
    };
  }

  listUploads(
    _options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<UploadInfo>> {
    return this.#run('listing uploads', call, async (files) => {
      await files.checkRoot();
      return { items: [], next: undefined };
    });
  }

  prepareDelete(targets: readonly DeleteTarget[], call: PrepareDeleteOptions): Promise<PreparedDelete> {
    return this.#run('preparing a delete', call, () => {
      checkDeleteTargets(targets, PAGE_KEYS_MAX);
      const expiresAtMs = this.#clock.wallMs() + deleteExpiryMs(call.expiryMs);
      let sent = false;
      const send = async (sendCall: CallOptions): Promise<readonly DeleteOutcome[]> => {
        if (sent) throw new ObjectStoreError('INVALID', '', 'a prepared delete is sent at most once');
        sent = true;
        return this.#run('deleting', sendCall, (files) =>
          this.#delete(files, targets, expiresAtMs, sendCall),
        );
      };
      return Promise.resolve({ targets, expiresAtMs, send });
    });
  }

  async #delete(
    files: LocalFiles,
    targets: readonly DeleteTarget[],
    expiresAtMs: number,
    call: CallOptions,
  ): Promise<DeleteOutcome[]> {
    const paths = targets.map((target) => pathOf(files.root, keyToNames(target.key)));
    const parents = [...new Set(paths.map((path) => dirname(path)))];
    const exists = new Map<string, Promise<boolean>>();
    await mapBounded(parents, FILE_CALLS, async (parent) => {
      const checked = files.checkDirectory(parent);
      exists.set(parent, checked);
      await checked.catch(() => false); // Reported for each key below it.
    });
    const outcomes = await mapBounded(targets, FILE_CALLS, async (target, index): Promise<DeleteOutcome> => {
      call.signal.throwIfAborted();
      // P11, as far as a process can keep it by itself: nothing is started after the expiry.
      if (this.#clock.wallMs() >= expiresAtMs)
        throw new ObjectStoreError('EXPIRED', '', 'the prepared delete is too old to send');
      const path = paths[index] as string;
      try {
        if ((target.versionId ?? 'null') !== 'null' || !(await exists.get(dirname(path))))
          return { kind: 'deleted' };
        await (target.ifMatch === undefined ? files.remove(path) : files.removeIfMatch(path, target.ifMatch));
        return { kind: 'deleted' };
      } catch (cause) {
        const error = localError(cause, `deleting ${path}`);
        if (error instanceof ObjectStoreError) return { kind: 'failed', error };
        throw error;
      }
    });
    await mapBounded(parents, FILE_CALLS, async (parent) => {
      if (await exists.get(parent)?.catch(() => false)) await files.removeEmptied(parent);
    });
    return outcomes;
  }

  /** There are none. */
  abortUpload(_upload: UploadInfo, call: CallOptions): Promise<void> {
    return this.#run('aborting an upload', call, () => Promise.resolve());
  }

  putObject(
    key: string,
    body: Uint8Array,
    options: { readonly ifNoneMatch?: boolean },
    call: CallOptions,
  ): Promise<void> {
    return this.#run(`writing ${JSON.stringify(key)}`, call, (files) => {
      checkKey(key);
      checkObjectSize(body.length, key);
      return files.write(pathOf(files.root, keyToNames(key)), body, options.ifNoneMatch ?? false);
    });
  }

  getObject(key: string, call: CallOptions): Promise<Uint8Array | undefined> {
    return this.#run(`reading ${JSON.stringify(key)}`, call, async (files) => {
      checkKey(key);
      const body = await files.read(pathOf(files.root, keyToNames(key)));
      if (body === undefined) await files.checkRoot();
      return body;
    });
  }

  async deleteObject(key: string, call: CallOptions): Promise<void> {
    const prepared = await this.prepareDelete([{ key }], call);
    const [outcome] = await prepared.send(call);
    if (outcome?.kind === 'failed') throw outcome.error;
  }

  close(): Promise<void> {
    this.#walks.clear();
    return Promise.resolve();
  }

  async #run<T>(doing: string, call: CallOptions, run: (files: LocalFiles) => Promise<T>): Promise<T> {
    call.signal.throwIfAborted();
    try {
      this.#files ??= LocalFiles.open(this.#directory, this.#durable, this.#clock.wallMs());
      return await run(
        await this.#files.catch((error: unknown) => {
          this.#files = undefined; // The next call tries again: the directory may be back by then.
          throw error;
        }),
      );
    } catch (error) {
      throw localError(error, doing);
    }
  }
}

function walkKey(options: ListOptions, page: string): string {
  return JSON.stringify([options.prefix, options.delimiter ?? '', page]);
}

/** Undefined: deleted since the walk saw it. */
async function statObject(key: string, path: string): Promise<ObjectInfo | undefined> {
  try {
    const stats = await lstat(path);
    return { key, sizeBytes: stats.size, lastModifiedMs: stats.mtimeMs, etag: etagOf(stats) };
  } catch (error) {
    if (!isAbsent(error)) throw error;
    // A name that is not UTF-8 was decoded with replacement characters and cannot be found again.
    if (!key.includes('\ufffd')) return undefined;
    throw new ObjectStoreError(
      'UNSUPPORTED',
      '',
      `${path}: the file's name is not UTF-8; rename or remove it`,
    );
  }
}
