/**
 * A bucket on anything that speaks S3. This file is the port's shape; the work is in its neighbours:
 * `s3-transport.ts` (requests), `s3-listing.ts`, `s3-delete.ts`, `s3-probe.ts`, `s3-errors.ts`.
 */
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { checkKey, checkObjectSize, deleteExpiryMs } from './limits.js';
import { ObjectStoreError } from './object-store.js';
import type {
  CallOptions,
  PrepareDeleteOptions,
  Capabilities,
  DeleteTarget,
  ListOptions,
  ObjectPage,
  ObjectStore,
  Page,
  PreparedDelete,
  UploadInfo,
  VersionPage,
} from './object-store.js';
import type { S3Config } from './s3-config.js';
import { prepareDelete, type DeleteDialect } from './s3-delete.js';
import { isGone, s3Error } from './s3-errors.js';
import { listObjects, listUploads, listVersions } from './s3-listing.js';
import { probe } from './s3-probe.js';
import { S3Transport } from './s3-transport.js';

export interface S3StoreDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of each request; default 60,000. */
  readonly deadlineMs?: number;
  /** Which node this is, for the server's access log. Default `sexton`. */
  readonly userAgent?: string;
}

export class S3Store implements ObjectStore {
  readonly description: string;
  readonly #config: S3Config;
  readonly #deps: S3StoreDeps;
  readonly #transport: S3Transport;
  readonly #dialect: DeleteDialect;

  constructor(config: S3Config, deps: S3StoreDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#transport = new S3Transport(config, deps);
    this.#dialect = {
      checksum: config.checksum === 'md5' ? 'md5' : 'crc32',
      batches: true,
      batchConditions: true,
    };
    this.description = `s3://${config.bucket} at ${config.endpoint ?? `AWS ${config.region}`}`;
  }

  probe(call: CallOptions): Promise<Capabilities> {
    const { clock, logger } = this.#deps;
    const { deleteBatchMax } = this.#config;
    return probe({ transport: this.#transport, clock, logger, dialect: this.#dialect, deleteBatchMax }, call);
  }

  listObjects(options: ListOptions, call: CallOptions): Promise<ObjectPage> {
    return listObjects(this.#transport, options, call);
  }

  listVersions(options: Omit<ListOptions, 'startAfter'>, call: CallOptions): Promise<VersionPage> {
    return listVersions(this.#transport, options, call);
  }

  listUploads(
    options: Omit<ListOptions, 'startAfter' | 'delimiter'>,
    call: CallOptions,
  ): Promise<Page<UploadInfo>> {
    return listUploads(this.#transport, options, call);
  }

  async prepareDelete(targets: readonly DeleteTarget[], call: PrepareDeleteOptions): Promise<PreparedDelete> {
    call.signal.throwIfAborted();
    return prepareDelete(targets, {
      transport: this.#transport,
      clock: this.#deps.clock,
      dialect: this.#dialect,
      expiryMs: deleteExpiryMs(call.expiryMs),
    });
  }

  async abortUpload(upload: UploadInfo, call: CallOptions): Promise<void> {
    const doing = `aborting an upload of ${JSON.stringify(upload.key)}`;
    const response = await this.#transport.tryCall(
      { method: 'DELETE', key: upload.key, query: { uploadId: upload.uploadId } },
      doing,
      call,
    );
    const failure = this.#transport.failureOf(response);
    if (failure === undefined || isGone(failure.code)) return;
    throw s3Error(failure, doing, this.#transport.where);
  }

  async putObject(
    key: string,
    body: Uint8Array,
    options: { readonly ifNoneMatch?: boolean },
    call: CallOptions,
  ): Promise<void> {
    checkKey(key);
    checkObjectSize(body.length, key);
    const createOnly = options.ifNoneMatch === true;
    // radosgw 16 ignores If-None-Match on a versioned bucket. Looking first does not close the race between two
    // writers there, which is why a marker is read back by whoever wrote it (P9).
    if (createOnly && (await this.getObject(key, call)) !== undefined) {
      const message = `writing ${JSON.stringify(key)} at ${this.#transport.where}: it exists already`;
      throw new ObjectStoreError('PRECONDITION_FAILED', 'PreconditionFailed', message);
    }
    const headers = createOnly ? { 'if-none-match': '*' } : {};
    await this.#transport.call({ method: 'PUT', key, headers, body }, `writing ${JSON.stringify(key)}`, call);
  }

  async getObject(key: string, call: CallOptions): Promise<Uint8Array | undefined> {
    checkKey(key);
    const doing = `reading ${JSON.stringify(key)}`;
    const response = await this.#transport.tryCall({ method: 'GET', key }, doing, call);
    // An object may hold any text, `<Error>` among them: only the status counts.
    if (response.status < 300) {
      checkObjectSize(response.body.length, key);
      return response.body;
    }
    const failure = this.#transport.failureOf(response) ?? {
      status: response.status,
      code: '',
      message: '',
      requestId: '',
    };
    if (failure.code === 'NoSuchKey') return undefined;
    throw s3Error(failure, doing, this.#transport.where);
  }

  async deleteObject(key: string, call: CallOptions): Promise<void> {
    checkKey(key);
    const doing = `deleting ${JSON.stringify(key)}`;
    const response = await this.#transport.tryCall({ method: 'DELETE', key }, doing, call);
    const failure = this.#transport.failureOf(response);
    if (failure === undefined || isGone(failure.code)) return;
    throw s3Error(failure, doing, this.#transport.where);
  }

  close(): Promise<void> {
    this.#transport.close();
    return Promise.resolve();
  }
}
