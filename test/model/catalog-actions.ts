/** What people do to streams, and what their entries do when they are committed. */
import * as may from './guards.js';
import { lifeOf, LIVES, type Life, type State } from './state.js';
import type { Actions, Config } from './step.js';

export const catalogActions: Actions = (state, config, emit) => {
  const { rules } = config;

  if (state.life2 === 'ABSENT' && !config.withForgettingNode) {
    const name = { nameIsActive: state.life1 === 'ACTIVE', prefix: prefixOfLife2(state, config) };
    if (may.createStream(name, rules) === undefined) {
      emit('createStream', 'life 2 of the name begins', {
        ...state,
        life2: 'ACTIVE',
        pending: `${state.pending}C2`,
      });
    }
  }

  for (const life of LIVES) {
    if (may.markDeleted({ state: lifeOf(state, life) }) === undefined) {
      emit('markDeleted', `life ${life} gets its tombstone`, tombstoned(state, life));
    }
  }

  const back = { state: state.life1, nameIsActive: state.life2 === 'ACTIVE' };
  if (state.undeletes > 0 && may.undelete(back, rules) === undefined) {
    const broken = state.hasForgotten
      ? 'an undelete loses what a node had: it has forgotten the stream already'
      : undefined;
    emit('undelete', 'life 1 is ACTIVE again', undeleted(state), broken);
  }

  if (state.life1 === 'DELETED' && !state.graceOver) {
    emit('gracePasses', 'purge_after of life 1 has passed', { ...state, graceOver: true });
  }
  if (config.layout === 'reused' && state.life1 === 'PURGED' && !state.fencePassed) {
    if (may.fencePasses({ requests: fencedRequests(state) }, rules) === undefined) {
      emit('fencePasses', 'reusable_after of life 1 has passed', {
        ...state,
        fencePassed: true,
        sweepFenced: false,
      });
    }
  }
};

function prefixOfLife2({ life1, fencePassed }: State, { layout }: Config): may.PrefixState {
  if (layout === 'own') return 'free';
  if (life1 !== 'PURGED') return 'owned';
  return fencePassed ? 'free' : 'fenced';
}

function tombstoned(state: State, life: Life): State {
  const pending = `${state.pending}D${life}`;
  if (life === 2) return { ...state, life2: 'DELETED', pending };
  return { ...state, life1: 'DELETED', graceOver: false, pending };
}

function undeleted(state: State): State {
  return {
    ...state,
    life1: 'ACTIVE',
    graceOver: false,
    barrier: 'free',
    undeletes: state.undeletes - 1,
    pending: `${state.pending}U1`,
  };
}

/** Within reusable_after, and not ended. */
function fencedRequests({ a, b, late }: State): number {
  const inHand = [a, b].filter(
    ({ step, isFenced }) => isFenced && (step === 'prepared' || step === 'confirmed' || step === 'sent'),
  );
  return inHand.length + (late === 'fenced' ? 1 : 0);
}
