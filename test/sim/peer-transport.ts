/**
 * The transport port on the simulated network. As on a real connection, a peer's words are believed only
 * after its hello was judged; unlike on one, single messages may be lost, repeated and overtaken, which
 * consensus must bear anyway.
 */
import { setMaxListeners } from 'node:events';
import type {
  HandshakeInfo,
  HandshakeOutcome,
  PeerItem,
  SnapshotOffer,
  SnapshotOfferAnswer,
  SnapshotSendOutcome,
  Transport,
  TransportHandler,
} from '../../src/node/transport/transport.js';
import type { Member, MemberId, Term } from '../../src/raft/types.js';
import type { SnapshotSource } from '../../src/storage/node-storage.js';
import type { Network } from './network.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';
import { SnapshotStream } from './snapshot-stream.js';

const HANDSHAKE_TIMEOUT_MS = 1_000;
/** How soon a machine answers that nobody listens. */
const REFUSED_MS = 2;

/** The processes that run now, by host. */
export interface PeerDirectory {
  /** Undefined: the host is down. */
  transportAt(host: string): SimulatedTransport | undefined;
  hostOf(address: string): string;
}

export interface SimulatedTransportDeps {
  readonly host: string;
  readonly member: MemberId;
  readonly scope: ProcessScope;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly peers: PeerDirectory;
  /** This node about itself. */
  readonly info: (to: MemberId) => HandshakeInfo;
  /** Everything that leaves, before the network touches it. */
  readonly onSend: (to: MemberId, item: PeerItem) => void;
}

export class SimulatedTransport implements Transport {
  readonly #deps: SimulatedTransportDeps;
  #handler: TransportHandler | undefined;
  #peers = new Map<MemberId, string>();
  /** Processes whose hello was accepted here; a new process of the same member introduces itself again. */
  readonly #accepted = new WeakSet<ProcessScope>();
  readonly #judging = new WeakSet<ProcessScope>();
  readonly #streams = new Set<SnapshotStream>();

  constructor(deps: SimulatedTransportDeps) {
    this.#deps = deps;
  }

  get scope(): ProcessScope {
    return this.#deps.scope;
  }

  get handler(): TransportHandler | undefined {
    return this.#handler;
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
  }

  setPeers(members: readonly Member[]): void {
    const others = members.filter((member) => member.id !== this.#deps.member);
    this.#peers = new Map(others.map(({ id, address }) => [id, this.#deps.peers.hostOf(address)]));
  }

  send(to: MemberId, item: PeerItem): void {
    const host = this.#peers.get(to);
    if (host === undefined) return;
    const { network, host: from } = this.#deps;
    this.#deps.onSend(to, item);
    // Consensus bears repeated messages. A proposal is sent once on its connection, and counts on that.
    network.datagram(from, host, item.kind === 'message', () => {
      const receiver = this.#deps.peers.transportAt(host);
      receiver?.scope.enter(() => {
        receiver.#receive(this, item);
      });
    });
  }

  handshake(member: Member, request: HandshakeInfo): Promise<HandshakeOutcome> {
    const { network, scheduler, scope, host: from, peers } = this.#deps;
    const to = peers.hostOf(member.address);
    return new Promise((resolve) => {
      let settled = false;
      const settle = (outcome: HandshakeOutcome): void => {
        scope.enter(() => {
          if (settled) return;
          settled = true;
          resolve(outcome);
        });
      };
      const broken = (): void => {
        settle({ kind: 'unreachable', message: `no answer from ${to}` });
      };
      scheduler.after(HANDSHAKE_TIMEOUT_MS, broken);
      network.reliable(
        from,
        to,
        () => {
          const receiver = peers.transportAt(to);
          if (receiver?.handler === undefined) {
            scheduler.after(REFUSED_MS, broken);
            return;
          }
          receiver.scope.enter(() => {
            receiver
              .#answer(request)
              .then((outcome) => network.reliable(to, from, () => settle(outcome), broken), broken);
          });
        },
        broken,
      );
    });
  }

  async sendSnapshot(
    to: MemberId,
    term: Term,
    source: SnapshotSource,
    signal: AbortSignal,
  ): Promise<SnapshotSendOutcome> {
    try {
      const host = this.#peers.get(to);
      if (host === undefined) return { kind: 'failed', message: `member ${to} is no peer` };
      return await this.#stream(host, term, source, signal);
    } finally {
      await source.close();
    }
  }

  isConnected(member: MemberId): boolean {
    const { network, host, peers } = this.#deps;
    const to = this.#peers.get(member);
    return to !== undefined && !network.isCut(host, to) && peers.transportAt(to)?.handler !== undefined;
  }

  close(): Promise<void> {
    this.#handler = undefined;
    this.breakStreams();
    return Promise.resolve();
  }

  /** The process is gone: its connections break at the other end. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.breakOff('the other process is gone');
    this.#streams.clear();
  }

  /** A connection to the member broke, and opening it again was refused (a hint, not always true). */
  hintUnreachable(host: string): void {
    for (const [member, at] of this.#peers) {
      if (at === host) this.scope.enter(() => this.#handler?.peerUnreachable(member));
    }
  }

  async #stream(
    host: string,
    term: Term,
    source: SnapshotSource,
    signal: AbortSignal,
  ): Promise<SnapshotSendOutcome> {
    const { network, scheduler, host: from, peers, member } = this.#deps;
    const receiver = peers.transportAt(host);
    const handler = receiver?.handler;
    if (receiver === undefined || handler === undefined || network.isCut(from, host)) {
      return { kind: 'failed', message: `${host} cannot be reached` };
    }
    const answer = await this.#offer(host, receiver, { from: member, term, header: source.header });
    if (answer === undefined) return { kind: 'failed', message: `no answer from ${host}` };
    if (answer.kind === 'notWanted') return { kind: 'installed', matchIndex: answer.matchIndex };
    const after = answer.held.chunks > 0 && source.canResume(answer.held) ? answer.held : undefined;
    const stream = new SnapshotStream({
      network,
      scheduler,
      from: { host: from, scope: this.scope },
      to: { host, scope: receiver.scope },
    });
    this.#streams.add(stream);
    receiver.#streams.add(stream);
    setMaxListeners(0, signal);
    const onAbort = (): void => {
      stream.breakOff('given up by its sender');
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      receiver.scope.enter(() => {
        const { header } = source;
        const received = async (): Promise<{ readonly matchIndex: number }> =>
          handler.receiveSnapshot({
            from: member,
            term,
            header,
            chunks: stream.received(),
            ...(after === undefined ? {} : { after }),
          });
        void received().then(
          ({ matchIndex }) => stream.answer(matchIndex),
          (error: unknown) => stream.breakOff(String(error)),
        );
      });
      return await stream.send(source, after);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#streams.delete(stream);
      receiver.#streams.delete(stream);
    }
  }

  /** Undefined: the connection broke. */
  #offer(
    host: string,
    receiver: SimulatedTransport,
    offer: SnapshotOffer,
  ): Promise<SnapshotOfferAnswer | undefined> {
    const { network, scheduler, scope, host: from } = this.#deps;
    return new Promise((resolve) => {
      const settle = (answer: SnapshotOfferAnswer | undefined): void => {
        scope.enter(() => resolve(answer));
      };
      const broken = (): void => settle(undefined);
      scheduler.after(HANDSHAKE_TIMEOUT_MS, broken);
      network.reliable(
        from,
        host,
        () => {
          receiver.scope.enter(() => {
            const handler = receiver.#handler;
            if (handler === undefined) return;
            void handler.offerSnapshot(offer).then(
              (answer) => network.reliable(host, from, () => settle(answer), broken),
              // Refused: the node is stopping or has failed.
              broken,
            );
          });
        },
        broken,
      );
    });
  }

  async #answer(request: HandshakeInfo): Promise<HandshakeOutcome> {
    if (this.#handler === undefined) return { kind: 'unreachable', message: 'not started' };
    const answer = await this.#handler.handshake(request);
    return 'refusal' in answer
      ? { kind: 'refused', refusal: answer.refusal, message: answer.message }
      : { kind: 'answered', info: answer };
  }

  #receive(from: SimulatedTransport, item: PeerItem): void {
    if (this.#handler === undefined) return;
    if (this.#accepted.has(from.scope)) {
      this.#handler.receive(from.#deps.member, item);
      return;
    }
    // What arrives before the hello was judged is lost, as on a connection that is still being opened.
    if (this.#judging.has(from.scope)) return;
    this.#judging.add(from.scope);
    this.#handler.handshake(from.#deps.info(this.#deps.member)).then(
      (answer) => {
        this.#judging.delete(from.scope);
        if (!('refusal' in answer)) this.#accepted.add(from.scope);
      },
      // The node has failed over it, and says so itself.
      () => this.#judging.delete(from.scope),
    );
  }
}
