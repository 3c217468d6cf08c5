/**
 * The purger on real consensus: three nodes, one bucket, and leaders that change in the middle of purges.
 * Every request that the bucket receives is judged when it leaves its sender.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { MarkDeleted } from '../../src/catalog/types.js';
import { readStreamByIncarnation } from '../../src/catalog/queries.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import { startPurger } from '../../src/purge/purger.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';
import { systemRandom } from '../../src/shared/random.js';
import { MemoryObjectStore } from '../support/memory-object-store.js';
import { NodeCluster } from '../support/node-cluster.js';

const OBJECTS = 600;
const DOOMED = ['a', 'b', 'c', 'd'];
const LIVE = ['x', 'y'];

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

interface Verdicts {
  readonly early: string[];
  readonly fromDeposed: Map<string, number>;
  sent: number;
  readonly senders: Set<string>;
}

/** P1 and P2 as the sender's own state shows them; and who else led when the batch left. */
function judge(nodes: NodeCluster, store: MemoryObjectStore): Verdicts {
  const verdicts: Verdicts = { early: [], fromDeposed: new Map(), sent: 0, senders: new Set() };
  store.onSend = ({ caller, targets }) => {
    verdicts.sent++;
    verdicts.senders.add(caller);
    const node = nodes.node(Number(caller));
    const engine = node.engine;
    for (const { key } of targets) {
      const incarnation = Number(key.split('/')[1]);
      const state =
        engine && readStreamByIncarnation(nodes.storage(node.memberId).catalog, incarnation)?.state;
      if (state !== 'PURGING') verdicts.early.push(`${key} was ${String(state)} on node ${caller}`);
    }
    if (engine?.core.role !== 'leader')
      verdicts.early.push(`node ${caller} sent as ${String(engine?.core.role)}`);
    const newer = [...nodes.nodes.values()].some(
      (other) => other.engine?.core.role === 'leader' && other.engine.core.term > (engine?.core.term ?? 0),
    );
    if (newer) {
      const term = `${caller} in term ${engine?.core.term ?? 0}`;
      verdicts.fromDeposed.set(term, (verdicts.fromDeposed.get(term) ?? 0) + 1);
    }
  };
  return verdicts;
}

async function start(store: MemoryObjectStore, batch: number): Promise<NodeCluster> {
  return NodeCluster.start(3, {}, (id) => ({
    startService: (purgeCluster, signal) =>
      startPurger({
        cluster: purgeCluster,
        store: store.as(String(id)),
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
        options: { deleteBatchMax: batch, requestConcurrencyMax: 4 },
        signal,
      }),
  }));
}

async function createAll(nodes: NodeCluster, store: MemoryObjectStore): Promise<Map<string, number>> {
  const leader = await nodes.leader();
  const incarnations = new Map<string, number>();
  for (const name of [...DOOMED, ...LIVE]) {
    const { stream } = await leader.propose(
      { kind: 'createStream', tenant: '', name, prefix: '', labels: [] },
      call(),
    );
    if (stream === undefined) throw new Error('no stream');
    incarnations.set(name, stream.incarnation);
    for (let at = 0; at < OBJECTS; at++)
      store.put(`${stream.prefix}date=2026-01-01/${String(at).padStart(5, '0')}.parquet`);
    store.put(`${stream.prefix}.stream/.stream.json`);
  }
  return incarnations;
}

/** Proposes until the outcome is known: a deleted stream that is deleted again is a success. */
async function markDeleted(nodes: NodeCluster, name: string): Promise<void> {
  const command: MarkDeleted = {
    kind: 'markDeleted',
    tenant: '',
    name,
    incarnation: 0,
    gracePeriodMs: 0,
    ifRevision: 0,
    allowMissing: false,
  };
  await nodes.until(async () => {
    for (const node of nodes.nodes.values()) {
      const done = await node.propose(command, call()).then(
        () => true,
        () => undefined,
      );
      if (done) return true;
    }
    return undefined;
  });
}

async function awaitPurged(nodes: NodeCluster): Promise<void> {
  await nodes.until(() => {
    const purged = [...nodes.nodes.values()].map((node) => node.summary().streams.PURGED);
    return Math.max(...purged) === DOOMED.length ? true : undefined;
  });
}

function expectNothingLeft(store: MemoryObjectStore, incarnations: ReadonlyMap<string, number>): void {
  for (const name of DOOMED) expect(store.residue(`${name}/${incarnations.get(name) ?? 0}/`)).toBe(0);
  for (const name of LIVE) expect(store.residue(`${name}/${incarnations.get(name) ?? 0}/`)).toBe(OBJECTS + 1);
}

describe('purges while leaders change', () => {
  it('send nothing before beginPurge is applied, nothing but as leader, and leave nothing (P1, P2, P4)', async () => {
    const store = new MemoryObjectStore({ clock: systemClock, latencyMs: 8 });
    cluster = await start(store, 20);
    const nodes = cluster;
    const incarnations = await createAll(nodes, store);
    const verdicts = judge(nodes, store);
    for (const name of DOOMED) await markDeleted(nodes, name);
    for (let round = 0; round < 6; round++) {
      const sent = verdicts.sent;
      await nodes.until(() =>
        verdicts.sent >= sent + 4 || nodes.node(1).summary().streams.PURGED === DOOMED.length
          ? true
          : undefined,
      );
      const leader = await nodes.leader();
      await leader.transferLeadership(0, call()).catch(() => undefined);
    }
    await awaitPurged(nodes);
    expect(verdicts.early).toEqual([]);
    expect(verdicts.senders.size).toBeGreaterThan(1);
    expectNothingLeft(store, incarnations);
  });

  it('end with a leader that was cut off: its successor finishes, and it sends at most what it had in hand', async () => {
    const store = new MemoryObjectStore({ clock: systemClock, latencyMs: 8 });
    cluster = await start(store, 20);
    const nodes = cluster;
    const incarnations = await createAll(nodes, store);
    const verdicts = judge(nodes, store);
    for (const name of DOOMED) await markDeleted(nodes, name);
    await nodes.until(() => (verdicts.sent >= 5 ? true : undefined));
    const cutOff = await nodes.leader();
    nodes.network.isolate(cutOff.memberId);
    await awaitPurged(nodes);
    nodes.network.heal();
    expect(verdicts.early).toEqual([]);
    // A batch whose quorum round trip was over when the network was cut, one for each request at once (P2).
    for (const batches of verdicts.fromDeposed.values()) expect(batches).toBeLessThanOrEqual(4);
    expectNothingLeft(store, incarnations);
    await nodes.until(() => (cutOff.summary().streams.PURGED === DOOMED.length ? true : undefined));
  });
});
