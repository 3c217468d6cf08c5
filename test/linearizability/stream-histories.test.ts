/** Histories of one stream, written by hand: what a correct cluster may show, and what it never may. */
import { describe, expect, it } from 'vitest';
import {
  checkStreamHistory,
  type StreamCall,
  type StreamCallOutcome,
  type StreamInput,
  type StreamModelOptions,
} from '../support/linearizability/index.js';

type Interval = readonly [callAt: number, returnAt: number];
type State = 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED';

function call(input: StreamInput, [callAt, returnAt]: Interval, outcome: StreamCallOutcome): StreamCall {
  return { client: `at-${callAt}`, tenant: '', name: 'orders', input, outcome, callAt, returnAt };
}
function stream(incarnation: number, state: State, revision: number): StreamCallOutcome {
  return { kind: 'stream', incarnation, revision, state };
}
const unknown: StreamCallOutcome = { kind: 'unknown' };
const refused = (reason: string): StreamCallOutcome => ({ kind: 'refused', reason });

const CREATE: StreamInput = { kind: 'create' };
const GET: StreamInput = { kind: 'get' };
const DELETE: StreamInput = { kind: 'delete' };
const UNDELETE: StreamInput = { kind: 'undelete' };

const created = call(CREATE, [0, 1], stream(5, 'ACTIVE', 5));
const deleted = call(DELETE, [2, 3], stream(5, 'DELETED', 8));

function verdict(history: readonly StreamCall[], options: StreamModelOptions = {}): string {
  const { violations, undecided } = checkStreamHistory(history, options);
  if (undecided.length > 0) return 'undecided';
  return violations.length > 0 ? 'rejected' : 'accepted';
}

describe('accepted', () => {
  it.each<[string, StreamCall[]]>([
    [
      'a whole life',
      [
        call(GET, [0, 1], refused('STREAM_NOT_FOUND')),
        call(CREATE, [2, 3], stream(5, 'ACTIVE', 5)),
        call(CREATE, [4, 5], refused('STREAM_EXISTS')),
        call(DELETE, [6, 7], stream(5, 'DELETED', 8)),
        call(UNDELETE, [8, 9], stream(5, 'ACTIVE', 10)),
        call(DELETE, [10, 11], stream(5, 'DELETED', 12)),
        call(GET, [12, 13], stream(5, 'PURGING', 14)),
        call(UNDELETE, [14, 15], refused('PURGE_STARTED')),
        // Drained: PURGING still, and a change.
        call(GET, [15, 16], stream(5, 'PURGING', 15)),
        call(GET, [16, 17], stream(5, 'PURGED', 16)),
        call(CREATE, [18, 19], stream(20, 'ACTIVE', 20)),
        call({ ...GET, incarnation: 5 }, [20, 21], stream(5, 'PURGED', 16)),
      ],
    ],
    [
      'a second delete, which changes nothing',
      [created, deleted, call(DELETE, [4, 5], stream(5, 'DELETED', 8))],
    ],
    ['a purge that nobody saw begin', [created, deleted, call(UNDELETE, [4, 5], refused('PURGE_STARTED'))]],
    [
      'a new life beside a dead one, and the old one back after it',
      [
        created,
        deleted,
        call(CREATE, [4, 5], stream(9, 'ACTIVE', 9)),
        call({ ...UNDELETE, incarnation: 5 }, [6, 7], refused('STREAM_EXISTS')),
        call(DELETE, [8, 9], stream(9, 'DELETED', 12)),
        call({ ...UNDELETE, incarnation: 5 }, [10, 11], stream(5, 'ACTIVE', 13)),
        call(GET, [12, 13], stream(5, 'ACTIVE', 13)),
        call({ ...DELETE, incarnation: 9 }, [14, 15], refused('INCARNATION_MISMATCH')),
      ],
    ],
    [
      'a create of unknown outcome that others see',
      [
        call(CREATE, [0, 9], unknown),
        call(GET, [1, 2], refused('STREAM_NOT_FOUND')),
        call(GET, [20, 21], stream(5, 'ACTIVE', 5)),
      ],
    ],
    [
      'a create of unknown outcome in the way of another',
      [call(CREATE, [0, 1], unknown), call(CREATE, [2, 3], refused('STREAM_EXISTS'))],
    ],
    [
      'a delete of unknown outcome, late',
      [
        created,
        call(DELETE, [2, 3], unknown),
        call(GET, [4, 5], stream(5, 'ACTIVE', 5)),
        call(GET, [6, 7], stream(5, 'DELETED', 9)),
      ],
    ],
    // Executed once, and the repetition under the same request id answers with what is there by then.
    [
      'a repeated delete whose answer shows a later state',
      [
        created,
        call(DELETE, [2, 9], stream(5, 'ACTIVE', 9)),
        call(UNDELETE, [4, 5], stream(5, 'ACTIVE', 9)),
        call(GET, [10, 11], stream(5, 'ACTIVE', 9)),
      ],
    ],
    [
      'a repeated create whose answer shows the stream deleted',
      [call(CREATE, [0, 9], stream(5, 'DELETED', 8)), call(DELETE, [2, 3], stream(5, 'DELETED', 8))],
    ],
    [
      'conditions that hold and that do not',
      [
        created,
        call({ ...DELETE, ifRevision: 4 }, [2, 3], refused('ETAG_MISMATCH')),
        call({ ...DELETE, ifRevision: 5 }, [4, 5], stream(5, 'DELETED', 8)),
        call({ ...UNDELETE, ifRevision: 8 }, [6, 7], refused('ETAG_MISMATCH')),
        call({ ...UNDELETE, ifRevision: 9 }, [8, 9], refused('PURGE_STARTED')),
      ],
    ],
    [
      'nothing to delete',
      [
        call({ ...DELETE, allowMissing: true }, [0, 1], { kind: 'nothing' }),
        call(DELETE, [2, 3], refused('STREAM_NOT_FOUND')),
        call({ ...GET, incarnation: 7 }, [4, 5], refused('STREAM_NOT_FOUND')),
      ],
    ],
    [
      'a prefix of its own that waits for its purge',
      [
        call({ ...CREATE, prefix: 'orders/' }, [0, 1], stream(5, 'ACTIVE', 5)),
        call(DELETE, [2, 3], stream(5, 'DELETED', 8)),
        call({ ...CREATE, prefix: 'orders/' }, [4, 5], refused('PURGE_PENDING')),
        call({ ...CREATE, prefix: 'orders/' }, [6, 7], stream(20, 'ACTIVE', 20)),
        call({ ...GET, incarnation: 5 }, [8, 9], stream(5, 'PURGED', 18)),
      ],
    ],
  ])('%s', (_, history) => {
    expect(verdict(history)).toBe('accepted');
  });

  it('a purged stream that is forgotten, where the run is long enough for it', () => {
    const history = [created, deleted, call(GET, [4, 5], refused('STREAM_NOT_FOUND'))];
    expect(verdict(history, { forgets: true })).toBe('accepted');
    expect(verdict(history)).toBe('rejected');
    expect(
      verdict(
        history.filter((each) => each !== deleted),
        { forgets: true },
      ),
    ).toBe('rejected');
  });
});

describe('rejected', () => {
  it.each<[string, StreamCall[]]>([
    ['a stale read', [created, deleted, call(GET, [4, 5], stream(5, 'ACTIVE', 5))]],
    ['a stale read of a name that was not there', [created, call(GET, [2, 3], refused('STREAM_NOT_FOUND'))]],
    ['a lost create', [created, call(DELETE, [2, 3], refused('STREAM_NOT_FOUND'))]],
    ['a lost delete', [created, deleted, call(CREATE, [4, 5], refused('STREAM_EXISTS'))]],
    [
      'a stream that comes back by itself',
      [
        created,
        deleted,
        call(GET, [4, 5], stream(5, 'DELETED', 8)),
        call(GET, [6, 7], stream(5, 'ACTIVE', 9)),
      ],
    ],
    [
      'a stream that comes back out of its purge',
      [
        created,
        deleted,
        call(GET, [4, 5], stream(5, 'PURGING', 9)),
        call(UNDELETE, [6, 7], stream(5, 'ACTIVE', 11)),
      ],
    ],
    [
      'a purge that goes backwards',
      [
        created,
        deleted,
        call(GET, [4, 5], stream(5, 'PURGED', 12)),
        call(GET, [6, 7], stream(5, 'PURGING', 9)),
      ],
    ],
    [
      'a purge that drains twice',
      [
        created,
        deleted,
        call(GET, [4, 5], stream(5, 'PURGING', 9)),
        call(GET, [6, 7], stream(5, 'PURGING', 10)),
        call(GET, [8, 9], stream(5, 'PURGING', 11)),
      ],
    ],
    ['a purge of a stream that nobody deleted', [created, call(GET, [2, 3], stream(5, 'PURGING', 9))]],
    [
      'a read from a write that failed',
      [call(CREATE, [0, 1], { kind: 'not-done' }), call(GET, [2, 3], stream(5, 'ACTIVE', 5))],
    ],
    [
      'a delete that failed and was done',
      [created, call(DELETE, [2, 3], { kind: 'not-done' }), call(GET, [4, 5], stream(5, 'DELETED', 8))],
    ],
    [
      'two creates that both succeed',
      [call(CREATE, [0, 10], stream(5, 'ACTIVE', 5)), call(CREATE, [0, 10], stream(6, 'ACTIVE', 6))],
    ],
    ['the same life made twice', [created, deleted, call(CREATE, [4, 5], stream(5, 'ACTIVE', 5))]],
    [
      'reads that go back in time',
      [
        created,
        call(DELETE, [2, 20], stream(5, 'DELETED', 8)),
        call(GET, [3, 4], stream(5, 'DELETED', 8)),
        call(GET, [5, 6], stream(5, 'ACTIVE', 5)),
      ],
    ],
    ['revisions that go back in time', [created, deleted, call(UNDELETE, [4, 5], stream(5, 'ACTIVE', 7))]],
    [
      'an incarnation below one that came earlier',
      [created, deleted, call(CREATE, [4, 5], stream(4, 'ACTIVE', 4))],
    ],
    [
      'a repeated create that made two lives',
      [
        call(CREATE, [0, 9], unknown),
        call(GET, [2, 3], stream(5, 'ACTIVE', 5)),
        call(DELETE, [4, 5], stream(5, 'DELETED', 8)),
        call(GET, [10, 11], stream(9, 'ACTIVE', 9)),
      ],
    ],
    [
      'a repeated delete that was done again after an undelete',
      [
        created,
        call(DELETE, [2, 9], stream(5, 'DELETED', 12)),
        call(GET, [3, 4], stream(5, 'DELETED', 7)),
        call(UNDELETE, [5, 6], stream(5, 'ACTIVE', 9)),
        call(GET, [10, 11], stream(5, 'DELETED', 12)),
      ],
    ],
    [
      'an answer that shows more than any other call did',
      [created, call(DELETE, [2, 9], stream(5, 'ACTIVE', 5))],
    ],
    [
      'an undelete that succeeds under a newer life',
      [
        created,
        deleted,
        call(CREATE, [4, 5], stream(9, 'ACTIVE', 9)),
        call({ ...UNDELETE, incarnation: 5 }, [6, 7], stream(5, 'ACTIVE', 13)),
      ],
    ],
    [
      'a condition that did not hold',
      [created, deleted, call({ ...UNDELETE, ifRevision: 5 }, [4, 5], stream(5, 'ACTIVE', 10))],
    ],
    [
      'a prefix with two owners',
      [
        call({ ...CREATE, prefix: 'orders/' }, [0, 1], stream(5, 'ACTIVE', 5)),
        call(DELETE, [2, 3], stream(5, 'DELETED', 8)),
        call({ ...CREATE, prefix: 'orders/' }, [4, 5], stream(9, 'ACTIVE', 9)),
        call({ ...UNDELETE, incarnation: 5 }, [6, 7], refused('STREAM_EXISTS')),
      ],
    ],
    ['a refusal that no rule gives', [created, call(DELETE, [2, 3], refused('PURGE_STARTED'))]],
  ])('%s', (_, history) => {
    expect(verdict(history)).toBe('rejected');
  });

  it('names the stream, and shows it in a timeline', () => {
    const { violations, streams } = checkStreamHistory([
      { ...created, name: 'other' },
      created,
      deleted,
      call(GET, [4, 5], stream(5, 'DELETED', 8)),
      call(GET, [6, 7], stream(5, 'ACTIVE', 5)),
      call(UNDELETE, [8, 9], stream(5, 'ACTIVE', 12)),
    ]);
    expect(streams).toBe(2);
    expect(violations.map(({ name }) => name)).toEqual(['orders']);
    expect(violations[0]?.counterexample.text).toMatchInlineSnapshot(`
      "3 of 7 operations cannot be put in any order:
        at-0  create -> done, incarnation 5            |-|           [0, 1]
        at-2  delete -> done, incarnation 5                |--|      [2, 3]
        at-6  get -> incarnation 5 ACTIVE, revision 5           |-|  [6, 7]
      The longest order that explains its answers has 2:
        1. at-0  create -> done, incarnation 5
        2. at-2  delete -> done, incarnation 5
        and leads to: current incarnation 5: DELETED or later, revision some above 5
      One of these has to be next, and none can be:
        at-6  get -> incarnation 5 ACTIVE, revision 5  [6, 7]"
    `);
  });
});
