/** SIGKILL at any moment: what was acknowledged is there, on every node that comes back. */
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient, SextonError } from '../../src/client/index.js';
import { collect, testCluster, type TestCluster } from './processes.js';

const ROUNDS = 6;
const WRITERS = 8;

let running: TestCluster | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

describe('SIGKILL', () => {
  it('of any one node loses no acknowledged write', async () => {
    running = await testCluster();
    const { cluster, client } = running;
    cluster.start();
    await client.leaderStatus();
    const acknowledged = new Set<string>();
    let stop = false;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let at = 0; !stop; at++) {
        const name = `w${writer}-${at}`;
        await client.createStream({ name });
        acknowledged.add(name);
      }
    });
    for (let round = 0; round < ROUNDS; round++) {
      const written = acknowledged.size;
      while (acknowledged.size < written + 30) await new Promise((resolve) => setTimeout(resolve, 5));
      const { leader } = await client.leaderStatus();
      const member = round % 2 === 0 ? cluster.member(leader.memberId) : cluster.members[round % 3];
      await member?.kill();
      member?.start();
    }
    stop = true;
    await Promise.all(writers);
    // Every node by itself, once it has caught up: a linearizable read is served from its own state.
    for (const member of cluster.members) {
      const one = new SextonClient({ endpoints: [member.endpoint], requestTimeoutMs: 30_000 });
      const names = new Set((await collect(one.listStreams())).map(({ name }) => name));
      one.close();
      expect([...acknowledged].filter((name) => !names.has(name))).toEqual([]);
    }
  });

  it('of two nodes refuses writes and linearizable reads with NO_LEADER until one is back', async () => {
    running = await testCluster();
    const { cluster, client } = running;
    cluster.start();
    await client.createStream({ name: 'before' });
    const { leader } = await client.leaderStatus();
    const [first, second] = cluster.members.filter((member) => member.id !== leader.memberId);
    await first?.kill();
    await second?.kill();
    const left = new SextonClient({
      endpoints: [cluster.member(leader.memberId).endpoint],
      requestTimeoutMs: 4_000,
      maxTries: 200,
    });
    const refusal = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => 'answered',
        (error: unknown) => error,
      );
    // The leader that lost its followers steps down within an election timeout; a write that it took in
    // that time may still commit, and is told apart.
    expect(await refusal(left.createStream({ name: 'lost' }))).toSatisfy(
      (error) => error instanceof SextonError && ['NO_LEADER', 'OUTCOME_UNKNOWN'].includes(error.reason),
    );
    expect(await refusal(left.createStream({ name: 'refused' }))).toMatchObject({ reason: 'NO_LEADER' });
    expect(await refusal(left.getStream({ name: 'before' }))).toMatchObject({ reason: 'NO_LEADER' });
    expect((await left.getStream({ name: 'before' }, { consistency: 'local' })).stream.state).toBe('ACTIVE');
    left.close();
    first?.start();
    expect((await client.createStream({ name: 'after' })).state).toBe('ACTIVE');
    expect((await client.getStream({ name: 'before' })).stream.state).toBe('ACTIVE');
  });
});
