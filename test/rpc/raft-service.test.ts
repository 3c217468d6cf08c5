/** RaftService over real gRPC: frames, handshakes and snapshots arrive as sent; bad ones as data. */
import { credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HandshakeResponse__Output } from '../../src/generated/sexton/raft/v1/HandshakeResponse.js';
import type { InstallSnapshotRequest } from '../../src/generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotRequest__Output } from '../../src/generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type { HandshakeInfo } from '../../src/node/transport/transport.js';
import type { Decoded } from '../../src/rpc/decoded.js';
import { raftProtoDefinition } from '../../src/rpc/proto.js';
import { fromHandshake, toHandshake } from '../../src/rpc/raft-handshake.js';
import { RaftClient, raftServiceDefinition, type RaftServiceHandlers } from '../../src/rpc/raft-service.js';
import {
  SnapshotFrameReader,
  SnapshotFrameWriter,
  type SnapshotPreamble,
} from '../../src/rpc/raft-snapshot-wire.js';
import { PEER_PROTOCOL_VERSION, type PeerFrame } from '../../src/rpc/raft-wire.js';
import { decodeConfiguration, encodeConfiguration } from '../../src/shared/configuration-codec.js';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const info: HandshakeInfo = {
  clusterId: 'cluster',
  from: 1,
  to: 2,
  directoryId: A,
  initialized: true,
  knownDirectories: new Map([
    [1, A],
    [4_294_967_295, B],
  ]),
};
const preamble: SnapshotPreamble = {
  clusterId: 'cluster',
  from: 1,
  to: 2,
  term: 9,
  header: {
    meta: {
      index: 1234,
      term: 8,
      configuration: {
        voters: [{ id: 1, address: 'a:1', directoryId: A }],
        learners: [{ id: 2, address: 'b:1', directoryId: '' }],
      },
    },
    chain: 0xdead_beef,
  },
  approximateBytes: 5000,
};

describe('over gRPC', () => {
  let server: Server;
  let client: RaftClient;
  const received: Decoded<PeerFrame>[] = [];
  const frames: InstallSnapshotRequest__Output[] = [];

  beforeEach(async () => {
    received.length = 0;
    frames.length = 0;
    const handlers: RaftServiceHandlers = {
      Handshake: (call, callback) => {
        if (!call.request.ok) throw new Error(call.request.cause);
        const decoded = fromHandshake(call.request.value);
        if (!decoded.ok) throw new Error(decoded.cause);
        callback(
          null,
          toHandshake({ ...decoded.value.info, from: 2, to: 1, directoryId: B, initialized: false }),
        );
      },
      Connect: (call) => {
        call.on('data', (frame: Decoded<PeerFrame>) => {
          received.push(frame);
          call.write({ helloAck: { protocolVersion: PEER_PROTOCOL_VERSION, directoryId: B, bootId: 5 } });
        });
        call.on('end', () => call.end());
      },
      OfferSnapshot: (_call, callback) => {
        callback(null, { term: 9, wanted: true, heldChunks: 3, heldChecksum: 77 });
      },
      InstallSnapshot: (call, callback) => {
        call.on('data', (frame: Decoded<InstallSnapshotRequest__Output>) => {
          if (frame.ok) frames.push(frame.value);
        });
        call.on('end', () => callback(null, { term: 9, matchIndex: 1234 }));
      },
    };
    server = new Server();
    server.addService(raftServiceDefinition, handlers);
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    client = new RaftClient(`127.0.0.1:${port}`, credentials.createInsecure());
  });
  afterEach(() => {
    client.close();
    server.forceShutdown();
  });

  it('a handshake goes and comes back', async () => {
    const answer = await new Promise<HandshakeResponse__Output>((resolve, reject) => {
      client.Handshake(toHandshake(info), new Metadata(), {}, (error, response) => {
        if (error === null) resolve(response!);
        else reject(error);
      });
    });
    expect(fromHandshake(answer)).toEqual({
      ok: true,
      value: {
        protocolVersion: PEER_PROTOCOL_VERSION,
        info: { ...info, from: 2, to: 1, directoryId: B, initialized: false },
      },
    });
  });

  it('frames arrive as sent, and one that does not decode arrives as what is wrong with it', async () => {
    const hello = {
      protocolVersion: 1,
      clusterId: 'c',
      from: 1,
      to: 2,
      directoryId: A,
      bootId: 7,
      address: '',
    };
    const call = client.Connect(new Metadata());
    const ended = new Promise((resolve) => call.on('end', resolve));
    const acks: unknown[] = [];
    call.on('data', (ack) => acks.push(ack));
    call.write({ kind: 'hello', hello });
    const message = { kind: 'timeoutNow' as const, from: 1, to: 2, term: 3 };
    call.write({ kind: 'batch', items: [{ kind: 'message', message }] });
    call.end();
    await ended;
    expect(received).toEqual([
      { ok: true, value: { kind: 'hello', hello } },
      { ok: true, value: { kind: 'batch', items: [{ kind: 'message', message }] } },
    ]);
    expect(acks).toMatchObject([{ helloAck: { directoryId: B, bootId: 5 } }, {}]);

    const { path, responseDeserialize } = raftServiceDefinition.Connect;
    const raw = client.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      responseDeserialize,
      new Metadata(),
    );
    const over = new Promise((resolve) => raw.on('end', resolve));
    raw.on('data', () => undefined);
    raw.write(Buffer.from('not a frame'));
    raw.end();
    await over;
    expect(received.at(-1)).toMatchObject({ ok: false, code: 'INVALID_ARGUMENT' });
  });

  it('a snapshot arrives chunk by chunk, and the reader knows when it is whole', async () => {
    const writer = new SnapshotFrameWriter();
    const chunks = [Buffer.from('first'), Buffer.alloc(20_000, 7), Buffer.from('last')];
    await new Promise<void>((resolve, reject) => {
      const call = client.InstallSnapshot(new Metadata(), {}, (error, response) => {
        if (error !== null) reject(error);
        else {
          expect(response).toEqual({ term: 9, matchIndex: 1234 });
          resolve();
        }
      });
      call.write(writer.header(preamble));
      for (const chunk of chunks) call.write(writer.chunk(chunk));
      call.write(writer.end());
      call.end();
    });
    const reader = new SnapshotFrameReader();
    const fromTheStart = { chunks: 0, checksum: 0 };
    expect(frames.map((frame) => reader.read(frame))).toEqual([
      { ok: true, value: { kind: 'header', preamble, after: fromTheStart } },
      ...chunks.map((data) => ({ ok: true, value: { kind: 'chunk', data } })),
      { ok: true, value: { kind: 'end' } },
    ]);
    expect(reader.complete).toBe(true);
  });
});

/** As the receiver decodes it. */
function received(request: InstallSnapshotRequest): InstallSnapshotRequest__Output {
  const { requestSerialize, requestDeserialize } = raftProtoDefinition.InstallSnapshot;
  return requestDeserialize(requestSerialize(request));
}

describe('a snapshot that is not whole', () => {
  const good = (): InstallSnapshotRequest__Output[] => {
    const writer = new SnapshotFrameWriter();
    return [
      writer.header(preamble),
      writer.chunk(Buffer.from('one')),
      writer.chunk(Buffer.from('two')),
      writer.end(),
    ].map(received);
  };
  const outcome = (frames: readonly InstallSnapshotRequest__Output[]): string => {
    const reader = new SnapshotFrameReader();
    for (const frame of frames) {
      const decoded = reader.read(frame);
      if (!decoded.ok) return `${decoded.code}: ${decoded.cause}`;
    }
    return reader.complete ? 'complete' : 'incomplete';
  };
  const without = (at: number): InstallSnapshotRequest__Output[] => good().filter((_, each) => each !== at);
  const damaged = (
    change: (frames: InstallSnapshotRequest__Output[]) => void,
  ): InstallSnapshotRequest__Output[] => {
    const frames = good();
    change(frames);
    return frames;
  };

  it.each<[string, InstallSnapshotRequest__Output[], RegExp]>([
    ['nothing', [], /^incomplete$/],
    ['cut before its end', without(3), /^incomplete$/],
    ['no header', without(0), /^INVALID_ARGUMENT: the first frame must be the header/],
    ['a chunk missing', without(1), /^DATA_LOSS: chunk 2 where 1 must follow/],
    ['the last chunk missing', without(2), /^DATA_LOSS: 1 chunks arrived of 2/],
    ['a chunk twice', [...good().slice(0, 2), ...good().slice(1)], /^DATA_LOSS: chunk 1 where 2 must follow/],
    [
      'a bit flipped',
      damaged(([, chunk]) => (chunk!.chunk!.data[0]! ^= 1)),
      /^DATA_LOSS: the checksum of chunk 1/,
    ],
    [
      'chunks of another snapshot',
      damaged((frames) => (frames[3]!.end!.checksum ^= 1)),
      /^DATA_LOSS: the checksum of the whole/,
    ],
    ['a second header', [good()[0]!, ...good()], /^INVALID_ARGUMENT: a frame that is neither/],
    ['more after its end', [...good(), good()[1]!], /^INVALID_ARGUMENT: a frame after the end/],
    [
      'a configuration that does not decode',
      damaged(([header]) => (header!.header!.configuration = Buffer.from([9]))),
      /configuration version 9/,
    ],
    ['an index of 0', damaged(([header]) => (header!.header!.snapshotIndex = 0)), /snapshotIndex is 0/],
    [
      'an index of 2^53',
      damaged(([header]) => (header!.header!.snapshotIndex = 2 ** 53)),
      /snapshotIndex is 9007199254740992/,
    ],
    [
      'a term above the sender’s',
      damaged(([header]) => (header!.header!.snapshotTerm = 10)),
      /term 10 from a sender in term 9/,
    ],
  ])('%s', (_name, frames, expected) => {
    expect(outcome(frames)).toMatch(expected);
  });

  it('and a whole one is told from it', () => {
    expect(outcome(good())).toBe('complete');
  });
});

describe('handshakes that cannot be right', () => {
  const message = (change: object): HandshakeResponse__Output => {
    const { requestSerialize, requestDeserialize } = raftProtoDefinition.Handshake;
    return requestDeserialize(requestSerialize({ ...toHandshake(info), ...change }));
  };
  it.each<[string, object, RegExp]>([
    ['no sender', { from: 0 }, /without `from`/],
    ['a directory id in upper case', { directoryId: 'A'.repeat(32) }, /directory_id/],
    ['no state', { state: 0 }, /directory state/],
    ['a state from the future', { state: 9 }, /directory state 9/],
    ['a bad pair', { knownDirectories: { 3: 'short' } }, /bad pair for member 3/],
    ['member 0', { knownDirectories: { 0: A } }, /bad pair for member 0/],
  ])('%s', (_name, change, cause) => {
    expect(fromHandshake(message(change))).toMatchObject({
      ok: false,
      code: 'INVALID_ARGUMENT',
      cause: expect.stringMatching(cause) as string,
    });
  });
});

describe('configurations as bytes', () => {
  const member = fc.record({ address: fc.string(), directoryId: fc.string() });
  it('come back as they went, sorted by id', () => {
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 5 }),
        fc.array(member, { maxLength: 3 }),
        fc.option(fc.integer({ min: 53, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
        (voters, learners, highestId) => {
          const configuration = {
            ...(highestId === undefined ? {} : { highestId }),
            voters: voters.map((each, at) => ({ id: at + 1, ...each })),
            learners: learners.map((each, at) => ({ id: at + 50, ...each })),
          };
          expect(decodeConfiguration(encodeConfiguration(configuration))).toEqual(configuration);
          const shuffled = {
            ...configuration,
            voters: [...configuration.voters].reverse(),
            learners: [...configuration.learners].reverse(),
          };
          expect(encodeConfiguration(shuffled)).toEqual(encodeConfiguration(configuration));
        },
      ),
    );
  });

  it('are refused when cut, lengthened, without voters, or with a member twice', () => {
    const a = { id: 1, address: 'a', directoryId: '' };
    const bytes = encodeConfiguration({ voters: [a], learners: [] });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeConfiguration(bytes.subarray(0, length)), `${length} bytes`).toThrow(/./);
    }
    expect(() => decodeConfiguration(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(/left over/);
    expect(() => decodeConfiguration(encodeConfiguration({ voters: [], learners: [a] }))).toThrow(
      /without voters/,
    );
    expect(() => decodeConfiguration(encodeConfiguration({ voters: [a], learners: [a] }))).toThrow(
      /both voter/,
    );
    expect(() => decodeConfiguration(encodeConfiguration({ voters: [a, a], learners: [] }))).toThrow(
      /not ascending/,
    );
    expect(() =>
      decodeConfiguration(encodeConfiguration({ voters: [a], learners: [], highestId: 1 })),
    ).toThrow(/not below the highest one/);
  });
});
