import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeCommand,
  decodeEnvelope,
  encodeCommand,
  encodeEnvelope,
  stampCommand,
} from '../../src/catalog/codec.js';
import { decodeRequest, encodeRequest, type RememberedRequest } from '../../src/catalog/idempotency.js';
import {
  decodeEvent,
  decodeIncarnation,
  decodeMeta,
  decodePrefixNode,
  decodeSession,
  decodeStream,
  encodeEvent,
  encodeIncarnation,
  encodeMeta,
  encodeMetaBody,
  encodePrefixNode,
  encodeSession,
  encodeStream,
  type CatalogMeta,
} from '../../src/catalog/record-codec.js';
import {
  BLOCKED_REASONS,
  EVENT_KINDS,
  PURGE_PHASES,
  SESSION_STATES,
  STREAM_STATES,
  type Command,
  type SessionRecord,
  type StreamRecord,
} from '../../src/catalog/types.js';
import { DecodeError } from '../../src/shared/binary.js';
import { REASONS } from '../../src/shared/errors.js';
import { anyCommands } from './support/arbitraries.js';
import { create, envelope, hex, uuid } from './support/memory-catalog.js';

const text = fc.string({ unit: 'grapheme', maxLength: 100 });
const count = fc.maxSafeNat();
const u32 = fc.nat({ max: 0xffff_ffff });

const streams: fc.Arbitrary<StreamRecord> = fc.record({
  tenant: text,
  name: text,
  incarnation: count,
  state: fc.constantFrom(...STREAM_STATES),
  prefix: text,
  prefixReusable: fc.boolean(),
  labels: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  revision: count,
  createTimeMs: count,
  deleteTimeMs: count,
  purgeAfterMs: count,
  tombstoneRevision: count,
  drainRevision: count,
  purgeTimeMs: count,
  reusableAfterMs: count,
  purge: fc.record({
    phase: fc.constantFrom(...PURGE_PHASES),
    blockedReason: fc.constantFrom(...BLOCKED_REASONS),
    objectsDeleted: count,
    bytesDeleted: count,
    uploadsAborted: count,
    attempts: count,
    lastError: text,
    lastErrorTimeMs: count,
    nextAttemptTimeMs: count,
    drainTimeMs: count,
    beginTimeMs: count,
    discardNewWrites: fc.boolean(),
    paused: fc.boolean(),
    pauseTimeMs: count,
  }),
  sweep: fc.record({
    done: count,
    nextTimeMs: count,
    objectsFound: count,
    bytesFound: count,
    newestWriteMs: count,
  }),
});

const sessions: fc.Arbitrary<SessionRecord> = fc.record({
  id: count,
  nodeId: text,
  state: fc.constantFrom(...SESSION_STATES),
  ttlMs: count,
  uploadDeadlineMs: count,
  openedRevision: count,
  openTimeMs: count,
  settledAfterMs: count,
});

const metas: fc.Arbitrary<CatalogMeta> = fc.record({
  lastIndex: count,
  committedTimeMs: count,
  revision: count,
  streams: fc.record({ ACTIVE: count, DELETED: count, PURGING: count, PURGED: count }),
  purges: fc.record({ DRAINING: count, RUNNING: count, RETRYING: count, BLOCKED: count }),
  purgesPaused: fc.boolean(),
  pausedByRestore: fc.boolean(),
  pausedStreams: count,
  objectsDeletedTotal: count,
  bytesDeletedTotal: count,
  objectsSweptTotal: count,
  bytesSweptTotal: count,
  sessions: fc.record({ OPEN: count, EXPIRED: count }),
  eventFloor: count,
  requestsFirst: count,
  requestsEnd: count,
  oldestRequestMs: count,
  digest: fc.record({ high: u32, low: u32 }),
});

const requests: fc.Arbitrary<RememberedRequest> = fc.record({
  command: fc.record({ high: u32, low: u32 }),
  outcome: fc.oneof(
    fc.record({ ok: fc.constant(true as const), subject: count }),
    fc.record({
      ok: fc.constant(false as const),
      refusal: fc.record({
        reason: fc.constantFrom(...REASONS),
        message: text,
        metadata: fc.dictionary(
          text.filter((key) => key !== '__proto__'),
          text,
          { noNullPrototype: true },
        ),
      }),
    }),
  ),
});

interface Format<T> {
  readonly values: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
}

function format<T>(
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): Format<unknown> {
  return { values, encode: encode as (value: unknown) => Uint8Array, decode };
}

const FORMATS: Record<string, Format<unknown>> = {
  command: format(anyCommands(), encodeCommand, decodeCommand),
  envelope: format(
    fc.record({
      proposal: fc.record({ member: count, boot: count, sequence: count }),
      requestId: text,
      stampMs: count,
      command: anyCommands(),
    }),
    encodeEnvelope,
    decodeEnvelope,
  ),
  stream: format(streams, encodeStream, decodeStream),
  session: format(sessions, encodeSession, decodeSession),
  event: format(
    fc.record({ kind: fc.constantFrom(...EVENT_KINDS), revision: count, timeMs: count, stream: streams }),
    encodeEvent,
    decodeEvent,
  ),
  'prefix node': format(
    fc.record({
      owner: count,
      ownerLive: fc.boolean(),
      fencedUntilMs: count,
      ownedBelow: count,
      belowFencedUntilMs: count,
    }),
    encodePrefixNode,
    decodePrefixNode,
  ),
  incarnation: format(count, encodeIncarnation, decodeIncarnation),
  meta: format(metas, (meta) => encodeMeta(encodeMetaBody(meta), meta.digest), decodeMeta),
  request: format(requests, encodeRequest, decodeRequest),
};

function decodesOrRefuses(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
  }
}

describe.each(Object.entries(FORMATS))('%s', (_, { values, encode, decode }) => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  it('is refused when cut short or followed by anything', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (value, where) => {
        const bytes = encode(value);
        const cut = bytes.subarray(0, Math.floor(where * bytes.length));
        expect(() => decode(cut)).toThrow(DecodeError);
        expect(() => decode(Uint8Array.of(...bytes, 0))).toThrow(DecodeError);
      }),
    );
  });

  it('with a flipped bit decodes or throws DecodeError, and nothing else', () => {
    fc.assert(
      fc.property(values, fc.nat(), (value, bit) => {
        const bytes = encode(value).slice();
        const at = bit % (bytes.length * 8);
        bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
        decodesOrRefuses(decode, bytes);
      }),
      { numRuns: 400 },
    );
  });

  it('of any bytes decodes or throws DecodeError, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        decodesOrRefuses(decode, bytes);
        decodesOrRefuses(decode, Uint8Array.of(1, ...bytes));
      }),
      { numRuns: 400 },
    );
  });

  it('of a version to come is refused', () => {
    const bytes = encode(fc.sample(values, { numRuns: 1, seed: 1 })[0]).slice();
    bytes[0] = 99;
    expect(() => decode(bytes)).toThrow('version 99');
    bytes[0] = 0;
    expect(() => decode(bytes)).toThrow('version 0');
  });
});

describe('the command encoding', () => {
  it('is stamped without being decoded', () => {
    const entry = envelope(create('app', { labels: [['team', 'x']] }), { requestId: uuid(1) });
    const { command, ...stamp } = entry;
    expect(stampCommand({ ...stamp, commandBytes: encodeCommand(command) })).toEqual(encodeEnvelope(entry));
  });

  it('spells one map of labels in one way', () => {
    const labels = [
      ['b', '1'],
      ['a', '2'],
    ] as const;
    expect(encodeCommand(create('app', { labels }))).toEqual(
      encodeCommand(create('app', { labels: labels.toReversed() })),
    );
  });

  it('refuses a count of labels that the bytes cannot hold, before reading any', () => {
    // version, tag, tenant, name, prefix, count
    const bytes = Uint8Array.of(1, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f);
    expect(() => decodeCommand(bytes)).toThrow('labels in 0 bytes');
  });

  it('never changes the bytes of version 1', () => {
    const bytes = encodeCommand(create('app', { tenant: 'acme', prefix: 'a/', labels: [['team', 'x']] }));
    // version, tag, tenant, name, prefix, one label
    const golden = '01 01 0461636d65 03617070 02612f 01 047465616d 0178';
    expect(hex(bytes)).toBe(golden.replaceAll(' ', ''));
  });

  it('reads the bytes of older versions for ever', () => {
    const read = (text: string): Command => decodeCommand(Buffer.from(text.replaceAll(' ', ''), 'hex'));
    // version, tag, incarnation
    expect(read('01 04 07')).toEqual({ kind: 'beginPurgeUndrained', incarnation: 7, tombstoneRevision: 0 });
    // version, tag, incarnation, tombstone
    expect(read('02 04 07 05')).toEqual({
      kind: 'beginPurgeUndrained',
      incarnation: 7,
      tombstoneRevision: 5,
    });
    // version, tag, tenant, name, incarnation
    expect(read('01 08 00 0161 07')).toEqual({
      kind: 'retryPurge',
      tenant: '',
      name: 'a',
      incarnation: 7,
      discardNewWrites: false,
    });
    // version, tag, node, ttl, upload deadline
    expect(read('01 0a 016e 08 09')).toEqual({
      kind: 'openSession',
      nodeId: 'n',
      ttlMs: 8,
      uploadDeadlineMs: 9,
      coversEarlier: false,
    });
    // version, tag, incarnation, objects, bytes, newest write, next sweep
    expect(read('01 0d 07 03 08 09 0a')).toEqual({
      kind: 'recordSweep',
      incarnation: 7,
      objectsFound: 3,
      bytesFound: 8,
      newestWriteMs: 9,
      nextSweepTimeMs: 10,
      foundDataOnly: false,
    });
    // version, tag, incarnation, objects, bytes, reusable_after
    expect(read('01 06 07 03 08 09')).toEqual({
      kind: 'markPurged',
      incarnation: 7,
      objectsDeleted: 3,
      bytesDeleted: 8,
      reusableAfterMs: 9,
      nextSweepTimeMs: 0,
      uploadsAborted: 0,
    });
    // version, tag, incarnation, phase, objects, bytes, attempts, last error, next attempt
    expect(read('01 05 07 02 03 08 01 0178 09')).toEqual({
      kind: 'recordPurgeProgress',
      incarnation: 7,
      phase: 'BLOCKED',
      blockedReason: 'NONE',
      objectsDeleted: 3,
      bytesDeleted: 8,
      uploadsAborted: 0,
      attempts: 1,
      lastError: 'x',
      nextAttemptTimeMs: 9,
    });
    // No command has gone further than the others' versions allow.
    expect(() => read('02 07 07')).toThrow('forgetStream has version 2');
  });
});

describe('records of older versions', () => {
  it('a stream has no sweeps and no drain, and its purge does not say since when', () => {
    const [stream] = fc.sample(streams, { numRuns: 1, seed: 1 });
    if (stream === undefined) throw new Error('nothing sampled');
    const none = { done: 0, nextTimeMs: 0, objectsFound: 0, bytesFound: 0, newestWriteMs: 0 };
    const times = { lastErrorTimeMs: 0, drainTimeMs: 0, beginTimeMs: 0, pauseTimeMs: 0 };
    const said = { blockedReason: 'NONE' as const, uploadsAborted: 0, discardNewWrites: false };
    const plain = { ...stream, purge: { ...stream.purge, ...times, ...said }, sweep: none, drainRevision: 0 };
    // Version 4 added three values at the end, version 2 five before those, and version 3 five before them all: each is
    // one byte here.
    const bytes = encodeStream(plain);
    const body = bytes.subarray(1, bytes.length - 13);
    const reasons = bytes.subarray(bytes.length - 13, bytes.length - 8);
    const sweep = bytes.subarray(bytes.length - 8, bytes.length - 3);
    expect(decodeStream(Uint8Array.of(1, ...body))).toEqual(plain);
    expect(decodeStream(Uint8Array.of(2, ...body, ...sweep))).toEqual(plain);
    expect(decodeStream(Uint8Array.of(3, ...body, ...reasons, ...sweep))).toEqual(plain);
  });

  it('a catalog has no sessions, and counts no paused streams and no drains', () => {
    const [meta] = fc.sample(metas, { numRuns: 1, seed: 1 });
    if (meta === undefined) throw new Error('nothing sampled');
    const none = {
      sessions: { OPEN: 0, EXPIRED: 0 },
      objectsSweptTotal: 0,
      bytesSweptTotal: 0,
      pausedByRestore: false,
      pausedStreams: 0,
      purges: { ...meta.purges, DRAINING: 0 },
    };
    const body = encodeMetaBody({ ...meta, ...none });
    for (const [version, added] of [
      [1, 7],
      [2, 3],
      [3, 2],
      [4, 1],
    ] as const) {
      const old = encodeMeta(Uint8Array.of(version, ...body.subarray(1, body.length - added)), meta.digest);
      expect(decodeMeta(old)).toEqual({ ...meta, ...none });
    }
  });
});
