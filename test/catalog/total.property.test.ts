/**
 * Apply is total: whatever a committed entry says, every member comes to an answer, and to the same one. A throw would
 * stop all of them at the same index, again after each restart.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEntry } from '../../src/catalog/apply.js';
import { decodeEnvelope, encodeEnvelope } from '../../src/catalog/codec.js';
import { readImage } from '../../src/catalog/image.js';
import { checkImage } from '../../src/catalog/invariants.js';
import { META_KEY } from '../../src/catalog/keys.js';
import { TIME_MS_MAX } from '../../src/catalog/limits.js';
import { readMeta } from '../../src/catalog/queries.js';
import { encodeMeta, encodeMetaBody } from '../../src/catalog/record-codec.js';
import type { Command } from '../../src/catalog/types.js';
import { anyCommands, commands } from './support/arbitraries.js';
import { MemoryCatalog, START_MS } from './support/memory-catalog.js';

const RUNS = Number(process.env['CATALOG_RUNS'] ?? 150);

/** The ends of what a varint carries, of time, and what lies just beyond. */
const extreme = fc.constantFrom(0, 1, TIME_MS_MAX - 1, TIME_MS_MAX, TIME_MS_MAX + 1, Number.MAX_SAFE_INTEGER);
/** What decides which life or session a command is about stays: extremes there are only `not found`. */
const TARGETS: ReadonlySet<string> = new Set([
  'incarnation',
  'sessionId',
  'ifRevision',
  'tombstoneRevision',
  'drainRevision',
]);

const hostile: fc.Arbitrary<Command> = fc
  .tuple(commands(START_MS), fc.array(extreme, { minLength: 8, maxLength: 8 }), fc.nat({ max: 255 }))
  .map(([command, values, which]) => {
    let at = 0;
    const fields = Object.entries(command).map(([field, value]) => {
      const isExtreme = typeof value === 'number' && !TARGETS.has(field) && ((which >> at) & 1) === 1;
      return [field, isExtreme ? values[at++ % values.length] : (at++, value)] as const;
    });
    return Object.fromEntries(fields) as unknown as Command;
  });

const log = fc.array(
  fc.record({
    command: fc.oneof({ weight: 8, arbitrary: hostile }, { weight: 1, arbitrary: anyCommands() }),
    stampMs: fc.oneof({ weight: 6, arbitrary: fc.constant(START_MS) }, { weight: 1, arbitrary: extreme }),
    requestId: fc.oneof(
      { weight: 4, arbitrary: fc.constant('') },
      fc.constantFrom('8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11', 'no uuid'),
    ),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

describe('any committed entry', () => {
  it('is answered, leaves the catalog whole, and gives the same bytes from its encoding', () => {
    fc.assert(
      fc.property(log, (entries) => {
        const [store, decoded] = [new MemoryCatalog(), new MemoryCatalog()];
        entries.forEach((fields, at) => {
          const entry = { proposal: { member: 1, boot: 1, sequence: at }, ...fields };
          store.write(applyEntry(store, entry, at + 1).writes);
          decoded.write(applyEntry(decoded, decodeEnvelope(encodeEnvelope(entry)), at + 1).writes);
        });
        const violations = checkImage(readImage(store.entries()));
        if (violations.length > 0) expect(violations).toEqual([]);
        expect(decoded.dump()).toBe(store.dump());
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it('is answered by a catalog whose counts were begun after what they count', () => {
    const store = new MemoryCatalog();
    let index = 0;
    const apply = (command: Command): unknown => {
      const entry = {
        proposal: { member: 1, boot: 1, sequence: 0 },
        requestId: '',
        stampMs: START_MS,
        command,
      };
      const { result, writes } = applyEntry(store, entry, ++index);
      store.write(writes);
      return result;
    };
    const target = { tenant: '', name: 'web', incarnation: 0 };
    apply({ kind: 'createStream', tenant: '', name: 'web', prefix: '', labels: [] });
    apply({ kind: 'markDeleted', ...target, gracePeriodMs: 0, ifRevision: 0, allowMissing: false });
    apply({ kind: 'setPurgePaused', ...target, paused: true });
    // As it was written before streams paused by name were counted.
    const meta = readMeta(store);
    const body = encodeMetaBody({ ...meta, pausedStreams: 0 });
    store.write([{ key: META_KEY, value: encodeMeta(body, meta.digest) }]);
    expect(apply({ kind: 'setPurgePaused', ...target, paused: false })).toMatchObject({ ok: true });
    expect(readMeta(store).pausedStreams).toBe(0);
  });
});
