import { describe, expect, it } from 'vitest';
import { RandomCluster } from './random-cluster.js';

/** How many seeds to run, and from which: RAFT_SEED=17 RAFT_RUNS=1 repeats a failure. */
const RUNS = Number(process.env['RAFT_RUNS'] ?? 200);
const FIRST_SEED = Number(process.env['RAFT_SEED'] ?? 1);
const STEPS = 1_500;

describe('random clusters', () => {
  it(`stay safe while anything goes wrong, and recover (${RUNS} seeds)`, () => {
    const total = { committed: 0, configurations: 0, leaders: 0, reads: 0 };
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const cluster = new RandomCluster(seed);
      try {
        cluster.misbehave(STEPS);
        cluster.recover();
      } catch (cause) {
        throw new Error(`${(cause as Error).message}\nrepeat with: RAFT_SEED=${seed} RAFT_RUNS=1`, { cause });
      }
      total.committed += cluster.checks.committedCount;
      total.configurations += cluster.checks.configurationsCommitted;
      total.leaders += cluster.checks.leaderCount;
      total.reads += cluster.checks.readsServed;
    }
    if (RUNS > 200) process.stdout.write(`${RUNS} seeds: ${JSON.stringify(total)}\n`);
    // A run in which nothing happens proves nothing.
    if (RUNS < 100) return;
    expect(total.committed / RUNS).toBeGreaterThan(10);
    expect(total.leaders / RUNS).toBeGreaterThan(3);
    expect(total.configurations / RUNS).toBeGreaterThan(0.5);
    expect(total.reads / RUNS).toBeGreaterThan(1);
  });
});
