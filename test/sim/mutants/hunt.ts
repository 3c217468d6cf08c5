/** Puts each known bug in, and counts the seeds until a run fails. */
import { runSeeds } from '../runner.js';
import { MUTANTS } from './index.js';
import type { Mutant } from './mutant.js';

export interface Catch {
  /** Seeds run until the first failure; undefined: not found. */
  readonly seeds: number | undefined;
  readonly invariant: string;
}

export async function hunt(mutant: Mutant): Promise<Catch> {
  let runs = 0;
  let found: Catch = { seeds: undefined, invariant: '' };
  await runSeeds(
    { from: 1, count: mutant.withinSeeds },
    {
      mutant,
      parseable: mutant.inParseableWorlds ?? false,
      ended: ({ violation }) => {
        runs += 1;
        if (violation === undefined) return true;
        found = { seeds: runs, invariant: violation.invariant };
        return false;
      },
    },
  );
  return found;
}

/** True when every one was found. */
export async function huntMutants(say: (line: string) => void): Promise<boolean> {
  let missed = 0;
  for (const mutant of MUTANTS) {
    const { seeds, invariant } = await hunt(mutant);
    if (seeds === undefined) missed += 1;
    say(
      seeds === undefined
        ? `MISSED  ${mutant.name}: not within ${mutant.withinSeeds} seeds`
        : `caught  ${mutant.name}: ${seeds} of ${mutant.withinSeeds} seeds, ${invariant}`,
    );
  }
  say(`${MUTANTS.length - missed} of ${MUTANTS.length} caught`);
  return missed === 0;
}
