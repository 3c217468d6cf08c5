/**
 * How a purge looks from outside: the committed progress, made finer by what the leader knows at the
 * moment and has not committed (which it does rarely, on purpose).
 */
import type { BlockedReason as WireBlockedReason } from '../../generated/sexton/v1/BlockedReason.js';
import type { DrainWait } from '../../generated/sexton/v1/DrainWait.js';
import type { EstimateBasis } from '../../generated/sexton/v1/EstimateBasis.js';
import type { PurgeEstimate } from '../../generated/sexton/v1/PurgeEstimate.js';
import type { PurgePhase } from '../../generated/sexton/v1/PurgePhase.js';
import type { PurgeStatus } from '../../generated/sexton/v1/PurgeStatus.js';
import type { PurgeSummary } from '../../generated/sexton/v1/PurgeSummary.js';
import type { StopReason } from '../../generated/sexton/v1/StopReason.js';
import type { StoreLoad } from '../../generated/sexton/v1/StoreLoad.js';
import type { BlockedReason, CatalogSummary, StreamRecord } from '../../catalog/types.js';
import type { LeaderSessions, LeaderView, WaitingSessions } from '../../node/node-api.js';
import type {
  ActivePurge,
  PurgeStatus as LivePurges,
  PurgeStopKind,
  RetryingSweep,
} from '../../purge/purge-status.js';
import { assertNever } from '../../shared/assert.js';
import { toDuration, toTimestamp } from './time.js';

/** Only the leader has it. */
export interface LivePurgeView {
  readonly purges: LivePurges;
  readonly purgesPaused: boolean;
  readonly nowMs: number;
  readonly active: ReadonlyMap<number, ActivePurge>;
  readonly retryingSweeps: ReadonlyMap<number, RetryingSweep>;
  /** Sessions that hold up the purge of a stream that is DRAINING (P3). */
  readonly waitingFor: (record: StreamRecord) => WaitingSessions;
}

export function livePurgeView(
  purges: LivePurges,
  summary: CatalogSummary,
  nowMs: number,
  sessions: Pick<LeaderSessions, 'waitingFor'> | undefined,
): LivePurgeView {
  const active = new Map(purges.active.map((purge) => [purge.incarnation, purge]));
  const waitingFor = (record: StreamRecord): WaitingSessions => sessions?.waitingFor(record) ?? NOBODY;
  const retryingSweeps = new Map(purges.retryingSweeps.map((sweep) => [sweep.incarnation, sweep]));
  return { purges, purgesPaused: summary.purgesPaused, nowMs, active, retryingSweeps, waitingFor };
}

const NOBODY: WaitingSessions = { count: 0, nodeIds: [], silentNodeIds: [], takenUp: [] };

/** Whom a purge waits for past the point of no return. */
export function waitingSessions(record: StreamRecord, live: LivePurgeView | undefined): WaitingSessions {
  const phase = purgePhase(record, live);
  return live === undefined || phase !== 'PURGE_PHASE_DRAINING' ? NOBODY : live.waitingFor(record);
}

function drainWait({ count, takenUp }: WaitingSessions): DrainWait {
  if (count > 0) return 'DRAIN_WAIT_SESSIONS';
  return takenUp.length > 0 ? 'DRAIN_WAIT_CLIENTS_STILL_SENDING' : 'DRAIN_WAIT_UNSPECIFIED';
}

const WIRE_BLOCKED = {
  NONE: 'BLOCKED_REASON_UNSPECIFIED',
  ACCESS_DENIED: 'BLOCKED_REASON_ACCESS_DENIED',
  BAD_CREDENTIALS: 'BLOCKED_REASON_BAD_CREDENTIALS',
  OBJECT_LOCKED: 'BLOCKED_REASON_OBJECT_LOCKED',
  BUCKET_MISSING: 'BLOCKED_REASON_BUCKET_MISSING',
  FOREIGN_MARKER: 'BLOCKED_REASON_FOREIGN_MARKER',
  STORE_UNSUITABLE: 'BLOCKED_REASON_STORE_UNSUITABLE',
  NO_PROGRESS: 'BLOCKED_REASON_NO_PROGRESS',
  LISTING_UNTRUSTED: 'BLOCKED_REASON_LISTING_UNTRUSTED',
  STREAM_REBORN: 'BLOCKED_REASON_STREAM_REBORN',
  METADATA_UNCLEAR: 'BLOCKED_REASON_METADATA_UNCLEAR',
} as const satisfies Record<BlockedReason, WireBlockedReason>;

const WIRE_STOP = {
  paused: 'STOP_REASON_PAUSED',
  restored: 'STOP_REASON_RESTORED',
  stateInDoubt: 'STOP_REASON_STATE_IN_DOUBT',
  storage: 'STOP_REASON_STORAGE_NOT_READY',
  foreignMarker: 'STOP_REASON_FOREIGN_MARKER',
  starting: 'STOP_REASON_LEADER_STARTING',
} as const satisfies Record<PurgeStopKind, StopReason>;

const WIRE_BASIS = {
  atLeast: 'ESTIMATE_BASIS_AT_LEAST',
  folders: 'ESTIMATE_BASIS_FOLDERS',
  listed: 'ESTIMATE_BASIS_LISTED',
} as const satisfies Record<NonNullable<ActivePurge['estimate']>['basis'], EstimateBasis>;

export type PhaseName = Exclude<PurgePhase, number>;

/** Undefined while ACTIVE: there is nothing to purge. */
export function purgePhase(record: StreamRecord, live: LivePurgeView | undefined): PhaseName | undefined {
  if (record.state === 'ACTIVE') return undefined;
  if (record.state === 'PURGED') return 'PURGE_PHASE_DONE';
  if (record.purge.paused || live?.purgesPaused === true) return 'PURGE_PHASE_PAUSED';
  // Only what would be worked on is held: a purge that waits for its time, or is blocked, says so still.
  const ready = live?.purges.stopKind === undefined ? 'PURGE_PHASE_QUEUED' : 'PURGE_PHASE_HELD';
  switch (record.purge.phase) {
    case 'NONE':
    case 'WAITING':
      return live === undefined || live.nowMs < record.purgeAfterMs ? 'PURGE_PHASE_WAITING' : ready;
    case 'DRAINING': {
      if (live === undefined) return 'PURGE_PHASE_DRAINING';
      const { count, takenUp } = live.waitingFor(record);
      return count + takenUp.length > 0 ? 'PURGE_PHASE_DRAINING' : ready;
    }
    case 'RUNNING': {
      if (live === undefined) return 'PURGE_PHASE_RUNNING';
      const active = live.active.get(record.incarnation);
      if (active === undefined) return ready;
      return active.step === 'verifying' || active.step === 'committing'
        ? 'PURGE_PHASE_VERIFYING'
        : 'PURGE_PHASE_RUNNING';
    }
    case 'RETRYING':
      return 'PURGE_PHASE_RETRYING';
    case 'BLOCKED':
      return 'PURGE_PHASE_BLOCKED';
    case 'DONE':
      return 'PURGE_PHASE_DONE';
    default:
      return assertNever(record.purge.phase);
  }
}

export function toPurgeStatus(record: StreamRecord, live?: LivePurgeView): PurgeStatus | null {
  const phase = purgePhase(record, live);
  if (phase === undefined) return null;
  const { purge } = record;
  const active = live?.active.get(record.incarnation);
  const waiting = waitingSessions(record, live);
  const sweep = record.state === 'PURGED' ? live?.retryingSweeps.get(record.incarnation) : undefined;
  return {
    phase,
    objectsDeleted: Math.max(purge.objectsDeleted, active?.objectsDeleted ?? 0),
    bytesDeleted: Math.max(purge.bytesDeleted, active?.bytesDeleted ?? 0),
    uploadsAborted: Math.max(purge.uploadsAborted, active?.uploadsAborted ?? 0),
    attempts: Math.min(purge.attempts, 0xffff_ffff),
    lastError: sweep?.lastError ?? purge.lastError,
    lastErrorTime: toTimestamp(sweep?.failedTimeMs ?? purge.lastErrorTimeMs),
    nextAttemptTime: toTimestamp(sweep?.nextTryTimeMs ?? nextAttemptTimeMs(record)),
    blockedReason: WIRE_BLOCKED[purge.blockedReason],
    beginTime: toTimestamp(purge.beginTimeMs),
    pauseTime: toTimestamp(purge.pauseTimeMs),
    lateObjectsDeleted: record.sweep.objectsFound,
    waitingSessions: waiting.count,
    drainTime: toTimestamp(purge.drainTimeMs),
    drainWait: drainWait(waiting),
    discardNewWrites: purge.discardNewWrites,
  };
}

function nextAttemptTimeMs({ state, purge, sweep }: StreamRecord): number {
  return state === 'PURGED' ? sweep.nextTimeMs : purge.nextAttemptTimeMs;
}

/** Null while it is not being listed. */
export function toEstimate(active: ActivePurge | undefined): PurgeEstimate | null {
  if (active?.estimate === undefined) return null;
  const { basis, objectsLeft } = active.estimate;
  const { objectsPerSecond } = active;
  return {
    basis: WIRE_BASIS[basis],
    objectsLeft,
    timeLeft: objectsPerSecond > 0 ? toDuration((objectsLeft / objectsPerSecond) * 1000) : null,
  };
}

export function toStoreLoad(purges: LivePurges): StoreLoad {
  return {
    requestsInFlight: purges.requestsInFlight,
    concurrencyLimit: purges.concurrencyLimit,
    concurrencyMax: purges.concurrencyMax,
    requestsPerSecondMax: purges.requestsPerSecondMax,
    requestsPerSecond: purges.requestsPerSecond,
    requestsWaiting: purges.requestsWaiting,
    throttledTotal: purges.throttledTotal,
    quiet: purges.quietMs > 0 ? toDuration(purges.quietMs) : null,
  };
}

/** Each stream counts once by its phase; those paused by name a second time, as such. */
export function toPurgeSummary({
  summary,
  purge: purges,
  clientsStillSending,
}: Pick<LeaderView, 'summary' | 'purge' | 'clientsStillSending'>): PurgeSummary {
  return {
    waiting: summary.streams.DELETED,
    running: summary.purges.RUNNING,
    retrying: summary.purges.RETRYING,
    blocked: summary.purges.BLOCKED,
    draining: summary.purges.DRAINING,
    paused: summary.pausedStreams,
    clusterPaused: summary.purgesPaused,
    pauseReason: summary.purgesPaused ? pauseReason(purges) : 'PAUSE_REASON_UNSPECIFIED',
    oldestPendingAge: purges.oldestPendingAgeMs > 0 ? toDuration(purges.oldestPendingAgeMs) : null,
    objectsDeletedTotal: summary.objectsDeletedTotal,
    bytesDeletedTotal: summary.bytesDeletedTotal,
    lateObjectsTotal: summary.objectsSweptTotal,
    stopReason: purges.stopKind === undefined ? 'STOP_REASON_UNSPECIFIED' : WIRE_STOP[purges.stopKind],
    stopMessage: purges.stoppedBecause,
    sweepsRetrying: purges.retryingSweeps.length,
    clientsStillSending,
    rebornStreams: purges.rebornStreams.length,
  };
}

function pauseReason({ stopKind }: LivePurges): 'PAUSE_REASON_OPERATOR' | 'PAUSE_REASON_RESTORED' {
  return stopKind === 'restored' ? 'PAUSE_REASON_RESTORED' : 'PAUSE_REASON_OPERATOR';
}
