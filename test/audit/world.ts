/** A bucket, a catalog behind the node's own reads, and an audit over both. */
import { audit, type AuditDeps } from '../../src/audit/audit.js';
import type { AuditItem, AuditSummary, Finding } from '../../src/audit/findings.js';
import type { AuditLimits, AuditRequest } from '../../src/audit/options.js';
import { nodeCatalog } from '../../src/server/audit-catalog.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import { systemClock, type Clock } from '../../src/shared/clock.js';
import { systemRandom } from '../../src/shared/random.js';
import { FakeNode } from '../support/fake-node-api.js';
import { Bucket } from './bucket.js';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const NOW_MS = Date.UTC(2026, 5, 1, 12);
/** Long enough ago for anything. */
export const OLD_MS = NOW_MS - 30 * DAY_MS;

export const DEPLOYMENT = JSON.stringify({
  version: 'v8',
  mode: 's3',
  deployment_id: '01J0000000000000000000000A',
  server_mode: 'Query',
  users: [{ username: 'admin', hash: 'SECRET-HASH' }],
});
export const STREAM_JSON = '{"version":"v7","stream_type":"UserDefined"}';
export const NODE_A = '0a1b2c3d4e5f6a7';
export const NODE_B = '7f6e5d4c3b2a190';
const ULID = '01J0ABCDEFGHJKMNPQRSTVWXYZ';

/** Timers as on the machine, wall clock as the tests want it. */
export const clock: Clock = { ...systemClock, wallMs: () => NOW_MS };

export function dataKey(
  stream: string,
  day = '2026-05-02',
  nodeId = NODE_A,
  nth: number | undefined = 0,
  ulid = ULID,
): string {
  const suffix = nth === undefined ? '' : `-${nth}`;
  return `${stream}/date=${day}/hour=07/minute=05/ing-0${nodeId}.data.${ulid}${suffix}.parquet`;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID of this time, always with the same random part. */
export function ulidAt(timeMs: number): string {
  let time = '';
  for (let rest = timeMs, at = 0; at < 10; at++, rest = Math.floor(rest / 32)) {
    time = (CROCKFORD[rest % 32] ?? '') + time;
  }
  return `${time}ABCDEFGHJKMNPQRS`;
}

export function manifestKey(stream: string, day = '2026-05-02', nodeId = NODE_A): string {
  return `${stream}/date=${day}/ingestor.ing-0.${nodeId}.manifest.json`;
}

export function request(fields: Partial<AuditRequest> = {}): AuditRequest {
  return { prefix: '', minimumAgeMs: DAY_MS, includeUsage: false, resumeToken: '', ...fields };
}

export interface Answer {
  readonly items: readonly AuditItem[];
  readonly findings: readonly Finding[];
  readonly summary: AuditSummary | undefined;
  /** `KIND prefix`, sorted: what a test compares. */
  readonly said: readonly string[];
}

export class World {
  readonly bucket: Bucket;
  readonly node = new FakeNode({ clock });

  constructor(bucket = new Bucket(), options: { readonly parseable?: boolean } = {}) {
    this.bucket = bucket;
    if (options.parseable === false) return;
    bucket.put('.parseable/.parseable.json', OLD_MS, DEPLOYMENT);
    this.register(NODE_A);
  }

  get deps(): AuditDeps {
    return {
      store: this.bucket,
      catalog: nodeCatalog(this.node, clock),
      clusterId: this.node.clusterId,
      clock,
      random: systemRandom,
    };
  }

  register(nodeId: string): void {
    this.bucket.put(`.parseable/ingestor.${nodeId}.json`, OLD_MS, '{"token":"Basic U0VDUkVU"}');
  }

  /** A stream as Parseable leaves it, complete. */
  live(stream: string, writtenMs = OLD_MS, nodeId = NODE_A): void {
    this.bucket.put(`${stream}/.stream/.stream.json`, writtenMs, STREAM_JSON);
    this.bucket.put(`${stream}/.stream/.schema`, writtenMs, '{}');
    this.bucket.put(`${stream}/.stream/.ingestor.${nodeId}.stream.json`, writtenMs, STREAM_JSON);
    this.data(stream, writtenMs, nodeId);
  }

  /** Its data alone: two objects, 110 bytes. */
  data(stream: string, writtenMs = OLD_MS, nodeId = NODE_A): void {
    this.bucket.put(dataKey(stream, '2026-05-02', nodeId), writtenMs, 100);
    this.bucket.put(manifestKey(stream, '2026-05-02', nodeId), writtenMs, 10);
  }

  create(name: string, prefix = '', tenant = ''): StreamRecord {
    return this.node.apply({ kind: 'createStream', tenant, name, prefix, labels: [] }).stream!;
  }

  remove(name: string, tenant = ''): StreamRecord {
    const rest = { incarnation: 0, gracePeriodMs: 0, ifRevision: 0, allowMissing: false };
    return this.node.apply({ kind: 'markDeleted', tenant, name, ...rest }).stream!;
  }

  begin({ incarnation }: StreamRecord): void {
    const drainRevision = this.node.apply({ kind: 'beginDrain', incarnation }).index;
    this.node.apply({ kind: 'beginPurge', incarnation, drainRevision });
  }

  purge(
    stream: StreamRecord,
    options: { readonly forget?: boolean; readonly reusableAfterMs?: number } = {},
  ): void {
    const { incarnation } = stream;
    this.begin(stream);
    this.node.apply({
      kind: 'markPurged',
      incarnation,
      objectsDeleted: 0,
      bytesDeleted: 0,
      uploadsAborted: 0,
      reusableAfterMs: options.reusableAfterMs ?? 0,
      nextSweepTimeMs: 0,
    });
    if (options.forget === true) this.node.apply({ kind: 'forgetStream', incarnation });
  }

  async audit(
    fields: Partial<AuditRequest> = {},
    limits: Partial<AuditLimits> = {},
    deps: Partial<AuditDeps> = {},
  ): Promise<Answer> {
    const items: AuditItem[] = [];
    const { signal } = new AbortController();
    for await (const item of audit({ ...this.deps, limits, ...deps }, request(fields), signal))
      items.push(item);
    return answerOf(items);
  }
}

export function answerOf(items: readonly AuditItem[]): Answer {
  const findings = items.flatMap((item) => (item.kind === 'finding' ? [item.finding] : []));
  const summary = items.find((item) => item.kind === 'summary');
  return { items, findings, summary, said: findings.map(({ kind, prefix }) => `${kind} ${prefix}`).sort() };
}
