/**
 * How long a cluster of three processes on this machine is without a leader: `npm run bench:failover`.
 * Figures to compare within one run on one machine; no assertion rests on them.
 *
 * - killed: SIGKILL of the leader, until the next write that a client called after it is acknowledged.
 * - stopped: SIGTERM of the leader under load; the longest time between two acknowledged writes (reads)
 *   around it, the longest that any single call took, and how many calls failed.
 *
 * Before each round the node of the round before is back and has caught up.
 *
 *   BENCH_ROUNDS=5 npm run bench:failover
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient, SextonError } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 20);
const WRITERS = 4;
const READERS = 4;
/** Of load before and after a stop: gaps are looked for in between. */
const MARGIN_MS = 500;
const CAUGHT_UP_TIMEOUT_MS = 60_000;

const directory = await mkdtemp(join(tmpdir(), 'sexton-bench-'));
const cluster = await LocalCluster.create({
  clusterId: 'bench',
  directory,
  members: 3,
  basePort: 0,
  objectStore: `local:${join(directory, 'bucket')}`,
  serveArguments: ['--log-level=info'],
  program: join(import.meta.dirname, '../../dist/cli/main.js'),
});
const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: 30_000 });
let streams = 0;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function write(): Promise<unknown> {
  return client.createStream({ name: `s${streams++}` });
}

/** Every member applies what the leader has committed, and hears from it. Answers with the leader's id. */
async function caughtUp(): Promise<number> {
  const endMs = performance.now() + CAUGHT_UP_TIMEOUT_MS;
  for (;;) {
    const { leader, members, commitIndex } = await client.leaderStatus();
    const isBehind = ({ reachable, matchIndex }: (typeof members)[number]): boolean =>
      !reachable || matchIndex < commitIndex;
    const behind = members.filter((each) => each.member.memberId !== leader.memberId && isBehind(each));
    if (behind.length === 0 && members.length === cluster.members.length) return leader.memberId;
    if (performance.now() > endMs) {
      throw new Error(`member ${behind[0]?.member.memberId ?? 0} has not caught up in a minute`);
    }
    await pause(20);
  }
}

/** The next round begins at an unpredictable place between two heartbeats. */
async function settle(): Promise<number> {
  await caughtUp();
  await pause(200 + 200 * Math.random());
  return caughtUp();
}

async function killRound(): Promise<number> {
  const leader = cluster.member(await settle());
  await write();
  const killed = leader.kill();
  const startMs = performance.now();
  await write();
  const tookMs = performance.now() - startMs;
  await killed;
  leader.start();
  return tookMs;
}

interface Side {
  /** When answers came, by the monotonic clock. */
  readonly answeredMs: number[];
  longestCallMs: number;
}

interface StopRound {
  readonly writes: Side;
  readonly reads: Side;
  readonly failures: string[];
}

async function stopRound(): Promise<StopRound> {
  const leader = cluster.member(await settle());
  const round: StopRound = {
    writes: { answeredMs: [], longestCallMs: 0 },
    reads: { answeredMs: [], longestCallMs: 0 },
    failures: [],
  };
  let isOver = false;
  const keepCalling = async (side: Side, call: () => Promise<unknown>): Promise<void> => {
    while (!isOver) {
      const startMs = performance.now();
      try {
        await call();
        side.answeredMs.push(performance.now());
      } catch (error) {
        round.failures.push(error instanceof SextonError ? error.message : String(error));
      }
      side.longestCallMs = Math.max(side.longestCallMs, performance.now() - startMs);
    }
  };
  const callers = [
    ...Array.from({ length: WRITERS }, () => keepCalling(round.writes, write)),
    ...Array.from({ length: READERS }, () =>
      keepCalling(round.reads, () => client.getStream({ name: 's0' })),
    ),
  ];
  await pause(MARGIN_MS);
  await leader.stop();
  await pause(MARGIN_MS);
  isOver = true;
  await Promise.all(callers);
  leader.start();
  return round;
}

function longestGapMs({ answeredMs }: Side): number {
  return answeredMs.reduce((longest, at, place) => Math.max(longest, at - (answeredMs[place - 1] ?? at)), 0);
}

function row(what: string, values: readonly number[], more = ''): void {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (quantile: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? 0).toFixed(1).padStart(9);
  process.stdout.write(
    `${what.padEnd(44)} ${String(values.length).padStart(6)} ${at(0)} ${at(0.5)} ${at(0.9)} ${at(1)}  ${more}\n`,
  );
}

try {
  cluster.start();
  await write();
  const kills: number[] = [];
  for (let round = 0; round < ROUNDS; round++) kills.push(await killRound());
  const stops: StopRound[] = [];
  for (let round = 0; round < ROUNDS; round++) stops.push(await stopRound());
  const failures = stops.flatMap((round) => round.failures);
  const calls = stops.reduce(
    (sum, { writes, reads }) => sum + writes.answeredMs.length + reads.answeredMs.length,
    failures.length,
  );
  process.stdout.write(`${'milliseconds'.padEnd(44)} rounds      best    median       p90     worst\n`);
  row('leader killed, to the next write answered', kills);
  row(
    'leader stopped, longest gap between writes',
    stops.map(({ writes }) => longestGapMs(writes)),
    `${failures.length} of ${calls} calls failed`,
  );
  row(
    'leader stopped, longest gap between reads',
    stops.map(({ reads }) => longestGapMs(reads)),
  );
  row(
    'leader stopped, longest single call',
    stops.map(({ writes, reads }) => Math.max(writes.longestCallMs, reads.longestCallMs)),
  );
  for (const [cause, count] of tally(failures)) process.stdout.write(`  ${count} x ${cause}\n`);
} finally {
  client.close();
  await cluster.kill();
  await rm(directory, { recursive: true, force: true });
}

function tally(items: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
