/**
 * Transports that share one process: everything sent arrives in a later turn, unless the link was cut or
 * the receiver is down. Objects pass as they are; what bytes do to them is tested with the codecs.
 */
import type { Member, MemberId, Term } from '../../src/raft/types.js';
import type { SnapshotSource } from '../../src/storage/node-storage.js';
import type {
  HandshakeInfo,
  HandshakeOutcome,
  PeerItem,
  SnapshotSendOutcome,
  Transport,
  TransportHandler,
} from '../../src/node/transport/transport.js';

export class MemoryNetwork {
  readonly #nodes = new Map<MemberId, MemoryTransport>();
  readonly #cut = new Set<string>();
  readonly #isolated = new Set<MemberId>();

  transport(id: MemberId): MemoryTransport {
    const transport = new MemoryTransport(id, this);
    this.#nodes.set(id, transport);
    return transport;
  }

  /** Both ways. */
  cut(a: MemberId, b: MemberId): void {
    this.#cut.add(`${a} ${b}`).add(`${b} ${a}`);
  }

  heal(): void {
    this.#cut.clear();
    this.#isolated.clear();
  }

  /** From all others, those too that come later. */
  isolate(id: MemberId): void {
    this.#isolated.add(id);
  }

  /** Called for each chunk of a snapshot on its way; one that throws breaks the stream there. */
  onSnapshotChunk: (to: MemberId) => void = () => undefined;

  async *chunks(
    from: MemberId,
    to: MemberId,
    chunks: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of chunks) {
      // In this order: a chunk for a node that is gone is not on its way.
      if (this.reach(from, to) === undefined) throw new Error('the connection broke');
      this.onSnapshotChunk(to);
      yield chunk;
    }
  }

  reach(from: MemberId, to: MemberId): TransportHandler | undefined {
    const isCut = this.#cut.has(`${from} ${to}`) || this.#isolated.has(from) || this.#isolated.has(to);
    return isCut ? undefined : this.#nodes.get(to)?.handler;
  }

  /** As if the member were asked from nearby, whatever is cut. */
  handlerOf(id: MemberId): TransportHandler | undefined {
    return this.#nodes.get(id)?.handler;
  }

  remove(id: MemberId): void {
    this.#nodes.delete(id);
  }
}

export class MemoryTransport implements Transport {
  readonly #id: MemberId;
  readonly #network: MemoryNetwork;
  handler: TransportHandler | undefined;
  #peers: ReadonlySet<MemberId> = new Set();

  constructor(id: MemberId, network: MemoryNetwork) {
    this.#id = id;
    this.#network = network;
  }

  start(handler: TransportHandler): void {
    this.handler = handler;
  }

  setPeers(members: readonly Member[]): void {
    this.#peers = new Set(members.map(({ id }) => id));
  }

  send(to: MemberId, item: PeerItem): void {
    if (!this.#peers.has(to)) return;
    setImmediate(() => this.#network.reach(this.#id, to)?.receive(this.#id, item));
  }

  async handshake(member: Member, request: HandshakeInfo): Promise<HandshakeOutcome> {
    const peer = this.#network.reach(this.#id, member.id);
    if (peer === undefined) return { kind: 'unreachable', message: 'down' };
    const answer = await peer.handshake(request);
    return 'refusal' in answer
      ? { kind: 'refused', refusal: answer.refusal, message: answer.message }
      : { kind: 'answered', info: answer };
  }

  async sendSnapshot(to: MemberId, term: Term, source: SnapshotSource): Promise<SnapshotSendOutcome> {
    try {
      const peer = this.#network.reach(this.#id, to);
      if (peer === undefined) return { kind: 'failed', message: 'down' };
      const offer = { from: this.#id, term, header: source.header };
      const answer = await peer.offerSnapshot(offer);
      if (answer.kind === 'notWanted') return { kind: 'installed', matchIndex: answer.matchIndex };
      const { held } = answer;
      const after = held.chunks > 0 && source.canResume(held) ? held : undefined;
      const { matchIndex } = await peer.receiveSnapshot({
        ...offer,
        ...(after === undefined ? {} : { after }),
        chunks: this.#network.chunks(this.#id, to, source.chunks(after)),
      });
      return { kind: 'installed', matchIndex };
    } catch (error) {
      return { kind: 'failed', message: String(error) };
    } finally {
      await source.close();
    }
  }

  isConnected(member: MemberId): boolean {
    return this.#network.reach(this.#id, member) !== undefined;
  }

  close(): Promise<void> {
    this.handler = undefined;
    this.#network.remove(this.#id);
    return Promise.resolve();
  }
}
