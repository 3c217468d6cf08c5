import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WritesInFlight, type Write } from '../../../src/parseable/gateway/writes-in-flight.js';

const BROKEN_MS = 1_000;
const writesOf = (namesMax = 10): WritesInFlight =>
  new WritesInFlight({ brokenWriteMs: BROKEN_MS, namesMax });

describe('WritesInFlight', () => {
  it('holds the tombstone of a name back until its writes are answered, and no other', () => {
    const writes = writesOf();
    const [first, second] = [writes.begin(['/web'], 0), writes.begin(['/web', '/api'], 0)];
    writes.tombstoned('/idle', 20);
    expect(writes.drainedRevision(30, 0)).toBe(30);
    writes.tombstoned('/web', 31);
    expect(writes.drainedRevision(40, 0)).toBe(30);
    writes.end(first!, 'answered', 1);
    expect(writes.drainedRevision(40, 1)).toBe(30);
    writes.end(second!, 'answered', 2);
    expect(writes.drainedRevision(40, 2)).toBe(40);
    expect(writes.isSettled(2)).toBe(true);
  });

  it('counts a write that broke for a while longer', () => {
    const writes = writesOf();
    const write = writes.begin(['/web'], 0)!;
    writes.tombstoned('/web', 31);
    expect(writes.nextSettlingMs(0)).toBeUndefined();
    writes.end(write, 'broken', 500);
    writes.end(write, 'answered', 501);
    expect(writes.nextSettlingMs(501)).toBe(500 + BROKEN_MS);
    expect(writes.drainedRevision(40, 1_499)).toBe(30);
    expect(writes.isSettled(1_499)).toBe(false);
    expect(writes.drainedRevision(40, 1_500)).toBe(40);
  });

  it('is not held up by a name that is written to again after an undelete', () => {
    const writes = writesOf();
    const before = writes.begin(['/web'], 0)!;
    writes.tombstoned('/web', 31);
    const after = writes.begin(['/web'], 1)!;
    writes.end(before, 'answered', 2);
    expect(writes.drainedRevision(40, 2)).toBe(40);
    writes.tombstoned('/web', 45);
    expect(writes.drainedRevision(50, 3)).toBe(44);
    writes.end(after, 'answered', 4);
    expect(writes.drainedRevision(50, 4)).toBe(50);
  });

  it('takes no more names than it may hold, and has room again when broken writes are over', () => {
    const writes = writesOf(1);
    const write = writes.begin(['/a'], 0)!;
    expect(writes.begin(['/b'], 0)).toBeUndefined();
    writes.end(write, 'broken', 0);
    expect(writes.begin(['/b'], 999)).toBeUndefined();
    expect(writes.begin(['/b'], 1_000)).toBeDefined();
  });

  it('never reports a tombstone as drained before the writes that began ahead of it are over', () => {
    const names = ['/a', '/b'];
    const step = fc.record({
      kind: fc.constantFrom('begin', 'answer', 'break', 'tombstone'),
      name: fc.constantFrom(...names),
      which: fc.nat(5),
      waitMs: fc.nat(600),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const writes = writesOf(100);
        let nowMs = 0;
        let revision = 10;
        const running: { write: Write; name: string; beganAt: number; untilMs: number }[] = [];
        const over: typeof running = [];
        const tombstones = new Map<string, number[]>(names.map((name) => [name, []]));
        for (const { kind, name, which, waitMs } of steps) {
          nowMs += waitMs;
          const at = running[which];
          if (kind === 'begin')
            running.push({ write: writes.begin([name], nowMs)!, name, beganAt: revision, untilMs: Infinity });
          else if (kind === 'tombstone') {
            revision += 1;
            writes.tombstoned(name, revision);
            tombstones.get(name)?.push(revision);
          } else if (at !== undefined) {
            writes.end(at.write, kind === 'answer' ? 'answered' : 'broken', nowMs);
            running.splice(which, 1);
            over.push({ ...at, untilMs: kind === 'answer' ? nowMs : nowMs + BROKEN_MS });
          }
          const drained = writes.drainedRevision(revision, nowMs);
          for (const { name: written, beganAt, untilMs } of [...running, ...over]) {
            const next = tombstones.get(written)?.find((each) => each > beganAt) ?? Infinity;
            if (untilMs > nowMs) expect(drained).toBeLessThan(next);
          }
        }
        nowMs += BROKEN_MS;
        for (const { write } of running) writes.end(write, 'answered', nowMs);
        expect(writes.drainedRevision(revision, nowMs)).toBe(revision);
      }),
      { numRuns: 1_000 },
    );
  });
});
