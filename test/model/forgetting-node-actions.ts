/**
 * A node that is no client of this program, as Parseable's are: it uploads what it is sent, without asking anybody. A
 * helper that holds a session for it can ask it to forget a stream, and whether it has it. Forgetting is for good: what
 * the node had uploaded before is not found by the stream's readers any more, even if the stream comes back.
 *
 * Taken for granted: a node gives a stream up only when it is asked to, and no client sends to a stream any more once
 * the helper has seen it forgotten for a whole upload deadline. What comes later is written by a node that no barrier
 * covers, and left to the sweeps.
 */
import type { LifeState } from '../../src/catalog/lifecycle.js';
import * as may from './guards.js';
import { UPLOADS_MAX, withUploads, type State } from './state.js';
import type { Actions, Emit } from './step.js';

export const forgettingNodeActions: Actions = (state, config, emit) => {
  if (!config.withForgettingNode) return;
  const { rules } = config;
  const { uploads, helper, session, leadership, life1 } = state;

  if (state.isHeld && uploads.length < UPLOADS_MAX) {
    const next = withUploads(state, [...uploads, { life: 1, client: 'stray', isFlying: true }]);
    emit('uploadBegins', `the node begins an upload of life 1 (${life1})`, next);
  }
  if (!state.isHeld && state.takeUps > 0 && helper !== 'settled') {
    const next: State = { ...state, isHeld: true, takeUps: state.takeUps - 1 };
    emit('takeUp', 'a client sends to the stream, and the node takes it up again', next);
  }

  if (session === 'none' && leadership !== 'electing') {
    const isAwaited = life1 === 'DRAINING' && rules.coversEarlier;
    const next: State = { ...state, session: 'OPEN', barrier: isAwaited ? 'owed' : state.barrier };
    emit('openSession', 'the helper opens a session for the node', next);
  }
  const seen = seenByHelper(state);
  if (helper === 'idle' && may.askToForget({ seen }, rules) === undefined) forget(state, emit);

  if (helper === 'waits') {
    const uploadsAreOver = uploads.every(({ client }) => client !== 'unknown');
    const verdict = may.forgotten({ uploadsAreOver, isHeld: state.isHeld }, rules);
    if (verdict === undefined) {
      const told = 'a deadline later the node counts as drained';
      emit('forgotten', told, { ...state, helper: 'settled' });
    } else if (uploadsAreOver) {
      forget(state, emit);
    }
  }
  if (helper === 'settled' && session === 'OPEN' && leadership !== 'electing' && state.barrier === 'owed') {
    emit('keepAlive', 'the helper reports life 1 drained', { ...state, barrier: 'drained' });
  }
};

/** Whatever was under way by then may still land, until its deadline. */
function forget(state: State, emit: Emit): void {
  const { life1 } = state;
  const uploads = state.uploads.map((upload) => ({ ...upload, client: 'unknown' as const }));
  const next = withUploads({ ...state, isHeld: false, hasForgotten: true, helper: 'waits' }, uploads);
  const broken = life1 === 'ACTIVE' ? 'a node is asked to forget a stream that is ACTIVE' : undefined;
  emit('askToForget', `the helper asks the node to forget life 1 (${life1})`, next, broken);
}

function seenByHelper({ life1, pending, sees }: State): LifeState {
  if (life1 === 'DRAINING' && !pending.includes('P1')) return 'DRAINING';
  return sees === 1 ? 'ACTIVE' : 'DELETED';
}
