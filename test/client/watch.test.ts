/** A watch that resumes: nothing lost, nothing twice, through broken, silent and behind-hand nodes. */
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient, SextonError, type WatchItem, type WatchOptions } from '../../src/client/index.js';
import { endWith, FakeNode, startNodes, wireStream, type WatchCall } from './fake-node.js';

const nodes: FakeNode[] = [];
const clients: SextonClient[] = [];

async function cluster(count: number): Promise<FakeNode[]> {
  const started = await startNodes(count);
  nodes.push(...started);
  return started;
}

function clientOf(endpoints: readonly FakeNode[]): SextonClient {
  const client = new SextonClient({
    endpoints: endpoints.map(({ address }) => address),
    random: { next: () => 0 },
    initialBackoffMs: 2,
    requestTimeoutMs: 2_000,
  });
  clients.push(client);
  return client;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const node of nodes.splice(0)) node.stop();
});

const header = (revision: number, clusterId = 'c1'): object => ({
  revision,
  header: { clusterId, memberId: 1 },
});
const events = (...revisions: number[]): object => ({
  revision: revisions.at(-1),
  events: {
    events: revisions.map((revision) => ({
      type: 'STREAM_EVENT_TYPE_CREATED',
      revision,
      stream: wireStream({ name: `s${revision}`, revision }),
    })),
  },
});

function send(call: WatchCall, ...messages: object[]): void {
  for (const message of messages) call.write(message);
}

/** Reads until `enough` says so. */
async function collect(
  client: SextonClient,
  options: WatchOptions,
  enough: (items: readonly WatchItem[]) => boolean,
): Promise<WatchItem[]> {
  const items: WatchItem[] = [];
  for await (const item of client.watchStreams(options)) {
    items.push(item);
    if (enough(items)) break;
  }
  return items;
}

const revisions = (items: readonly WatchItem[]): number[] =>
  items.filter(({ kind }) => kind === 'event').map(({ revision }) => revision);
const untilEvents =
  (count: number) =>
  (items: readonly WatchItem[]): boolean =>
    revisions(items).length >= count;

describe('watchStreams', () => {
  it('yields where it begins, every event, and a bookmark after each message', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call) => send(call, header(5), events(6, 8), { revision: 11, progress: {} }));
    const items = await collect(
      clientOf([node]),
      { namePrefix: 'a', tenant: 't' },
      (seen) => seen.length === 5,
    );
    expect(items.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['progress', 5],
      ['event', 6],
      ['event', 8],
      ['progress', 8],
      ['progress', 11],
    ]);
    expect(items[1]).toMatchObject({ type: 'CREATED', stream: { name: 's6', state: 'ACTIVE' } });
    const [request] = node.requests('WatchStreams');
    expect(request).toMatchObject({ tenant: 't', allTenants: false, namePrefix: 'a' });
    expect(request).not.toHaveProperty('startRevision');
  });

  it('yields the bookmark again while nothing happens, but nothing of a node that is behind', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const bookmark = { progress: {} };
    node.onWatch((call) =>
      send(
        call,
        header(5),
        { revision: 5, ...bookmark },
        { revision: 5, ...bookmark },
        { revision: 4, ...bookmark },
        events(6),
      ),
    );
    const items = await collect(clientOf([node]), {}, untilEvents(1));
    expect(items.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['progress', 5],
      ['progress', 5],
      ['progress', 5],
      ['event', 6],
    ]);
  });

  it('W1 W2 goes on with another node from the last revision, and drops what it repeats', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.onWatch((call) => {
      send(call, header(0), events(1, 2), events(3));
      call.end();
    });
    b.onWatch((call) => send(call, header(2), events(2, 3), events(4), events(5)));
    const told: string[] = [];
    const items = await collect(
      clientOf([a, b]),
      { from: 0, onDisconnect: (_error, endpoint) => told.push(endpoint) },
      untilEvents(5),
    );
    expect(revisions(items)).toEqual([1, 2, 3, 4, 5]);
    expect(a.requests('WatchStreams')[0]).toMatchObject({ startRevision: 0 });
    expect(b.requests('WatchStreams')[0]).toMatchObject({ startRevision: 3 });
    expect(told).toEqual([a.address]);
  });

  it('W1 never repeats or loses anything when the node is killed again and again', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call) => {
      const from = call.request.startRevision ?? 0;
      send(call, header(from), events(from + 1, from + 2));
      setImmediate(() => {
        node.stop();
        node.listen().catch(() => undefined); // The test is over, and has stopped it for good.
      });
    });
    const items = await collect(clientOf([node]), { from: 0 }, untilEvents(8));
    expect(revisions(items).slice(0, 8)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('W1 refuses a node that begins later than asked', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call) => send(call, header(9)));
    await expect(collect(clientOf([node]), { from: 5 }, () => false)).rejects.toMatchObject({
      reason: 'INTERNAL',
    });
  });

  it('W4 leaves a node that falls silent', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.onWatch((call) => send(call, header(0), events(1)));
    b.onWatch((call) => send(call, header(1), events(2)));
    const items = await collect(clientOf([a, b]), { from: 0, progressIntervalMs: 100 }, untilEvents(2));
    expect(revisions(items)).toEqual([1, 2]);
  });

  it('resumes after being told that it reads too slowly', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call, nth) => {
      send(call, header(nth - 1), events(nth));
      if (nth === 1) endWith(call, new SextonError('TOO_MANY_REQUESTS', 'slow', { retryAfterMs: 5 }));
    });
    expect(revisions(await collect(clientOf([node]), { from: 0 }, untilEvents(2)))).toEqual([1, 2]);
  });

  it('ends with REVISION_COMPACTED unless it may list again', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const metadata = { oldest_revision: '40' };
    node.onWatch((call) => endWith(call, new SextonError('REVISION_COMPACTED', 'gone', { metadata })));
    const watch = collect(clientOf([node]), { from: 3 }, () => false);
    await expect(watch).rejects.toMatchObject({ reason: 'REVISION_COMPACTED', metadata });
  });

  it('lists again after compaction when it may, and goes on from there', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call, nth) => {
      if (nth === 1) endWith(call, new SextonError('REVISION_COMPACTED', 'gone'));
      else send(call, header(50), events(51));
    });
    node.on('ListStreams', ({ pageToken }: { pageToken: string }) => ({
      streams: [wireStream({ name: pageToken === '' ? 'one' : 'two' })],
      nextPageToken: pageToken === '' ? 'more' : '',
      revision: 50,
    }));
    const items = await collect(clientOf([node]), { from: 3, onCompacted: 'relist' }, untilEvents(1));
    const snapshots = items.filter((item) => item.kind === 'snapshot');
    expect(snapshots.map(({ first, last, streams }) => [first, last, streams[0]?.name])).toEqual([
      [true, false, 'one'],
      [false, true, 'two'],
    ]);
    expect(revisions(items)).toEqual([51]);
    expect(node.requests('WatchStreams')[1]).toMatchObject({ startRevision: 50 });
    expect(node.requests('ListStreams')[0]).toMatchObject({ showDeleted: true, allTenants: true });
  });

  it('begins with a listing when asked to', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('ListStreams', () => ({ streams: [wireStream()], revision: 20 }));
    node.onWatch((call) => send(call, header(20), events(21)));
    const items = await collect(clientOf([node]), { from: 'list' }, untilEvents(1));
    expect(items.map(({ kind }) => kind)).toEqual(['snapshot', 'event']);
  });

  it('W3 takes a changed cluster for compaction', async () => {
    const [a, b] = (await cluster(2)) as [FakeNode, FakeNode];
    a.onWatch((call) => {
      send(call, header(0), events(1));
      call.end();
    });
    b.onWatch((call) => send(call, header(1, 'another'), events(2)));
    await expect(collect(clientOf([a, b]), { from: 0 }, () => false)).rejects.toMatchObject({
      reason: 'REVISION_COMPACTED',
      metadata: { cluster_id: 'another' },
    });
  });

  it('passes over kinds of events that it does not know, and still counts them', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const unknown = { revision: 4, events: { events: [{ type: 99, revision: 4, stream: wireStream() }] } };
    node.onWatch((call) => send(call, header(3), unknown, events(5)));
    const items = await collect(clientOf([node]), {}, untilEvents(1));
    expect(items.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['progress', 3],
      ['progress', 4],
      ['event', 5],
    ]);
  });

  it('fails when no node takes it in time, or when the request is wrong', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.onWatch((call) => endWith(call, new SextonError('INVALID_ARGUMENT', 'no')));
    await expect(collect(clientOf([node]), {}, () => false)).rejects.toMatchObject({
      reason: 'INVALID_ARGUMENT',
    });
    node.stop();
    const watch = collect(clientOf([node]), { connectTimeoutMs: 500 }, () => false);
    await expect(watch).rejects.toMatchObject({ reason: 'UNREACHABLE' });
  });

  it('ends its call at the node when the reader stops, by break, by signal or by closing the client', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const ended: Promise<void>[] = [];
    node.onWatch((call) => {
      ended.push(new Promise((resolve) => call.on('cancelled', resolve)));
      send(call, header(0));
    });
    const client = clientOf([node]);
    await collect(client, {}, () => true);
    await ended[0];
    const controller = new AbortController();
    const aborted = collect(client, { signal: controller.signal }, () => {
      controller.abort(new Error('enough'));
      return false;
    });
    await expect(aborted).rejects.toThrow('enough');
    await ended[1];
    const closed = collect(client, {}, () => {
      client.close();
      return false;
    });
    await expect(closed).rejects.toMatchObject({ reason: 'CANCELLED' });
  });
});
