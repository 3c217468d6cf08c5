/**
 * A whole key space, decoded: what the invariants are checked on. For tests and the simulator, never on a
 * hot path. Throws DecodeError on anything that apply did not write.
 */
import { DecodeError } from '../shared/binary.js';
import { decodeQueued, decodeRequest, type QueuedRequest } from './idempotency.js';
import {
  decodeCurrentKey,
  decodePrefixKey,
  decodePurgeQueueKey,
  decodeStreamListKey,
  decodeSweepQueueKey,
  KEY_SPACE,
} from './keys.js';
import {
  decodeEvent,
  decodeIncarnation,
  decodeMeta,
  decodePrefixNode,
  decodeSession,
  decodeStream,
  EMPTY_META,
  type CatalogMeta,
  type PrefixNode,
} from './record-codec.js';
import type { Incarnation, SessionId, SessionRecord, StreamEvent, StreamRecord } from './types.js';

/** A key space, decoded. */
export interface CatalogImage {
  meta: CatalogMeta;
  /** In the order of their incarnations, as all maps here follow the order of their keys. */
  readonly streams: Map<Incarnation, StreamRecord>;
  /** By `tenant 00 name`. */
  readonly current: Map<string, Incarnation>;
  readonly listed: Map<Incarnation, string>;
  readonly nodes: Map<string, PrefixNode>;
  /** Incarnation to purgeAfterMs. */
  readonly queued: Map<Incarnation, number>;
  /** Incarnation to when the leader has to look after it: all times, so that a stale entry is seen. */
  readonly sweeps: Map<Incarnation, number[]>;
  readonly sessions: Map<SessionId, SessionRecord>;
  /** By the id's bytes as text. */
  readonly requests: Set<string>;
  readonly requestQueue: Map<number, QueuedRequest>;
  readonly events: Map<number, StreamEvent>;
}

export type Entries = Iterable<readonly [key: Uint8Array, value: Uint8Array]>;

/** Decodes a key space given in key order. Throws DecodeError. */
export function readImage(entries: Entries): CatalogImage {
  const image: CatalogImage = {
    meta: EMPTY_META,
    streams: new Map(),
    current: new Map(),
    listed: new Map(),
    nodes: new Map(),
    queued: new Map(),
    sweeps: new Map(),
    sessions: new Map(),
    requests: new Set(),
    requestQueue: new Map(),
    events: new Map(),
  };
  for (const [key, value] of entries) readEntry(image, key, value);
  return image;
}

function readEntry(image: CatalogImage, key: Uint8Array, value: Uint8Array): void {
  switch (key[0] ?? 0) {
    case KEY_SPACE.META:
      image.meta = decodeMeta(value);
      return;
    case KEY_SPACE.STREAM:
      image.streams.set(numberIn(key), decodeStream(value));
      return;
    case KEY_SPACE.CURRENT:
      image.current.set(nameKey(decodeCurrentKey(key)), decodeIncarnation(value));
      return;
    case KEY_SPACE.LISTING: {
      const listed = decodeStreamListKey(key);
      image.listed.set(listed.incarnation, nameKey(listed));
      return;
    }
    case KEY_SPACE.PREFIX:
      image.nodes.set(decodePrefixKey(key), decodePrefixNode(value));
      return;
    case KEY_SPACE.PURGE_QUEUE: {
      const queued = decodePurgeQueueKey(key);
      image.queued.set(queued.incarnation, queued.purgeAfterMs);
      return;
    }
    case KEY_SPACE.REQUEST:
      decodeRequest(value);
      image.requests.add(String(key.subarray(1)));
      return;
    case KEY_SPACE.REQUEST_QUEUE:
      image.requestQueue.set(numberIn(key), decodeQueued(value));
      return;
    case KEY_SPACE.EVENT:
      image.events.set(numberIn(key), decodeEvent(value));
      return;
    case KEY_SPACE.SESSION:
      image.sessions.set(numberIn(key), decodeSession(value));
      return;
    case KEY_SPACE.SWEEP_QUEUE: {
      const { incarnation, timeMs } = decodeSweepQueueKey(key);
      image.sweeps.set(incarnation, [...(image.sweeps.get(incarnation) ?? []), timeMs]);
      return;
    }
    default:
      throw new DecodeError(`no key space ${key[0] ?? 'at all'}`);
  }
}

function numberIn(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, key.byteLength).getBigUint64(1));
}

/** As `current` and `listed` spell it. */
export function nameKey({ tenant, name }: { readonly tenant: string; readonly name: string }): string {
  return `${tenant}\0${name}`;
}
