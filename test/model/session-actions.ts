/** What the ingest node does: its session, its watch, and uploads through `guard`. */
import * as may from './guards.js';
import { lifeOf, LIVES, UPLOADS_MAX, withUploads, type Life, type State, type Upload } from './state.js';
import type { Actions, Config } from './step.js';

export const sessionActions: Actions = (state, config, emit) => {
  const { rules } = config;
  const { pending, session, uploads, leadership } = state;
  const isTakenOver = leadership !== 'electing';

  watchActions(state, config, emit);
  // A new life behind the catalog is begun by a node without a session.
  if (config.withForgettingNode || config.withReborn !== 'never') return;

  if (session === 'none' && isTakenOver) {
    const behind = pending.length / 2;
    emit('openSession', 'the node opens its session', {
      ...state,
      session: 'OPEN',
      leaseIsSure: true,
      behind,
    });
  }

  // With a prefix of its own life 2 has a key that no request can name: its uploads would show nothing.
  for (const life of config.layout === 'own' ? [1 as const] : LIVES) {
    const seen = {
      seenActive: state.sees === life,
      viewReachedOpening: state.behind === 0,
      leaseIsSure: state.leaseIsSure,
    };
    if (session === 'none' || uploads.length === UPLOADS_MAX) continue;
    if (may.guardAdmits(seen, rules) !== undefined) continue;
    const client = session === 'OPEN' ? 'awaited' : 'stray';
    emit(
      'guardAdmits',
      `an upload of life ${life} begins (${lifeOf(state, life)})`,
      withUploads(state, [...uploads, { life, client, isFlying: true }]),
    );
  }

  if (session === 'OPEN') {
    if (state.leaseIsSure) {
      emit('leaseRunsOut', 'the node can be sure of its lease no longer', { ...state, leaseIsSure: false });
    }
    const isExpiring = state.proposal === 'expireSession';
    if (may.keepAlive({ state: session, isTakenOver, isExpiring }, rules) === undefined) {
      const barrier = isTakenOver && reportsDrained(state, config) ? 'drained' : state.barrier;
      if (!state.leaseIsSure || barrier !== state.barrier) {
        const told = barrier === state.barrier ? '' : ', and has drained life 1';
        emit('keepAlive', `the node renews its lease${told}`, { ...state, leaseIsSure: true, barrier });
      }
    }
    if (isTakenOver) {
      if (uploads.every((upload) => hasSettled(upload, config))) {
        emit('closeSession', 'the node closes its session, settled', gone(state));
      }
      const closed: State = { ...state, session: 'EXPIRED', leaseIsSure: false };
      emit('closeSession', 'the node closes its session, unsettled', closed);
    }
  }

  if (session === 'EXPIRED' && isTakenOver) {
    const isOver = uploads.every(({ client, isFlying }) => client === 'stray' || !isFlying);
    if (may.settleSession({ state: session, uploadsAreOver: isOver }) === undefined) {
      const strays = uploads.filter(({ client }) => client === 'stray');
      emit('expireSession', 'the deadline of its uploads has passed: the session goes', {
        ...gone(state),
        leaseIsSure: state.leaseIsSure,
        uploads: strays,
      });
    }
  }
};

const watchActions: Actions = (state, { withForgettingNode }, emit) => {
  const { pending, uploads } = state;
  if (pending === '') return;
  const next = delivered(state);
  const aborts = next.uploads.some((upload, at) => upload.client !== uploads[at]?.client);
  const outcome = aborts ? ', and aborts its upload: outcome unknown' : '';
  const who = withForgettingNode ? 'the helper' : 'the node';
  emit('watchDelivers', `${who} sees: ${changeText(pending.slice(0, 2))}${outcome}`, next);
};

const CHANGES: Readonly<Record<string, string>> = {
  C: 'created',
  D: 'tombstoned',
  U: 'undeleted',
  P: 'draining',
};

function changeText(change: string): string {
  return `life ${change.slice(1)} ${CHANGES[change.slice(0, 1)] ?? ''}`;
}

/** The tombstone fires the signal of each upload of that life: its outcome is unknown from then on. */
function delivered(state: State): State {
  const change = state.pending.slice(0, 2);
  const life: Life = change.endsWith('1') ? 1 : 2;
  const after = { ...state, pending: state.pending.slice(2), behind: Math.max(0, state.behind - 1) };
  if (change.startsWith('P')) return after;
  if (!change.startsWith('D')) return { ...after, sees: life };
  const uploads = state.uploads.map((upload): Upload =>
    upload.life === life && upload.client === 'awaited' ? { ...upload, client: 'unknown' } : upload,
  );
  return withUploads({ ...after, sees: state.sees === life ? 0 : state.sees }, uploads);
}

function reportsDrained(state: State, { rules }: Config): boolean {
  if (state.barrier !== 'owed') return false;
  const uploads = state.uploads.flatMap(({ life, client }) =>
    life === 1 && client !== 'stray' ? [client] : [],
  );
  return may.drained({ drainSeen: !state.pending.includes('P1'), uploads }, rules) === undefined;
}

function hasSettled({ client }: Upload, { rules }: Config): boolean {
  return client === 'unknown' && !rules.settledUploads;
}

function gone(state: State): State {
  return { ...state, session: 'gone', leaseIsSure: false, barrier: 'free' };
}
