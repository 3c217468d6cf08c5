import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FatalError } from '../../src/shared/fatal.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import { CrashModel } from './crash-model.js';
import type { Action } from './crash-model.js';
import { nodeOptions } from './node-fixture.js';
import { Crash, SimulatedEnvironment } from './simulated-environment.js';
import type { CrashPoint } from './simulated-environment.js';

const options = nodeOptions('simulated', { makeDirectoryId: () => 'd'.repeat(32) });

const action: fc.Arbitrary<Action> = fc.record({
  kind: fc.constantFrom(
    'append',
    'append',
    'truncate',
    'vote',
    'commit',
    'apply',
    'apply',
    'compact',
    'install',
  ),
  amount: fc.integer({ min: 1, max: 6 }),
});
const crash: fc.Arbitrary<CrashPoint> = fc.record({
  step: fc.integer({ min: 1, max: 40 }),
  kept: fc.integer({ min: 0, max: 20 }),
  fraction: fc.constantFrom(0, 0.005, 0.01, 0.02, 1),
});

/** Runs until the end or the crash. */
async function live(
  environment: SimulatedEnvironment,
  model: CrashModel,
  actions: readonly Action[],
): Promise<void> {
  try {
    const storage = await openNodeStorageIn(environment, options);
    await model.check(storage);
    for (const item of actions) await model.run(storage, item);
    await storage.close();
  } catch (error) {
    const cause = error instanceof FatalError ? error.cause : error;
    if (!(cause instanceof Crash)) throw error;
  }
}

describe('after a crash at any step', () => {
  test('everything acknowledged is there, and no healthy disk is called damaged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(action, { maxLength: 12 }), crash), { minLength: 1, maxLength: 4 }),
        async (lives) => {
          const model = new CrashModel();
          let environment = new SimulatedEnvironment();
          for (const [actions, point] of lives) {
            environment.plan(point);
            await live(environment, model, actions);
            environment = environment.restart();
          }
          const storage = await openNodeStorageIn(environment, options);
          await model.check(storage);
          await storage.close();
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('when the database loses what was synced', () => {
  test('a loss of anything acknowledged is called damage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 3, maxLength: 15 }),
        fc.nat(),
        async (actions, choice) => {
          const model = new CrashModel();
          const environment = new SimulatedEnvironment();
          const storage = await openNodeStorageIn(environment, options);
          const earlier = [environment.store?.crash(Infinity)];
          for (const item of actions) {
            await model.run(storage, item);
            earlier.push(environment.store?.crash(Infinity));
          }
          await storage.close();
          const store = earlier[choice % earlier.length];
          if (store === undefined) throw new Error('no database');
          let reopened;
          try {
            reopened = await openNodeStorageIn(environment.withStore(store), options);
          } catch (error) {
            expect(error).toMatchObject({ kind: 'STORAGE_DAMAGED' });
            return;
          }
          // Accepted: then nothing that mattered was lost.
          await model.check(reopened);
        },
      ),
      { numRuns: 250 },
    );
  });
});
