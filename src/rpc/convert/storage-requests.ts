/** Requests of StorageService, checked and in the node's own terms. */
import type { ListPurgesRequest__Output } from '../../generated/sexton/v1/ListPurgesRequest.js';
import type { PausePurgesRequest__Output } from '../../generated/sexton/v1/PausePurgesRequest.js';
import { PurgePhase } from '../../generated/sexton/v1/PurgePhase.js';
import type { RetryPurgeRequest__Output } from '../../generated/sexton/v1/RetryPurgeRequest.js';
import { decodePurgeQueueKey, decodeStreamListKey } from '../../catalog/keys.js';
import { nameViolations } from '../../catalog/names.js';
import type { RetryPurge, SetPurgePaused } from '../../catalog/types.js';
import { Checks } from './checks.js';
import { pageSizeOf, tenantFilterOf } from './common-fields.js';
import { decodePageToken, encodePageToken, type KeyCheck, type PagePosition } from './page-token.js';
import type { PhaseName } from './purge.js';
import { finish, type WriteRequest } from './stream-requests.js';

/** The two lists that ListPurges goes through, one after the other: by deadline, then by name. */
export const PURGE_LIST_STAGE = { unfinished: 0, purged: 1 } as const;

const checkKey: KeyCheck = (after, stage) => {
  if (stage === PURGE_LIST_STAGE.unfinished) decodePurgeQueueKey(after);
  else decodeStreamListKey(after);
};

export interface ListPurgesCall {
  /** Undefined: every tenant. */
  readonly tenant: string | undefined;
  readonly phases: ReadonlySet<PhaseName>;
  readonly pageSize: number;
  readonly position: PagePosition | undefined;
  readonly nextToken: (position: PagePosition) => string;
}

const UNFINISHED: readonly PhaseName[] = Object.values(PurgePhase).filter(
  (phase) => phase !== 'PURGE_PHASE_UNSPECIFIED' && phase !== 'PURGE_PHASE_DONE',
);

export function fromListPurges(request: ListPurgesRequest__Output): ListPurgesCall {
  const checks = new Checks();
  const tenant = tenantFilterOf(request, checks);
  const phases = new Set<PhaseName>(request.phases.length === 0 ? UNFINISHED : request.phases);
  request.phases.forEach((phase: string | number, at) => {
    if (typeof phase === 'number' || phase === 'PURGE_PHASE_UNSPECIFIED') {
      checks.add(`phases[${at}]`, `has the unknown value ${phase}`);
    }
  });
  const pageSize = pageSizeOf(request.pageSize, checks);
  const bound = ['ListPurges', tenant ?? null, [...phases].sort()];
  const position = decodePageToken(request.pageToken, bound, checkKey, checks);
  checks.throwIfAny();
  return { tenant, phases, pageSize, position, nextToken: (next) => encodePageToken(next, bound) };
}

export function fromRetryPurge(request: RetryPurgeRequest__Output): WriteRequest<RetryPurge> {
  const { tenant, name, incarnation, requestId, discardNewWrites } = request;
  const command: RetryPurge = { kind: 'retryPurge', tenant, name, incarnation, discardNewWrites };
  return finish(command, requestId, false, new Checks());
}

/** PausePurges and ResumePurges. Without a target: the whole cluster. */
export function fromSetPurgePaused(
  request: PausePurgesRequest__Output,
  paused: boolean,
): WriteRequest<SetPurgePaused> {
  const checks = new Checks();
  const { target, requestId } = request;
  // In the command an empty name means the whole cluster: an empty name in a target must not get there.
  if (target) checks.addAll(nameViolations(target.name, 'unicode', 'target.name'));
  checks.throwIfAny();
  const { tenant, name, incarnation } = target ?? { tenant: '', name: '', incarnation: 0 };
  return finish({ kind: 'setPurgePaused', tenant, name, incarnation, paused }, requestId, false, checks);
}
