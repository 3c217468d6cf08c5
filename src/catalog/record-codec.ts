/**
 * What the catalog stores: stream records, sessions, events, prefix nodes, meta. (Request outcomes are encoded
 * in `idempotency.ts`.) Every value starts with its version byte; decoding is total and throws
 * DecodeError, which for stored bytes means damage (S4).
 */
import { BinaryReader, BinaryWriter } from '../shared/binary.js';
import { readChoice, readLabels, readVersion, writeLabels } from './codec.js';
import type { CatalogDigest } from './digest.js';
import {
  BLOCKED_REASONS,
  EVENT_KINDS,
  PURGE_PHASES,
  SESSION_STATES,
  STREAM_STATES,
  type EventKind,
  type Incarnation,
  type PurgingPhase,
  type SessionRecord,
  type SessionState,
  type StreamEvent,
  type StreamRecord,
  type StreamState,
  type StreamSweep,
} from './types.js';

/** 2: sweeps. 3: why a purge is blocked, and since when things are as they are. 4: drains. */
const RECORD_VERSION = 4;
const EVENT_VERSION = 1;
/** 2: sessions, totals of sweeps. 3: streams paused by name. 4: paused by a restore. 5: drains. */
const META_VERSION = 5;
const SESSION_VERSION = 1;
const NODE_VERSION = 1;
const POINTER_VERSION = 1;

/** For keys that say everything themselves. */
export const NO_VALUE: Uint8Array = new Uint8Array(0);

// ------------------------------------------------------------------------------------------ streams

export function encodeStream(stream: StreamRecord): Uint8Array {
  const writer = new BinaryWriter(160)
    .u8(RECORD_VERSION)
    .string(stream.tenant)
    .string(stream.name)
    .varint(stream.incarnation)
    .u8(STREAM_STATES.indexOf(stream.state))
    .string(stream.prefix)
    .bool(stream.prefixReusable);
  writeLabels(writer, stream.labels);
  return writer
    .varint(stream.revision)
    .varint(stream.createTimeMs)
    .varint(stream.deleteTimeMs)
    .varint(stream.purgeAfterMs)
    .varint(stream.tombstoneRevision)
    .varint(stream.purgeTimeMs)
    .varint(stream.reusableAfterMs)
    .u8(PURGE_PHASES.indexOf(stream.purge.phase))
    .varint(stream.purge.objectsDeleted)
    .varint(stream.purge.bytesDeleted)
    .varint(stream.purge.attempts)
    .string(stream.purge.lastError)
    .varint(stream.purge.nextAttemptTimeMs)
    .bool(stream.purge.paused)
    .u8(BLOCKED_REASONS.indexOf(stream.purge.blockedReason))
    .varint(stream.purge.uploadsAborted)
    .varint(stream.purge.lastErrorTimeMs)
    .varint(stream.purge.beginTimeMs)
    .varint(stream.purge.pauseTimeMs)
    .varint(stream.sweep.done)
    .varint(stream.sweep.nextTimeMs)
    .varint(stream.sweep.objectsFound)
    .varint(stream.sweep.bytesFound)
    .varint(stream.sweep.newestWriteMs)
    .varint(stream.drainRevision)
    .varint(stream.purge.drainTimeMs)
    .bool(stream.purge.discardNewWrites)
    .finish();
}

/** Throws DecodeError. */
export function decodeStream(bytes: Uint8Array): StreamRecord {
  const reader = new BinaryReader(bytes);
  const version = readVersion(reader, RECORD_VERSION, 'stream record');
  // Object literals evaluate their properties in order: the fields are read as they were written.
  const stream = {
    tenant: reader.string(),
    name: reader.string(),
    incarnation: reader.varint(),
    state: readChoice(reader, STREAM_STATES, 'stream state'),
    prefix: reader.string(),
    prefixReusable: reader.bool(),
    labels: readLabels(reader),
    revision: reader.varint(),
    createTimeMs: reader.varint(),
    deleteTimeMs: reader.varint(),
    purgeAfterMs: reader.varint(),
    tombstoneRevision: reader.varint(),
    purgeTimeMs: reader.varint(),
    reusableAfterMs: reader.varint(),
    purge: {
      phase: readChoice(reader, PURGE_PHASES, 'purge phase'),
      objectsDeleted: reader.varint(),
      bytesDeleted: reader.varint(),
      attempts: reader.varint(),
      lastError: reader.string(),
      nextAttemptTimeMs: reader.varint(),
      paused: reader.bool(),
      blockedReason: version >= 3 ? readChoice(reader, BLOCKED_REASONS, 'blocked reason') : 'NONE',
      uploadsAborted: version >= 3 ? reader.varint() : 0,
      lastErrorTimeMs: version >= 3 ? reader.varint() : 0,
      beginTimeMs: version >= 3 ? reader.varint() : 0,
      pauseTimeMs: version >= 3 ? reader.varint() : 0,
    },
    // Purged before there were sweeps: none is to come.
    sweep: version >= 2 ? readSweep(reader) : NO_SWEEP,
    drainRevision: version >= 4 ? reader.varint() : 0,
  };
  const drain = {
    drainTimeMs: version >= 4 ? reader.varint() : 0,
    discardNewWrites: version >= 4 && reader.bool(),
  };
  reader.end();
  return { ...stream, purge: { ...stream.purge, ...drain } };
}

/** Not PURGED yet. */
export const NO_SWEEP: StreamSweep = {
  done: 0,
  nextTimeMs: 0,
  objectsFound: 0,
  bytesFound: 0,
  newestWriteMs: 0,
};

function readSweep(reader: BinaryReader): StreamSweep {
  return {
    done: reader.varint(),
    nextTimeMs: reader.varint(),
    objectsFound: reader.varint(),
    bytesFound: reader.varint(),
    newestWriteMs: reader.varint(),
  };
}

/** Value of the `current` key. */
export function encodeIncarnation(incarnation: Incarnation): Uint8Array {
  return new BinaryWriter(9).u8(POINTER_VERSION).varint(incarnation).finish();
}

/** Throws DecodeError. */
export function decodeIncarnation(bytes: Uint8Array): Incarnation {
  const reader = new BinaryReader(bytes);
  readVersion(reader, POINTER_VERSION, 'incarnation');
  const incarnation = reader.varint();
  reader.end();
  return incarnation;
}

// ----------------------------------------------------------------------------------------- sessions

export function encodeSession(session: SessionRecord): Uint8Array {
  return new BinaryWriter(96)
    .u8(SESSION_VERSION)
    .varint(session.id)
    .string(session.nodeId)
    .u8(SESSION_STATES.indexOf(session.state))
    .varint(session.ttlMs)
    .varint(session.uploadDeadlineMs)
    .varint(session.openedRevision)
    .varint(session.openTimeMs)
    .varint(session.settledAfterMs)
    .finish();
}

/** Throws DecodeError. */
export function decodeSession(bytes: Uint8Array): SessionRecord {
  const reader = new BinaryReader(bytes);
  readVersion(reader, SESSION_VERSION, 'session record');
  const session: SessionRecord = {
    id: reader.varint(),
    nodeId: reader.string(),
    state: readChoice(reader, SESSION_STATES, 'session state'),
    ttlMs: reader.varint(),
    uploadDeadlineMs: reader.varint(),
    openedRevision: reader.varint(),
    openTimeMs: reader.varint(),
    settledAfterMs: reader.varint(),
  };
  reader.end();
  return session;
}

// ------------------------------------------------------------------------------------------- events

/** `streamBytes`: the record after the change, as `encodeStream` gave it. */
export function encodeEventAround(
  event: { readonly kind: EventKind; readonly revision: number; readonly timeMs: number },
  streamBytes: Uint8Array,
): Uint8Array {
  return new BinaryWriter(streamBytes.length + 24)
    .u8(EVENT_VERSION)
    .u8(EVENT_KINDS.indexOf(event.kind))
    .varint(event.revision)
    .varint(event.timeMs)
    .raw(streamBytes)
    .finish();
}

export function encodeEvent(event: StreamEvent): Uint8Array {
  return encodeEventAround(event, encodeStream(event.stream));
}

/** Throws DecodeError. */
export function decodeEvent(bytes: Uint8Array): StreamEvent {
  const reader = new BinaryReader(bytes);
  readVersion(reader, EVENT_VERSION, 'event');
  return {
    kind: readChoice(reader, EVENT_KINDS, 'event kind'),
    revision: reader.varint(),
    timeMs: reader.varint(),
    stream: decodeStream(reader.rest()),
  };
}

// ------------------------------------------------------------------------------------- prefix nodes

/** One `/`-terminated prefix that is owned, or below which something is owned. See `ownership.ts`. */
export interface PrefixNode {
  /** 0 = nobody. */
  readonly owner: Incarnation;
  /** The owner is not PURGED. */
  readonly ownerLive: boolean;
  /** Not 0: the PURGED owner's reusable_after. Nobody may own this prefix before it has passed. */
  readonly fencedUntilMs: number;
  /** How many streams that are not PURGED own a prefix strictly below. */
  readonly ownedBelow: number;
  /** Not 0: the latest reusable_after of PURGED streams strictly below. */
  readonly belowFencedUntilMs: number;
}

export function encodePrefixNode(node: PrefixNode): Uint8Array {
  return new BinaryWriter(32)
    .u8(NODE_VERSION)
    .varint(node.owner)
    .bool(node.ownerLive)
    .varint(node.fencedUntilMs)
    .varint(node.ownedBelow)
    .varint(node.belowFencedUntilMs)
    .finish();
}

/** Throws DecodeError. */
export function decodePrefixNode(bytes: Uint8Array): PrefixNode {
  const reader = new BinaryReader(bytes);
  readVersion(reader, NODE_VERSION, 'prefix node');
  const node = {
    owner: reader.varint(),
    ownerLive: reader.bool(),
    fencedUntilMs: reader.varint(),
    ownedBelow: reader.varint(),
    belowFencedUntilMs: reader.varint(),
  };
  reader.end();
  return node;
}

// --------------------------------------------------------------------------------------------- meta

/** The one record that every entry rewrites. `CatalogSummary` is the part of it that others see. */
export interface CatalogMeta {
  /** The last entry that apply saw: indexes only grow. */
  readonly lastIndex: number;
  readonly committedTimeMs: number;
  readonly revision: number;
  readonly streams: Readonly<Record<StreamState, number>>;
  readonly purges: Readonly<Record<PurgingPhase, number>>;
  readonly purgesPaused: boolean;
  /** P10: they are because the state came from a backup, and nobody has resumed them since. */
  readonly pausedByRestore: boolean;
  /** By name, whatever their state. */
  readonly pausedStreams: number;
  readonly objectsDeletedTotal: number;
  readonly bytesDeletedTotal: number;
  readonly objectsSweptTotal: number;
  readonly bytesSweptTotal: number;
  readonly sessions: Readonly<Record<SessionState, number>>;
  /** Events up to here are gone. */
  readonly eventFloor: number;
  /** Ordinals of the remembered requests: first inclusive, end exclusive. */
  readonly requestsFirst: number;
  readonly requestsEnd: number;
  /** When the oldest of them was applied; 0 = there is none. */
  readonly oldestRequestMs: number;
  readonly digest: CatalogDigest;
}

export const EMPTY_META: CatalogMeta = {
  lastIndex: 0,
  committedTimeMs: 0,
  revision: 0,
  streams: { ACTIVE: 0, DELETED: 0, PURGING: 0, PURGED: 0 },
  purges: { DRAINING: 0, RUNNING: 0, RETRYING: 0, BLOCKED: 0 },
  purgesPaused: false,
  pausedByRestore: false,
  pausedStreams: 0,
  objectsDeletedTotal: 0,
  bytesDeletedTotal: 0,
  objectsSweptTotal: 0,
  bytesSweptTotal: 0,
  sessions: { OPEN: 0, EXPIRED: 0 },
  eventFloor: 0,
  requestsFirst: 0,
  requestsEnd: 0,
  oldestRequestMs: 0,
  digest: { high: 0, low: 0 },
};

/** Everything but the digest, which is computed over this (S7) and comes last. */
export function encodeMetaBody(meta: Omit<CatalogMeta, 'digest'>): Uint8Array {
  return new BinaryWriter(96)
    .u8(META_VERSION)
    .varint(meta.lastIndex)
    .varint(meta.committedTimeMs)
    .varint(meta.revision)
    .varint(meta.streams.ACTIVE)
    .varint(meta.streams.DELETED)
    .varint(meta.streams.PURGING)
    .varint(meta.streams.PURGED)
    .varint(meta.purges.RUNNING)
    .varint(meta.purges.RETRYING)
    .varint(meta.purges.BLOCKED)
    .bool(meta.purgesPaused)
    .varint(meta.objectsDeletedTotal)
    .varint(meta.bytesDeletedTotal)
    .varint(meta.eventFloor)
    .varint(meta.requestsFirst)
    .varint(meta.requestsEnd)
    .varint(meta.oldestRequestMs)
    .varint(meta.sessions.OPEN)
    .varint(meta.sessions.EXPIRED)
    .varint(meta.objectsSweptTotal)
    .varint(meta.bytesSweptTotal)
    .varint(meta.pausedStreams)
    .bool(meta.pausedByRestore)
    .varint(meta.purges.DRAINING)
    .finish();
}

export function encodeMeta(body: Uint8Array, digest: CatalogDigest): Uint8Array {
  return new BinaryWriter(body.length + 8).raw(body).u32(digest.high).u32(digest.low).finish();
}

/** Throws DecodeError. */
export function decodeMeta(bytes: Uint8Array): CatalogMeta {
  const reader = new BinaryReader(bytes);
  const version = readVersion(reader, META_VERSION, 'catalog meta');
  const common = {
    lastIndex: reader.varint(),
    committedTimeMs: reader.varint(),
    revision: reader.varint(),
    streams: {
      ACTIVE: reader.varint(),
      DELETED: reader.varint(),
      PURGING: reader.varint(),
      PURGED: reader.varint(),
    },
    purges: { RUNNING: reader.varint(), RETRYING: reader.varint(), BLOCKED: reader.varint() },
    purgesPaused: reader.bool(),
    objectsDeletedTotal: reader.varint(),
    bytesDeletedTotal: reader.varint(),
    eventFloor: reader.varint(),
    requestsFirst: reader.varint(),
    requestsEnd: reader.varint(),
    oldestRequestMs: reader.varint(),
  };
  const { sessions, objectsSweptTotal, bytesSweptTotal } = version >= 2 ? readAdditions(reader) : EMPTY_META;
  const pausedStreams = version >= 3 ? reader.varint() : 0;
  const pausedByRestore = version >= 4 && reader.bool();
  const purges = { ...common.purges, DRAINING: version >= 5 ? reader.varint() : 0 };
  const digest = { high: reader.u32(), low: reader.u32() };
  reader.end();
  return {
    ...common,
    purges,
    sessions,
    objectsSweptTotal,
    bytesSweptTotal,
    pausedStreams,
    pausedByRestore,
    digest,
  };
}

function readAdditions(
  reader: BinaryReader,
): Pick<CatalogMeta, 'sessions' | 'objectsSweptTotal' | 'bytesSweptTotal'> {
  return {
    sessions: { OPEN: reader.varint(), EXPIRED: reader.varint() },
    objectsSweptTotal: reader.varint(),
    bytesSweptTotal: reader.varint(),
  };
}
