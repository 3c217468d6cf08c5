/**
 * Prepared deletes (P2, P11): the request is built and signed when the batch is listed, leadership is
 * confirmed by the caller, and exactly those bytes are sent, or nothing.
 *
 * Invariants: nothing is prepared before the server has told its time, by which it is signed (P11); nothing is
 * sent after `expiresAtMs`, neither by our wall clock nor by the monotonic one
 * (a wall clock may be set back); what is sent carries an expiry that the server enforces; each key gets
 * an outcome, and one that the answer does not mention is `unaccounted`, never `deleted`.
 *
 * A batch is one DeleteObjects. Keys that XML cannot carry, and every key on a server without
 * DeleteObjects, go as single DeleteObject requests under the same rules.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { assert } from '../shared/assert.js';
import type { Clock } from '../shared/clock.js';
import { mapBounded } from './bounded.js';
import { checkDeleteTargets, DELETE_EXPIRY_MS, PAGE_KEYS_MAX } from './limits.js';
import { ObjectStoreError } from './object-store.js';
import type { CallOptions, DeleteOutcome, DeleteTarget, PreparedDelete } from './object-store.js';
import { parseDeleteAnswer } from './s3-delete-answer.js';
import { isGone, s3Error, type S3Failure } from './s3-errors.js';
import { textOf, type S3Response, type S3Transport } from './s3-transport.js';
import { escapeXml, isXmlText } from './xml.js';

/** Single deletes of one batch at once. */
const SINGLE_DELETES = 16;

/** How this server wants batch deletes: found by the probe, or by the first refusal. */
export interface DeleteDialect {
  checksum: 'crc32' | 'md5';
  /** False: no DeleteObjects; one request a key. */
  batches: boolean;
  /** False: the etags in a batch are ignored, so that a conditional delete goes alone (seen: versitygw 1.8). */
  batchConditions: boolean;
}

type SignedRequest = Parameters<S3Transport['send']>[0];

/** One request on its way: which of the batch's targets it carries. */
interface Part {
  readonly indexes: readonly number[];
  readonly request: SignedRequest;
  readonly isBatch: boolean;
}

export interface PrepareOptions {
  readonly transport: S3Transport;
  readonly clock: Clock;
  readonly dialect: DeleteDialect;
  /** Whole seconds. Default: {@link DELETE_EXPIRY_MS}. */
  readonly expiryMs?: number;
  /** Only the probe says so: to prove that an expired request is refused. */
  readonly signedAtMs?: number;
  readonly sendExpired?: boolean;
}

export async function prepareDelete(
  targets: readonly DeleteTarget[],
  options: PrepareOptions,
): Promise<PreparedDelete> {
  checkDeleteTargets(targets, PAGE_KEYS_MAX);
  const { transport, clock, dialect, expiryMs = DELETE_EXPIRY_MS } = options;
  // A purge probes before it deletes, so an answer has come. Only a server that sends no Date leaves us to our own clock.
  assert(transport.time.hasAnswer, 'P11: a delete is prepared before the store has told its time');
  const preparedAtMs = clock.monotonicMs();
  const storeNowMs = transport.time.nowMs();
  // X-Amz-Date counts whole seconds. Rounded down: a request may die early, never late.
  const signedAtMs = Math.floor((options.signedAtMs ?? storeNowMs) / 1000) * 1000;
  const diesAtMs = signedAtMs + expiryMs;
  // By our wall clock, and no earlier than the server's `diesAtMs`, since `storeNowMs` is not later than its time.
  const expiresAtMs = clock.wallMs() + (diesAtMs - storeNowMs);
  const parts = await signParts(targets, transport, dialect, signedAtMs, expiryMs);
  let sent = false;

  const isExpired = (): boolean =>
    clock.wallMs() >= expiresAtMs || clock.monotonicMs() - preparedAtMs >= expiryMs;

  const send = async (call: CallOptions): Promise<readonly DeleteOutcome[]> => {
    if (sent) throw new ObjectStoreError('INVALID', '', 'a prepared delete is sent at most once');
    sent = true;
    const outcomes: DeleteOutcome[] = targets.map(() => ({ kind: 'unaccounted' }));
    await mapBounded(parts, SINGLE_DELETES, async (part) => {
      if (options.sendExpired !== true && isExpired()) {
        throw new ObjectStoreError(
          'EXPIRED',
          '',
          `deleting ${targets.length} keys at ${transport.where}: the request is older than ${expiryMs} ms`,
        );
      }
      const doing = part.isBatch
        ? `deleting ${part.indexes.length} keys`
        : `deleting ${JSON.stringify(targets[part.indexes[0] as number]?.key)}`;
      const response = await transport.send(part.request, doing, call);
      const results = part.isBatch
        ? readBatch(
            response,
            part.indexes.map((index) => targets[index] as DeleteTarget),
            doing,
          )
        : [readSingle(response, doing)];
      part.indexes.forEach((index, at) => {
        outcomes[index] = results[at] as DeleteOutcome;
      });
    });
    return outcomes;
  };

  const readBatch = (
    response: S3Response,
    asked: readonly DeleteTarget[],
    doing: string,
  ): readonly DeleteOutcome[] => {
    const failure = transport.failureOf(response);
    if (failure !== undefined) throw wholeFailure(failure, doing);
    return parseDeleteAnswer(textOf(response), asked, doing, transport.where);
  };

  const readSingle = (response: S3Response, doing: string): DeleteOutcome => {
    const failure = transport.failureOf(response);
    if (failure === undefined || isGone(failure.code)) return { kind: 'deleted' };
    const error = wholeFailure(failure, doing);
    // What concerns the key stays with the key; the rest stops the batch.
    if (error.kind === 'PRECONDITION_FAILED' || error.kind === 'OBJECT_LOCKED')
      return { kind: 'failed', error };
    if (error.kind === 'ACCESS_DENIED' && parts.length > 1) return { kind: 'failed', error };
    throw error;
  };

  /**
   * An expired request is answered like a forbidden one, 403 AccessDenied: the request's own age tells them apart,
   * and so does the time that the refusal itself tells, where the server's clock was set meanwhile or ours
   * stood still. Preparing again helps: it is signed by that time. Undefined: refused for another reason.
   */
  const wrongTimeOf = ({ status, code, message }: S3Failure): string | undefined => {
    if (status !== 403 && !(status === 400 && /expired/i.test(`${code} ${message}`))) return undefined;
    const storeAgeMs = transport.time.nowMs() - signedAtMs;
    if (isExpired() || storeAgeMs >= expiryMs) return 'the request had expired';
    return storeAgeMs <= -expiryMs ? "the store's clock was set back" : undefined;
  };

  const wholeFailure = (failure: S3Failure, doing: string): ObjectStoreError => {
    const wrongTime = wrongTimeOf(failure);
    if (wrongTime !== undefined) {
      const message = `${failure.message} (${wrongTime})`.trim();
      return s3Error({ ...failure, message }, doing, transport.where, 'EXPIRED');
    }
    if (adaptDialect(failure, dialect)) {
      const how = dialect.batches ? 'with Content-MD5 from now on' : 'one by one from now on';
      return s3Error(
        { ...failure, message: `${failure.message} (deleting ${how})` },
        doing,
        transport.where,
        'TRANSIENT',
      );
    }
    return s3Error(failure, doing, transport.where);
  };

  return { targets, expiresAtMs, send };
}

/** Learns from a refusal what the server cannot take; true when trying again will differ. */
export function adaptDialect(failure: S3Failure, dialect: DeleteDialect): boolean {
  const { status, code, message } = failure;
  const wantsMd5 =
    code === 'MissingContentMD5' ||
    (/content-?md5/i.test(message) && status >= 400) ||
    (code === 'NotImplemented' && /header/i.test(message));
  if (dialect.batches && dialect.checksum === 'crc32' && wantsMd5) {
    dialect.checksum = 'md5';
    return true;
  }
  const noBatches =
    code === 'NotImplemented' || code === 'MethodNotAllowed' || status === 501 || status === 405;
  if (!dialect.batches || !noBatches) return false;
  dialect.batches = false;
  return true;
}

async function signParts(
  targets: readonly DeleteTarget[],
  transport: S3Transport,
  dialect: DeleteDialect,
  signedAtMs: number,
  expiryMs: number,
): Promise<Part[]> {
  const batch: number[] = [];
  const single: number[] = [];
  targets.forEach(({ key, ifMatch }, index) => {
    const fits = dialect.batches && isXmlText(key) && (ifMatch === undefined || dialect.batchConditions);
    (fits ? batch : single).push(index);
  });
  const parts: Part[] = [];
  const expiresInS = expiryMs / 1000;
  if (batch.length > 0) {
    const body = Buffer.from(deleteBody(batch.map((index) => targets[index] as DeleteTarget)));
    const headers = { 'content-type': 'application/xml', ...checksumHeader(body, dialect.checksum) };
    const request = await transport.presign(
      { method: 'POST', query: { delete: '' }, headers, body },
      signedAtMs,
      expiresInS,
    );
    parts.push({ indexes: batch, request, isBatch: true });
  }
  for (const index of single) {
    const { key, versionId, ifMatch } = targets[index] as DeleteTarget;
    const query = versionId === undefined ? {} : { versionId };
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
    const request = await transport.presign(
      { method: 'DELETE', key, query, headers },
      signedAtMs,
      expiresInS,
    );
    parts.push({ indexes: [index], request, isBatch: false });
  }
  return parts;
}

function checksumHeader(body: Uint8Array, checksum: DeleteDialect['checksum']): Record<string, string> {
  if (checksum === 'md5') return { 'content-md5': createHash('md5').update(body).digest('base64') };
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return { 'x-amz-checksum-crc32': sum.toString('base64') };
}

/** Not quiet: a quiet answer leaves every key unaccounted (P6). */
function deleteBody(targets: readonly DeleteTarget[]): string {
  const objects = targets.map(({ key, versionId, ifMatch }) => {
    const version = versionId === undefined ? '' : `<VersionId>${escapeXml(versionId)}</VersionId>`;
    const etag = ifMatch === undefined ? '' : `<ETag>${escapeXml(ifMatch)}</ETag>`;
    return `<Object><Key>${escapeXml(key)}</Key>${version}${etag}</Object>`;
  });
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects.join('')}<Quiet>false</Quiet></Delete>`
  );
}
