/**
 * Throughput of a cluster of three processes on this machine: `npm run bench`. Figures to compare within one
 * run on one machine; no assertion rests on them.
 *
 *   BENCH_SECONDS=5 BENCH_IN_FLIGHT=64 npm run bench
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient } from '../../src/client/index.js';
import { LocalCluster } from '../../src/demo/local-cluster.js';

const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 5);
const IN_FLIGHT = Number(process.env['BENCH_IN_FLIGHT'] ?? 64);
const WARM_UP_MS = 1_000;

interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps `IN_FLIGHT` calls going; counts those that end after the warm-up. */
async function measure(act: (at: number) => Promise<unknown>): Promise<Figures> {
  const latenciesMs: number[] = [];
  const startMs = performance.now() + WARM_UP_MS;
  const endMs = startMs + SECONDS * 1_000;
  let next = 0;
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      for (let nowMs = performance.now(); nowMs < endMs; nowMs = performance.now()) {
        await act(next++);
        if (nowMs >= startMs) latenciesMs.push(performance.now() - nowMs);
      }
    }),
  );
  latenciesMs.sort((a, b) => a - b);
  const at = (quantile: number): number => latenciesMs[Math.floor(quantile * latenciesMs.length)] ?? 0;
  return { perSecond: latenciesMs.length / SECONDS, p50Ms: at(0.5), p99Ms: at(0.99) };
}

function report(what: string, { perSecond, p50Ms, p99Ms }: Figures): void {
  process.stdout.write(
    `${what.padEnd(34)} ${Math.round(perSecond).toString().padStart(8)}/s   p50 ${p50Ms.toFixed(2)} ms   p99 ${p99Ms.toFixed(2)} ms\n`,
  );
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
try {
  cluster.start();
  await client.leaderStatus();
  report(
    `creates, unary, ${IN_FLIGHT} in flight`,
    await measure((at) => client.createStream({ name: `s${at}` })),
  );
  report(
    `linearizable reads, ${IN_FLIGHT} in flight`,
    await measure((at) => client.getStream({ name: `s${at % 1_000}` })),
  );

  let sent = 0;
  let answered = 0;
  const untilMs = performance.now() + SECONDS * 1_000;
  const startedMs = performance.now();
  async function* mutations() {
    while (performance.now() < untilMs) {
      await Promise.resolve();
      yield { kind: 'create', name: `m${sent++}` } as const;
    }
  }
  for await (const result of client.mutateStreams(mutations())) {
    if (result.ok) answered++;
  }
  process.stdout.write(
    `creates, pipelined (MutateStreams)  ${Math.round((answered * 1_000) / (performance.now() - startedMs))
      .toString()
      .padStart(8)}/s\n`,
  );
} finally {
  client.close();
  await cluster.kill();
  await rm(directory, { recursive: true, force: true });
}
