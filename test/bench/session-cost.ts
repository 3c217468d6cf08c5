/**
 * What ingest sessions that keep alive cost the leader: `npm run build && npx tsx test/bench/session-cost.ts`.
 * Three processes on this machine; CPU as each node's own metrics count it, once without and once with sessions.
 * Figures to compare within one run; no assertion rests on them.
 *
 *   BENCH_SESSIONS=1000 BENCH_SECONDS=20 BENCH_TTL_SECONDS=30
 */
import { credentials } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';
import type { KeepAliveResponse__Output } from '../../src/generated/sexton/v1/KeepAliveResponse.js';
import type { OpenSessionResponse__Output } from '../../src/generated/sexton/v1/OpenSessionResponse.js';
import { IngestClient } from '../../src/rpc/proto.js';

const SESSIONS = Number(process.env['BENCH_SESSIONS'] ?? 1_000);
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 20);
const TTL_SECONDS = Number(process.env['BENCH_TTL_SECONDS'] ?? 30);
/** Of each node; a real cluster has one for each session. */
const CONNECTIONS = 20;

interface Reading {
  readonly cpuSeconds: number;
  readonly commitIndex: number;
  readonly isLeader: boolean;
}

async function read(url: string): Promise<Reading> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {
    cpuSeconds: value('process_cpu_seconds_total'),
    commitIndex: value('sexton_commit_index'),
    isLeader: value('sexton_is_leader') === 1,
  };
}

interface Cost {
  readonly leaderPercent: number;
  readonly followersPercent: number;
  readonly entries: number;
}

/** Shares of one core, over the measuring time. */
async function measure(cluster: LocalCluster): Promise<Cost> {
  const readAll = (): Promise<Reading[]> => Promise.all(cluster.members.map(({ httpUrl }) => read(httpUrl)));
  const before = await readAll();
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
  const after = await readAll();
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const cost = { leaderPercent: 0, followersPercent: 0, entries: 0 };
  after.forEach(({ cpuSeconds, commitIndex, isLeader }, at) => {
    const percent = (100 * (cpuSeconds - (before[at]?.cpuSeconds ?? 0))) / elapsedSeconds;
    if (isLeader) cost.leaderPercent = percent;
    else cost.followersPercent += percent / (after.length - 1);
    cost.entries = Math.max(cost.entries, commitIndex - (before[at]?.commitIndex ?? 0));
  });
  return cost;
}

function open(client: IngestClient, nodeId: string): Promise<OpenSessionResponse__Output> {
  return new Promise((resolve, reject) => {
    client.OpenSession({ nodeId, ttl: { seconds: TTL_SECONDS } }, (error, response) => {
      if (error === null && response !== undefined) resolve(response);
      else reject(error ?? new Error('no answer'));
    });
  });
}

const answersMs: number[] = [];

/** A frame each third of the TTL, for as long as the program runs. */
function keepAlive(client: IngestClient, sessionId: string, drainedRevision: number): void {
  const call = client.KeepAlive();
  let sequence = 0;
  let sentMs = 0;
  const send = (): void => {
    sentMs = performance.now();
    call.write({ sessionId, sequence: ++sequence, drainedRevision });
  };
  call.on('data', (_answer: KeepAliveResponse__Output) => {
    answersMs.push(performance.now() - sentMs);
    setTimeout(send, (TTL_SECONDS * 1_000) / 3).unref();
  });
  call.on('error', () => undefined);
  // Spread out, as nodes that started at different times are.
  setTimeout(send, (Math.random() * TTL_SECONDS * 1_000) / 3).unref();
}

const directory = await mkdtemp(join(tmpdir(), 'sexton-bench-'));
const cluster = await LocalCluster.create({
  clusterId: 'bench',
  directory,
  members: 3,
  basePort: 0,
  objectStore: `local:${join(directory, 'bucket')}`,
  serveArguments: ['--log-level=warn'],
  program: join(import.meta.dirname, '../../dist/cli/main.js'),
});
const client = new SextonClient({ endpoints: cluster.endpoints });
const clients: IngestClient[] = [];
try {
  cluster.start();
  await client.leaderStatus();
  const { revision } = await client.sessions.listPage();
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const idle = await measure(cluster);

  for (const { endpoint } of cluster.members) {
    for (let at = 0; at < CONNECTIONS; at++) {
      const options = { 'grpc.use_local_subchannel_pool': 1 };
      clients.push(new IngestClient(endpoint, credentials.createInsecure(), options));
    }
  }
  for (let at = 0; at < SESSIONS; at++) {
    const ingest = clients[at % clients.length] as IngestClient;
    const { session } = await open(ingest, `node-${at}`);
    if (session === null) throw new Error('no session');
    keepAlive(ingest, session.sessionId, Math.max(session.openedRevision, revision));
  }
  await new Promise((resolve) => setTimeout(resolve, (TTL_SECONDS * 1_000) / 3));
  answersMs.length = 0;
  const busy = await measure(cluster);
  const answered = answersMs.length;
  answersMs.sort((a, b) => a - b);
  const line = (what: string, text: string): void => {
    process.stdout.write(`${what.padEnd(34)} ${text}\n`);
  };
  line('leader, no sessions', `${idle.leaderPercent.toFixed(1)} % of a core`);
  line(`leader, ${SESSIONS} sessions`, `${busy.leaderPercent.toFixed(1)} % of a core`);
  line(
    'followers, no sessions, with',
    `${idle.followersPercent.toFixed(1)} %, ${busy.followersPercent.toFixed(1)} %`,
  );
  const extraMicros = ((busy.leaderPercent - idle.leaderPercent) * 10_000 * SECONDS) / answered;
  line(
    'keep-alives',
    `${(answered / SECONDS).toFixed(0)}/s, ${extraMicros.toFixed(0)} µs of the leader each`,
  );
  line('answered after', `p50 ${(answersMs[answered >> 1] ?? 0).toFixed(0)} ms`);
  line('log entries meanwhile', String(busy.entries));
} finally {
  for (const each of clients) each.close();
  client.close();
  await cluster.kill();
  await rm(directory, { recursive: true, force: true });
}
