/** What nodes say of themselves and of each other: a whole cluster in one process, and a node that is not in it yet. */
import { afterEach, describe, expect, it } from 'vitest';
import type { Command } from '../../src/catalog/types.js';
import type { PurgeCluster } from '../../src/purge/purge-cluster.js';
import { IDLE_PURGES, type PurgeStatus } from '../../src/purge/purge-status.js';
import { NodeCluster } from '../support/node-cluster.js';

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

const call = () => ({ signal: new AbortController().signal, deadlineMs: 5_000 });

describe('the leader', () => {
  it('shows who hears whom, and clocks that are one clock', async () => {
    // Members report what they hear once an election timeout.
    cluster = await NodeCluster.start(3, { electionTicks: 50 });
    const leader = await cluster.leader();
    const view = await cluster.until(async () => {
      const seen = await leader.leaderView();
      const known = seen?.links.filter(({ state, clock }) => state === 'heard' && clock !== undefined);
      return known?.length === 6 ? seen : undefined;
    });
    for (const { clock } of view.links) {
      expect(Math.abs(clock?.offsetMs ?? NaN)).toBeLessThanOrEqual((clock?.errorMs ?? 0) + 1.5);
    }
    const others = view.peers.filter(({ id }) => id !== leader.memberId);
    expect(others.every(({ clock }) => clock !== undefined)).toBe(true);
    expect(view.peers.find(({ id }) => id === leader.memberId)?.clock).toBeUndefined();
    expect(view.alarms.filter(({ kind }) => kind === 'CLOCK_OFFSET')).toEqual([]);
  });

  it('says what stops purges, and whose business it is', async () => {
    let purges: PurgeStatus = { ...IDLE_PURGES, stopKind: 'stateInDoubt', stoppedBecause: 'members differ' };
    cluster = await NodeCluster.start(1, {}, () => ({ purgeStatus: () => purges }));
    const leader = await cluster.leader();
    const alarms = async () =>
      (await leader.leaderView())?.alarms.map(({ kind, message }) => [kind, message]);
    expect(await alarms()).toEqual([['PURGES_STOPPED', 'nothing is purged: members differ']]);
    purges = { ...purges, stopKind: 'foreignMarker', stoppedBecause: 'storage: another cluster' };
    expect(await alarms()).toEqual([['FOREIGN_MARKER', 'nothing is purged: storage: another cluster']]);
  });
});

describe('the leader, of streams that live on', () => {
  it('names each that its writer has created again, and what became of it', async () => {
    const reborn = {
      incarnation: 7,
      tenant: 'acme',
      name: 'web',
      prefix: 'acme/web/',
      createdTimeMs: Date.UTC(2026, 0, 2),
      adoptedAs: 12,
      obstacle: '',
    };
    const held = {
      ...reborn,
      tenant: '',
      createdTimeMs: undefined,
      adoptedAs: undefined,
      obstacle: 'says why',
    };
    const purges: PurgeStatus = {
      ...IDLE_PURGES,
      running: true,
      stopKind: undefined,
      rebornStreams: [reborn, held],
    };
    cluster = await NodeCluster.start(1, {}, () => ({ purgeStatus: () => purges }));
    const view = await (await cluster.leader()).leaderView();
    const alarms = view?.alarms.filter(({ kind }) => kind === 'STREAM_REBORN');
    const [adopted, other] = alarms?.map(({ message }) => message) ?? [];
    expect(adopted).toMatch(
      /^stream acme\/web was purged, .* below acme\/web\/ at 2026-01-02T00:00:00.000Z, .* adopted as incarnation 12; stop its clients/,
    );
    expect(other).toMatch(/^stream web was purged, .* nothing below it is deleted; says why$/);
  });

  it('says that clients still send, how many purges wait for it, and the ways out', async () => {
    let purger: PurgeCluster | undefined;
    cluster = await NodeCluster.start(1, {}, () => ({
      startService: (purgeCluster, signal) => {
        purger = purgeCluster;
        return { done: new Promise((resolve) => signal.addEventListener('abort', () => resolve())) };
      },
    }));
    const nodes = cluster;
    const leader = await nodes.leader();
    const propose = (command: Command) => leader.propose(command, { ...call(), requestId: '' });
    const base = { tenant: '', name: 'app' };
    const { stream } = await propose({ kind: 'createStream', ...base, prefix: '', labels: [] });
    const { incarnation } = stream!;
    const lease = { ttlMs: 60_000, uploadDeadlineMs: 60_000, coversEarlier: false };
    const { session } = await propose({ kind: 'openSession', nodeId: 'ingest-1', ...lease });
    const life = { incarnation, gracePeriodMs: 0, ifRevision: 0, allowMissing: false };
    await propose({ kind: 'markDeleted', ...base, ...life });
    const { index: drainedRevision } = await propose({ kind: 'beginDrain', incarnation });
    const sessions = await nodes.until(() => leader.sessions());
    const named = { incarnation, lastSeenTimeMs: 1_000 };
    await sessions.keepAlive({ sessionId: session!.id, drainedRevision, takenUp: [named], renewOnly: false });
    const calm = await leader.leaderView();
    expect(calm?.alarms.filter(({ kind }) => kind === 'CLIENTS_STILL_SENDING')).toEqual([]);
    const draining = await nodes.until(() => purger?.stream(incarnation));
    expect(purger?.sessionsDrained(draining)).toBe(false);
    const view = await leader.leaderView();
    expect(view?.clientsStillSending).toBe(1);
    const alarm = view?.alarms.find(({ kind }) => kind === 'CLIENTS_STILL_SENDING');
    expect(alarm?.message).toMatch(/^1 purges wait because clients still send.*--discard-new-writes'$/);
  });
});

describe('a node that waits to be added', () => {
  it('says that it waits, from which directory, and nothing for the cluster', async () => {
    cluster = await NodeCluster.start(1, {}, () => ({
      diskSpace: () => Promise.resolve({ freeBytes: 1_000, totalBytes: 1e12 }),
    }));
    const leader = await cluster.leader();
    const joining = cluster.joinNode(4);
    const node = await cluster.until(() => cluster?.nodes.get(4));
    const view = await node.nodeView();
    expect(view).toMatchObject({
      joining: true,
      removed: false,
      memberId: 4,
      directoryId: cluster.storage(4).identity.directoryId,
      core: { term: 0, leader: 0, appliedIndex: 0, configuration: { voters: [], learners: [] } },
      links: [],
      diskFreeBytes: 1_000,
      alarms: [{ kind: 'DISK_NEARLY_FULL' }],
    });
    await expect(node.linearizableRead(call())).rejects.toMatchObject({ reason: 'NO_LEADER' });
    await leader.addMember({ id: 4, address: 'host-4:7401', directoryId: '' }, call());
    await joining;
    expect(await node.nodeView()).toMatchObject({ joining: false });
  });
});
