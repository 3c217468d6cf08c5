/** P3 on real consensus: purges wait for the sessions of ingest nodes, whoever leads. */
import { afterEach, describe, expect, it } from 'vitest';
import type { CatalogReader, Command, SessionRecord, StreamRecord } from '../../src/catalog/types.js';
import { lifeStateOf } from '../../src/catalog/lifecycle.js';
import { readSession, readStreamByIncarnation } from '../../src/catalog/queries.js';
import type { ProposeOptions, ProposeResult, TakenUpStream } from '../../src/node/node-api.js';
import type { SextonNode } from '../../src/node/node.js';
import { startPurger } from '../../src/purge/purger.js';
import { systemClock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import {
  create,
  closeSession,
  expireSession,
  markDeleted,
  openSession,
} from '../catalog/support/memory-catalog.js';
import { MemoryObjectStore } from '../support/memory-object-store.js';
import { NodeCluster } from '../support/node-cluster.js';

const call = (): ProposeOptions => ({
  requestId: '',
  deadlineMs: 5_000,
  signal: new AbortController().signal,
});

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

async function start(): Promise<{ nodes: NodeCluster; store: MemoryObjectStore }> {
  const store = new MemoryObjectStore({ clock: systemClock });
  const nodes = await NodeCluster.start(3, {}, (id) => ({
    startService: (purgeCluster, signal) =>
      startPurger({
        cluster: purgeCluster,
        store: store.as(String(id)),
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        options: {},
        signal,
      }),
  }));
  cluster = nodes;
  return { nodes, store };
}

async function propose(nodes: NodeCluster, command: Command): Promise<ProposeResult> {
  return (await nodes.leader()).propose(command, call());
}

/** The leader that has taken the sessions over. */
async function leading(nodes: NodeCluster): Promise<SextonNode> {
  return nodes.until(async () => {
    const leader = await nodes.leader();
    return leader.sessions() === undefined ? undefined : leader;
  });
}

async function open(nodes: NodeCluster, times = {}): Promise<SessionRecord> {
  const lasting = { ttlMs: 3_600_000, uploadDeadlineMs: 3_600_000, coversEarlier: false };
  const { session } = await propose(nodes, openSession('ingest', { ...lasting, ...times }));
  if (session === undefined) throw new Error('no session');
  return session;
}

async function tombstone(nodes: NodeCluster, store: MemoryObjectStore, name: string): Promise<StreamRecord> {
  const { stream } = await propose(nodes, create(name));
  store.put(`${stream?.prefix ?? ''}data.parquet`);
  const deleted = await propose(nodes, markDeleted(name));
  if (deleted.stream === undefined) throw new Error('no stream');
  return deleted.stream;
}

async function keepAlive(
  nodes: NodeCluster,
  sessionId: number,
  drainedRevision: number,
  takenUp: readonly TakenUpStream[] = [],
): Promise<void> {
  const leader = await leading(nodes);
  await leader.sessions()?.keepAlive({ sessionId, drainedRevision, takenUp, renewOnly: false });
}

/** The catalog of the node that has applied most: what was answered is in it. */
function newestCatalog(nodes: NodeCluster): CatalogReader {
  const [newest] = [...nodes.nodes.values()].sort((a, b) => b.appliedIndex() - a.appliedIndex());
  return nodes.storage(newest?.memberId ?? 0).catalog;
}

function lifeOf(nodes: NodeCluster, { incarnation }: StreamRecord): string {
  return lifeStateOf(readStreamByIncarnation(newestCatalog(nodes), incarnation));
}

function drainOf(nodes: NodeCluster, { incarnation }: StreamRecord): number {
  return readStreamByIncarnation(newestCatalog(nodes), incarnation)?.drainRevision ?? 0;
}

/** The purger has asked about it and was told to wait. */
async function untilWaiting(nodes: NodeCluster, count: number): Promise<void> {
  await nodes.until(async () => {
    const leader = await leading(nodes);
    return leader.sessions()?.totals().waitingPurges === count ? true : undefined;
  });
}

const untilPurged = (nodes: NodeCluster, stream: StreamRecord): Promise<true> =>
  nodes.until(() => (lifeOf(nodes, stream) === 'PURGED' ? true : undefined));

describe('a purge', () => {
  it('waits for an open session, and begins when it has drained the stream', async () => {
    const { nodes, store } = await start();
    const session = await open(nodes);
    const dead = await tombstone(nodes, store, 'app');
    await untilWaiting(nodes, 1);
    await keepAlive(nodes, session.id, session.openedRevision);
    expect(lifeOf(nodes, dead)).toBe('DRAINING');
    expect(store.residue(dead.prefix)).toBe(1);
    await keepAlive(nodes, session.id, drainOf(nodes, dead));
    await untilPurged(nodes, dead);
    expect(store.residue(dead.prefix)).toBe(0);
  });

  it('waits for a session that covers earlier drains, and for a stream that its node has taken up again', async () => {
    const { nodes, store } = await start();
    const before = await open(nodes);
    const busy = await tombstone(nodes, store, 'busy');
    const calm = await tombstone(nodes, store, 'calm');
    await untilWaiting(nodes, 2);
    const helper = await open(nodes, { coversEarlier: true });
    expect(helper.openedRevision).toBe(0);
    const drained = Math.max(drainOf(nodes, busy), drainOf(nodes, calm));
    await keepAlive(nodes, before.id, drained);
    expect([lifeOf(nodes, busy), lifeOf(nodes, calm)]).toEqual(['DRAINING', 'DRAINING']);
    await keepAlive(nodes, helper.id, drained, [{ incarnation: busy.incarnation, lastSeenTimeMs: 1_000 }]);
    await untilPurged(nodes, calm);
    expect([lifeOf(nodes, busy), store.residue(busy.prefix)]).toEqual(['DRAINING', 1]);
    const leader = await leading(nodes);
    expect(leader.sessions()?.totals()).toMatchObject({ waitingPurges: 1, stillSentTo: 1 });
    await propose(nodes, {
      kind: 'retryPurge',
      tenant: '',
      name: 'busy',
      incarnation: 0,
      discardNewWrites: true,
    });
    await untilPurged(nodes, busy);
  });

  it('waits anew under a new leader, whatever the old one had been told', async () => {
    const { nodes, store } = await start();
    const session = await open(nodes);
    await keepAlive(nodes, session.id, session.openedRevision);
    const dead = await tombstone(nodes, store, 'app');
    await untilWaiting(nodes, 1);
    const old = await leading(nodes);
    await old.transferLeadership(0, call());
    await nodes.until(async () => ((await leading(nodes)) === old ? undefined : true));
    expect(old.sessions()).toBeUndefined();
    await untilWaiting(nodes, 1);
    const leader = await leading(nodes);
    expect(leader.sessions()?.list()).toMatchObject([{ drainedRevision: undefined, waitingPurges: 1 }]);
    await keepAlive(nodes, session.id, drainOf(nodes, dead));
    await untilPurged(nodes, dead);
  });

  it('begins at once when the session is closed settled', async () => {
    const { nodes, store } = await start();
    const session = await open(nodes);
    const dead = await tombstone(nodes, store, 'app');
    await untilWaiting(nodes, 1);
    await propose(nodes, closeSession(session.id, true));
    await untilPurged(nodes, dead);
  });

  it('waits one upload deadline for a session that has expired', async () => {
    const { nodes, store } = await start();
    const deadlineMs = 1_000;
    const session = await open(nodes, { ttlMs: 5_000, uploadDeadlineMs: deadlineMs });
    const dead = await tombstone(nodes, store, 'app');
    await untilWaiting(nodes, 1);
    const closedMs = performance.now();
    await propose(nodes, expireSession(session.id));
    await nodes.until(() => {
      if (lifeOf(nodes, dead) === 'DRAINING') return undefined;
      expect(readSession(newestCatalog(nodes), session.id)).toBeUndefined();
      return true;
    });
    expect(performance.now() - closedMs).toBeGreaterThan(deadlineMs);
    await untilPurged(nodes, dead);
  });
});

describe('a lease', () => {
  it('is not granted by a leader that is cut off, and goes on with its successor', async () => {
    const { nodes } = await start();
    const session = await open(nodes);
    const old = await leading(nodes);
    const sessions = old.sessions();
    nodes.network.isolate(old.memberId);
    const report = { sessionId: session.id, drainedRevision: session.id, takenUp: [], renewOnly: false };
    const refused = sessions?.keepAlive(report);
    await expect(refused).rejects.toBeInstanceOf(SextonError);
    await nodes.until(async () => {
      const others = [...nodes.nodes.values()].filter((node) => node !== old);
      return others.some((node) => node.sessions() !== undefined) ? true : undefined;
    });
    await keepAlive(nodes, session.id, session.id);
    nodes.network.heal();
  });
});
