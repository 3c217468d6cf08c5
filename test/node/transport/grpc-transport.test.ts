import { crc32c } from '@node-rs/crc32';
import { credentials, Metadata, Server, ServerCredentials, type ServiceError } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcTransport } from '../../../src/node/transport/grpc-transport.js';
import type {
  HandshakeInfo,
  IncomingSnapshot,
  PeerItem,
  SnapshotOfferAnswer,
} from '../../../src/node/transport/transport.js';
import type { Member, Message } from '../../../src/raft/types.js';
import { RaftClient, raftServiceDefinition } from '../../../src/rpc/raft-service.js';
import { PEER_PROTOCOL_VERSION, type PeerFrame } from '../../../src/rpc/raft-wire.js';
import { systemClock, type Clock } from '../../../src/shared/clock.js';
import { deferred } from '../../../src/shared/deferred.js';
import { silentLogger } from '../../../src/shared/logger.js';
import { systemRandom } from '../../../src/shared/random.js';
import { ManualClock } from '../../support/manual-clock.js';
import type { SnapshotProgress, SnapshotSource } from '../../../src/storage/node-storage.js';

const directory = (id: number): string => String(id).repeat(32).slice(0, 32);

class Peer {
  readonly id: number;
  readonly transport: GrpcTransport;
  readonly received: { readonly from: number; readonly item: PeerItem }[] = [];
  readonly unreachable: number[] = [];
  readonly refused: string[] = [];
  readonly offers: number[] = [];
  /** After how many chunks each snapshot stream began. */
  readonly begun: number[] = [];
  chunksPerStream = Infinity;
  declines: SnapshotOfferAnswer | undefined;
  /** Of the snapshot that is offered next. */
  held: SnapshotProgress = { chunks: 0, checksum: 0 };
  readonly snapshots: { readonly snapshot: IncomingSnapshot; readonly bytes: string }[] = [];
  onReceive: () => void = () => undefined;
  #server = new Server();
  port = 0;

  constructor(id: number, clock: Clock = systemClock) {
    this.id = id;
    this.transport = new GrpcTransport({
      clock,
      random: systemRandom,
      logger: silentLogger,
      boot: id,
      defer: (callback) => setImmediate(callback),
      info: (to) => this.info(to),
      dropped: () => undefined,
      refused: (peer, cause) => this.refused.push(`${peer} ${cause}`),
    });
    this.transport.start({
      handshake: (request) => Promise.resolve(this.#judge(request)),
      receive: (from, item) => {
        this.received.push({ from, item });
        this.onReceive();
      },
      peerUnreachable: (member) => {
        this.unreachable.push(member);
        this.onReceive();
      },
      offerSnapshot: (offer) => {
        this.offers.push(offer.header.meta.index);
        return Promise.resolve(this.declines ?? { kind: 'wanted', held: this.held });
      },
      receiveSnapshot: async (snapshot) => {
        const parts: Uint8Array[] = [];
        this.begun.push(snapshot.after?.chunks ?? 0);
        for await (const chunk of snapshot.chunks) {
          parts.push(chunk);
          this.held = { chunks: this.held.chunks + 1, checksum: crc32c(chunk, this.held.checksum) };
          if (parts.length === this.chunksPerStream) throw new Error('enough for now');
        }
        this.snapshots.push({ snapshot, bytes: Buffer.concat(parts).toString() });
        return { term: snapshot.term, matchIndex: snapshot.header.meta.index };
      },
    });
  }

  info(to: number): HandshakeInfo {
    const knownDirectories = new Map([1, 2, 3].map((id) => [id, directory(id)]));
    return {
      clusterId: 'c',
      from: this.id,
      to,
      directoryId: directory(this.id),
      initialized: true,
      knownDirectories,
    };
  }

  #judge(
    request: HandshakeInfo,
  ): ReturnType<Peer['info']> | { refusal: 'CLUSTER_MISMATCH' | 'DIRECTORY_MISMATCH'; message: string } {
    if (request.clusterId !== 'c') return { refusal: 'CLUSTER_MISMATCH', message: 'another cluster' };
    if (request.directoryId !== directory(request.from))
      return { refusal: 'DIRECTORY_MISMATCH', message: 'wiped' };
    return this.info(request.from);
  }

  async listen(port = 0): Promise<void> {
    this.#server = new Server();
    this.#server.addService(raftServiceDefinition, this.transport.handlers.service);
    this.port = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
  }

  stopListening(): void {
    this.#server.forceShutdown();
  }

  get member(): Member {
    return { id: this.id, address: `127.0.0.1:${this.port}`, directoryId: directory(this.id) };
  }

  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    const done = deferred<void>();
    this.onReceive = () => {
      if (condition()) done.resolve();
    };
    return done.promise;
  }

  async close(): Promise<void> {
    await this.transport.close();
    this.#server.forceShutdown();
  }
}

const open: Peer[] = [];
async function peers(clock: Clock = systemClock): Promise<[Peer, Peer]> {
  const pair: [Peer, Peer] = [new Peer(1, clock), new Peer(2)];
  open.push(...pair);
  await Promise.all(pair.map((peer) => peer.listen()));
  return pair;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((peer) => peer.close()));
});

const vote = (from: number, to: number, term = 1): Message => ({
  kind: 'voteResponse',
  from,
  to,
  term,
  granted: true,
});

async function connected(a: Peer, b: Peer): Promise<void> {
  a.transport.setPeers([a.member, b.member]);
  while (!a.transport.isConnected(b.id)) await new Promise((resolve) => setImmediate(resolve));
}

/** Speaks to `to` by hand and returns the status that the call ends with. */
function converse(to: Peer, frames: readonly PeerFrame[]): Promise<ServiceError> {
  const client = new RaftClient(to.member.address, credentials.createInsecure());
  const call = client.Connect(new Metadata());
  const ended = deferred<ServiceError>();
  call.on('data', () => {
    for (const frame of frames.slice(1)) call.write(frame);
  });
  call.on('error', (error: ServiceError) => {
    client.close();
    ended.resolve(error);
  });
  const [first] = frames;
  if (first !== undefined) call.write(first);
  return ended.promise;
}

const hello = (
  from: number,
  to: number,
  overrides: Partial<{ clusterId: string; directoryId: string; protocolVersion: number }> = {},
): PeerFrame => ({
  kind: 'hello',
  hello: {
    protocolVersion: PEER_PROTOCOL_VERSION,
    clusterId: 'c',
    from,
    to,
    directoryId: directory(from),
    bootId: 9,
    address: `peer-${from}:7401`,
    ...overrides,
  },
});

describe('GrpcTransport', () => {
  it('delivers what is sent, in order, once the peer has proved itself', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    for (let term = 1; term <= 100; term++)
      a.transport.send(2, { kind: 'message', message: vote(1, 2, term) });
    await b.until(() => b.received.length === 100);
    expect(b.received.map(({ item }) => (item.kind === 'message' ? item.message.term : 0))).toEqual(
      Array.from({ length: 100 }, (_, at) => at + 1),
    );
    expect(b.received.every(({ from }) => from === 1)).toBe(true);
  });

  it('tells that a peer is unreachable when its connection breaks and its port is closed, and finds it again', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    b.stopListening();
    await a.until(() => a.unreachable.length > 0);
    expect(a.unreachable).toEqual([2]);
    await b.listen(b.port);
    while (!a.transport.isConnected(2)) await new Promise((resolve) => setTimeout(resolve, 5));
    a.transport.send(2, { kind: 'message', message: vote(1, 2) });
    await b.until(() => b.received.length === 1);
  });

  it('connects to a peer that has come back as soon as that has connected here, whatever the backoff', async () => {
    // Its time stands still: no timer of the first peer ever fires.
    const [a, b] = await peers(new ManualClock());
    await connected(a, b);
    b.stopListening();
    await a.until(() => a.unreachable.length > 0);
    await b.listen(b.port);
    await connected(b, a);
    while (!a.transport.isConnected(2)) await new Promise((resolve) => setImmediate(resolve));
  });

  it('answers a handshake, and says why not', async () => {
    const [a, b] = await peers();
    expect(await a.transport.handshake(b.member, a.info(2))).toMatchObject({
      kind: 'answered',
      info: { from: 2, initialized: true },
    });
    expect(await a.transport.handshake(b.member, { ...a.info(2), clusterId: 'other' })).toMatchObject({
      kind: 'refused',
      refusal: 'CLUSTER_MISMATCH',
    });
    b.stopListening();
    expect(await a.transport.handshake(b.member, a.info(2))).toMatchObject({ kind: 'unreachable' });
  });

  it.each([
    ['another cluster', hello(1, 2, { clusterId: 'other' }), /another cluster/],
    ['a wiped disk (S6)', hello(1, 2, { directoryId: 'f'.repeat(32) }), /wiped/],
    ['a future protocol', hello(1, 2, { protocolVersion: 99 }), /protocol version 99/],
    ['a batch before Hello', { kind: 'batch', items: [] } as const, /first frame must be Hello/],
  ])('refuses %s before it believes a message', async (_what, frame, message) => {
    const [, b] = await peers();
    expect((await converse(b, [frame])).details).toMatch(message);
    expect(b.received).toEqual([]);
  });

  it('refuses messages in the name of another member', async () => {
    const [, b] = await peers();
    const forged: PeerFrame = { kind: 'batch', items: [{ kind: 'message', message: vote(3, 2) }] };
    expect((await converse(b, [hello(1, 2), forged])).details).toMatch(
      /from 3 to 2 on the connection from 1/,
    );
    expect(b.received).toEqual([]);
  });

  it('streams a snapshot, and closes its source', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    let closed = 0;
    const source: SnapshotSource = {
      header: {
        meta: { index: 7, term: 2, configuration: { voters: [a.member, b.member], learners: [] } },
        chain: 99,
      },
      approximateSizeBytes: 10,
      canResume: () => false,
      async *chunks() {
        for (let at = 0; at < 200; at++)
          yield await Promise.resolve(Buffer.from(`${at},`.padEnd(50_000, '.')));
      },
      close: () => {
        closed++;
        return Promise.resolve();
      },
    };
    await connected(b, a);
    const outcome = await a.transport.sendSnapshot(2, 3, source, new AbortController().signal);
    expect(outcome).toEqual({ kind: 'installed', matchIndex: 7 });
    expect(closed).toBe(1);
    const [received] = b.snapshots;
    expect(received?.bytes.length).toBe(200 * 50_000);
    expect(received?.snapshot).toMatchObject({
      from: 1,
      term: 3,
      header: { chain: 99, meta: { index: 7, term: 2 } },
    });
  });

  /** Ten chunks, the same each time. */
  const resumable = (a: Peer, b: Peer): SnapshotSource => {
    const chunks = Array.from({ length: 10 }, (_, at) => Buffer.from(`${at},`.padEnd(30_000, '.')));
    const checksumOf = (count: number): number =>
      chunks.slice(0, count).reduce((checksum, chunk) => crc32c(chunk, checksum), 0);
    return {
      header: {
        meta: { index: 7, term: 2, configuration: { voters: [a.member, b.member], learners: [] } },
        chain: 99,
      },
      approximateSizeBytes: 10,
      canResume: (after) => checksumOf(after.chunks) === after.checksum,
      async *chunks(after) {
        for (const chunk of chunks.slice(after?.chunks ?? 0)) yield await Promise.resolve(chunk);
      },
      close: () => Promise.resolve(),
    };
  };

  it('sends of a snapshot only what the receiver does not hold, wherever its stream broke', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    await connected(b, a);
    const source = resumable(a, b);
    const send = () => a.transport.sendSnapshot(2, 3, source, new AbortController().signal);
    b.chunksPerStream = 1;
    for (let at = 0; at < 10; at++) {
      expect(await send()).toMatchObject({ kind: 'failed', message: 'enough for now' });
    }
    // Nothing is left but the end, whose checksum is that of all ten chunks.
    expect(await send()).toEqual({ kind: 'installed', matchIndex: 7 });
    expect(b.begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(b.offers).toHaveLength(11);
    expect(b.refused).toEqual([]);
  });

  it('begins with the first chunk when the receiver holds something else', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    await connected(b, a);
    b.held = { chunks: 3, checksum: 12345 };
    const { signal } = new AbortController();
    expect(await a.transport.sendSnapshot(2, 3, resumable(a, b), signal)).toMatchObject({
      kind: 'installed',
    });
    expect(b.begun).toEqual([0]);
  });

  it('sends nothing to one that needs nothing, or has moved on to another term', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    await connected(b, a);
    const { signal } = new AbortController();
    b.declines = { kind: 'notWanted', term: 3, matchIndex: 20 };
    expect(await a.transport.sendSnapshot(2, 3, resumable(a, b), signal)).toEqual({
      kind: 'installed',
      matchIndex: 20,
    });
    b.declines = { kind: 'notWanted', term: 4, matchIndex: 0 };
    expect(await a.transport.sendSnapshot(2, 3, resumable(a, b), signal)).toMatchObject({ kind: 'failed' });
    expect(b.begun).toEqual([]);
  });

  it('fails a snapshot whose source breaks, without the receiver taking any of it', async () => {
    const [a, b] = await peers();
    await connected(a, b);
    const source: SnapshotSource = {
      header: { meta: { index: 7, term: 2, configuration: { voters: [a.member], learners: [] } }, chain: 0 },
      approximateSizeBytes: 10,
      canResume: () => false,
      async *chunks() {
        yield await Promise.resolve(Buffer.from('some'));
        throw new Error('EIO');
      },
      close: () => Promise.resolve(),
    };
    await expect(a.transport.sendSnapshot(2, 3, source, new AbortController().signal)).rejects.toThrow('EIO');
    expect(b.snapshots).toEqual([]);
  });
});
