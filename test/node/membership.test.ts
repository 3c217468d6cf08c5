/** Membership changes with whole nodes: the way in, the way out, and who is refused for good. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateStream } from '../../src/catalog/types.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import type { SextonNode } from '../../src/node/node.js';
import type { NodeSettings } from '../../src/node/options.js';
import { SextonError } from '../../src/shared/errors.js';
import { NodeCluster } from '../support/node-cluster.js';

const call = (deadlineMs = 5_000): ProposeOptions => ({
  requestId: '',
  deadlineMs,
  signal: new AbortController().signal,
});
const create = (name: string): CreateStream => ({
  kind: 'createStream',
  tenant: '',
  name,
  prefix: '',
  labels: [],
});
const newcomer = (id = 0, address = `host-${id === 0 ? 4 : id}:7401`, directoryId = '') => ({
  id,
  address,
  directoryId,
});

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** Members ask after themselves, and the unreachable are noticed, an election timeout later: one second here. */
const start = (settings: Partial<NodeSettings> = {}): Promise<NodeCluster> =>
  NodeCluster.start(3, { electionTicks: 100, heartbeatTicks: 5, ...settings });

const PASSING: readonly unknown[] = ['NOT_LEADER', 'NO_LEADER', 'OUTCOME_UNKNOWN', 'LEARNER_NOT_READY'];

/** As a client does it: again on whoever leads, until the answer is one that will not change. */
function onLeader<T>(of: NodeCluster, act: (leader: SextonNode) => Promise<T | undefined>): Promise<T> {
  return of.until(async () => {
    try {
      return await act(await of.leader());
    } catch (error) {
      if (error instanceof SextonError && PASSING.includes(error.reason)) return undefined;
      throw error;
    }
  });
}

async function follower(of: NodeCluster): Promise<SextonNode> {
  const leader = await of.leader();
  const found = [...of.nodes.values()].find((node) => node !== leader);
  if (found === undefined) throw new Error('there is no follower');
  return found;
}

/** Once it has caught up. */
async function promote(of: NodeCluster, id: number): Promise<void> {
  await onLeader(of, (leader) => leader.promoteMember(id, call()));
}

async function addMember(of: NodeCluster, id: number): Promise<SextonNode> {
  await onLeader(of, (leader) => leader.addMember(newcomer(id), call()));
  const node = await of.joinNode(id);
  await promote(of, id);
  return node;
}

describe('a new member', () => {
  it('is added as a learner, bound to its directory, caught up and promoted', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    await leader.propose(create('before'), call());
    const joining = cluster.joinNode(4);
    const added = await leader.addMember(newcomer(), call());
    expect(added).toMatchObject({
      changed: true,
      member: { id: 4, address: 'host-4:7401', directoryId: '' },
    });
    const node = await joining;
    await promote(cluster, 4);
    const { directoryId } = cluster.storage(4).identity;
    const view = await leader.leaderView();
    expect(view?.peers.find(({ id }) => id === 4)).toMatchObject({ role: 'voter', directoryId });
    expect(
      await node.getStream({ tenant: '', name: 'before', incarnation: 0 }, 'linearizable', call()),
    ).toBeDefined();
    // It counts: with one of the old ones gone, three of four still decide.
    await cluster.stopNode((await follower(cluster)).memberId);
    await onLeader(cluster, (leader) => leader.propose(create('after'), call()));
  });

  it('is caught up by a snapshot when the log is gone, and keeps the configuration over it', async () => {
    cluster = await start({ snapshotEntries: 50, keepEntries: 10 });
    const leader = await cluster.leader();
    for (let round = 0; round < 8; round++) {
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => leader.propose(create(`s${round}-${at}`), call())),
      );
    }
    await cluster.until(() => (cluster!.storage(leader.memberId).log.start.index > 0 ? true : undefined));
    const node = await addMember(cluster, 4);
    expect((await node.nodeView()).snapshotIndex).toBeGreaterThan(0);
    expect((await node.nodeView()).core.configuration.voters.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect((await node.nodeView()).digest).toBe((await leader.nodeView()).digest);
  });

  it('tells how far behind it is while it cannot be promoted, and why', async () => {
    cluster = await start();
    const of = cluster;
    await onLeader(of, (leader) => leader.addMember(newcomer(4), call()));
    const obstacle = async (): Promise<string | undefined> =>
      (await onLeader(of, (leader) => leader.leaderView())).peers.find(({ id }) => id === 4)
        ?.promotionObstacle;
    const refusal = (): Promise<unknown> =>
      of.until(async () => {
        const error: unknown = await (
          await of.leader()
        )
          .promoteMember(4, call())
          .catch((each: unknown) => each);
        return error instanceof SextonError && error.reason === 'LEARNER_NOT_READY' ? error : undefined;
      });
    expect(await obstacle()).toBe('learner 4 was not heard from yet: start it at host-4:7401 with --join');
    expect(await refusal()).toMatchObject({ metadata: {} });
    await cluster.joinNode(4);
    await cluster.until(async () => ((await obstacle()) === '' ? true : undefined));
    await cluster.stopNode(4);
    await cluster.until(async () =>
      (await obstacle())?.includes('not heard from') === true ? true : undefined,
    );
    expect(await refusal()).toMatchObject({ metadata: { trailing_entries: expect.any(String) as string } });
  });

  it('comes back by itself after a restart, before and after it has heard of the leader', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    await leader.addMember(newcomer(4), call());
    await cluster.joinNode(4);
    await cluster.stopNode(4);
    const again = await cluster.joinNode(4);
    await promote(cluster, 4);
    await cluster.until(() => (again.engine?.core.role === 'follower' ? true : undefined));
  });

  it('learns who leads from whomever it was told of', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    const other = await follower(cluster);
    await leader.addMember(newcomer(4), call());
    const contact = { id: other.memberId, address: `host-${other.memberId}:7401`, directoryId: '' };
    await cluster.startNode(4, { join: true, initialMembers: [contact] });
    await promote(cluster, 4);
  });

  it('that was wiped is refused for good, like an initial one (S6)', async () => {
    cluster = await start();
    await addMember(cluster, 4);
    await cluster.stopNode(4);
    await rm(join(cluster.directory, 'node-4'), { recursive: true });
    await expect(cluster.joinNode(4)).rejects.toMatchObject({
      kind: 'MEMBER_WIPED',
      message: expect.stringContaining('sexton member remove 4') as string,
    });
    await cluster.node(4).stop();
    cluster.nodes.delete(4);
  });

  it('that starts without --join is told how it joins', async () => {
    cluster = await start();
    await cluster.leader();
    const members = [1, 2, 3, 4].map((id) => ({ id, address: `host-${id}:7401`, directoryId: '' }));
    await expect(cluster.startNode(4, { initialMembers: members })).rejects.toMatchObject({
      kind: 'CONFIG',
      message: expect.stringContaining('sexton member add 4 --address host-4:7401') as string,
    });
    await cluster.node(4).stop();
    cluster.nodes.delete(4);
  });

  it('is let in by a member that has not heard of it, if that is all that speaks against it', async () => {
    cluster = await start();
    const lagging = await follower(cluster);
    const { memberId } = lagging;
    cluster.network.isolate(memberId);
    await addMember(cluster, 4);
    const handshake = {
      clusterId: 'test',
      from: 4,
      to: memberId,
      directoryId: cluster.storage(4).identity.directoryId,
      initialized: true,
      knownDirectories: new Map<number, string>(),
    };
    const handler = cluster.network.handlerOf(memberId);
    // The stranger even leads: only by answering it can the lagging one learn who it is.
    await onLeader(cluster, (leader) => leader.transferLeadership(4, call()));
    expect(lagging.engine?.core.configuration.voters).toHaveLength(3);
    expect(await handler?.handshake(handshake)).toMatchObject({ from: memberId });
    cluster.network.heal();
    await cluster.until(() => (lagging.engine?.core.configuration.voters.length === 4 ? true : undefined));
    expect(await handler?.handshake({ ...handshake, directoryId: 'f'.repeat(32) })).toMatchObject({
      refusal: 'DIRECTORY_MISMATCH',
    });
  });
});

describe('a change', () => {
  it('may be repeated: what is so already is a success that changes nothing', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    expect(await leader.addMember(newcomer(), call())).toMatchObject({ changed: true });
    expect(await leader.addMember(newcomer(), call())).toMatchObject({ changed: false, member: { id: 4 } });
    expect(await leader.addMember(newcomer(4), call())).toMatchObject({ changed: false });
    expect(await leader.promoteMember(leader.memberId, call())).toMatchObject({ changed: false });
    expect(await leader.removeMember(4, call())).toMatchObject({ changed: true, member: undefined });
    expect(await leader.removeMember(4, call())).toMatchObject({ changed: false });
    expect(leader.engine?.core.configuration).toMatchObject({ highestId: 4 });
  });

  it('is refused for an id or address that is taken, and for an id that ever was', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    await leader.addMember(newcomer(7), call());
    await leader.removeMember(7, call());
    const refused = { reason: 'MEMBER_EXISTS' };
    await expect(leader.addMember(newcomer(7), call())).rejects.toMatchObject({
      ...refused,
      metadata: { next_member_id: '8' },
    });
    await expect(leader.addMember(newcomer(5), call())).rejects.toMatchObject(refused);
    await expect(leader.addMember(newcomer(8, 'host-1:7401'), call())).rejects.toMatchObject(refused);
    await expect(leader.addMember(newcomer(1, 'host-9:7401'), call())).rejects.toMatchObject(refused);
    await expect(leader.promoteMember(7, call())).rejects.toMatchObject({ reason: 'MEMBER_NOT_FOUND' });
    await expect(leader.removeMember(9, call())).rejects.toMatchObject({ reason: 'MEMBER_NOT_FOUND' });
    expect(await leader.addMember(newcomer(0, 'host-8:7401'), call())).toMatchObject({ member: { id: 8 } });
  });

  it('goes to the leader only', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    const other = await follower(cluster);
    await cluster.until(() => other.leaderHint());
    await expect(other.addMember(newcomer(4), call())).rejects.toMatchObject({
      reason: 'NOT_LEADER',
      metadata: { leader_id: String(leader.memberId), leader_address: `host-${leader.memberId}:7401` },
    });
  });

  it('whose leader is cut off has an unknown outcome', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    cluster.network.isolate(leader.memberId);
    await expect(leader.addMember(newcomer(4), call())).rejects.toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    cluster.network.heal();
  });

  it('that would lose the quorum is refused by who is really heard from', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    const [dead, alive] = [1, 2, 3].filter((id) => id !== leader.memberId) as [number, number];
    await cluster.stopNode(dead);
    await cluster.until(async () =>
      (await leader.leaderView())?.peers.find(({ id }) => id === dead)?.reachable === false
        ? true
        : undefined,
    );
    await expect(leader.removeMember(alive, call())).rejects.toMatchObject({ reason: 'QUORUM_AT_RISK' });
    await expect(leader.removeMember(leader.memberId, call())).rejects.toMatchObject({
      reason: 'QUORUM_AT_RISK',
    });
    await leader.removeMember(dead, call());
    await leader.propose(create('web'), call());
  });
});

describe('a removed member', () => {
  const isRemoved = async (node: SextonNode): Promise<true | undefined> =>
    (await node.nodeView()).removed ? true : undefined;

  it('is told, takes part no more, and disturbs nobody', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    const gone = await follower(cluster);
    const { term } = (await leader.nodeView()).core;
    await leader.removeMember(gone.memberId, call());
    await cluster.until(() => isRemoved(gone));
    await expect(gone.linearizableRead(call())).rejects.toMatchObject({
      reason: 'NODE_STOPPING',
      rawMessage: `member ${gone.memberId} was removed from the cluster; ask another one`,
    });
    expect(gone.leaderHint()).toBeUndefined();
    await leader.propose(create('web'), call());
    expect((await leader.nodeView()).core).toMatchObject({ term, role: 'leader' });
  });

  it('does not start again, and says how the machine becomes a new one', async () => {
    cluster = await start();
    const gone = (await follower(cluster)).memberId;
    await onLeader(cluster, (leader) => leader.removeMember(gone, call()));
    await cluster.stopNode(gone);
    await cluster.startNode(gone);
    const failure = await cluster.failure();
    expect(failure).toMatchObject({
      kind: 'MEMBER_REMOVED',
      exitStatus: 89,
      message: expect.stringContaining(`sexton member add --address host-${gone}:7401`) as string,
    });
  });

  it('with its disk wiped is told the same', async () => {
    cluster = await start();
    const gone = (await follower(cluster)).memberId;
    await onLeader(cluster, (leader) => leader.removeMember(gone, call()));
    await cluster.stopNode(gone);
    await rm(join(cluster.directory, `node-${gone}`), { recursive: true });
    await expect(cluster.startNode(gone)).rejects.toMatchObject({ kind: 'MEMBER_REMOVED' });
    await cluster.node(gone).stop();
    cluster.nodes.delete(gone);
  });

  it('that led answers the call, hands over, and knows it by itself', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    const { memberId } = leader;
    const answer = await leader.removeMember(memberId, call());
    expect(answer).toMatchObject({ changed: true, member: undefined });
    expect(answer.configuration.voters).toHaveLength(2);
    await cluster.until(() => isRemoved(leader));
    await cluster.stopNode(memberId);
    await onLeader(cluster, (leader) => leader.propose(create('web'), call()));
    // Its own log says so: nobody has to answer.
    for (const id of cluster.nodes.keys()) await cluster.stopNode(id);
    await cluster.startNode(memberId);
    expect(await cluster.failure()).toMatchObject({ kind: 'MEMBER_REMOVED' });
  });

  it('that led, and came later, hears that its removal is committed from members that list it no more', async () => {
    cluster = await start();
    const node = await addMember(cluster, 4);
    await onLeader(cluster, (leader) => leader.transferLeadership(4, call()));
    // Confirmed by a majority, and so with an entry of its own term committed.
    expect(await cluster.leader()).toBe(node);
    expect(await node.removeMember(4, call())).toMatchObject({ changed: true, member: undefined });
    await onLeader(cluster, (leader) => leader.propose(create('web'), call()));
  });

  it('that was a learner hears of it too', async () => {
    cluster = await start();
    const leader = await cluster.leader();
    await leader.addMember(newcomer(4), call());
    const learner = await cluster.joinNode(4);
    await cluster.until(() => learner.leaderHint());
    await leader.removeMember(4, call());
    await cluster.until(() => isRemoved(learner));
  });
});
