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
const STEPS_MAX = 22;

/** What a prefix for each life does without: that is why it is the default. */
const FOR_REUSED_PREFIXES: readonly Rule[] = [
  'prefixOwner',
  'quorumRound',
  'reusableAfter',
  'storeExpiry',
  'sweepFence',
];

/** The state space that shows what a rule is for. */
type Space = Omit<Config, 'rules'>;

const WORST = {
  deposedPrepares: true,
  withStray: false,
  withForgettingNode: false,
  withReborn: 'never',
} as const;
const OWN: Space = { layout: 'own', ...WORST };
const REUSED: Space = { layout: 'reused', ...WORST };
const STRAY: Space = { ...REUSED, withStray: true };
const FORGETTING: Space = { ...OWN, withForgettingNode: true };
const REBORN: Space = { ...STRAY, withReborn: 'anytime' };
const REBORN_BETWEEN_REQUESTS: Space = { ...STRAY, withReborn: 'betweenRequests' };

const SHOWN_IN: Readonly<Partial<Record<Rule, Space>>> = {
  prefixOwner: REUSED,
  quorumRound: REUSED,
  reusableAfter: REUSED,
  storeExpiry: REUSED,
  sweepFence: STRAY,
  pointOfNoReturn: FORGETTING,
  drainFirst: FORGETTING,
  coversEarlier: FORGETTING,
  takenUpAgain: FORGETTING,
  metadataLook: REBORN,
  recurringKeys: REBORN,
  metadataLookAgain: REBORN_BETWEEN_REQUESTS,
};

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
    expect(explore({ ...OWN, rules: ALL_RULES })).toMatchObject(HOLDS);
  });

  it('one prefix for both lives: the same, and nothing of what the model can do is missing', () => {
    const result = explore({ ...REUSED, rules: ALL_RULES });
    expect(result).toMatchObject(HOLDS);
    expect([...result.actions].sort()).toMatchInlineSnapshot(`
      [
        "beginDrain",
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
        "proposeBeginDrain",
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
    expect(explore({ ...STRAY, rules: ALL_RULES })).toMatchObject(HOLDS);
  });

  it('a node that forgets streams: it loses nothing of a stream that comes back, and leaves nothing behind', () => {
    const result = explore({ ...FORGETTING, rules: ALL_RULES });
    expect(result).toMatchObject(HOLDS);
    for (const action of ['askToForget', 'takeUp', 'forgotten', 'undelete', 'markPurged'])
      expect(result.actions).toContain(action);
  });

  it.each([
    ['a store with conditions', REBORN],
    ['a store without, and requests that die soon', REBORN_BETWEEN_REQUESTS],
  ])('a new life behind the catalog, %s: nothing of it is deleted, and it is adopted', (_, space) => {
    const result = explore({ ...space, rules: ALL_RULES });
    expect(result).toMatchObject(HOLDS);
    expect(result.actions).toContain('streamReborn');
  });
});

describe('without one rule', () => {
  for (const off of RULE_NAMES) {
    const space = SHOWN_IN[off] ?? OWN;
    it(`${off} (${space.layout}): a counterexample`, async () => {
      const config: Config = { ...space, rules: without(off) };
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
    expect(explore({ ...OWN, rules })).toMatchObject(HOLDS);
  });

  it('one prefix for both lives needs no quorum round if a deposed leader prepares nothing new', () => {
    const rules = without('quorumRound');
    expect(explore({ ...REUSED, rules, deposedPrepares: false })).toMatchObject(HOLDS);
  });

  it('a store that honours conditions needs no second look', () => {
    expect(explore({ ...REBORN, rules: without('metadataLookAgain') })).toMatchObject(HOLDS);
  });

  it('the point of no return is needed without any node that forgets too: a delete takes what came back', () => {
    const { counterexample } = explore({ ...OWN, rules: without('pointOfNoReturn') });
    expect(counterexample?.broken).toContain('deleted too early');
  });
});
