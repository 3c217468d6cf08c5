/** What `sexton parseable sync` says of streams that were created or deleted behind the catalog, and its flags for it. */
import { describe, expect, it } from 'vitest';
import { StatusLines, syncTable } from '../../src/cli/commands/parseable-status.js';
import type { ComparisonStatus, SyncStatus } from '../../src/parseable/status.js';
import { run } from '../cli/run.js';

const NOW_MS = 1_800_000_000_000;

const quiet: ComparisonStatus = {
  lastLookTimeMs: NOW_MS,
  adoptNew: true,
  followDeletes: false,
  problem: '',
  heldBack: '',
  newCount: 0,
  newStreams: [],
  missingCount: 0,
  missingStreams: [],
  unlistedCount: 0,
  adoptedTotal: 0,
  followedTotal: 0,
};
const app = {
  tenant: 'acme',
  name: 'app',
  sinceTimeMs: NOW_MS - 60_000,
  problem: 'PREFIX_OVERLAP: a\u001b[31m',
};
const gone = { tenant: '', name: 'gone', incarnation: 7, wasListed: true, sinceTimeMs: NOW_MS, problem: '' };

function status(comparison: Partial<ComparisonStatus>): SyncStatus {
  const merged = { ...quiet, ...comparison };
  return { revision: 12, catalogError: '', discoveryError: '', nodes: [], comparison: merged };
}

describe('the table', () => {
  it('has no line for a deployment that agrees with the catalog, nor before the first look', () => {
    const before = { problem: 'not compared yet', lastLookTimeMs: undefined };
    for (const comparison of [{}, before])
      expect(syncTable(status(comparison), NOW_MS)).toBe(
        syncTable({ revision: 12, catalogError: '', discoveryError: '', nodes: [] }, NOW_MS),
      );
  });

  it('names what is behind the catalog, why, and what to do', () => {
    const text = syncTable(
      status({
        newCount: 4,
        newStreams: [app, app, app, app],
        missingCount: 1,
        missingStreams: [gone],
        adoptedTotal: 1_234,
        problem: 'the streams cannot be listed',
      }),
      NOW_MS,
    );
    const fields = text.split('\n\n')[0]!.replaceAll(/^(\S+(?: \S+)*) {2,}/gm, '$1: ');
    expect(`\n${fields}\n`).toMatchInlineSnapshot(`
      "
      catalog: revision 12
      not compared: the streams cannot be listed
      adopted: 1,234 that Parseable created by itself
      not in catalog: 4: acme/app (since 2027-01-15T07:59:00Z; PREFIX_OVERLAP: a\\x1b[31m), acme/app (since 2027-01-15T07:59:00Z; PREFIX_OVERLAP: a\\x1b[31m), acme/app (since 2027-01-15T07:59:00Z; PREFIX_OVERLAP: a\\x1b[31m), ...
      missing: 1: gone (since 2027-01-15T08:00:00Z); 'sexton stream delete' or --follow-deletes removes what is left
      "
    `);
  });

  it('says what is held back only where deletes are followed', () => {
    const held = { missingCount: 1, missingStreams: [gone], heldBack: 'more than half' };
    expect(syncTable(status(held), NOW_MS)).not.toContain('held back');
    const text = syncTable(status({ ...held, followDeletes: true, followedTotal: 2 }), NOW_MS);
    expect(text).toMatch(/held back +more than half/);
    expect(text).toMatch(/followed +2 that Parseable deleted/);
    expect(text).not.toContain('--follow-deletes');
  });
});

describe('the lines', () => {
  it('have one for the comparison when something has changed, and not for each look', () => {
    const lines = new StatusLines();
    const first = lines.next(status({}), NOW_MS).trim().split('\n');
    expect(first.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      'catalog',
      'comparison',
    ]);
    expect(lines.next(status({ lastLookTimeMs: NOW_MS + 5_000 }), NOW_MS + 5_000)).toBe('');
    const news = lines.next(status({ missingCount: 1, missingStreams: [gone] }), NOW_MS + 6_000);
    expect(JSON.parse(news)).toMatchObject({
      kind: 'comparison',
      missingCount: 1,
      missingStreams: [{ name: 'gone', wasListed: true }],
    });
  });
});

describe('the flags', () => {
  it.each([
    [['--compare-every', '9s'], /--compare-every.*between 10s and 1h/],
    [['--missing-after', '30s'], /--missing-after.*between 1m and 1d/],
    [['--adopt-new', 'maybe'], /--adopt-new.*Allowed choices are on, off/],
  ])('are refused when they say %s', async (flags, message) => {
    const args = ['parseable', 'sync', '--ingest-node', '127.0.0.1:1', ...flags];
    const { status: exit, stderr } = await run(args, { env: { P_USERNAME: 'a', P_PASSWORD: 'b' } });
    expect(exit).toBe(3);
    expect(stderr).toMatch(message);
  });
});
