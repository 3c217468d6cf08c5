/** `sexton session list` against a node's real sessions. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeNode } from '../support/fake-node-api.js';
import { type GrpcFixture, startGrpc } from '../support/grpc-fixture.js';
import { ManualClock } from '../support/manual-clock.js';
import { run } from './run.js';

let fixture: GrpcFixture;
let reign: AbortController;

async function start(...nodeIds: readonly string[]): Promise<FakeNode> {
  const node = new FakeNode({ clock: new ManualClock() });
  fixture = await startGrpc(node);
  node.setLeader({ id: node.memberId, address: fixture.address });
  reign = new AbortController();
  await node.serveSessions(reign.signal);
  for (const nodeId of nodeIds) {
    node.apply({
      kind: 'openSession',
      nodeId,
      ttlMs: 30_000,
      uploadDeadlineMs: 60_000,
      coversEarlier: false,
    });
  }
  return node;
}

afterEach(async () => {
  reign.abort(new Error('the test is over'));
  await fixture.close();
});

const ask = (...args: readonly string[]) =>
  run(['session', 'list', ...args, `--endpoints=${fixture.address}`], { columns: 120 });

describe('session list', () => {
  it('is a table by node, and says what a new leader has not been told', async () => {
    const node = await start('ingest-b', 'ingest-a');
    node.apply({ kind: 'closeSession', sessionId: 1, settled: false });
    const { status, stdout, stderr } = await ask();
    expect([status, stderr]).toEqual([0, '']);
    const [head, ...rows] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^NODE +SESSION +STATE +LEASE +DRAINED +PURGES WAITING +OPENED/);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^ingest-a +2 +OPEN +30s +not told +0 +20/);
    // Its lease, a tenth longer for a holder whose clock is slower, then the deadline of its uploads.
    expect(rows[1]).toMatch(/^ingest-b +1 +EXPIRED +1m 33s +not told +0 +20/);
  });

  it('is one object a line in JSON, and takes the filters and the limit', async () => {
    await start('a', 'b', 'b');
    const lines = (await ask('-o', 'json', '--node', 'b')).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { nodeId: 'b', sessionId: '2', state: 'OPEN', ttlMs: 30_000, openedRevision: 2, waitingPurges: 0 },
      { nodeId: 'b', sessionId: '3' },
    ]);
    expect((await ask('-o', 'json', '--limit', '1')).stdout.trimEnd().split('\n')).toHaveLength(1);
    expect((await ask('-o', 'json', '--waiting')).stdout).toBe('');
    expect((await ask('--limit', '0')).status).toBe(3);
  });
});
