/** The pipeline through real gRPC: order, repetition under the same ids, and plain words about each mutation. */
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient, SextonError, type Mutation, type MutationResult } from '../../src/client/index.js';
import { toRpcStatus } from '../../src/rpc/status.js';
import { endWith, FakeNode, startNodes, wireStream } from './fake-node.js';

const nodes: FakeNode[] = [];
const clients: SextonClient[] = [];

async function cluster(count: number): Promise<FakeNode[]> {
  const started = await startNodes(count);
  nodes.push(...started);
  return started;
}

function clientOf(endpoints: readonly FakeNode[], perTryTimeoutMs = 2_000): SextonClient {
  const client = new SextonClient({
    endpoints: endpoints.map(({ address }) => address),
    random: { next: () => 0 },
    initialBackoffMs: 2,
    perTryTimeoutMs,
  });
  clients.push(client);
  return client;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const node of nodes.splice(0)) node.stop();
});

interface SeenMutation {
  readonly sequence: number;
  readonly name: string;
  readonly requestId: string;
}

/** Calls `each` for every mutation that arrives; what it returns is the answer to it. */
function answering(node: FakeNode, each: (seen: SeenMutation) => object | undefined): SeenMutation[] {
  const all: SeenMutation[] = [];
  node.onMutate((call) => {
    call.on('data', ({ mutations }: { mutations: Parameters<typeof seenOf>[0][] }) => {
      const results: object[] = [];
      for (const mutation of mutations) {
        const seen = seenOf(mutation);
        all.push(seen);
        const answer = each(seen);
        if (answer !== undefined) results.push({ sequence: seen.sequence, ...answer });
      }
      if (results.length > 0) call.write({ results });
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  });
  return all;
}

function seenOf(mutation: {
  sequence: number;
  createStream?: { name: string; requestId: string } | null;
  deleteStream?: { name: string; requestId: string } | null;
}): SeenMutation {
  const inner = mutation.createStream ?? mutation.deleteStream;
  return { sequence: mutation.sequence, name: inner?.name ?? '', requestId: inner?.requestId ?? '' };
}

const done = ({ name }: SeenMutation): object => ({ stream: wireStream({ name }) });
const refused = (error: SextonError): object => ({ error: toRpcStatus(error) });
const creates = (count: number): Mutation[] =>
  Array.from({ length: count }, (_, index) => ({ kind: 'create', name: `s${index}` }));

async function all(results: AsyncIterable<MutationResult>): Promise<MutationResult[]> {
  const collected: MutationResult[] = [];
  for await (const result of results) collected.push(result);
  return collected.sort((a, b) => a.index - b.index);
}

describe('mutateStreams', () => {
  it('sends thousands in a few frames, in order, and yields each answer', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const seen = answering(node, done);
    const results = await all(clientOf([node]).mutateStreams(creates(3_000)));
    expect(results).toHaveLength(3_000);
    expect(results.every((result) => result.ok && result.stream?.name === `s${result.index}`)).toBe(true);
    expect(seen.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 3_000 }, (_, index) => index + 1),
    );
    expect(new Set(seen.map(({ requestId }) => requestId)).size).toBe(3_000);
    expect(node.requests('MutateStreams')).toHaveLength(1);
  });

  it('lets one fail and goes on with the rest; a delete that met nothing has no stream', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    answering(node, (seen) =>
      seen.name === 's1'
        ? refused(new SextonError('STREAM_EXISTS', 'there'))
        : seen.name === 'gone'
          ? {}
          : done(seen),
    );
    const mutations: Mutation[] = [...creates(3), { kind: 'delete', name: 'gone', allowMissing: true }];
    const results = await all(clientOf([node]).mutateStreams(mutations));
    expect(
      results.map((result) => (result.ok ? (result.stream?.name ?? 'nothing') : result.error.reason)),
    ).toEqual(['s0', 'STREAM_EXISTS', 's2', 'nothing']);
  });

  it('sends again under the same ids, in order, what a broken call left unanswered', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    const first = answering(a, (seen) => {
      if (seen.name === 's9') setImmediate(() => a.stop());
      return seen.sequence % 2 === 0 ? done(seen) : undefined;
    });
    const second = answering(b, done);
    const results = await all(clientOf([a, b]).mutateStreams(creates(10)));
    expect(results.map(({ ok }) => ok)).toEqual(Array.from({ length: 10 }, () => true));
    const idsOf = (name: string, list: readonly SeenMutation[]): string | undefined =>
      list.find((seen) => seen.name === name)?.requestId;
    for (const { name, requestId } of second) expect(requestId).toBe(idsOf(name, first));
    const order = second.map(({ name }) => Number(name.slice(1)));
    expect(order).toEqual([...order].sort((x, y) => x - y));
  });

  it('without retry calls what was sent and not answered unknown, and goes on with the rest', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    answering(a, () => {
      a.stop();
      return undefined;
    });
    answering(b, done);
    async function* source(): AsyncGenerator<Mutation> {
      yield { kind: 'create', name: 'lost' };
      await expect.poll(() => a.requests('MutateStreams').length).toBe(1);
      await expect.poll(() => results.length).toBe(1);
      yield { kind: 'create', name: 'kept' };
    }
    const results: MutationResult[] = [];
    for await (const result of clientOf([a, b]).mutateStreams(source(), { retry: false }))
      results.push(result);
    expect(results[0]).toMatchObject({ index: 0, ok: false, error: { reason: 'OUTCOME_UNKNOWN' } });
    expect(results[1]).toMatchObject({ index: 1, ok: true });
  });

  it('follows the leader that a refusal names, and keeps the order of each stream', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    const metadata = { leader_address: b.address };
    answering(a, () => refused(new SextonError('NOT_LEADER', 'moved', { metadata })));
    const seen = answering(b, done);
    const mutations: Mutation[] = [
      { kind: 'create', name: 'x' },
      { kind: 'delete', name: 'x' },
      { kind: 'create', name: 'y' },
    ];
    const results = await all(clientOf([a, b]).mutateStreams(mutations));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(seen.map(({ name }) => name)).toEqual(['x', 'x', 'y']);
  });

  it('spares a node that asks for it', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    let refusals = 0;
    answering(node, (seen) => {
      refusals += 1;
      return refusals === 1
        ? refused(new SextonError('TOO_MANY_REQUESTS', 'busy', { retryAfterMs: 20 }))
        : done(seen);
    });
    expect(await all(clientOf([node]).mutateStreams(creates(2)))).toMatchObject([{ ok: true }, { ok: true }]);
    expect(node.requests('MutateStreams')).toHaveLength(1);
  });

  it('leaves a node that takes frames and never answers', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    answering(a, () => undefined);
    answering(b, done);
    expect(await all(clientOf([a, b], 500).mutateStreams(creates(3)))).toHaveLength(3);
    expect(b.requests('MutateStreams')).toHaveLength(1);
  });

  it('gives a mutation up when its time is over: unknown if it was sent, unreachable if not', async () => {
    const [mute, gone] = (await cluster(2)) as [FakeNode, FakeNode];
    answering(mute, () => undefined);
    const unknown = await all(clientOf([mute]).mutateStreams(creates(1), { timeoutMs: 800 }));
    expect(unknown).toMatchObject([{ ok: false, error: { reason: 'OUTCOME_UNKNOWN' } }]);
    gone.stop();
    const unsent = await all(clientOf([gone]).mutateStreams(creates(1), { timeoutMs: 800 }));
    expect(unsent).toMatchObject([{ ok: false, error: { reason: 'UNREACHABLE' } }]);
  });

  it('holds no more unanswered than it may', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    let open = 0;
    let most = 0;
    node.onMutate((call) => {
      call.on('data', ({ mutations }: { mutations: { sequence: number }[] }) => {
        open += mutations.length;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= mutations.length;
          call.write({ results: mutations.map(({ sequence }) => ({ sequence, stream: wireStream() })) });
        });
      });
      call.on('end', () => call.end());
    });
    expect(await all(clientOf([node]).mutateStreams(creates(50), { maxInFlight: 4 }))).toHaveLength(50);
    expect(most).toBeLessThanOrEqual(4);
  });

  it('ends when the whole call is refused for good', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onMutate((call) => endWith(call, new SextonError('UNIMPLEMENTED', 'no')));
    await expect(all(clientOf([node]).mutateStreams(creates(2)))).rejects.toMatchObject({
      reason: 'UNIMPLEMENTED',
    });
  });

  it('throws what the source throws, once everything before it is answered', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    answering(node, done);
    function* source(): Generator<Mutation> {
      yield* creates(2);
      throw new Error('source');
    }
    const results: MutationResult[] = [];
    const reading = (async () => {
      for await (const result of clientOf([node]).mutateStreams(source())) results.push(result);
    })();
    await expect(reading).rejects.toThrow('source');
    expect(results).toHaveLength(2);
  });

  it('ends with the signal’s reason, and at once when the reader stops', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    answering(node, () => undefined);
    const controller = new AbortController();
    const pending = all(clientOf([node]).mutateStreams(creates(2), { signal: controller.signal }));
    await expect.poll(() => node.calls.length).toBe(1);
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    answering(node, done);
    async function* endless(): AsyncGenerator<Mutation> {
      yield { kind: 'create', name: 'one' };
      await new Promise(() => undefined);
    }
    for await (const result of clientOf([node]).mutateStreams(endless())) {
      expect(result.ok).toBe(true);
      break;
    }
  });

  it('refuses a mutation that no frame could carry, and does the others', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    answering(node, done);
    const big: Mutation = { kind: 'create', name: 'big', labels: { a: 'x'.repeat(400_000) } };
    const results = await all(clientOf([node]).mutateStreams([big, ...creates(1)]));
    expect(results).toMatchObject([{ ok: false, error: { reason: 'INVALID_ARGUMENT' } }, { ok: true }]);
  });
});
