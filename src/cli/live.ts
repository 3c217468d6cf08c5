/**
 * A text that is shown again and again: rewritten in place on a terminal, without flicker since nothing is
 * cleared before it is overwritten. Elsewhere the caller prints what changed, line by line.
 */
import type { CliIo } from './io.js';

const CLEAR_SCREEN = '\u001b[2J';
const HOME = '\u001b[H';
const CLEAR_REST_OF_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export class LiveView {
  readonly #io: CliIo;
  #begun = false;

  constructor(io: CliIo) {
    this.#io = io;
  }

  show(text: string): void {
    const lines = text.replaceAll('\n', `${CLEAR_REST_OF_LINE}\n`);
    this.#io.stdout(`${this.#begun ? '' : CLEAR_SCREEN}${HOME}${lines}${CLEAR_BELOW}`);
    this.#begun = true;
  }
}
