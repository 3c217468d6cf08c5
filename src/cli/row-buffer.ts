/**
 * Rows of a table that come one by one, held back until there are so many, or for so long, that the columns of one
 * piece line up. Whoever writes anything else to the same terminal flushes first.
 */
import type { TableWriter } from './table.js';

const ROWS_AT_ONCE = 50;
const HOLD_MS = 1_000;

export class RowBuffer {
  readonly #table: TableWriter;
  readonly #write: (text: string) => void;
  readonly #nowMs: () => number;
  #rows: (readonly string[])[] = [];
  #flushedMs: number;

  constructor(table: TableWriter, write: (text: string) => void, nowMs = () => performance.now()) {
    this.#table = table;
    this.#write = write;
    this.#nowMs = nowMs;
    this.#flushedMs = nowMs();
  }

  add(row: readonly string[]): void {
    this.#rows.push(row);
    if (this.#rows.length >= ROWS_AT_ONCE) this.flush();
  }

  /** True when everything has been written: it was time for it. */
  flushIfDue(): boolean {
    const isDue = this.#nowMs() - this.#flushedMs >= HOLD_MS;
    if (isDue) this.flush();
    return isDue;
  }

  flush(): void {
    this.#flushedMs = this.#nowMs();
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    this.#write(this.#table.add(rows));
  }
}
