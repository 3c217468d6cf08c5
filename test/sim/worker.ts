/** Runs seeds in a thread of its own, one after the other, as they are asked for. */
import { parentPort } from 'node:worker_threads';
import { planOf } from './plan.js';
import { simulate, type RunResult } from './world.js';

export interface WorkerAnswer {
  readonly seed: number;
  readonly result: Omit<RunResult, 'violation'>;
  readonly violation: { readonly invariant: string; readonly facts: string } | undefined;
}

export interface WorkerRequest {
  readonly seed: number;
  readonly trace: boolean;
  /** A world with a Parseable in it, whatever the seed says. */
  /** Undefined: as the seed says. */
  readonly parseable: boolean | undefined;
}

/** Node would end the thread, and the seed would be lost with it. */
let unhandled: unknown;
/** What nobody awaits may be what the world waits for: the run ends with it. */
let broken: (result: RunResult) => void = () => undefined;
process.on('unhandledRejection', (error) => {
  unhandled ??= error;
  broken(NO_RESULT);
});

const NO_RESULT: RunResult = {
  violation: undefined,
  machines: [],
  trace: [],
  events: 0,
  virtualMs: 0,
  committed: 0,
  calls: 0,
  purged: 0,
  undecided: 0,
  faults: {},
};

export async function runSeed({ seed, trace, parseable }: WorkerRequest): Promise<WorkerAnswer> {
  unhandled = undefined;
  const isBroken = new Promise<RunResult>((resolve) => {
    broken = resolve;
  });
  const run = simulate(planOf(seed, parseable), { trace });
  const { violation, ...result } = await Promise.race([run, isBroken]);
  const told =
    violation === undefined ? undefined : { invariant: violation.invariant, facts: violation.message };
  if (told !== undefined || unhandled === undefined) return { seed, result, violation: told };
  const facts =
    unhandled instanceof Error ? (unhandled.stack ?? unhandled.message) : JSON.stringify(unhandled);
  return { seed, result, violation: { invariant: 'no rejection goes unhandled', facts } };
}

parentPort?.on('message', (request: WorkerRequest) => {
  void runSeed(request).then((answer) => parentPort?.postMessage(answer));
});
