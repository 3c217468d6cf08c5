/**
 * The sequential specification of one stream name, as its callers see it: what `StreamService` promises,
 * written down a second time and without a log. One state holds all lives of the name.
 *
 * What a caller cannot see is kept open instead of guessed:
 * - Revisions and incarnations are log indexes. A change whose index nobody has been told yet has an unknown
 *   one with a lower bound; the first answer that shows it settles it, and it must lie above the bound: the
 *   log has one order.
 * - DELETED -> DRAINING -> PURGING -> PURGED (-> forgotten) happens by itself once a grace period is over; callers see
 *   PURGING for both in the middle, each with a revision of its own. A life's
 *   state here is the earliest it may be in; an answer that shows a later one moves it there. Putting the
 *   step off to the last moment allows everything that an earlier moment would.
 *
 * Not checked here: when a grace period ends, and prefixes of *other* names, whose refusals are taken as given.
 */
import type { Model } from './types.js';

export type LifeState = 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED';

export type StreamInput =
  /** `prefix`: one of the caller's own; '' or absent for the default, which no other life shares. */
  | { readonly kind: 'create'; readonly prefix?: string }
  | { readonly kind: 'get'; readonly incarnation?: number }
  | {
      readonly kind: 'delete';
      readonly incarnation?: number;
      readonly ifRevision?: number;
      readonly allowMissing?: boolean;
    }
  | { readonly kind: 'undelete'; readonly incarnation?: number; readonly ifRevision?: number };

export type StreamOutput =
  /** A read: the record. */
  | {
      readonly kind: 'record';
      readonly incarnation: number;
      readonly revision: number;
      readonly state: LifeState;
    }
  /** A write that succeeded, on this life. What its answer showed beyond that is a read of its own. */
  | { readonly kind: 'done'; readonly incarnation: number }
  /** A delete with `allowMissing` that met nothing. */
  | { readonly kind: 'nothing' }
  /** The catalog's own refusals; not those of a node that did not propose. */
  | { readonly kind: 'refused'; readonly reason: string };

interface Life {
  /** 0: nobody has been told yet. */
  readonly incarnation: number;
  /** The incarnation is above this. */
  readonly incarnationAbove: number;
  readonly prefix: string;
  /** At least so far. */
  readonly state: LifeState | 'DRAINING' | 'FORGOTTEN';
  /** Of the last change; 0: nobody has been told yet. */
  readonly revision: number;
  readonly revisionAbove: number;
  /** Not changed since its creation: its revision is its incarnation. */
  readonly isFresh: boolean;
}

export interface StreamModelState {
  readonly lives: readonly Life[];
  /** A place in `lives`, or -1. */
  readonly current: number;
  /** The highest log index known to be behind us: later changes have higher ones. */
  readonly floor: number;
}

export interface StreamModelOptions {
  /**
   * Purged streams may be forgotten, and their names answered NOT_FOUND again. False where the run is
   * shorter than the time to the last sweep: an early NOT_FOUND is then a violation. Default false.
   */
  readonly forgets?: boolean;
}

type States = readonly StreamModelState[];

const ORDER = [
  'ACTIVE',
  'DELETED',
  'DRAINING',
  'PURGING',
  'PURGED',
  'FORGOTTEN',
] as const satisfies readonly Life['state'][];
/** What comes without a caller, each with a revision of its own. */
const BY_ITSELF = ['DRAINING', 'PURGING', 'PURGED'] as const;
const NONE: States = [];

export function streamModel(
  options: StreamModelOptions = {},
): Model<StreamModelState, StreamInput, StreamOutput> {
  const forgets = options.forgets ?? false;
  return {
    initial: { lives: [], current: -1, floor: 0 },
    step(state, input, output) {
      switch (input.kind) {
        case 'create':
          return stepCreate(state, input, output);
        case 'get':
          return output === undefined ? NONE : stepGet(state, input, output, forgets);
        case 'delete':
          return stepDelete(state, input, output, forgets);
        case 'undelete':
          return stepUndelete(state, input, output, forgets);
      }
    },
    isRead: ({ kind }) => kind === 'get',
    key: ({ lives, current, floor }) =>
      `${floor},${current};${lives
        .map(
          (life) =>
            `${life.incarnation === 0 ? `>${life.incarnationAbove}` : life.incarnation}${ORDER.indexOf(life.state)}` +
            `${life.revision === 0 ? `>${life.revisionAbove}` : `@${life.revision}`}${life.isFresh ? '!' : ''}${life.prefix}`,
        )
        .join(';')}`,
    describeState,
    describeOperation,
  };
}

// ----------------------------------------------------------------------------------------- creates

function stepCreate(
  state: StreamModelState,
  input: Extract<StreamInput, { kind: 'create' }>,
  output: StreamOutput | undefined,
): States {
  const prefix = input.prefix ?? '';
  const current = state.lives[state.current];
  if (output?.kind === 'refused') {
    if (output.reason === 'STREAM_EXISTS') return current?.state === 'ACTIVE' ? [state] : NONE;
    if (current?.state === 'ACTIVE') return NONE;
    if (output.reason === 'PREFIX_OVERLAP') return prefix === '' ? NONE : [state];
    // An earlier life owns a prefix in the way, or has left it too short a while ago.
    const isInTheWay = state.lives.some((life) => life.prefix !== '');
    return output.reason === 'PURGE_PENDING' && isInTheWay ? [state] : NONE;
  }
  if (current?.state === 'ACTIVE') return NONE;
  // C1: a prefix has one owner short of PURGED.
  let { lives } = state;
  for (const [at, life] of state.lives.entries()) {
    if (prefix === '' || life.prefix !== prefix) continue;
    if (life.state === 'ACTIVE') return NONE;
    lives = replace(lives, at, advance(life, 'PURGED'));
  }
  const next = (life: Life, floor: number): StreamModelState => ({
    lives: [...lives, life],
    current: lives.length,
    floor,
  });
  const unseen: Life = {
    incarnation: 0,
    incarnationAbove: state.floor,
    prefix,
    state: 'ACTIVE',
    revision: 0,
    revisionAbove: state.floor,
    isFresh: true,
  };
  if (output === undefined) return [next(unseen, state.floor)];
  if (output.kind !== 'done' || output.incarnation <= state.floor) return NONE;
  const { incarnation } = output;
  return [next({ ...unseen, incarnation, revision: incarnation }, incarnation)];
}

// ------------------------------------------------------------------------------------------- reads

function stepGet(
  state: StreamModelState,
  input: Extract<StreamInput, { kind: 'get' }>,
  output: StreamOutput,
  forgets: boolean,
): States {
  if (output.kind === 'refused') return missing(state, input.incarnation ?? 0, output.reason, forgets);
  if (output.kind !== 'record') return NONE;
  const wanted = input.incarnation ?? 0;
  if (wanted !== 0 && wanted !== output.incarnation) return NONE;
  return livesOf(state, wanted).flatMap(([at, before]) => {
    const settled = settle(before, at, output.incarnation);
    return settled === undefined ? [] : show(settled, at, output);
  });
}

/** The record as answered, or nothing when this life cannot look so. */
function show(
  state: StreamModelState,
  at: number,
  { state: shown, revision }: Extract<StreamOutput, { kind: 'record' }>,
): States {
  const seen = shown === 'PURGING' ? (['DRAINING', 'PURGING'] as const) : [shown];
  return seen.flatMap((as) => showAs(state, at, as, revision));
}

function showAs(state: StreamModelState, at: number, as: Life['state'], revision: number): States {
  const life = state.lives[at];
  if (life === undefined || ORDER.indexOf(as) < ORDER.indexOf(life.state)) return NONE;
  if (as !== life.state && life.state === 'ACTIVE') return NONE;
  const moved = as === life.state ? life : advance(life, as);
  if (moved.revision !== 0 ? moved.revision !== revision : revision <= moved.revisionAbove) return NONE;
  if (revision < moved.incarnation) return NONE;
  return [
    {
      ...state,
      lives: replace(state.lives, at, { ...moved, revision }),
      floor: Math.max(state.floor, revision),
    },
  ];
}

// ------------------------------------------------------------------------------ deletes, undeletes

function stepDelete(
  state: StreamModelState,
  input: Extract<StreamInput, { kind: 'delete' }>,
  output: StreamOutput | undefined,
  forgets: boolean,
): States {
  const wanted = input.incarnation ?? 0;
  if (output?.kind === 'nothing') {
    return input.allowMissing === true ? missing(state, wanted, 'STREAM_NOT_FOUND', forgets) : NONE;
  }
  if (output?.kind === 'refused') {
    const { reason } = output;
    if (reason === 'ETAG_MISMATCH') return etagMismatches(state, wanted, input.ifRevision ?? 0);
    if (reason === 'STREAM_NOT_FOUND') {
      return input.allowMissing === true ? NONE : missing(state, wanted, reason, forgets);
    }
    if (reason !== 'INCARNATION_MISMATCH' || wanted === 0) return NONE;
    // An older life is there to be read, but a delete of it is refused once there is a newer one.
    const current = state.lives[state.current];
    const isCurrent = current?.incarnation === wanted;
    return current === undefined || isCurrent ? NONE : [state];
  }
  if (output?.kind === 'record') return NONE;
  return livesOf(state, wanted).flatMap(([at, before]) => {
    // Named by its incarnation: only the current life, or any where there is no current one.
    if (wanted !== 0 && state.current >= 0 && at !== state.current) return [];
    const settled = output === undefined ? before : settle(before, at, output.incarnation);
    if (settled === undefined) return [];
    return withRevision(settled, at, input.ifRevision ?? 0).flatMap((each) => {
      if (each.lives[at]?.state === 'ACTIVE') return [change(each, at, 'DELETED')];
      return output === undefined ? [] : [each];
    });
  });
}

function stepUndelete(
  state: StreamModelState,
  input: Extract<StreamInput, { kind: 'undelete' }>,
  output: StreamOutput | undefined,
  forgets: boolean,
): States {
  const wanted = input.incarnation ?? 0;
  if (output?.kind === 'refused') {
    const { reason } = output;
    if (reason === 'ETAG_MISMATCH') return etagMismatches(state, wanted, input.ifRevision ?? 0);
    if (reason === 'STREAM_NOT_FOUND' || reason === 'INCARNATION_MISMATCH') {
      return missing(state, wanted, reason, forgets);
    }
    return livesOf(state, wanted).flatMap(([at, before]) =>
      withRevision(before, at, input.ifRevision ?? 0).flatMap((each): States => {
        const life = each.lives[at];
        if (life === undefined) return [];
        if (reason === 'STREAM_NOT_DELETED') return life.state === 'ACTIVE' ? [each] : [];
        if (life.state === 'ACTIVE') return [];
        if (reason === 'PURGE_STARTED') {
          if (ORDER.indexOf(life.state) >= ORDER.indexOf('DRAINING')) return [each];
          // Under a condition on the revision the record has not moved since it was read.
          if ((input.ifRevision ?? 0) !== 0) return [];
          return [{ ...each, lives: replace(each.lives, at, advance(life, 'DRAINING')) }];
        }
        const isCovered = at !== each.current && each.lives[each.current]?.state === 'ACTIVE';
        return reason === 'STREAM_EXISTS' && life.state === 'DELETED' && isCovered ? [each] : [];
      }),
    );
  }
  if (output !== undefined && output.kind !== 'done') return NONE;
  return livesOf(state, wanted).flatMap(([at, before]) => {
    const settled = output === undefined ? before : settle(before, at, output.incarnation);
    if (settled === undefined) return [];
    if (at !== settled.current && settled.lives[settled.current]?.state === 'ACTIVE') return [];
    return withRevision(settled, at, input.ifRevision ?? 0)
      .filter((each) => each.lives[at]?.state === 'DELETED')
      .map((each) => ({ ...change(each, at, 'ACTIVE'), current: at }));
  });
}

// ------------------------------------------------------------------------------------------- parts

/** The lives that a selector may mean. An incarnation that nobody has been told yet may be the one. */
function livesOf(
  state: StreamModelState,
  wanted: number,
): (readonly [at: number, state: StreamModelState])[] {
  if (wanted === 0) return state.current < 0 ? [] : [[state.current, state]];
  const exact = state.lives.findIndex((life) => life.incarnation === wanted);
  if (exact >= 0) return state.lives[exact]?.state === 'FORGOTTEN' ? [] : [[exact, state]];
  return state.lives.flatMap((_, at) => {
    const settled = settle(state, at, wanted);
    return settled === undefined ? [] : [[at, settled] as const];
  });
}

/** The same state, knowing that the life at `at` has this incarnation; undefined when it has another. */
function settle(state: StreamModelState, at: number, incarnation: number): StreamModelState | undefined {
  const life = state.lives[at];
  if (life === undefined || life.state === 'FORGOTTEN') return undefined;
  if (life.incarnation !== 0) return life.incarnation === incarnation ? state : undefined;
  const isTaken = state.lives.some((other) => other.incarnation === incarnation);
  if (isTaken || incarnation <= life.incarnationAbove) return undefined;
  if (life.revision !== 0 && life.revision < incarnation) return undefined;
  const settled: Life = life.isFresh
    ? { ...life, incarnation, revision: incarnation }
    : { ...life, incarnation, revisionAbove: Math.max(life.revisionAbove, incarnation) };
  return {
    ...state,
    lives: replace(state.lives, at, settled),
    floor: Math.max(state.floor, incarnation),
  };
}

/** A refusal because no such life is known. */
function missing(state: StreamModelState, wanted: number, reason: string, forgets: boolean): States {
  const current = state.lives[state.current];
  const known = wanted === 0 ? -1 : state.lives.findIndex((life) => life.incarnation === wanted);
  if (known >= 0 && state.lives[known]?.state !== 'FORGOTTEN') {
    const gone = forgets ? forget(state, known) : undefined;
    return gone === undefined ? NONE : missing(gone, wanted, reason, forgets);
  }
  if (reason === 'INCARNATION_MISMATCH') return wanted !== 0 && current !== undefined ? [state] : NONE;
  if (reason !== 'STREAM_NOT_FOUND') return NONE;
  if (current === undefined) return [state];
  const gone = forgets ? forget(state, state.current) : undefined;
  return gone === undefined ? NONE : [gone];
}

function forget(state: StreamModelState, at: number): StreamModelState | undefined {
  const life = state.lives[at];
  if (life === undefined || life.state === 'ACTIVE') return undefined;
  return {
    ...state,
    lives: replace(state.lives, at, advance(life, 'FORGOTTEN')),
    current: state.current === at ? -1 : state.current,
  };
}

/** A life whose revision is not `ifRevision`, or no longer. */
function etagMismatches(state: StreamModelState, wanted: number, ifRevision: number): States {
  if (ifRevision === 0) return NONE;
  return livesOf(state, wanted).flatMap(([at, before]): States => {
    const life = before.lives[at];
    if (life === undefined) return [];
    if (life.revision !== ifRevision) return [before];
    // It may have moved on by itself in the meantime.
    const later = BY_ITSELF.find((each) => ORDER.indexOf(each) > ORDER.indexOf(life.state));
    if (life.state === 'ACTIVE' || later === undefined) return [];
    return [{ ...before, lives: replace(before.lives, at, advance(life, later)) }];
  });
}

/** The condition on the revision holds (0: there is none); an untold revision is told by it. */
function withRevision(state: StreamModelState, at: number, ifRevision: number): States {
  const life = state.lives[at];
  if (life === undefined) return NONE;
  if (ifRevision === 0 || life.revision === ifRevision) return [state];
  const told = (told: Life): States =>
    ifRevision > told.revisionAbove
      ? [{ ...state, lives: replace(state.lives, at, { ...told, revision: ifRevision }) }]
      : NONE;
  const asItIs = life.revision === 0 ? told(life) : NONE;
  if (life.state === 'ACTIVE') return asItIs;
  const later = BY_ITSELF.filter((to) => ORDER.indexOf(to) > ORDER.indexOf(life.state));
  return [...asItIs, ...later.flatMap((to) => told(advance(life, to)))];
}

/** A caller's change: its index lies above everything known. */
function change(state: StreamModelState, at: number, to: LifeState): StreamModelState {
  const life = state.lives[at];
  if (life === undefined) return state;
  const changed: Life = { ...life, state: to, revision: 0, revisionAbove: state.floor, isFresh: false };
  return { ...state, lives: replace(state.lives, at, changed) };
}

/** A change that happened by itself at some time after the last one. */
function advance(life: Life, to: Life['state']): Life {
  if (ORDER.indexOf(life.state) >= ORDER.indexOf(to)) return life;
  const revisionAbove = Math.max(life.revision, life.revisionAbove);
  return { ...life, state: to, revision: 0, revisionAbove, isFresh: false };
}

function replace(lives: readonly Life[], at: number, life: Life): readonly Life[] {
  return lives.map((each, place) => (place === at ? life : each));
}

// ------------------------------------------------------------------------------------- description

function describeState({ lives, current }: StreamModelState): string {
  if (lives.length === 0) return 'no life of the name';
  return lives
    .map((life, at) => {
      const incarnation = life.incarnation === 0 ? `some above ${life.incarnationAbove}` : life.incarnation;
      const revision = life.revision === 0 ? `some above ${life.revisionAbove}` : life.revision;
      const later = life.state === 'ACTIVE' || life.state === 'FORGOTTEN' ? '' : ' or later';
      return `${at === current ? 'current ' : ''}incarnation ${incarnation}: ${life.state}${later}, revision ${revision}`;
    })
    .join('; ');
}

function describeOperation(input: StreamInput, output: StreamOutput | undefined): string {
  const { kind, ...rest } = input;
  const facts = Object.entries(rest).map(([name, value]) => `${name} ${String(value)}`);
  const asked = facts.length === 0 ? kind : `${kind} (${facts.join(', ')})`;
  return `${asked} -> ${output === undefined ? 'unknown' : describeOutput(output)}`;
}

function describeOutput(output: StreamOutput): string {
  switch (output.kind) {
    case 'record':
      return `incarnation ${output.incarnation} ${output.state}, revision ${output.revision}`;
    case 'done':
      return `done, incarnation ${output.incarnation}`;
    case 'nothing':
      return 'nothing there';
    case 'refused':
      return output.reason;
  }
}
