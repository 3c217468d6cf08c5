/** The transition relation, and what is promised of it. */
import { catalogActions } from './catalog-actions.js';
import { forgettingNodeActions } from './forgetting-node-actions.js';
import { purgerActions } from './purger-actions.js';
import { sessionActions } from './session-actions.js';
import { withUploads, type Purger, type State, type Upload } from './state.js';
import type { Config, Step } from './step.js';
import { storeActions } from './store-actions.js';

export function successors(state: State, config: Config): readonly Step[] {
  const steps: Step[] = [];
  const emit = (action: string, told: string, next: State, broken?: string): void => {
    steps.push({ action, told, next: forgetful(next, config), broken });
  };
  catalogActions(state, config, emit);
  sessionActions(state, config, emit);
  forgettingNodeActions(state, config, emit);
  purgerActions(state, config, emit);
  storeActions(state, config, emit);
  return steps;
}

/** Nothing left behind: PURGED, nothing on its way, and something of the life is there. */
export function residue(state: State, { withStray, withReborn }: Config): string | undefined {
  // No barrier covers a node without a session: what it leaves is for the sweeps.
  if (withStray || withReborn !== 'never' || state.life1 !== 'PURGED' || !state.object1 || !isQuiet(state))
    return undefined;
  return 'left behind: the object of life 1, which is PURGED, and nothing is on its way any more';
}

/** Where each life 1 that is given up can come to: nothing of it is left, and its prefix is free. */
export function isOver(state: State, { layout }: Config): boolean {
  const isFree = layout === 'own' || state.fencePassed;
  // What a stray write left to the next owner of the prefix is that one's.
  const isLeft = state.object1 && !(layout === 'reused' && state.life2 !== 'ABSENT');
  // A life that was begun behind the catalog is in it by then.
  const isKnown = state.reborn === 'none' || state.life2 !== 'ABSENT';
  return state.life1 === 'PURGED' && isFree && !isLeft && isKnown && isQuiet(state);
}

function isQuiet({ uploads, a, b, late }: State): boolean {
  const inHand = [a, b].some(({ step }) => step === 'prepared' || step === 'confirmed' || step === 'sent');
  return !inHand && late === 'none' && uploads.every(({ life, isFlying }) => life !== 1 || !isFlying);
}

/**
 * Makes states equal that nothing can tell apart any more, so that they are visited once. A node that can never
 * upload again needs no view, and only the store matters to its uploads. A prefix of its own needs no fence.
 */
function forgetful(state: State, { layout, rules, withForgettingNode }: Config): State {
  let next = state;
  if (withForgettingNode) return state;
  const hasLost = state.session === 'gone' || (state.session === 'EXPIRED' && rules.leaseChecked);
  if (hasLost && !state.leaseIsSure) {
    if (next.pending !== '' || next.sees !== 0) next = { ...next, pending: '', sees: 0, behind: 0 };
    if (next.uploads.some(({ client, isFlying }) => client === 'awaited' || !isFlying)) {
      const flying = next.uploads.filter(({ isFlying }) => isFlying);
      next = withUploads(next, flying.map(forgotten));
    }
  }
  if (layout === 'reused' || (next.a.isFenced && next.b.isFenced)) return next;
  return { ...next, a: fenced(next.a), b: fenced(next.b) };
}

function forgotten(upload: Upload): Upload {
  return upload.client === 'awaited' ? { ...upload, client: 'unknown' } : upload;
}

function fenced(purger: Purger): Purger {
  return purger.isFenced ? purger : { ...purger, isFenced: true };
}
