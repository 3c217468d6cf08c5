/**
 * AIP-155: the same request id is never executed twice, on any node, after any failover. Its outcome is
 * part of the replicated state, and so is forgetting it: by committed time and by count, a bounded
 * number an entry, so that all members forget the same id at the same index (C3).
 *
 * A repetition is told by the id *and* by a digest of the command: the same id with another command
 * is a caller's mistake and is refused. Only executed commands are remembered: a malformed one gets the
 * same answer anyhow.
 */
import { assertDefined } from '../shared/assert.js';
import { BinaryReader, BinaryWriter, DecodeError } from '../shared/binary.js';
import { REASONS, type Reason } from '../shared/errors.js';
import { encodeCommand, readVersion } from './codec.js';
import { digestBytes, type CatalogDigest } from './digest.js';
import { requestKey, requestQueueKey } from './keys.js';
import { REQUEST_RETENTION_MS, REQUESTS_EVICTED_PER_ENTRY_MAX, REQUESTS_MAX } from './limits.js';
import type { CatalogMeta } from './record-codec.js';
import type { CatalogReader, CatalogWrite, Command, Refusal } from './types.js';

const REQUEST_VERSION = 1;
const QUEUE_VERSION = 1;
const ID_BYTES = 16;
const HYPHEN = 0x2d;

export type RequestOutcome =
  /** The incarnation of a stream or the id of a session, by the command. 0: a success without either. */
  { readonly ok: true; readonly subject: number } | { readonly ok: false; readonly refusal: Refusal };

export interface RememberedRequest {
  readonly command: CatalogDigest;
  readonly outcome: RequestOutcome;
}

/** The part of the meta record that this file moves. */
export type RequestQueue = Pick<CatalogMeta, 'requestsFirst' | 'requestsEnd' | 'oldestRequestMs'>;

export interface RequestLimits {
  readonly retentionMs: number;
  readonly countMax: number;
  readonly evictedPerEntryMax: number;
}

export const REQUEST_LIMITS: RequestLimits = {
  retentionMs: REQUEST_RETENTION_MS,
  countMax: REQUESTS_MAX,
  evictedPerEntryMax: REQUESTS_EVICTED_PER_ENTRY_MAX,
};

export function digestCommand(command: Command): CatalogDigest {
  return digestBytes(encodeCommand(command));
}

/** `requestId`: a UUID in its 36 character form. Upper and lower case are one id. */
export function readRequest(reader: CatalogReader, requestId: string): RememberedRequest | undefined {
  const bytes = reader.get(requestKey(idBytes(requestId)));
  return bytes === undefined ? undefined : decodeRequest(bytes);
}

/** Remembers an executed request as the youngest. Call after {@link evictRequests}, with its queue. */
export function rememberRequest(
  queue: RequestQueue,
  requestId: string,
  request: RememberedRequest,
  nowMs: number,
): { readonly queue: RequestQueue; readonly writes: readonly CatalogWrite[] } {
  const id = idBytes(requestId);
  const isFirst = queue.requestsFirst === queue.requestsEnd;
  return {
    queue: {
      requestsFirst: queue.requestsFirst,
      requestsEnd: queue.requestsEnd + 1,
      oldestRequestMs: isFirst ? nowMs : queue.oldestRequestMs,
    },
    writes: [
      { key: requestKey(id), value: encodeRequest(request) },
      { key: requestQueueKey(queue.requestsEnd), value: encodeQueued({ id, timeMs: nowMs }) },
    ],
  };
}

/** Forgets what is too old, or the oldest when `adding` would go over the count. */
export function evictRequests(
  reader: CatalogReader,
  queue: RequestQueue,
  nowMs: number,
  adding: boolean,
  limits: RequestLimits = REQUEST_LIMITS,
): { readonly queue: RequestQueue; readonly writes: readonly CatalogWrite[] } {
  let { requestsFirst, oldestRequestMs } = queue;
  const { requestsEnd } = queue;
  const writes: CatalogWrite[] = [];
  for (let evicted = 0; evicted < limits.evictedPerEntryMax && requestsFirst < requestsEnd; evicted++) {
    const isOld = nowMs - oldestRequestMs > limits.retentionMs;
    const isOver = requestsEnd - requestsFirst + (adding ? 1 : 0) > limits.countMax;
    if (!isOld && !isOver) break;
    const oldest = readQueued(reader, requestsFirst);
    writes.push({ key: requestKey(oldest.id), value: undefined });
    writes.push({ key: requestQueueKey(requestsFirst), value: undefined });
    requestsFirst++;
    oldestRequestMs = requestsFirst < requestsEnd ? readQueued(reader, requestsFirst).timeMs : 0;
  }
  return { queue: { requestsFirst, requestsEnd, oldestRequestMs }, writes };
}

/** The UUID's 128 bits; `requestId` has passed `requestIdViolations`. */
function idBytes(requestId: string): Uint8Array {
  const bytes = new Uint8Array(ID_BYTES);
  let digits = 0;
  for (let at = 0; at < requestId.length; at++) {
    const unit = requestId.charCodeAt(at);
    if (unit === HYPHEN) continue;
    // '0'..'9' are 0x30.., 'A'..'F' 0x41.., 'a'..'f' 0x61..: the low four bits, and nine more for a letter.
    const digit = (unit & 0x0f) + (unit > 0x39 ? 9 : 0);
    bytes[digits >>> 1] = ((bytes[digits >>> 1] ?? 0) << 4) | digit;
    digits++;
  }
  return bytes;
}

// ------------------------------------------------------------------------------------------ encoding

export function encodeRequest({ command, outcome }: RememberedRequest): Uint8Array {
  const writer = new BinaryWriter(24).u8(REQUEST_VERSION).u32(command.high).u32(command.low).bool(outcome.ok);
  if (outcome.ok) return writer.varint(outcome.subject).finish();
  const { reason, message, metadata } = outcome.refusal;
  const keys = Object.keys(metadata).sort();
  // By name: the list of reasons is not this file's, and may be reordered.
  writer.string(reason).string(message).varint(keys.length);
  for (const key of keys) writer.string(key).string(metadata[key] ?? '');
  return writer.finish();
}

/** Throws DecodeError. */
export function decodeRequest(bytes: Uint8Array): RememberedRequest {
  const reader = new BinaryReader(bytes);
  readVersion(reader, REQUEST_VERSION, 'request outcome');
  const command = { high: reader.u32(), low: reader.u32() };
  if (reader.bool()) {
    const subject = reader.varint();
    reader.end();
    return { command, outcome: { ok: true, subject } };
  }
  const reason = reader.string();
  if (!isReason(reason)) throw new DecodeError(`unknown reason '${reason}'`);
  const message = reader.string();
  const count = reader.varint();
  if (count * 2 > reader.remaining) throw new DecodeError(`${count} facts in ${reader.remaining} bytes`);
  const facts: [string, string][] = [];
  for (let at = 0; at < count; at++) facts.push([reader.string(), reader.string()]);
  reader.end();
  return {
    command,
    outcome: { ok: false, refusal: { reason, message, metadata: Object.fromEntries(facts) } },
  };
}

function isReason(text: string): text is Reason {
  return (REASONS as readonly string[]).includes(text);
}

export interface QueuedRequest {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly timeMs: number;
}

function encodeQueued({ id, timeMs }: QueuedRequest): Uint8Array {
  return new BinaryWriter(25).u8(QUEUE_VERSION).varint(timeMs).raw(id).finish();
}

/** Throws DecodeError. */
export function decodeQueued(bytes: Uint8Array): QueuedRequest {
  const reader = new BinaryReader(bytes);
  readVersion(reader, QUEUE_VERSION, 'queued request');
  const queued = { timeMs: reader.varint(), id: reader.raw(ID_BYTES) };
  reader.end();
  return queued;
}

function readQueued(reader: CatalogReader, ordinal: number): QueuedRequest {
  return decodeQueued(
    assertDefined(reader.get(requestQueueKey(ordinal)), `request queue has no ordinal ${ordinal}`),
  );
}
