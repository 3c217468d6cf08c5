/**
 * The transition table: what each command does to a life in each state.
 *
 * Total by type: a new state or a new command does not compile until every cell is filled. The table
 * says what is allowed in principle; conditions on time, prefixes, revisions and pauses are guards in the
 * command files, and can only turn a change into a refusal.
 *
 * C2: an incarnation goes forward only. The one cell that leads back is DELETED x undelete: once a drain has begun,
 * nodes outside are asked to forget the stream, which cannot be undone.
 * The same transition again is a success that changes nothing, so that a purger that lost its answer
 * in a failover, or a caller without a request id, can just ask again. A deleted stream stays deleted
 * for whoever deletes it again, whatever has been done about it since, and its grace period is not restarted.
 */
import type { Reason } from '../shared/errors.js';
import type { EventKind, SessionState, StreamCommandKind, StreamRecord, StreamState } from './types.js';

/**
 * ABSENT: no life of that name, or none with that incarnation, is known. DRAINING: PURGING as callers see it, and
 * nothing may be deleted yet.
 */
export const LIFE_STATES = ['ABSENT', 'ACTIVE', 'DELETED', 'DRAINING', 'PURGING', 'PURGED'] as const;
export type LifeState = (typeof LIFE_STATES)[number];

export function lifeStateOf(stream: Pick<StreamRecord, 'state' | 'purge'> | undefined): LifeState {
  if (stream === undefined) return 'ABSENT';
  return stream.purge.phase === 'DRAINING' ? 'DRAINING' : stream.state;
}

export type Transition =
  /** A new life begins beside this one, if its prefix is free. */
  | { readonly kind: 'create' }
  | { readonly kind: 'move'; readonly to: StreamState; readonly event: EventKind }
  /** The state stays; fields of the purge change. */
  | { readonly kind: 'update' }
  | { readonly kind: 'forget' }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'notFound' }
  /** `because` completes "stream 'x' …". */
  | { readonly kind: 'refuse'; readonly reason: Reason; readonly because: string };

const CREATE: Transition = { kind: 'create' };
const UPDATE: Transition = { kind: 'update' };
const UNCHANGED: Transition = { kind: 'unchanged' };
const NOT_FOUND: Transition = { kind: 'notFound' };

const EXISTS = refuse('STREAM_EXISTS', 'already exists and is ACTIVE');
const NOT_DELETED = refuse('STREAM_NOT_DELETED', 'is ACTIVE; delete it first');
const NOT_BEGUN = refuse('PURGE_PENDING', 'is DELETED; its purge has not begun');
const NOT_DRAINED = refuse('PURGE_PENDING', 'is draining; nothing of it may be deleted yet');
const NOT_PURGED = refuse('PURGE_PENDING', 'is not PURGED yet');
const DRAIN_STARTED = refuse(
  'PURGE_STARTED',
  'is past its grace period; nodes may have forgotten it already',
);
const PURGE_STARTED = refuse('PURGE_STARTED', 'is being purged; objects may be gone already');
const PURGE_OVER = refuse('PURGE_STARTED', 'is PURGED; its objects are gone');

function refuse(reason: Reason, because: string): Transition {
  return { kind: 'refuse', reason, because };
}

function move(to: StreamState, event: EventKind): Transition {
  return { kind: 'move', to, event };
}

/**
 * Rows: the state of the life that the command is about; for `createStream`, of the name's current life.
 * A life that is not ACTIVE does not stand in the way of a new one: only its prefix may (C1).
 */
export const LIFECYCLE: Readonly<Record<LifeState, Readonly<Record<StreamCommandKind, Transition>>>> = {
  ABSENT: {
    createStream: CREATE,
    markDeleted: NOT_FOUND,
    undelete: NOT_FOUND,
    beginDrain: NOT_FOUND,
    beginPurge: NOT_FOUND,
    beginPurgeUndrained: NOT_FOUND,
    recordPurgeProgress: NOT_FOUND,
    markPurged: NOT_FOUND,
    // Forgotten already, as far as anybody can tell.
    forgetStream: UNCHANGED,
    retryPurge: NOT_FOUND,
    setPurgePaused: NOT_FOUND,
    beginSweep: NOT_FOUND,
    recordSweep: NOT_FOUND,
    adoptStream: CREATE,
  },
  ACTIVE: {
    createStream: EXISTS,
    markDeleted: move('DELETED', 'DELETED'),
    // AIP-164: undelete of what is not deleted is an error (ALREADY_EXISTS), not a repetition.
    undelete: refuse('STREAM_NOT_DELETED', 'is ACTIVE; there is nothing to undelete'),
    beginDrain: NOT_DELETED,
    beginPurge: NOT_DELETED,
    beginPurgeUndrained: NOT_DELETED,
    recordPurgeProgress: NOT_DELETED,
    markPurged: NOT_DELETED,
    forgetStream: NOT_DELETED,
    retryPurge: NOT_DELETED,
    setPurgePaused: NOT_DELETED,
    beginSweep: NOT_DELETED,
    recordSweep: NOT_DELETED,
    adoptStream: EXISTS,
  },
  DELETED: {
    createStream: CREATE,
    markDeleted: UNCHANGED,
    undelete: move('ACTIVE', 'UNDELETED'),
    beginDrain: move('PURGING', 'PURGE_STARTED'),
    beginPurge: NOT_BEGUN,
    beginPurgeUndrained: move('PURGING', 'PURGE_STARTED'),
    recordPurgeProgress: NOT_BEGUN,
    markPurged: NOT_BEGUN,
    forgetStream: NOT_PURGED,
    retryPurge: UNCHANGED,
    setPurgePaused: UPDATE,
    beginSweep: NOT_PURGED,
    recordSweep: NOT_PURGED,
    adoptStream: CREATE,
  },
  DRAINING: {
    createStream: CREATE,
    markDeleted: UNCHANGED,
    undelete: DRAIN_STARTED,
    beginDrain: UNCHANGED,
    beginPurge: move('PURGING', 'DRAINED'),
    // P3: an entry of an older log knows nothing of the drain that it would cut short.
    beginPurgeUndrained: NOT_DRAINED,
    recordPurgeProgress: NOT_DRAINED,
    markPurged: NOT_DRAINED,
    forgetStream: NOT_PURGED,
    retryPurge: UPDATE,
    setPurgePaused: UPDATE,
    beginSweep: NOT_PURGED,
    recordSweep: NOT_PURGED,
    adoptStream: CREATE,
  },
  PURGING: {
    createStream: CREATE,
    markDeleted: UNCHANGED,
    undelete: PURGE_STARTED,
    beginDrain: UNCHANGED,
    beginPurge: UNCHANGED,
    beginPurgeUndrained: UNCHANGED,
    recordPurgeProgress: UPDATE,
    markPurged: move('PURGED', 'PURGED'),
    forgetStream: NOT_PURGED,
    retryPurge: UPDATE,
    setPurgePaused: UPDATE,
    beginSweep: NOT_PURGED,
    recordSweep: NOT_PURGED,
    adoptStream: CREATE,
  },
  PURGED: {
    createStream: CREATE,
    markDeleted: UNCHANGED,
    undelete: PURGE_OVER,
    beginDrain: PURGE_OVER,
    // Not a repetition: success would tell a late purger that it may delete, and by now another life
    // may own the prefix.
    beginPurge: PURGE_OVER,
    beginPurgeUndrained: PURGE_OVER,
    recordPurgeProgress: PURGE_OVER,
    markPurged: UNCHANGED,
    forgetStream: { kind: 'forget' },
    retryPurge: UNCHANGED,
    // A paused PURGED stream is not swept.
    setPurgePaused: UPDATE,
    beginSweep: UPDATE,
    recordSweep: UPDATE,
    adoptStream: CREATE,
  },
};

// ----------------------------------------------------------------------------------------- sessions

/** How a session may end. `closeSession` is two of them, by what its holder says. */
export type SessionEnding = 'closeSettled' | 'closeUnsettled' | 'expireSession';

export type SessionTransition =
  | 'expire'
  /** Nothing of it can reach the store any more: the record goes. */
  | 'settle'
  /** The same, once its uploads are past their deadline in committed time; unchanged before. */
  | 'settleWhenDue'
  | 'unchanged';

/**
 * Total by type, as the table above. Forward only: a session that has expired never opens again, its holder
 * opens another one. (`openSession` is about no session that exists: its id is the entry's index.)
 */
export const SESSION_LIFECYCLE: Readonly<
  Record<SessionState, Readonly<Record<SessionEnding, SessionTransition>>>
> = {
  OPEN: { closeSettled: 'settle', closeUnsettled: 'expire', expireSession: 'expire' },
  // `closeSettled`: the holder knows best, nothing of it is in flight.
  EXPIRED: { closeSettled: 'settle', closeUnsettled: 'unchanged', expireSession: 'settleWhenDue' },
};
