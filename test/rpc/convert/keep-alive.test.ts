/** A keep-alive's frame: what it reports, its bounds, and which field an error names. */
import { describe, expect, it } from 'vitest';
import type { KeepAliveRequest__Output } from '../../../src/generated/sexton/v1/KeepAliveRequest.js';
import { fromKeepAlive } from '../../../src/rpc/convert/session.js';
import { SextonError } from '../../../src/shared/errors.js';

const YEAR_9999_S = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

function frame(fields: object = {}): KeepAliveRequest__Output {
  const empty = { sessionId: '9', sequence: 2, drainedRevision: 7, takenUp: [], renewOnly: false };
  return Object.assign(empty, fields);
}

const takenUp = (incarnation: number, lastSeenTime: object | null = { seconds: 5, nanos: 0 }): object => ({
  incarnation,
  lastSeenTime,
});

/** The fields that an error names. */
function fieldsOf(fields: object, after = 1): readonly string[] {
  try {
    fromKeepAlive(frame(fields), after);
  } catch (error) {
    if (error instanceof SextonError && error.reason === 'INVALID_ARGUMENT')
      return error.violations.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe('a keep-alive', () => {
  it('reports a revision, and streams with the time in whole milliseconds', () => {
    const named = [
      takenUp(3, { seconds: 1, nanos: 234_999_999 }),
      takenUp(4, null),
      takenUp(5, { seconds: 0, nanos: 0 }),
    ];
    expect(fromKeepAlive(frame({ takenUp: named }), 1)).toEqual({
      drainedRevision: 7,
      takenUp: [
        { incarnation: 3, lastSeenTimeMs: 1_234 },
        { incarnation: 4, lastSeenTimeMs: 0 },
        { incarnation: 5, lastSeenTimeMs: 0 },
      ],
      renewOnly: false,
    });
  });

  it('names a thousand streams, and not one more', () => {
    const many = (count: number): object => ({
      takenUp: Array.from({ length: count }, (_, at) => takenUp(at + 1)),
    });
    expect(fieldsOf(many(1_000))).toEqual([]);
    expect(fieldsOf(many(1_001))).toEqual(['taken_up']);
  });

  it.each<[string, object, string]>([
    ['no incarnation', takenUp(0), 'taken_up[1].incarnation'],
    ['a negative one', takenUp(-1), 'taken_up[1].incarnation'],
    ['one that is no exact number', takenUp(2 ** 53), 'taken_up[1].incarnation'],
    ['one that was named before', takenUp(3), 'taken_up[1].incarnation'],
    ['a time before 1970', takenUp(4, { seconds: -1, nanos: 0 }), 'taken_up[1].last_seen_time'],
    ['a time after 9999', takenUp(4, { seconds: YEAR_9999_S + 1, nanos: 0 }), 'taken_up[1].last_seen_time'],
    ['a time that is no number', takenUp(4, { seconds: NaN, nanos: 0 }), 'taken_up[1].last_seen_time'],
  ])('is refused for %s, by the place of the stream', (_what, bad, field) => {
    expect(fieldsOf({ takenUp: [takenUp(3), bad] })).toEqual([field]);
  });

  it('is refused for a revision or a sequence that is not one, all at once', () => {
    expect(fieldsOf({ drainedRevision: -1 })).toEqual(['drained_revision']);
    expect(fieldsOf({ drainedRevision: 2 ** 53, sequence: 1, takenUp: [takenUp(0)] })).toEqual([
      'drained_revision',
      'taken_up[0].incarnation',
      'sequence',
    ]);
    expect(fieldsOf({}, 2)).toEqual(['sequence']);
  });

  it('that only renews is not looked at further, but for its sequence', () => {
    const renewal = { renewOnly: true, drainedRevision: -1, takenUp: [takenUp(0)] };
    expect(fromKeepAlive(frame(renewal), 1)).toMatchObject({ takenUp: [], renewOnly: true });
    expect(fieldsOf(renewal, 2)).toEqual(['sequence']);
  });
});
