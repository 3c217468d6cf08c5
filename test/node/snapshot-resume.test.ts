/** A snapshot's stream that breaks, with whole nodes: it goes on where it stood, or begins anew, and never harms. */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { CreateStream } from '../../src/catalog/types.js';
import type { ProposeOptions } from '../../src/node/node-api.js';
import type { SextonNode } from '../../src/node/node.js';
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
  name: name.padEnd(120, 'x'),
  prefix: '',
  labels: [],
});
const STREAMS = 1_500;

let cluster: NodeCluster | undefined;
/** What each "receiving a snapshot" went on after, by node. */
let received: { readonly id: number; readonly after: number; readonly index: number }[] = [];
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** Three nodes; one that is down and behind by more than the log keeps, several chunks of state. */
async function withOneBehind(): Promise<{
  readonly cluster: NodeCluster;
  readonly leader: SextonNode;
  readonly behind: number;
  readonly chunks: number;
}> {
  received = [];
  const started = await NodeCluster.start(3, { snapshotEntries: 50, keepEntries: 10 }, (id) => ({
    logger: {
      ...silentLogger,
      info: (fields, message) => {
        if (message === 'receiving a snapshot') {
          received.push({ id, ...(fields as { after: number; index: number }) });
        }
      },
    },
  }));
  cluster = started;
  const first = await started.leader();
  const behind = [1, 2, 3].find((id) => id !== first.memberId) ?? 0;
  await started.stopNode(behind);
  for (let at = 0; at < STREAMS; at += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, i) => write(started, first, `s${at + i}`)));
  }
  const leader = await started.leader();
  await started.until(() => ((leader.engine?.core.status().lastIndex ?? 0) > STREAMS ? true : undefined));
  let chunks = 0;
  const source = await started.storage(leader.memberId).openSnapshot();
  for await (const chunk of source.chunks()) chunks += chunk.length > 0 ? 1 : 0;
  await source.close();
  expect(chunks).toBeGreaterThan(3);
  // A member that lagged in that burst may have got one too.
  received = [];
  return { cluster: started, leader, behind, chunks };
}

/** Through whoever leads, until it is known to be there. */
async function write(to: NodeCluster, through: SextonNode, name: string): Promise<void> {
  const requestId = randomUUID();
  const propose = (node: SextonNode) =>
    node.propose(create(name), { ...call(), requestId }).catch(() => undefined);
  if ((await propose(through)) === undefined) await to.until(async () => propose(await to.leader()));
}

async function caughtUp(node: SextonNode, leader: SextonNode): Promise<void> {
  await cluster?.until(() => (node.appliedIndex() >= leader.appliedIndex() ? true : undefined));
  expect((await node.nodeView()).digest).toBe((await leader.nodeView()).digest);
  expect(node.summary().streams.ACTIVE).toBe(STREAMS);
}

describe('a snapshot whose stream breaks', () => {
  it('after every single chunk goes on there, and sends no chunk twice', async () => {
    const { cluster, leader, behind, chunks } = await withOneBehind();
    let passed = 0;
    let inThisStream = 0;
    let streams = -1;
    cluster.network.onSnapshotChunk = () => {
      if (received.length !== streams) inThisStream = 0;
      streams = received.length;
      if (inThisStream === 1) throw new Error('cut');
      inThisStream++;
      passed++;
    };
    const node = await cluster.startNode(behind);
    await caughtUp(node, leader);
    expect(passed).toBe(chunks);
    expect(received.map(({ after }) => after)).toEqual(Array.from({ length: chunks }, (_, at) => at));
    expect(new Set(received.map(({ index }) => index)).size).toBe(1);
  });

  it('goes on there after the receiver was restarted', async () => {
    const { cluster, leader, behind, chunks } = await withOneBehind();
    let passed = 0;
    let open = false;
    cluster.network.onSnapshotChunk = () => {
      if (passed === 2 && !open) throw new Error('cut');
      passed++;
    };
    await cluster.startNode(behind);
    await cluster.until(() => (passed === 2 ? true : undefined));
    await cluster.stopNode(behind);
    const before = received.length;
    open = true;
    const node = await cluster.startNode(behind);
    await caughtUp(node, leader);
    // A stream may break once more while the receiver starts. None begins anew, and each goes on where the one before
    // it stood; the second chunk may have been on its way to the disk still when the receiver stopped.
    const after = received.slice(before).map((stream) => stream.after);
    expect([1, 2]).toContain(after[0]);
    expect(after).toEqual([...after].sort((a, b) => a - b));
    expect(new Set(received.map(({ index }) => index)).size).toBe(1);
    // Each break costs one chunk at most.
    expect(passed).toBeLessThanOrEqual(2 + chunks - (after[0] ?? 0) + after.length - 1);
  });

  it('begins anew with another leader', async () => {
    const { cluster, leader, behind } = await withOneBehind();
    let passed = 0;
    let open = false;
    cluster.network.onSnapshotChunk = () => {
      if (passed === 2 && !open) throw new Error('cut');
      passed++;
    };
    await cluster.startNode(behind);
    await cluster.until(() => (passed === 2 ? true : undefined));
    const other = [1, 2, 3].find((id) => id !== leader.memberId && id !== behind) ?? 0;
    await leader.transferLeadership(other, call());
    open = true;
    const next = await cluster.leader();
    expect(next.memberId).toBe(other);
    await caughtUp(cluster.node(behind), next);
    expect(received.at(-1)?.after).toBe(0);
  });

  it('leaves the receiver with what it had, and able to stop, while nothing comes', async () => {
    const { cluster, leader, behind } = await withOneBehind();
    let passed = 0;
    cluster.network.onSnapshotChunk = () => {
      if (passed === 1) throw new Error('cut');
      passed++;
    };
    const node = await cluster.startNode(behind);
    await cluster.until(() => (passed === 1 ? true : undefined));
    expect(node.summary().streams.ACTIVE).toBe(0);
    const shown = (await leader.leaderView())?.peers.find(({ id }) => id === behind)?.snapshot;
    expect(shown?.sentBytes).toBeGreaterThan(100_000);
    expect(shown?.approximateBytes).toBeGreaterThan(0);
    await cluster.stopNode(behind);
    expect(cluster.failures).toEqual([]);
  });
});
