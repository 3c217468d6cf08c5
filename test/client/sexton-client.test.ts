/** Unary calls through real gRPC against nodes that move, hang, refuse, break and come back. */
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient, SextonError, type SextonClientOptions } from '../../src/client/index.js';
import { FakeNode, never, refuse, startNodes, wireStream } from './fake-node.js';

const nodes: FakeNode[] = [];
const clients: SextonClient[] = [];

async function cluster(count: number): Promise<FakeNode[]> {
  const started = await startNodes(count);
  nodes.push(...started);
  for (const node of started) node.on('GetNodeStatus', () => ({ leaderAddress: '' }));
  return started;
}

/** The first endpoint comes first, so that a test can say who is asked. */
function clientOf(endpoints: readonly FakeNode[], options: Partial<SextonClientOptions> = {}): SextonClient {
  const client = new SextonClient({
    endpoints: endpoints.map(({ address }) => address),
    random: { next: () => 0 },
    ...options,
  });
  clients.push(client);
  return client;
}

async function failure(promise: Promise<unknown>): Promise<SextonError> {
  const error = await promise.then(
    () => new Error('the call succeeded'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(SextonError);
  return error as SextonError;
}

/** For calls that are meant to fail: room for a second try on a machine that stands still for a second. */
const WHILE_IT_TRIES_MS = 2_500;

const created = (): unknown => ({ stream: wireStream() });

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const node of nodes.splice(0)) node.stop();
});

describe('answers', () => {
  it('turns a stream into plain values', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const purge = {
      phase: 'PURGE_PHASE_BLOCKED' as const,
      objectsDeleted: 12,
      blockedReason: 'BLOCKED_REASON_ACCESS_DENIED' as const,
      lastError: 'denied',
      nextAttemptTime: { seconds: 1_700_000_100, nanos: 0 },
    };
    node.on('GetStream', () => ({
      stream: wireStream({ state: 'STREAM_STATE_PURGING', purge }),
      revision: 42,
    }));
    const { stream, revision } = await clientOf([node]).getStream({ name: 'app' });
    expect(revision).toBe(42);
    expect(stream).toMatchObject({
      name: 'app',
      incarnation: 7,
      state: 'PURGING',
      labels: { team: 'core' },
      createTimeMs: 1_700_000_000_123,
      deleteTimeMs: undefined,
      purge: {
        phase: 'BLOCKED',
        blockedReason: 'ACCESS_DENIED',
        objectsDeleted: 12,
        nextAttemptTimeMs: 1_700_000_100_000,
        pauseTimeMs: undefined,
      },
    });
  });

  it('sends what it was asked, with a request id for writes and none for trials', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', created).on('DeleteStream', () => ({ stream: null }));
    const client = clientOf([node]);
    await client.createStream({ tenant: 't', name: 'app', labels: { a: 'b' } });
    await client.createStream({ name: 'app' }, { validateOnly: true });
    const gone = await client.deleteStream({ name: 'app', gracePeriodMs: 1_500, allowMissing: true });
    expect(gone).toBeUndefined();
    const [first, trial] = node.requests('CreateStream');
    expect(first).toMatchObject({ tenant: 't', labels: { a: 'b' }, validateOnly: false });
    expect(first?.['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(trial).toMatchObject({ requestId: '', validateOnly: true });
    expect(node.requests('DeleteStream')[0]).toMatchObject({
      gracePeriod: { seconds: 1, nanos: 500_000_000 },
      allowMissing: true,
    });
  });

  it('passes a refusal on as it is, after a single try', async () => {
    const [node, other] = (await cluster(2)) as [FakeNode, FakeNode];
    node.on('CreateStream', () => refuse('STREAM_EXISTS', { metadata: { incarnation: '7' } }));
    const error = await failure(clientOf([node, other]).createStream({ name: 'app' }));
    expect(error.reason).toBe('STREAM_EXISTS');
    expect(error.metadata).toEqual({ incarnation: '7' });
    expect(node.requests('CreateStream')).toHaveLength(1);
    expect(other.calls).toEqual([]);
  });

  it('names the fields of an invalid argument', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const violations = [{ field: 'name', description: 'is empty' }];
    node.on('CreateStream', () => refuse('INVALID_ARGUMENT', { violations }));
    const error = await failure(clientOf([node]).createStream({ name: '' }));
    expect(error.violations).toEqual(violations);
  });

  it('follows page tokens to the end, and only as far as it is read', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const pages = ['', 'p2', 'p3'];
    node.on('ListStreams', ({ pageToken }: { pageToken: string }) => {
      const at = pages.indexOf(pageToken);
      const streams = [wireStream({ name: `a${at}` }), wireStream({ name: `b${at}` })];
      return { streams, nextPageToken: pages[at + 1] ?? '', revision: 9 };
    });
    const client = clientOf([node]);
    const names: string[] = [];
    for await (const { name } of client.listStreams()) names.push(name);
    expect(names).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    for await (const { name } of client.listStreams()) if (name === 'b0') break;
    expect(node.requests('ListStreams')).toHaveLength(4);
    expect(node.requests('ListStreams')[0]).toMatchObject({ allTenants: true });
  });
});

describe('finding the leader', () => {
  it('follows the hint of a refusal and remembers it', async () => {
    const [a, b, c] = (await cluster(3)) as [FakeNode, FakeNode, FakeNode];
    a.on('CreateStream', () => refuse('NOT_LEADER', { metadata: { leader_address: c.address } }));
    c.on('CreateStream', created);
    const client = clientOf([a, b, c]);
    await client.createStream({ name: 'app' });
    await client.createStream({ name: 'app' });
    expect(a.requests('CreateStream')).toHaveLength(1);
    expect(b.requests('CreateStream')).toHaveLength(0);
    expect(c.requests('CreateStream')).toHaveLength(2);
  });

  it('learns the leader beside a call that another node forwarded', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    const asked = new Promise<void>((resolve) => {
      a.on('GetNodeStatus', () => {
        resolve();
        return { leaderAddress: b.address };
      });
    });
    a.on('CreateStream', created);
    b.on('CreateStream', created);
    const client = clientOf([a, b]);
    await client.createStream({ name: 'app' });
    await asked;
    await expect
      .poll(async () => {
        await client.createStream({ name: 'app' });
        return b.requests('CreateStream').length;
      })
      .toBeGreaterThan(0);
    expect(a.requests('GetNodeStatus')).toHaveLength(1);
  });

  it('goes on with the next node when the leader is gone, without waiting', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.on('CreateStream', created);
    b.on('CreateStream', created);
    const client = clientOf([a, b], { initialBackoffMs: 60_000, maxBackoffMs: 60_000 });
    await client.createStream({ name: 'app' });
    a.stop();
    await client.createStream({ name: 'app' });
    expect(b.requests('CreateStream')).toHaveLength(1);
  });

  it('asks round after round while there is no leader, and gets through when there is one', async () => {
    const three = (await cluster(3)) as [FakeNode, FakeNode, FakeNode];
    let refusals = 0;
    for (const node of three) {
      node.on('CreateStream', () => {
        refusals += 1;
        return refusals <= 7 ? refuse('NO_LEADER') : created();
      });
    }
    await clientOf(three, { initialBackoffMs: 1 }).createStream({ name: 'app' });
    expect(refusals).toBe(8);
    const ids = three.flatMap((node) => node.requests('CreateStream').map(({ requestId }) => requestId));
    expect(new Set(ids).size).toBe(1);
  });

  it('ends with NO_LEADER when none is elected in time', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', () => refuse('NO_LEADER'));
    const error = await failure(
      clientOf([node]).createStream({ name: 'app' }, { timeoutMs: WHILE_IT_TRIES_MS }),
    );
    expect(error.reason).toBe('NO_LEADER');
    expect(node.requests('CreateStream').length).toBeGreaterThan(1);
  });

  it('comes back to a node that was restarted', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetStream', () => ({ stream: wireStream(), revision: 1 }));
    const client = clientOf([node]);
    await client.getStream({ name: 'app' });
    node.stop();
    const pending = client.getStream({ name: 'app' });
    await node.listen();
    await pending;
  });
});

describe('what became of a call', () => {
  it('ends with UNREACHABLE when nobody listens, and says so with the address', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.stop();
    const error = await failure(
      clientOf([node]).createStream({ name: 'app' }, { timeoutMs: WHILE_IT_TRIES_MS }),
    );
    expect(error.reason).toBe('UNREACHABLE');
    expect(error.message).toContain(node.address);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('gives up a node that hangs, and repeats the write elsewhere under the same id', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.on('CreateStream', never);
    b.on('CreateStream', created);
    const client = clientOf([a, b], { perTryTimeoutMs: 500 });
    await client.createStream({ name: 'app' });
    expect(a.requests('CreateStream')).toHaveLength(1);
    expect(b.requests('CreateStream')[0]).toEqual(a.requests('CreateStream')[0]);
  });

  it('repeats OUTCOME_UNKNOWN under the same id until it is certain', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.on('DeleteStream', () => refuse('OUTCOME_UNKNOWN'));
    b.on('DeleteStream', () => ({ stream: wireStream({ state: 'STREAM_STATE_DELETED' }) }));
    const requestId = '7c9a1c1e-3f65-4d0e-9a53-0d9f6f4be111';
    const stream = await clientOf([a, b]).deleteStream({ name: 'app' }, { requestId });
    expect(stream?.state).toBe('DELETED');
    expect(a.requests('DeleteStream')).toEqual(b.requests('DeleteStream'));
    expect(a.requests('DeleteStream')[0]).toMatchObject({ requestId });
  });

  it('surfaces OUTCOME_UNKNOWN only when time is over, also when the last word was NO_LEADER', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', (_request, nth) => refuse(nth === 1 ? 'OUTCOME_UNKNOWN' : 'NO_LEADER'));
    const error = await failure(
      clientOf([node]).createStream({ name: 'app' }, { timeoutMs: WHILE_IT_TRIES_MS }),
    );
    expect(error.reason).toBe('OUTCOME_UNKNOWN');
    expect(node.requests('CreateStream').length).toBeGreaterThan(1);
  });

  it('calls a write whose connection broke unknown, and a read that ran out of time late', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', () => {
      node.stop();
      return never();
    });
    const client = clientOf([node]);
    expect(
      (await failure(client.createStream({ name: 'app' }, { timeoutMs: WHILE_IT_TRIES_MS }))).reason,
    ).toBe('OUTCOME_UNKNOWN');
    const [mute] = (await cluster(1)) as [FakeNode];
    mute.on('GetStream', never);
    const late = await failure(clientOf([mute]).getStream({ name: 'app' }, { timeoutMs: 100 }));
    expect(late.reason).toBe('DEADLINE_EXCEEDED');
  });

  it('waits as long as a busy node asks, and no longer than its own deadline', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', (_request, nth) =>
      nth === 1 ? refuse('TOO_MANY_REQUESTS', { retryAfterMs: 30 }) : created(),
    );
    await clientOf([node]).createStream({ name: 'app' });
    node.on('CreateStream', () => refuse('TOO_MANY_REQUESTS', { retryAfterMs: 60_000 }));
    const error = await failure(clientOf([node]).createStream({ name: 'app' }));
    expect(error).toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 60_000 });
  });

  it('does not repeat a transfer without a target that may have happened', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.on('TransferLeadership', never);
    b.on('TransferLeadership', () => ({ leader: { memberId: 2, address: b.address }, term: 4 }));
    const client = clientOf([a, b], { perTryTimeoutMs: 500 });
    expect((await failure(client.transferLeadership())).reason).toBe('OUTCOME_UNKNOWN');
    expect(b.requests('TransferLeadership')).toHaveLength(0);
    await expect(client.transferLeadership(2)).resolves.toMatchObject({ leader: { memberId: 2 }, term: 4 });
  });

  it('ends with the reason of the caller’s signal', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetStream', never);
    const controller = new AbortController();
    const pending = clientOf([node]).getStream({ name: 'app' }, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
  });

  it('ends calls under way when it is closed, and refuses later ones', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetStream', never).on('CreateStream', never);
    const client = clientOf([node]);
    const read = failure(client.getStream({ name: 'app' }));
    const write = failure(client.createStream({ name: 'app' }));
    await expect.poll(() => node.calls.length).toBe(2);
    client.close();
    expect((await read).reason).toBe('CANCELLED');
    expect((await write).reason).toBe('OUTCOME_UNKNOWN');
    expect((await failure(client.getStream({ name: 'app' }))).reason).toBe('CANCELLED');
  });
});

describe('one node', () => {
  it('asks exactly the node that was named for its status and its health', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    b.on('GetNodeStatus', () => ({
      memberId: 2,
      role: 'NODE_ROLE_LEADER',
      leaderAddress: b.address,
      term: 3,
    }));
    b.on('ListStreams', () => ({ streams: [] }));
    const client = clientOf([a, b]);
    expect(await client.nodeStatus(b.address)).toMatchObject({ memberId: 2, role: 'LEADER', term: 3 });
    expect(await client.checkHealth(b.address)).toMatchObject({ healthy: true });
    expect(b.requests('ListStreams')[0]).toMatchObject({
      consistency: 'CONSISTENCY_LINEARIZABLE',
      pageSize: 1,
    });
    a.on('ListStreams', () => refuse('NO_LEADER'));
    expect(await client.checkHealth(a.address)).toMatchObject({
      healthy: false,
      error: { reason: 'NO_LEADER' },
    });
    expect(a.requests('ListStreams')).toHaveLength(1);
  });
});
