/** A counterexample as a person reads it. */
import { RULES, type Rule } from './rules.js';
import type { SearchResult } from './search.js';
import type { Config } from './step.js';

const LAYOUTS = { own: 'a prefix for each life', reused: 'one prefix for both lives' } as const;

export function counterexampleText(off: Rule, { layout }: Config, result: SearchResult): string {
  const { counterexample } = result;
  if (counterexample === undefined) return `without ${off} nothing breaks\n`;
  const { broken, steps } = counterexample;
  return [
    `without  ${off}: ${RULES[off]}`,
    `layout   ${LAYOUTS[layout]}`,
    `broken   ${broken}`,
    '',
    '     life 1 is ACTIVE, the ingest node watches, A leads',
    ...steps.map(({ action, told }, at) => `${String(at + 1).padStart(3)}  ${action.padEnd(19)}${told}`),
    '',
  ].join('\n');
}
