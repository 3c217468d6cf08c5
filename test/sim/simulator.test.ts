/** The default run of the simulator. `npm run sim` runs as many as one likes, and shows single ones. */
import { describe, expect, it } from 'vitest';
import { KEPT_PARSEABLE_SEEDS, KEPT_SEEDS } from './kept-seeds.js';
import { planOf } from './plan.js';
import { failureText } from './report.js';
import { runSeeds, type RunnerOptions, type SeedRange } from './runner.js';
import { simulate } from './world.js';

const DEFAULT_SEEDS = 300;

async function failuresIn(
  ranges: readonly SeedRange[],
  world: Pick<RunnerOptions, 'parseable'> = {},
): Promise<string> {
  const failures: string[] = [];
  for (const range of ranges) {
    await runSeeds(range, {
      ...world,
      ended: (answer) => {
        if (answer.violation !== undefined) failures.push(failureText(answer, world));
        return answer.violation === undefined;
      },
    });
  }
  return failures.join('\n');
}

describe('the simulator', () => {
  it(`finds nothing in ${DEFAULT_SEEDS} worlds`, async () => {
    expect(await failuresIn([{ from: 1, count: DEFAULT_SEEDS }])).toBe('');
  }, 600_000);

  it('finds nothing where it once did', async () => {
    const alone = (from: number): SeedRange => ({ from, count: 1 });
    expect(await failuresIn(KEPT_SEEDS.map(alone), { parseable: false })).toBe('');
    expect(await failuresIn(KEPT_PARSEABLE_SEEDS.map(alone), { parseable: true })).toBe('');
  });

  it.each([4711, 20688, 20737])('writes the same trace, byte for byte, for seed %i', async (seed) => {
    const [once, again] = [await simulate(planOf(seed), TRACED), await simulate(planOf(seed), TRACED)];
    expect(once.trace.length).toBeGreaterThan(100);
    expect(again.trace.join('\n')).toBe(once.trace.join('\n'));
    expect(again.events).toBe(once.events);
  });

  it('writes the same trace where there is a Parseable', async () => {
    const plan = planOf(4711, true);
    const [once, again] = [await simulate(plan, TRACED), await simulate(plan, TRACED)];
    expect(once.trace.length).toBeGreaterThan(100);
    expect(again.trace.join('\n')).toBe(once.trace.join('\n'));
  });

  it('tells another story for another seed', async () => {
    const [one, other] = [await simulate(planOf(4711), TRACED), await simulate(planOf(4712), TRACED)];
    expect(other.trace.join('\n')).not.toBe(one.trace.join('\n'));
  });
});

const TRACED = { trace: true };
