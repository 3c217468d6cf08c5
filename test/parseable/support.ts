/** What the tests of this folder share: tombstones, streams, and a logger that remembers. */
import type { AuditFinding, AuditFindingKind, Stream } from '../../src/client/index.js';
import type { Tombstone } from '../../src/parseable/tombstone.js';
import { prefixOfParseableStream } from '../../src/shared/parseable-prefix.js';

/** Incarnation 7 of the name that owns `prefix`, marked deleted at `revision`. */
export function tombstoneOf(prefix: string, revision: number): Tombstone {
  const parts = prefix.slice(0, -1).split('/');
  const [name = '', tenant = ''] = parts.reverse();
  return {
    tenant,
    name,
    prefix,
    incarnation: 7,
    streamRevision: revision,
    floorRevision: revision,
    purgeAfterMs: 0,
  };
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
