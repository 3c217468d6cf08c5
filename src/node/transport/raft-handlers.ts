/**
 * The callee's side of RaftService: answers handshakes, and takes frames and snapshots from peers that
 * proved who they are. What cannot be right (another cluster, another directory, frames that do not
 * decode, messages in another's name) ends the call with a status that says so, is counted, and is
 * logged once per peer and cause: a broken peer must not fill the log.
 */
import type { sendUnaryData, ServerDuplexStream, ServerReadableStream, ServerUnaryCall } from '@grpc/grpc-js';
import { Metadata, status as grpcStatus } from '@grpc/grpc-js';
import type { ConnectResponse } from '../../generated/sexton/raft/v1/ConnectResponse.js';
import type { HandshakeRequest__Output } from '../../generated/sexton/raft/v1/HandshakeRequest.js';
import type { HandshakeResponse } from '../../generated/sexton/raft/v1/HandshakeResponse.js';
import type { InstallSnapshotRequest__Output } from '../../generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotResponse } from '../../generated/sexton/raft/v1/InstallSnapshotResponse.js';
import type { MemberId } from '../../raft/types.js';
import type { Decoded } from '../../rpc/decoded.js';
import { fromHandshake, refusalStatus, toHandshake } from '../../rpc/raft-handshake.js';
import type { RaftServiceHandlers } from '../../rpc/raft-service.js';
import { SnapshotFrameReader, type SnapshotPreamble } from '../../rpc/raft-snapshot-wire.js';
import {
  checkEnvelopes,
  PEER_PROTOCOL_VERSION,
  type PeerFrame,
  type PeerHello,
} from '../../rpc/raft-wire.js';
import { type CallStatus, toCallStatus } from '../../rpc/status.js';
import { DecodeError } from '../../shared/binary.js';
import { SextonError } from '../../shared/errors.js';
import type { Logger } from '../../shared/logger.js';
import type { HandshakeInfo, TransportHandler } from './transport.js';

export interface RaftHandlersDeps {
  readonly handler: () => TransportHandler | undefined;
  /** This node about itself, now. */
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly logger: Logger;
  readonly boot: number;
}

interface PeerCall {
  readonly from: MemberId;
  readonly call: ServerDuplexStream<Decoded<PeerFrame>, ConnectResponse>;
}

/** Causes remembered for logging once; beyond it none is logged again. */
const LOGGED_CAUSES = 1_000;

export class RaftHandlers {
  readonly #deps: RaftHandlersDeps;
  readonly #calls = new Map<MemberId, PeerCall>();
  readonly #logged = new Set<string>();

  constructor(deps: RaftHandlersDeps) {
    this.#deps = deps;
  }

  /** What the listener's server adds. */
  get service(): RaftServiceHandlers {
    return {
      Handshake: (call, callback) => {
        this.#onHandshake(call, callback);
      },
      Connect: (call) => {
        this.#onConnect(call);
      },
      InstallSnapshot: (call, callback) => {
        this.#onInstallSnapshot(call, callback);
      },
    };
  }

  /** Ends the calls of peers, so that the server can close. */
  close(): void {
    for (const { call } of this.#calls.values()) {
      call.emit('error', plainStatus(grpcStatus.UNAVAILABLE, 'this node is stopping'));
    }
    this.#calls.clear();
  }

  #onHandshake(
    call: ServerUnaryCall<HandshakeRequest__Output, HandshakeResponse>,
    callback: sendUnaryData<HandshakeResponse>,
  ): void {
    this.#handshake(call.request).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        callback(statusOf(error));
      },
    );
  }

  #onConnect(call: ServerDuplexStream<Decoded<PeerFrame>, ConnectResponse>): void {
    let peer: PeerCall | undefined;
    let rejected = false;
    const reject = (from: MemberId, error: CallStatus): void => {
      if (rejected) return;
      rejected = true;
      this.#logOnce(from, error.details);
      this.#forget(peer);
      call.emit('error', error);
    };
    const onFrame = (frame: Decoded<PeerFrame>): void => {
      if (rejected) return;
      if (!frame.ok) {
        const code = frame.code === 'DATA_LOSS' ? grpcStatus.DATA_LOSS : grpcStatus.INVALID_ARGUMENT;
        reject(peer?.from ?? 0, plainStatus(code, frame.cause));
      } else if (peer === undefined) {
        if (frame.value.kind !== 'hello') {
          reject(0, plainStatus(grpcStatus.INVALID_ARGUMENT, 'the first frame must be Hello'));
          return;
        }
        const { hello } = frame.value;
        // Nothing more is read until the peer has proved itself: its votes must not count before.
        call.pause();
        this.#welcome(hello).then(
          () => {
            if (rejected) return;
            peer = { from: hello.from, call };
            this.#replace(peer);
            const { directoryId } = this.#deps.info(hello.from);
            call.write({
              helloAck: { protocolVersion: PEER_PROTOCOL_VERSION, directoryId, bootId: this.#deps.boot },
            });
            call.resume();
          },
          (error: unknown) => {
            reject(hello.from, statusOf(error));
          },
        );
      } else if (frame.value.kind === 'hello') {
        reject(peer.from, plainStatus(grpcStatus.INVALID_ARGUMENT, 'a second Hello'));
      } else {
        this.#receive(peer, frame.value, reject);
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

  #onInstallSnapshot(
    call: ServerReadableStream<InstallSnapshotRequest__Output, InstallSnapshotResponse>,
    callback: sendUnaryData<InstallSnapshotResponse>,
  ): void {
    this.#installSnapshot(call).then(
      ({ term, matchIndex }) => {
        callback(null, { term, matchIndex });
      },
      (error: unknown) => {
        this.#logOnce(0, `snapshot: ${error instanceof Error ? error.message : String(error)}`);
        callback(statusOf(error));
      },
    );
  }

  #receive(
    peer: PeerCall,
    frame: Extract<PeerFrame, { kind: 'batch' }>,
    reject: (from: MemberId, error: CallStatus) => void,
  ): void {
    const handler = this.#deps.handler();
    if (handler === undefined) return;
    const forged = checkEnvelopes(frame.items, { from: peer.from, to: this.#deps.info(peer.from).from });
    if (forged !== undefined) {
      reject(peer.from, plainStatus(grpcStatus.INVALID_ARGUMENT, forged));
      return;
    }
    for (const item of frame.items) handler.receive(peer.from, item);
  }

  async #handshake(request: HandshakeRequest__Output): Promise<HandshakeResponse> {
    const decoded = fromHandshake(request);
    if (!decoded.ok) throw new PeerError(plainStatus(grpcStatus.INVALID_ARGUMENT, decoded.cause));
    const { protocolVersion, info } = decoded.value;
    if (protocolVersion !== PEER_PROTOCOL_VERSION) throw new PeerError(protocolMismatch(protocolVersion));
    const handler = this.#deps.handler();
    if (handler === undefined)
      throw new PeerError(plainStatus(grpcStatus.UNAVAILABLE, 'this node is starting'));
    const answer = await handler.handshake(info);
    if ('refusal' in answer) {
      this.#logOnce(info.from, answer.message);
      throw new PeerError(refusalStatus(answer.refusal, answer.message));
    }
    return toHandshake(answer);
  }

  /** S6: the directory is checked, and if new recorded durably, before any message is believed. */
  async #welcome(hello: PeerHello): Promise<void> {
    if (hello.protocolVersion !== PEER_PROTOCOL_VERSION)
      throw new PeerError(protocolMismatch(hello.protocolVersion));
    const handler = this.#deps.handler();
    if (handler === undefined)
      throw new PeerError(plainStatus(grpcStatus.UNAVAILABLE, 'this node is starting'));
    const { clusterId, from, to, directoryId } = hello;
    const answer = await handler.handshake({
      clusterId,
      from,
      to,
      directoryId,
      initialized: true,
      knownDirectories: new Map(),
    });
    if ('refusal' in answer) throw new PeerError(refusalStatus(answer.refusal, answer.message));
  }

  async #installSnapshot(
    call: ServerReadableStream<InstallSnapshotRequest__Output, InstallSnapshotResponse>,
  ): Promise<{ readonly term: number; readonly matchIndex: number }> {
    const reader = new SnapshotFrameReader();
    const frames = call[Symbol.asyncIterator]() as AsyncIterator<InstallSnapshotRequest__Output>;
    const next = async (): Promise<ReturnType<typeof takeFrame>> => {
      const result = await frames.next();
      if (result.done === true) throw new DecodeError('the snapshot ended before its end frame');
      return takeFrame(reader, result.value);
    };
    const first = await next();
    if (first.kind !== 'header') throw new DecodeError('a snapshot without a header');
    const { preamble } = first;
    const handler = this.#checkPreamble(preamble);
    async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
      for (let frame = await next(); frame.kind !== 'end'; frame = await next()) {
        if (frame.kind === 'chunk') yield frame.data;
      }
    }
    return handler.receiveSnapshot({
      from: preamble.from,
      term: preamble.term,
      header: preamble.header,
      chunks: chunks(),
    });
  }

  #checkPreamble(preamble: SnapshotPreamble): TransportHandler {
    const handler = this.#deps.handler();
    if (handler === undefined)
      throw new PeerError(plainStatus(grpcStatus.UNAVAILABLE, 'this node is starting'));
    const self = this.#deps.info(preamble.from);
    if (preamble.clusterId !== self.clusterId) {
      throw new PeerError(refusalStatus('CLUSTER_MISMATCH', `this is cluster '${self.clusterId}'`));
    }
    if (preamble.to !== self.from)
      throw new PeerError(refusalStatus('WRONG_MEMBER', `this is member ${self.from}`));
    // A snapshot without a standing connection from its sender is nobody's.
    if (!this.#calls.has(preamble.from)) {
      throw new PeerError(plainStatus(grpcStatus.UNAVAILABLE, `member ${preamble.from} is not connected`));
    }
    return handler;
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

  #logOnce(from: MemberId, cause: string): void {
    const key = `${from} ${cause}`;
    if (this.#logged.has(key) || this.#logged.size >= LOGGED_CAUSES) return;
    this.#logged.add(key);
    this.#deps.logger.warn({ peer: from, cause }, 'refused a peer');
  }
}

/** A status on its way out of a handler. */
class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly status: CallStatus;

  constructor(callStatus: CallStatus) {
    super(callStatus.details);
    this.status = callStatus;
  }
}

function takeFrame(reader: SnapshotFrameReader, request: InstallSnapshotRequest__Output) {
  const frame = reader.read(request);
  if (!frame.ok) {
    const code = frame.code === 'DATA_LOSS' ? grpcStatus.DATA_LOSS : grpcStatus.INVALID_ARGUMENT;
    throw new PeerError(plainStatus(code, frame.cause));
  }
  return frame.value;
}

function plainStatus(code: grpcStatus, details: string): CallStatus {
  return { code, details, metadata: new Metadata() };
}

function protocolMismatch(version: number): CallStatus {
  return refusalStatus(
    'PROTOCOL_MISMATCH',
    `protocol version ${version} was offered, this node speaks ${PEER_PROTOCOL_VERSION}`,
  );
}

function statusOf(error: unknown): CallStatus {
  if (error instanceof PeerError) return error.status;
  if (error instanceof SextonError) return toCallStatus(error);
  if (error instanceof DecodeError) return plainStatus(grpcStatus.DATA_LOSS, error.message);
  return plainStatus(grpcStatus.INTERNAL, error instanceof Error ? error.message : String(error));
}
