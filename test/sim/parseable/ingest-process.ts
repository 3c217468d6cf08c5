/**
 * One process of an ingest node, or of a Parseable that is one process: takes events in, stages them, uploads them, and
 * forgets when it is asked to. Facts: Parseable v2.9.5.
 *
 * What it has in memory is what it believes in: it never looks again whether a stream that it knows has metadata in the
 * bucket. A stream that it does not know is loaded, or made, by the first event for it.
 */
import { ObjectStoreError } from '../../../src/objectstore/object-store.js';
import {
  decodeStreamJson,
  encodeStreamJson,
  isIngestorJson,
  isStreamJson,
  metadataPrefix,
  nameOf,
  prefixOf,
  SCHEMA_BODY,
  schemaKey,
  streamJsonKey,
} from './layout.js';
import type { Life } from './lives.js';
import {
  about,
  FAILED,
  forever,
  LIST_PATH,
  listStreams,
  NOT_FOUND,
  ok,
  streamCall,
  type NodeAnswer,
  type NodeProcess,
  type NodeRequest,
  type ProcessDeps,
} from './node-process.js';
import type { Staging } from './staging.js';
import { UploadCycle } from './upload-cycle.js';

export interface IngestProcessDeps extends ProcessDeps {
  readonly staging: Staging;
  /** One process that does everything: no node id in its objects, and a delete that empties the prefix. */
  readonly standalone: boolean;
}

/** A stream in a node's memory. */
export interface Entry {
  /** Undefined: it has no metadata of its own, and nothing that it takes in is ever seen. */
  readonly life: Life | undefined;
}

export class IngestProcess implements NodeProcess {
  readonly #deps: IngestProcessDeps;
  readonly #memory = new Map<string, Entry>();
  /** Being loaded or made: the events that come meanwhile wait for it. */
  readonly #takingUp = new Map<string, Promise<Entry>>();
  readonly #cycle: UploadCycle;
  #isServing = false;

  constructor(deps: IngestProcessDeps) {
    this.#deps = deps;
    this.#cycle = new UploadCycle({
      ...deps,
      fileId: this.#fileId,
      isHeld: (name) => this.#memory.has(name),
    });
  }

  get #fileId(): string | undefined {
    return this.#deps.standalone ? undefined : this.#deps.id;
  }

  async start(): Promise<void> {
    const { bucket, clock, times, staging } = this.#deps;
    const names = new Set((await bucket.list('')).filter(isStreamJson).map(nameOf));
    for (const name of names) this.#memory.set(name, await this.#load(name));
    this.#isServing = true;
    void forever(
      clock,
      () => times.flushMs,
      () => {
        for (const name of this.#memory.keys()) staging.convert(name);
      },
    );
    void forever(
      clock,
      () => times.uploadMs,
      async () => {
        for (const name of [...this.#memory.keys()]) await this.#cycle.run(name);
      },
    );
  }

  async handle(request: NodeRequest): Promise<NodeAnswer> {
    const { standalone } = this.#deps;
    if (!this.#isServing) return { status: 503, body: 'starting' };
    const { method, path, stream } = request;
    if (method === 'GET' && path === '/api/v1/about')
      return about(standalone ? 'Standalone' : 'Distributed (Ingest)');
    try {
      if (method === 'POST' && stream !== undefined) return await this.#ingest(stream);
      if (standalone && method === 'GET' && path === LIST_PATH) return await listStreams(this.#deps.bucket);
      const { name = '', what } = streamCall(request) ?? {};
      if (what === 'GET info') return this.#memory.has(name) ? ok('{}') : NOT_FOUND;
      if (what === 'DELETE sync' && !standalone) return this.#forget(name, request.lookedMs);
      return what === 'DELETE' && standalone ? await this.#delete(name, request.lookedMs) : NOT_FOUND;
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      return FAILED;
    }
  }

  async #ingest(name: string): Promise<NodeAnswer> {
    const { lives, host, nowMs, staging, note } = this.#deps;
    if (!this.#memory.has(name)) await this.#takeUp(name);
    const entry = this.#memory.get(name);
    // Forgotten again in between.
    if (entry === undefined) return FAILED;
    const event = lives.acknowledge({ stream: name, node: host, acknowledgedMs: nowMs(), life: entry.life });
    staging.add(name, event);
    note(() => `takes event ${event.id} for ${name}, life ${entry.life?.createdAt ?? 'none'}`);
    return ok();
  }

  #takeUp(name: string): Promise<Entry> {
    const underWay = this.#takingUp.get(name);
    if (underWay !== undefined) return underWay;
    const taken = this.#loadOrCreate(name)
      .then((entry) => {
        this.#memory.set(name, entry);
        return entry;
      })
      .finally(() => this.#takingUp.delete(name));
    this.#takingUp.set(name, taken);
    return taken;
  }

  async #loadOrCreate(name: string): Promise<Entry> {
    const { bucket, clock, lives, nowMs, standalone, note } = this.#deps;
    if (!standalone) {
      const keys = await bucket.list(metadataPrefix(name));
      if (keys.some(isStreamJson)) return this.#copy(name, keys.find(isIngestorJson));
    }
    const life = lives.begin(name, clock.wallMs(), nowMs());
    note(() => `creates ${name}, life ${life.createdAt}`);
    await this.#write(name, life);
    return { life };
  }

  /** At a start, of a stream that has metadata in the bucket: its own, or another node's. */
  async #load(name: string): Promise<Entry> {
    const { bucket, lives } = this.#deps;
    const own = await bucket.get(streamJsonKey(name, this.#fileId));
    if (own !== undefined) return { life: lives.lifeOf(name, decodeStreamJson(own).createdAt) };
    const keys = await bucket.list(metadataPrefix(name));
    return this.#copy(
      name,
      keys.find((key) => !isIngestorJson(key) && isStreamJson(key)) ?? keys.find(isIngestorJson),
    );
  }

  /**
   * Its own metadata is a copy of another's, without a manifest: whatever was listed in its own before is not listed
   * any more. `from` undefined, or gone by now: it goes without.
   */
  async #copy(name: string, from: string | undefined): Promise<Entry> {
    const { bucket, lives, note } = this.#deps;
    const body = from === undefined ? undefined : await bucket.get(from);
    if (body === undefined) return { life: undefined };
    const { createdAt } = decodeStreamJson(body);
    const life = lives.lifeOf(name, createdAt);
    note(() => `loads ${name}, life ${createdAt}`);
    if (life !== undefined) await this.#write(name, life);
    return { life };
  }

  async #write(name: string, { createdAt }: Life): Promise<void> {
    const { bucket } = this.#deps;
    await bucket.put(streamJsonKey(name, this.#fileId), encodeStreamJson({ createdAt, manifests: [] }));
    await bucket.put(schemaKey(name, this.#fileId), SCHEMA_BODY);
  }

  /** Staging and memory; the bucket is not touched. */
  #forget(name: string, lookedMs: number | undefined): NodeAnswer {
    const { host, staging, lives, nowMs, note } = this.#deps;
    lives.told(name, host, nowMs());
    const entry = this.#memory.get(name);
    if (entry === undefined) return NOT_FOUND;
    this.#memory.delete(name);
    note(() => `forgets ${name}`);
    lives.dropped(entry.life, staging.removeAll(name), nowMs(), lookedMs);
    return ok(`log stream ${name} deleted`);
  }

  /** Everything below the prefix in the bucket, by name, and then as {@link #forget}. */
  async #delete(name: string, lookedMs: number | undefined): Promise<NodeAnswer> {
    const { host, bucket, lives, note } = this.#deps;
    if (!this.#memory.has(name)) return this.#forget(name, lookedMs);
    lives.deletes(name, host, lookedMs);
    note(() => `deletes ${name}`);
    const keys = await bucket.list(prefixOf(name));
    if (keys.length > 0) await bucket.delete(keys);
    return this.#forget(name, lookedMs);
  }
}
