/** Nodes in this process with real LevelDB directories and an in-memory network. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonNode, type NodeDeps } from '../../src/node/node.js';
import { resolveNodeOptions, type NodeSettings } from '../../src/node/options.js';
import { IDLE_PURGES } from '../../src/purge/purge-status.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import { MemoryNetwork } from './memory-network.js';

export class NodeCluster {
  readonly network = new MemoryNetwork();
  readonly failures: unknown[] = [];
  readonly nodes = new Map<number, SextonNode>();
  readonly #storages = new Map<number, NodeStorage>();
  readonly directory: string;
  readonly #settings: Partial<NodeSettings>;
  readonly #deps: (id: number) => Partial<NodeDeps>;
  readonly #ids: readonly number[];

  private constructor(
    directory: string,
    count: number,
    settings: Partial<NodeSettings>,
    deps: (id: number) => Partial<NodeDeps>,
  ) {
    this.directory = directory;
    this.#settings = settings;
    this.#deps = deps;
    this.#ids = Array.from({ length: count }, (_, at) => at + 1);
  }

  static async start(
    count = 3,
    settings: Partial<NodeSettings> = {},
    deps: (id: number) => Partial<NodeDeps> = () => ({}),
  ): Promise<NodeCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'sexton-test-'));
    const cluster = new NodeCluster(directory, count, settings, deps);
    await Promise.all(cluster.#ids.map((id) => cluster.startNode(id)));
    return cluster;
  }

  /** `overrides`: for this node alone; `join` for one that is none of the initial members. */
  async startNode(id: number, overrides: Partial<NodeSettings> = {}): Promise<SextonNode> {
    const directory = join(this.directory, `node-${id}`);
    const members = this.#ids.map((each) => ({ id: each, address: `host-${each}:7401`, directoryId: '' }));
    const options = resolveNodeOptions({
      clusterId: 'test',
      memberId: id,
      address: `host-${id}:7401`,
      initialMembers: members,
      tickMs: 10,
      ...this.#settings,
      ...overrides,
    });
    const storage = await openNodeStorage({
      directory,
      clusterId: 'test',
      memberId: id,
      logger: silentLogger,
    });
    const node = new SextonNode({
      options,
      storage,
      transport: this.network.transport(id),
      clock: systemClock,
      random: systemRandom,
      defer: (callback) => setImmediate(callback),
      boot: Math.floor(Math.random() * Number.MAX_SAFE_INTEGER),
      logger: silentLogger,
      version: 'test',
      startService: (_cluster, signal) => ({
        done: new Promise((resolve) => {
          signal.addEventListener(
            'abort',
            () => {
              resolve();
            },
            { once: true },
          );
        }),
      }),
      purgeStatus: () => IDLE_PURGES,
      objectStoreDescription: 'none',
      directory,
      fatal: (error) => this.failures.push(error),
      ...this.#deps(id),
    });
    this.nodes.set(id, node);
    this.#storages.set(id, storage);
    await node.start();
    return node;
  }

  /** Starts a node that was added, or will be, once the cluster knows it. Its start waits for that. */
  joinNode(id: number): Promise<SextonNode> {
    return this.startNode(id, { join: true });
  }

  node(id: number): SextonNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  storage(id: number): NodeStorage {
    const storage = this.#storages.get(id);
    if (storage === undefined) throw new Error(`node ${id} never started`);
    return storage;
  }

  /** The node that serves as leader, confirmed by a majority; waits until there is one. */
  async leader(): Promise<SextonNode> {
    return this.until(async () => {
      for (const node of this.nodes.values()) {
        const view = await node.leaderView().catch(() => undefined);
        if (view !== undefined) return node;
      }
      return undefined;
    });
  }

  async until<T>(probe: () => Promise<T | undefined> | T | undefined): Promise<T> {
    for (let tries = 0; tries < 2_000; tries++) {
      if (this.failures.length > 0) throw this.failures[0];
      const found = await probe();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error('it did not come to that in ten seconds');
  }

  /** Waits for a node to fail, as its process would end then; the failure is taken as expected. */
  async failure(): Promise<unknown> {
    for (let tries = 0; tries < 2_000 && this.failures.length === 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return this.failures.shift();
  }

  async stopNode(id: number): Promise<void> {
    await this.node(id).stop();
    this.nodes.delete(id);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    await rm(this.directory, { recursive: true, force: true });
  }
}
