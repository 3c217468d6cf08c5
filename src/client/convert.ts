/**
 * Between the wire's messages and the client's own types (`types.ts`): streams and purges. The cluster's status is
 * in `convert-cluster.ts`. Pure and total: what a newer
 * server says is kept as 'UNKNOWN' or passed over, and nothing here throws.
 */
import type { Duration, Duration__Output } from '../generated/google/protobuf/Duration.js';
import type { Timestamp, Timestamp__Output } from '../generated/google/protobuf/Timestamp.js';
import type { Purge__Output } from '../generated/sexton/v1/Purge.js';
import type { PurgeEstimate__Output } from '../generated/sexton/v1/PurgeEstimate.js';
import type { PurgeStatus__Output } from '../generated/sexton/v1/PurgeStatus.js';
import type { PurgeSummary__Output } from '../generated/sexton/v1/PurgeSummary.js';
import type { StoreLoad__Output } from '../generated/sexton/v1/StoreLoad.js';
import type { Stream__Output } from '../generated/sexton/v1/Stream.js';
import type { StreamEvent__Output } from '../generated/sexton/v1/StreamEvent.js';
import type {
  BlockedReason,
  DrainWait,
  Purge,
  PurgeEstimate,
  PurgePhase,
  PurgeStatus,
  PurgeSummary,
  StopReason,
  StoreLoad,
  Stream,
  StreamEvent,
  StreamEventType,
  StreamState,
} from './types.js';

// ------------------------------------------------------------------------------------ small values

/** Undefined when the field is absent. */
export function timeMs(timestamp: Timestamp__Output | null | undefined): number | undefined {
  return timestamp ? timestamp.seconds * 1000 + Math.floor(timestamp.nanos / 1_000_000) : undefined;
}

/** With its fraction: a disk write may take a third of a millisecond. Undefined when absent. */
export function durationMs(duration: Duration__Output | null | undefined): number | undefined {
  return duration ? duration.seconds * 1000 + duration.nanos / 1_000_000 : undefined;
}

export function wireDuration(ms: number): Duration {
  const seconds = Math.trunc(ms / 1000);
  return { seconds, nanos: Math.round((ms - seconds * 1000) * 1_000_000) };
}

export function wireTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.floor(ms - seconds * 1000) * 1_000_000 };
}

export function hex(bytes: Uint8Array | string): string {
  return typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('hex');
}

/**
 * The part of an enum's name behind its prefix. Undefined for UNSPECIFIED; 'UNKNOWN' for what is not
 * in `known` (a newer server's value arrives as a number).
 */
export function enumName<Name extends string>(
  value: string | number,
  prefix: string,
  known: readonly Name[],
): Name | 'UNKNOWN' | undefined {
  if (value === `${prefix}UNSPECIFIED`) return undefined;
  return known.find((name) => value === prefix + name) ?? 'UNKNOWN';
}

const STREAM_STATES = ['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const;
const PURGE_PHASES = [
  'WAITING',
  'DRAINING',
  'QUEUED',
  'RUNNING',
  'VERIFYING',
  'RETRYING',
  'BLOCKED',
  'PAUSED',
  'DONE',
  'HELD',
] as const satisfies readonly PurgePhase[];
const BLOCKED_REASONS = [
  'ACCESS_DENIED',
  'OBJECT_LOCKED',
  'BUCKET_MISSING',
  'FOREIGN_MARKER',
  'STORE_UNSUITABLE',
  'NO_PROGRESS',
  'BAD_CREDENTIALS',
  'LISTING_UNTRUSTED',
  'STREAM_REBORN',
  'METADATA_UNCLEAR',
] as const satisfies readonly BlockedReason[];
const DRAIN_WAITS = ['SESSIONS', 'CLIENTS_STILL_SENDING'] as const satisfies readonly DrainWait[];
const STOP_REASONS = [
  'PAUSED',
  'RESTORED',
  'STATE_IN_DOUBT',
  'STORAGE_NOT_READY',
  'LEADER_STARTING',
  'FOREIGN_MARKER',
] as const satisfies readonly StopReason[];
const EVENT_TYPES = [
  'CREATED',
  'DELETED',
  'UNDELETED',
  'PURGE_STARTED',
  'PURGE_PROGRESSED',
  'PURGED',
  'FORGOTTEN',
  'DRAINED',
  'RESIDUE_SWEPT',
] as const satisfies readonly StreamEventType[];

// ----------------------------------------------------------------------------------------- streams

export function streamState(value: string | number): StreamState {
  return enumName(value, 'STREAM_STATE_', STREAM_STATES) ?? 'UNKNOWN';
}

export function toStream(wire: Stream__Output): Stream {
  return {
    tenant: wire.tenant,
    name: wire.name,
    incarnation: wire.incarnation,
    state: streamState(wire.state),
    prefix: wire.prefix,
    labels: wire.labels,
    revision: wire.revision,
    etag: wire.etag,
    tombstoneRevision: wire.tombstoneRevision === 0 ? undefined : wire.tombstoneRevision,
    drainRevision: wire.drainRevision === 0 ? undefined : wire.drainRevision,
    createTimeMs: timeMs(wire.createTime),
    deleteTimeMs: timeMs(wire.deleteTime),
    purgeAfterMs: timeMs(wire.purgeAfter),
    purgeTimeMs: timeMs(wire.purgeTime),
    reusableAfterMs: timeMs(wire.reusableAfter),
    purge: wire.purge ? toPurgeStatus(wire.purge) : undefined,
  };
}

function toPurgeStatus(wire: PurgeStatus__Output): PurgeStatus {
  return {
    phase: enumName(wire.phase, 'PURGE_PHASE_', PURGE_PHASES) ?? 'UNKNOWN',
    objectsDeleted: wire.objectsDeleted,
    bytesDeleted: wire.bytesDeleted,
    uploadsAborted: wire.uploadsAborted,
    attempts: wire.attempts,
    lastError: wire.lastError,
    lastErrorTimeMs: timeMs(wire.lastErrorTime),
    nextAttemptTimeMs: timeMs(wire.nextAttemptTime),
    blockedReason: enumName(wire.blockedReason, 'BLOCKED_REASON_', BLOCKED_REASONS),
    beginTimeMs: timeMs(wire.beginTime),
    pauseTimeMs: timeMs(wire.pauseTime),
    lateObjectsDeleted: wire.lateObjectsDeleted,
    waitingSessions: wire.waitingSessions,
    drainTimeMs: timeMs(wire.drainTime),
    drainWait: enumName(wire.drainWait, 'DRAIN_WAIT_', DRAIN_WAITS),
    discardNewWrites: wire.discardNewWrites,
  };
}

/** Undefined for a kind of event that is newer than this client; its revision still counts. */
export function toEvent(wire: StreamEvent__Output): StreamEvent | undefined {
  const type = enumName(wire.type, 'STREAM_EVENT_TYPE_', EVENT_TYPES);
  if (type === undefined || type === 'UNKNOWN' || !wire.stream) return undefined;
  return { kind: 'event', type, revision: wire.revision, stream: toStream(wire.stream) };
}

// ------------------------------------------------------------------------------------------ purges

export function toPurge(wire: Purge__Output): Purge | undefined {
  if (!wire.stream) return undefined;
  return {
    stream: toStream(wire.stream),
    waitingNodeIds: wire.waitingNodeIds,
    silentNodeIds: wire.silentNodeIds,
    objectsPerSecond: wire.objectsPerSecond,
    bytesPerSecond: wire.bytesPerSecond,
    estimate: wire.estimate ? toEstimate(wire.estimate) : undefined,
    takenUp: wire.takenUp.map(({ nodeId, lastSeenTime }) => ({
      nodeId,
      lastSeenTimeMs: timeMs(lastSeenTime),
    })),
  };
}

function toEstimate({ basis, objectsLeft, timeLeft }: PurgeEstimate__Output): PurgeEstimate {
  return {
    basis: enumName(basis, 'ESTIMATE_BASIS_', ['AT_LEAST', 'FOLDERS', 'LISTED']) ?? 'UNKNOWN',
    objectsLeft,
    timeLeftMs: durationMs(timeLeft),
  };
}

export function toStoreLoad(wire: StoreLoad__Output | null | undefined): StoreLoad {
  return {
    requestsInFlight: wire?.requestsInFlight ?? 0,
    concurrencyLimit: wire?.concurrencyLimit ?? 0,
    concurrencyMax: wire?.concurrencyMax ?? 0,
    requestsPerSecondMax: wire?.requestsPerSecondMax ?? 0,
    requestsPerSecond: wire?.requestsPerSecond ?? 0,
    requestsWaiting: wire?.requestsWaiting ?? 0,
    throttledTotal: wire?.throttledTotal ?? 0,
    quietMs: durationMs(wire?.quiet),
  };
}

export function toPurgeSummary(wire: PurgeSummary__Output | null | undefined): PurgeSummary {
  return {
    waiting: wire?.waiting ?? 0,
    running: wire?.running ?? 0,
    retrying: wire?.retrying ?? 0,
    blocked: wire?.blocked ?? 0,
    paused: wire?.paused ?? 0,
    clusterPaused: wire?.clusterPaused ?? false,
    pauseReason: wire ? enumName(wire.pauseReason, 'PAUSE_REASON_', ['OPERATOR', 'RESTORED']) : undefined,
    oldestPendingAgeMs: durationMs(wire?.oldestPendingAge),
    objectsDeletedTotal: wire?.objectsDeletedTotal ?? 0,
    bytesDeletedTotal: wire?.bytesDeletedTotal ?? 0,
    lateObjectsTotal: wire?.lateObjectsTotal ?? 0,
    stopReason: wire ? enumName(wire.stopReason, 'STOP_REASON_', STOP_REASONS) : undefined,
    stopMessage: wire?.stopMessage ?? '',
    sweepsRetrying: wire?.sweepsRetrying ?? 0,
    draining: wire?.draining ?? 0,
    clientsStillSending: wire?.clientsStillSending ?? 0,
    rebornStreams: wire?.rebornStreams ?? 0,
  };
}
