/** What the tests of this folder share: tombstones, streams, and a logger that remembers. */
import type { AuditFinding, AuditFindingKind, PurgeStatus, Stream } from '../../src/client/index.js';
import type { Tombstone } from '../../src/parseable/tombstone.js';
import { prefixOfParseableStream } from '../../src/shared/parseable-prefix.js';

/** Incarnation 7 of the name that owns `prefix`, past its point of no return since `drainRevision`. */
export function tombstoneOf(prefix: string, drainRevision: number, incarnation = 7): Tombstone {
  const parts = prefix.slice(0, -1).split('/');
  const [name = '', tenant = ''] = parts.reverse();
  return { tenant, name, prefix, incarnation, drainRevision };
}

export function streamOf(fields: Partial<Stream> & Pick<Stream, 'name'>): Stream {
  const { name, tenant = '' } = fields;
  return {
    tenant,
    incarnation: 7,
    state: 'ACTIVE',
    prefix: prefixOfParseableStream(tenant, name),
    labels: {},
    revision: 7,
    etag: 'e7',
    createTimeMs: undefined,
    tombstoneRevision: undefined,
    drainRevision: undefined,
    deleteTimeMs: undefined,
    purgeAfterMs: undefined,
    purgeTimeMs: undefined,
    reusableAfterMs: undefined,
    purge: undefined,
    ...fields,
  };
}

/** Of a stream without a tenant, and of its whole prefix. */
export function findingOf(
  kind: AuditFindingKind,
  name: string,
  fields: Partial<AuditFinding> = {},
): AuditFinding {
  return {
    kind: 'finding',
    finding: kind,
    prefix: `${name}/`,
    tenant: '',
    name,
    stream: streamOf({ name }),
    objectCount: 0,
    byteCount: 0,
    oldestWriteTimeMs: undefined,
    newestWriteTimeMs: undefined,
    sampleKeys: [],
    writerNodeIds: [],
    tooYoung: false,
    adoptable: false,
    leftover: false,
    note: '',
    ...fields,
  };
}

export function purgeOf(fields: Partial<PurgeStatus>): PurgeStatus {
  return {
    phase: 'WAITING',
    objectsDeleted: 0,
    bytesDeleted: 0,
    uploadsAborted: 0,
    attempts: 0,
    lastError: '',
    lastErrorTimeMs: undefined,
    nextAttemptTimeMs: undefined,
    blockedReason: undefined,
    beginTimeMs: undefined,
    pauseTimeMs: undefined,
    lateObjectsDeleted: 0,
    waitingSessions: 0,
    drainTimeMs: undefined,
    drainWait: undefined,
    discardNewWrites: false,
    ...fields,
  };
}

/** What makes a stream of long ago, whatever the clock of the test says. */
export const OLD_STREAM_JSON = JSON.stringify({ version: 'v7', 'created-at': '2020-01-01T00:00:00Z' });
