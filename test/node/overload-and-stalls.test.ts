/** Whole nodes that can do no more: a leader whose disk or event loop stands still, and one that cannot commit. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateStream } from '../../src/catalog/types.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import type { SextonNode } from '../../src/node/node.js';
import { systemClock, type Clock } from '../../src/shared/clock.js';
import { deferred } from '../../src/shared/deferred.js';
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

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** From now on no log write of the node ends, until the returned function is called. */
function stallDisk(of: NodeCluster, id: number): () => void {
  const storage = of.storage(id);
  const appendLog = storage.appendLog.bind(storage);
  const released = deferred<void>();
  storage.appendLog = async (batch) => {
    await released.promise;
    return appendLog(batch);
  };
  return () => {
    storage.appendLog = appendLog;
    released.resolve();
  };
}

async function nextLeader(of: NodeCluster, before: SextonNode): Promise<SextonNode> {
  return of.until(async () => {
    for (const node of of.nodes.values()) {
      if (node === before) continue;
      if ((await node.leaderView().catch(() => undefined)) !== undefined) return node;
    }
    return undefined;
  });
}

describe('a leader', () => {
  it('whose disk stalls steps down and purges no more; the others go on', async () => {
    cluster = await NodeCluster.start();
    const leader = await cluster.leader();
    await cluster.until(() => (leader.engine?.leadership.isServing === true ? true : undefined));
    const release = stallDisk(cluster, leader.memberId);
    // Its own disk is not needed for this commit: two others have it. It is still no leader to keep.
    await leader.propose(create('before'), call()).catch(() => undefined);
    const next = await nextLeader(cluster, leader);
    expect(leader.engine?.core.role).not.toBe('leader');
    expect(leader.engine?.leadership.isServing).toBe(false);
    await next.propose(create('after'), call());
    release();
    await cluster.until(() => (leader.appliedIndex() >= next.appliedIndex() ? true : undefined));
  });

  it('whose event loop stood still steps down', async () => {
    const skips = new Map<number, { ms: number }>();
    cluster = await NodeCluster.start(3, {}, (id) => {
      const skip = { ms: 0 };
      skips.set(id, skip);
      // For this process time jumps between two timers, as it does for one that was not run.
      const clock: Clock = {
        monotonicMs: () => systemClock.monotonicMs() + skip.ms,
        wallMs: () => systemClock.wallMs(),
        setTimer: (delayMs, callback) => systemClock.setTimer(delayMs, callback),
      };
      return { clock };
    });
    const leader = await cluster.leader();
    const { term } = leader.engine!.core;
    skips.get(leader.memberId)!.ms += 60_000;
    await cluster.until(() => (leader.engine!.core.term > term ? true : undefined));
    await (await cluster.leader()).propose(create('after'), call());
  });

  it('that cannot commit refuses beyond its limit, to its own callers and to those of followers', async () => {
    cluster = await NodeCluster.start(3, { maxUncommittedBytes: 4_000, proposalTimeoutMs: 60_000 });
    const leader = await cluster.leader();
    const followers = [...cluster.nodes.keys()].filter((id) => id !== leader.memberId);
    const release = followers.map((id) => stallDisk(cluster!, id));
    // Alive, so that the leader stays; but nothing of theirs gets to a disk.
    const pending: Promise<unknown>[] = [];
    const refused = async (node: SextonNode): Promise<unknown> => {
      const lastIndex = () => leader.engine?.core.status().lastIndex ?? 0;
      for (let at = 0; at < 200; at++) {
        const before = lastIndex();
        const proposal = node.propose(create(`s${pending.length}`.padEnd(100, 'x')), call(60_000));
        let answer: unknown;
        const settled = proposal.then(
          () => (answer = 'committed'),
          (error: unknown) => (answer = error),
        );
        pending.push(settled);
        // Refused, or in the leader's log.
        if ((await cluster!.until(() => answer ?? (lastIndex() > before ? 'taken' : undefined))) !== 'taken')
          return answer;
      }
      return 'never refused';
    };
    const full = { reason: 'TOO_MANY_REQUESTS', retryAfterMs: 100, advice: 'later' };
    expect(await refused(leader)).toMatchObject(full);
    expect(await refused(cluster.node(followers[0]!))).toMatchObject(full);
    expect(leader.engine?.core.status().uncommittedBytes).toBeLessThanOrEqual(4_000);
    expect(leader.engine?.core.role).toBe('leader');
    const bytes = leader.engine?.core.status().uncommittedBytes ?? 0;
    expect(bytes).toBeGreaterThan(2_000);

    // With room again everything that was taken commits, and more is taken.
    for (const go of release) go();
    const outcomes = await Promise.all(pending);
    const taken = outcomes.filter((outcome) => !(outcome instanceof Error));
    expect(taken.length).toBeGreaterThan(10);
    expect(outcomes.length - taken.length).toBe(2);
    await leader.propose(create('after'), call());
  });
});
