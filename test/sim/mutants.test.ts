/**
 * A simulator that finds nothing has to show that it would. Every known bug must still fit the source; the quick
 * ones are hunted here, all of them by `npm run sim -- --mutants`.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mutate } from './build.js';
import { hunt } from './mutants/hunt.js';
import { MUTANTS } from './mutants/index.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Found within so few seeds that every test run can afford it. */
const QUICK_SEEDS = 20;

describe('mutants', () => {
  it('are at least twelve, each with a name of its own', () => {
    expect(MUTANTS.length).toBeGreaterThanOrEqual(12);
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  });

  it.each(MUTANTS)('$name fits the source', ({ edits }) => {
    for (const edit of edits) {
      const source = readFileSync(ROOT + edit.file, 'utf8');
      expect(mutate(source, edit)).not.toBe(source);
    }
  });

  it.each(MUTANTS.filter(({ withinSeeds }) => withinSeeds <= QUICK_SEEDS))(
    '$name is found within $withinSeeds seeds',
    async (mutant) => {
      expect(await hunt(mutant)).toMatchObject({ seeds: expect.any(Number) as number });
    },
    120_000,
  );
});
