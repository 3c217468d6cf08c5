/** StorageService over real gRPC: the purge list as the leader sees it, and the operators' word on it. */
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CALM_PURGES, FakeNode } from '../support/fake-node-api.js';
import { failure, type GrpcFixture, startGrpc, unary } from '../support/grpc-fixture.js';

let leader: FakeNode;
let follower: FakeNode;
let atLeader: GrpcFixture;
let atFollower: GrpcFixture;

beforeEach(async () => {
  leader = new FakeNode({ memberId: 1 });
  follower = new FakeNode({ memberId: 2 });
  atLeader = await startGrpc(leader);
  atFollower = await startGrpc(follower);
  for (const node of [leader, follower]) node.setLeader({ id: 1, address: atLeader.address });
});
afterEach(async () => {
  await atFollower.close();
  await atLeader.close();
});

const list = (request: object, at = atFollower) => unary(at.storage, at.storage.ListPurges, request);
const retry = (request: object, at = atLeader) => unary(at.storage, at.storage.RetryPurge, request);
const pause = (request: object, at = atFollower) => unary(at.storage, at.storage.PausePurges, request);
const resume = (request: object, at = atFollower) => unary(at.storage, at.storage.ResumePurges, request);

function create(name: string, tenant = ''): number {
  return leader.apply({ kind: 'createStream', tenant, name, prefix: '', labels: [] }).index;
}
function remove(name: string, gracePeriodMs = 0, tenant = ''): void {
  leader.apply({
    kind: 'markDeleted',
    tenant,
    name,
    incarnation: 0,
    gracePeriodMs,
    ifRevision: 0,
    allowMissing: false,
  });
}
const progress = (incarnation: number, phase: 'RUNNING' | 'RETRYING' | 'BLOCKED', lastError = '') =>
  leader.apply({
    kind: 'recordPurgeProgress',
    incarnation,
    phase,
    blockedReason: phase === 'BLOCKED' ? 'ACCESS_DENIED' : 'NONE',
    objectsDeleted: 1000,
    bytesDeleted: 5000,
    uploadsAborted: 3,
    attempts: 2,
    lastError,
    nextAttemptTimeMs: phase === 'RUNNING' ? 0 : 1_900_000_000_500,
  });

/** One stream in each phase. */
function populate(): { running: number; verifying: number; done: number } {
  create('active');
  create('waiting');
  remove('waiting', 3_600_000);
  create('queued');
  remove('queued');
  const incarnations: Record<string, number> = {};
  for (const name of ['running', 'verifying', 'idle', 'retrying', 'blocked', 'paused', 'done']) {
    incarnations[name] = create(name);
    remove(name);
    const drainRevision = leader.apply({ kind: 'beginDrain', incarnation: incarnations[name] }).index;
    leader.apply({ kind: 'beginPurge', incarnation: incarnations[name], drainRevision });
  }
  progress(incarnations['retrying']!, 'RETRYING', 'SlowDown');
  progress(incarnations['blocked']!, 'BLOCKED', 'access denied');
  leader.apply({ kind: 'setPurgePaused', tenant: '', name: 'paused', incarnation: 0, paused: true });
  leader.apply({
    kind: 'markPurged',
    incarnation: incarnations['done']!,
    objectsDeleted: 7,
    bytesDeleted: 70,
    uploadsAborted: 0,
    reusableAfterMs: 0,
    nextSweepTimeMs: 0,
  });
  const active = (incarnation: number, step: 'data' | 'verifying') => ({
    incarnation,
    step,
    objectsDeleted: 1234,
    bytesDeleted: 99_999,
    uploadsAborted: 3,
    objectsPerSecond: 850.5,
    bytesPerSecond: 85_050,
    estimate: { basis: 'folders' as const, objectsLeft: 8505 },
  });
  leader.purges = {
    ...CALM_PURGES,
    active: [active(incarnations['running']!, 'data'), active(incarnations['verifying']!, 'verifying')],
    oldestPendingAgeMs: 61_500,
  };
  return {
    running: incarnations['running']!,
    verifying: incarnations['verifying']!,
    done: incarnations['done']!,
  };
}

describe('ListPurges', () => {
  const phases = (answer: Awaited<ReturnType<typeof list>>): Record<string, string> =>
    Object.fromEntries(
      answer.purges.map(({ stream }) => [
        stream!.name,
        String(stream!.purge?.phase).replace('PURGE_PHASE_', ''),
      ]),
    );

  it('shows each purge in its phase, finer than committed, from any node', async () => {
    populate();
    const answer = await list({});
    expect(phases(answer)).toEqual({
      waiting: 'WAITING',
      queued: 'QUEUED',
      running: 'RUNNING',
      verifying: 'VERIFYING',
      idle: 'QUEUED',
      retrying: 'RETRYING',
      blocked: 'BLOCKED',
      paused: 'PAUSED',
    });
    const byName = new Map(answer.purges.map((purge) => [purge.stream!.name, purge]));
    expect(byName.get('running')).toMatchObject({
      objectsPerSecond: 850.5,
      bytesPerSecond: 85_050,
      // 8,505 at 850.5 a second.
      estimate: { basis: 'ESTIMATE_BASIS_FOLDERS', objectsLeft: 8505, timeLeft: { seconds: 10 } },
      stream: { purge: { objectsDeleted: 1234, bytesDeleted: 99_999, uploadsAborted: 3 } },
    });
    expect(byName.get('queued')).toMatchObject({ objectsPerSecond: 0, estimate: null });
    expect(byName.get('running')!.stream!.purge!.beginTime).not.toBeNull();
    expect(byName.get('paused')!.stream!.purge!.pauseTime).not.toBeNull();
    expect(byName.get('blocked')!.stream!.purge).toMatchObject({
      attempts: 2,
      lastError: 'access denied',
      blockedReason: 'BLOCKED_REASON_ACCESS_DENIED',
      nextAttemptTime: { seconds: 1_900_000_000, nanos: 500_000_000 },
      objectsDeleted: 1000,
    });
    expect(answer.summary).toMatchObject({
      waiting: 2,
      retrying: 1,
      blocked: 1,
      paused: 1,
      clusterPaused: false,
      stopReason: 'STOP_REASON_UNSPECIFIED',
      oldestPendingAge: { seconds: 61, nanos: 500_000_000 },
      objectsDeletedTotal: 2007,
    });
    expect(byName.get('blocked')!.stream!.purge!.lastErrorTime).not.toBeNull();
    expect(answer.storeLoad).toMatchObject({ concurrencyLimit: 8, concurrencyMax: 16, throttledTotal: 0 });
    expect(answer.revision).toBe(leader.appliedIndex());
  });

  it('says of what would be worked on that it is held, and by what; the rest keeps its phase', async () => {
    populate();
    const running = leader.purges;
    for (const [stopKind, stopReason] of [
      ['stateInDoubt', 'STOP_REASON_STATE_IN_DOUBT'],
      ['storage', 'STOP_REASON_STORAGE_NOT_READY'],
      ['foreignMarker', 'STOP_REASON_FOREIGN_MARKER'],
    ] as const) {
      leader.purges = { ...running, active: [], running: false, stopKind, stoppedBecause: 'because' };
      const answer = await list({});
      expect(phases(answer)).toEqual({
        waiting: 'WAITING',
        queued: 'HELD',
        running: 'HELD',
        verifying: 'HELD',
        idle: 'HELD',
        retrying: 'RETRYING',
        blocked: 'BLOCKED',
        paused: 'PAUSED',
      });
      expect(answer.summary).toMatchObject({
        stopReason,
        stopMessage: 'because',
        clusterPaused: false,
        pauseReason: 'PAUSE_REASON_UNSPECIFIED',
      });
    }
    leader.purges = running;
  });

  it('shows what drains, since when, and for whom it waits; the summary counts it', async () => {
    const ending = new AbortController();
    await leader.serveSessions(ending.signal);
    const session = leader.apply({
      kind: 'openSession',
      nodeId: 'ingest-1',
      ttlMs: 30_000,
      uploadDeadlineMs: 60_000,
      coversEarlier: true,
    }).index;
    const incarnation = create('app');
    remove('app');
    leader.apply({ kind: 'beginDrain', incarnation });
    const shown = async () => {
      const { purges, summary } = await list({});
      const { purge } = purges[0]?.stream ?? {};
      const waits = [purge?.phase, purge?.drainWait, purge?.waitingSessions, purges[0]?.waitingNodeIds];
      return { waits, drainTime: purge?.drainTime, beginTime: purge?.beginTime, draining: summary?.draining };
    };
    const draining = await shown();
    expect(draining).toMatchObject({
      waits: ['PURGE_PHASE_DRAINING', 'DRAIN_WAIT_SESSIONS', 1, ['ingest-1']],
      beginTime: null,
      draining: 1,
    });
    expect(draining.drainTime).not.toBeNull();
    leader.purges = { ...leader.purges, rebornStreams: [] };
    leader.apply({ kind: 'closeSession', sessionId: session, settled: true });
    expect((await shown()).waits).toEqual(['PURGE_PHASE_QUEUED', 'DRAIN_WAIT_UNSPECIFIED', 0, []]);
    ending.abort(new Error('the test is over'));
  });

  it('counts streams that were created again behind the catalog', async () => {
    const reborn = {
      incarnation: 3,
      tenant: '',
      name: 'app',
      prefix: 'app/',
      createdTimeMs: 5,
      adoptedAs: undefined,
      obstacle: 'why',
    };
    expect((await list({})).summary).toMatchObject({ rebornStreams: 0 });
    leader.purges = { ...leader.purges, rebornStreams: [reborn, { ...reborn, incarnation: 4 }] };
    expect((await list({})).summary).toMatchObject({ rebornStreams: 2 });
  });

  it('filters by phase and tenant; DONE is shown only when named', async () => {
    populate();
    create('theirs', 'acme');
    remove('theirs', 0, 'acme');
    expect(phases(await list({ phases: ['PURGE_PHASE_BLOCKED', 'PURGE_PHASE_RETRYING'] }))).toEqual({
      retrying: 'RETRYING',
      blocked: 'BLOCKED',
    });
    expect(phases(await list({ phases: ['PURGE_PHASE_DONE'] }))).toEqual({ done: 'DONE' });
    expect(phases(await list({ tenant: 'acme' }))).toEqual({ theirs: 'QUEUED' });
    expect(Object.keys(phases(await list({ allTenants: true })))).toHaveLength(9);
  });

  it('tells of a sweep that failed and is tried again, which only the leader knows', async () => {
    const { done } = populate();
    const sweep = {
      incarnation: done,
      lastError: 'access denied',
      failedTimeMs: 5_000,
      nextTryTimeMs: 65_000,
    };
    expect((await list({})).summary?.sweepsRetrying).toBe(0);
    leader.purges = { ...leader.purges, retryingSweeps: [sweep] };
    const { summary, purges } = await list({ phases: ['PURGE_PHASE_DONE'] });
    expect(summary?.sweepsRetrying).toBe(1);
    expect(purges[0]?.stream?.purge).toMatchObject({
      lastError: 'access denied',
      lastErrorTime: { seconds: 5 },
      nextAttemptTime: { seconds: 65 },
    });
  });

  it('pages through both lists, each purge once', async () => {
    populate();
    const everything = [
      'PURGE_PHASE_DONE',
      'PURGE_PHASE_BLOCKED',
      'PURGE_PHASE_RUNNING',
      'PURGE_PHASE_WAITING',
    ];
    const seen: string[] = [];
    let pageToken = '';
    let pages = 0;
    do {
      const answer = await list({ phases: everything, pageSize: 1, pageToken });
      expect(answer.purges.length).toBeLessThanOrEqual(1);
      seen.push(...answer.purges.map(({ stream }) => stream!.name));
      pageToken = answer.nextPageToken;
      expect(++pages).toBeLessThan(20);
    } while (pageToken !== '');
    expect(seen.sort()).toEqual(['blocked', 'done', 'running', 'waiting']);
  });

  it('shows everything as paused while the cluster’s purges are', async () => {
    populate();
    await pause({});
    const shown = phases(await list({}));
    expect(new Set(Object.values(shown))).toEqual(new Set(['PAUSED']));
  });

  it('needs the leader', async () => {
    follower.setLeader(undefined);
    expect(await failure(list({}))).toMatchObject({ code: status.UNAVAILABLE, reason: 'NO_LEADER' });
  });
});

describe('PausePurges and ResumePurges', () => {
  it('mean the whole cluster without a target, and say where it stands after', async () => {
    expect(await pause({})).toMatchObject({
      stream: null,
      summary: { clusterPaused: true, pauseReason: 'PAUSE_REASON_OPERATOR' },
    });
    expect(await resume({}, atLeader)).toMatchObject({ stream: null, summary: { clusterPaused: false } });
  });

  it('mean one stream with a target', async () => {
    create('app');
    remove('app', 60_000);
    const answer = await pause({ target: { name: 'app' } });
    expect(answer.stream).toMatchObject({ name: 'app', purge: { phase: 'PURGE_PHASE_PAUSED' } });
    expect(answer.summary?.clusterPaused).toBe(false);
    expect((await resume({ target: { name: 'app', incarnation: 1 } })).stream?.purge?.phase).toBe(
      'PURGE_PHASE_WAITING',
    );
  });

  it('refuse a stream that lives, a life that is not, and a name that never was', async () => {
    create('app');
    expect(await failure(pause({ target: { name: 'app' } }))).toMatchObject({ reason: 'STREAM_NOT_DELETED' });
    expect(await failure(pause({ target: { name: 'app', incarnation: 9 } }))).toMatchObject({
      reason: 'INCARNATION_MISMATCH',
    });
    expect(await failure(resume({ target: { name: 'never' } }))).toMatchObject({
      reason: 'STREAM_NOT_FOUND',
    });
  });
});

describe('RetryPurge', () => {
  it('leaves a purge that waits as it is, and wakes one that failed', async () => {
    populate();
    const { stream } = await retry({ name: 'blocked' });
    expect(stream).toMatchObject({ name: 'blocked', state: 'STREAM_STATE_PURGING' });
    expect(stream?.purge?.phase).toBe('PURGE_PHASE_RUNNING');
    expect((await retry({ name: 'waiting' })).stream?.purge?.phase).toBe('PURGE_PHASE_WAITING');
  });

  it('discards new writes of what is being purged, for good', async () => {
    populate();
    for (const discardNewWrites of [true, false]) {
      const { stream } = await retry({ name: 'blocked', discardNewWrites });
      expect(stream?.purge).toMatchObject({ phase: 'PURGE_PHASE_RUNNING', discardNewWrites: true });
    }
    expect((await retry({ name: 'retrying' })).stream?.purge?.discardNewWrites).toBe(false);
  });

  it.each(['waiting', 'done'])(
    'refuses to discard new writes of a stream that is not being purged: %s',
    async (name) => {
      populate();
      const refusal = await failure(retry({ name, discardNewWrites: true }));
      expect(refusal).toMatchObject({ code: status.FAILED_PRECONDITION, reason: 'PURGE_PENDING' });
      expect(refusal.message).toMatch(/is not being purged; there are no new writes to discard/);
    },
  );

  it('refuses what is not deleted', async () => {
    create('app');
    expect(await failure(retry({ name: 'app' }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: 'STREAM_NOT_DELETED',
    });
  });
});
