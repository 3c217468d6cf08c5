/** What leaders do, the deposed one included, and what becomes of their proposals. */
import * as may from './guards.js';
import { IDLE, withPurger, type Leader, type State } from './state.js';
import type { Actions, Config } from './step.js';
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

function deposed(state: State, { rules }: Config): State {
  const acts = may.prepareDelete({ seen: state.life1 }, rules) === undefined;
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

/** One purger: list, prepare, confirm, send, and PURGED. */
function deletes(state: State, config: Config, leader: Leader, emit: Parameters<Actions>[2]): void {
  const { rules, layout } = config;
  const purger = leader === 'A' ? state.a : state.b;
  const leads = state.leadership === leader;
  const seen: LifeState = leads
    ? state.life1
    : leader === 'A' && state.leadership !== 'A'
      ? state.frozen
      : 'ABSENT';
  const anyObject = state.object1 || (layout === 'reused' && state.object2);
  const becomes = (step: typeof purger.step): State => withPurger(state, leader, { ...purger, step });

  switch (purger.step) {
    case 'idle':
    case 'answered':
      if (
        anyObject &&
        (leads || config.deposedPrepares) &&
        may.prepareDelete({ seen }, rules) === undefined
      ) {
        const isFenced = state.life1 !== 'PURGED';
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
      break;
    case 'prepared':
      if (may.confirmLeadership({ leads }) === undefined) {
        emit('confirmLeadership', `a quorum confirms that ${leader} leads`, becomes('confirmed'));
      }
      break;
    case 'confirmed':
    case 'empty':
    case 'sent':
      break;
  }

  if (purger.step === 'prepared' || purger.step === 'confirmed') {
    if (may.sendDelete({ seen, isConfirmed: purger.step === 'confirmed' }, rules) === undefined) {
      emit('sendDelete', `${leader} sends the delete`, becomes('sent'));
    }
  }

  const proof = purger.step === 'empty' || purger.step === 'answered' ? purger.step : 'none';
  if (leads && may.proposeMarkPurged({ seen, proof }, rules) === undefined) {
    const next: State = { ...withPurger(state, leader, IDLE), life1: 'PURGED' };
    emit('markPurged', `${leader} commits that life 1 is PURGED`, next);
  }
}
