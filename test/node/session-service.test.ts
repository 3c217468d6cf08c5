/** Leases, expiry and drained revisions as one leader holds them, on a clock that the test moves. */
import { afterEach, describe, expect, it } from 'vitest';
import { readSession, readStreamByIncarnation, readSummary } from '../../src/catalog/queries.js';
import type { Command, StreamRecord } from '../../src/catalog/types.js';
import type { SessionReport } from '../../src/node/session-api.js';
import { GATHER_MS } from '../../src/node/session-rounds.js';
import { SessionService } from '../../src/node/session-service.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import {
  closeSession,
  create,
  markDeleted,
  openSession,
  TestCatalog,
} from '../catalog/support/memory-catalog.js';
import { VirtualClock } from '../support/virtual-clock.js';

const TTL_MS = 30_000;
const DEADLINE_MS = 60_000;

function report(
  sessionId: number,
  drainedRevision: number,
  fields: Partial<SessionReport> = {},
): SessionReport {
  return { sessionId, drainedRevision, takenUp: [], renewOnly: false, ...fields };
}

/** Leaders come and go; the catalog and the time are one. */
class World {
  readonly clock = new VirtualClock();
  readonly catalog = new TestCatalog();
  readonly freed: string[] = [];
  readonly proposed: Command[] = [];
  rounds = 0;
  confirmFails: SextonError | undefined;
  proposalsFail: SextonError | undefined;
  /** Entries that are committed and not applied here. */
  unapplied = 0;
  #reign: AbortController | undefined;
  #running: Promise<void> = Promise.resolve();
  service!: SessionService;

  apply(command: Command): void {
    this.catalog.nowMs = this.clock.wallMs();
    const result = this.catalog.apply(command);
    if (!result.ok) throw new Error(result.refusal.message);
    const { session, stream, changed } = result;
    this.service?.applied(this.catalog.index, changed && session !== undefined ? [session.id] : []);
    if (changed && session === undefined) this.service?.streamsChanged([stream]);
  }

  open(fields: Parameters<typeof openSession>[1] = {}, nodeId = 'node'): number {
    this.apply(openSession(nodeId, { ttlMs: TTL_MS, uploadDeadlineMs: DEADLINE_MS, ...fields }));
    return this.catalog.index;
  }

  /** A stream that is deleted at once, and drains. */
  draining(name: string): StreamRecord {
    this.apply(create(name));
    const incarnation = this.catalog.index;
    this.apply(markDeleted(name));
    this.apply({ kind: 'beginDrain', incarnation });
    const stream = readStreamByIncarnation(this.catalog.store, incarnation);
    if (stream === undefined) throw new Error('no stream');
    return stream;
  }

  async lead(): Promise<void> {
    await this.depose();
    const reign = new AbortController();
    this.#reign = reign;
    this.service = new SessionService({
      storage: {
        catalog: this.catalog.store,
        iterateCatalog: ({ gte, lt }) => {
          const entries = this.catalog.store.range({ gte, lt });
          return (async function* () {
            await Promise.resolve();
            yield* entries;
          })();
        },
      },
      clock: this.clock,
      logger: silentLogger,
      commitIndex: () => this.catalog.index + this.unapplied,
      propose: async (command) => {
        if (this.proposalsFail !== undefined) throw this.proposalsFail;
        await Promise.resolve();
        this.proposed.push(command);
        this.catalog.nowMs = this.clock.wallMs();
        const result = this.catalog.apply(command);
        if (result.ok && result.session !== undefined)
          this.service.applied(this.catalog.index, [result.session.id]);
        return result;
      },
      confirm: async () => {
        this.rounds++;
        await Promise.resolve();
        if (this.confirmFails !== undefined) throw this.confirmFails;
      },
      freed: (streams) => this.freed.push(...streams.map(({ name }) => name)),
      signal: reign.signal,
    });
    await this.service.load(() => this.catalog.index);
    this.#running = this.service.run();
  }

  async depose(): Promise<void> {
    this.#reign?.abort(new SextonError('NOT_LEADER', 'deposed'));
    await this.#running;
  }

  async keepAlive(
    sessionId: number,
    drainedRevision: number,
    fields: Partial<SessionReport> = {},
  ): ReturnType<SessionService['keepAlive']> {
    return this.clock.run(this.service.keepAlive(report(sessionId, drainedRevision, fields)), 1_000);
  }

  async reasonOf(sessionId: number, drainedRevision: number): Promise<string> {
    return this.keepAlive(sessionId, drainedRevision).then(
      () => 'ok',
      (error: unknown) => (error as SextonError).reason,
    );
  }

  stateOf(sessionId: number): string {
    return readSession(this.catalog.store, sessionId)?.state ?? 'gone';
  }
}

let world: World;
afterEach(() => world.depose());

async function start(): Promise<World> {
  world = new World();
  await world.lead();
  return world;
}

describe('a purge', () => {
  it('waits for an open session and begins as soon as it has drained the stream', async () => {
    const { service } = await start();
    const id = world.open();
    const dead = world.draining('app');
    expect(service.readyToBegin(dead)).toBe(false);
    expect(service.waitingFor(dead)).toMatchObject({
      count: 1,
      nodeIds: ['node'],
      silentNodeIds: [],
      takenUp: [],
    });
    expect(await world.keepAlive(id, id)).toMatchObject({ awaitedRevision: dead.drainRevision });
    expect(service.readyToBegin(dead)).toBe(false);
    expect(await world.keepAlive(id, dead.drainRevision)).toEqual({
      leaseMs: TTL_MS,
      drainedRevision: dead.drainRevision,
      awaitedRevision: 0,
      revision: readSummary(world.catalog.store).revision,
    });
    expect(world.freed).toEqual(['app']);
    expect(service.readyToBegin(dead)).toBe(true);
  });

  it('does not wait for a session that was opened after the drain began', async () => {
    const { service } = await start();
    const dead = world.draining('app');
    world.open();
    expect(service.readyToBegin(dead)).toBe(true);
  });

  it('is released at once by a session that is closed settled, and after its lease and its deadline by one that is not', async () => {
    await start();
    const settled = world.open();
    const first = world.draining('a');
    expect(world.service.readyToBegin(first)).toBe(false);
    world.apply(closeSession(settled, true));
    await world.clock.advance(0);
    expect(world.freed).toEqual(['a']);

    const unsettled = world.open();
    const second = world.draining('b');
    expect(world.service.readyToBegin(second)).toBe(false);
    world.apply(closeSession(unsettled, false));
    await world.clock.advance(TTL_MS + DEADLINE_MS);
    expect(world.service.readyToBegin(second)).toBe(false);
    await world.clock.advance((TTL_MS + DEADLINE_MS) * 0.1 + 500);
    expect(world.freed).toEqual(['a', 'b']);
    expect(world.stateOf(unsettled)).toBe('gone');
  });

  it('waits out the slower clock of a holder whose session was closed, in its lease and in its upload', async () => {
    await start();
    const id = world.open();
    const dead = world.draining('app');
    expect(world.service.readyToBegin(dead)).toBe(false);
    world.apply(closeSession(id, false));
    // Granted right before. Committed time is over; a clock that is a tenth slower says 30 s and then 60 s only now.
    await world.clock.advance(1.1 * (TTL_MS + DEADLINE_MS) - 300);
    expect([world.stateOf(id), world.freed]).toEqual(['EXPIRED', []]);
    await world.clock.advance(800);
    expect([world.stateOf(id), world.freed]).toEqual(['gone', ['app']]);
  });

  it('waits for the lease of a session that was closed, also when another leader takes over and its wall clock is ahead', async () => {
    await start();
    const id = world.open();
    const dead = world.draining('app');
    world.apply(closeSession(id, false));
    world.clock.wallOffsetMs = 24 * 3_600_000;
    await world.lead();
    expect(world.service.readyToBegin(dead)).toBe(false);
    await world.clock.advance(1.1 * (TTL_MS + DEADLINE_MS) - 300);
    expect([world.stateOf(id), world.freed]).toEqual(['EXPIRED', []]);
    await world.clock.advance(800);
    expect([world.stateOf(id), world.freed]).toEqual(['gone', ['app']]);
  });

  it('waits anew for each session when another leader takes over', async () => {
    await start();
    const id = world.open();
    const dead = world.draining('app');
    await world.keepAlive(id, dead.drainRevision);
    expect(world.service.readyToBegin(dead)).toBe(true);
    await world.lead();
    expect(world.service.list()).toMatchObject([{ drainedRevision: undefined, waitingPurges: 0 }]);
    expect(world.service.readyToBegin(dead)).toBe(false);
    expect(world.service.list()).toMatchObject([{ drainedRevision: undefined, waitingPurges: 1 }]);
    await world.keepAlive(id, dead.drainRevision);
    expect(world.service.readyToBegin(dead)).toBe(true);
  });

  it('that was asked about before its drain was covered is freed as soon as it is', async () => {
    const { service } = await start();
    world.apply(create('app'));
    const { index } = world.catalog;
    const stream = readStreamByIncarnation(world.catalog.store, index);
    if (stream === undefined) throw new Error('no stream');
    // The purger reads the store, which is a moment ahead of what is told.
    expect(service.readyToBegin({ ...stream, drainRevision: index + 1 })).toBe(false);
    service.applied(index + 1, []);
    await world.clock.advance(0);
    expect(world.freed).toEqual(['app']);
  });

  it('waits until the sessions of its leader are loaded', async () => {
    await start();
    const dead = world.draining('app');
    const unloaded = new SessionService({
      storage: { catalog: world.catalog.store, iterateCatalog: () => (async function* () {})() },
      clock: world.clock,
      logger: silentLogger,
      commitIndex: () => world.catalog.index,
      propose: () => Promise.reject(new Error('nothing to propose')),
      confirm: () => Promise.resolve(),
      freed: () => undefined,
      signal: new AbortController().signal,
    });
    unloaded.applied(world.catalog.index, []);
    expect(unloaded.readyToBegin(dead)).toBe(false);
    await unloaded.load(() => world.catalog.index);
    expect(unloaded.readyToBegin(dead)).toBe(true);
  });
});

describe('a lease', () => {
  it('runs out by the monotonic clock, and the session is gone one upload deadline later', async () => {
    await start();
    const id = world.open();
    const dead = world.draining('app');
    expect(world.service.readyToBegin(dead)).toBe(false);
    await world.clock.advance(TTL_MS);
    expect(world.stateOf(id)).toBe('OPEN');
    // A tenth more, for a holder whose clock is slower.
    await world.clock.advance(TTL_MS * 0.1 + 500);
    expect(world.stateOf(id)).toBe('EXPIRED');
    expect(await world.reasonOf(id, id)).toBe('SESSION_EXPIRED');
    await world.clock.advance(DEADLINE_MS);
    expect([world.stateOf(id), world.service.readyToBegin(dead)]).toEqual(['EXPIRED', false]);
    await world.clock.advance(DEADLINE_MS * 0.1 + 500);
    expect([world.stateOf(id), world.freed]).toEqual(['gone', ['app']]);
    expect(world.proposed).toHaveLength(2);
  });

  it('goes on with each keep-alive, without an entry for any of them', async () => {
    await start();
    const id = world.open();
    const { index } = world.catalog;
    for (let at = 0; at < 20; at++) {
      await world.clock.advance(TTL_MS / 3);
      expect(await world.reasonOf(id, id)).toBe('ok');
    }
    expect(world.catalog.index).toBe(index);
    expect(world.service.list()[0]?.leaseRemainingMs).toBeCloseTo(TTL_MS - GATHER_MS);
  });

  it('is neither shortened nor lengthened by a wall clock that jumps', async () => {
    await start();
    const id = world.open();
    world.clock.wallOffsetMs = 24 * 3_600_000;
    await world.clock.advance(TTL_MS);
    expect(world.stateOf(id)).toBe('OPEN');
    await world.clock.advance(TTL_MS * 0.1 + 500);
    expect(world.stateOf(id)).toBe('EXPIRED');
    // Committed time passes the end of its uploads at once; this leader has not counted so far.
    world.clock.wallOffsetMs = 48 * 3_600_000;
    await world.clock.advance(DEADLINE_MS);
    expect(world.stateOf(id)).toBe('EXPIRED');
    await world.clock.advance(DEADLINE_MS * 0.1 + 500);
    expect(world.stateOf(id)).toBe('gone');
  });

  it('does not settle before committed time says so, and asks without flooding the log', async () => {
    await start();
    const id = world.open();
    await world.clock.advance(TTL_MS * 1.1 + 500);
    world.clock.wallOffsetMs = -3_600_000;
    await world.clock.advance(600_000);
    expect([world.stateOf(id), world.proposed.length]).toEqual(['EXPIRED', 1]);
    await world.clock.advance(3_600_000);
    expect([world.stateOf(id), world.proposed.length]).toEqual(['gone', 2]);
  });

  it('is granted anew by a leader that takes over', async () => {
    await start();
    const id = world.open();
    await world.clock.advance(TTL_MS - 1000);
    await world.lead();
    await world.clock.advance(TTL_MS);
    expect(world.stateOf(id)).toBe('OPEN');
    expect(await world.reasonOf(id, id)).toBe('ok');
  });

  it('that has run out stays so, also while its entry cannot be committed', async () => {
    await start();
    const id = world.open();
    world.proposalsFail = new SextonError('NO_LEADER', 'no majority');
    await world.clock.advance(TTL_MS * 1.1 + 500);
    expect([world.stateOf(id), await world.reasonOf(id, id)]).toEqual(['OPEN', 'SESSION_EXPIRED']);
    world.proposalsFail = undefined;
    await world.clock.advance(500);
    expect(world.stateOf(id)).toBe('EXPIRED');
  });

  it('is not granted by a leader that a majority does not confirm', async () => {
    await start();
    const id = world.open();
    world.confirmFails = new SextonError('NO_LEADER', 'no majority');
    expect(await world.reasonOf(id, id)).toBe('NO_LEADER');
  });

  it('is not granted to a session that is closed while it is confirmed', async () => {
    await start();
    const id = world.open();
    const answer = world.reasonOf(id, id);
    world.apply(closeSession(id, true));
    expect(await answer).toBe('SESSION_EXPIRED');
  });

  it('ends with its leader for whoever waits', async () => {
    await start();
    const id = world.open();
    const answer = world.service.keepAlive(report(id, id));
    await world.depose();
    await expect(answer).rejects.toMatchObject({ reason: 'NOT_LEADER' });
  });
});

describe('a report', () => {
  it('shares its round with all others that come in the same moment', async () => {
    await start();
    const ids = Array.from({ length: 200 }, () => world.open());
    await world.clock.run(
      Promise.all(ids.map((sessionId) => world.service.keepAlive(report(sessionId, sessionId)))),
    );
    expect(world.rounds).toBe(1);
  });

  it('may not go back, nor below the opening, nor beyond what is committed', async () => {
    await start();
    world.draining('a');
    const id = world.open();
    world.draining('b');
    const { index } = world.catalog;
    expect(await world.reasonOf(id, id - 1)).toBe('INVALID_ARGUMENT');
    expect(await world.reasonOf(id, index + 1)).toBe('INVALID_ARGUMENT');
    world.unapplied = 1;
    expect(await world.reasonOf(id, index + 1)).toBe('ok');
    expect(await world.reasonOf(id, index)).toBe('INVALID_ARGUMENT');
    // Refused as it is, it does not keep the lease either, and takes nothing back.
    expect(world.service.list()).toMatchObject([{ drainedRevision: index + 1 }]);
  });

  it('of a session that nobody knows is refused for good, unless it may only not be applied yet', async () => {
    await start();
    const id = world.open();
    expect(await world.reasonOf(id + 1, id + 1)).toBe('SESSION_EXPIRED');
    expect(await world.reasonOf(1_000_000, id)).toBe('SESSION_EXPIRED');
    world.unapplied = 1;
    expect(await world.reasonOf(id + 1, id + 1)).toBe('NO_LEADER');
  });
});

describe('a report of streams that a node has taken up again', () => {
  const seen = (stream: StreamRecord, lastSeenTimeMs = 1_000) => ({
    incarnation: stream.incarnation,
    lastSeenTimeMs,
  });

  it('holds up those streams and no others, says who holds them since when, and frees them when they are gone', async () => {
    const { service } = await start();
    const [one, two] = [world.open({}, 'a'), world.open({}, 'b')];
    const busy = world.draining('busy');
    const calm = world.draining('calm');
    for (const dead of [busy, calm]) expect(service.readyToBegin(dead)).toBe(false);
    await world.keepAlive(one, calm.drainRevision, { takenUp: [seen(busy, 5_000)] });
    await world.keepAlive(two, calm.drainRevision, { takenUp: [seen(busy, 7_000)] });
    expect(world.freed).toEqual(['calm']);
    expect(service.waitingFor(busy)).toEqual({
      count: 0,
      nodeIds: [],
      silentNodeIds: [],
      takenUp: [
        { nodeId: 'b', lastSeenTimeMs: 7_000 },
        { nodeId: 'a', lastSeenTimeMs: 5_000 },
      ],
    });
    expect(service.totals()).toMatchObject({ waitingPurges: 1, stillSentTo: 1, awaited: 0 });
    expect(service.list()).toMatchObject([
      { takenUpStreams: 1, waitingPurges: 1 },
      { takenUpStreams: 1, waitingPurges: 1 },
    ]);
    await world.keepAlive(one, calm.drainRevision);
    expect(world.freed).toEqual(['calm']);
    await world.keepAlive(two, calm.drainRevision);
    expect(world.freed).toEqual(['calm', 'busy']);
  });

  it('counts from the moment that it moves the revision: nothing is free in between', async () => {
    const { service } = await start();
    const id = world.open();
    const dead = world.draining('app');
    expect(service.readyToBegin(dead)).toBe(false);
    await world.keepAlive(id, dead.drainRevision, { takenUp: [seen(dead)] });
    await world.clock.advance(1_000);
    expect([world.freed, service.readyToBegin(dead)]).toEqual([[], false]);
  });

  it('is given up by an operator for one stream, and frees it at once', async () => {
    const { service } = await start();
    const id = world.open();
    const dead = world.draining('app');
    await world.keepAlive(id, dead.drainRevision, { takenUp: [seen(dead)] });
    expect(service.readyToBegin(dead)).toBe(false);
    world.apply({ kind: 'retryPurge', tenant: '', name: 'app', incarnation: 0, discardNewWrites: true });
    const discarded = readStreamByIncarnation(world.catalog.store, dead.incarnation);
    expect(discarded?.purge.discardNewWrites).toBe(true);
    expect(service.readyToBegin(discarded ?? dead)).toBe(true);
  });

  it('ends with its session', async () => {
    const { service } = await start();
    const id = world.open();
    const dead = world.draining('app');
    await world.keepAlive(id, dead.drainRevision, { takenUp: [seen(dead)] });
    expect(service.readyToBegin(dead)).toBe(false);
    world.apply(closeSession(id, true));
    await world.clock.advance(0);
    expect(world.freed).toEqual(['app']);
  });

  it('that is refused for its revision changes nothing of what was named', async () => {
    const { service } = await start();
    const id = world.open();
    const dead = world.draining('app');
    await world.keepAlive(id, dead.drainRevision, { takenUp: [seen(dead)] });
    expect(await world.reasonOf(id, id)).toBe('INVALID_ARGUMENT');
    expect(service.readyToBegin(dead)).toBe(false);
  });
});

describe('a frame that only renews', () => {
  it('keeps the lease and all that was reported, whatever it says itself', async () => {
    const { service } = await start();
    const id = world.open();
    const busy = world.draining('busy');
    const named = { incarnation: busy.incarnation, lastSeenTimeMs: 1_000 };
    await world.keepAlive(id, busy.drainRevision, { takenUp: [named] });
    const later = world.draining('later');
    service.readyToBegin(later);
    await world.clock.advance(TTL_MS / 2);
    const lease = await world.keepAlive(id, 0, { renewOnly: true });
    expect(lease).toMatchObject({
      drainedRevision: busy.drainRevision,
      awaitedRevision: later.drainRevision,
    });
    expect(service.list()).toMatchObject([{ drainedRevision: busy.drainRevision, takenUpStreams: 1 }]);
    expect([service.readyToBegin(busy), service.readyToBegin(later)]).toEqual([false, false]);
    await world.clock.advance(TTL_MS * 0.75);
    expect(world.stateOf(id)).toBe('OPEN');
  });

  it('reports nothing to a new leader, which goes on waiting for the session', async () => {
    await start();
    const id = world.open();
    const dead = world.draining('app');
    await world.keepAlive(id, dead.drainRevision);
    await world.lead();
    await world.keepAlive(id, dead.drainRevision, { renewOnly: true });
    expect(world.service.list()).toMatchObject([{ drainedRevision: undefined }]);
    expect(world.service.readyToBegin(dead)).toBe(false);
    await world.keepAlive(id, dead.drainRevision);
    expect(world.freed).toEqual(['app']);
  });
});

describe('a session that covers earlier drains', () => {
  it('holds up what drained before it opened, under a new leader too, until it says otherwise', async () => {
    const { service } = await start();
    const dead = world.draining('app');
    expect(service.readyToBegin(dead)).toBe(true);
    const id = world.open({ coversEarlier: true });
    expect(service.readyToBegin(dead)).toBe(false);
    await world.lead();
    expect(world.service.readyToBegin(dead)).toBe(false);
    expect(await world.keepAlive(id, 0)).toMatchObject({ drainedRevision: 0 });
    expect(world.service.readyToBegin(dead)).toBe(false);
    await world.keepAlive(id, dead.drainRevision);
    expect(world.freed).toEqual(['app']);
  });
});

describe('the list', () => {
  it('is ordered by node and session, with what each holds up and has left', async () => {
    await start();
    const ids = [world.open({}, 'b'), world.open({}, 'a'), world.open({}, 'b')];
    const dead = world.draining('app');
    world.service.readyToBegin(dead);
    await world.clock.advance(10_000);
    await world.keepAlive(ids[1] ?? 0, dead.drainRevision);
    world.apply(closeSession(ids[2] ?? 0, false));
    expect(
      world.service.list().map(({ record, waitingPurges }) => [record.nodeId, record.id, waitingPurges]),
    ).toEqual([
      ['a', 2, 0],
      ['b', 1, 1],
      ['b', 3, 1],
    ]);
    expect(world.service.list().map(({ leaseRemainingMs }) => Math.round(leaseRemainingMs / 1000))).toEqual([
      30, 20, 83,
    ]);
    const { revision } = readSummary(world.catalog.store);
    expect(world.service.totals()).toEqual({
      lagMax: revision - 1,
      awaited: 2,
      waitingPurges: 1,
      stillSentTo: 0,
    });
  });
});
