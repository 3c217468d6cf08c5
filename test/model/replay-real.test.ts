/** The production catalog under any log, and the production purger under faults, take steps of the model only. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEntry } from '../../src/catalog/apply.js';
import { lifeStateOf, type LifeState } from '../../src/catalog/lifecycle.js';
import { envelopes } from '../catalog/support/arbitraries.js';
import { MemoryCatalog, START_MS } from '../catalog/support/memory-catalog.js';
import { PurgeWorld } from '../purge/purge-world.js';
import { storeError } from '../support/memory-object-store.js';
import { Replay } from './replay.js';

const RUNS = Number(process.env['CATALOG_RUNS'] ?? 150);
const HOUR_MS = 3_600_000;

describe('the catalog', () => {
  it('takes no step that the model does not allow, whatever the log says', () => {
    fc.assert(
      fc.property(envelopes(START_MS), (log) => {
        const store = new MemoryCatalog();
        const replay = new Replay();
        log.forEach(({ command, stampMs }, at) => {
          const index = at + 1;
          const { result, writes } = applyEntry(store, log[at]!, index);
          store.write(writes);
          // Any entry may have been proposed: that is for the purger's replay.
          replay.proposed({ command, seen: 'ABSENT', proof: 'empty', reports: undefined });
          const verdict = replay.committed({ index, stampMs, command, result });
          if (verdict !== undefined) expect.fail(`entry ${index}, ${command.kind}: ${verdict}`);
        });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the purger', () => {
  it('takes no step that the model does not allow: two leaders, late deletes, a stray write, the prefix used again', async () => {
    const world = new PurgeWorld({ pageKeys: 7, latencyMs: 20 });
    const { verdicts, steps } = replayed(world);
    let requests = 0;
    world.onRequest = ({ kind }) => {
      requests += 1;
      if (requests % 5 !== 0) return undefined;
      const error = storeError('TRANSIENT');
      return kind === 'delete' ? { error, appliedAfterMs: 2_000 } : { error };
    };

    const first = world.stream('web', 60, 'web/');
    const own = world.stream('own', 20);
    world.catalog.markDeleted('web', 1_000);
    world.catalog.markDeleted('own', 1_000);
    const { leader } = world.lead({ deleteBatchMax: 5 });
    await world.clock.advance(1_500);
    leader.depose(3_000);
    world.lead({ deleteBatchMax: 5 });
    await world.until(first, 'PURGED', HOUR_MS);
    await world.until(own, 'PURGED', HOUR_MS);

    world.store.put('web/date=2026-01-01/stray.parquet');
    await world.clock.runUntil(
      () => (world.catalog.stream(first.incarnation)?.sweep.done ?? 0) > 0,
      2 * HOUR_MS,
    );
    expect(world.store.leftBelow('web/')).toEqual([]);

    await world.clock.advance(10 * 60_000);
    const second = world.stream('web', 30, 'web/');
    world.catalog.markDeleted('web', 1_000);
    await world.until(second, 'PURGED', HOUR_MS);
    await world.assertClean();
    expect(verdicts).toEqual([]);
    expect(steps).toMatchObject({ beginDrain: 3, beginPurge: 3, markPurged: 3, beginSweep: 1 });
    expect(steps['deleteSent']).toBeGreaterThan(20);
  });
});

/** Puts a replay beside everything that a purger does in this world. */
function replayed(world: PurgeWorld): {
  readonly verdicts: string[];
  readonly steps: Record<string, number>;
} {
  const replay = new Replay();
  const verdicts: string[] = [];
  const steps: Record<string, number> = {};
  const note = (step: string, verdict: string | undefined): void => {
    steps[step] = (steps[step] ?? 0) + 1;
    if (verdict !== undefined) verdicts.push(`${step}: ${verdict}`);
  };
  const seen = (incarnation: number): LifeState => lifeStateOf(world.catalog.stream(incarnation));
  const apply = world.catalog.apply.bind(world.catalog);
  world.catalog.apply = (command) => {
    const stream = 'incarnation' in command ? world.catalog.stream(command.incarnation) : undefined;
    const isProvenEmpty = stream !== undefined && world.store.leftBelow(stream.prefix).length === 0;
    const proof = isProvenEmpty ? 'empty' : 'none';
    note('proposed', replay.proposed({ command, seen: lifeStateOf(stream), proof, reports: undefined }));
    const result = apply(command);
    const { index } = world.catalog;
    note(command.kind, replay.committed({ index, stampMs: world.clock.wallMs(), command, result }));
    return result;
  };
  const judge = world.store.onSend;
  world.store.onSend = (sent) => {
    judge(sent);
    const { caller, preparedSequence, sentSequence, targets, expiresAtMs } = sent;
    const confirmations = world.terms.flatMap(({ leader }) =>
      leader.name === caller ? leader.confirmations : [],
    );
    const isConfirmed = confirmations.some(
      ({ begunSequence, endedSequence }) => begunSequence > preparedSequence && endedSequence < sentSequence,
    );
    const keys = targets.map(({ key }) => key);
    note('deleteSent', replay.deleteSent({ keys, isConfirmed, seen, isLookedAt: () => true, expiresAtMs }));
  };
  world.store.onKey = ({ key }) => {
    note('deleteLands', replay.deleteApplied([key], world.clock.wallMs()));
    return undefined;
  };
  return { verdicts, steps };
}
