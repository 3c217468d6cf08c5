/** Audits and adoptions: requests checked and in the terms of `audit/`, answers as messages. */
import type { AdoptStreamRequest__Output } from '../../generated/sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse } from '../../generated/sexton/v1/AdoptStreamResponse.js';
import type { AuditFinding } from '../../generated/sexton/v1/AuditFinding.js';
import type { AuditStorageRequest__Output } from '../../generated/sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse } from '../../generated/sexton/v1/AuditStorageResponse.js';
import type { AuditItem, Finding, FindingKind, Totals } from '../../audit/findings.js';
import { GRACE_PERIOD_MS_MAX } from '../../catalog/limits.js';
import type { AdoptStream, StreamRecord } from '../../catalog/types.js';
import { assertNever } from '../../shared/assert.js';
import { prefixOfParseableStream } from '../../shared/parseable-prefix.js';
import { Checks } from './checks.js';
import { toStream } from './stream.js';
import { finish, type WriteRequest } from './stream-requests.js';
import { type DurationBounds, durationMs, toDuration, toTimestamp } from './time.js';

const DAY_MS = 24 * 3_600_000;
const MINIMUM_AGE_MS = DAY_MS;
const MINIMUM_AGE: DurationBounds = {
  minMs: 3_600_000,
  maxMs: 3_650 * DAY_MS,
  text: '1 hour to 10 years (3,650 days)',
};
const GRACE_PERIOD: DurationBounds = {
  minMs: 0,
  maxMs: GRACE_PERIOD_MS_MAX,
  text: '0 to 10 years (3,650 days)',
};

export interface AuditCall {
  readonly prefix: string;
  readonly minimumAgeMs: number;
  readonly includeUsage: boolean;
  readonly resumeToken: string;
}

export function fromAuditStorage(request: AuditStorageRequest__Output): AuditCall {
  const checks = new Checks();
  const { prefix, includeUsage, resumeToken } = request;
  const minimumAgeMs = durationMs(request.minimumAge, 'minimum_age', MINIMUM_AGE, checks) ?? MINIMUM_AGE_MS;
  checks.throwIfAny();
  return { prefix, minimumAgeMs, includeUsage, resumeToken };
}

export interface AdoptCall extends WriteRequest<AdoptStream> {
  readonly minimumAgeMs: number;
  readonly force: boolean;
}

export function fromAdoptStream(
  request: AdoptStreamRequest__Output,
  defaultGracePeriodMs: number,
): AdoptCall {
  const checks = new Checks();
  const { tenant, name, adoptAs, force, execute, requestId } = request;
  const state = adoptAs === 'ADOPT_AS_DELETED' ? 'DELETED' : 'ACTIVE';
  if (adoptAs !== 'ADOPT_AS_DELETED' && adoptAs !== 'ADOPT_AS_ACTIVE')
    checks.add('adopt_as', 'is required: ADOPT_AS_ACTIVE or ADOPT_AS_DELETED');
  if (state === 'ACTIVE' && adoptAs === 'ADOPT_AS_ACTIVE') {
    const onlyDeleted = 'is for ADOPT_AS_DELETED only';
    if (request.gracePeriod !== null) checks.add('grace_period', onlyDeleted);
    if (request.minimumAge !== null) checks.add('minimum_age', onlyDeleted);
    if (force) checks.add('force', onlyDeleted);
  }
  const gracePeriodMs =
    durationMs(request.gracePeriod, 'grace_period', GRACE_PERIOD, checks) ?? defaultGracePeriodMs;
  const minimumAgeMs = durationMs(request.minimumAge, 'minimum_age', MINIMUM_AGE, checks) ?? MINIMUM_AGE_MS;
  const command: AdoptStream = {
    kind: 'adoptStream',
    tenant,
    name,
    prefix: request.prefix === '' ? prefixOfParseableStream(tenant, name) : request.prefix,
    labels: Object.entries(request.labels),
    state,
    gracePeriodMs: state === 'DELETED' ? gracePeriodMs : 0,
  };
  return { ...finish(command, requestId, !execute, checks), minimumAgeMs, force };
}

export function toAdoptAnswer(
  stream: StreamRecord | undefined,
  executed: boolean,
  totals: Totals,
): AdoptStreamResponse {
  return {
    // Without a life of its own before it is executed, whatever the catalog would give it.
    stream: stream === undefined ? null : toStream(executed ? stream : { ...stream, incarnation: 0 }),
    executed,
    objectCount: totals.objects,
    byteCount: totals.bytes,
    newestWriteTime: toTimestamp(totals.newestWriteMs),
  };
}

const WIRE_KIND = {
  RESIDUE: 'AUDIT_FINDING_KIND_RESIDUE',
  PURGED_PREFIX: 'AUDIT_FINDING_KIND_PURGED_PREFIX',
  LATE_OBJECTS: 'AUDIT_FINDING_KIND_LATE_OBJECTS',
  UNFINISHED_UPLOAD: 'AUDIT_FINDING_KIND_UNFINISHED_UPLOAD',
  UNKNOWN_STREAM: 'AUDIT_FINDING_KIND_UNKNOWN_STREAM',
  FOREIGN: 'AUDIT_FINDING_KIND_FOREIGN',
  USAGE: 'AUDIT_FINDING_KIND_USAGE',
  GONE_NODE_METADATA: 'AUDIT_FINDING_KIND_GONE_NODE_METADATA',
  MISSING_METADATA: 'AUDIT_FINDING_KIND_MISSING_METADATA',
} as const satisfies Record<FindingKind, string>;

export function toAuditMessage(item: AuditItem): AuditStorageResponse {
  switch (item.kind) {
    case 'header':
      return {
        header: {
          description: item.description,
          revision: item.revision,
          startTime: toTimestamp(item.startMs),
          parseableDeploymentId: item.parseableDeploymentId,
          note: item.note,
        },
      };
    case 'finding':
      return { finding: toFinding(item.finding) };
    case 'progress':
      return {
        progress: {
          objectsListed: item.objectsListed,
          bytesListed: item.bytesListed,
          requestsMade: item.requestsMade,
          lastKey: item.lastKey,
          resumeToken: item.resumeToken,
        },
      };
    case 'summary':
      return {
        summary: {
          complete: item.complete,
          incompleteReason: item.incompleteReason,
          objectsListed: item.objectsListed,
          bytesListed: item.bytesListed,
          findingCount: item.findings,
          leftoverObjects: item.leftoverObjects,
          leftoverBytes: item.leftoverBytes,
          elapsed: toDuration(item.elapsedMs),
        },
      };
    default:
      return assertNever(item);
  }
}

function toFinding(finding: Finding): AuditFinding {
  return {
    kind: WIRE_KIND[finding.kind],
    prefix: finding.prefix,
    tenant: finding.tenant,
    name: finding.name,
    stream: finding.stream === undefined ? null : toStream(finding.stream),
    objectCount: finding.objects,
    byteCount: finding.bytes,
    oldestWriteTime: toTimestamp(finding.oldestWriteMs),
    newestWriteTime: toTimestamp(finding.newestWriteMs),
    sampleKeys: [...finding.sampleKeys],
    writerNodeIds: [...finding.writerNodeIds],
    tooYoung: finding.tooYoung,
    adoptable: finding.adoptable,
    leftover: finding.leftover,
    note: finding.note,
  };
}
