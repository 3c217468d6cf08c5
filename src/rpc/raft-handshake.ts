/**
 * Handshakes between members: who is there, and the refusals that no retry mends (S6). The same shape
 * is asked and answered. Refusals are FAILED_PRECONDITION with the refusal as the reason; they are not
 * among the reasons that callers of the public API see.
 */
import { status } from '@grpc/grpc-js';
import type { ConnectResponse__Output } from '../generated/sexton/raft/v1/ConnectResponse.js';
import type {
  HandshakeRequest,
  HandshakeRequest__Output,
} from '../generated/sexton/raft/v1/HandshakeRequest.js';
import type { HandshakeResponse__Output } from '../generated/sexton/raft/v1/HandshakeResponse.js';
import type { HandshakeInfo, HandshakeRefusal } from '../node/transport/transport.js';
import type { Decoded } from './decoded.js';
import { PEER_PROTOCOL_VERSION, type PeerHello } from './raft-wire.js';
import { type CallStatus, callStatusOf, errorDetails } from './status.js';

const REFUSALS: Readonly<Record<HandshakeRefusal, true>> = {
  CLUSTER_MISMATCH: true,
  DIRECTORY_MISMATCH: true,
  NOT_A_MEMBER: true,
  WRONG_MEMBER: true,
  PROTOCOL_MISMATCH: true,
};

const DIRECTORY_ID = /^[0-9a-f]{32}$/;
/** Only that it can be one: who cannot be reached there, is not. */
const ADDRESS = /^\S{1,300}$/;
const MEMBERS_MAX = 1000;

/** Serves as request and as response. */
export function toHandshake(info: HandshakeInfo): HandshakeRequest {
  return {
    protocolVersion: PEER_PROTOCOL_VERSION,
    clusterId: info.clusterId,
    from: info.from,
    to: info.to,
    directoryId: info.directoryId,
    state: info.initialized ? 'DIRECTORY_STATE_INITIALIZED' : 'DIRECTORY_STATE_JOINING',
    knownDirectories: Object.fromEntries(info.knownDirectories),
    addresses: Object.fromEntries(info.addresses ?? []),
  };
}

/** `protocolVersion` is for the receiver to judge: PROTOCOL_MISMATCH is its refusal to give. */
export function fromHandshake(
  message: HandshakeRequest__Output | HandshakeResponse__Output,
): Decoded<{ readonly protocolVersion: number; readonly info: HandshakeInfo }> {
  const refuse = (cause: string): Decoded<never> => ({ ok: false, code: 'INVALID_ARGUMENT', cause });
  const { protocolVersion, clusterId, from, to, directoryId, state } = message;
  if (from === 0) return refuse('a handshake without `from`');
  if (!DIRECTORY_ID.test(directoryId)) return refuse('directory_id is not 32 lower-case hexadecimal digits');
  if (state !== 'DIRECTORY_STATE_JOINING' && state !== 'DIRECTORY_STATE_INITIALIZED') {
    return refuse(`unknown directory state ${state}`);
  }
  const knownDirectories = membersOf(message.knownDirectories, DIRECTORY_ID);
  if (typeof knownDirectories === 'string') return refuse(`known_directories has ${knownDirectories}`);
  const addresses = membersOf(message.addresses, ADDRESS);
  if (typeof addresses === 'string') return refuse(`addresses has ${addresses}`);
  const info: HandshakeInfo = {
    clusterId,
    from,
    to,
    directoryId,
    initialized: state === 'DIRECTORY_STATE_INITIALIZED',
    knownDirectories,
    ...(addresses.size === 0 ? {} : { addresses }),
  };
  return { ok: true, value: { protocolVersion, info } };
}

/** A map by member id, or what is wrong with it. */
function membersOf(map: Readonly<Record<number, string>>, value: RegExp): Map<number, string> | string {
  const pairs = Object.entries(map);
  if (pairs.length > MEMBERS_MAX) return `${pairs.length} members`;
  const members = new Map<number, string>();
  for (const [key, text] of pairs) {
    const member = Number(key);
    if (!Number.isInteger(member) || member < 1 || member > 0xffff_ffff || !value.test(text)) {
      return `a bad pair for member ${key}`;
    }
    members.set(member, text);
  }
  return members;
}

/** What makes no sense in a Hello, whoever it comes from; undefined = nothing. */
export function checkHello(hello: PeerHello): string | undefined {
  if (hello.from === 0 || hello.to === 0) return 'a Hello without `from` or `to`';
  if (!DIRECTORY_ID.test(hello.directoryId)) return 'directory_id is not 32 lower-case hexadecimal digits';
  if (hello.address !== '' && !ADDRESS.test(hello.address)) return 'address is none';
  return undefined;
}

/** What is wrong with the answer to Hello; undefined = nothing. `known`: the callee's directory, if known. */
export function checkHelloAck(
  response: ConnectResponse__Output,
  known: string | undefined,
):
  | { readonly refusal: 'PROTOCOL_MISMATCH' | 'DIRECTORY_MISMATCH'; readonly message: string }
  | { readonly refusal: undefined; readonly message: string }
  | undefined {
  const { helloAck } = response;
  if (!helloAck) return { refusal: undefined, message: 'an answer to Hello that is no HelloAck' };
  const { protocolVersion, directoryId } = helloAck;
  if (protocolVersion !== PEER_PROTOCOL_VERSION) {
    return {
      refusal: 'PROTOCOL_MISMATCH',
      message: `it speaks protocol version ${protocolVersion}, this node ${PEER_PROTOCOL_VERSION}`,
    };
  }
  if (known !== undefined && directoryId !== known) {
    const message = `it is known with data directory ${known}, not ${directoryId.slice(0, 32)}: its disk was wiped or replaced`;
    return { refusal: 'DIRECTORY_MISMATCH', message };
  }
  return undefined;
}

/** How a handshake, a Connect or an InstallSnapshot is refused for good. */
export function refusalStatus(refusal: HandshakeRefusal, message: string): CallStatus {
  return callStatusOf({
    code: status.FAILED_PRECONDITION,
    message,
    reason: refusal,
    metadata: {},
    violations: [],
    retryAfterMs: undefined,
  });
}

/** Undefined: the call failed for another reason, and another try may succeed. */
export function refusalOf(
  error: unknown,
): { readonly refusal: HandshakeRefusal; readonly message: string } | undefined {
  const details = errorDetails(error);
  if (details === undefined || !isRefusal(details.reason)) return undefined;
  return { refusal: details.reason, message: details.message };
}

function isRefusal(reason: string): reason is HandshakeRefusal {
  return Object.hasOwn(REFUSALS, reason);
}
