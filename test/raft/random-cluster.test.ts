import { describe, expect, it } from 'vitest';
import { RandomCluster } from './random-cluster.js';

/** How many seeds to run, and from which: RAFT_SEED=17 RAFT_RUNS=1 repeats a failure. */
const RUNS = Number(process.env['RAFT_RUNS'] ?? 200);
const FIRST_SEED = Number(process.env['RAFT_SEED'] ?? 1);
const STEPS = 1_500;

describe('random clusters', () => {
  it(`stay safe while anything goes wrong, and recover (${RUNS} seeds)`, () => {
    let committed = 0;
    let reads = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed++) {
      const cluster = new RandomCluster(seed);
      try {
        cluster.misbehave(STEPS);
        cluster.recover();
      } catch (cause) {
        throw new Error(`${(cause as Error).message}\nrepeat with: RAFT_SEED=${seed} RAFT_RUNS=1`, { cause });
      }
      committed += cluster.committedCount;
      reads += cluster.readsServed;
    }
    // A run in which nothing happens proves nothing.
    expect(committed / RUNS).toBeGreaterThan(10);
    expect(reads).toBeGreaterThan(0);
    if (RUNS > 200)
      process.stdout.write(`${RUNS} seeds: ${committed} entries committed, ${reads} reads served\n`);
  });
});
