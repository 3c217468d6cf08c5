/** Aligned columns for terminals. Widths count what a terminal shows: CJK and emoji take two cells. */
import { plain, type Paint } from './style.js';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const ZERO = /\p{Mark}|\p{Cf}/u;
const GAP = '  ';
/** No column is cut below this, or below its title. */
const WIDTH_MIN = 8;

export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += char < '\u0300' ? 1 : ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

export interface TableLook {
  /** The terminal's width; 0 (default) = never cut. */
  readonly columns?: number;
  readonly paint?: Paint;
}

// eslint-disable-next-line no-control-regex -- finding control characters is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Control characters would let a stored text move the cursor: they are shown as what they are. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function pad(text: string, width: number, align: Column['align']): string {
  const fill = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? fill + text : text + fill;
}

function cut(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const char of text) {
    used += displayWidth(char);
    if (used > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}

/**
 * A table that is written piece by piece: the title line once, and columns that only grow, so that the
 * pages of a long listing line up without being held in memory.
 */
export class TableWriter {
  readonly #columns: readonly Column[];
  readonly #look: Required<TableLook>;
  #widths: number[];
  #begun = false;

  constructor(columns: readonly Column[], look: TableLook = {}) {
    this.#columns = columns;
    this.#look = { columns: look.columns ?? 0, paint: look.paint ?? plain };
    this.#widths = columns.map(({ title }) => displayWidth(title));
  }

  /** The lines of these rows, each ending in '\n'; the first call begins with the titles. */
  add(rows: readonly (readonly string[])[]): string {
    const cells = rows.map((row) => row.map(printable));
    this.#widths = this.#widths.map((width, at) =>
      cells.reduce((widest, row) => Math.max(widest, displayWidth(row[at] ?? '')), width),
    );
    if (this.#look.columns > 0) this.#fit(this.#look.columns);
    const titles = this.#begun
      ? ''
      : this.#line(
          this.#columns.map(({ title }) => title),
          plain,
        );
    this.#begun = true;
    return titles + cells.map((row) => this.#line(row, this.#look.paint)).join('');
  }

  #line(row: readonly string[], paint: Paint): string {
    const last = this.#columns.length - 1;
    const parts = this.#columns.map(({ align }, at) => {
      const width = this.#widths[at] ?? 0;
      const text = cut(row[at] ?? '', width);
      // Nothing follows the last column: blanks there would only wrap the line.
      return paint(at === last && align !== 'right' ? text : pad(text, width, align));
    });
    return `${parts.join(GAP).trimEnd()}\n`;
  }

  /** Takes from the widest column until the line fits, or nothing is left to take. */
  #fit(columns: number): void {
    const least = this.#columns.map(({ title }) => Math.max(WIDTH_MIN, displayWidth(title)));
    let excess = this.#widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - columns;
    while (excess > 0) {
      const widest = this.#widths.reduce(
        (best, width, at) =>
          width > (least[at] ?? 0) && (best < 0 || width > (this.#widths[best] ?? 0)) ? at : best,
        -1,
      );
      if (widest < 0) return;
      this.#widths[widest] = (this.#widths[widest] ?? 0) - 1;
      excess -= 1;
    }
  }
}

export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  look: TableLook = {},
): string {
  return new TableWriter(columns, look).add(rows);
}

/** `name   value` lines. */
export function renderFields(fields: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...fields.map(([name]) => displayWidth(name)));
  return fields
    .map(([name, value]) => `${pad(name, width, 'left')}${GAP}${printable(value)}`.trimEnd() + '\n')
    .join('');
}
