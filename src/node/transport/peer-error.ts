/**
 * How a peer's call is refused: the status that it ends with, and the cause that it is counted under. An
 * error without a cause is nobody's fault (this node starts, stops or is busy) and is not counted.
 */
import { Metadata, status as grpcStatus } from '@grpc/grpc-js';
import { refusalStatus } from '../../rpc/raft-handshake.js';
import { PEER_PROTOCOL_VERSION } from '../../rpc/raft-wire.js';
import type { Decoded } from '../../rpc/decoded.js';
import { type CallStatus, toCallStatus } from '../../rpc/status.js';
import { DecodeError } from '../../shared/binary.js';
import { SextonError } from '../../shared/errors.js';
import type { PeerRefusalCause } from './peer-refusals.js';
import type { HandshakeRefusal } from './transport.js';

/** A status on its way out of a handler. */
export class PeerError extends Error {
  override readonly name = 'PeerError';
  readonly status: CallStatus;
  /** What it is counted under; undefined = not refused, only not now. */
  readonly refusal: PeerRefusalCause | undefined;

  constructor(callStatus: CallStatus, refusal: PeerRefusalCause | undefined) {
    super(callStatus.details);
    this.status = callStatus;
    this.refusal = refusal;
  }
}

export const CAUSE_OF_REFUSAL: Readonly<Record<HandshakeRefusal, PeerRefusalCause>> = {
  CLUSTER_MISMATCH: 'cluster_mismatch',
  DIRECTORY_MISMATCH: 'directory_mismatch',
  NOT_A_MEMBER: 'not_a_member',
  WRONG_MEMBER: 'wrong_member',
  PROTOCOL_MISMATCH: 'protocol_mismatch',
};

/** For good: no retry mends it. */
export function refuse(refusal: HandshakeRefusal, message: string): PeerError {
  return new PeerError(refusalStatus(refusal, message), CAUSE_OF_REFUSAL[refusal]);
}

export function protocolMismatch(version: number): PeerError {
  return refuse(
    'PROTOCOL_MISMATCH',
    `protocol version ${version} was offered, this node speaks ${PEER_PROTOCOL_VERSION}`,
  );
}

export function badInput(cause: PeerRefusalCause, details: string): PeerError {
  return new PeerError(plainStatus(grpcStatus.INVALID_ARGUMENT, details), cause);
}

/** What did not decode. `cause`: for anything but a checksum. */
export function undecodable(
  failed: Extract<Decoded<never>, { ok: false }>,
  cause: PeerRefusalCause,
): PeerError {
  return failed.code === 'DATA_LOSS'
    ? new PeerError(plainStatus(grpcStatus.DATA_LOSS, failed.cause), 'checksum')
    : badInput(cause, failed.cause);
}

export function unavailable(details: string): PeerError {
  return new PeerError(plainStatus(grpcStatus.UNAVAILABLE, details), undefined);
}

export function plainStatus(code: grpcStatus, details: string): CallStatus {
  return { code, details, metadata: new Metadata() };
}

/** Any error of a handler. */
export function peerErrorOf(error: unknown): PeerError {
  if (error instanceof PeerError) return error;
  if (error instanceof SextonError) return new PeerError(toCallStatus(error), undefined);
  if (error instanceof DecodeError) {
    return new PeerError(plainStatus(grpcStatus.DATA_LOSS, error.message), 'bad_snapshot');
  }
  const text = error instanceof Error ? error.message : String(error);
  return new PeerError(plainStatus(grpcStatus.INTERNAL, text), undefined);
}
