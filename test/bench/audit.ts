/**
 * How long an audit takes, and how much memory, over a bucket with leftovers of every kind planted in it:
 *
 *   npx tsx --expose-gc test/bench/audit.ts                          100,000 objects in 100 streams
 *   BENCH_OBJECTS=1000000 BENCH_STREAMS=1000 npx tsx --expose-gc test/bench/audit.ts
 *   BENCH_STORE=s3 … the same through the real client and an S3 endpoint in this process
 *
 * The bucket lives in this process too: what the audit itself takes is what memory grows by while it runs. Ends
 * with 1 unless everything planted is found and nothing else accused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../../src/audit/audit.js';
import type { AuditCatalog } from '../../src/audit/catalog-port.js';
import { LEFTOVER_KINDS } from '../../src/audit/findings.js';
import { applyEntry } from '../../src/catalog/apply.js';
import { compareBytes, KEY_SPACE } from '../../src/catalog/keys.js';
import { prefixesBelow, readPrefix } from '../../src/catalog/prefix-queries.js';
import { readCurrent, readSummary } from '../../src/catalog/queries.js';
import type { Command, StreamRecord } from '../../src/catalog/types.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import type { ObjectStore } from '../../src/objectstore/object-store.js';
import { openObjectStore } from '../../src/objectstore/open-object-store.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { Bucket } from '../audit/bucket.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';

const OBJECTS = Number(process.env['BENCH_OBJECTS'] ?? 100_000);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 100);
const OF_EACH_KIND = Number(process.env['BENCH_LEFTOVERS'] ?? 50);
const OVER_S3 = process.env['BENCH_STORE'] === 's3';
const MIB = 1024 * 1024;
const OLD_MS = Date.now() - 30 * 24 * 3_600_000;
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);

function say(text: string): void {
  process.stdout.write(`[${(performance.now() / 1_000).toFixed(1).padStart(7)} s] ${text}\n`);
}

/** The catalog alone, applied to a map. */
class Catalog implements AuditCatalog {
  readonly #values = new Map<string, Uint8Array>();
  #prefixes: Uint8Array[] | undefined;
  #index = 0;

  get = (key: Uint8Array): Uint8Array | undefined => this.#values.get(Buffer.from(key).toString('latin1'));

  apply(command: Command): StreamRecord {
    const index = ++this.#index;
    const proposal = { member: 1, boot: 1, sequence: index };
    const { result, writes } = applyEntry(this, { proposal, requestId: '', stampMs: OLD_MS, command }, index);
    for (const { key, value } of writes) {
      const text = Buffer.from(key).toString('latin1');
      if (value === undefined) this.#values.delete(text);
      else this.#values.set(text, value);
    }
    this.#prefixes = undefined;
    if (!result.ok) throw new Error(result.refusal.message);
    return result.stream as StreamRecord;
  }

  lookUp(prefix: string): ReturnType<AuditCatalog['lookUp']> {
    const { gte, lt } = prefixesBelow(prefix);
    const sorted = (this.#prefixes ??= [...this.#values.keys()]
      .filter((key) => key.charCodeAt(0) === KEY_SPACE.PREFIX)
      .map((key) => Uint8Array.from(Buffer.from(key, 'latin1')))
      .sort(compareBytes));
    let low = 0;
    for (let high = sorted.length; low < high;) {
      const middle = (low + high) >> 1;
      if (compareBytes(sorted[middle] as Uint8Array, gte) < 0) low = middle + 1;
      else high = middle;
    }
    const next = sorted[low];
    const anyBelow = next !== undefined && compareBytes(next, lt) < 0;
    return Promise.resolve({ ...readPrefix(this, prefix), anyBelow, revision: readSummary(this).revision });
  }

  current(tenant: string, name: string): Promise<StreamRecord | undefined> {
    return Promise.resolve(readCurrent(this, tenant, name));
  }
}

interface Target {
  put(key: string, body: string | number, timeMs: number): void;
  upload(key: string): void;
}

/** Returns what must be found. */
function fill(target: Target, catalog: Catalog): string[] {
  const expected: string[] = [];
  const node = '0123456789abcde';
  const deployment = { deployment_id: 'bench', server_mode: 'Query' };
  target.put('.parseable/.parseable.json', JSON.stringify(deployment), OLD_MS);
  for (const id of ['0a1b2c3d4e5f6a7', '7f6e5d4c3b2a190'])
    target.put(`.parseable/ingestor.${id}.json`, '{}', OLD_MS);
  const remove = (name: string): StreamRecord =>
    catalog.apply({
      kind: 'markDeleted',
      ...{ tenant: '', name, incarnation: 0, gracePeriodMs: 0, ifRevision: 0, allowMissing: false },
    });
  const own = (name: string, prefix = ''): StreamRecord =>
    catalog.apply({ kind: 'createStream', tenant: '', name, prefix, labels: [] });
  for (let nth = 0; nth < STREAMS; nth++) {
    const name = `stream-${String(nth).padStart(5, '0')}`;
    if (nth % 2 === 0) own(name, `${name}/`);
    for (const { key, body } of parseableObjects(name, Math.floor(OBJECTS / STREAMS), OLD_MS))
      target.put(key, body, OLD_MS);
    if (nth >= OF_EACH_KIND) continue;
    target.put(`${name}/.stream/.ingestor.${node}.stream.json`, '{}', OLD_MS);
    expected.push(`GONE_NODE_METADATA ${name}/`);
    target.upload(`${name}/date=2026-01-01/ingestor.x.${node}.manifest.json`);
    expected.push(`UNFINISHED_UPLOAD ${name}/`);
  }
  const data = (stream: string, timeMs: number): void =>
    target.put(
      `${stream}/date=2026-01-01/hour=01/minute=02/x${node}.data.01J0ABCDEFGHJKMNPQRSTVWXYZ.parquet`,
      'PAR1',
      timeMs,
    );
  for (let nth = 0; nth < OF_EACH_KIND; nth++) {
    data(`residue-${nth}`, OLD_MS);
    expected.push(`RESIDUE residue-${nth}/`);
    const late = own(`late-${nth}`, `late-${nth}/`);
    remove(late.name);
    data(late.name, OLD_MS + 24 * 3_600_000);
    expected.push(`LATE_OBJECTS ${late.prefix}`);
    const { prefix, incarnation, name } = own(`purged-${nth}`);
    const { tombstoneRevision } = remove(name);
    catalog.apply({ kind: 'beginPurge', incarnation, tombstoneRevision });
    catalog.apply({
      kind: 'markPurged',
      ...{
        incarnation,
        objectsDeleted: 0,
        bytesDeleted: 0,
        uploadsAborted: 0,
        reusableAfterMs: 0,
        nextSweepTimeMs: 0,
      },
    });
    if (nth % 2 === 0) catalog.apply({ kind: 'forgetStream', incarnation });
    data(prefix.slice(0, -1), OLD_MS);
    expected.push(`PURGED_PREFIX ${prefix}`);
    target.put(`foreign-${nth}/cat.jpg`, 'cat', OLD_MS);
  }
  return expected;
}

async function open(): Promise<{
  readonly store: ObjectStore;
  readonly target: Target;
  readonly close: () => Promise<void>;
}> {
  if (!OVER_S3) {
    const bucket = new Bucket();
    bucket.remember = false;
    const target = {
      put: (key: string, body: string | number, timeMs: number) => bucket.put(key, timeMs, body),
      upload: (key: string) => bucket.putUpload(key, OLD_MS),
    };
    return { store: bucket, target, close: () => Promise.resolve() };
  }
  const endpoint = await S3Endpoint.start();
  const bucket = endpoint.createBucket('bench');
  const url = `s3://bench?endpoint=${encodeURIComponent(endpoint.url)}&region=us-east-1&path-style=true`;
  const config = resolveObjectStoreConfig(parseObjectStoreUrl(url), endpoint.environment);
  const store = await openObjectStore(config, { clock: systemClock, logger: silentLogger });
  let nth = 0;
  const target = {
    put: (key: string, body: string | number) => void bucket.put(key, Buffer.from(String(body)), '"e"'),
    upload: (key: string) =>
      void bucket.uploads.set(`u${nth}`, {
        key,
        uploadId: `u${nth++}`,
        initiatedMs: OLD_MS,
        parts: new Map(),
      }),
  };
  return { store, target, close: () => store.close().then(() => endpoint.stop()) };
}

const { store, target, close } = await open();
const catalog = new Catalog();
const expected = fill(target, catalog).sort();
const deps = { store, catalog, clusterId: 'bench', clock: systemClock, random: systemRandom };
const rssMiB = (): number => process.memoryUsage.rss() / MIB;
say(`${OBJECTS} objects in ${STREAMS} streams, ${expected.length} findings planted, ${store.description}`);

let isRight = true;
for (const includeUsage of [false, true]) {
  collect();
  await sleep(100);
  const before = { rss: rssMiB(), heap: process.memoryUsage().heapUsed / MIB };
  let peak = before.rss;
  const timer = setInterval(() => (peak = Math.max(peak, rssMiB())), 20);
  const said: string[] = [];
  const request = { prefix: '', minimumAgeMs: 3_600_000, includeUsage, resumeToken: '' };
  const startMs = performance.now();
  for await (const item of audit(deps, request, new AbortController().signal)) {
    if (
      item.kind === 'finding' &&
      (LEFTOVER_KINDS.has(item.finding.kind) || item.finding.kind === 'GONE_NODE_METADATA')
    )
      said.push(`${item.finding.kind} ${item.finding.prefix}`);
    if (item.kind !== 'summary') continue;
    const seconds = (performance.now() - startMs) / 1_000;
    say(
      `${includeUsage ? 'with usage' : 'plain'}: ${seconds.toFixed(1)} s, ${item.objectsListed} objects listed, ` +
        `${item.requestsMade} requests, complete: ${item.complete}`,
    );
  }
  clearInterval(timer);
  collect();
  const heap = process.memoryUsage().heapUsed / MIB;
  say(
    `RSS before ${before.rss.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB; ` +
      `heap before ${before.heap.toFixed(0)} MiB, after ${heap.toFixed(0)} MiB`,
  );
  const isSame = JSON.stringify(said.sort()) === JSON.stringify(expected);
  say(isSame ? 'everything planted was found, and nothing else accused' : 'WRONG: not what was planted');
  isRight &&= isSame;
}
await close();
process.exit(isRight ? 0 : 1);
