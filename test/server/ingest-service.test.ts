/** IngestService over real gRPC, with a leader and a follower: whichever is asked, the leader answers. */
import { status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeepAliveRequest } from '../../src/generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../../src/generated/sexton/v1/KeepAliveResponse.js';
import { readStreamByIncarnation } from '../../src/catalog/queries.js';
import { errorDetails } from '../../src/rpc/status.js';
import { FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

let leader: FakeNode;
let follower: FakeNode;
let atLeader: GrpcFixture;
let atFollower: GrpcFixture;
let reign: AbortController;

beforeEach(async () => {
  leader = new FakeNode({ memberId: 1 });
  follower = new FakeNode({ memberId: 2 });
  atLeader = await startGrpc(leader);
  atFollower = await startGrpc(follower);
  for (const node of [leader, follower]) node.setLeader({ id: 1, address: atLeader.address });
  reign = new AbortController();
  await leader.serveSessions(reign.signal);
});
afterEach(async () => {
  reign.abort(new Error('the test is over'));
  await atFollower.close();
  await atLeader.close();
});

const both = (): readonly (readonly [string, GrpcFixture])[] => [
  ['leader', atLeader],
  ['follower', atFollower],
];

const open = (at: GrpcFixture, fields = {}) =>
  unary(at.ingest, at.ingest.OpenSession, { nodeId: 'node-1', ...fields });
const close = (at: GrpcFixture, sessionId: string, settled: boolean) =>
  unary(at.ingest, at.ingest.CloseSession, { sessionId, settled });
const list = (at: GrpcFixture, fields = {}) => unary(at.ingest, at.ingest.ListSessions, fields);

async function opened(at: GrpcFixture, nodeId = 'node-1'): Promise<number> {
  return Number((await open(at, { nodeId })).session?.sessionId);
}

/** A stream that drains; the purger has asked about it. Answers since which revision. */
function draining(name: string): number {
  const { stream } = leader.apply({ kind: 'createStream', tenant: '', name, prefix: '', labels: [] });
  leader.apply({
    kind: 'markDeleted',
    tenant: '',
    name,
    incarnation: 0,
    gracePeriodMs: 0,
    ifRevision: 0,
    allowMissing: false,
  });
  const incarnation = stream?.incarnation ?? 0;
  leader.apply({ kind: 'beginDrain', incarnation });
  const record = readStreamByIncarnation(leader.catalog, incarnation);
  if (record === undefined) throw new Error('no stream');
  leader.askBarrier(record);
  return record.drainRevision;
}

/** One call, answers in order. */
class KeepAlives {
  readonly #call: ClientDuplexStream<KeepAliveRequest, KeepAliveResponse__Output>;
  readonly #answers: KeepAliveResponse__Output[] = [];
  #wake: () => void = () => undefined;
  error: ServiceError | undefined;
  ended = false;

  constructor(at: GrpcFixture) {
    this.#call = at.ingest.KeepAlive();
    this.#call.on('data', (answer: KeepAliveResponse__Output) => {
      this.#answers.push(answer);
      this.#wake();
    });
    this.#call.on('error', (error: ServiceError) => {
      this.error = error;
      this.#wake();
    });
    this.#call.on('end', () => {
      this.ended = true;
      this.#wake();
    });
  }

  send(
    sessionId: number | string,
    sequence: number,
    drainedRevision: number,
    fields: Pick<KeepAliveRequest, 'takenUp' | 'renewOnly'> = {},
  ): void {
    this.#call.write({ sessionId: String(sessionId), sequence, drainedRevision, ...fields });
  }

  async answer(): Promise<KeepAliveResponse__Output> {
    while (this.#answers.length === 0) {
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#answers.shift() as KeepAliveResponse__Output;
  }

  /** What the call ended with. */
  async refusal(): Promise<{ code: number; reason: string | undefined; fields: readonly string[] }> {
    while (this.error === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const details = errorDetails(this.error);
    return {
      code: this.error.code,
      reason: details?.reason,
      fields: details?.violations.map(({ field }) => field) ?? [],
    };
  }

  async halfClose(): Promise<void> {
    this.#call.end();
    while (!this.ended) {
      if (this.error !== undefined) throw this.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  cancel(): void {
    this.#call.cancel();
  }
}

describe('OpenSession', () => {
  it('answers with the lease, with defaults where nothing is asked for, on any node', async () => {
    for (const [, at] of both()) {
      const { session } = await open(at);
      expect(session).toMatchObject({
        nodeId: 'node-1',
        state: 'SESSION_STATE_OPEN',
        ttl: { seconds: 30 },
        uploadDeadline: { seconds: 60 },
        leaseRemaining: { seconds: 30 },
        openedRevision: Number(session?.sessionId),
        waitingPurges: 0,
      });
      expect(session?.drainedRevision).toBeUndefined();
    }
    expect((await list(atLeader)).sessions).toHaveLength(2);
  });

  it('is carried out once for one request id, and grants the repetition a lease of its own', async () => {
    const requestId = '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11';
    const first = await open(atLeader, { requestId, ttl: { seconds: 5 } });
    const again = await open(atFollower, { requestId, ttl: { seconds: 5 } });
    expect(again.session?.sessionId).toBe(first.session?.sessionId);
    expect(again.session?.leaseRemaining).toEqual({ seconds: 5, nanos: 0 });
    await close(atLeader, first.session?.sessionId ?? '', true);
    expect(await failure(open(atLeader, { requestId, ttl: { seconds: 5 } }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'SESSION_EXPIRED',
    });
  });

  it.each([
    [{ nodeId: '' }, ['node_id']],
    [{ nodeId: 'x'.repeat(256) }, ['node_id']],
    [{ ttl: { seconds: 4 } }, ['ttl']],
    [{ ttl: { seconds: 3601 } }, ['ttl']],
    [{ ttl: { nanos: 1 } }, ['ttl']],
    [{ uploadDeadline: { nanos: 999_000_000 } }, ['upload_deadline']],
    [{ uploadDeadline: { seconds: -1 } }, ['upload_deadline']],
    [{ requestId: 'nonsense' }, ['request_id']],
    [
      { nodeId: '', ttl: { seconds: 1 }, uploadDeadline: { seconds: 9999 } },
      ['ttl', 'upload_deadline', 'node_id'],
    ],
  ])('refuses %j, naming every field', async (fields, violated) => {
    expect(await failure(open(atLeader, fields))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      reason: 'INVALID_ARGUMENT',
      fields: violated,
    });
  });

  it('is UNAVAILABLE while the new leader has not taken over', async () => {
    leader.setLeader(undefined);
    follower.setLeader(undefined);
    for (const [, at] of both()) expect((await failure(open(at))).reason).toBe('NO_LEADER');
  });
});

describe('KeepAlive', () => {
  it('renews the lease, takes what has drained, and tells what is awaited, on any node', async () => {
    for (const [name, at] of both()) {
      const id = await opened(at);
      const dead = draining(`app-${name}`);
      const call = new KeepAlives(at);
      call.send(id, 1, id);
      expect(await call.answer()).toMatchObject({
        sequence: 1,
        leaseRemaining: { seconds: 30, nanos: 0 },
        drainedRevision: id,
        awaitedRevision: dead,
        revision: dead,
      });
      call.send(id, 2, dead);
      expect(await call.answer()).toMatchObject({ sequence: 2, drainedRevision: dead, awaitedRevision: 0 });
      await call.halfClose();
    }
  });

  it('names streams that are taken up again: their purges wait, and say for whom, on any node', async () => {
    for (const [name, at] of both()) {
      const id = await opened(at, `node-${name}`);
      const busy = draining(`busy-${name}`);
      const incarnation = busy - 2;
      const call = new KeepAlives(at);
      const seconds = 1_767_225_600;
      call.send(id, 1, busy, { takenUp: [{ incarnation, lastSeenTime: { seconds, nanos: 0 } }] });
      expect(await call.answer()).toMatchObject({ drainedRevision: busy, awaitedRevision: 0 });
      const { purges, summary } = await unary(at.storage, at.storage.ListPurges, {});
      const purge = purges.find(({ stream }) => stream?.incarnation === incarnation);
      expect(purge).toMatchObject({
        waitingNodeIds: [],
        takenUp: [{ nodeId: `node-${name}`, lastSeenTime: { seconds, nanos: 0 } }],
        stream: {
          purge: {
            phase: 'PURGE_PHASE_DRAINING',
            drainWait: 'DRAIN_WAIT_CLIENTS_STILL_SENDING',
            waitingSessions: 0,
          },
        },
      });
      expect(summary).toMatchObject({ clientsStillSending: 1 });
      expect((await list(at, { nodeId: `node-${name}` })).sessions).toMatchObject([{ takenUpStreams: 1 }]);
      call.send(id, 2, busy);
      await call.answer();
      expect((await list(at, { nodeId: `node-${name}` })).sessions).toMatchObject([{ takenUpStreams: 0 }]);
      await call.halfClose();
      leader.apply({ kind: 'closeSession', sessionId: id, settled: true });
    }
  });

  it('only renews where it says so, and refuses what cannot be named, on any node', async () => {
    for (const [, at] of both()) {
      const id = await opened(at);
      const call = new KeepAlives(at);
      call.send(id, 1, id);
      await call.answer();
      call.send(id, 2, 0, { renewOnly: true });
      expect(await call.answer()).toMatchObject({ sequence: 2, drainedRevision: id });
      call.send(id, 3, id, { takenUp: [{ incarnation: 5 }, { incarnation: 5 }] });
      expect(await call.refusal()).toMatchObject({
        reason: 'INVALID_ARGUMENT',
        fields: ['taken_up[1].incarnation'],
      });
    }
  });

  it('answers frames that come all at once each, in order', async () => {
    for (const [, at] of both()) {
      const id = await opened(at);
      const call = new KeepAlives(at);
      for (let sequence = 1; sequence <= 5; sequence++) call.send(id, sequence * 10, id);
      const answered: number[] = [];
      for (let at = 1; at <= 5; at++) answered.push((await call.answer()).sequence);
      expect(answered).toEqual([10, 20, 30, 40, 50]);
      await call.halfClose();
    }
  });

  it('goes on in another call, on another node, with what the first had reported', async () => {
    const id = await opened(atLeader);
    const dead = draining('app');
    const first = new KeepAlives(atFollower);
    first.send(id, 1, dead);
    await first.answer();
    first.cancel();
    const second = new KeepAlives(atLeader);
    second.send(id, 1, id);
    expect(await second.refusal()).toMatchObject({
      reason: 'INVALID_ARGUMENT',
      fields: ['drained_revision'],
    });
    const third = new KeepAlives(atLeader);
    third.send(id, 1, dead);
    expect((await third.answer()).drainedRevision).toBe(dead);
    third.cancel();
  });

  it('of two sessions with one node id keeps each by itself', async () => {
    const [one, two] = [await opened(atLeader), await opened(atLeader)];
    const call = new KeepAlives(atLeader);
    call.send(one, 1, one);
    await call.answer();
    await close(atLeader, String(two), true);
    call.send(one, 2, one);
    expect((await call.answer()).sequence).toBe(2);
    call.cancel();
  });

  type Frames = (id: number) => readonly (readonly [string | number, number, number])[];
  const refused: readonly (readonly [string, Frames, string, readonly string[]])[] = [
    ['an unknown session', (id) => [[id + 1000, 1, id]], 'SESSION_EXPIRED', []],
    ['what was never an id', (id) => [['0x10', 1, id]], 'SESSION_EXPIRED', []],
    ['no session', () => [['', 1, 1]], 'INVALID_ARGUMENT', ['session_id']],
    ['an endless id', () => [['1'.repeat(65), 1, 1]], 'INVALID_ARGUMENT', ['session_id']],
    [
      'another session than the first',
      (id) => [
        [id, 1, id],
        [id + 1, 2, id],
      ],
      'INVALID_ARGUMENT',
      ['session_id'],
    ],
    ['sequence 0', (id) => [[id, 0, id]], 'INVALID_ARGUMENT', ['sequence']],
    [
      'a sequence that stands still',
      (id) => [
        [id, 7, id],
        [id, 7, id],
      ],
      'INVALID_ARGUMENT',
      ['sequence'],
    ],
    [
      'a drained revision from the future',
      (id) => [[id, 1, id + 1000]],
      'INVALID_ARGUMENT',
      ['drained_revision'],
    ],
    [
      'a drained revision before the opening',
      (id) => [[id, 1, id - 1]],
      'INVALID_ARGUMENT',
      ['drained_revision'],
    ],
    [
      'a drained revision beyond all numbers',
      (id) => [[id, 1, 2 ** 60]],
      'INVALID_ARGUMENT',
      ['drained_revision'],
    ],
  ];
  it.each(refused)('refuses %s on any node, and ends the call', async (_, frames, reason, fields) => {
    draining('app');
    for (const [, at] of both()) {
      const call = new KeepAlives(at);
      const list = frames(await opened(at));
      for (const [sessionId, sequence, drained] of list.slice(0, -1)) {
        call.send(sessionId, sequence, drained);
        await call.answer();
      }
      call.send(...(list.at(-1) as [number, number, number]));
      expect(await call.refusal()).toMatchObject({ reason, fields });
    }
  });

  it('refuses a session that has expired or was closed, for good', async () => {
    for (const settled of [true, false]) {
      const id = await opened(atLeader);
      const call = new KeepAlives(atFollower);
      call.send(id, 1, id);
      await call.answer();
      await close(atLeader, String(id), settled);
      call.send(id, 2, id);
      expect(await call.refusal()).toMatchObject({
        code: status.FAILED_PRECONDITION,
        reason: 'SESSION_EXPIRED',
      });
    }
  });

  it('is not passed on twice, and ends where there is no leader', async () => {
    const id = await opened(atLeader);
    // The two take each other for the leader.
    leader.setLeader({ id: 2, address: atFollower.address });
    const circle = new KeepAlives(atFollower);
    circle.send(id, 1, id);
    expect(await circle.refusal()).toMatchObject({ code: status.UNAVAILABLE, reason: 'NOT_LEADER' });
    follower.setLeader(undefined);
    const none = new KeepAlives(atFollower);
    none.send(id, 1, id);
    expect(await none.refusal()).toMatchObject({ code: status.UNAVAILABLE, reason: 'NO_LEADER' });
  });

  it('ends when its leader goes, also between two frames', async () => {
    const id = await opened(atLeader);
    const call = new KeepAlives(atFollower);
    call.send(id, 1, id);
    await call.answer();
    await atLeader.server.stop(0);
    expect((await call.refusal()).code).toBe(status.UNAVAILABLE);
  });
});

describe('CloseSession', () => {
  it('is CLOSED when settled, EXPIRED when not, and nothing for what is gone', async () => {
    for (const [, at] of both()) {
      // A follower applies what it proposes on its own catalog here: the fake has no consensus.
      const node = at === atLeader ? leader : follower;
      const openOn = (nodeId: string): number =>
        node.apply({
          kind: 'openSession',
          nodeId,
          ttlMs: 30_000,
          uploadDeadlineMs: 60_000,
          coversEarlier: false,
        }).index;
      const [one, two] = [openOn('a'), openOn('b')];
      const closed = await close(at, String(one), true);
      expect(closed.session).toMatchObject({ state: 'SESSION_STATE_CLOSED', leaseRemaining: null });
      const expired = await close(at, String(two), false);
      expect(expired.session?.state).toBe('SESSION_STATE_EXPIRED');
      expect(expired.session?.leaseRemaining?.seconds).toBeGreaterThan(55);
      for (const id of [String(one), '777777', 'never']) {
        expect((await close(at, id, true)).session).toBeNull();
      }
    }
    expect(await failure(close(atLeader, '', true))).toMatchObject({ fields: ['session_id'] });
  });
});

describe('ListSessions', () => {
  it('is the leader’s view, in pages, by node and by whether anything waits', async () => {
    const b = await opened(atLeader, 'b');
    const a = await opened(atLeader, 'a');
    const dead = draining('app');
    const late = await opened(atLeader, 'b');
    const call = new KeepAlives(atLeader);
    call.send(a, 1, dead);
    await call.answer();
    call.cancel();
    for (const [, at] of both()) {
      const all = await list(at);
      expect(all.sessions.map((session) => [session.nodeId, Number(session.sessionId)])).toEqual([
        ['a', a],
        ['b', b],
        ['b', late],
      ]);
      expect(all.sessions.map(({ drainedRevision }) => drainedRevision)).toEqual([
        dead,
        undefined,
        undefined,
      ]);
      expect(all.sessions.map(({ waitingPurges }) => waitingPurges)).toEqual([0, 1, 0]);
      expect(all.revision).toBe(late);

      const waiting = await list(at, { waitingOnly: true });
      expect(waiting.sessions.map(({ sessionId }) => Number(sessionId))).toEqual([b]);
      expect((await list(at, { nodeId: 'b' })).sessions).toHaveLength(2);

      const seen: number[] = [];
      let pageToken = '';
      do {
        const page = await list(at, { pageSize: 1, pageToken });
        seen.push(...page.sessions.map(({ sessionId }) => Number(sessionId)));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(seen).toEqual([a, b, late]);
    }
  });

  it('and the list of purges say the same of each other', async () => {
    const ids = [await opened(atLeader, 'b'), await opened(atLeader, 'a'), await opened(atLeader, 'a')];
    const dead = draining('app');
    const listed = async () => {
      const { purges } = await unary(atFollower.storage, atFollower.storage.ListPurges, {});
      return purges.map(({ stream, waitingNodeIds }) => [
        stream?.purge?.phase,
        stream?.purge?.waitingSessions,
        waitingNodeIds,
      ]);
    };
    expect(await listed()).toEqual([['PURGE_PHASE_DRAINING', 3, ['b', 'a']]]);
    const call = new KeepAlives(atLeader);
    call.send(ids[0] ?? 0, 1, dead);
    await call.answer();
    call.cancel();
    expect(await listed()).toEqual([['PURGE_PHASE_DRAINING', 2, ['a']]]);
    for (const id of ids) await close(atLeader, String(id), true);
    expect(await listed()).toEqual([['PURGE_PHASE_QUEUED', 0, []]]);
  });

  it('refuses bad pages and filters', async () => {
    await opened(atLeader, 'a');
    await opened(atLeader, 'b');
    const { nextPageToken } = await list(atLeader, { pageSize: 1 });
    for (const [fields, field] of [
      [{ pageSize: -1 }, 'page_size'],
      [{ pageToken: 'garbage' }, 'page_token'],
      [{ pageToken: nextPageToken, nodeId: 'a' }, 'page_token'],
      [{ nodeId: 'a\nb' }, 'node_id'],
    ] as const) {
      expect((await failure(list(atLeader, fields))).fields).toEqual([field]);
    }
  });
});
