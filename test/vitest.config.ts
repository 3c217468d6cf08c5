import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Three projects by what they need. `unit` is pure code and in-process endpoints; `sim` runs whole clusters in
 * simulated worlds, on all cores; `integration` runs
 * the built program as real processes with real LevelDB directories, so it wants `dist/` (npm test
 * builds first) and runs its files one after another: nodes that share two cores with other nodes
 * measure the machine, not the code.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/sim/**', 'test/bench/**', 'node_modules/**'],
          // More than the cores of a small machine: most of these tests wait for timers, disks and loopback.
          maxWorkers: Math.max(3, availableParallelism()),
          // The slowest tests lint forged files with types, or storm the purger: seconds, and many times that on a busy machine.
          testTimeout: 90_000,
          // They start and stop nodes and servers.
          hookTimeout: 90_000,
        },
      },
      {
        test: {
          name: 'sim',
          include: ['test/sim/**/*.test.ts'],
          testTimeout: 120_000,
          // Its runs use all cores by themselves.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
