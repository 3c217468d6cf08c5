/**
 * The callee's side of RaftService: answers handshakes, and takes frames and snapshots from peers that
 * proved who they are. What cannot be right (another cluster, another directory, frames that do not
 * decode, messages in another's name) ends the call with a status that says so, is counted, and is
 * logged once per peer and cause: a broken peer must not fill the log.
 */
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { status as grpcStatus } from '@grpc/grpc-js';
import type { ConnectResponse } from '../../generated/sexton/raft/v1/ConnectResponse.js';
import type { HandshakeRequest__Output } from '../../generated/sexton/raft/v1/HandshakeRequest.js';
import type { HandshakeResponse } from '../../generated/sexton/raft/v1/HandshakeResponse.js';
import type { MemberId } from '../../raft/types.js';
import type { Decoded } from '../../rpc/decoded.js';
import { checkHello, fromHandshake, toHandshake } from '../../rpc/raft-handshake.js';
import type { RaftServiceHandlers } from '../../rpc/raft-service.js';
import {
  checkEnvelopes,
  PEER_PROTOCOL_VERSION,
  type PeerFrame,
  type PeerHello,
} from '../../rpc/raft-wire.js';
import {
  badInput,
  type PeerError,
  peerErrorOf,
  plainStatus,
  protocolMismatch,
  refuse,
  unavailable,
  undecodable,
} from './peer-error.js';
import type { PeerRefusals } from './peer-refusals.js';
import { SnapshotHandlers } from './snapshot-handlers.js';
import type { HandshakeInfo, TransportHandler } from './transport.js';

export interface RaftHandlersDeps {
  readonly handler: () => TransportHandler | undefined;
  /** This node about itself, now. */
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly refusals: PeerRefusals;
  readonly boot: number;
  /** A peer has connected and proved itself. */
  readonly connected: (from: MemberId) => void;
}

interface PeerCall {
  readonly from: MemberId;
  /** This node. */
  readonly to: MemberId;
  readonly call: ServerDuplexStream<Decoded<PeerFrame>, ConnectResponse>;
}

export class RaftHandlers {
  readonly #deps: RaftHandlersDeps;
  readonly #calls = new Map<MemberId, PeerCall>();
  readonly #snapshots: SnapshotHandlers;

  constructor(deps: RaftHandlersDeps) {
    this.#deps = deps;
    this.#snapshots = new SnapshotHandlers({
      ...deps,
      // A snapshot without a standing connection from its sender is nobody's.
      isConnected: (from) => this.#calls.has(from),
    });
  }

  /** What the listener's server adds. */
  get service(): RaftServiceHandlers {
    return {
      ...this.#snapshots.service,
      Handshake: (call, callback) => {
        this.#onHandshake(call, callback);
      },
      Connect: (call) => {
        this.#onConnect(call);
      },
    };
  }

  /** Ends the connection of a member that was removed; the next one is judged by its Hello. */
  dismiss(member: MemberId): void {
    const peer = this.#calls.get(member);
    if (peer === undefined) return;
    this.#calls.delete(member);
    const error = refuse('NOT_A_MEMBER', `member ${member} was removed from this cluster`);
    peer.call.emit('error', error.status);
  }

  /** Ends the calls of peers, so that the server can close. */
  close(): void {
    for (const { call } of this.#calls.values()) {
      call.emit('error', plainStatus(grpcStatus.UNAVAILABLE, 'this node is stopping'));
    }
    this.#calls.clear();
  }

  #onHandshake(
    call: ServerUnaryCall<Decoded<HandshakeRequest__Output>, HandshakeResponse>,
    callback: sendUnaryData<HandshakeResponse>,
  ): void {
    const { request } = call;
    this.#handshake(request).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(this.#refused(request.ok ? request.value.from : 0, peerErrorOf(error)).status);
      },
    );
  }

  #onConnect(call: ServerDuplexStream<Decoded<PeerFrame>, ConnectResponse>): void {
    let peer: PeerCall | undefined;
    let rejected = false;
    const reject = (from: MemberId, error: PeerError): void => {
      if (rejected) return;
      rejected = true;
      this.#refused(from, error);
      this.#forget(peer);
      call.emit('error', error.status);
    };
    const onFrame = (frame: Decoded<PeerFrame>): void => {
      if (rejected) return;
      if (!frame.ok) {
        reject(peer?.from ?? 0, undecodable(frame, 'bad_frame'));
      } else if (peer === undefined) {
        if (frame.value.kind !== 'hello') {
          reject(0, badInput('bad_frame', 'the first frame must be Hello'));
          return;
        }
        const { hello } = frame.value;
        // Nothing more is read until the peer has proved itself: its votes must not count before.
        call.pause();
        this.#welcome(hello).then(
          () => {
            if (rejected) return;
            const { directoryId, from: to } = this.#deps.info(hello.from);
            peer = { from: hello.from, to, call };
            this.#replace(peer);
            call.write({
              helloAck: { protocolVersion: PEER_PROTOCOL_VERSION, directoryId, bootId: this.#deps.boot },
            });
            call.resume();
            this.#deps.connected(hello.from);
          },
          (error: unknown) => {
            reject(hello.from, peerErrorOf(error));
          },
        );
      } else if (frame.value.kind === 'hello') {
        reject(peer.from, badInput('bad_frame', 'a second Hello'));
      } else {
        const forged = this.#receive(peer, frame.value);
        if (forged !== undefined) reject(peer.from, badInput('forged_sender', forged));
      }
    };
    call.on('data', onFrame);
    call.on('end', () => {
      this.#forget(peer);
      call.end();
    });
    call.on('cancelled', () => {
      this.#forget(peer);
    });
    call.on('error', () => {
      this.#forget(peer);
    });
  }

  /** Says what is forged; then nothing of the frame was taken. */
  #receive(peer: PeerCall, frame: Extract<PeerFrame, { kind: 'batch' }>): string | undefined {
    const handler = this.#deps.handler();
    // A connection that was replaced or dismissed speaks for nobody, whatever of it is still on the way.
    if (handler === undefined || this.#calls.get(peer.from) !== peer) return undefined;
    const forged = checkEnvelopes(frame.items, peer);
    if (forged !== undefined) return forged;
    for (const item of frame.items) handler.receive(peer.from, item);
    return undefined;
  }

  async #handshake(request: Decoded<HandshakeRequest__Output>): Promise<HandshakeResponse> {
    if (!request.ok) throw undecodable(request, 'bad_handshake');
    const decoded = fromHandshake(request.value);
    if (!decoded.ok) throw undecodable(decoded, 'bad_handshake');
    const { protocolVersion, info } = decoded.value;
    if (protocolVersion !== PEER_PROTOCOL_VERSION) throw protocolMismatch(protocolVersion);
    return toHandshake(await this.#judge(info));
  }

  /** S6: the directory is checked, and if new recorded durably, before any message is believed. */
  async #welcome(hello: PeerHello): Promise<void> {
    if (hello.protocolVersion !== PEER_PROTOCOL_VERSION) throw protocolMismatch(hello.protocolVersion);
    const { clusterId, from, to, directoryId, address } = hello;
    const wrong = checkHello(hello);
    if (wrong !== undefined) throw badInput('bad_handshake', wrong);
    await this.#judge({
      clusterId,
      from,
      to,
      directoryId,
      initialized: true,
      knownDirectories: new Map(),
      addresses: new Map(address === '' ? [] : [[from, address]]),
    });
  }

  async #judge(info: HandshakeInfo): Promise<HandshakeInfo> {
    const handler = this.#deps.handler();
    if (handler === undefined) throw unavailable('this node is starting');
    const answer = await handler.handshake(info);
    if ('refusal' in answer) throw refuse(answer.refusal, answer.message);
    return answer;
  }

  /** A second Connect from a member replaces the first: the newest connection is the live one. */
  #replace(peer: PeerCall): void {
    const old = this.#calls.get(peer.from);
    this.#calls.set(peer.from, peer);
    old?.call.emit('error', plainStatus(grpcStatus.ABORTED, 'replaced by a newer connection'));
  }

  #forget(peer: PeerCall | undefined): void {
    if (peer !== undefined && this.#calls.get(peer.from) === peer) this.#calls.delete(peer.from);
  }

  #refused(from: MemberId, error: PeerError): PeerError {
    if (error.refusal !== undefined) this.#deps.refusals.refused(from, error.refusal, error.message);
    return error;
  }
}
