/** What a session reports of one node (F2, F5, F6). */
import { describe, expect, it } from 'vitest';
import { DrainReport, NAMED_MAX, type DrainingStream } from '../../src/parseable/drain-report.js';
import { tombstoneOf } from './support.js';

const VIEW = 1_000_000;

function streamAt(drainRevision: number, takenUpTimeMs = 0): DrainingStream & { takenUpTimeMs: number } {
  const incarnation = drainRevision + VIEW;
  return { tombstone: tombstoneOf(`s${drainRevision}/`, drainRevision, incarnation), takenUpTimeMs };
}

function reportOf(...streams: readonly DrainingStream[]): DrainReport {
  const report = new DrainReport();
  for (const stream of streams) report.add(stream);
  return report;
}

const named = (drainRevision: number, lastSeenTimeMs = 0) => ({
  incarnation: drainRevision + VIEW,
  lastSeenTimeMs,
});

describe('a report', () => {
  it('says everything that was seen when nothing drains', () => {
    expect(reportOf().at(90, 0)).toEqual({ drainedRevision: 90, takenUp: [] });
  });

  it('stays below the earliest drain, in whatever order they were added (F2)', () => {
    const [first, second] = [streamAt(50), streamAt(60)];
    const report = reportOf(second, first);
    expect(report.at(90, 0)).toEqual({ drainedRevision: 49, takenUp: [] });
    report.remove(first);
    expect(report.at(90, 0)?.drainedRevision).toBe(59);
    report.remove(second);
    report.remove(second);
    expect(report.at(90, 0)?.drainedRevision).toBe(90);
  });

  it('names what was taken up again, and lets it hold up nothing else (P5)', () => {
    const report = reportOf(streamAt(50, 777), streamAt(60), streamAt(70, 888));
    expect(report.at(90, 0)).toEqual({ drainedRevision: 59, takenUp: [named(50, 777), named(70, 888)] });
  });

  it('names what is not drained below the revision that an earlier run reported (F6)', () => {
    const report = reportOf(streamAt(50), streamAt(60), streamAt(70));
    expect(report.at(90, 60)).toEqual({ drainedRevision: 69, takenUp: [named(50), named(60)] });
  });

  it('is made anew when something has changed, and only then', () => {
    const stream = streamAt(50);
    const report = reportOf(stream);
    const before = report.at(90, 0);
    expect(report.at(90, 0)).toBe(before);
    stream.takenUpTimeMs = 5;
    report.changed();
    expect(report.at(90, 0)).toEqual({ drainedRevision: 90, takenUp: [named(50, 5)] });
    expect(report.at(91, 0)?.drainedRevision).toBe(91);
    expect(report.at(91, 50)?.takenUp).toEqual([named(50, 5)]);
  });

  it('holds the revision below what has no room among the names (F5)', () => {
    const report = new DrainReport();
    for (let revision = 1; revision <= NAMED_MAX + 2; revision++) report.add(streamAt(revision, 9));
    const made = report.at(VIEW, 0);
    expect(made?.drainedRevision).toBe(NAMED_MAX);
    expect(made?.takenUp).toHaveLength(NAMED_MAX);
    expect(made?.takenUp.at(-1)).toEqual(named(NAMED_MAX, 9));
  });

  it('gives room first to what must be named', () => {
    const report = new DrainReport();
    for (let revision = 101; revision <= 100 + NAMED_MAX; revision++) report.add(streamAt(revision, 9));
    report.add(streamAt(50));
    const made = report.at(VIEW, 60);
    expect(made?.takenUp[0]).toEqual(named(50));
    expect(made?.takenUp).toHaveLength(NAMED_MAX);
    expect(made?.drainedRevision).toBe(100 + NAMED_MAX - 1);
  });

  it('is none at all rather than one that leaves out a stream below what was reported', () => {
    const report = new DrainReport();
    const streams = Array.from({ length: NAMED_MAX + 1 }, (_, at) => streamAt(at + 1));
    for (const stream of streams) report.add(stream);
    expect(report.at(VIEW, VIEW)).toBeUndefined();
    report.remove(streams[0]!);
    expect(report.at(VIEW, VIEW)).toMatchObject({ drainedRevision: VIEW });
    expect(report.at(VIEW, VIEW)?.takenUp).toHaveLength(NAMED_MAX);
  });
});
