/**
 * One process of a query node: answers queries, which writes metadata of streams that it did not know; lists the
 * nodes; and deletes a stream as users ask for it: everything below its prefix, by name, then what ingest nodes hold.
 */
import { ObjectStoreError } from '../../../src/objectstore/object-store.js';
import {
  decodeStreamJson,
  encodeStreamJson,
  isStreamJson,
  metadataPrefix,
  nameOf,
  prefixOf,
  SCHEMA_BODY,
  schemaKey,
  streamJsonKey,
} from './layout.js';
import {
  about,
  FAILED,
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

export interface QueryProcessDeps extends ProcessDeps {
  /** Of the ingest nodes, as they have registered in the bucket. */
  readonly ingestUrls: readonly string[];
  /** Undefined: no answer. */
  readonly call: (url: string, request: NodeRequest) => Promise<NodeAnswer | undefined>;
}

export class QueryProcess implements NodeProcess {
  readonly #deps: QueryProcessDeps;
  readonly #memory = new Set<string>();
  #isServing = false;

  constructor(deps: QueryProcessDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    const { bucket } = this.#deps;
    for (const key of await bucket.list('')) if (isStreamJson(key)) this.#memory.add(nameOf(key));
    this.#isServing = true;
  }

  async handle(request: NodeRequest): Promise<NodeAnswer> {
    const { method, path, stream } = request;
    if (!this.#isServing) return { status: 503, body: 'starting' };
    if (method === 'GET' && path === '/api/v1/about') return about('Distributed (Query)');
    if (method === 'GET' && path === '/api/v1/cluster/info') return this.#nodes();
    try {
      if (method === 'POST' && stream !== undefined) return await this.#query(stream);
      if (method === 'GET' && path === LIST_PATH) return await listStreams(this.#deps.bucket);
      const { name = '', what } = streamCall(request) ?? {};
      if (what === 'GET info') return (await this.#holds(name)) ? ok('{}') : NOT_FOUND;
      return what === 'DELETE' ? await this.#delete(name, request.lookedMs) : NOT_FOUND;
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      return FAILED;
    }
  }

  #nodes(): NodeAnswer {
    const rows = this.#deps.ingestUrls.map((url) => ({ domain_name: `${url}/`, node_type: 'ingestor' }));
    return ok(JSON.stringify(rows));
  }

  async #query(name: string): Promise<NodeAnswer> {
    const { bucket } = this.#deps;
    if (!this.#memory.has(name)) return (await this.#load(name)) ? ok() : NOT_FOUND;
    await bucket.put(schemaKey(name, undefined), SCHEMA_BODY);
    return ok();
  }

  /** In memory, or loaded now. */
  async #holds(name: string): Promise<boolean> {
    return this.#memory.has(name) || (await this.#load(name));
  }

  /** False: it has no metadata. */
  async #load(name: string): Promise<boolean> {
    const { bucket } = this.#deps;
    const key = (await bucket.list(metadataPrefix(name))).find(isStreamJson);
    const body = key === undefined ? undefined : await bucket.get(key);
    if (body === undefined) return false;
    const { createdAt } = decodeStreamJson(body);
    await bucket.put(streamJsonKey(name, undefined), encodeStreamJson({ createdAt, manifests: [] }));
    await bucket.put(schemaKey(name, undefined), SCHEMA_BODY);
    this.#memory.add(name);
    return true;
  }

  async #delete(name: string, lookedMs: number | undefined): Promise<NodeAnswer> {
    const { host, lives, bucket, call, ingestUrls, note } = this.#deps;
    if (!(await this.#holds(name))) return NOT_FOUND;
    lives.deletes(name, host, lookedMs);
    note(() => `deletes ${name}`);
    const keys = await bucket.list(prefixOf(name));
    if (keys.length > 0) await bucket.delete(keys);
    for (const url of ingestUrls) {
      if ((await call(url, { method: 'GET', path: '/api/v1/about' })) === undefined) continue;
      const path = `/api/v1/logstream/${name}/sync`;
      if ((await call(url, { method: 'DELETE', path, lookedMs })) === undefined) return FAILED;
    }
    this.#memory.delete(name);
    return ok();
  }
}
