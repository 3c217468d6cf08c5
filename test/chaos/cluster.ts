/**
 * The cluster under test: which members there are, the processes that run them, and the commands that add
 * and remove them. Slots of the network are used again; ids of members never are.
 */
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SextonClient, type NodeStatus } from '../../src/client/index.js';
import type { Network, Party } from './network.js';
import { NodeProcess, type Exit } from './node-process.js';
import { run, type Ran } from './run-command.js';
import { SmallDisk } from './small-disk.js';

export interface ClusterSetup {
  readonly network: Network;
  /** Members of the first start. */
  readonly size: number;
  readonly slots: number;
  readonly directory: string;
  /** `node dist/cli/main.js`. */
  readonly program: readonly string[];
  readonly died: (node: NodeProcess, exit: Exit) => void;
}

const CLUSTER_ID = 'chaos';
/** Often enough that a run compacts its log, and sends state to members that come late. */
const SNAPSHOT_ENTRIES = 500;
const ASK_AGAIN_MS = 100;

export class ChaosCluster {
  readonly setup: ClusterSetup;
  readonly bucket: string;
  readonly #nodes: NodeProcess[] = [];
  #smallDisk: SmallDisk | undefined;
  /** Looks at nodes past all broken links. */
  readonly #observer: SextonClient;

  private constructor(setup: ClusterSetup) {
    this.setup = setup;
    this.bucket = join(setup.directory, 'bucket');
    this.#observer = new SextonClient({
      endpoints: Array.from({ length: setup.size }, (_, at) => setup.network.listenAddressOf(at + 1)),
      requestTimeoutMs: 2_000,
    });
  }

  static async create(setup: ClusterSetup): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(setup);
    await mkdir(cluster.bucket, { recursive: true });
    for (let slot = 1; slot <= setup.size; slot++) cluster.#nodes.push(await cluster.#makeNode(slot, slot));
    // One member's directory is a file system of its own, mounted around the data directory.
    const last = cluster.#nodes.at(-1);
    if (last !== undefined)
      cluster.#smallDisk = await SmallDisk.mount(join(setup.directory, `disk-${last.slot}`));
    return cluster;
  }

  /** The present members, by slot. */
  get nodes(): readonly NodeProcess[] {
    return this.#nodes;
  }

  get smallDisk(): SmallDisk | undefined {
    return this.#smallDisk;
  }

  /** The member whose directory is on the small disk, while there is one. */
  get nodeOnSmallDisk(): NodeProcess | undefined {
    const directory = this.#smallDisk?.directory;
    return this.#nodes.find(
      (node) => directory !== undefined && node.setup.dataDirectory.startsWith(directory),
    );
  }

  /** Every address that a node has or may get: what clients are given. */
  get endpoints(): string[] {
    return Array.from({ length: this.setup.slots }, (_, at) => this.setup.network.addressOf(at + 1));
  }

  start(): void {
    for (const node of this.#nodes) node.start();
  }

  nodeOf(memberId: number): NodeProcess | undefined {
    return this.#nodes.find((node) => node.memberId === memberId);
  }

  /** What a node says about itself; undefined when it does not answer. */
  async statusOf(node: NodeProcess): Promise<NodeStatus | undefined> {
    try {
      return await this.#observer.nodeStatus(node.directAddress, { timeoutMs: 2_000 });
    } catch {
      return undefined;
    }
  }

  /** The member that leads in the highest term, by what the nodes say; undefined: none. */
  async leader(): Promise<NodeProcess | undefined> {
    const reports = await Promise.all(
      this.#nodes.map(async (node) => ({
        node,
        status: node.isPaused ? undefined : await this.statusOf(node),
      })),
    );
    return reports
      .filter(({ status }) => status?.role === 'LEADER')
      .sort((a, b) => (b.status?.term ?? 0) - (a.status?.term ?? 0))[0]?.node;
  }

  async waitForLeader(timeoutMs: number): Promise<NodeProcess | undefined> {
    for (const endMs = performance.now() + timeoutMs; performance.now() < endMs;) {
      const leader = await this.leader();
      if (leader !== undefined) return leader;
      await pause(ASK_AGAIN_MS);
    }
    return undefined;
  }

  /** Every member runs, is a voter, and has applied the same index; undefined once it is so, else what is not. */
  async whyNotWell(): Promise<string | undefined> {
    const statuses = await Promise.all(
      this.#nodes.map(async (node) => [node, await this.statusOf(node)] as const),
    );
    const silent = statuses.find(([, status]) => status === undefined);
    if (silent !== undefined) return `member ${silent[0].memberId} does not answer`;
    const leader = statuses.find(([, status]) => status?.role === 'LEADER');
    if (leader === undefined) return 'no member leads';
    const voters = (leader[1]?.members ?? []).filter(({ role }) => role === 'VOTER');
    const ids = (list: readonly number[]): string => [...list].sort((a, b) => a - b).join(',');
    const expected = ids(this.#nodes.map(({ memberId }) => memberId));
    const actual = ids(voters.map(({ memberId }) => memberId));
    if (expected !== actual) return `the voters are ${actual} and not ${expected}`;
    const commit = leader[1]?.commitIndex ?? 0;
    const behind = statuses.find(([, status]) => (status?.appliedIndex ?? 0) < commit);
    return behind === undefined
      ? undefined
      : `member ${behind[0].memberId} has applied ${behind[1]?.appliedIndex ?? 0} of ${commit}`;
  }

  /** Undefined once all is well, else why it was not in time. */
  async settle(timeoutMs: number): Promise<string | undefined> {
    const endMs = performance.now() + timeoutMs;
    for (;;) {
      const why = await this.whyNotWell();
      if (why === undefined || performance.now() > endMs) return why;
      await pause(ASK_AGAIN_MS);
    }
  }

  /** A slot that no member uses; undefined: all are taken. */
  freeSlot(): Party | undefined {
    const used = new Set(this.#nodes.map(({ slot }) => slot));
    for (let slot = 1; slot <= this.setup.slots; slot++) if (!used.has(slot)) return slot;
    return undefined;
  }

  /** A process for a member that the cluster has been told to expect. Not started yet. */
  async addNode(slot: Party, memberId: number, members: string): Promise<NodeProcess> {
    const node = await this.#makeNode(slot, memberId);
    node.becomeMember(memberId, members);
    this.#nodes.push(node);
    this.#nodes.sort((x, y) => x.slot - y.slot);
    return node;
  }

  /** It is no member any more: its process ends, if it has not, and its directory is set aside. */
  async dropNode(node: NodeProcess): Promise<void> {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    await node.kill();
    const { dataDirectory } = node.setup;
    await rename(dataDirectory, `${dataDirectory}.member-${node.memberId}`);
  }

  /** Runs `sexton` with these arguments, as an operator on this machine would. */
  sexton(args: readonly string[]): Promise<Ran> {
    const [command = '', ...program] = this.setup.program;
    return run(command, [...program, ...args]);
  }

  /** Addresses for `--endpoints`, of members that are not `except`. */
  endpointsBut(except?: NodeProcess): string {
    return this.#nodes
      .filter((node) => node !== except)
      .map(({ address }) => address)
      .join(',');
  }

  async close(): Promise<void> {
    this.#observer.close();
    await Promise.all(this.#nodes.map((node) => node.kill()));
    await this.#smallDisk?.unmount();
  }

  /** When this process itself ends: at once, and each by its process id. */
  closeNow(): void {
    for (const { pid } of this.#nodes) if (pid !== undefined) process.kill(pid, 'SIGKILL');
    this.#smallDisk?.unmountNow();
  }

  async #makeNode(slot: Party, memberId: number): Promise<NodeProcess> {
    const { network, directory, program, died, size } = this.setup;
    const disk = join(directory, `disk-${slot}`);
    await mkdir(disk, { recursive: true });
    const initial = Array.from({ length: size }, (_, at) => `${at + 1}=${network.addressOf(at + 1)}`);
    return new NodeProcess(
      {
        slot,
        network,
        dataDirectory: join(disk, 'data'),
        logBase: join(directory, `node-${slot}`),
        program,
        died,
        members: initial.join(','),
        serveArguments: [
          `--cluster-id=${CLUSTER_ID}`,
          `--object-store=local:${this.bucket}`,
          `--snapshot-entries=${SNAPSHOT_ENTRIES}`,
          '--http-listen=off',
          '--log-format=json',
        ],
      },
      memberId,
    );
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
