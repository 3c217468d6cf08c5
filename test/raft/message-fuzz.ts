/**
 * Arbitrary histories for one core: what the network may bring, sound or not, mixed with what a correct
 * driver feeds. Everything a peer sends is arbitrary; everything local is what a driver that keeps its
 * duties would say at that moment.
 *
 * Numbers are drawn in two ways. Far-out ones try the gateway (negative, NaN, fractions, beyond 2^53). Near
 * ones are relative to the node's own term, commit index and last entry, resolved when the message is
 * delivered, because a message that is refused at the gate tests nothing behind it.
 */
import fc from 'fast-check';
import type { RaftCore } from '../../src/raft/core.js';
import type { Configuration, Entry, EntryPayload, Input, Message } from '../../src/raft/types.js';
import { command, configurationOf, member } from './harness.js';

type Base = 'term' | 'lastTerm' | 'commit' | 'last';

/** A number as a test case holds it, before it meets a node. */
type Figure = { readonly near: Base; readonly offset: number } | { readonly exactly: number };

/** The largest number that the gateway lets through, and its neighbours on both sides of every bound. */
const FAR_OUT: readonly number[] = [
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 32,
  Number.MAX_SAFE_INTEGER - 2 ** 20,
  Number.MAX_SAFE_INTEGER - 2 ** 20 + 1,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MAX_VALUE,
];

/** Mostly the very number: the rules lie where numbers are equal, or differ by one. */
function near(base: Base, spread: number): fc.Arbitrary<Figure> {
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: fc.integer({ min: -spread, max: spread }) },
    )
    .map((offset) => ({ near: base, offset }));
}

const farOut: fc.Arbitrary<Figure> = fc.constantFrom(...FAR_OUT).map((exactly) => ({ exactly }));
const small: fc.Arbitrary<Figure> = fc.nat(6).map((exactly) => ({ exactly }));
const aTerm = fc.oneof(
  { weight: 12, arbitrary: near('term', 1) },
  { weight: 2, arbitrary: small },
  { weight: 1, arbitrary: farOut },
);
const aLogTerm = fc.oneof({ weight: 4, arbitrary: near('lastTerm', 1) }, { weight: 1, arbitrary: aTerm });
const anIndex = fc.oneof(
  { weight: 4, arbitrary: near('last', 2) },
  { weight: 3, arbitrary: near('commit', 2) },
  { weight: 2, arbitrary: small },
  { weight: 1, arbitrary: farOut },
);
/** Members, strangers, the node itself (1), nobody, nonsense. */
const anId = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 2, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 9, -1, 1.5, Number.NaN, 2 ** 53) },
);
const aRecipient = fc.oneof(
  { weight: 19, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, Number.NaN) },
);

const aConfiguration: fc.Arbitrary<Configuration> = fc.oneof(
  fc.constantFrom(
    configurationOf([1, 2, 3]),
    configurationOf([1, 2, 3, 4], [5]),
    configurationOf([2, 3], [1]),
    configurationOf([2, 3]),
    configurationOf([1]),
    { ...configurationOf([1, 2, 3]), highestId: 7 },
  ),
  // Nobody votes, twice the same, out of order, in both lists, ids that are none.
  fc.constantFrom(
    configurationOf([]),
    configurationOf([1, 1]),
    configurationOf([3, 1]),
    configurationOf([1, 2], [2]),
    configurationOf([-1, 2]),
    configurationOf([1, Number.NaN]),
    { ...configurationOf([1, 2, 3]), highestId: 2 },
  ),
);
const aPayload: fc.Arbitrary<EntryPayload> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<EntryPayload>({ kind: 'noop' }) },
  { weight: 4, arbitrary: fc.constantFrom('x', 'a longer command').map(command) },
  {
    weight: 2,
    arbitrary: aConfiguration.map((configuration): EntryPayload => ({
      kind: 'configuration',
      configuration,
    })),
  },
  // From a version to come.
  { weight: 1, arbitrary: fc.constant({ kind: 'transaction' } as unknown as EntryPayload) },
);

type Unresolved<T> = { readonly [K in keyof T]: T[K] extends number ? T[K] | Figure : T[K] };
/** Sound: what a leader of that term could send to a node with this log. Else anything, gaps and all. */
interface Batch {
  readonly isSound: boolean;
  readonly entries: readonly {
    readonly index: Figure;
    readonly term: Figure;
    readonly payload: EntryPayload;
  }[];
}
type MessageCase = Unresolved<Message> & { readonly batch?: Batch };

const envelope = { from: anId, to: aRecipient, term: aTerm };
const aBatch: fc.Arbitrary<Batch> = fc.record({
  isSound: fc.oneof(
    { weight: 4, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  entries: fc.array(fc.record({ index: anIndex, term: aLogTerm, payload: aPayload }), { maxLength: 4 }),
});
const aMessage = fc.oneof(
  fc.record({
    ...envelope,
    kind: fc.constant('preVoteRequest'),
    lastLogIndex: anIndex,
    lastLogTerm: aLogTerm,
  }),
  fc.record({ ...envelope, kind: fc.constant('preVoteResponse'), granted: fc.boolean() }),
  fc.record({
    ...envelope,
    kind: fc.constant('voteRequest'),
    lastLogIndex: anIndex,
    lastLogTerm: aLogTerm,
    leadershipTransfer: fc.boolean(),
  }),
  fc.record({ ...envelope, kind: fc.constant('voteResponse'), granted: fc.boolean() }),
  {
    weight: 4,
    arbitrary: fc.record({
      ...envelope,
      kind: fc.constant('appendRequest'),
      prevLogIndex: anIndex,
      prevLogTerm: aLogTerm,
      batch: aBatch,
      entries: fc.constant([]),
      commitIndex: anIndex,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...envelope,
      kind: fc.constant('appendResponse'),
      rejected: fc.boolean(),
      matchIndex: anIndex,
      conflictIndex: anIndex,
      hintIndex: anIndex,
      hintTerm: aLogTerm,
    }),
  },
  fc.record({
    ...envelope,
    kind: fc.constant('heartbeatRequest'),
    commitIndex: anIndex,
    readSequence: anIndex,
  }),
  fc.record({ ...envelope, kind: fc.constant('heartbeatResponse'), readSequence: anIndex }),
  fc.record({ ...envelope, kind: fc.constant('readIndexRequest'), context: anIndex }),
  fc.record({
    ...envelope,
    kind: fc.constant('readIndexResponse'),
    context: anIndex,
    index: anIndex,
    refused: fc.boolean(),
  }),
  fc.record({ ...envelope, kind: fc.constant('timeoutNow') }),
  fc.record({ ...envelope, kind: fc.constant('quantumRequest') }),
) as unknown as fc.Arbitrary<MessageCase>;

const aChange = fc.oneof(
  anId.map((id) => ({ kind: 'addLearner', member: member(id) }) as const),
  anId.map((id) => ({ kind: 'promote', id }) as const),
  anId.map((id) => ({ kind: 'bindDirectory', id, directoryId: `new-${id}` }) as const),
  fc.oneof(fc.constant(1), anId).map((id) => ({ kind: 'remove', id }) as const),
);
const localInput: fc.Arbitrary<Input> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Input>({ kind: 'tick' }) },
  {
    weight: 3,
    arbitrary: fc.array(aPayload, { maxLength: 3 }).map((payloads): Input => ({ kind: 'propose', payloads })),
  },
  { weight: 1, arbitrary: anId.map((target): Input => ({ kind: 'transferLeadership', target })) },
  { weight: 2, arbitrary: anId.map((peer): Input => ({ kind: 'peerUnreachable', member: peer })) },
  { weight: 2, arbitrary: aChange.map((change): Input => ({ kind: 'changeMembership', change })) },
  { weight: 1, arbitrary: fc.nat(3).map((context): Input => ({ kind: 'readIndex', context })) },
  { weight: 1, arbitrary: fc.constant<Input>({ kind: 'stepDown', cause: 'told to' }) },
);

export type Action =
  | { readonly kind: 'message'; readonly message: MessageCase }
  | { readonly kind: 'local'; readonly input: Input }
  /** The driver does one of its duties, or all of them. */
  | { readonly kind: 'drain' | 'persist' | 'apply' | 'settle' | 'compact' | 'restart' }
  /** A peer offers a snapshot, whose header is as arbitrary as any message. */
  | {
      readonly kind: 'snapshotOffer';
      readonly from: number;
      readonly term: Figure;
      readonly index: Figure;
      readonly lastTerm: Figure;
      readonly configuration: Configuration;
      /** The process dies right after the swap. */
      readonly crash: boolean;
    }
  /** How a snapshot that was asked for went. */
  | { readonly kind: 'snapshotSent'; readonly to: number; readonly index: Figure; readonly ok: boolean };

export const anAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 24, arbitrary: aMessage.map((message): Action => ({ kind: 'message', message })) },
  { weight: 8, arbitrary: localInput.map((input): Action => ({ kind: 'local', input })) },
  {
    weight: 8,
    arbitrary: fc
      .constantFrom('drain', 'persist', 'apply', 'settle', 'settle', 'compact', 'restart' as const)
      .map((kind): Action => ({ kind })),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('snapshotOffer' as const),
      // Over a connection of its own, whose sender is known to be somebody else.
      from: fc.constantFrom(2, 3, 5, 9),
      term: aTerm,
      index: anIndex,
      lastTerm: aLogTerm,
      configuration: aConfiguration,
      crash: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('snapshotSent' as const),
      to: anId,
      index: anIndex,
      ok: fc.boolean(),
    }),
  },
);

export function resolve(core: RaftCore, figure: Figure): number {
  if ('exactly' in figure) return figure.exactly;
  const bases: Readonly<Record<Base, number>> = {
    term: core.term,
    lastTerm: core.termAt(core.lastIndex) ?? 0,
    commit: core.commitIndex,
    last: core.lastIndex,
  };
  return bases[figure.near] + figure.offset;
}

export function resolveMessage(core: RaftCore, { batch, ...fields }: MessageCase): Message {
  const message = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isFigure(value) ? resolve(core, value) : value]),
  ) as unknown as Message;
  if (message.kind !== 'appendRequest' || batch === undefined) return message;
  const entries = batch.entries.map(({ index, term, payload }): Entry => {
    return { index: resolve(core, index), term: resolve(core, term), payload };
  });
  if (!batch.isSound) return { ...message, entries };
  const isIndex = Number.isSafeInteger(message.prevLogIndex);
  const prevLogTerm = (isIndex ? core.termAt(message.prevLogIndex) : undefined) ?? message.prevLogTerm;
  const within = (term: number): number => Math.max(prevLogTerm, Math.min(term, message.term));
  return {
    ...message,
    prevLogTerm,
    entries: entries
      .sort((a, b) => a.term - b.term)
      .map((entry, at) => ({ ...entry, index: message.prevLogIndex + 1 + at, term: within(entry.term) })),
  };
}

function isFigure(value: unknown): value is Figure {
  return typeof value === 'object' && value !== null && ('near' in value || 'exactly' in value);
}
