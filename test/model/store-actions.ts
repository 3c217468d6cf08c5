/** What the store and the way to it make of uploads and delete requests. */
import * as may from './guards.js';
import { IDLE, withPurger, withUploads, type Life, type State, type Upload } from './state.js';
import type { Actions, Config, Emit } from './step.js';

export const storeActions: Actions = (state, config, emit) => {
  uploads(state, config, emit);
  strayNode(state, config, emit);
  requests(state, config, emit);
};

/** P8, P12: a node that no session speaks for. */
const strayNode: Actions = (state, { withReborn }, emit) => {
  if (state.life2 !== 'ABSENT') return;
  const isPurged = state.life1 === 'PURGED';
  if (state.strays > 0 && isPurged && state.reborn === 'none') {
    const next: State = { ...state, strays: state.strays - 1, object1: true };
    emit('uploadLands', 'a node without a session writes below the prefix of life 1', next);
  }
  const isSent = state.a.step === 'sent' || state.b.step === 'sent' || state.late !== 'none';
  if (withReborn === 'never' || (withReborn === 'betweenRequests' && isSent)) return;
  if (state.reborn === 'none' && (isPurged || state.life1 === 'PURGING')) {
    const next: State = { ...state, reborn: 'metadata' };
    emit('streamReborn', 'a node makes the stream anew, behind the catalog: its metadata is there', next);
  }
  if (state.reborn === 'metadata') {
    const next: State = { ...state, reborn: 'data', object1: false, object2: true };
    emit('streamReborn', 'the new life has an object, under a key that the old one had', next);
  }
};

const uploads: Actions = (state, { layout }, emit) => {
  state.uploads.forEach((upload, at) => {
    const { life, client, isFlying } = upload;
    const others = state.uploads.filter((_, index) => index !== at);
    const becomes = (after: Partial<Upload>): State =>
      withUploads(state, [...others, { ...upload, ...after }]);

    if (isFlying) {
      const landed = stored(client === 'stray' ? withUploads(state, others) : becomes({ isFlying: false }));
      emit('uploadLands', `the store has the object of life ${life}`, landed);
      if (client === 'awaited') {
        const known = stored(withUploads(state, others));
        emit('uploadSucceeds', `the store has the object of life ${life}, and the node knows`, known);
      }
    } else if (client === 'awaited') {
      emit(
        'uploadAnswered',
        `the node learns that its upload of life ${life} is done`,
        withUploads(state, others),
      );
    }
    if (client === 'awaited') {
      emit(
        'uploadLost',
        `the node gives up an upload of life ${life}: outcome unknown`,
        becomes({ client: 'unknown' }),
      );
    }
    const never = isFlying ? ', and was never applied' : '';
    const over = withUploads(state, others);
    emit('uploadDeadlinePasses', `an upload of life ${life} is past its deadline${never}`, over);

    function stored(from: State): State {
      if (life === 1) return { ...from, object1: true, object2: layout === 'reused' ? false : from.object2 };
      return { ...from, object2: true, object1: layout === 'reused' ? false : from.object1 };
    }
  });
};

const requests: Actions = (state, config, emit) => {
  for (const leader of ['A', 'B'] as const) {
    const { step, isFenced, ifLife } = leader === 'A' ? state.a : state.b;
    if (step === 'prepared' || step === 'confirmed') {
      emit('deleteDies', `the delete in ${leader}'s hand expires`, withPurger(state, leader, IDLE));
    }
    if (step !== 'sent') continue;
    // With P4 an answer is worth nothing, so that the purger is as before.
    const answered = config.rules.emptyListing ? IDLE : ({ ...IDLE, step: 'answered' } as const);
    const ended = withPurger(state, leader, answered);
    carriedOut(ended, config, { ifLife, what: `${leader}'s delete` }, emit);
    emit('deleteDies', `${leader}'s delete is never carried out, whatever the answer says`, ended);
    if (state.late !== 'none') continue;
    const late = isFenced ? 'fenced' : 'unfenced';
    const repeated: State = { ...ended, late, lateIfLife: ifLife };
    emit('deleteTimesOut', `${leader} gives its delete up: outcome unknown`, repeated);
    carriedOut(repeated, config, { ifLife, what: `${leader}'s delete, to be repeated,` }, emit);
  }
  if (state.late !== 'none') {
    const ended: State = { ...state, late: 'none', lateIfLife: 0 };
    carriedOut(ended, config, { ifLife: state.lateIfLife, what: 'the late delete' }, emit);
    emit('deleteDies', 'the late delete is never carried out', ended);
  }
};

/** The key is that of life 1's object; where the prefix is reused, of whatever lies there now. */
function carriedOut(
  state: State,
  { layout }: Config,
  { ifLife, what }: { readonly ifLife: Life | 0; readonly what: string },
  emit: Emit,
): void {
  const action = 'deleteLands';
  const owner: Life | undefined = state.object1 ? 1 : layout === 'reused' && state.object2 ? 2 : undefined;
  if (owner === undefined) {
    emit(action, `${what} finds nothing`, state);
    return;
  }
  if (ifLife !== 0 && ifLife !== owner) {
    emit(action, `${what} finds another object than was listed, and takes nothing`, state);
    return;
  }
  const life = owner === 1 ? state.life1 : state.life2;
  const next: State = owner === 1 ? { ...state, object1: false } : { ...state, object2: false };
  const isUnknown = owner === 2 && life === 'ABSENT';
  const broken =
    may.takesLivingObject({ state: life }) || isUnknown
      ? `deleted too early: the object of life ${owner}, which is ${isUnknown ? 'not in the catalog yet' : life}`
      : undefined;
  emit(action, `${what} takes the object of life ${owner} (${life})`, next, broken);
}
