/**
 * The callee's side of a snapshot's stream: frames are checked one by one, and only what is in order and
 * undamaged reaches the node. A stream that ends without its end frame was cut, whatever arrived.
 */
import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import type { InstallSnapshotRequest__Output } from '../../generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotResponse } from '../../generated/sexton/raft/v1/InstallSnapshotResponse.js';
import type { OfferSnapshotRequest__Output } from '../../generated/sexton/raft/v1/OfferSnapshotRequest.js';
import type { OfferSnapshotResponse } from '../../generated/sexton/raft/v1/OfferSnapshotResponse.js';
import type { MemberId } from '../../raft/types.js';
import type { Decoded } from '../../rpc/decoded.js';
import type { RaftServiceHandlers } from '../../rpc/raft-service.js';
import {
  readSnapshotHeader,
  type SnapshotFrame,
  SnapshotFrameReader,
  type SnapshotPreamble,
} from '../../rpc/raft-snapshot-wire.js';
import type { CallStatus } from '../../rpc/status.js';
import { DecodeError } from '../../shared/binary.js';
import { badInput, peerErrorOf, refuse, unavailable, undecodable } from './peer-error.js';
import type { PeerRefusals } from './peer-refusals.js';
import type { HandshakeInfo, TransportHandler } from './transport.js';

export interface SnapshotHandlersDeps {
  readonly handler: () => TransportHandler | undefined;
  /** This node about itself, now. */
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly refusals: PeerRefusals;
  readonly isConnected: (from: MemberId) => boolean;
}

type Frames = ServerReadableStream<Decoded<InstallSnapshotRequest__Output>, InstallSnapshotResponse>;

export class SnapshotHandlers {
  readonly #deps: SnapshotHandlersDeps;

  constructor(deps: SnapshotHandlersDeps) {
    this.#deps = deps;
  }

  get service(): Pick<RaftServiceHandlers, 'OfferSnapshot' | 'InstallSnapshot'> {
    return {
      OfferSnapshot: (call, callback) => {
        this.#onOfferSnapshot(call.request, callback);
      },
      InstallSnapshot: (call, callback) => {
        this.#onInstallSnapshot(call, callback);
      },
    };
  }

  #onOfferSnapshot(
    request: Decoded<OfferSnapshotRequest__Output>,
    callback: sendUnaryData<OfferSnapshotResponse>,
  ): void {
    this.#offer(request).then(
      (response) => {
        callback(null, response);
      },
      (error: unknown) => {
        const from = request.ok ? (request.value.header?.from ?? 0) : 0;
        callback(this.#refused(from, error));
      },
    );
  }

  async #offer(request: Decoded<OfferSnapshotRequest__Output>): Promise<OfferSnapshotResponse> {
    if (!request.ok) throw undecodable(request, 'bad_frame');
    if (!request.value.header) throw badInput('bad_snapshot', 'an offer without a header');
    const header = readSnapshotHeader(request.value.header);
    if (!header.ok) throw undecodable(header, 'bad_snapshot');
    const { preamble } = header.value;
    const handler = this.#checkPreamble(preamble);
    const answer = await handler.offerSnapshot({
      from: preamble.from,
      term: preamble.term,
      header: preamble.header,
    });
    if (answer.kind === 'notWanted') {
      return { term: answer.term, wanted: false, matchIndex: answer.matchIndex };
    }
    const { chunks, checksum } = answer.held;
    return { term: preamble.term, wanted: true, heldChunks: chunks, heldChecksum: checksum };
  }

  #refused(from: MemberId, error: unknown): CallStatus {
    const { status, refusal, message } = peerErrorOf(error);
    if (refusal !== undefined) this.#deps.refusals.refused(from, refusal, message);
    return status;
  }

  #onInstallSnapshot(call: Frames, callback: sendUnaryData<InstallSnapshotResponse>): void {
    let from: MemberId = 0;
    const install = this.#install(call, (claimed) => {
      from = claimed;
    });
    install.then(
      ({ term, matchIndex }) => {
        callback(null, { term, matchIndex });
      },
      (error: unknown) => {
        callback(this.#refused(from, error));
      },
    );
  }

  async #install(
    call: Frames,
    claimed: (from: MemberId) => void,
  ): Promise<{ readonly term: number; readonly matchIndex: number }> {
    const reader = new SnapshotFrameReader();
    const frames = call[Symbol.asyncIterator]() as AsyncIterator<Decoded<InstallSnapshotRequest__Output>>;
    const next = async (): Promise<SnapshotFrame> => {
      const result = await frames.next();
      if (result.done === true) {
        // A connection that broke is nobody's fault; a sender that says it is done and is not, is.
        if (call.cancelled) throw unavailable('the snapshot was cut off');
        throw new DecodeError('the snapshot ended before its end frame');
      }
      return takeFrame(reader, result.value);
    };
    const first = await next();
    if (first.kind !== 'header') throw badInput('bad_snapshot', 'a snapshot without a header');
    const { preamble, after } = first;
    claimed(preamble.from);
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
      ...(after.chunks > 0 ? { after } : {}),
      chunks: chunks(),
    });
  }

  #checkPreamble(preamble: SnapshotPreamble): TransportHandler {
    const handler = this.#deps.handler();
    if (handler === undefined) throw unavailable('this node is starting');
    const self = this.#deps.info(preamble.from);
    if (preamble.clusterId !== self.clusterId) {
      throw refuse('CLUSTER_MISMATCH', `this is cluster '${self.clusterId}'`);
    }
    if (preamble.to !== self.from) throw refuse('WRONG_MEMBER', `this is member ${self.from}`);
    if (!this.#deps.isConnected(preamble.from)) {
      throw unavailable(`member ${preamble.from} is not connected`);
    }
    return handler;
  }
}

function takeFrame(
  reader: SnapshotFrameReader,
  request: Decoded<InstallSnapshotRequest__Output>,
): SnapshotFrame {
  if (!request.ok) throw undecodable(request, 'bad_frame');
  const frame = reader.read(request.value);
  if (!frame.ok) throw undecodable(frame, 'bad_snapshot');
  return frame.value;
}
