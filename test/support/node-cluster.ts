/**
 * Nodes in this process with real LevelDB directories and an in-memory network. A machine that is busy is no reason
 * for an election: time in which this process was not run does not count, and a leader has to be silent for two
 * seconds. So that nobody waits that long for the first one, a node is told to campaign.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonNode, type NodeDeps } from '../../src/node/node.js';
import { resolveNodeOptions, type NodeSettings } from '../../src/node/options.js';
import { IDLE_PURGES } from '../../src/purge/purge-status.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import { MemoryNetwork } from './memory-network.js';
import { SteadyClock } from './steady-clock.js';

const POLL_MS = 5;
const PATIENCE_MS = 60_000;

export class NodeCluster {
  readonly network = new MemoryNetwork();
  readonly clock = new SteadyClock();
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
    cluster.campaign(1);
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
      electionTicks: 200,
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
      clock: this.clock,
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

  /** The node asks for votes at once, as if a leader that leaves had told it to. It does not when it knows a leader. */
  campaign(id: number): void {
    const term = Math.max(1, this.node(id).engine?.core.term ?? 0);
    const [other = 0] = this.#ids.filter((each) => each !== id);
    const message = { kind: 'timeoutNow', from: other === 0 ? id + 1 : other, to: id, term } as const;
    this.network.handlerOf(id)?.receive(message.from, { kind: 'message', message });
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
    for (const endMs = this.clock.monotonicMs() + PATIENCE_MS; ;) {
      if (this.failures.length > 0) throw this.failures[0];
      const found = await probe();
      if (found !== undefined) return found;
      if (this.clock.monotonicMs() > endMs) throw new Error('it did not come to that in a minute');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Waits for a node to fail, as its process would end then; the failure is taken as expected. */
  async failure(): Promise<unknown> {
    const endMs = this.clock.monotonicMs() + PATIENCE_MS;
    while (this.failures.length === 0 && this.clock.monotonicMs() < endMs)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    return this.failures.shift();
  }

  async stopNode(id: number): Promise<void> {
    await this.node(id).stop();
    this.nodes.delete(id);
  }

  /** All at once, so that nobody is left to hand the lead to, and no leader waits for one who takes it. */
  async stopAll(): Promise<void> {
    for (const { memberId, engine } of this.nodes.values()) {
      this.network.isolate(memberId);
      engine?.driver.feed({ kind: 'stepDown', cause: 'the test is over' });
    }
    await Promise.all([...this.nodes.values()].map((node) => node.stop()));
    this.nodes.clear();
    this.network.heal();
  }

  async stop(): Promise<void> {
    await this.stopAll();
    this.clock.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}
