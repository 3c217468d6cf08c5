/**
 * The outgoing half of a pair of members: one long-lived Connect call, opened again whenever it ends.
 * What is sent in one turn of the event loop leaves as one frame. While the connection cannot take more,
 * frames wait in a bounded queue; what does not fit, and everything sent while there is no connection, is
 * dropped: consensus repeats what matters, and old messages help nobody.
 */
import { type ClientDuplexStream, Metadata, status as grpcStatus, type ServiceError } from '@grpc/grpc-js';
import type { ConnectResponse__Output } from '../../generated/sexton/raft/v1/ConnectResponse.js';
import type { Member } from '../../raft/types.js';
import { estimateItemBytes, PEER_PROTOCOL_VERSION, type PeerFrame } from '../../rpc/raft-wire.js';
import type { RaftClient } from '../../rpc/raft-service.js';
import { backoffMs } from '../../shared/backoff.js';
import type { Clock, Timer } from '../../shared/clock.js';
import type { Logger } from '../../shared/logger.js';
import type { Random } from '../../shared/random.js';
import type { HandshakeInfo, PeerItem } from './transport.js';

/** A frame is closed at this size; only a single larger item makes a larger one. */
const FRAME_BYTES = 2 * 1024 * 1024;
/** What may wait for a slow connection. */
const QUEUE_BYTES = 32 * 1024 * 1024;
const RECONNECT = { initialMs: 20, maxMs: 1_000 } as const;

export interface PeerLinkDeps {
  readonly member: Member;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly boot: number;
  readonly defer: (callback: () => void) => void;
  /** Opens a channel to the member. */
  readonly connect: () => RaftClient;
  /** This node about itself, now. */
  readonly info: () => HandshakeInfo;
  /** A connection that stood broke, and opening it again was refused. */
  readonly unreachable: () => void;
  readonly dropped: () => void;
  /** What is wrong with the answer to Hello; undefined = nothing, and the connection stands. */
  readonly checkAck: (response: ConnectResponse__Output) => string | undefined;
}

type Call = ClientDuplexStream<PeerFrame, ConnectResponse__Output>;

type LinkState =
  | { readonly kind: 'waiting'; readonly timer: Timer }
  | { readonly kind: 'connecting'; readonly call: Call; readonly client: RaftClient }
  | { readonly kind: 'connected'; readonly call: Call; readonly client: RaftClient }
  | { readonly kind: 'closed' };

export class PeerLink {
  readonly #deps: PeerLinkDeps;
  #state: LinkState;
  #items: PeerItem[] = [];
  #queuedBytes = 0;
  #flushAsked = false;
  #blocked = false;
  #failures = 0;
  /** True from the end of a connection that stood until the next one does, or the hint was given. */
  #wasConnected = false;
  #lastCause = '';

  constructor(deps: PeerLinkDeps) {
    this.#deps = deps;
    this.#state = { kind: 'closed' };
    this.#open();
  }

  get member(): Member {
    return this.#deps.member;
  }

  get isConnected(): boolean {
    return this.#state.kind === 'connected';
  }

  send(item: PeerItem): void {
    const bytes = estimateItemBytes(item);
    if (this.#state.kind !== 'connected' || this.#queuedBytes + bytes > QUEUE_BYTES) {
      this.#deps.dropped();
      return;
    }
    this.#items.push(item);
    this.#queuedBytes += bytes;
    if (this.#flushAsked || this.#blocked) return;
    this.#flushAsked = true;
    this.#deps.defer(() => {
      this.#flushAsked = false;
      this.#flush();
    });
  }

  /**
   * The peer has just connected to us, so it is there: no use in waiting out the backoff. Until then it would be
   * heard and not answered, and a leader that dies in that time is replaced an election timeout later.
   */
  peerIsUp(): void {
    const state = this.#state;
    if (state.kind !== 'waiting') return;
    state.timer.cancel();
    this.#open();
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#forgetQueue();
    if (state.kind === 'waiting') state.timer.cancel();
    if (state.kind === 'connecting' || state.kind === 'connected') {
      state.call.cancel();
      state.client.close();
    }
  }

  #flush(): void {
    const state = this.#state;
    if (state.kind !== 'connected' || this.#blocked) return;
    while (this.#items.length > 0) {
      if (!state.call.write({ kind: 'batch', items: this.#takeFrame() })) {
        this.#blocked = true;
        state.call.once('drain', () => {
          this.#blocked = false;
          this.#flush();
        });
        return;
      }
    }
  }

  #takeFrame(): PeerItem[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#items) {
      const more = estimateItemBytes(item);
      if (count > 0 && bytes + more > FRAME_BYTES) break;
      bytes += more;
      count++;
    }
    this.#queuedBytes -= bytes;
    if (count === this.#items.length) {
      const all = this.#items;
      this.#items = [];
      return all;
    }
    return this.#items.splice(0, count);
  }

  #open(): void {
    const client = this.#deps.connect();
    const call = client.Connect(new Metadata());
    this.#state = { kind: 'connecting', call, client };
    call.on('data', (response: ConnectResponse__Output) => {
      this.#onHelloAck(call, response);
    });
    call.on('error', (error: ServiceError) => {
      this.#onEnd(call, error);
    });
    call.on('end', () => {
      this.#onEnd(call, undefined);
    });
    const { clusterId, from, to, directoryId, addresses } = this.#deps.info();
    call.write({
      kind: 'hello',
      hello: {
        protocolVersion: PEER_PROTOCOL_VERSION,
        clusterId,
        from,
        to,
        directoryId,
        bootId: this.#deps.boot,
        address: addresses?.get(from) ?? '',
      },
    });
  }

  #onHelloAck(call: Call, response: ConnectResponse__Output): void {
    const state = this.#state;
    if (state.kind !== 'connecting' || state.call !== call) return;
    const wrong = this.#deps.checkAck(response);
    if (wrong !== undefined) {
      call.cancel();
      state.client.close();
      this.#retry(wrong, grpcStatus.FAILED_PRECONDITION);
      return;
    }
    this.#state = { kind: 'connected', call, client: state.client };
    this.#failures = 0;
    this.#wasConnected = true;
    this.#lastCause = '';
    this.#deps.logger.info({ peer: this.#deps.member.id }, 'connected to peer');
  }

  #onEnd(call: Call, error: ServiceError | undefined): void {
    const state = this.#state;
    if ((state.kind !== 'connecting' && state.kind !== 'connected') || state.call !== call) return;
    state.client.close();
    this.#forgetQueue();
    const { member, logger } = this.#deps;
    const cause = error === undefined ? 'the peer ended the connection' : error.details;
    if (state.kind === 'connected') {
      logger.warn({ peer: member.id, cause }, 'lost the connection to a peer');
      // At once: whether the process is gone shows in whether the port still answers.
      this.#open();
      return;
    }
    if (this.#wasConnected && error?.code === grpcStatus.UNAVAILABLE) {
      this.#wasConnected = false;
      this.#deps.unreachable();
    }
    this.#retry(cause, error?.code);
  }

  #retry(cause: string, code: number | undefined): void {
    const { clock, random } = this.#deps;
    this.#logOnce(cause, code);
    this.#failures++;
    this.#state = {
      kind: 'waiting',
      timer: clock.setTimer(backoffMs(RECONNECT, this.#failures, random), () => {
        this.#open();
      }),
    };
  }

  /** A refusal that stays the same is logged once, not at each try. */
  #logOnce(cause: string, code: number | undefined): void {
    if (cause === this.#lastCause) return;
    this.#lastCause = cause;
    const { logger, member } = this.#deps;
    if (code === grpcStatus.FAILED_PRECONDITION)
      logger.error({ peer: member.id, cause }, 'a peer refuses this node');
    else logger.debug({ peer: member.id, cause }, 'a peer does not answer');
  }

  #forgetQueue(): void {
    this.#items = [];
    this.#queuedBytes = 0;
    this.#blocked = false;
  }
}
