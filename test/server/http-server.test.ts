/** The HTTP listener and the metrics behind it. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSummary } from '../../src/catalog/queries.js';
import { createHttpServer, type HttpServer } from '../../src/server/http-server.js';
import { createMetrics, type Metrics } from '../../src/server/metrics.js';
import { SextonError } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { LinkView } from '../../src/node/node-api.js';
import { FakeNode, CALM_PURGES } from '../support/fake-node-api.js';

let node: FakeNode;
let metrics: Metrics;
let http: HttpServer;
let base: string;

beforeEach(async () => {
  node = new FakeNode();
  metrics = createMetrics({ version: '0.1.0', processMetrics: false });
  http = createHttpServer({ node, metrics, logger: silentLogger, readProbeTimeoutMs: 100 });
  base = `http://127.0.0.1:${await http.listen('127.0.0.1:0')}`;
});
afterEach(() => http.stop());

async function get(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: string; type: string }> {
  const response = await fetch(base + path, { ...init, headers: { connection: 'close' } });
  return {
    status: response.status,
    body: await response.text(),
    type: response.headers.get('content-type') ?? '',
  };
}

describe('probes', () => {
  it('/livez answers as long as the process does', async () => {
    node.readsHang = true;
    expect(await get('/livez')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  it('/readyz does a real linearizable read', async () => {
    expect(await get('/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(node.seen.map((call) => call.method)).toEqual(['linearizableRead']);
  });

  it('/readyz is 503 with the reason when reads fail, hang, or the node stops', async () => {
    node.readsFail = new SextonError('NO_LEADER', 'no leader is known');
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: 'not ready: [NO_LEADER] no leader is known\n',
    });
    node.readsFail = undefined;
    node.readsHang = true;
    expect(await get('/readyz')).toMatchObject({
      status: 503,
      body: 'not ready: [DEADLINE_EXCEEDED] no linearizable read within 100 ms\n',
    });
    node.readsHang = false;
    node.failNext = new TypeError('bug');
    expect(await get('/readyz')).toMatchObject({ status: 503, body: 'not ready: bug\n' });
  });

  it('asks the node once for any number of askers at a time', async () => {
    node.readsHang = true;
    // In one packet, so that all are there before the first one is answered.
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    socket.write('GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(10));
    let answers = '';
    for await (const part of socket) {
      answers += String(part);
      if (answers.split('HTTP/1.1 503').length > 10) break;
    }
    expect(node.seen.filter((call) => call.method === 'linearizableRead')).toHaveLength(1);
  });
});

describe('other requests', () => {
  it('get a plain no', async () => {
    expect((await get('/nothing')).status).toBe(404);
    expect((await get('/livez?verbose=1')).status).toBe(200);
    expect((await get('/livez', { method: 'POST', body: 'x' })).status).toBe(405);
    expect(await get('/livez', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });
});

describe('the listener', () => {
  it('names the address when its port is in use', async () => {
    const address = base.replace('http://', '');
    const second = createHttpServer({ node, metrics, logger: silentLogger });
    await expect(second.listen(address)).rejects.toMatchObject({
      kind: 'PORT_IN_USE',
      message: expect.stringContaining(address) as string,
    });
  });

  it.each(['nonsense', '127.0.0.1', '127.0.0.1:99999', '[::1]'])(
    'refuses %s as no address',
    async (address) => {
      const second = createHttpServer({ node, metrics, logger: silentLogger });
      await expect(second.listen(address)).rejects.toMatchObject({
        kind: 'CONFIG',
        message: expect.stringContaining(`'${address}' is not host:port`) as string,
      });
    },
  );
});

/** Every sample by name and labels; throws on a line that is not the text format's. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || /^# (HELP|TYPE) [a-z_]+ .+$/.test(line)) continue;
    const match = /^([a-z_]+(?:\{[a-z_]+="[^"]*"(?:,[a-z_]+="[^"]*")*\})?) (\S+)$/.exec(line);
    if (match === null) throw new Error(`not a sample: ${line}`);
    samples.set(match[1]!, Number(match[2] === 'Nan' ? NaN : match[2]));
  }
  return samples;
}

const LINKS: readonly LinkView[] = [
  { from: 1, to: 2, state: 'heard', lastHeardMs: 40, clock: { offsetMs: -1_500, errorMs: 2 } },
  { from: 1, to: 3, state: 'silent', lastHeardMs: undefined, clock: undefined },
];

describe('/metrics', () => {
  const bind = (): void =>
    metrics.bind({
      memberId: 1,
      gauges: {
        core: () => node.core(),
        pendingProposals: () => 3,
        openWatches: () => 2,
        digestMismatches: () => 1,
        links: () => LINKS,
      },
      summary: () => readSummary(node.catalog),
      purge: () => ({ ...CALM_PURGES, stopKind: 'stateInDoubt', oldestPendingAgeMs: 90_000 }),
      sessions: () => ({ lagMax: 12, awaited: 2, waitingPurges: 5, stillSentTo: 2 }),
      storageSizeBytes: () => Promise.resolve(4096),
    });
  it('shows links, clocks, the store, and what stops purges', async () => {
    bind();
    const samples = Object.fromEntries(await scrape());
    expect(samples).toMatchObject({
      'sexton_peer_heard{peer="2"}': 1,
      'sexton_peer_heard{peer="3"}': 0,
      'sexton_peer_last_heard_seconds{peer="2"}': 0.04,
      'sexton_peer_clock_offset_seconds{peer="2"}': -1.5,
      'sexton_peer_clock_offset_error_seconds{peer="2"}': 0.002,
      'sexton_peer_clock_offset_seconds{peer="3"}': NaN,
      sexton_store_clock_offset_seconds: NaN,
      sexton_purge_concurrency_max: 16,
      'sexton_purges_stopped{reason="state_in_doubt"}': 1,
      'sexton_purges_stopped{reason="paused"}': 0,
      sexton_purges_paused_streams: 0,
      sexton_late_objects_deleted: 0,
    });
    metrics.purge.requestFinished('delete', 'THROTTLED', 12);
    metrics.purge.requestFinished('delete', 'ok', 12);
    metrics.purge.requestFinished('delete', 'ok', 12);
    const counted = await scrape();
    expect(counted.get('sexton_purge_requests_total{kind="delete",outcome="throttled"}')).toBe(1);
    expect(counted.get('sexton_purge_requests_total{kind="delete",outcome="ok"}')).toBe(2);
  });

  const scrape = async (): Promise<Map<string, number>> => parse((await get('/metrics')).body);

  it('shows positions and sizes as they are when scraped', async () => {
    bind();
    node.apply({ kind: 'createStream', tenant: '', name: 'a', prefix: '', labels: [] });
    node.apply({ kind: 'createStream', tenant: '', name: 'b', prefix: '', labels: [] });
    node.apply({
      kind: 'openSession',
      nodeId: 'n',
      ttlMs: 30_000,
      uploadDeadlineMs: 60_000,
      coversEarlier: false,
    });
    const { type } = await get('/metrics');
    expect(type).toContain('text/plain; version=0.0.4');
    expect(Object.fromEntries(await scrape())).toMatchObject({
      'sexton_build_info{version="0.1.0"}': 1,
      sexton_has_leader: 1,
      sexton_is_leader: 1,
      sexton_term: 7,
      sexton_commit_index: 3,
      sexton_applied_index: 3,
      sexton_proposals_pending: 3,
      sexton_watches_open: 2,
      'sexton_streams{state="active"}': 2,
      'sexton_streams{state="purging"}': 0,
      'sexton_purges{phase="blocked"}': 0,
      sexton_purge_oldest_pending_age_seconds: 90,
      sexton_storage_size_bytes: 4096,
      'sexton_sessions{state="open"}': 1,
      'sexton_sessions{state="expired"}': 0,
      sexton_session_lag_revisions: 12,
      sexton_sessions_awaited: 2,
      sexton_purges_draining: 5,
      sexton_purges_clients_still_sending: 2,
      sexton_streams_reborn: 0,
      'sexton_purges{phase="draining"}': 0,
    });
    node.setLeader({ id: 2, address: 'x:1' });
    const after = await scrape();
    expect(after.get('sexton_is_leader')).toBe(0);
    expect(after.get('sexton_has_leader')).toBe(1);
  });

  it('counts what node, purger and services report, in base units', async () => {
    metrics.node.proposal('committed');
    metrics.node.proposal('unknown');
    metrics.node.diskSync(4);
    metrics.node.entriesApplied(12);
    metrics.node.eventLoopLag(30);
    metrics.node.leaderChanged();
    metrics.node.messageDropped(3);
    metrics.purge.keysAnswered('deleted', 900, 12_345);
    metrics.purge.keysAnswered('ACCESS_DENIED', 3, 0);
    metrics.purge.keysAnswered('unaccounted', 2, 0);
    metrics.purge.batchSent(905);
    metrics.purge.throttled();
    metrics.purge.concurrency(4, 16);
    metrics.purge.requestFinished('delete', 'ok', 250);
    metrics.purge.attemptFinished('purged', 2000);
    metrics.purge.sweepFinished('failed');
    metrics.purge.sweepFinished('reborn');
    metrics.purge.requestFinished('look', 'ACCESS_DENIED', 12);
    metrics.requests.requestFinished('StreamService/CreateStream', 'OK', 1.5);
    metrics.requests.requestFinished('StreamService/CreateStream', 'UNAVAILABLE', 9000);
    expect(Object.fromEntries(await scrape())).toMatchObject({
      sexton_proposals_committed_total: 1,
      'sexton_proposals_failed_total{outcome="unknown"}': 1,
      'sexton_proposals_failed_total{outcome="refused"}': 0,
      sexton_disk_sync_duration_seconds_sum: 0.004,
      sexton_entries_applied_total: 12,
      sexton_event_loop_lag_seconds_sum: 0.03,
      sexton_leader_changes_total: 1,
      'sexton_peer_messages_dropped_total{peer="3"}': 1,
      sexton_purge_objects_deleted_total: 900,
      sexton_purge_bytes_deleted_total: 12_345,
      'sexton_purge_errors_total{code="access_denied"}': 3,
      'sexton_purge_errors_total{code="unaccounted"}': 2,
      sexton_purge_batch_keys_sum: 905,
      sexton_purge_throttled_total: 1,
      'sexton_purge_sweeps_total{outcome="failed"}': 1,
      'sexton_purge_sweeps_total{outcome="recorded"}': 0,
      'sexton_purge_sweeps_total{outcome="reborn"}': 1,
      'sexton_purge_requests_total{kind="look",outcome="access_denied"}': 1,
      sexton_purge_concurrency_limit: 16,
      sexton_purge_requests_in_flight: 4,
      'sexton_purge_request_duration_seconds_sum{kind="delete",outcome="ok"}': 0.25,
      'sexton_purge_attempt_duration_seconds_sum{outcome="purged"}': 2,
      'sexton_grpc_requests_total{method="StreamService/CreateStream",code="OK"}': 1,
      'sexton_grpc_requests_total{method="StreamService/CreateStream",code="UNAVAILABLE"}': 1,
      'sexton_grpc_request_duration_seconds_count{method="StreamService/CreateStream"}': 2,
    });
  });

  it('answers before the node belongs to a cluster, and names every metric by the rules', async () => {
    metrics.bind({
      memberId: 1,
      gauges: {
        core: () => undefined,
        pendingProposals: () => 0,
        openWatches: () => 0,
        digestMismatches: () => 0,
        links: () => [],
      },
      summary: () => undefined,
      purge: () => undefined,
      sessions: () => undefined,
      storageSizeBytes: () => Promise.reject(new Error('closed')),
    });
    const { body } = await get('/metrics');
    const samples = parse(body);
    expect(samples.get('sexton_has_leader')).toBe(0);
    expect(samples.get('sexton_term')).toBeNaN();
    expect(samples.get('sexton_storage_size_bytes')).toBeNaN();
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
      ([, name, type]) => [name!, type!] as const,
    );
    for (const [name, type] of types) {
      expect(name).toMatch(/^sexton_[a-z_]+$/);
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      expect(name).not.toMatch(/_(ms|milliseconds|kb|percent)$/);
    }
  });

  it('shows the process too, where it may', async () => {
    const own = createMetrics({ version: 'x' });
    const text = await own.render();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });
});
