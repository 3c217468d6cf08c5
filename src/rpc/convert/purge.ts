/**
 * How a purge looks from outside: the committed progress, made finer by what the leader knows at the
 * moment and has not committed (which it does rarely, on purpose).
 */
import type { PurgePhase } from '../../generated/sexton/v1/PurgePhase.js';
import type { PurgeStatus } from '../../generated/sexton/v1/PurgeStatus.js';
import type { PurgeSummary } from '../../generated/sexton/v1/PurgeSummary.js';
import type { CatalogSummary, StreamRecord } from '../../catalog/types.js';
import type { ActivePurge, PurgeStatus as LivePurges } from '../../purge/purge-status.js';
import { assertNever } from '../../shared/assert.js';
import { toDuration, toTimestamp } from './time.js';

/** Only the leader has it. */
export interface LivePurgeView {
  readonly purges: LivePurges;
  readonly purgesPaused: boolean;
  readonly nowMs: number;
  readonly active: ReadonlyMap<number, ActivePurge>;
}

export function livePurgeView(purges: LivePurges, summary: CatalogSummary, nowMs: number): LivePurgeView {
  const active = new Map(purges.active.map((purge) => [purge.incarnation, purge]));
  return { purges, purgesPaused: summary.purgesPaused, nowMs, active };
}

export type PhaseName = Exclude<PurgePhase, number>;

/** Undefined while ACTIVE: there is nothing to purge. */
export function purgePhase(record: StreamRecord, live: LivePurgeView | undefined): PhaseName | undefined {
  if (record.state === 'ACTIVE') return undefined;
  if (record.state === 'PURGED') return 'PURGE_PHASE_DONE';
  if (record.purge.paused || live?.purgesPaused === true) return 'PURGE_PHASE_PAUSED';
  switch (record.purge.phase) {
    case 'NONE':
    case 'WAITING':
      return live === undefined || live.nowMs < record.purgeAfterMs
        ? 'PURGE_PHASE_WAITING'
        : 'PURGE_PHASE_QUEUED';
    case 'RUNNING': {
      if (live === undefined) return 'PURGE_PHASE_RUNNING';
      const active = live.active.get(record.incarnation);
      if (active === undefined) return 'PURGE_PHASE_QUEUED';
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
  return {
    phase,
    objectsDeleted: Math.max(purge.objectsDeleted, active?.objectsDeleted ?? 0),
    bytesDeleted: Math.max(purge.bytesDeleted, active?.bytesDeleted ?? 0),
    attempts: Math.min(purge.attempts, 0xffff_ffff),
    lastError: purge.lastError,
    nextAttemptTime: toTimestamp(purge.nextAttemptTimeMs),
  };
}

/** Each stream counts once. Streams paused by name are not counted apart: the catalog keeps no count of them. */
export function toPurgeSummary(summary: CatalogSummary, purges: LivePurges): PurgeSummary {
  return {
    waiting: summary.streams.DELETED,
    running: summary.purges.RUNNING,
    retrying: summary.purges.RETRYING,
    blocked: summary.purges.BLOCKED,
    clusterPaused: summary.purgesPaused,
    pauseReason: summary.purgesPaused ? 'PAUSE_REASON_OPERATOR' : 'PAUSE_REASON_UNSPECIFIED',
    oldestPendingAge: purges.oldestPendingAgeMs > 0 ? toDuration(purges.oldestPendingAgeMs) : null,
    objectsDeletedTotal: summary.objectsDeletedTotal,
    bytesDeletedTotal: summary.bytesDeletedTotal,
  };
}
