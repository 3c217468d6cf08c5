/** Colours, on terminals only and never against NO_COLOR (https://no-color.org: any value but the empty one). */
import type { CliIo } from './io.js';

type Color = 'red' | 'yellow' | 'green' | 'dim';

const CODES: Readonly<Record<Color, readonly [on: number, off: number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  dim: [2, 22],
};

/** What a word says about how things are: stream states, purge phases, replication states, health. */
const COLOR_OF_WORD: Readonly<Record<string, Color>> = {
  ACTIVE: 'green',
  DELETED: 'yellow',
  PURGING: 'yellow',
  PURGED: 'dim',
  RETRYING: 'yellow',
  BLOCKED: 'red',
  PAUSED: 'yellow',
  HELD: 'red',
  DONE: 'dim',
  leader: 'green',
  snapshot: 'yellow',
  unreachable: 'red',
  healthy: 'green',
  unhealthy: 'red',
  ALARM: 'red',
  UP: 'green',
  DOWN: 'red',
  OPENING: 'yellow',
  RELEASED: 'yellow',
};

/** Colours a word that means something, and leaves every other text as it is. */
export type Paint = (word: string) => string;

export const plain: Paint = (word) => word;

export function paintFor(io: Pick<CliIo, 'isTerminal' | 'env'>): Paint {
  if (!io.isTerminal || (io.env['NO_COLOR'] ?? '') !== '') return plain;
  return (text) => {
    const color = COLOR_OF_WORD[text.trim()];
    if (color === undefined) return text;
    const [on, off] = CODES[color];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  };
}
