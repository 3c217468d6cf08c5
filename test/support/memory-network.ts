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
      const { matchIndex } = await peer.receiveSnapshot({
        from: this.#id,
        term,
        header: source.header,
        chunks: source.chunks(),
      });
      return { kind: 'installed', matchIndex };
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
