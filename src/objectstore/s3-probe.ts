/**
 * Finds out at start what the server really does, by doing it to scratch objects: servers exist that
 * parse a condition and ignore it, that refuse CRC32, that know no batches. Nothing is believed from a
 * header or a product name.
 *
 * Scratch keys lie below `.sexton/probe/<random>/`; a stream's prefix never begins with a dot (C6). What
 * an earlier probe left behind when it was killed is removed too.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { ObjectStoreError, type CallOptions, type Capabilities, type DeleteTarget } from './object-store.js';
import { adaptDialect, prepareDelete, type DeleteDialect, type PrepareOptions } from './s3-delete.js';
import { s3Error } from './s3-errors.js';
import { listObjects, listUploads, listVersions } from './s3-listing.js';
import type { S3Transport } from './s3-transport.js';
import { textOf } from './s3-transport.js';
import { childText, parseXml } from './xml.js';

const SCRATCH = '.sexton/probe/';
/** Scratch older than this belongs to a probe that died. */
const STALE_SCRATCH_MS = 10 * 60 * 1000;
/** How far in the store's past the expired request is signed: well beyond its 60 s. */
const EXPIRED_AGE_MS = 5 * 60 * 1000;
/** Sizes to try, down from the configured maximum. */
const BATCH_SIZES = [1000, 500, 250, 100, 50, 10, 2];
/** A wrong guess for any object. */
const WRONG_ETAG = '"00000000000000000000000000000000"';

export interface ProbeOptions {
  readonly transport: S3Transport;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Updated with what the probe learns. */
  readonly dialect: DeleteDialect;
  readonly deleteBatchMax: number;
}

export async function probe(options: ProbeOptions, call: CallOptions): Promise<Capabilities> {
  const { transport } = options;
  const scratch = `${SCRATCH}${randomUUID()}/`;
  // The listing comes first: a bucket that is missing or forbidden is best said in its words.
  await listObjects(transport, { prefix: SCRATCH, maxKeys: 1 }, call);
  try {
    await put(transport, `${scratch}first`, call);
    const versioning = await findVersioning(options, scratch, call);
    await findDialect(options, `${scratch}first`, call);
    const conditionalDelete = await findConditions(options, `${scratch}condition`, call);
    const conditionalCreate = await honoursCreateOnly(options, `${scratch}create`, call);
    const requestExpiry = await honoursExpiry(options, `${scratch}expiry`, call);
    const deleteBatchMax = await findBatchMax(options, scratch, versioning !== 'never', call);
    const multipartUploads = await listsUploads(options, call);
    return {
      versioning,
      conditionalDelete,
      conditionalBatches: conditionalDelete && options.dialect.batches && options.dialect.batchConditions,
      conditionalCreate,
      requestExpiry,
      deleteBatchMax,
      multipartUploads,
      clockOffsetMs: transport.time.offsetMs,
      clockErrorMs: transport.time.errorMs,
    };
  } finally {
    await removeScratch(options, scratch, call).catch((error: unknown) => {
      options.logger.warn(
        { err: error, prefix: scratch },
        'the scratch objects of the probe could not be removed',
      );
    });
  }
}

async function put(transport: S3Transport, key: string, call: CallOptions): Promise<void> {
  await transport.call(
    { method: 'PUT', key, body: Buffer.from('probe\n') },
    'writing a scratch object',
    call,
  );
}

async function exists(transport: S3Transport, key: string, call: CallOptions): Promise<boolean> {
  return (await etagAt(transport, key, call)) !== undefined;
}

async function etagAt(transport: S3Transport, key: string, call: CallOptions): Promise<string | undefined> {
  const page = await listObjects(transport, { prefix: key, maxKeys: 10 }, call);
  return page.items.find((item) => item.key === key)?.etag;
}

async function send(
  targets: readonly DeleteTarget[],
  options: PrepareOptions,
  call: CallOptions,
): Promise<void> {
  const prepared = await prepareDelete(targets, options);
  for (const outcome of await prepared.send(call)) if (outcome.kind === 'failed') throw outcome.error;
}

/** Asks; where asking is not implemented or not allowed, looks what a put and a delete leave behind. */
async function findVersioning(
  options: ProbeOptions,
  scratch: string,
  call: CallOptions,
): Promise<Capabilities['versioning']> {
  const { transport } = options;
  const doing = 'reading the versioning state of the bucket';
  const response = await transport.tryCall({ method: 'GET', query: { versioning: '' } }, doing, call);
  const failure = transport.failureOf(response);
  if (failure === undefined) {
    const status = childText(parseXml(textOf(response)), 'Status')?.trim();
    return status === 'Enabled' ? 'enabled' : status === 'Suspended' ? 'suspended' : 'never';
  }
  const error = s3Error(failure, doing, transport.where);
  if (error.kind !== 'UNSUPPORTED' && error.kind !== 'ACCESS_DENIED' && error.kind !== 'INVALID') throw error;
  const key = `${scratch}versioning`;
  await put(transport, key, call);
  await transport.call({ method: 'DELETE', key }, 'deleting a scratch object', call);
  try {
    const { items } = await listVersions(transport, { prefix: key }, call);
    if (items.some((item) => !item.isDeleteMarker && item.versionId !== 'null')) return 'enabled';
    return items.length > 0 ? 'suspended' : 'never';
  } catch (versionsError) {
    if (versionsError instanceof ObjectStoreError && versionsError.kind === 'UNSUPPORTED') return 'never';
    throw versionsError;
  }
}

/** Deletes one object, changing the way of it as the server asks. At most two changes: checksum, then no batches. */
async function findDialect(options: ProbeOptions, key: string, call: CallOptions): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const before = JSON.stringify(options.dialect);
    try {
      await send([{ key }], options, call);
      return;
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      // Refused in a way that we do not know: the other checksum may still do.
      const guess = error.kind === 'INVALID' || error.kind === 'UNSUPPORTED';
      const adapted = JSON.stringify(options.dialect) !== before || (guess && guessDialect(options.dialect));
      if (!adapted || attempt >= 3) throw error;
    }
  }
}

function guessDialect(dialect: DeleteDialect): boolean {
  return (
    adaptDialect({ status: 400, code: 'MissingContentMD5', message: '', requestId: '' }, dialect) ||
    adaptDialect({ status: 501, code: 'NotImplemented', message: '', requestId: '' }, dialect)
  );
}

/** Conditions in a batch first; where they are ignored, on single deletes. */
async function findConditions(options: ProbeOptions, key: string, call: CallOptions): Promise<boolean> {
  if (await honoursCondition(options, key, call)) return true;
  options.dialect.batchConditions = false;
  if (options.dialect.batches && (await honoursCondition(options, key, call))) return true;
  options.dialect.batchConditions = true;
  return false;
}

/** A wrong etag must be refused with the object still there, and the right one must do. */
async function honoursCondition(options: ProbeOptions, key: string, call: CallOptions): Promise<boolean> {
  const { transport } = options;
  await put(transport, key, call);
  const wrong = await tryDelete({ key, ifMatch: WRONG_ETAG }, options, call);
  const etag = await etagAt(transport, key, call);
  if (etag === undefined || wrong === 'deleted') return false;
  const right = await tryDelete({ key, ifMatch: etag }, options, call);
  return right === 'deleted' && !(await exists(transport, key, call));
}

/** Writing what is there already must be refused (P9). Asked in this bucket: radosgw 16 ignores it on versioned ones. */
async function honoursCreateOnly(options: ProbeOptions, key: string, call: CallOptions): Promise<boolean> {
  const { transport } = options;
  const doing = 'creating a scratch object';
  await put(transport, key, call);
  const headers = { 'if-none-match': '*' };
  const again = { method: 'PUT', key, headers, body: Buffer.from('again\n') } as const;
  const failure = transport.failureOf(await transport.tryCall(again, doing, call));
  if (failure === undefined) return false;
  const error = s3Error(failure, doing, transport.where);
  if (error.kind === 'TRANSIENT' || error.kind === 'THROTTLED') throw error;
  return error.kind === 'PRECONDITION_FAILED';
}

/**
 * A request that is minutes past its expiry must be refused, with the object still there (P11). And the store must
 * tell its time: of a request that is signed by a clock of ours nobody knows how long the store will take it.
 */
async function honoursExpiry(options: ProbeOptions, key: string, call: CallOptions): Promise<boolean> {
  const { transport } = options;
  if (!transport.time.isTold) return false;
  await put(transport, key, call);
  const signedAtMs = transport.time.nowMs() - EXPIRED_AGE_MS;
  const late = await tryDelete({ key }, { ...options, signedAtMs, sendExpired: true }, call);
  return late !== 'deleted' && (await exists(transport, key, call));
}

/** Refusals are an answer here; a server that cannot be reached or is too busy is not. */
async function tryDelete(
  target: DeleteTarget,
  options: PrepareOptions,
  call: CallOptions,
): Promise<'deleted' | 'refused'> {
  try {
    await send([target], options, call);
    return 'deleted';
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind !== 'TRANSIENT' && error.kind !== 'THROTTLED')
      return 'refused';
    throw error;
  }
}

/** Deletes keys that are not there. Named by version on a versioned bucket, where a plain delete leaves a marker for each. */
async function findBatchMax(
  options: ProbeOptions,
  scratch: string,
  versioned: boolean,
  call: CallOptions,
): Promise<number> {
  if (!options.dialect.batches) return 1;
  const sizes = [options.deleteBatchMax, ...BATCH_SIZES.filter((size) => size < options.deleteBatchMax)];
  for (const size of sizes) {
    if (size === 1) break;
    const targets = Array.from({ length: size }, (_, index): DeleteTarget => {
      const key = `${scratch}absent-${index}`;
      return versioned ? { key, versionId: 'null' } : { key };
    });
    try {
      await send(targets, options, call);
      return size;
    } catch (error) {
      const tooMany =
        error instanceof ObjectStoreError && (error.kind === 'INVALID' || error.code === 'DeadlineExceeded');
      if (!tooMany) throw error;
    }
  }
  return 1;
}

async function listsUploads(options: ProbeOptions, call: CallOptions): Promise<boolean> {
  try {
    await listUploads(options.transport, { prefix: SCRATCH, maxKeys: 1 }, call);
    return true;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind === 'UNSUPPORTED') return false;
    throw error;
  }
}

/** Ours, and what is old: versions and markers where the server lists them, current objects everywhere. */
async function removeScratch(options: ProbeOptions, scratch: string, call: CallOptions): Promise<void> {
  const { transport } = options;
  const staleMs = transport.time.nowMs() - STALE_SCRATCH_MS;
  const ours = (item: { key: string; lastModifiedMs: number }): boolean =>
    item.key.startsWith(scratch) || item.lastModifiedMs < staleMs;
  const versions = await listVersions(transport, { prefix: SCRATCH }, call).catch((error: unknown) => {
    if (error instanceof ObjectStoreError && error.kind === 'UNSUPPORTED') return undefined;
    throw error;
  });
  if (versions !== undefined) {
    for (const { key, versionId } of versions.items.filter(ours)) {
      await transport.call(
        { method: 'DELETE', key, query: { versionId } },
        'removing a scratch version',
        call,
      );
    }
    return;
  }
  for (const { key } of (await listObjects(transport, { prefix: SCRATCH }, call)).items.filter(ours)) {
    await transport.call({ method: 'DELETE', key }, 'removing a scratch object', call);
  }
}
