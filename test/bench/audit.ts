/**
 * How long an audit takes, and how much memory, over a bucket with leftovers of every kind planted in it:
 *
 *   npm run bench:audit                          100,000 objects in 100 streams, bucket and catalog in this process
 *   BENCH_OBJECTS=1000000 BENCH_STREAMS=1000 npm run bench:audit
 *   BENCH_STORE=s3 … the same through the real client and an S3 endpoint in this process
 *   BENCH_S3_ENDPOINT=http://127.0.0.1:7070 … a real node and a real server, beside rclone: see audit-server.ts
 *
 * Where the bucket lives in this process too, what the audit itself takes is what memory grows by while it runs. Ends
 * with 1 unless everything planted is found and nothing else accused.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { audit } from '../../src/audit/audit.js';
import type { AuditCatalog } from '../../src/audit/catalog-port.js';
import { applyEntry } from '../../src/catalog/apply.js';
import { compareBytes, KEY_SPACE } from '../../src/catalog/keys.js';
import { prefixesBelow, readPrefix } from '../../src/catalog/prefix-queries.js';
import { readCurrent, readSummary } from '../../src/catalog/queries.js';
import type { Command, StreamRecord } from '../../src/catalog/types.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import type { ObjectStore } from '../../src/objectstore/object-store.js';
import { openObjectStore } from '../../src/objectstore/open-object-store.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { Bucket } from '../audit/bucket.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import {
  fillStreams,
  judge,
  OLD_MS,
  plantLeftovers,
  saidOf,
  type Owners,
  type Planted,
  type Target,
} from './audit-planted.js';
import { auditOnServer, say } from './audit-server.js';

const OBJECTS = Number(process.env['BENCH_OBJECTS'] ?? 100_000);
const STREAMS = Number(process.env['BENCH_STREAMS'] ?? 100);
const OF_EACH_KIND = Number(process.env['BENCH_LEFTOVERS'] ?? 50);
const OVER_S3 = process.env['BENCH_STORE'] === 's3';
const MIB = 1024 * 1024;
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);

const rssMiB = (): number => process.memoryUsage.rss() / MIB;

/** The catalog alone, applied to a map. */
class Catalog implements AuditCatalog {
  readonly #values = new Map<string, Uint8Array>();
  readonly #names = new Set<string>();
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
    if (command.kind === 'createStream') this.#names.add(command.name);
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

  async *activeStreams(): AsyncGenerator<readonly StreamRecord[]> {
    for (const name of this.#names) {
      const stream = readCurrent(this, '', name);
      if (stream?.state === 'ACTIVE') yield await Promise.resolve([stream]);
    }
  }
}

/** As a cluster would have come to know them, long ago. */
function ownersIn(catalog: Catalog): Owners {
  const own = (name: string, prefix = ''): StreamRecord =>
    catalog.apply({ kind: 'createStream', tenant: '', name, prefix, labels: [] });
  const remove = (name: string): StreamRecord =>
    catalog.apply({
      kind: 'markDeleted',
      ...{ tenant: '', name, incarnation: 0, gracePeriodMs: 0, ifRevision: 0, allowMissing: false },
    });
  const create = (names: readonly string[]): void => names.forEach((name) => own(name, `${name}/`));
  const counts = { objectsDeleted: 0, bytesDeleted: 0, uploadsAborted: 0 };
  return {
    create,
    tombstone: (names) => {
      create(names);
      for (const name of names) remove(name);
      return OLD_MS + 24 * 3_600_000;
    },
    purge: (names) =>
      names.map((name, nth) => {
        const { prefix, incarnation } = own(name);
        remove(name);
        const { drainRevision } = catalog.apply({ kind: 'beginDrain', incarnation });
        catalog.apply({ kind: 'beginPurge', incarnation, drainRevision });
        catalog.apply({
          kind: 'markPurged',
          ...{ incarnation, ...counts, reusableAfterMs: 0, nextSweepTimeMs: 0 },
        });
        if (nth >= names.length / 2) catalog.apply({ kind: 'forgetStream', incarnation });
        return prefix;
      }),
  };
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
      put: (key: string, body: string, timeMs: number) => bucket.put(key, timeMs, body),
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
    put: (key: string, body: string) => void bucket.put(key, Buffer.from(body), '"e"'),
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

/** True when everything planted was found, and nothing else accused. */
async function auditInProcess(): Promise<boolean> {
  const { store, target, close } = await open();
  const catalog = new Catalog();
  const owners = ownersIn(catalog);
  const planted: Planted = { expected: [], objects: 0 };
  const objects = Math.floor(OBJECTS / STREAMS);
  await plantLeftovers(target, owners, OF_EACH_KIND, planted);
  await fillStreams(target, owners, { from: 0, to: STREAMS, objects, ofEachKind: OF_EACH_KIND }, planted);
  say(`${planted.objects} objects in ${STREAMS} streams, ${store.description}`);
  const deps = { store, catalog, clusterId: 'bench', clock: systemClock, random: systemRandom };
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
      const line = item.kind === 'finding' ? saidOf(item.finding) : undefined;
      if (line !== undefined) said.push(line);
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
    isRight = judge(said, planted, say) && isRight;
  }
  await close();
  return isRight;
}

const serverEndpoint = process.env['BENCH_S3_ENDPOINT'];
const isRight = await (serverEndpoint === undefined ? auditInProcess() : auditOnServer(serverEndpoint));
process.exit(isRight ? 0 : 1);
