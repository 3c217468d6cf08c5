/** Many seeds on all cores, in threads; stops at the first failure unless told otherwise. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { buildSimulator } from './build.js';
import type { Mutant } from './mutants/mutant.js';
import type { WorkerAnswer, WorkerRequest } from './worker.js';

/** A run makes garbage that lives for one of its moments: the default is collected too often. */
const YOUNG_GENERATION_MB = 64;

export interface SeedRange {
  readonly from: number;
  readonly count: number;
}

export interface RunnerOptions {
  readonly mutant?: Mutant;
  readonly trace?: boolean;
  /** Worlds with a Parseable in them, or without, whatever the seeds say. */
  readonly parseable?: boolean;
  /** Default: one a core. */
  readonly threads?: number;
  /** Called for each seed as it ends; false stops the run. */
  readonly ended: (answer: WorkerAnswer) => boolean;
}

export async function runSeeds(range: SeedRange, options: RunnerOptions): Promise<void> {
  const program = await buildSimulator(options.mutant);
  const threads = Math.min(options.threads ?? availableParallelism(), range.count);
  let next = range.from;
  const end = range.from + range.count;
  let going = true;
  const runOne = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program, {
        resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      });
      const give = (): void => {
        if (!going || next >= end) {
          void worker.terminate().then(() => resolve());
          return;
        }
        const { trace = false, parseable } = options;
        const request: WorkerRequest = { seed: next++, trace, parseable };
        worker.postMessage(request);
      };
      worker.on('message', (answer: WorkerAnswer) => {
        if (going && !options.ended(answer)) going = false;
        give();
      });
      worker.on('error', (error) => {
        going = false;
        reject(error);
      });
      give();
    });
  await Promise.all(Array.from({ length: threads }, runOne));
}
