import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/cli/duration.js';
import { exitStatusOf } from '../../src/cli/exit-status.js';
import { bytes } from '../../src/cli/render.js';
import { displayWidth, renderFields, renderTable } from '../../src/cli/table.js';
import { REASONS, SextonError } from '../../src/shared/errors.js';

const ANY = { minMs: 0, maxMs: Number.MAX_SAFE_INTEGER };

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
  ])('reads %s', (text, expected) => {
    expect(parseDuration(text, ANY)).toBe(expected);
  });

  it.each(['', '5', 's', '-1s', '1.5h', '1h30m', ' 1s', '1S', '1e3s', '9999999999999999s'])(
    'refuses %j',
    (text) => {
      expect(() => parseDuration(text, ANY)).toThrow(InvalidArgumentError);
    },
  );

  it('refuses what is out of bounds, and says the bounds', () => {
    expect(() => parseDuration('11s', { minMs: 1_000, maxMs: 10_000 })).toThrow('between 1s and 10s');
  });

  it.each([
    [0, '0ms'],
    [999, '999ms'],
    [61_000, '1m 1s'],
    [3_600_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('writes %d ms', (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });
});

describe('tables', () => {
  it('align by what a terminal shows', () => {
    expect(displayWidth('日志')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
    expect(
      renderTable(
        [{ title: 'A' }, { title: 'B', align: 'right' }],
        [
          ['日志', '1'],
          ['x', '23'],
        ],
      ),
    ).toBe('A      B\n日志   1\nx     23\n');
  });

  it('cut the last column to the width of the terminal', () => {
    const table = renderTable([{ title: 'A' }, { title: 'REASON' }], [['x', 'a very long reason indeed']], {
      columns: 12,
    });
    expect(table).toBe('A  REASON\nx  a very l…\n');
  });

  it('show control characters instead of obeying them', () => {
    expect(renderFields([['error', 'red \u001b[31m']])).toBe('error  red \\x1b[31m\n');
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [1_023, '1023 B'],
    [1_536, '1.5 KiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
  ])('writes %d', (value, expected) => {
    expect(bytes(value)).toBe(expected);
  });
});

describe('exit statuses', () => {
  it('tell unavailable, bad input and refused apart, for every reason', () => {
    const statuses = Object.fromEntries(
      REASONS.map((reason) => [reason, exitStatusOf(new SextonError(reason, ''))]),
    );
    expect(statuses).toMatchInlineSnapshot(`
      {
        "CANCELLED": 5,
        "DEADLINE_EXCEEDED": 2,
        "ETAG_MISMATCH": 4,
        "INCARNATION_MISMATCH": 4,
        "INTERNAL": 1,
        "INVALID_ARGUMENT": 3,
        "LEARNER_NOT_READY": 4,
        "MEMBERSHIP_CHANGE_PENDING": 4,
        "MEMBER_EXISTS": 4,
        "MEMBER_NOT_FOUND": 4,
        "NODE_STOPPING": 2,
        "NOT_A_VOTER": 4,
        "NOT_LEADER": 2,
        "NO_LEADER": 2,
        "OUTCOME_UNKNOWN": 2,
        "PREFIX_EMPTY": 4,
        "PREFIX_NOT_RESIDUE": 4,
        "PREFIX_OVERLAP": 4,
        "PREFIX_TOO_YOUNG": 4,
        "PURGE_PENDING": 4,
        "PURGE_STARTED": 4,
        "QUORUM_AT_RISK": 4,
        "REVISION_COMPACTED": 4,
        "SESSION_EXPIRED": 4,
        "SESSION_NOT_READY": 4,
        "STORAGE_NOT_READY": 4,
        "STREAM_EXISTS": 4,
        "STREAM_NOT_DELETED": 4,
        "STREAM_NOT_FOUND": 4,
        "TOO_MANY_REQUESTS": 2,
        "TRANSFER_FAILED": 2,
        "UNIMPLEMENTED": 1,
        "UNREACHABLE": 2,
      }
    `);
  });
});
