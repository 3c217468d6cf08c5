/** Rows held back until enough of them, or enough time, make a piece whose columns line up. */
import { describe, expect, it } from 'vitest';
import { RowBuffer } from '../../src/cli/row-buffer.js';
import { TableWriter } from '../../src/cli/table.js';

describe('a row buffer', () => {
  it('writes after a second, after fifty rows, and when told to; once each', () => {
    const written: string[] = [];
    let nowMs = 0;
    const table = new TableWriter([{ title: 'A' }, { title: 'B' }]);
    const rows = new RowBuffer(
      table,
      (text) => written.push(text),
      () => nowMs,
    );
    rows.add(['short', '1']);
    rows.add(['rather longer', '2']);
    nowMs = 999;
    expect(rows.flushIfDue()).toBe(false);
    expect(written).toEqual([]);
    nowMs = 1_000;
    expect(rows.flushIfDue()).toBe(true);
    expect(written).toEqual(['A              B\nshort          1\nrather longer  2\n']);
    for (let nth = 0; nth < 51; nth++) rows.add(['x', String(nth)]);
    expect(written).toHaveLength(2);
    rows.flush();
    rows.flush();
    expect(written).toHaveLength(3);
    expect(written.join('').split('\n')).toHaveLength(1 + 2 + 51 + 1);
  });
});
