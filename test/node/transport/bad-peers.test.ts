/**
 * A peer that misbehaves, over real gRPC, against a whole node. Whatever it sends is refused with a status that says why,
 * counted by peer and cause, logged once, and the node goes on leading and committing.
 *
 * Member 1 is the node: the only voter, so that nobody else is needed for it to work. Member 2 is a learner of its
 * configuration, and the peer in question. Members 3 and 4 were removed: ids only grow, and 5 was the last.
 */
import { crc32c } from '@node-rs/crc32';
import { Client, credentials, Metadata, Server, ServerCredentials, type ServiceError } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { handshakeInfo } from '../../../src/node/bootstrap.js';
import { SextonNode } from '../../../src/node/node.js';
import { resolveNodeOptions } from '../../../src/node/options.js';
import { GrpcTransport } from '../../../src/node/transport/grpc-transport.js';
import { PEER_REFUSAL_CAUSES } from '../../../src/node/transport/peer-refusals.js';
import type { PeerItem } from '../../../src/node/transport/transport.js';
import type { Entry, Member, Message } from '../../../src/raft/types.js';
import { raftProtoDefinition } from '../../../src/rpc/proto.js';
import { raftServiceDefinition } from '../../../src/rpc/raft-service.js';
import { encodeFrame, PEER_PROTOCOL_VERSION, type PeerHello } from '../../../src/rpc/raft-wire.js';
import { createMetrics } from '../../../src/server/metrics.js';
import { systemClock } from '../../../src/shared/clock.js';
import { encodeConfiguration } from '../../../src/shared/configuration-codec.js';
import { deferred } from '../../../src/shared/deferred.js';
import { SextonError } from '../../../src/shared/errors.js';
import { silentLogger, type Logger } from '../../../src/shared/logger.js';
import { systemRandom } from '../../../src/shared/random.js';
import type { NodeStorage } from '../../../src/storage/node-storage.js';
import { encodeChunk } from '../../../src/storage/snapshot-chunk.js';
import { openNodeStorage } from '../../../src/storage/open-node-storage.js';

const directory = (id: number): string => String(id % 10).repeat(32);
const SERVICE = '/sexton.raft.v1.RaftService/';
const raw = (bytes: Buffer): Buffer => bytes;

let path: string;
let storage: NodeStorage;
let node: SextonNode;
let transport: GrpcTransport;
let server: Server;
let address: string;
let metrics: ReturnType<typeof createMetrics>;
let logged: string[];
const clients: Client[] = [];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'sexton-bad-peers-'));
  logged = [];
  const logger: Logger = {
    ...silentLogger,
    warn: (fields, message) => {
      if (message.startsWith('refused')) logged.push((fields as { cause: string }).cause);
    },
  };
  storage = await openNodeStorage({ directory: path, clusterId: 'c', memberId: 1, logger: silentLogger });
  const learner: Member = { id: 2, address: '127.0.0.1:9', directoryId: directory(2) };
  const self: Member = { id: 1, address: '127.0.0.1:8', directoryId: storage.identity.directoryId };
  const known = new Map([
    [1, self.directoryId],
    [2, learner.directoryId],
  ]);
  const newest: Member = { id: 5, address: '127.0.0.1:7', directoryId: directory(5) };
  await storage.initialize({ configuration: { voters: [self], learners: [learner, newest] } }, known);
  metrics = createMetrics({ version: 'test', processMetrics: false });
  transport = new GrpcTransport({
    clock: systemClock,
    random: systemRandom,
    logger,
    boot: 1,
    defer: (callback) => setImmediate(callback),
    info: (to) => handshakeInfo(storage, to),
    dropped: () => undefined,
    refused: (peer, cause) => {
      metrics.node.peerRefused(peer, cause);
    },
  });
  node = new SextonNode({
    options: resolveNodeOptions({
      clusterId: 'c',
      memberId: 1,
      address: self.address,
      initialMembers: [self],
      tickMs: 10,
      electionTicks: 200,
    }),
    storage,
    transport,
    clock: systemClock,
    random: systemRandom,
    defer: (callback) => setImmediate(callback),
    boot: 1,
    logger,
    metrics: metrics.node,
    version: 'test',
    startService: (_cluster, signal) => ({
      done: new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      }),
    }),
    purgeStatus: () => {
      throw new Error('not asked for');
    },
    objectStoreDescription: 'none',
    directory: path,
    fatal: (error) => {
      throw error;
    },
  });
  server = new Server();
  server.addService(raftServiceDefinition, transport.handlers.service);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  address = `127.0.0.1:${port}`;
  await node.start();
  // Nobody waits for the election: the node is told to campaign, as by a leader that leaves.
  const campaign = { kind: 'timeoutNow', from: 2, to: 1, term: 1 } as const;
  node.engine?.driver.feed({ kind: 'message', message: campaign });
  while (node.engine?.leadership.isServing !== true) await new Promise((resolve) => setTimeout(resolve, 5));
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await node.stop();
  server.forceShutdown();
  await rm(path, { recursive: true, force: true });
});

function client(): Client {
  const made = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
  clients.push(made);
  return made;
}

/** The bytes of each sample of a metric, by its labels. */
async function refusals(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const line of (await metrics.render()).split('\n')) {
    const sample = /^sexton_peer_refusals_total\{peer="(\d+)",cause="(\w+)"\} (\d+)$/.exec(line);
    if (sample !== null) found[`${sample[1]} ${sample[2]}`] = Number(sample[3]);
  }
  return found;
}

/** The node leads and commits, and believed no term that the peer made up (a busy machine may cost it one of its own). */
async function unharmed(): Promise<void> {
  const name = `s${Math.floor(Math.random() * 1e9)}`;
  const commit = () =>
    node.propose(
      { kind: 'createStream', tenant: '', name, prefix: '', labels: [] },
      { requestId: '', deadlineMs: 2_000, signal: new AbortController().signal },
    );
  for (let tries = 0; tries < 50; tries++) {
    // STREAM_EXISTS: the one before had an unknown outcome, and was committed.
    const outcome = await commit().catch((error: unknown) => error as SextonError);
    if (!(outcome instanceof SextonError) || outcome.reason === 'STREAM_EXISTS') break;
    expect(['NO_LEADER', 'NOT_LEADER', 'OUTCOME_UNKNOWN']).toContain(outcome.reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(node.engine?.core.term).toBeLessThan(FORGED_TERM);
}

/** What snapshots from the peer claim. */
const FORGED_TERM = 1_000;

const hello = (overrides: Partial<PeerHello> = {}): Buffer =>
  encodeFrame({
    kind: 'hello',
    hello: {
      protocolVersion: PEER_PROTOCOL_VERSION,
      clusterId: 'c',
      from: 2,
      to: 1,
      directoryId: directory(2),
      bootId: 7,
      address: 'peer-2:7401',
      ...overrides,
    },
  });
const batch = (...items: PeerItem[]): Buffer => encodeFrame({ kind: 'batch', items });
const message = (body: Message): PeerItem => ({ kind: 'message', message: body });
const entry = (index: number, data: string): Entry => ({
  index,
  term: 1,
  payload: { kind: 'command', data: Buffer.from(data) },
});
const append = (entries: readonly Entry[]): Buffer =>
  batch(
    message({
      kind: 'appendRequest',
      from: 2,
      to: 1,
      term: 1,
      prevLogIndex: 0,
      prevLogTerm: 0,
      entries,
      commitIndex: 0,
    }),
  );
/** The same frame with one bit of `text` flipped. */
function flipped(frame: Buffer, text: string): Buffer {
  const at = frame.indexOf(text);
  expect(at).toBeGreaterThan(0);
  frame[at]! ^= 1;
  return frame;
}
/** `timeout_now` from 2 to 1 in a term of the bytes given. */
const ofTerm = (...term: number[]): Buffer => {
  const body = [0x08, 0x02, 0x10, 0x01, 0x18, ...term, 0x72, 0x00];
  return Buffer.from([0x12, body.length + 2, 0x0a, body.length, ...body]);
};

/** Sends the frames one after the other, waiting for the node's answer to the first; how it ended. */
function converse(frames: readonly Buffer[]): Promise<ServiceError> {
  const call = client().makeBidiStreamRequest(`${SERVICE}Connect`, raw, raw, new Metadata());
  const ended = deferred<ServiceError>();
  call.on('data', () => {
    for (const frame of frames.slice(1)) call.write(frame);
  });
  call.on('error', (error: ServiceError) => {
    ended.resolve(error);
  });
  if (frames[0] !== undefined) call.write(frames[0]);
  return ended.promise;
}

function handshake(bytes: Buffer): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    client().makeUnaryRequest(`${SERVICE}Handshake`, raw, raw, bytes, resolve);
  });
}
const handshakeOf = (overrides: object): Buffer =>
  raftProtoDefinition.Handshake.requestSerialize({
    protocolVersion: PEER_PROTOCOL_VERSION,
    clusterId: 'c',
    from: 2,
    to: 1,
    directoryId: directory(2),
    state: 'DIRECTORY_STATE_INITIALIZED',
    ...overrides,
  });

function install(frames: readonly Buffer[]): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    const call = client().makeClientStreamRequest(
      `${SERVICE}InstallSnapshot`,
      raw,
      raw,
      new Metadata(),
      resolve,
    );
    call.on('error', () => undefined);
    for (const frame of frames) call.write(frame);
    call.end();
  });
}
const offerOf = (header: object): Buffer => raftProtoDefinition.OfferSnapshot.requestSerialize({ header });
function offer(bytes: Buffer): Promise<ServiceError | null> {
  return new Promise((resolve) => {
    client().makeUnaryRequest(`${SERVICE}OfferSnapshot`, raw, raw, bytes, resolve);
  });
}
const snapshotFrame = (frame: object): Buffer => raftProtoDefinition.InstallSnapshot.requestSerialize(frame);

describe('a connection', () => {
  it.each<[string, readonly Buffer[], string, RegExp]>([
    [
      'of a foreign cluster',
      [hello({ clusterId: 'other' })],
      '2 cluster_mismatch',
      /belongs to cluster 'other'/,
    ],
    ['of a removed member', [hello({ from: 4 })], '0 not_a_member', /member 4 was removed/],
    ['for another member', [hello({ to: 3 })], '2 wrong_member', /this is member 1/],
    [
      'of a wiped disk',
      [hello({ directoryId: 'f'.repeat(32) })],
      '2 directory_mismatch',
      /known with data directory/,
    ],
    ['without a directory', [hello({ directoryId: '' })], '2 bad_handshake', /32 lower-case hexadecimal/],
    ['of nobody', [hello({ from: 0 })], '0 bad_handshake', /without `from`/],
    ['of a future protocol', [hello({ protocolVersion: 99 })], '2 protocol_mismatch', /protocol version 99/],
    ['that says no Hello', [batch()], '0 bad_frame', /first frame must be Hello/],
    ['that says Hello twice', [hello(), hello()], '2 bad_frame', /a second Hello/],
    ['with a frame that does not decode', [hello(), Buffer.from('garbage!')], '2 bad_frame', /./],
    ['with a cut frame', [hello(), append([entry(1, 'x')]).subarray(0, -3)], '2 bad_frame', /bytes/],
    ['with an empty frame', [hello(), Buffer.alloc(0)], '2 bad_frame', /neither hello nor batch/],
    [
      'with a term of 2^53',
      [hello(), ofTerm(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)],
      '2 bad_frame',
      /2\^53/,
    ],
    [
      'with a term that leaves no room to count on',
      [hello(), ofTerm(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)],
      '2 bad_frame',
      /at most/,
    ],
    [
      'with entries that do not follow one another',
      [hello(), append([entry(1, 'x'), entry(3, 'y')])],
      '2 bad_frame',
      /entry 3 where 2 must follow/,
    ],
    [
      'with an entry whose checksum fails',
      [hello(), flipped(append([entry(1, 'payload')]), 'payload')],
      '2 checksum',
      /checksum of entry 1/,
    ],
    [
      'with a message in another member’s name',
      [hello(), batch(message({ kind: 'voteResponse', from: 3, to: 1, term: 1, granted: true }))],
      '2 forged_sender',
      /from 3 to 1 on the connection from 2/,
    ],
  ])('%s is refused, counted and logged once', async (_what, frames, counted, details) => {
    const errors = [await converse(frames), await converse(frames)];
    for (const error of errors) expect(error.details).toMatch(details);
    expect(await refusals()).toEqual({ [counted]: 2 });
    expect(logged).toEqual([counted.split(' ')[1]]);
    await unharmed();
  });

  it('of a member that is removed ends, and speaks for nobody meanwhile', async () => {
    const call = client().makeBidiStreamRequest(`${SERVICE}Connect`, raw, raw, new Metadata());
    const ended = deferred<ServiceError>();
    const welcome = deferred<void>();
    call.on('data', () => {
      welcome.resolve();
    });
    call.on('error', (error: ServiceError) => {
      ended.resolve(error);
    });
    call.write(hello());
    await welcome.promise;
    transport.setPeers([]);
    expect((await ended.promise).details).toMatch(/member 2 was removed/);
    await unharmed();
  });

  it('drops a forwarded command that does not decode, and stays', async () => {
    const proposal = { sequence: 1, boot: 7, command: Buffer.from('no command') };
    const call = client().makeBidiStreamRequest(`${SERVICE}Connect`, raw, raw, new Metadata());
    call.on('error', () => undefined);
    call.on('data', () => {
      call.write(batch({ kind: 'proposal', proposal }, { kind: 'proposal', proposal }));
    });
    call.write(hello());
    while ((await refusals())['2 bad_proposal'] !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(logged).toEqual(['bad_proposal']);
    await unharmed();
  });

  it('that claims one id after the other makes no new labels and no flood of lines', async () => {
    for (let from = 100; from < 140; from++) await converse([hello({ from }), Buffer.from('garbage!')]);
    expect(await refusals()).toEqual({ '0 bad_frame': 40 });
    expect(logged).toEqual(['bad_frame']);
  });
});

describe('a handshake', () => {
  it.each<[string, Buffer, string, RegExp]>([
    ['that does not decode', Buffer.from([0x12, 0xff]), '0 bad_handshake', /not a message/],
    ['of nobody', handshakeOf({ from: 0 }), '0 bad_handshake', /without `from`/],
    ['of a foreign cluster', handshakeOf({ clusterId: 'x' }), '2 cluster_mismatch', /cluster 'x'/],
    ['of a removed member', handshakeOf({ from: 4 }), '0 not_a_member', /member 4 was removed/],
    ['of a future protocol', handshakeOf({ protocolVersion: 2 }), '2 protocol_mismatch', /version 2/],
    [
      'of a wiped disk',
      handshakeOf({ directoryId: 'e'.repeat(32) }),
      '2 directory_mismatch',
      /wiped or replaced/,
    ],
  ])('%s is refused, counted and logged once', async (_what, bytes, counted, details) => {
    for (const error of [await handshake(bytes), await handshake(bytes)]) {
      expect(error?.details).toMatch(details);
    }
    expect(await refusals()).toEqual({ [counted]: 2 });
    expect(logged).toEqual([counted.split(' ')[1]]);
    await unharmed();
  });
});

describe('a snapshot', () => {
  const configuration = Buffer.alloc(0);
  const header = (overrides: object = {}): Buffer =>
    snapshotFrame({
      header: {
        clusterId: 'c',
        from: 2,
        to: 1,
        term: FORGED_TERM,
        snapshotIndex: 50,
        snapshotTerm: 1,
        configuration,
        ...overrides,
      },
    });

  it.each<[string, readonly Buffer[], string, RegExp]>([
    ['that does not decode', [Buffer.from([0x0a, 0xff])], '0 bad_frame', /not a message/],
    ['without a header', [snapshotFrame({ end: {} })], '0 bad_snapshot', /must be the header/],
    [
      'of an index of 2^53',
      [header({ snapshotIndex: '9007199254740992' })],
      '0 bad_snapshot',
      /snapshotIndex is/,
    ],
    [
      'of a term above its sender’s',
      [header({ snapshotTerm: 1_001 })],
      '0 bad_snapshot',
      /term 1001 from a sender/,
    ],
    ['with a configuration that does not decode', [header()], '0 bad_snapshot', /configuration/],
  ])('%s is refused, counted and logged once', async (_what, frames, counted, details) => {
    for (const error of [await install(frames), await install(frames)])
      expect(error?.details).toMatch(details);
    expect(await refusals()).toEqual({ [counted]: 2 });
    expect(logged).toEqual([counted.split(' ')[1]]);
    await unharmed();
  });
});

describe('a snapshot from a connected peer', () => {
  const configuration = Buffer.from(
    encodeConfiguration({
      voters: [{ id: 2, address: '127.0.0.1:9', directoryId: directory(2) }],
      learners: [],
    }),
  );
  const header = (overrides: object = {}): object => ({
    clusterId: 'c',
    from: 2,
    to: 1,
    term: FORGED_TERM,
    snapshotIndex: 5_000,
    snapshotTerm: 1,
    configuration,
    ...overrides,
  });
  const first = (overrides: object = {}): Buffer => snapshotFrame({ header: header(overrides) });
  const data = encodeChunk({ snapshotIndex: 5_000, sequence: 0, content: { kind: 'records', records: [] } });
  const chunk = (overrides: object = {}): Buffer =>
    snapshotFrame({ chunk: { sequence: 1, data, checksum: crc32c(data), ...overrides } });

  beforeEach(async () => {
    const call = client().makeBidiStreamRequest(`${SERVICE}Connect`, raw, raw, new Metadata());
    call.on('error', () => undefined);
    const welcome = deferred<void>();
    call.on('data', () => {
      welcome.resolve();
    });
    call.write(hello());
    await welcome.promise;
  });

  it.each<[string, readonly Buffer[], string, RegExp]>([
    ['of a foreign cluster', [first({ clusterId: 'x' })], '2 cluster_mismatch', /this is cluster 'c'/],
    ['for another member', [first({ to: 3 })], '2 wrong_member', /this is member 1/],
    ['with a changed chunk', [first(), chunk({ checksum: 1 })], '2 checksum', /checksum of chunk 1/],
    ['with a gap', [first(), chunk({ sequence: 2 })], '2 checksum', /chunk 2 where 1 must follow/],
    ['that says header twice', [first(), first()], '2 bad_snapshot', /neither chunk nor end/],
    ['that ends early', [first(), chunk()], '2 bad_snapshot', /ended before its end frame/],
    [
      'of fewer chunks than it says',
      [first(), chunk(), snapshotFrame({ end: { recordCount: 2 } })],
      '2 checksum',
      /1 chunks arrived of 2/,
    ],
    [
      'whose whole does not match',
      [first(), chunk(), snapshotFrame({ end: { recordCount: 1, checksum: 7 } })],
      '2 checksum',
      /checksum of the whole/,
    ],
    [
      'whose content is none',
      [first(), chunk({ data: Buffer.from('none'), checksum: crc32c('none') })],
      '2 bad_snapshot',
      /snapshot chunk/,
    ],
  ])('%s is refused, counted and logged once', async (_what, frames, counted, details) => {
    for (const error of [await install(frames), await install(frames)]) {
      expect(error?.details).toMatch(details);
    }
    expect(await refusals()).toEqual({ [counted]: 2 });
    expect(logged).toEqual([counted.split(' ')[1]]);
    expect(node.appliedIndex()).toBeLessThan(100);
    await unharmed();
  });

  it.each<[string, Buffer, string, RegExp]>([
    ['that does not decode', Buffer.from([0x0a, 0xff]), '0 bad_frame', /not a message/],
    ['without a header', Buffer.alloc(0), '0 bad_snapshot', /without a header/],
    [
      'of a foreign cluster',
      offerOf(header({ clusterId: 'x' })),
      '2 cluster_mismatch',
      /this is cluster 'c'/,
    ],
    ['of no index', offerOf(header({ snapshotIndex: 0 })), '2 bad_snapshot', /snapshotIndex is 0/],
  ])('is not even offered: %s', async (_what, bytes, counted, details) => {
    expect((await offer(bytes))?.details).toMatch(details);
    expect((await offer(bytes))?.details).toMatch(details);
    expect(await refusals()).toEqual({ [counted]: 2 });
    expect(logged).toEqual([counted.split(' ')[1]]);
    await unharmed();
  });
});

describe('the answer to Hello', () => {
  it.each<[string, object, string]>([
    [
      'from another disk',
      { helloAck: { protocolVersion: 1, directoryId: directory(7) } },
      '2 directory_mismatch',
    ],
    [
      'of a future protocol',
      { helloAck: { protocolVersion: 9, directoryId: directory(2) } },
      '2 protocol_mismatch',
    ],
    ['that is none', {}, '2 bad_handshake'],
  ])('%s makes no connection', async (_what, answer, counted) => {
    const impostor = new Server();
    impostor.addService(
      { Connect: { ...raftProtoDefinition.Connect, requestDeserialize: raw } },
      {
        Connect: (call: { on(event: 'data', on: () => void): void; write(answer: object): void }) => {
          call.on('data', () => {
            call.write(answer);
          });
        },
      },
    );
    const port = await new Promise<number>((resolve) => {
      impostor.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (_error, bound) => {
        resolve(bound);
      });
    });
    transport.setPeers([{ id: 2, address: `127.0.0.1:${port}`, directoryId: directory(2) }]);
    while (((await refusals())[counted] ?? 0) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(transport.isConnected(2)).toBe(false);
    expect(logged).toEqual([counted.split(' ')[1]]);
    await unharmed();
    impostor.forceShutdown();
  });
});

describe('the causes', () => {
  it('are a closed set of snake-case labels', () => {
    expect(new Set(PEER_REFUSAL_CAUSES).size).toBe(PEER_REFUSAL_CAUSES.length);
    for (const cause of PEER_REFUSAL_CAUSES) expect(cause).toMatch(/^[a-z_]+$/);
  });
});
