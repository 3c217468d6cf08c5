/** Frames between members: what is written is read again, and nothing that arrives throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNT_MAX } from '../../src/raft/message-check.js';
import type { PeerItem } from '../../src/node/transport/transport.js';
import type { Entry, EntryPayload, Message } from '../../src/raft/types.js';
import { messageType } from '../../src/rpc/proto.js';
import { checkEnvelopes, decodeFrame, encodeFrame, estimateItemBytes } from '../../src/rpc/raft-wire.js';

const number = fc.oneof(
  fc.nat(300),
  fc.nat(COUNT_MAX),
  fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32, COUNT_MAX),
);
const position = fc.integer({ min: 1, max: COUNT_MAX });
const digestText = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((array) => Buffer.from(array).toString('hex'));
const memberId = fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant(0xffff_ffff));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const member = fc.record({ address: fc.string({ maxLength: 30 }), directoryId: fc.string({ maxLength: 8 }) });

const configuration = fc
  .record({
    voters: fc.array(member, { minLength: 1, maxLength: 4 }),
    learners: fc.array(member, { maxLength: 2 }),
  })
  .map(({ voters, learners }) => ({
    voters: voters.map((each, at) => ({ id: at + 1, ...each })),
    learners: learners.map((each, at) => ({ id: at + 100, ...each })),
  }));

const payload: fc.Arbitrary<EntryPayload> = fc.oneof(
  fc.constant({ kind: 'noop' as const }),
  bytes.map((data) => ({ kind: 'command' as const, data })),
  configuration.map((value) => ({ kind: 'configuration' as const, configuration: value })),
);

/** Consecutive entries after `prev`, with terms that never fall, in a message of a term no lower. */
const append = fc
  .record({
    prevLogIndex: fc.integer({ min: 0, max: 2 ** 52 }),
    prevLogTerm: fc.integer({ min: 1, max: 1000 }),
    payloads: fc.array(fc.tuple(payload, fc.nat(3)), { maxLength: 8 }),
    commitIndex: number,
  })
  .map(({ prevLogIndex, prevLogTerm, payloads, commitIndex }) => {
    let term = prevLogTerm;
    const entries = payloads.map(([each, step], at): Entry => {
      term += step;
      return { index: prevLogIndex + at + 1, term, payload: each };
    });
    return { kind: 'appendRequest' as const, prevLogIndex, prevLogTerm, entries, commitIndex, minTerm: term };
  });

const body: fc.Arbitrary<(envelope: { from: number; to: number; term: number }) => Message> = fc.oneof(
  append.map(({ minTerm, ...rest }) => (e: { from: number; to: number; term: number }): Message => ({
    ...e,
    term: Math.max(e.term, minTerm),
    ...rest,
  })),
  fc
    .oneof(
      fc.record({ kind: fc.constant('preVoteRequest' as const), lastLogIndex: number, lastLogTerm: number }),
      fc.record({ kind: fc.constant('preVoteResponse' as const), granted: fc.boolean() }),
      fc.record({
        kind: fc.constant('voteRequest' as const),
        lastLogIndex: number,
        lastLogTerm: number,
        leadershipTransfer: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('voteResponse' as const), granted: fc.boolean() }),
      fc.record({
        kind: fc.constant('appendResponse' as const),
        rejected: fc.boolean(),
        matchIndex: number,
        conflictIndex: number,
        hintIndex: number,
        hintTerm: number,
      }),
      fc.record({
        kind: fc.constant('heartbeatRequest' as const),
        commitIndex: number,
        readSequence: number,
      }),
      fc.record({ kind: fc.constant('heartbeatResponse' as const), readSequence: number }),
      fc.record({ kind: fc.constant('readIndexRequest' as const), context: number }),
      fc.record({
        kind: fc.constant('readIndexResponse' as const),
        context: number,
        index: number,
        refused: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('timeoutNow' as const) }),
    )
    .map((rest) => (e: { from: number; to: number; term: number }): Message => ({ ...e, ...rest })),
);

/** Whole microseconds, which is what goes over the wire. */
const milliseconds = (minUs: number): fc.Arbitrary<number> =>
  fc.integer({ min: minUs, max: 4e15 }).map((us) => us / 1000);

const item: fc.Arbitrary<PeerItem> = fc.oneof(
  fc
    .tuple(fc.record({ from: memberId, to: memberId, term: number }), body)
    .map(([envelope, make]) => ({ kind: 'message' as const, message: make(envelope) })),
  fc.record({
    kind: fc.constant('proposal' as const),
    proposal: fc.record({
      sequence: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      boot: number,
      command: fc.uint8Array({ minLength: 1, maxLength: 200 }).map((array) => Buffer.from(array)),
    }),
  }),
  fc.record({
    kind: fc.constant('refusal' as const),
    refusal: fc.record({
      sequence: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      boot: number,
      cause: fc.constantFrom(
        'notLeader' as const,
        'overloaded' as const,
        'transferring' as const,
        'tooLarge' as const,
      ),
      leaderHint: fc.oneof(fc.constant(0), memberId),
    }),
  }),
  fc.record({
    kind: fc.constant('digest' as const),
    digest: fc.record({ index: position, digest: digestText }),
  }),
  fc.tuple(fc.nat(1000), fc.nat(1000)).chain(([a, b]) =>
    fc.record({
      kind: fc.constant('digestNotice' as const),
      notice: fc.record({
        term: position,
        index: position,
        reported: digestText,
        expected: digestText,
        agreeing: fc.constant(a),
        voters: fc.constant(a + b + 1),
      }),
    }),
  ),
  fc.record({
    kind: fc.constant('report' as const),
    report: fc.record({
      sequence: fc.integer({ min: 1, max: 2 ** 53 - 1 }),
      wallMs: number,
      echo: number,
      echoHeldMs: milliseconds(0),
      heard: fc.array(
        fc.oneof(
          fc.record({ member: memberId, agoMs: milliseconds(0) }),
          fc.record({
            member: memberId,
            agoMs: milliseconds(0),
            clock: fc.record({ offsetMs: milliseconds(-4e15), errorMs: milliseconds(1) }),
          }),
        ),
        { maxLength: 5 },
      ),
    }),
  }),
);
const items = fc.array(item, { maxLength: 6 });

const connectRequest = messageType<object, { batch?: unknown }>('sexton.raft.v1.ConnectRequest');

function appendOf(entries: readonly Entry[], prevLogIndex = 6, term = 9): PeerItem {
  return {
    kind: 'message',
    message: {
      kind: 'appendRequest',
      from: 1,
      to: 2,
      term,
      prevLogIndex,
      prevLogTerm: 3,
      entries,
      commitIndex: 5,
    },
  };
}

const entry = (index: number, term: number, data = 'x'): Entry => ({
  index,
  term,
  payload: { kind: 'command', data: Buffer.from(data) },
});

function refusal(frame: Buffer): { code: string; cause: string } {
  const decoded = decodeFrame(frame);
  if (decoded.ok) throw new Error('the frame was accepted');
  return decoded;
}

describe('frames', () => {
  it('carry every kind of item and number, in order', () => {
    fc.assert(
      fc.property(items, (sent) => {
        expect(decodeFrame(encodeFrame({ kind: 'batch', items: sent }))).toEqual({
          ok: true,
          value: { kind: 'batch', items: sent },
        });
      }),
      { numRuns: 300 },
    );
  });

  it('carry clocks that are off by more than a lifetime, and no zero for an error', () => {
    const clock = { offsetMs: -5e12, errorMs: 1e-9 };
    const report = {
      sequence: 1,
      wallMs: 0,
      echo: 0,
      echoHeldMs: 0,
      heard: [{ member: 2, agoMs: 0, clock }],
    };
    const decoded = decodeFrame(encodeFrame({ kind: 'batch', items: [{ kind: 'report', report }] }));
    const read = [{ member: 2, agoMs: 0, clock: { offsetMs: -4e12, errorMs: 0.001 } }];
    expect(decoded).toMatchObject({ value: { items: [{ report: { heard: read } }] } });
  });

  it('carry a hello', () => {
    const hello = {
      protocolVersion: 1,
      clusterId: 'cluster-é',
      from: 3,
      to: 1,
      directoryId: 'ab'.repeat(16),
      bootId: Number.MAX_SAFE_INTEGER,
      address: 'node-3.example:7401',
    };
    expect(decodeFrame(encodeFrame({ kind: 'hello', hello }))).toEqual({
      ok: true,
      value: { kind: 'hello', hello },
    });
  });

  it('are what the schema says: the generic library reads the same and writes what is read back', () => {
    fc.assert(
      fc.property(items, (sent) => {
        const ours = encodeFrame({ kind: 'batch', items: sent });
        const theirs = connectRequest.serialize(connectRequest.deserialize(ours));
        expect(decodeFrame(theirs)).toMatchObject({ ok: true });
        const sorted = (list: readonly PeerItem[]): PeerItem[] =>
          (['message', 'proposal', 'refusal', 'digest', 'digestNotice', 'report'] as const).flatMap((kind) =>
            list.filter((each) => each.kind === kind),
          );
        expect(decodeFrame(theirs)).toEqual({ ok: true, value: { kind: 'batch', items: sorted(sent) } });
      }),
      { numRuns: 200 },
    );
  });

  it('never cost more than estimated', () => {
    fc.assert(
      fc.property(item, (sent) => {
        expect(encodeFrame({ kind: 'batch', items: [sent] }).length).toBeLessThanOrEqual(
          estimateItemBytes(sent),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('hand out views into the frame, not copies', () => {
    const frame = encodeFrame({ kind: 'batch', items: [appendOf([entry(7, 3, 'payload')])] });
    const decoded = decodeFrame(frame);
    if (!decoded.ok || decoded.value.kind !== 'batch') throw new Error('not decoded');
    const [first] = decoded.value.items;
    if (first?.kind !== 'message' || first.message.kind !== 'appendRequest') throw new Error('not an append');
    const data = first.message.entries[0]!.payload;
    if (data.kind !== 'command') throw new Error('not a command');
    expect(data.data.buffer).toBe(frame.buffer);
  });
});

describe('a frame that is not right', () => {
  it('never throws: any bytes, and any change of one or more bytes of a good frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        expect(() => decodeFrame(Buffer.from(noise))).not.toThrow();
      }),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(
        items,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (sent, changes) => {
          const frame = Buffer.from(encodeFrame({ kind: 'batch', items: sent }));
          for (const [at, value] of changes) frame[at % frame.length] = value;
          expect(() => decodeFrame(frame)).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is refused when cut short anywhere within an item', () => {
    const frame = encodeFrame({ kind: 'batch', items: [appendOf([entry(7, 3, 'abc'), entry(8, 3, 'def')])] });
    for (let length = 1; length < frame.length; length++) {
      expect(decodeFrame(frame.subarray(0, length)).ok, `${length} of ${frame.length} bytes`).toBe(false);
    }
  });

  it('is DATA_LOSS when any bit of an entry is flipped that still decodes', () => {
    const good = encodeFrame({ kind: 'batch', items: [appendOf([entry(7, 3, 'some data here')])] });
    const at = good.indexOf('some data here');
    for (let bit = 0; bit < 14 * 8; bit++) {
      const frame = Buffer.from(good);
      frame[at + (bit >> 3)]! ^= 1 << (bit & 7);
      expect(refusal(frame)).toEqual({
        ok: false,
        code: 'DATA_LOSS',
        cause: 'the checksum of entry 7 (term 3) does not match',
      });
    }
  });

  it.each<[string, PeerItem, RegExp]>([
    ['a gap in the indexes', appendOf([entry(7, 3), entry(9, 3)]), /entry 9 where 8 must follow/],
    ['entries that do not follow the previous one', appendOf([entry(8, 3)]), /entry 8 where 7 must follow/],
    ['a term that falls', appendOf([entry(7, 4), entry(8, 3)]), /entry 8 of term 3 after term 4/],
    ['a term below the previous entry', appendOf([entry(7, 2)]), /entry 7 of term 2 after term 3/],
    ['a term above the message', appendOf([entry(7, 10)]), /an entry of term 10 in a message of term 9/],
  ])('is refused for %s', (_name, sent, cause) => {
    const { code, cause: said } = refusal(encodeFrame({ kind: 'batch', items: [sent] }));
    expect(code).toBe('INVALID_ARGUMENT');
    expect(said).toMatch(cause);
  });

  it.each<[string, object, RegExp]>([
    ['a number of 2^53', { from: 1, to: 2, term: '9007199254740992', timeoutNow: {} }, /2\^53 or more/],
    [
      'a term that leaves no room to count on',
      { from: 1, to: 2, term: '9007199254740991', timeoutNow: {} },
      /at most 9007199253692415/,
    ],
    ['a message without from', { to: 2, term: 1, timeoutNow: {} }, /without `from`/],
    ['an entry of index 0', appendWith({ term: 1, kind: 1 }), /an entry with index 0/],
    ['an unknown entry kind', appendWith({ index: 1, term: 1, kind: 9 }), /entry 1 is of unknown kind 9/],
  ])('is refused for %s', (_name, message, cause) => {
    const { code, cause: said } = refusal(connectRequest.serialize({ batch: { messages: [message] } }));
    expect(code).toBe('INVALID_ARGUMENT');
    expect(said).toMatch(cause);
  });

  it.each<[string, object, RegExp]>([
    ['a digest of seven bytes', { digests: [{ index: 1, digest: Buffer.alloc(7) }] }, /digest of 7 bytes/],
    ['a digest of no index', { digests: [{ digest: Buffer.alloc(8) }] }, /without index or digest/],
    [
      'a notice without digests',
      { digestNotices: [{ term: 1, index: 1, voters: 3 }] },
      /without term, index/,
    ],
    [
      'a notice of more voters than there are',
      {
        digestNotices: [
          {
            term: 1,
            index: 1,
            reportedDigest: Buffer.alloc(8),
            expectedDigest: Buffer.alloc(8, 1),
            agreeingVoters: 4,
            voters: 3,
          },
        ],
      },
      /4 of 3 voters/,
    ],
    ['a report of no number', { reports: [{ wallMs: 1 }] }, /without sequence/],
    ['a heard member of no id', { reports: [{ sequence: 1, heard: [{ agoUs: 1 }] }] }, /without id/],
    [
      'a report of more members than any cluster has',
      { reports: [{ sequence: 1, heard: Array.from({ length: 65 }, () => ({ member: 1 })) }] },
      /more than 64 members/,
    ],
  ])('is refused for %s', (_name, batch, cause) => {
    const { code, cause: said } = refusal(connectRequest.serialize({ batch }));
    expect(code).toBe('INVALID_ARGUMENT');
    expect(said).toMatch(cause);
  });

  it('is refused when it is neither hello nor batch', () => {
    expect(refusal(Buffer.alloc(0)).cause).toMatch(/neither hello nor batch/);
  });

  it('passes over a message of a kind from the future, and over unknown fields', () => {
    // Batch { messages { from 1, to 2, term 3, field 15 {} }, messages { ..., timeout_now {} }, field 9: 5 }
    const future = [0x0a, 0x08, 0x08, 0x01, 0x10, 0x02, 0x18, 0x03, 0x7a, 0x00];
    const known = [0x0a, 0x08, 0x08, 0x01, 0x10, 0x02, 0x18, 0x03, 0x72, 0x00];
    const batch = [...future, ...known, 0x48, 0x05];
    expect(decodeFrame(Buffer.from([0x12, batch.length, ...batch]))).toEqual({
      ok: true,
      value: {
        kind: 'batch',
        items: [{ kind: 'message', message: { kind: 'timeoutNow', from: 1, to: 2, term: 3 } }],
      },
    });
  });
});

describe('checkEnvelopes', () => {
  const item12 = appendOf([]);
  it('accepts what the connection stands for', () => {
    expect(checkEnvelopes([item12], { from: 1, to: 2 })).toBeUndefined();
  });
  it('names a message in another member’s name', () => {
    expect(checkEnvelopes([item12], { from: 3, to: 2 })).toBe(
      'appendRequest from 1 to 2 on the connection from 3 to 2',
    );
  });
});

function appendWith(bad: object): object {
  return { from: 1, to: 2, term: 1, appendRequest: { entries: [bad] } };
}
