/** A lease whose holder knows by itself what has drained: what is reported, when, and how it ends. Virtual time. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  SextonClient,
  SextonError,
  type ConfirmedReport,
  type SessionLease,
  type SessionLeaseOptions,
} from '../../src/client/index.js';
import type { UnaryCalls, UnaryMethod } from '../../src/client/transport.js';
import { VirtualClock } from '../support/virtual-clock.js';
import { FakeIngestTransport } from './ingest-transport.js';

const clients: SextonClient[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

class Transport extends FakeIngestTransport {
  sessions: readonly object[] = [];

  override async unary<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: UnaryCalls[Method]['request'],
    settings: Parameters<FakeIngestTransport['unary']>[3],
  ): Promise<UnaryCalls[Method]['response']> {
    if (method !== 'ListSessions') return super.unary(endpoint, method, request, settings);
    this.unaries.push({ method, request: request as Record<string, unknown> });
    const answer = { sessions: this.sessions, nextPageToken: '', revision: this.revision };
    return answer as unknown as UnaryCalls[Method]['response'];
  }
}

function listed(sessionId: string, fields: object = {}): object {
  return {
    sessionId,
    nodeId: 'ingest-1',
    state: 'SESSION_STATE_OPEN',
    ttl: { seconds: 30, nanos: 0 },
    uploadDeadline: { seconds: 60, nanos: 0 },
    openedRevision: 5,
    leaseRemaining: { seconds: 12, nanos: 0 },
    openTime: null,
    waitingPurges: 0,
    takenUpStreams: 0,
    ...fields,
  };
}

function cluster() {
  const clock = new VirtualClock();
  const transport = new Transport(() => clock.monotonicMs());
  const client = new SextonClient({ endpoints: 'a:1,b:1', transport, clock, random: { next: () => 0 } });
  clients.push(client);
  let drained = 0;
  const confirmed: ConfirmedReport[] = [];
  return {
    clock,
    transport,
    client,
    confirmed,
    reports: () => transport.frames.map(({ drainedRevision }) => drainedRevision),
    drain: (revision: number) => (drained = revision),
    hold: (options: Partial<SessionLeaseOptions> = {}): Promise<SessionLease> =>
      clock.run(
        client.sessions.hold({
          nodeId: 'ingest-1',
          drainedRevision: () => drained,
          onConfirmed: (report) => confirmed.push(report),
          ...options,
        }),
      ),
  };
}

describe('a held session', () => {
  it('reports what its holder says, never less than before nor than where it began', async () => {
    const { clock, transport, reports, hold, drain } = cluster();
    const lease = await hold({ reportEveryMs: 1_000 });
    expect(lease).toMatchObject({ sessionId: '9', resumed: false, floorRevision: 10 });
    await clock.advance(1_000);
    drain(15);
    await clock.advance(1_000);
    drain(12);
    await clock.advance(1_000);
    expect(reports()).toEqual([10, 10, 15, 15]);
    expect(transport.frames.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4]);
  });

  it('reports at least three times a TTL', async () => {
    const { clock, reports, hold } = cluster();
    await hold({ reportEveryMs: 600_000 });
    await clock.advance(30_000);
    expect(reports()).toHaveLength(4);
  });

  it('only renews while its holder cannot say, and keeps what it had reported', async () => {
    const { clock, transport, hold } = cluster();
    let drained: number | undefined = undefined;
    let asked = 0;
    await hold({
      reportEveryMs: 1_000,
      drainedRevision: () => drained,
      takenUp: () => {
        asked++;
        return [];
      },
    });
    expect(transport.frames[0]).toMatchObject({ drainedRevision: 10, renewOnly: true });
    expect(asked).toBe(0);
    drained = 15;
    await clock.advance(1_000);
    expect(transport.frames[1]).toMatchObject({ drainedRevision: 15, takenUp: [] });
    expect(transport.frames[1]?.renewOnly ?? false).toBe(false);
    drained = undefined;
    await clock.advance(1_000);
    expect(transport.frames[2]).toMatchObject({ drainedRevision: 15, renewOnly: true });
  });

  it('names the streams that its node has taken up again, as they are at each report', async () => {
    const { clock, transport, hold, drain } = cluster();
    let takenUp = [{ incarnation: 7, lastSeenTimeMs: 1_767_225_600_250 }];
    await hold({ reportEveryMs: 1_000, takenUp: () => takenUp });
    takenUp = [];
    drain(20);
    await clock.advance(1_000);
    expect(transport.frames).toMatchObject([
      {
        drainedRevision: 10,
        takenUp: [{ incarnation: 7, lastSeenTime: { seconds: 1_767_225_600, nanos: 250_000_000 } }],
      },
      { drainedRevision: 20, takenUp: [] },
    ]);
  });

  it('covers earlier drains only where its holder says so', async () => {
    for (const coversEarlier of [undefined, true]) {
      const { transport, hold } = cluster();
      await hold(coversEarlier === undefined ? {} : { coversEarlier });
      expect(transport.requests('OpenSession')).toMatchObject([{ coversEarlier: coversEarlier ?? false }]);
    }
  });

  it('reports at once what a purge waits for, and nothing else before its time', async () => {
    const { clock, transport, reports, hold, drain, confirmed } = cluster();
    let awaitedRevision = 0;
    transport.onFrame = (link, { sequence, drainedRevision }) => {
      const answer = {
        sequence: Number(sequence),
        drainedRevision: Number(drainedRevision),
        awaitedRevision,
      };
      queueMicrotask(() => link.answer(answer));
    };
    const lease = await hold();
    await clock.advance(100);
    drain(15);
    await clock.advance(9_000);
    expect(reports()).toEqual([10]);
    lease.nudge();
    await clock.advance(1);
    expect(reports()).toEqual([10, 15]);
    awaitedRevision = 20;
    await clock.advance(10_000);
    drain(20);
    lease.nudge();
    await clock.advance(100);
    expect(reports()).toEqual([10, 15, 15, 20]);
    expect(confirmed.at(-1)).toMatchObject({
      drainedRevision: 20,
      awaitedRevision: 20,
      leaseRemainingMs: 30_000,
    });
  });

  it('is resumed where the node has an open one: the newest, from what it has reported', async () => {
    const { transport, hold, reports } = cluster();
    transport.sessions = [
      listed('3'),
      listed('4', { drainedRevision: 8 }),
      listed('5', { state: 'SESSION_STATE_EXPIRED' }),
      listed('6', { nodeId: 'other' }),
    ];
    const lease = await hold({ resume: true });
    expect(lease).toMatchObject({ sessionId: '4', resumed: true, floorRevision: 8 });
    expect(transport.requests('ListSessions')).toMatchObject([{ nodeId: 'ingest-1' }]);
    expect(transport.requests('OpenSession')).toEqual([]);
    expect(reports()).toEqual([8]);
  });

  it('is opened where there is none to resume', async () => {
    const { transport, hold } = cluster();
    transport.sessions = [listed('5', { state: 'SESSION_STATE_EXPIRED' })];
    expect((await hold({ resume: true })).resumed).toBe(false);
    expect(transport.requests('OpenSession')).toMatchObject([{ nodeId: 'ingest-1' }]);
  });

  it.each([
    ['SESSION_EXPIRED', 'EXPIRED'],
    ['INVALID_ARGUMENT', 'REFUSED'],
  ] as const)('ends when the cluster answers %s', async (reason, end) => {
    const { clock, transport, hold, reports } = cluster();
    transport.onFrame = (link) => queueMicrotask(() => link.end(new SextonError(reason, 'so it is')));
    const lease = await hold();
    expect((await clock.run(lease.ended)).reason).toBe(end);
    await clock.advance(60_000);
    expect(reports()).toHaveLength(1);
  });

  it('outlives broken calls', async () => {
    const { clock, transport, hold } = cluster();
    const lease = await hold({ reportEveryMs: 1_000 });
    await clock.advance(10);
    transport.link.break();
    await clock.advance(5_000);
    expect(transport.links.length).toBeGreaterThan(1);
    expect(lease.leaseRemainingMs()).toBeGreaterThan(29_000);
  });

  it('that is left stays open, and one that is closed does not', async () => {
    const { clock, transport, hold, reports } = cluster();
    const left = await hold();
    left.leave();
    expect(await clock.run(left.ended)).toEqual({ reason: 'LEFT' });
    await clock.advance(60_000);
    expect(reports()).toHaveLength(1);
    expect(transport.requests('CloseSession')).toEqual([]);
    const closed = await hold();
    await clock.run(closed.close({ settled: true }));
    expect(transport.requests('CloseSession')).toMatchObject([{ sessionId: '9', settled: true }]);
  });

  it('ends with its client', async () => {
    const { clock, client, hold } = cluster();
    const lease = await hold();
    client.close();
    expect(await clock.run(lease.ended)).toEqual({ reason: 'LEFT' });
  });

  it.each([
    [{ ttlMs: 1_000 }, /ttlMs/],
    [{ uploadDeadlineMs: 0 }, /uploadDeadlineMs/],
    [{ reportEveryMs: 1 }, /reportEveryMs/],
  ])('is refused with %j', async (options, message) => {
    await expect(cluster().hold(options)).rejects.toThrow(message);
  });
});
