/** S7 with whole nodes: one member's catalog is made to apply something else than the others'. */
import { afterEach, describe, expect, it } from 'vitest';
import { META_KEY } from '../../src/catalog/keys.js';
import { decodeMeta, encodeMeta, encodeMetaBody } from '../../src/catalog/record-codec.js';
import type { CreateStream } from '../../src/catalog/types.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import type { NodeMetrics } from '../../src/node/node-metrics.js';
import { noMetrics } from '../../src/node/node-metrics.js';
import type { PurgeCluster } from '../../src/purge/purge-cluster.js';
import type { SextonNode } from '../../src/node/node.js';
import { FatalError } from '../../src/shared/fatal.js';
import { silentLogger } from '../../src/shared/logger.js';
import { NodeCluster } from '../support/node-cluster.js';

const call = (): ProposeOptions => ({
  requestId: '',
  deadlineMs: 5_000,
  signal: new AbortController().signal,
});
const create = (name: string): CreateStream => ({
  kind: 'createStream',
  tenant: '',
  name,
  prefix: '',
  labels: [],
});

/** A cluster that keeps what each node fails of, counts and logs. */
class Watched {
  readonly fatal = new Map<number, FatalError>();
  /** What the purger of each node that led was given. */
  readonly purging = new Map<number, PurgeCluster>();
  readonly compared: string[] = [];
  readonly logged: string[] = [];
  cluster!: NodeCluster;

  static async start(settings: Parameters<typeof NodeCluster.start>[1] = {}): Promise<Watched> {
    const watched = new Watched();
    // Members report their digests once an election timeout.
    watched.cluster = await NodeCluster.start(3, { electionTicks: 100, ...settings }, (id) => ({
      fatal: (error) => {
        if (error instanceof FatalError) watched.fatal.set(id, error);
        else watched.cluster.failures.push(error);
      },
      metrics: watched.#metrics(),
      startService: (cluster, signal) => {
        watched.purging.set(id, cluster);
        return {
          done: new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          }),
        };
      },
      logger: {
        ...silentLogger,
        error: (_fields, message) => watched.logged.push(`${id}: ${message}`),
      },
    }));
    return watched;
  }

  #metrics(): NodeMetrics {
    return {
      ...noMetrics,
      digestCompared: (peer, equal) => this.compared.push(`${peer} ${equal ? 'equal' : 'different'}`),
    };
  }

  async leader(): Promise<{ readonly leader: SextonNode; readonly others: readonly [number, number] }> {
    const leader = await this.cluster.leader();
    const [a, b] = [1, 2, 3].filter((id) => id !== leader.memberId) as [number, number];
    return { leader, others: [a, b] };
  }

  /** From the next write on the node's catalog is another one; nothing but the digest shows it. */
  corrupt(id: number): void {
    const storage = this.cluster.storage(id);
    const applyBatch = storage.applyBatch.bind(storage);
    storage.applyBatch = (index, writes) => {
      const spoilt = writes.map((write) => {
        if (write.value === undefined || Buffer.compare(write.key, META_KEY) !== 0) return write;
        storage.applyBatch = applyBatch;
        const { digest, ...meta } = decodeMeta(write.value);
        const body = encodeMetaBody({ ...meta, objectsDeletedTotal: meta.objectsDeletedTotal + 1 });
        return { key: write.key, value: encodeMeta(body, digest) };
      });
      return applyBatch(index, spoilt);
    };
  }

  async until(condition: () => Promise<boolean> | boolean): Promise<void> {
    await this.cluster.until(async () => ((await condition()) ? true : undefined));
  }

  async write(node: SextonNode, count = 3): Promise<void> {
    for (let at = 0; at < count; at++) await node.propose(create(`s${this.#written++}`), call());
  }
  #written = 0;
}

let watched: Watched | undefined;
afterEach(async () => {
  await watched?.cluster.stop();
  watched = undefined;
});

const equalUpTo = async (leader: SextonNode, id: number): Promise<number> =>
  (await leader.leaderView())?.peers.find((peer) => peer.id === id)?.digestEqualIndex ?? 0;

describe('the digest alarm (S7)', () => {
  it('stays silent, and shows up to where members are equal, through restarts and snapshots', async () => {
    watched = await Watched.start({ snapshotEntries: 50, keepEntries: 10 });
    const { leader, others } = await watched.leader();
    const [away, restarted] = others;
    await watched.write(leader);
    for (const id of others) {
      await watched.until(async () => (await equalUpTo(leader, id)) >= leader.appliedIndex());
    }
    await watched.cluster.stopNode(away);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => leader.propose(create(`r${round}-${at}`), call())),
      );
    }
    await watched.until(() => watched!.cluster.storage(leader.memberId).log.start.index > 100);
    // What is silent is not taken for equal.
    expect(await equalUpTo(leader, away)).toBeLessThan(leader.appliedIndex() - 150);
    await watched.cluster.startNode(away);
    await watched.cluster.stopNode(restarted);
    await watched.cluster.startNode(restarted);
    await watched.write(leader);
    for (const id of others) {
      await watched.until(async () => (await equalUpTo(leader, id)) >= leader.appliedIndex());
    }
    expect((await watched.cluster.node(away).nodeView()).snapshotIndex).toBeGreaterThan(100);
    expect(watched.compared).not.toContain(`${away} different`);
    expect((await leader.leaderView())?.alarms.filter(({ kind }) => kind === 'DIGEST_MISMATCH')).toEqual([]);
  });

  it('stops a member that differs from the leader and a majority, and keeps the alarm', async () => {
    watched = await Watched.start();
    const { leader, others } = await watched.leader();
    const [odd, good] = others;
    watched.corrupt(odd);
    await watched.write(leader);
    await watched.until(() => watched!.fatal.has(odd));
    const error = watched.fatal.get(odd);
    expect(error).toMatchObject({ kind: 'CATALOG_DIVERGED', exitStatus: 88 });
    expect(error?.message).toContain(`sexton member remove ${odd}`);
    expect(error?.message).toMatch(/after entry \d+ the catalog here has digest [0-9a-f]{16}, 2 of 3 voters/);

    const told = (await watched.cluster.node(odd).nodeView()).alarms;
    expect(told).toMatchObject([{ kind: 'DIGEST_MISMATCH', memberId: odd }]);
    const alarmsOf = async () =>
      (await leader.leaderView())?.alarms.filter(({ kind }) => kind === 'DIGEST_MISMATCH');
    const digests =
      /digest [0-9a-f]{16} there, [0-9a-f]{16} on the leader; a majority agrees with the leader/;
    expect(await alarmsOf()).toMatchObject([
      { memberId: odd, message: expect.stringMatching(digests) as string },
    ]);

    await watched.cluster.stopNode(odd);
    // However often it is started.
    await expect(watched.cluster.startNode(odd)).rejects.toMatchObject({ kind: 'CATALOG_DIVERGED' });
    await watched.write(leader);
    await watched.until(async () => (await equalUpTo(leader, good)) >= leader.appliedIndex());
    expect(await alarmsOf()).toHaveLength(1);
    expect([...watched.fatal.keys()]).toEqual([odd]);
    expect(watched.compared).toContain(`${odd} different`);
    const lines = watched.logged.filter(
      (line) => line === `${odd}: the state of this member is not the leader’s`,
    );
    expect(lines).toHaveLength(1);
  });

  it('only raises the alarm while no majority tells who is right', async () => {
    watched = await Watched.start();
    const { leader, others } = await watched.leader();
    const [odd, silent] = others;
    await watched.cluster.stopNode(silent);
    watched.corrupt(odd);
    await watched.write(leader);
    await watched.until(async () => (await watched!.cluster.node(odd).nodeView()).alarms.length > 0);
    const reports = () => watched!.compared.filter((each) => each === `${odd} different`).length;
    const before = reports();
    await watched.until(() => reports() > before + 3);
    expect((await leader.leaderView())?.alarms[0]).toMatchObject({
      kind: 'DIGEST_MISMATCH',
      message: expect.stringContaining('nothing is purged until one does') as string,
    });
    expect(watched.fatal.size).toBe(0);
    // It may be the leader that is wrong: its purger holds, and hears when that changes.
    const purging = watched.purging.get(leader.memberId);
    expect(purging?.summary().purgesPaused).toBe(true);
    let heard = 0;
    purging?.onStreamChanged(() => heard++);
    // The third one decides.
    await watched.cluster.startNode(silent);
    await watched.until(() => watched!.fatal.has(odd));
    expect(purging?.summary().purgesPaused).toBe(false);
    expect(heard).toBeGreaterThan(0);
    expect([...watched.fatal.keys()]).toEqual([odd]);
    // Once when it was seen, once when it was decided, however often it is reported.
    expect(watched.logged.filter((line) => line.endsWith('the state of a member differs'))).toHaveLength(2);
  });

  it('stops a leader that a majority contradicts', async () => {
    watched = await Watched.start();
    const { leader } = await watched.leader();
    watched.corrupt(leader.memberId);
    await watched.write(leader);
    await watched.until(() => watched!.fatal.has(leader.memberId));
    expect(watched.fatal.get(leader.memberId)).toMatchObject({ kind: 'CATALOG_DIVERGED' });
    expect([...watched.fatal.keys()]).toEqual([leader.memberId]);
  });
});
