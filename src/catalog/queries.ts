/**
 * Reads of the catalog: pure, by point reads, on any reader (the store, a view, an overlay).
 * Scans are ranges from `keys.ts` that the node walks; `decodeStream` and `decodeEvent` read what they find.
 */
import { assertDefined } from '../shared/assert.js';
import { formatDigest } from './digest.js';
import { currentKey, META_KEY, sessionKey, streamKey } from './keys.js';
import {
  decodeIncarnation,
  decodeMeta,
  decodeSession,
  decodeStream,
  EMPTY_META,
  type CatalogMeta,
} from './record-codec.js';
import { incarnationMismatch, streamNotFound } from './refusals.js';
import type {
  CatalogReader,
  CatalogSummary,
  Incarnation,
  Refusal,
  SessionId,
  SessionRecord,
  StreamRecord,
} from './types.js';

export { decodeEvent, decodeSession } from './record-codec.js';

export interface StreamSelector {
  readonly tenant: string;
  readonly name: string;
  /** 0 = the current one. */
  readonly incarnation: Incarnation;
}

export type StreamAnswer =
  { readonly ok: true; readonly stream: StreamRecord } | { readonly ok: false; readonly refusal: Refusal };

export function readMeta(reader: CatalogReader): CatalogMeta {
  const bytes = reader.get(META_KEY);
  return bytes === undefined ? EMPTY_META : decodeMeta(bytes);
}

export function readSummary(reader: CatalogReader): CatalogSummary {
  const meta = readMeta(reader);
  return {
    streams: meta.streams,
    purges: meta.purges,
    purgesPaused: meta.purgesPaused,
    pausedByRestore: meta.pausedByRestore,
    pausedStreams: meta.pausedStreams,
    sessions: meta.sessions,
    committedTimeMs: meta.committedTimeMs,
    revision: meta.revision,
    eventFloor: meta.eventFloor,
    objectsDeletedTotal: meta.objectsDeletedTotal,
    bytesDeletedTotal: meta.bytesDeletedTotal,
    objectsSweptTotal: meta.objectsSweptTotal,
    bytesSweptTotal: meta.bytesSweptTotal,
    digest: formatDigest(meta.digest),
  };
}

/** Undefined: never existed, or gone: nothing of it can reach the store any more. */
export function readSession(reader: CatalogReader, id: SessionId): SessionRecord | undefined {
  const bytes = reader.get(sessionKey(id));
  return bytes === undefined ? undefined : decodeSession(bytes);
}

/** Undefined: never existed, or forgotten. */
export function readStreamByIncarnation(
  reader: CatalogReader,
  incarnation: Incarnation,
): StreamRecord | undefined {
  const bytes = reader.get(streamKey(incarnation));
  return bytes === undefined ? undefined : decodeStream(bytes);
}

/**
 * The current life of a name: the ACTIVE one if there is one, else the one that was ACTIVE last.
 * Undefined: the name is unknown, or that life is forgotten.
 */
export function readCurrent(reader: CatalogReader, tenant: string, name: string): StreamRecord | undefined {
  const bytes = reader.get(currentKey(tenant, name));
  if (bytes === undefined) return undefined;
  const incarnation = decodeIncarnation(bytes);
  return assertDefined(
    readStreamByIncarnation(reader, incarnation),
    `current incarnation ${incarnation} has no record`,
  );
}

/**
 * A life by name; with an incarnation any life of that name that is not forgotten.
 * STREAM_NOT_FOUND, or INCARNATION_MISMATCH when the name has a current life but not the one asked for.
 */
export function readStream(reader: CatalogReader, selector: StreamSelector): StreamAnswer {
  const { tenant, name, incarnation } = selector;
  if (incarnation !== 0) {
    const stream = readStreamByIncarnation(reader, incarnation);
    if (stream?.tenant === tenant && stream.name === name) return { ok: true, stream };
  }
  const current = readCurrent(reader, tenant, name);
  if (current === undefined) return { ok: false, refusal: streamNotFound(selector) };
  if (incarnation === 0) return { ok: true, stream: current };
  return { ok: false, refusal: incarnationMismatch(selector, incarnation, current.incarnation) };
}
