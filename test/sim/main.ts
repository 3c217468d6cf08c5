/**
 * `npm run sim`: runs seeds until one fails, or shows one run.
 *
 *   npm run sim -- --seeds 1000 [--from 1]      many, on all cores
 *   npm run sim -- --seed 42 --trace            one, event by event
 *   npm run sim -- --mutants                    every known bug, each to be found
 *   npm run sim -- --seeds 50 --mutant NAME     one of them
 *   npm run sim -- --seeds 1000 --parseable     each with an unpatched Parseable in it
 */
import { Command, InvalidArgumentError } from 'commander';
import { MUTANTS } from './mutants/index.js';
import { huntMutants } from './mutants/hunt.js';
import { failureText, Totals } from './report.js';
import { runSeeds } from './runner.js';

interface Flags {
  readonly seeds?: number;
  readonly from: number;
  readonly seed?: number;
  readonly trace?: boolean;
  readonly threads?: number;
  readonly mutant?: string;
  readonly mutants?: boolean;
  readonly keepGoing?: boolean;
  readonly parseable?: boolean;
}

const program = new Command('sim')
  .description('Runs whole clusters in simulated worlds, each decided by its seed.')
  .option('--seeds <n>', 'how many worlds (default 300)', positive)
  .option('--from <seed>', 'the first seed', positive, 1)
  .option('--seed <seed>', 'only this one', positive)
  .option('--trace', 'print what happens')
  .option('--threads <n>', 'default: one a core', positive)
  .option('--mutant <name>', `put a known bug in: ${MUTANTS.map(({ name }) => name).join(', ')}`)
  .option('--mutants', 'hunt every known bug')
  .option('--parseable', 'put an unpatched Parseable into every world')
  .option('--no-parseable', 'put one into none')
  .option('--keep-going', 'do not stop at the first failure');

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

async function main(): Promise<number> {
  const flags = program.parse().opts<Flags>();
  if (flags.mutants === true) return (await huntMutants((line) => console.log(line))) ? 0 : 1;
  const mutant = MUTANTS.find(({ name }) => name === flags.mutant);
  if (flags.mutant !== undefined && mutant === undefined) {
    console.error(
      `--mutant: there is no "${flags.mutant}"; known: ${MUTANTS.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  const range =
    flags.seed === undefined
      ? { from: flags.from, count: flags.seeds ?? 300 }
      : { from: flags.seed, count: 1 };
  const totals = new Totals();
  const startedMs = performance.now();
  let saidMs = startedMs;
  let failures = 0;
  await runSeeds(range, {
    ...(mutant === undefined ? {} : { mutant }),
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    trace: flags.trace ?? false,
    ...(flags.parseable === undefined ? {} : { parseable: flags.parseable }),
    ended: (answer) => {
      totals.add(answer);
      for (const line of answer.result.trace) console.log(line);
      if (answer.violation !== undefined) {
        failures += 1;
        console.error(failureText(answer, flags));
        return flags.keepGoing ?? false;
      }
      if (performance.now() - saidMs > 30_000) {
        saidMs = performance.now();
        console.log(`${totals.runs} of ${range.count} runs, ${failures} failed`);
      }
      return true;
    },
  });
  console.log(totals.text());
  console.log(`${failures} failed, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return failures === 0 ? 0 : 1;
}

process.exitCode = await main();
