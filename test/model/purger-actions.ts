/** What leaders do, the deposed one included, and what becomes of their proposals. */
import * as may from './guards.js';
import { IDLE, withPurger, type Leader, type State } from './state.js';
import type { Actions, Config, Emit } from './step.js';
import type { LifeState } from '../../src/catalog/lifecycle.js';

const LEADERS: readonly Leader[] = ['A', 'B'];

export const purgerActions: Actions = (state, config, emit) => {
  if (state.leadership === 'A') {
    emit('leadershipChanges', 'B is elected; A does not know', deposed(state, config));
  } else if (state.leadership === 'electing') {
    const next: State = { ...state, leadership: 'B', proposal: 'none' };
    emit('takeOver', 'B commits an entry of its own; what A had proposed is settled', next);
  }
  proposals(state, config, emit);
  for (const leader of LEADERS) deletes(state, config, leader, emit);
};

/** Proposed and committed at once, or with anything in between; entries of a deposed leader may still commit. */
const proposals: Actions = (state, config, emit) => {
  const { rules } = config;
  const { session, barrier, leadership, proposal } = state;
  const mayPropose = leadership !== 'electing' && proposal === 'none';

  if (mayPropose && may.proposeBeginDrain({ seen: state.life1 }) === undefined) {
    emit('proposeBeginDrain', `${leadership} proposes to drain life 1`, { ...state, proposal: 'beginDrain' });
    drain(state, `${leadership} begins to drain life 1`);
  }
  if (proposal === 'beginDrain') {
    drain({ ...state, proposal: 'none' }, 'the proposed drain of life 1 begins');
    emit('beginDrain', 'the proposed drain of life 1 is refused', { ...state, proposal: 'none' });
  }

  const isCovered = !config.withForgettingNode || session !== 'none';
  const waits = { seen: state.life1, sessions: waitedFor(state) };
  if (mayPropose && isCovered && may.proposeBeginPurge(waits, rules) === undefined) {
    emit('proposeBeginPurge', `${leadership} proposes to purge life 1`, { ...state, proposal: 'beginPurge' });
    begin(state, `${leadership} begins the purge of life 1`);
  }
  if (proposal === 'beginPurge') {
    begin({ ...state, proposal: 'none' }, 'the proposed purge of life 1 begins');
    emit('beginPurge', 'the proposed purge of life 1 is refused', { ...state, proposal: 'none' });
  }

  // What becomes of a node that no helper speaks for any more is the same as of one that has no session.
  if (mayPropose && session === 'OPEN' && !config.withForgettingNode) {
    const lease = { state: session, leaseIsSure: state.leaseIsSure, isNewLeader: leadership === 'B' };
    if (may.proposeExpireSession(lease, rules) === undefined) {
      emit('proposeExpireSession', `${leadership} proposes to expire the session`, {
        ...state,
        proposal: 'expireSession',
      });
      emit('expireSession', `${leadership} expires the session`, { ...state, session: 'EXPIRED' });
    }
  }
  if (proposal === 'expireSession') {
    const expired = session === 'OPEN' ? 'EXPIRED' : session;
    emit('expireSession', 'the proposed expiry is committed', {
      ...state,
      proposal: 'none',
      session: expired,
    });
  }

  function drain(from: State, told: string): void {
    const { life1, graceOver } = from;
    if (may.beginDrain({ state: life1, graceOver }, rules) !== undefined) return;
    const broken = graceOver ? undefined : 'a stream is past the point of no return before its deadline';
    const isAwaited = from.session === 'OPEN' || from.session === 'EXPIRED';
    const after: State = { ...from, life1: 'DRAINING', graceOver: false, pending: `${from.pending}P1` };
    emit('beginDrain', told, { ...after, barrier: isAwaited ? 'owed' : 'free' }, broken);
  }

  function begin(from: State, told: string): void {
    if (may.beginPurge({ state: from.life1, sameDrain: true }) !== undefined) return;
    // The drain is not waited for any more.
    emit('beginPurge', told, { ...from, life1: 'PURGING', barrier: 'free' });
  }

  function waitedFor(from: State): readonly may.WaitedFor[] {
    if (barrier === 'free' || (from.session !== 'OPEN' && from.session !== 'EXPIRED')) return [];
    return [{ state: from.session, isDrained: barrier === 'drained', isTakenUp: false }];
  }
};

function deposed(state: State, { rules, withStray }: Config): State {
  const sweeps = withStray && state.life1 === 'PURGED';
  const acts = sweeps || may.prepareDelete({ seen: state.life1, looksDead: true }, rules) === undefined;
  const { step } = state.a;
  return {
    ...state,
    leadership: 'electing',
    frozen: acts ? state.life1 : 'ABSENT',
    // What a session has reported is known to its leader alone.
    barrier: state.barrier === 'drained' ? 'owed' : state.barrier,
    // A proof is of use to nobody who cannot propose.
    a: step === 'empty' || step === 'younger' || step === 'answered' ? IDLE : state.a,
  };
}

/** One purger: list, prepare, confirm, send, and PURGED; and after that, sweeps. */
function deletes(state: State, config: Config, leader: Leader, emit: Emit): void {
  const { rules, layout } = config;
  const purger = leader === 'A' ? state.a : state.b;
  const leads = state.leadership === leader;
  const seen = seenBy(state, leader);
  const isSweep = config.withStray && seen === 'PURGED';
  const prefixIsFree = !leads || state.life2 === 'ABSENT';
  const anyObject = state.object1 || (layout === 'reused' && state.object2);
  const becomes = (step: typeof purger.step): State => withPurger(state, leader, { ...purger, step });

  if (isSweep && leads && !state.sweepFenced) {
    if (may.beginSweep({ state: state.life1, prefixIsFree }) === undefined) {
      const next: State = { ...state, sweepFenced: true, fencePassed: false };
      emit('beginSweep', `${leader} moves reusable_after of life 1 beyond its next request`, next);
    }
  }

  // A look shows what is there, and comes after the listing.
  const looksDead = state.reborn === 'none';

  if (purger.step === 'idle' || purger.step === 'answered') {
    const verdict = isSweep
      ? may.prepareSweep({ seen, looksDead, prefixIsFree, isFenced: state.sweepFenced }, rules)
      : may.prepareDelete({ seen, looksDead }, rules);
    if (anyObject && (leads || config.deposedPrepares) && verdict === undefined) {
      const isFenced = isSweep ? state.sweepFenced : state.life1 !== 'PURGED';
      const ifLife = mayCondition(config) ? (state.object1 ? 1 : 2) : 0;
      const next = withPurger(state, leader, { step: 'prepared', isFenced, ifLife });
      emit('prepareDelete', `${leader} lists the object and signs a delete of it`, next);
    }
    if (!anyObject && leads && seen === 'PURGING') {
      emit(
        'list',
        `${leader} lists the prefix: empty`,
        withPurger(state, leader, { ...IDLE, step: 'empty' }),
      );
    }
    if (leads && seen === 'PURGING' && !looksDead && !state.object1) {
      const next = withPurger(state, leader, { ...IDLE, step: 'younger' });
      emit('list', `${leader} finds a new life below the prefix, and nothing from before it`, next);
    }
  }

  if (purger.step === 'prepared' && may.confirmLeadership({ leads }) === undefined) {
    emit('confirmLeadership', `a quorum confirms that ${leader} leads`, becomes('confirmed'));
  }
  if (purger.step === 'prepared' || purger.step === 'confirmed') {
    const isConfirmed = purger.step === 'confirmed';
    const verdict = isSweep
      ? may.sendSweep({ seen, looksDead, prefixIsFree, isFenced: purger.isFenced, isConfirmed }, rules)
      : may.sendDelete({ seen, looksDead, isConfirmed }, rules);
    if (verdict === undefined) emit('sendDelete', `${leader} sends the delete`, becomes('sent'));
  }

  const { step } = purger;
  const proof = step === 'empty' || step === 'younger' || step === 'answered' ? step : 'none';
  if (leads && may.proposeMarkPurged({ seen, proof }, rules) === undefined) {
    const next: State = { ...withPurger(state, leader, IDLE), life1: 'PURGED' };
    emit('markPurged', `${leader} commits that life 1 is PURGED`, next);
  }
}

/** The store honours conditions, and the request carries them: of keys that recur, which each of the model's is. */
function mayCondition({ withReborn, rules }: Config): boolean {
  return withReborn === 'anytime' && rules.recurringKeys;
}

/** Life 1, as applied where this leader's purger runs; ABSENT where it has nothing to do with it. */
function seenBy(state: State, leader: Leader): LifeState {
  if (state.leadership === leader) return state.life1;
  return leader === 'A' ? state.frozen : 'ABSENT';
}
