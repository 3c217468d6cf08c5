/** The simulated nodes do what Parseable v2.9.5 does, as far as a world depends on it. */
import { describe, expect, it } from 'vitest';
import { Network } from '../network.js';
import { healthyBucket, SimulatedBucket } from '../object-store.js';
import { Prng } from '../prng.js';
import { ProcessScope } from '../process-scope.js';
import { Scheduler } from '../scheduler.js';
import { Trace } from '../trace.js';
import { SimulatedHttp } from './http.js';
import { decodeStreamJson, isStreamJson, streamJsonKey } from './layout.js';
import { Lives } from './lives.js';
import { ParseableNode, urlOf, type ParseableKind } from './node.js';
import { findEvents } from './visible-events.js';

const TIMES = {
  flushMs: 600,
  uploadMs: 300,
  orphanRetryMs: 3_000,
  cycleMaxMs: 1_500,
  uploadDeadlineMs: 3_000,
};
/** An event that is taken in is in the bucket after this. */
const UPLOADED_MS = 1_500;

class Nodes {
  readonly scheduler = new Scheduler();
  readonly lives = new Lives();
  readonly bucket: SimulatedBucket;
  readonly #http: SimulatedHttp;
  readonly #nodes: readonly ParseableNode[];

  constructor(...kinds: readonly ParseableKind[]) {
    const { scheduler, lives } = this;
    const random = new Prng(1);
    this.bucket = new SimulatedBucket({ scheduler, random: random.fork('bucket'), faults: healthyBucket() });
    const faults = { latencyMs: 1, loss: 0, duplication: 0, reordering: 0 };
    const network = new Network({ scheduler, random: random.fork('network'), faults });
    this.#http = new SimulatedHttp({
      scheduler,
      network,
      nodeAt: (host) => this.#nodes.find((node) => node.host === host),
      heldUntilAsked: () => undefined,
    });
    const hostOf = (kind: ParseableKind, at: number): string => `${kind}-${at + 1}`;
    const ingestUrls = kinds
      .map(hostOf)
      .filter((_, at) => kinds[at] === 'ingest')
      .map(urlOf);
    this.#nodes = kinds.map(
      (kind, at) =>
        new ParseableNode({
          host: hostOf(kind, at),
          kind,
          scheduler,
          random: random.fork(`${at}`),
          trace: new Trace(scheduler, false),
          bucket: this.bucket,
          times: TIMES,
          lives,
          clockErrorMs: 0,
          ingestUrls,
          call: (url, request, scope) =>
            this.#http.call({ host: hostOf(kind, at), scope }, url, request, 500).catch(() => undefined),
        }),
    );
    for (const node of this.#nodes) node.start();
  }

  node(at: number): ParseableNode {
    const node = this.#nodes[at];
    if (node === undefined) throw new Error(`there is no node ${at}`);
    return node;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.scheduler.nowMs + ms;
    while (await this.scheduler.step(endMs));
  }

  /** The status of the answer. */
  async ask(at: number, method: 'POST' | 'DELETE', path: string, stream?: string): Promise<number> {
    const caller = { host: 'test', scope: new ProcessScope('test') };
    const request = stream === undefined ? { method, path } : { method, path, stream };
    let status = 0;
    void this.#http.call(caller, this.node(at).url, request, 5_000).then((answer) => {
      status = answer.status;
    });
    for (let waited = 0; status === 0 && waited < 5_000; waited += 10) await this.pass(10);
    return status;
  }

  send(at: number, stream = 's1'): Promise<number> {
    return this.ask(at, 'POST', '/api/v1/ingest', stream);
  }

  visible(): readonly number[] {
    return [...findEvents(this.bucket, 's1').visible].sort((a, b) => a - b);
  }

  /** As a purge does. */
  empty(): void {
    for (const key of this.bucket.keys('s1/')) this.bucket.contents.delete({ key }, this.bucket.wallMs());
  }
}

const FORGET = '/api/v1/logstream/s1/sync';
const DELETE = '/api/v1/logstream/s1';

describe('an ingest node', () => {
  it('writes metadata before it acknowledges the first event, and lists what it has uploaded', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    expect(await nodes.send(0)).toBe(200);
    expect(nodes.bucket.keys('s1/').filter(isStreamJson)).toEqual([
      's1/.stream/.ingestor.ingest-1.stream.json',
    ]);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([0]);
  });

  it('lists none of what it had uploaded when it takes a forgotten stream up again', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    await nodes.send(0);
    await nodes.pass(UPLOADED_MS);
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(200);
    expect(nodes.visible()).toEqual([0]);
    await nodes.send(0);
    expect(nodes.visible()).toEqual([]);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([1]);
  });

  it('keeps created-at when it loads what another node has made', async () => {
    const nodes = new Nodes('ingest', 'ingest');
    await nodes.pass(100);
    await nodes.send(0);
    await nodes.send(1);
    const created = nodes.node(0).host;
    const [one, other] = [created, nodes.node(1).host].map((id) => {
      const body = nodes.bucket.contents.current(streamJsonKey('s1', id))?.body;
      return body === undefined ? undefined : decodeStreamJson(body).createdAt;
    });
    expect(one).toBeDefined();
    expect(other).toBe(one);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([0, 1]);
  });

  it('goes on accepting events for a stream whose metadata is gone, and uploads them again and again', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    await nodes.send(0);
    await nodes.pass(UPLOADED_MS);
    nodes.empty();
    expect(await nodes.send(0)).toBe(200);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.bucket.keys('s1/')).toHaveLength(1);
    nodes.empty();
    await nodes.pass(TIMES.orphanRetryMs + UPLOADED_MS);
    expect(nodes.bucket.keys('s1/')).toHaveLength(1);
    expect(nodes.visible()).toEqual([]);
    nodes.empty();
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(200);
    await nodes.pass(2 * TIMES.orphanRetryMs);
    expect(nodes.bucket.keys('s1/')).toEqual([]);
  });

  it('drops what is staged when it forgets, and says 404 to what it does not hold', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(404);
    await nodes.send(0);
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(200);
    expect(nodes.lives.droppedMs(0)).toBeDefined();
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([]);
  });

  it('uploads after a restart what it had staged', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    await nodes.send(0);
    nodes.node(0).kill();
    nodes.node(0).start();
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([0]);
  });

  it('keeps what it had staged of a stream that is gone when it restarts, for the next life of the name', async () => {
    const nodes = new Nodes('ingest');
    await nodes.pass(100);
    await nodes.send(0);
    nodes.node(0).kill();
    nodes.empty();
    nodes.node(0).start();
    await nodes.pass(UPLOADED_MS);
    expect(nodes.bucket.keys('s1/')).toEqual([]);
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(404);
    await nodes.send(0);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([0, 1]);
  });
});

describe('a query node', () => {
  it('deletes everything below the prefix and makes the ingest nodes forget that are up', async () => {
    const nodes = new Nodes('ingest', 'ingest', 'query');
    await nodes.pass(100);
    await nodes.send(0);
    await nodes.send(1);
    nodes.node(1).kill();
    await nodes.pass(UPLOADED_MS);
    expect(await nodes.ask(2, 'DELETE', DELETE)).toBe(200);
    expect(nodes.bucket.keys('s1/')).toEqual([]);
    expect(await nodes.ask(0, 'DELETE', FORGET)).toBe(404);
    expect(await nodes.ask(2, 'DELETE', DELETE)).toBe(404);
  });

  it('writes metadata of its own for a stream that it is asked about for the first time', async () => {
    const nodes = new Nodes('ingest', 'query');
    await nodes.pass(100);
    expect(await nodes.ask(1, 'POST', '/api/v1/query', 's1')).toBe(404);
    await nodes.send(0);
    expect(await nodes.ask(1, 'POST', '/api/v1/query', 's1')).toBe(200);
    expect(nodes.bucket.keys('s1/').filter(isStreamJson)).toContain('s1/.stream/.stream.json');
  });
});

describe('one process that does everything', () => {
  it('empties the prefix and forgets by the same call', async () => {
    const nodes = new Nodes('standalone');
    await nodes.pass(100);
    await nodes.send(0);
    await nodes.pass(UPLOADED_MS);
    expect(nodes.visible()).toEqual([0]);
    expect(await nodes.ask(0, 'DELETE', DELETE)).toBe(200);
    expect(nodes.bucket.keys('s1/')).toEqual([]);
    expect(await nodes.ask(0, 'DELETE', DELETE)).toBe(404);
  });
});
