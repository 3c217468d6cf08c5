// Original file: proto/sexton/raft/v1/raft_service.proto

import type { DirectoryState as _sexton_raft_v1_DirectoryState, DirectoryState__Output as _sexton_raft_v1_DirectoryState__Output } from '../../../sexton/raft/v1/DirectoryState.js';

/**
 * The callee about itself; the same fields with the same meaning.
 */
export interface HandshakeResponse {
  'protocolVersion'?: (number);
  'clusterId'?: (string);
  'from'?: (number);
  'to'?: (number);
  'directoryId'?: (string);
  'state'?: (_sexton_raft_v1_DirectoryState);
  'knownDirectories'?: ({[key: number]: string});
  'addresses'?: ({[key: number]: string});
}

/**
 * The callee about itself; the same fields with the same meaning.
 */
export interface HandshakeResponse__Output {
  'protocolVersion': (number);
  'clusterId': (string);
  'from': (number);
  'to': (number);
  'directoryId': (string);
  'state': (_sexton_raft_v1_DirectoryState__Output);
  'knownDirectories': ({[key: number]: string});
  'addresses': ({[key: number]: string});
}
