/**
 * What Parseable writes about a stream beside its data, and what of it says which life of the stream it belongs to.
 * Pure.
 *
 *   <prefix>.stream/.stream.json                     the query node's copy
 *   <prefix>.stream/.ingestor.<node>.stream.json     one for each ingest node
 *   <prefix>.stream.json                             before that folder existed
 *
 * A stream exists for Parseable exactly when one of these objects does. Each is written before the first event of its
 * node is uploaded. A node that takes a stream up again copies an existing one, `created-at` included; only where there
 * is none does it make a new one, with a new `created-at`.
 */

/** Holds the metadata of a stream, below its prefix. */
export const METADATA_FOLDER = '.stream/';
/** Where there was no such folder yet. */
export const OLD_STREAM_JSON = '.stream.json';
/** What every key of either kind begins with, below the prefix of its stream. */
export const METADATA_KEYS_PREFIX = '.stream';

/** Whether the key makes a stream, `relative` to the prefix. */
export function isStreamJson(relative: string): boolean {
  if (relative === OLD_STREAM_JSON) return true;
  if (!relative.startsWith(METADATA_FOLDER)) return false;
  const file = relative.slice(METADATA_FOLDER.length);
  return !file.includes('/') && file.endsWith('stream.json');
}

/**
 * Whether Parseable writes the same key again in a later life of the stream, `relative` to the prefix: metadata, schemas
 * and the manifests of a day are called alike in every life. The names of parquet files carry a ULID.
 */
export function isRecurringKey(relative: string): boolean {
  return (
    relative.startsWith(METADATA_KEYS_PREFIX) || relative === '.schema' || relative.endsWith('manifest.json')
  );
}

export interface StreamMetadata {
  /** Milliseconds since the epoch, by the clock of the node that made the stream. */
  readonly createdMs: number;
  /** Of the first event; undefined: there was none yet, or it is not said. */
  readonly firstEventMs: number | undefined;
}

/** Undefined: not JSON, not an object, or without a time of creation that can be read. */
export function parseStreamMetadata(bytes: Uint8Array): StreamMetadata | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { 'created-at': created, 'first-event-at': first } = json as Record<string, unknown>;
  const createdMs = timeOf(created);
  if (createdMs === undefined) return undefined;
  if (first === undefined || first === null) return { createdMs, firstEventMs: undefined };
  const firstEventMs = timeOf(first);
  return firstEventMs === undefined ? undefined : { createdMs, firstEventMs };
}

/** RFC 3339, with any number of decimals. Anything else that `Date` would guess at is refused. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const match = /^(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2})(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.exec(value);
  if (match === null) return undefined;
  const millis = (match[2] ?? '').slice(0, 4);
  const timeMs = Date.parse(
    `${(match[1] ?? '').replace(' ', 'T')}${millis}${(match[3] ?? '').toUpperCase()}`,
  );
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
