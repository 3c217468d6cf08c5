/**
 * What a demo run prints: numbered steps, and one line of progress that is rewritten in place on a
 * terminal and printed now and then elsewhere.
 */
export interface Output {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

/** Lines of progress that a log gets, at most one in this time. */
const PLAIN_INTERVAL_MS = 1_000;

export class Narrator {
  readonly #output: Output;
  readonly #startedMs = performance.now();
  #step = 0;
  #progressShown = false;
  #plainAtMs = -Infinity;

  constructor(output: Output) {
    this.#output = output;
  }

  step(text: string): void {
    this.#step++;
    this.line(`\n[${this.#elapsed()}] ${this.#step}. ${text}`);
  }

  detail(text: string): void {
    this.line(`           ${text}`);
  }

  line(text: string): void {
    if (this.#progressShown) this.#output.write('\r\x1b[K');
    this.#progressShown = false;
    this.#output.write(`${text}\n`);
  }

  progress(text: string): void {
    if (this.#output.isTerminal) {
      this.#output.write(`\r\x1b[K           ${text}`);
      this.#progressShown = true;
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#plainAtMs < PLAIN_INTERVAL_MS) return;
    this.#plainAtMs = nowMs;
    this.detail(text);
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedMs) / 1_000).toFixed(1).padStart(5)} s`;
  }
}

/** 12345678 as `12,345,678`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
