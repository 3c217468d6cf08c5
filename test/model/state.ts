/**
 * A state of the model, and its small bounds: one name with two lives, of which the first may be purged; one
 * session of one ingest node; two uploads at a time; two leaders, A and then B, where A may go on without knowing
 * that it is deposed; one request in the hand of each, and one more on its way; one undelete; at most one write by a node that
 * has no session, and at most one new life that such a node begins; a node that is asked to forget takes the stream up again once.
 *
 * Each life has one object, the key that every upload writes: the worst case, and Parseable's `.stream/.stream.json`.
 * Where a prefix is reused both lives have the same key. Nothing counts up, so the space is finite, and
 * uploads and requests may follow each other without end.
 */
import type { LifeState } from '../../src/catalog/lifecycle.js';
import type { UploadOutcome } from './guards.js';
import type { Config } from './step.js';

export type Life = 1 | 2;

export interface Upload {
  readonly life: Life;
  /** `stray`: begun when no OPEN session covered it, which the rules forbid. */
  readonly client: UploadOutcome | 'stray';
  /** At the store: not applied yet. */
  readonly isFlying: boolean;
}

export type Leader = 'A' | 'B';

export interface Purger {
  /**
   * `empty`: a complete listing has shown nothing; `younger`: nothing but a new life; `answered`: its delete request
   * has ended.
   */
  readonly step: 'idle' | 'empty' | 'younger' | 'answered' | 'prepared' | 'confirmed' | 'sent';
  /** reusable_after lies beyond its expiry: prepared before PURGED was committed, or under the fence of a sweep. */
  readonly isFenced: boolean;
  /** Its request goes through only while the key holds the object of this life. 0: whatever it holds. */
  readonly ifLife: Life | 0;
}

export const IDLE: Purger = { step: 'idle', isFenced: true, ifLife: 0 };

export interface State {
  readonly life1: LifeState;
  readonly life2: LifeState;
  /** Of life 1, DELETED. */
  readonly graceOver: boolean;
  /** Of life 1, PURGED. */
  readonly fencePassed: boolean;
  readonly undeletes: number;
  /** Writes to come below the prefix of life 1, once it is PURGED, by a node that has no session. */
  readonly strays: number;
  /** reusable_after of life 1 lies beyond every request that a sweep prepares now. */
  readonly sweepFenced: boolean;

  /** Changes on their way to the node's watch, oldest first: C2 is "life 2 created", then D, U, and P for a drain that begins. */
  readonly pending: string;
  /** The life that its view shows as ACTIVE. */
  readonly sees: Life | 0;
  /** How many of the pending changes are older than the session. */
  readonly behind: number;
  readonly session: 'none' | 'OPEN' | 'EXPIRED' | 'gone';
  /** By the node's own clock. */
  readonly leaseIsSure: boolean;
  /** Whether the drain of life 1 waits for the session. */
  readonly barrier: 'free' | 'owed' | 'drained';
  /** In a fixed order: which of the two is which makes no difference. */
  readonly uploads: readonly Upload[];

  /** `electing`: A is deposed, B has not committed an entry of its own yet. */
  readonly leadership: 'A' | 'electing' | 'B';
  /** Life 1 as A saw it last, once A is deposed. */
  readonly frozen: LifeState;
  /** In the log and not committed. */
  readonly proposal: 'none' | 'beginDrain' | 'beginPurge' | 'expireSession';
  readonly a: Purger;
  readonly b: Purger;
  /** A request that its sender has given up, or that the network repeats. */
  readonly late: 'none' | 'fenced' | 'unfenced';
  readonly lateIfLife: Life | 0;

  /** Of a forgetting node: it has life 1, and uploads what it is sent. */
  readonly isHeld: boolean;
  /** It has forgotten the stream once: what it uploaded before is of no use to the stream any more. */
  readonly hasForgotten: boolean;
  /** Its helper. `waits`: for the uploads that were under way when the node forgot; `settled`: they are over. */
  readonly helper: 'idle' | 'waits' | 'settled';
  /** How often a client will still make it take the stream up. */
  readonly takeUps: number;

  /** The life that a node has begun behind the catalog: metadata first, then an object under the key that recurs. */
  readonly reborn: 'none' | 'metadata' | 'data';

  readonly object1: boolean;
  readonly object2: boolean;
}

/** Life 1 exists, the ingest node watches, A leads. */
const INITIAL: State = {
  life1: 'ACTIVE',
  life2: 'ABSENT',
  graceOver: false,
  fencePassed: false,
  undeletes: 1,
  strays: 0,
  sweepFenced: false,
  pending: '',
  sees: 1,
  behind: 0,
  session: 'none',
  leaseIsSure: false,
  barrier: 'free',
  uploads: [],
  leadership: 'A',
  frozen: 'ABSENT',
  proposal: 'none',
  a: IDLE,
  b: IDLE,
  late: 'none',
  lateIfLife: 0,
  isHeld: false,
  hasForgotten: false,
  helper: 'idle',
  takeUps: 0,
  reborn: 'none',
  object1: false,
  object2: false,
};

export function initialState({ withStray, withForgettingNode }: Config): State {
  const strays = withStray ? 1 : 0;
  return withForgettingNode ? { ...INITIAL, strays, isHeld: true, takeUps: 1 } : { ...INITIAL, strays };
}

export const UPLOADS_MAX = 2;
export const LIVES: readonly Life[] = [1, 2];

export function lifeOf(state: State, life: Life): LifeState {
  return life === 1 ? state.life1 : state.life2;
}

export function withUploads(state: State, uploads: readonly Upload[]): State {
  const [first, second] = uploads;
  const isSorted = first === undefined || second === undefined || codeOf(first) <= codeOf(second);
  return { ...state, uploads: isSorted ? uploads : [second, first] };
}

export function withPurger(state: State, leader: Leader, purger: Purger): State {
  return leader === 'A' ? { ...state, a: purger } : { ...state, b: purger };
}

/** Equal texts, equal states. */
export function encode(state: State): string {
  const { uploads, a, b } = state;
  const flags =
    (state.graceOver ? 1 : 0) +
    (state.fencePassed ? 2 : 0) +
    (state.leaseIsSure ? 4 : 0) +
    (state.object1 ? 8 : 0) +
    (state.object2 ? 16 : 0) +
    (a.isFenced ? 32 : 0) +
    (b.isFenced ? 64 : 0) +
    (state.sweepFenced ? 128 : 0) +
    (state.isHeld ? 256 : 0) +
    (state.hasForgotten ? 512 : 0);
  let text = `${state.life1}${state.life2}${flags} ${state.undeletes}${state.strays}${state.sees}${state.behind}${state.pending}`;
  text += `${state.session}${state.barrier}${state.leadership}${state.frozen}${state.proposal}`;
  text += `${a.step}${a.ifLife}${b.step}${b.ifLife}${state.late}${state.lateIfLife}`;
  text += `${state.helper}${state.takeUps}${state.reborn}`;
  for (const upload of uploads) text += codeOf(upload);
  return text;
}

function codeOf({ life, client, isFlying }: Upload): string {
  return `${client}${life}${isFlying ? 'f' : ''}`;
}
