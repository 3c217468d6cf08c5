import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateStream } from '../../src/catalog/types.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import type { SextonNode } from '../../src/node/node.js';
import { NodeCluster } from '../support/node-cluster.js';

const call = (requestId = ''): ProposeOptions => ({
  requestId,
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
const selector = (name: string) => ({ tenant: '', name, incarnation: 0 });

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

function followerOf(leader: SextonNode, from: NodeCluster): SextonNode {
  const follower = [...from.nodes.values()].find((node) => node !== leader);
  if (follower === undefined) throw new Error('there is no follower');
  return follower;
}

describe('three nodes', () => {
  it('commit a write proposed on the leader and show it in linearizable reads everywhere', async () => {
    cluster = await NodeCluster.start();
    const leader = await cluster.leader();
    const { stream } = await leader.propose(create('web'), call());
    expect(stream).toMatchObject({
      name: 'web',
      state: 'ACTIVE',
      prefix: `web/${stream?.incarnation ?? 0}/`,
    });
    for (const node of cluster.nodes.values()) {
      expect(await node.getStream(selector('web'), 'linearizable', call())).toMatchObject({ name: 'web' });
    }
  });

  it('forward a write from a follower, and answer it there with what it applied', async () => {
    cluster = await NodeCluster.start();
    const follower = followerOf(await cluster.leader(), cluster);
    await follower.propose(create('web'), call());
    expect(await follower.getStream(selector('web'), 'local', call())).toMatchObject({ name: 'web' });
  });

  it('execute one request id once, whatever node repeats it', async () => {
    cluster = await NodeCluster.start();
    const leader = await cluster.leader();
    const id = randomUUID();
    const first = await leader.propose(create('web'), call(id));
    const again = await followerOf(leader, cluster).propose(create('web'), call(id));
    expect(again.changed).toBe(false);
    expect(again.stream?.incarnation).toBe(first.stream?.incarnation);
  });

  it('keep every acknowledged write when the leader goes', async () => {
    cluster = await NodeCluster.start();
    const leader = await cluster.leader();
    await Promise.all(Array.from({ length: 50 }, (_, at) => leader.propose(create(`s${at}`), call())));
    await cluster.stopNode(leader.memberId);
    const next = await cluster.leader();
    const page = await next.listStreams(
      { tenant: '', namePrefix: '', states: [], pageSize: 100, after: undefined },
      'linearizable',
      call(),
    );
    expect(page.streams).toHaveLength(50);
  });

  it('refuse writes and linearizable reads without a majority, and take them again with it', async () => {
    cluster = await NodeCluster.start(3, { electionTicks: 50 });
    const leader = await cluster.leader();
    const others = [...cluster.nodes.keys()].filter((id) => id !== leader.memberId);
    for (const id of others) await cluster.stopNode(id);
    await cluster.until(() => (leader.leaderHint() === undefined ? true : undefined));
    await expect(leader.propose(create('web'), call())).rejects.toMatchObject({ reason: 'NO_LEADER' });
    await expect(leader.getStream(selector('web'), 'linearizable', call())).rejects.toMatchObject({
      reason: 'NO_LEADER',
    });
    await cluster.startNode(others[0]!);
    await (await cluster.leader()).propose(create('web'), call());
  });

  it('restart with what they had', async () => {
    cluster = await NodeCluster.start();
    await (await cluster.leader()).propose(create('web'), call());
    await cluster.stopAll();
    await Promise.all([1, 2, 3].map((id) => cluster!.startNode(id)));
    cluster.campaign(1);
    const leader = await cluster.leader();
    expect(await leader.getStream(selector('web'), 'linearizable', call())).toMatchObject({
      state: 'ACTIVE',
    });
  });

  it('bring a follower that missed more than the kept log back by a snapshot', async () => {
    cluster = await NodeCluster.start(3, { snapshotEntries: 50, keepEntries: 10 });
    const leader = await cluster.leader();
    const follower = followerOf(leader, cluster).memberId;
    await cluster.stopNode(follower);
    for (let round = 0; round < 10; round++) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => leader.propose(create(`s${round}-${at}`), call())),
      );
    }
    await cluster.until(() => (cluster!.storage(leader.memberId).log.start.index > 100 ? true : undefined));
    const back = await cluster.startNode(follower);
    await cluster.until(() => back.leaderHint());
    expect(await back.getStream(selector('s0-0'), 'linearizable', call())).toMatchObject({ name: 's0-0' });
    expect((await back.nodeView()).snapshotIndex).toBeGreaterThan(100);
    expect((await back.nodeView()).digest).toBe((await leader.nodeView()).digest);
  });

  it('hand leadership over on request and on an orderly stop', async () => {
    // Ten minutes: nobody comes to lead by an election timeout here.
    cluster = await NodeCluster.start(3, { electionTicks: 60_000 });
    const leader = await cluster.leader();
    const target = followerOf(leader, cluster).memberId;
    expect(await leader.transferLeadership(target, call())).toMatchObject({ leaderId: target });
    await cluster.stopNode(target);
    expect((await cluster.leader()).memberId).not.toBe(target);
  });

  it('refuse a member whose disk was wiped (S6)', async () => {
    cluster = await NodeCluster.start();
    await cluster.leader();
    await cluster.stopNode(3);
    await rm(join(cluster.directory, 'node-3'), { recursive: true });
    await expect(cluster.startNode(3)).rejects.toMatchObject({ kind: 'MEMBER_WIPED' });
    await cluster.node(3).stop();
    cluster.nodes.delete(3);
    await (await cluster.leader()).propose(create('web'), call());
  });

  it('follow streams through a watch on any node', async () => {
    cluster = await NodeCluster.start();
    const leader = await cluster.leader();
    const abort = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const item of followerOf(leader, cluster).watchStreams({
        startRevision: 0,
        tenant: undefined,
        namePrefix: '',
        progressIntervalMs: 0,
        signal: abort.signal,
      })) {
        if (item.kind === 'event') seen.push(`${item.event.kind} ${item.event.stream.name}`);
        if (seen.length === 3) abort.abort();
      }
    })();
    await leader.propose(create('web'), call());
    const marked = {
      kind: 'markDeleted',
      tenant: '',
      name: 'web',
      incarnation: 0,
      gracePeriodMs: 60_000,
      ifRevision: 0,
      allowMissing: false,
    } as const;
    await leader.propose(marked, call());
    await leader.propose(
      { kind: 'undelete', tenant: '', name: 'web', incarnation: 0, ifRevision: 0 },
      call(),
    );
    await following;
    expect(seen).toEqual(['CREATED web', 'DELETED web', 'UNDELETED web']);
  });

  it('name the field of bad input and change nothing', async () => {
    cluster = await NodeCluster.start(1);
    const leader = await cluster.leader();
    const before = leader.summary();
    await expect(leader.propose(create('../escape'), call())).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
      violations: [{ field: 'name' }],
    });
    expect(leader.summary()).toEqual(before);
  });
});
