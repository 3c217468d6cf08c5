/** What the tests of this folder share: tombstones, streams, and a logger that remembers. */
import type { PurgeStatus, Stream } from '../../src/client/index.js';
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
