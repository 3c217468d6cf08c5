/** ClusterService over real gRPC, with two nodes: whichever is asked, the leader answers. */
import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { forwardingMetadata } from '../../src/server/call-scope.js';
import { SextonError } from '../../src/shared/errors.js';
import { FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

const leader = new FakeNode({ memberId: 1 });
const follower = new FakeNode({ memberId: 2 });
let atLeader: GrpcFixture;
let atFollower: GrpcFixture;

beforeAll(async () => {
  atLeader = await startGrpc(leader);
  atFollower = await startGrpc(follower);
});
beforeEach(() => {
  for (const node of [leader, follower]) {
    node.seen.length = 0;
    node.setLeader({ id: 1, address: atLeader.address });
  }
});
afterEach(() => {
  leader.alarms = [];
});
afterAll(async () => {
  await atFollower.close();
  await atLeader.close();
});

const leaderStatus = (at: GrpcFixture) => unary(at.cluster, at.cluster.GetLeaderStatus, {});
const nodeStatus = (at: GrpcFixture) => unary(at.cluster, at.cluster.GetNodeStatus, {});
const transfer = (at: GrpcFixture, targetMemberId: number) =>
  unary(at.cluster, at.cluster.TransferLeadership, { targetMemberId });

describe('GetLeaderStatus', () => {
  it('is the leader’s view', async () => {
    leader.apply({ kind: 'createStream', tenant: '', name: 'app', prefix: '', labels: [] });
    const message = 'member 3 at 127.0.0.1:7403 is unreachable';
    leader.alarms = [{ kind: 'MEMBER_UNREACHABLE', memberId: 3, message, raisedMs: 1_700_000_000_000 }];
    const answer = await leaderStatus(atLeader);
    expect(answer).toMatchObject({
      clusterId: 'test-cluster',
      leader: { memberId: 1, role: 'MEMBER_ROLE_VOTER' },
      term: 7,
      commitIndex: 1,
      revision: 1,
      leaderSince: { seconds: 1_700_000_000, nanos: 123_000_000 },
      streamCounts: [{ state: 'STREAM_STATE_ACTIVE', count: 1 }],
      purges: { waiting: 0, clusterPaused: false },
      objectStore: { description: 's3://logs at http://127.0.0.1:9000', ready: true, problem: '' },
      alarms: [
        {
          kind: 'ALARM_KIND_MEMBER_UNREACHABLE',
          memberId: 3,
          message,
          raiseTime: { seconds: 1_700_000_000, nanos: 0 },
        },
      ],
    });
    expect(answer.members).toMatchObject([
      {
        member: { memberId: 1 },
        state: 'REPLICATION_STATE_UNSPECIFIED',
        lastContact: { seconds: 0, nanos: 0 },
      },
      { member: { memberId: 2 }, state: 'REPLICATION_STATE_REPLICATE', lastContact: { nanos: 12_500_000 } },
      { member: { memberId: 3, role: 'MEMBER_ROLE_LEARNER' }, lastContact: null, reachable: false },
    ]);
    expect(answer.appliedDigest).toHaveLength(8);
  });

  it('is the same from a node that does not lead', async () => {
    expect(await leaderStatus(atFollower)).toEqual(await leaderStatus(atLeader));
  });

  it('says why the store is not used', async () => {
    const { purges } = leader;
    for (const stopKind of ['storage', 'foreignMarker'] as const) {
      leader.purges = { ...purges, stopKind, stoppedBecause: 'storage: bucket missing' };
      expect((await leaderStatus(atFollower)).objectStore).toMatchObject({
        ready: false,
        problem: 'bucket missing',
      });
    }
    for (const stopKind of ['paused', 'stateInDoubt'] as const) {
      leader.purges = { ...purges, stopKind, stoppedBecause: 'not the store' };
      const { objectStore, purges: summary } = await leaderStatus(atFollower);
      expect(objectStore).toMatchObject({ ready: true, problem: '' });
      expect(summary?.stopMessage).toBe('not the store');
    }
    leader.purges = purges;
  });

  it('tells what the store can do, how far its clock is off, and what it bears', async () => {
    const { purges } = leader;
    expect((await leaderStatus(atFollower)).objectStore).toMatchObject({
      probeTime: null,
      clockOffset: null,
      load: { concurrencyLimit: 8, concurrencyMax: 16, quiet: null },
    });
    leader.purges = {
      ...purges,
      requestsInFlight: 5,
      requestsPerSecond: 12.5,
      requestsPerSecondMax: 100,
      throttledTotal: 3,
      quietMs: 1_500,
      store: {
        capabilities: {
          versioning: 'suspended',
          conditionalDelete: true,
          conditionalBatches: true,
          conditionalCreate: true,
          requestExpiry: true,
          deleteBatchMax: 250,
          multipartUploads: true,
          clockOffsetMs: -1_250,
          clockErrorMs: 507,
        },
        probedMs: 1_700_000_000_000,
      },
    };
    expect((await leaderStatus(atFollower)).objectStore).toMatchObject({
      versioned: true,
      enforcesExpiry: true,
      conditionalDelete: true,
      deleteBatchLimit: 250,
      clockOffset: { seconds: -1, nanos: -250_000_000 },
      clockOffsetError: { seconds: 0, nanos: 507_000_000 },
      probeTime: { seconds: 1_700_000_000 },
      load: {
        requestsInFlight: 5,
        requestsPerSecond: 12.5,
        requestsPerSecondMax: 100,
        throttledTotal: 3,
        quiet: { seconds: 1, nanos: 500_000_000 },
      },
    });
    leader.purges = purges;
  });

  it('shows who hears whom, and how far the clocks are apart', async () => {
    leader.links = [
      { from: 1, to: 2, state: 'heard', lastHeardMs: 12.5, clock: { offsetMs: -40.5, errorMs: 0.25 } },
      { from: 2, to: 3, state: 'silent', lastHeardMs: undefined, clock: undefined },
      { from: 3, to: 1, state: 'unknown', lastHeardMs: undefined, clock: undefined },
    ];
    const { links, members } = await leaderStatus(atFollower);
    expect(links).toMatchObject([
      { from: 1, to: 2, state: 'LINK_STATE_HEARD', lastHeard: { nanos: 12_500_000 } },
      { from: 2, to: 3, state: 'LINK_STATE_SILENT', lastHeard: null, clockOffset: null },
      { from: 3, to: 1, state: 'LINK_STATE_UNSPECIFIED' },
    ]);
    expect(links[0]).toMatchObject({
      clockOffset: { seconds: 0, nanos: -40_500_000 },
      clockOffsetError: { nanos: 250_000 },
    });
    expect(members.map(({ clockOffset }) => clockOffset?.nanos)).toEqual([undefined, -40_500_000, undefined]);
    leader.links = [];
  });

  it('is refused without a leader', async () => {
    follower.setLeader(undefined);
    expect(await failure(leaderStatus(atFollower))).toMatchObject({
      code: status.UNAVAILABLE,
      reason: 'NO_LEADER',
    });
  });

  it('does not go round in circles while leadership moves', async () => {
    // Each takes the other for the leader.
    leader.setLeader({ id: 2, address: atFollower.address });
    expect(await failure(leaderStatus(atFollower))).toMatchObject({
      reason: 'NOT_LEADER',
      metadata: { leader_id: '2', leader_address: atFollower.address },
    });
    expect(leader.seen.filter((call) => call.method === 'leaderView')).toHaveLength(1);
    expect(follower.seen.filter((call) => call.method === 'leaderView')).toHaveLength(1);
  });

  it('is UNREACHABLE when the leader is gone and nobody has noticed', async () => {
    follower.setLeader({ id: 1, address: '127.0.0.1:1' });
    expect(await failure(leaderStatus(atFollower))).toMatchObject({
      reason: 'UNREACHABLE',
      message: expect.stringContaining('passed on to the leader at 127.0.0.1:1: ') as string,
    });
  });

  it('hands on what the leader refused', async () => {
    leader.failNext = new SextonError('NO_LEADER', 'lost the majority');
    expect(await failure(leaderStatus(atFollower))).toMatchObject({
      reason: 'NO_LEADER',
      message: 'lost the majority',
    });
  });
});

describe('GetNodeStatus', () => {
  it('is what the node that was asked says about itself, also without a leader', async () => {
    follower.setLeader(undefined);
    expect(await nodeStatus(atFollower)).toMatchObject({
      clusterId: 'test-cluster',
      memberId: 2,
      directoryId: 'ab'.repeat(16),
      role: 'NODE_ROLE_FOLLOWER',
      leaderId: 0,
      leaderAddress: '',
      version: '0.1.0',
      eventLoopLag: { nanos: 1_500_000 },
      diskSyncP50: { nanos: 250_000 },
      diskSyncP99: null,
      residentMemoryBytes: 123_456_789,
    });
    expect(leader.seen.map((call) => call.method)).not.toContain('nodeView');
    const { members, role } = await nodeStatus(atLeader);
    expect(role).toBe('NODE_ROLE_LEADER');
    expect(members.map((member) => `${member.memberId} ${member.role}`)).toEqual([
      '1 MEMBER_ROLE_VOTER',
      '2 MEMBER_ROLE_VOTER',
      '3 MEMBER_ROLE_LEARNER',
    ]);
  });
});

describe('TransferLeadership', () => {
  it('is done by the leader, whichever node is asked', async () => {
    for (const at of [atLeader, atFollower]) {
      expect(await transfer(at, 2)).toMatchObject({
        leader: { memberId: 2, address: '127.0.0.1:7402' },
        term: 8,
      });
    }
    expect(follower.seen.map((call) => call.method)).not.toContain('transferLeadership');
  });

  it('refuses who cannot lead', async () => {
    expect(await failure(transfer(atFollower, 3))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'NOT_A_VOTER',
    });
    expect(await failure(transfer(atLeader, 9))).toMatchObject({
      code: status.NOT_FOUND,
      reason: 'MEMBER_NOT_FOUND',
    });
    leader.failNext = new SextonError('TRANSFER_FAILED', 'the leader goes on', { retryAfterMs: 1000 });
    expect(await failure(transfer(atFollower, 2))).toMatchObject({
      reason: 'TRANSFER_FAILED',
      retryAfterMs: 1000,
    });
  });

  it('is OUTCOME_UNKNOWN when the leader’s answer is lost on the way', async () => {
    const lost = new FakeNode({ memberId: 1 });
    const elsewhere = await startGrpc(lost);
    lost.setLeader({ id: 1, address: elsewhere.address });
    lost.transferLeadership = () => {
      void elsewhere.server.stop(0);
      return new Promise(() => undefined);
    };
    follower.setLeader({ id: 1, address: elsewhere.address });
    expect(await failure(transfer(atFollower, 2))).toMatchObject({ reason: 'OUTCOME_UNKNOWN' });
    await elsewhere.close();
  });

  it('that was passed on already is refused by a node that does not lead', async () => {
    const failed = failure(
      new Promise((resolve, reject) => {
        atFollower.cluster.TransferLeadership(
          { targetMemberId: 2 },
          forwardingMetadata(3),
          (error, answer) => {
            if (error === null) resolve(answer);
            else reject(error);
          },
        );
      }),
    );
    expect(await failed).toMatchObject({ reason: 'NOT_LEADER' });
  });
});

describe('changes of membership', () => {
  const add = (at: GrpcFixture, request: object) => unary(at.cluster, at.cluster.AddMember, request);
  const promote = (at: GrpcFixture, memberId: number) =>
    unary(at.cluster, at.cluster.PromoteMember, { memberId });
  const remove = (at: GrpcFixture, memberId: number) =>
    unary(at.cluster, at.cluster.RemoveMember, { memberId });
  const ids = (members: readonly { readonly memberId: number; readonly role: string }[]): string =>
    members
      .map(({ memberId, role }) => `${memberId}${role === 'MEMBER_ROLE_LEARNER' ? ' learns' : ''}`)
      .join(', ');

  it('are made by the leader, whichever node is asked', async () => {
    for (const at of [atLeader, atFollower]) {
      const added = await add(at, { address: 'new:7401' });
      expect(added).toMatchObject({
        member: { memberId: 4, address: 'new:7401', role: 'MEMBER_ROLE_LEARNER', directoryId: '' },
        clusterId: 'test-cluster',
      });
      expect(ids(added.members)).toBe('1, 2, 3 learns, 4 learns');
      const promoted = await promote(at, 3);
      expect(promoted.member).toMatchObject({ memberId: 3, role: 'MEMBER_ROLE_VOTER' });
      expect(ids(promoted.members)).toBe('1, 2, 3');
      expect(ids((await remove(at, 2)).members)).toBe('1, 3 learns');
    }
    expect(follower.seen.map((call) => call.method).filter((name) => name.endsWith('Member'))).toEqual([]);
  });

  it('say which field is wrong, on any node, before anything is asked of the leader', async () => {
    const fields = async (request: object): Promise<readonly string[]> =>
      (await failure(add(atFollower, request))).fields;
    expect(await fields({})).toEqual(['address']);
    expect(await fields({ address: 'nowhere' })).toEqual(['address']);
    expect(await fields({ address: 'a:65536' })).toEqual(['address']);
    expect(await fields({ address: 'a:1', httpAddress: 'a:2', directoryId: 'x' })).toEqual([
      'http_address',
      'directory_id',
    ]);
    expect(await failure(promote(atFollower, 0))).toMatchObject({ fields: ['member_id'] });
    expect(await failure(remove(atFollower, 0))).toMatchObject({ fields: ['member_id'] });
    expect(leader.seen.map((call) => call.method).filter((name) => name.endsWith('Member'))).toEqual([]);
  });

  it.each([
    ['MEMBER_EXISTS', status.ALREADY_EXISTS],
    ['MEMBERSHIP_CHANGE_PENDING', status.FAILED_PRECONDITION],
    ['QUORUM_AT_RISK', status.FAILED_PRECONDITION],
    ['OUTCOME_UNKNOWN', status.UNAVAILABLE],
  ] as const)('hand on what the leader refused: %s', async (reason, code) => {
    leader.failNext = new SextonError(reason, 'no', { metadata: { next_member_id: '7' } });
    expect(await failure(add(atFollower, { address: 'new:7401' }))).toMatchObject({
      code,
      reason,
      metadata: { next_member_id: '7' },
    });
  });

  it('show in the status who can be promoted, and what stands in the way', async () => {
    const { members } = await leaderStatus(atFollower);
    expect(members[2]).toMatchObject({
      member: { memberId: 3, directoryId: '3'.repeat(32) },
      promotable: false,
      promotionObstacle: 'learner 3 is 12 entries behind (snapshot)',
    });
    expect(members[1]).toMatchObject({ promotable: false, promotionObstacle: '' });
  });

  it('leave a removed node that says so', async () => {
    follower.removed = true;
    expect((await nodeStatus(atFollower)).role).toBe('NODE_ROLE_REMOVED');
    follower.removed = false;
  });
});
