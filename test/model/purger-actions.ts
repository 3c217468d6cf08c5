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

  if (
    mayPropose &&
    may.proposeBeginPurge({ seen: state.life1, sessions: waitedFor(state) }, rules) === undefined
  ) {
    emit('proposeBeginPurge', `${leadership} proposes to purge life 1`, { ...state, proposal: 'beginPurge' });
    begin(state, true, `${leadership} begins the purge of life 1`);
  }
  if (proposal === 'beginPurge' || proposal === 'beginPurge stale') {
    begin({ ...state, proposal: 'none' }, proposal === 'beginPurge', 'the proposed purge of life 1 begins');
    emit('beginPurge', 'the proposed purge of life 1 is refused', { ...state, proposal: 'none' });
  }

  if (mayPropose && session === 'OPEN') {
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

  function begin(from: State, sameTombstone: boolean, told: string): void {
    const { life1, graceOver } = from;
    if (may.beginPurge({ state: life1, graceOver, sameTombstone }, rules) !== undefined) return;
    const broken = graceOver ? undefined : 'a purge begins before its deadline';
    // The tombstone is not waited for any more.
    const after: State = { ...from, life1: 'PURGING', graceOver: false, barrier: 'free' };
    emit('beginPurge', told, after, broken);
  }

  function waitedFor(from: State): readonly may.WaitedFor[] {
    if (barrier === 'free' || (from.session !== 'OPEN' && from.session !== 'EXPIRED')) return [];
    return [{ state: from.session, isDrained: barrier === 'drained' }];
  }
};

function deposed(state: State, { rules, withStray }: Config): State {
  const sweeps = withStray && state.life1 === 'PURGED';
  const acts = sweeps || may.prepareDelete({ seen: state.life1 }, rules) === undefined;
  const { step } = state.a;
  return {
    ...state,
    leadership: 'electing',
    frozen: acts ? state.life1 : 'ABSENT',
    // What a session has reported is known to its leader alone.
    barrier: state.barrier === 'drained' ? 'owed' : state.barrier,
    // A proof is of use to nobody who cannot propose.
    a: step === 'empty' || step === 'answered' ? IDLE : state.a,
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

  if (purger.step === 'idle' || purger.step === 'answered') {
    const verdict = isSweep
      ? may.prepareSweep({ seen, prefixIsFree, isFenced: state.sweepFenced }, rules)
      : may.prepareDelete({ seen }, rules);
    if (anyObject && (leads || config.deposedPrepares) && verdict === undefined) {
      const isFenced = isSweep ? state.sweepFenced : state.life1 !== 'PURGED';
      const next = withPurger(state, leader, { step: 'prepared', isFenced });
      emit('prepareDelete', `${leader} lists the object and signs a delete of it`, next);
    }
    if (!anyObject && leads && seen === 'PURGING') {
      emit(
        'list',
        `${leader} lists the prefix: empty`,
        withPurger(state, leader, { ...IDLE, step: 'empty' }),
      );
    }
  }

  if (purger.step === 'prepared' && may.confirmLeadership({ leads }) === undefined) {
    emit('confirmLeadership', `a quorum confirms that ${leader} leads`, becomes('confirmed'));
  }
  if (purger.step === 'prepared' || purger.step === 'confirmed') {
    const isConfirmed = purger.step === 'confirmed';
    const verdict = isSweep
      ? may.sendSweep({ seen, prefixIsFree, isFenced: purger.isFenced, isConfirmed }, rules)
      : may.sendDelete({ seen, isConfirmed }, rules);
    if (verdict === undefined) emit('sendDelete', `${leader} sends the delete`, becomes('sent'));
  }

  const proof = purger.step === 'empty' || purger.step === 'answered' ? purger.step : 'none';
  if (leads && may.proposeMarkPurged({ seen, proof }, rules) === undefined) {
    const next: State = { ...withPurger(state, leader, IDLE), life1: 'PURGED' };
    emit('markPurged', `${leader} commits that life 1 is PURGED`, next);
  }
}

/** Life 1, as applied where this leader's purger runs; ABSENT where it has nothing to do with it. */
function seenBy(state: State, leader: Leader): LifeState {
  if (state.leadership === leader) return state.life1;
  return leader === 'A' ? state.frozen : 'ABSENT';
}
