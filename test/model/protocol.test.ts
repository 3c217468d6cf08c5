/**
 * The protocol holds with all its rules, in both layouts, and breaks without each of them. What breaks is in
 * `counterexamples/`, compared line by line: when a file changes, the protocol has. `npx vitest run -u test/model` (with
 * the options of test/README.md) rewrites the files; commit that only if you can say why.
 */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { counterexampleText } from './counterexample.js';
import { isOver, residue, successors } from './protocol.js';
import { ALL_RULES, RULE_NAMES, without, type Rule } from './rules.js';
import { search, type SearchResult } from './search.js';
import { encode, initialState } from './state.js';
import type { Config } from './step.js';

const FOLDER = fileURLToPath(new URL('counterexamples/', import.meta.url));
const STATES_MAX = 100_000;
const STEPS_MAX = 20;

/** What a prefix for each life does without: that is why it is the default. */
const FOR_REUSED_PREFIXES: readonly Rule[] = [
  'prefixOwner',
  'quorumRound',
  'reusableAfter',
  'storeExpiry',
  'sweepFence',
];

const WORST = { deposedPrepares: true, withStray: false } as const;

function explore(config: Config): SearchResult {
  return search(
    {
      initial: initialState(config),
      encode,
      successors: (state) => successors(state, config),
      violation: (state) => residue(state, config),
      goal: (state) => isOver(state, config),
    },
    STATES_MAX,
  );
}

const HOLDS = { counterexample: undefined, dead: undefined };

describe('with every rule', () => {
  it('a prefix for each life: nothing too early, nothing left behind, no dead end', () => {
    expect(explore({ layout: 'own', rules: ALL_RULES, ...WORST })).toMatchObject(HOLDS);
  });

  it('one prefix for both lives: the same, and nothing of what the model can do is missing', () => {
    const result = explore({ layout: 'reused', rules: ALL_RULES, ...WORST });
    expect(result).toMatchObject(HOLDS);
    expect([...result.actions].sort()).toMatchInlineSnapshot(`
      [
        "beginPurge",
        "closeSession",
        "confirmLeadership",
        "createStream",
        "deleteDies",
        "deleteLands",
        "deleteTimesOut",
        "expireSession",
        "fencePasses",
        "gracePasses",
        "guardAdmits",
        "keepAlive",
        "leadershipChanges",
        "leaseRunsOut",
        "list",
        "markDeleted",
        "markPurged",
        "openSession",
        "prepareDelete",
        "proposeBeginPurge",
        "proposeExpireSession",
        "sendDelete",
        "takeOver",
        "undelete",
        "uploadAnswered",
        "uploadDeadlinePasses",
        "uploadLands",
        "uploadLost",
        "uploadSucceeds",
        "watchDelivers",
      ]
    `);
  });

  it('one prefix for both lives, and a node without a session: its write is swept, and no sweep hits life 2', () => {
    const config: Config = { layout: 'reused', rules: ALL_RULES, ...WORST, withStray: true };
    expect(explore(config)).toMatchObject(HOLDS);
  });
});

describe('without one rule', () => {
  for (const off of RULE_NAMES) {
    const layout = FOR_REUSED_PREFIXES.includes(off) ? 'reused' : 'own';
    const withStray = off === 'sweepFence';
    it(`${off} (${layout}): a counterexample`, async () => {
      const config: Config = { layout, rules: without(off), ...WORST, withStray };
      const result = explore(config);
      expect(result.counterexample?.steps.length).toBeLessThanOrEqual(STEPS_MAX);
      const file = `${FOLDER}${off.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.txt`;
      await expect(counterexampleText(off, config, result)).toMatchFileSnapshot(file);
    });
  }
});

describe('what a rule is not needed for', () => {
  it('a prefix for each life needs neither the quorum round nor any fence', () => {
    const rules = without(...FOR_REUSED_PREFIXES);
    expect(explore({ layout: 'own', rules, ...WORST })).toMatchObject(HOLDS);
  });

  it('one prefix for both lives needs no quorum round if a deposed leader prepares nothing new', () => {
    const rules = without('quorumRound');
    expect(explore({ layout: 'reused', rules, ...WORST, deposedPrepares: false })).toMatchObject(HOLDS);
  });
});
