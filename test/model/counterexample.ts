/** A counterexample as a person reads it. */
import { RULES, type Rule } from './rules.js';
import type { SearchResult } from './search.js';
import type { Config } from './step.js';

const LAYOUTS = { own: 'a prefix for each life', reused: 'one prefix for both lives' } as const;

export function counterexampleText(off: Rule, config: Config, result: SearchResult): string {
  const { layout, withForgettingNode } = config;
  const { counterexample } = result;
  if (counterexample === undefined) return `without ${off} nothing breaks\n`;
  const { broken, steps } = counterexample;
  return [
    `without  ${off}: ${RULES[off]}`,
    `layout   ${LAYOUTS[layout]}`,
    `broken   ${broken}`,
    '',
    withForgettingNode
      ? '     life 1 is ACTIVE, a node that is no client holds it and a helper watches for it, A leads'
      : '     life 1 is ACTIVE, the ingest node watches, A leads',
    ...steps.map(({ action, told }, at) => `${String(at + 1).padStart(3)}  ${action.padEnd(19)}${told}`),
    '',
  ].join('\n');
}
