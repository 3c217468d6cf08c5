/** Commands against fake nodes: what they print, as a table and as JSON, what they ask for, and how they end. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeNode, never, refuse, startNodes, wireStream } from '../client/fake-node.js';
import { run, type CliRun } from './run.js';
import type { CliIo } from '../../src/cli/io.js';
import { summaryText } from '../../src/cli/render.js';
import { toPurgeSummary } from '../../src/client/convert.js';

const nodes: FakeNode[] = [];

async function cluster(count: number): Promise<FakeNode[]> {
  const started = await startNodes(count);
  nodes.push(...started);
  for (const node of started) node.on('GetNodeStatus', () => ({}));
  return started;
}

afterEach(() => {
  for (const node of nodes.splice(0)) node.stop();
});

function ask(at: readonly FakeNode[], args: readonly string[], io: Partial<CliIo> = {}): Promise<CliRun> {
  return run([...args, `--endpoints=${at.map(({ address }) => address).join(',')}`], io);
}

const seconds = (value: number): object => ({ seconds: value, nanos: 0 });
const NO_PURGES = toPurgeSummary(undefined);
const T0 = 1_767_225_600; // 2026-01-01T00:00:00Z

const LEADER_STATUS = {
  clusterId: 'logs-eu-1',
  leader: { memberId: 2, address: 'b:7401', role: 'MEMBER_ROLE_VOTER' },
  term: 5,
  commitIndex: 120,
  appliedIndex: 119,
  revision: 118,
  members: [
    {
      member: { memberId: 1, address: 'a:7401', role: 'MEMBER_ROLE_VOTER' },
      matchIndex: 120,
      lastContact: { seconds: 0, nanos: 40_000_000 },
      reachable: true,
      state: 'REPLICATION_STATE_REPLICATE',
    },
    {
      member: { memberId: 2, address: 'b:7401', role: 'MEMBER_ROLE_VOTER' },
      matchIndex: 120,
      lastContact: seconds(0),
      reachable: true,
    },
    {
      member: { memberId: 3, address: 'c:7401', role: 'MEMBER_ROLE_LEARNER' },
      matchIndex: 20,
      trailingEntries: 100,
      reachable: false,
      state: 'REPLICATION_STATE_PROBE',
    },
  ],
  streamCounts: [
    { state: 'STREAM_STATE_ACTIVE', count: 1_234 },
    { state: 'STREAM_STATE_PURGING', count: 2 },
  ],
  purges: { running: 1, blocked: 1, objectsDeletedTotal: 5_000_000, bytesDeletedTotal: 1_610_612_736 },
  objectStore: { description: 's3://logs', ready: true },
  alarms: [{ kind: 'ALARM_KIND_MEMBER_UNREACHABLE', memberId: 3, message: 'member 3 is \u001b[31mgone' }],
};

describe('status', () => {
  it('shows leader, members, streams, purges and alarms', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetLeaderStatus', () => LEADER_STATUS);
    const { status, stdout, stderr } = await ask([node], ['status']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      cluster       logs-eu-1
      leader        member 2 at b:7401, term 5
      log           commit 120, applied 119, revision 118
      streams       1,234 active, 0 deleted, 2 purging, 0 purged
      purges        1 running, 0 waiting, 0 retrying, 1 blocked
      deleted       5,000,000 objects, 1.5 GiB
      object store  s3://logs

      ID  ADDRESS  ROLE     STATE        MATCH  TRAILS LEADER BY  LAST CONTACT  CLOCK
       1  a:7401   voter    replicate      120                 0          40ms      -
       2  b:7401   voter    leader         120                 0           0ms      -
       3  c:7401   learner  unreachable     20               100         never      -

      ALARM  MEMBER_UNREACHABLE  member 3 is \\x1b[31mgone
      "
    `);
  });

  it('shows what stops purges, the store, its load, and who hears whom on clocks that differ', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const clock = { clockOffset: { seconds: -1, nanos: -250_000_000 }, clockOffsetError: { nanos: 400_000 } };
    node.on('GetLeaderStatus', () => ({
      ...LEADER_STATUS,
      members: LEADER_STATUS.members.map((member, at) => (at === 0 ? { ...member, ...clock } : member)),
      purges: {
        ...LEADER_STATUS.purges,
        paused: 2,
        lateObjectsTotal: 3,
        oldestPendingAge: { seconds: 5_400 },
        stopReason: 'STOP_REASON_STATE_IN_DOUBT',
        stopMessage: 'members differ',
      },
      objectStore: {
        description: 's3://logs',
        ready: true,
        versioned: true,
        conditionalDelete: true,
        deleteBatchLimit: 1_000,
        probeTime: { seconds: T0 },
        clockOffset: { seconds: 0, nanos: 300_000_000 },
        clockOffsetError: { nanos: 505_000_000 },
        load: {
          requestsInFlight: 4,
          concurrencyLimit: 5,
          concurrencyMax: 16,
          requestsPerSecond: 19.9,
          requestsPerSecondMax: 20,
          requestsWaiting: 3,
          throttledTotal: 2,
          quiet: { seconds: 2 },
        },
      },
      alarms: [],
      links: [
        { from: 2, to: 1, state: 'LINK_STATE_HEARD', lastHeard: { nanos: 40_000_000 } },
        { from: 1, to: 2, state: 'LINK_STATE_HEARD', lastHeard: { nanos: 12_000_000 } },
        { from: 2, to: 3, state: 'LINK_STATE_SILENT' },
        { from: 1, to: 3, state: 'LINK_STATE_SILENT', lastHeard: { seconds: 75 } },
        { from: 3, to: 1, state: 'LINK_STATE_UNSPECIFIED' },
      ],
    }));
    const { stdout } = await ask([node], ['status']);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      cluster         logs-eu-1
      leader          member 2 at b:7401, term 5
      log             commit 120, applied 119, revision 118
      streams         1,234 active, 0 deleted, 2 purging, 0 purged
      purges          1 running, 0 waiting, 0 retrying, 1 blocked, 2 paused by name; NOTHING IS PURGED: members differ
      deleted         5,000,000 objects, 1.5 GiB
      object store    s3://logs (versioned, takes expired requests, conditional deletes, batches of 1000, clock +300.0ms ±505.0ms)
      late objects    3 objects were written after their stream's purge, and are gone
      oldest pending  due for 1h 30m
      store requests  4 at once (now up to 5, at most 16), 19.9/s (at most 20/s), 3 waiting, told to slow down 2 times, quiet for 2s

      ID  ADDRESS  ROLE     STATE        MATCH  TRAILS LEADER BY  LAST CONTACT          CLOCK
       1  a:7401   voter    replicate      120                 0          40ms  -1.25s ±0.4ms
       2  b:7401   voter    leader         120                 0           0ms              -
       3  c:7401   learner  unreachable     20               100         never              -

      HEARS     1     2              3
      1         -  12ms  SILENT 1m 15s
      2      40ms     -   SILENT never
      3         ?     ?              -
      "
    `);
  });

  it('is the client’s own type as JSON', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetLeaderStatus', () => LEADER_STATUS);
    const { stdout } = await ask([node], ['status', '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      clusterId: 'logs-eu-1',
      leader: { memberId: 2, role: 'VOTER' },
      streamCounts: { ACTIVE: 1_234, PURGING: 2 },
      members: [{ state: 'REPLICATE', lastContactMs: 40 }, {}, { reachable: false }],
    });
  });

  it('without a leader shows what each node says, and ends with 2', async () => {
    const [node, gone] = (await cluster(2)) as [FakeNode, FakeNode];
    gone.stop();
    node
      .on('GetLeaderStatus', () => refuse('NO_LEADER'))
      .on('GetNodeStatus', () => ({
        memberId: 1,
        role: 'NODE_ROLE_PRE_CANDIDATE',
        term: 7,
        commitIndex: 30,
        appliedIndex: 29,
        alarms: [{ kind: 'ALARM_KIND_DIGEST_MISMATCH', memberId: 1, message: 'member 1 differs' }],
      }));
    const [table, json] = await Promise.all([
      ask([node, gone], ['status', '--timeout=3s']),
      ask([node, gone], ['status', '--timeout=3s', '--output=json']),
    ]);
    expect([table.status, json.status]).toEqual([2, 2]);
    expect(table.stderr).toContain('[NO_LEADER]');
    expect(table.stdout).toMatch(
      / 1 {2}pre_candidate +7 {2}none +30 +29 {2}ALARM DIGEST_MISMATCH: member 1 differs/,
    );
    expect(table.stdout).toContain(`connect ECONNREFUSED ${gone.address}`);
    const said: unknown = JSON.parse(json.stdout);
    expect(said).toMatchObject({
      leader: null,
      nodes: [{ role: 'PRE_CANDIDATE' }, { endpoint: gone.address }],
    });
  });

  it('does not wait for a leader where no node can be reached', async () => {
    const [gone] = (await cluster(1)) as [FakeNode];
    gone.stop();
    // Longer than a test may take.
    const { status, stderr } = await ask([gone], ['status', '--timeout=10m']);
    expect(status).toBe(2);
    expect(stderr).toContain('[UNREACHABLE]');
  });

  it('is coloured on a terminal, unless NO_COLOR says otherwise', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('GetLeaderStatus', () => LEADER_STATUS);
    const colored = await ask([node], ['status'], { isTerminal: true });
    expect(colored.stdout).toContain('\u001b[31mALARM\u001b[39m');
    const plain = await ask([node], ['status'], { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b[');
  });
});

describe('health', () => {
  it('is 0 only if a linearizable read works through every endpoint', async () => {
    const [good, bad] = (await cluster(2)) as [FakeNode, FakeNode];
    good.on('ListStreams', () => ({}));
    bad.on('ListStreams', () => refuse('NO_LEADER'));
    const fine = await ask([good], ['health']);
    expect(fine.status).toBe(0);
    expect(fine.stdout).toMatch(/ is healthy: a linearizable read took [\d.]+ ms\n$/);
    const mixed = await ask([good, bad], ['health']);
    expect(mixed.status).toBe(2);
    expect(mixed.stdout).toMatch(/ is unhealthy after [\d.]+ ms: \[NO_LEADER\]/);
    const json = await ask([good, bad], ['health', '--output=json']);
    expect(JSON.parse(json.stdout)).toMatchObject([
      { healthy: true },
      { healthy: false, error: expect.stringContaining('NO_LEADER') },
    ]);
  });
});

describe('stream', () => {
  const deleted = wireStream({
    tenant: 'acme',
    name: 'web',
    state: 'STREAM_STATE_DELETED',
    createTime: seconds(T0),
    deleteTime: seconds(T0 + 60),
    tombstoneRevision: 9,
    purgeAfter: seconds(T0 + 86_460),
    purge: { phase: 'PURGE_PHASE_WAITING' },
  });

  it('create sends what was said and prints the stream', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', () => ({ stream: wireStream({ createTime: seconds(T0) }) }));
    const args = ['stream', 'create', 'acme/web', '--prefix=acme/web/', '--label=a=1', '--label', 'b=x=y'];
    const { status, stdout } = await ask([node], args);
    expect(status).toBe(0);
    expect(node.requests('CreateStream')[0]).toMatchObject({
      tenant: 'acme',
      name: 'web',
      prefix: 'acme/web/',
      labels: { a: '1', b: 'x=y' },
    });
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      stream       app
      incarnation  7
      state        ACTIVE
      prefix       app/7/
      revision     7
      etag         e7
      created      2026-01-01T00:00:00Z
      label team   core
      "
    `);
  });

  it('create waits for the prefix of a former life, with a new request each time', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    let tries = 0;
    node.on('CreateStream', () => {
      if (++tries > 2) return { stream: wireStream({ createTime: seconds(T0) }) };
      return refuse('PURGE_PENDING', { metadata: { reusable_after_ms: String(Date.now()) } });
    });
    const { status, stderr } = await ask([node], ['stream', 'create', 'web', '--prefix=web/', '--wait']);
    expect([status, tries]).toEqual([0, 3]);
    expect(stderr).toContain('waiting until ');
    expect(new Set(node.requests('CreateStream').map((request) => request['requestId'])).size).toBe(3);
  });

  it.each([
    [
      ['web', '--wait=1m', '--request-id=8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11'],
      '--request-id: is not for --wait',
    ],
    [['--wait', 'web'], 'write --wait=5m'],
    [['web', '--wait=25h'], 'It must be between 1s and 1d'],
  ])('create refuses %j', async (args, text) => {
    const { status, stderr } = await ask(await cluster(1), ['stream', 'create', ...args]);
    expect([status, stderr]).toEqual([3, expect.stringContaining(text)]);
  });

  it('delete takes the grace period from flag or variable', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('DeleteStream', () => ({ stream: deleted }));
    const { stdout } = await ask(
      [node],
      ['stream', 'delete', 'acme/web', '--grace-period=7d', '--incarnation=7'],
    );
    await ask([node], ['stream', 'delete', 'acme/web'], { env: { SEXTON_GRACE_PERIOD: '5m' } });
    await ask([node], ['stream', 'delete', 'acme/web']);
    const [flag, variable, neither] = node.requests('DeleteStream');
    expect(flag).toMatchObject({ gracePeriod: { seconds: 604_800 }, incarnation: 7 });
    expect(variable).toMatchObject({ gracePeriod: { seconds: 300 }, incarnation: 0 });
    expect(neither).toMatchObject({ gracePeriod: null });
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      stream       acme/web
      incarnation  7
      state        DELETED
      prefix       app/7/
      revision     7
      etag         e7
      created      2026-01-01T00:00:00Z
      label team   core
      deleted      2026-01-01T00:01:00Z
      tombstone    revision 9
      purge after  2026-01-02T00:01:00Z
      purge        WAITING, 0 objects, 0 B
      "
    `);
  });

  it('delete of nothing says so when that is allowed', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('DeleteStream', () => ({}));
    const { status, stdout } = await ask([node], ['stream', 'delete', 'x', '--allow-missing']);
    expect([status, stdout]).toEqual([0, "there is no stream 'x'\n"]);
    expect((await ask([node], ['stream', 'delete', 'x', '--allow-missing', '--output=json'])).stdout).toBe(
      'null\n',
    );
  });

  it('list lines its pages up under one title, and is one object a line as JSON', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('ListStreams', ({ pageToken }: { pageToken: string }) =>
      pageToken === ''
        ? { streams: [wireStream({ createTime: seconds(T0) })], nextPageToken: 'more' }
        : { streams: [deleted] },
    );
    const { stdout } = await ask(
      [node],
      ['stream', 'list', '--all', '--state', 'active,Deleted', '--tenant='],
    );
    expect(node.requests('ListStreams')[0]).toMatchObject({
      tenant: '',
      allTenants: false,
      showDeleted: true,
      states: ['STREAM_STATE_ACTIVE', 'STREAM_STATE_DELETED'],
    });
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      STREAM  INCARNATION  STATE   REVISION  CREATED               PURGE AFTER  PREFIX
      app               7  ACTIVE         7  2026-01-01T00:00:00Z  -            app/7/
      acme/web            7  DELETED         7  2026-01-01T00:00:00Z  2026-01-02T00:01:00Z  app/7/
      "
    `);
    const json = await ask([node], ['stream', 'list', '-o', 'json']);
    const lines = json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; tombstoneRevision?: number });
    expect(lines.map(({ name, tombstoneRevision }) => [name, tombstoneRevision])).toEqual([
      ['app', undefined],
      ['web', 9],
    ]);
  });

  it('watch prints changes until it is interrupted, which is 5', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('ListStreams', () => ({ streams: [wireStream()], revision: 7 }));
    node.onWatch((call) => {
      call.write({ revision: 7, header: { clusterId: 'c' } });
      const events = [{ type: 'STREAM_EVENT_TYPE_DELETED' as const, revision: 8, stream: deleted }];
      call.write({ revision: 8, events: { events } });
    });
    for (const format of ['table', 'json'] as const) {
      const interrupt = new AbortController();
      let seen = '';
      const { status, stderr } = await ask([node], ['stream', 'watch', '--from=list', '-o', format], {
        interrupt: interrupt.signal,
        stdout: (text) => {
          seen += text;
          if (/DELETED[^]*\n$/.test(seen)) interrupt.abort();
        },
      });
      expect([status, stderr]).toEqual([5, '']);
      if (format === 'table')
        expect(`\n${seen}`).toMatchInlineSnapshot(`
        "
               7  EXISTS         app  ACTIVE  app/7/
               8  DELETED        acme/web  DELETED  app/7/  purge after 2026-01-02T00:01:00Z
        "
      `);
      else expect(seen.split('\n')[0]).toMatch(/^\{"kind":"snapshot"/);
    }
    expect(node.requests('WatchStreams')[0]).toMatchObject({ startRevision: 7 });
  });

  it.each([
    ['STREAM_NOT_FOUND', 4],
    ['INTERNAL', 1],
    ['INVALID_ARGUMENT', 3],
  ] as const)(
    'ends a call refused with %s with %d, and says the reason on stderr',
    async (reason, expected) => {
      const [node] = (await cluster(1)) as [FakeNode];
      const violations = [{ field: 'name', description: 'is odd' }];
      node.on('GetStream', () => refuse(reason, reason === 'INVALID_ARGUMENT' ? { violations } : {}));
      const { status, stdout, stderr } = await ask([node], ['stream', 'get', 'x']);
      expect([status, stdout]).toEqual([expected, '']);
      expect(stderr).toMatch(new RegExp(`^error: \\[${reason}\\] the fake says`));
      if (reason === 'INVALID_ARGUMENT') expect(stderr).toContain('  name: is odd\n');
      const json = await ask([node], ['stream', 'get', 'x', '--output=json']);
      expect(JSON.parse(json.stderr)).toMatchObject({ error: { reason } });
    },
  );

  it('says how to find out what became of a write without an answer', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('CreateStream', never);
    const { status, stderr } = await ask([node], ['stream', 'create', 'x', '--timeout=3s']);
    expect(status).toBe(2);
    const requestId = String(node.requests('CreateStream')[0]?.['requestId']);
    expect(stderr).toContain(`repeat the command with --request-id ${requestId}`);
  });

  it('interrupted in the middle of a write ends with 5 and says that it may have been done', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const interrupt = new AbortController();
    node.on('CreateStream', () => {
      interrupt.abort();
      return never();
    });
    const { status, stderr } = await ask([node], ['stream', 'create', 'x'], { interrupt: interrupt.signal });
    expect(status).toBe(5);
    expect(stderr).toContain('[OUTCOME_UNKNOWN]');
  });
});

describe('purge', () => {
  const purging = (objectsDeleted: number): object => ({
    purges: [
      {
        stream: wireStream({
          name: 'web',
          state: 'STREAM_STATE_PURGING',
          purge: {
            phase: 'PURGE_PHASE_BLOCKED',
            objectsDeleted,
            bytesDeleted: 2_048,
            attempts: 3,
            blockedReason: 'BLOCKED_REASON_ACCESS_DENIED',
            lastError: 'AccessDenied',
          },
        }),
        objectsPerSecond: 12.4,
      },
    ],
    summary: { running: 1, blocked: 1 },
    storeLoad: {
      requestsInFlight: 5,
      concurrencyLimit: 8,
      concurrencyMax: 16,
      requestsPerSecond: 12.5,
    },
  });

  it('list shows how far each is and what holds it up', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('ListPurges', () => purging(1_000));
    const { stdout } = await ask([node], ['purge', 'list', '--phase=blocked']);
    expect(node.requests('ListPurges')[0]).toMatchObject({
      allTenants: true,
      phases: ['PURGE_PHASE_BLOCKED'],
    });
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      STREAM  INCARNATION  PHASE    OBJECTS    BYTES  RATE  LEFT  TRIES  NEXT  REASON
      web               7  BLOCKED    1,000  2.0 KiB  12/s     -      3  -     ACCESS_DENIED: AccessDenied
      "
    `);
  });

  it('list says for whom a purge waits: sessions first, then clients that still send', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const draining = (name: string, waitingSessions: number, more: object): object => ({
      stream: wireStream({
        name,
        state: 'STREAM_STATE_PURGING',
        drainRevision: 12,
        purge: {
          phase: 'PURGE_PHASE_DRAINING',
          waitingSessions,
          drainWait: waitingSessions > 0 ? 'DRAIN_WAIT_SESSIONS' : 'DRAIN_WAIT_CLIENTS_STILL_SENDING',
        },
      }),
      ...more,
    });
    const takenUp = [
      { nodeId: 'ingest-1', lastSeenTime: seconds(T0 + 60) },
      { nodeId: 'ingest-2', lastSeenTime: seconds(T0) },
    ];
    node.on('ListPurges', () => ({
      purges: [
        draining('a', 2, { waitingNodeIds: ['ingest-1', 'ingest-3'], silentNodeIds: ['ingest-3'], takenUp }),
        draining('b', 0, { takenUp }),
      ],
      summary: { draining: 2, clientsStillSending: 1, rebornStreams: 3 },
    }));
    const { stdout } = await ask([node], ['purge', 'list', '--phase=draining']);
    expect(node.requests('ListPurges')[0]).toMatchObject({ phases: ['PURGE_PHASE_DRAINING'] });
    expect(stdout).toMatch(/^a .* waits for ingest-1, ingest-3 \(silent\)$/m);
    expect(stdout).toMatch(
      /^b .* clients still send, last seen on ingest-1 at 2026-01-01T00:01:00Z, ingest-2 at 2026-01-01T00:00:00Z$/m,
    );
    const json = await ask([node], ['purge', 'list', '--output=json']);
    const lines = json.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { stream: { drainRevision: 12, purge: { drainWait: 'SESSIONS' } } },
      {
        stream: { purge: { phase: 'DRAINING', drainWait: 'CLIENTS_STILL_SENDING' } },
        takenUp: [{ nodeId: 'ingest-1' }, { nodeId: 'ingest-2', lastSeenTimeMs: T0 * 1000 }],
      },
    ]);
  });

  it('list --watch prints a document only when something changed, and redraws on a terminal', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    for (const isTerminal of [false, true]) {
      const interrupt = new AbortController();
      let polls = 0;
      node.on('ListPurges', () => {
        polls += 1;
        if (polls === 5) setImmediate(() => interrupt.abort());
        return purging(polls < 3 ? 1_000 : 2_000);
      });
      const { status, stdout } = await ask([node], ['purge', 'list', '--watch', '--interval=100ms'], {
        isTerminal,
        env: { NO_COLOR: '1' },
        interrupt: interrupt.signal,
      });
      expect(status).toBe(5);
      if (isTerminal) {
        expect(stdout.split('\u001b[H').length).toBeGreaterThan(4);
        expect(stdout).toContain('purges: 1 running, 0 waiting, 0 retrying, 1 blocked');
        expect(stdout).toContain('store requests: 5 at once (now up to 8, at most 16), 12.5/s');
      } else {
        const lines = stdout.trimEnd().split('\n');
        expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
          { stream: { name: 'web', purge: { objectsDeleted: 1_000, blockedReason: 'ACCESS_DENIED' } } },
          { stream: { name: 'web', purge: { objectsDeleted: 2_000 } } },
        ]);
      }
    }
  });

  it('list says what is left, and how much that is worth', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const active = (name: string, estimate: object | undefined): object => ({
      stream: wireStream({
        name,
        state: 'STREAM_STATE_PURGING',
        purge: { phase: estimate === undefined ? 'PURGE_PHASE_HELD' : 'PURGE_PHASE_RUNNING' },
      }),
      objectsPerSecond: 100,
      ...(estimate === undefined ? {} : { estimate }),
    });
    const timeLeft = { seconds: 65, nanos: 200_000_000 };
    node.on('ListPurges', () => ({
      purges: [
        active('a', { basis: 'ESTIMATE_BASIS_AT_LEAST', objectsLeft: 1_500, timeLeft }),
        active('b', { basis: 'ESTIMATE_BASIS_FOLDERS', objectsLeft: 6_520, timeLeft }),
        active('c', { basis: 'ESTIMATE_BASIS_LISTED', objectsLeft: 0 }),
        active('d', undefined),
      ],
    }));
    const { stdout } = await ask([node], ['purge', 'list']);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      STREAM  INCARNATION  PHASE    OBJECTS  BYTES   RATE             LEFT  TRIES  NEXT  REASON
      a                 7  RUNNING        0    0 B  100/s           >1,500      0  -
      b                 7  RUNNING        0    0 B  100/s  ~6,520 in 1m 6s      0  -
      c                 7  RUNNING        0    0 B  100/s                0      0  -
      d                 7  HELD           0    0 B  100/s                -      0  -
      "
    `);
  });

  it('pause and resume mean one stream, or with --all the cluster', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node
      .on('PausePurges', () => ({ summary: { clusterPaused: true } }))
      .on('ResumePurges', () => ({ stream: wireStream(), summary: {} }));
    const all = await ask([node], ['purge', 'pause', '--all']);
    expect(all.stdout).toBe('paused: purges of the cluster are now paused\n');
    expect(node.requests('PausePurges')[0]).toMatchObject({ target: null });
    await ask([node], ['purge', 'resume', 'acme/web', '--incarnation=7']);
    expect(node.requests('ResumePurges')[0]).toMatchObject({
      target: { tenant: 'acme', name: 'web', incarnation: 7 },
    });
    expect((await ask([node], ['purge', 'pause', 'web', '--all'])).status).toBe(3);
  });

  it('retry asks for one stream', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('RetryPurge', () => ({ stream: wireStream() }));
    expect((await ask([node], ['purge', 'retry', 'web'])).status).toBe(0);
    expect(node.requests('RetryPurge')[0]).toMatchObject({
      tenant: '',
      name: 'web',
      discardNewWrites: false,
    });
  });

  it('retry --discard-new-writes says so, shows that it holds, and passes on why it was refused', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    const purge = {
      phase: 'PURGE_PHASE_DRAINING',
      drainTime: seconds(T0),
      drainWait: 'DRAIN_WAIT_SESSIONS',
      discardNewWrites: true,
    };
    node.on('RetryPurge', () => ({ stream: wireStream({ state: 'STREAM_STATE_PURGING', purge } as object) }));
    const args = ['purge', 'retry', 'acme/web', '--discard-new-writes'];
    const { status, stdout } = await ask([node], args);
    expect(status).toBe(0);
    expect(node.requests('RetryPurge')[0]).toMatchObject({ name: 'web', discardNewWrites: true });
    expect(stdout).toMatch(/^drain begun +2026-01-01T00:00:00Z$/m);
    expect(stdout).toMatch(/^waits for +nodes that have not let it go, see 'sexton purge list'$/m);
    expect(stdout).toMatch(/^new writes +are removed too$/m);
    node.on('RetryPurge', () => refuse('PURGE_PENDING'));
    const refused = await ask([node], args);
    expect(refused.status).toBe(4);
    expect(refused.stderr).toContain('[PURGE_PENDING]');
  });

  it('the summary names what drains, what clients hold up, and what was created again', async () => {
    expect(summaryText({ ...NO_PURGES, draining: 1_200, clientsStillSending: 3, rebornStreams: 2 })).toBe(
      '0 running, 0 waiting, 0 retrying, 0 blocked, 1,200 draining (3 held up by clients that still send), 2 streams reborn',
    );
    expect(summaryText(NO_PURGES)).toBe('0 running, 0 waiting, 0 retrying, 0 blocked');
  });
});

describe('leader transfer', () => {
  it('says who leads now', async () => {
    const [node] = (await cluster(1)) as [FakeNode];
    node.on('TransferLeadership', () => ({ leader: { memberId: 3, address: 'c:7401' }, term: 6 }));
    const { status, stdout } = await ask([node], ['leader', 'transfer', '--to=3']);
    expect([status, stdout]).toEqual([0, 'member 3 at c:7401 leads in term 6\n']);
    expect(node.requests('TransferLeadership')[0]).toMatchObject({ targetMemberId: 3 });
  });
});
