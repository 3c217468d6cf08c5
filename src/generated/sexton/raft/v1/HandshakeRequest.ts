// Original file: proto/sexton/raft/v1/raft_service.proto

import type { DirectoryState as _sexton_raft_v1_DirectoryState, DirectoryState__Output as _sexton_raft_v1_DirectoryState__Output } from '../../../sexton/raft/v1/DirectoryState.js';

/**
 * The caller about itself.
 */
export interface HandshakeRequest {
  /**
   * 1. Grows only with a change that an older peer would misread.
   */
  'protocolVersion'?: (number);
  /**
   * Empty while JOINING and not told by configuration.
   */
  'clusterId'?: (string);
  'from'?: (number);
  /**
   * Who the caller believes to have reached: a wrong address is noticed before any vote is counted.
   * 0: whoever is there, for a caller whose list of members may be older than all of them.
   */
  'to'?: (number);
  /**
   * Random, 32 lower-case hexadecimal digits, made when the data directory was initialised.
   */
  'directoryId'?: (string);
  'state'?: (_sexton_raft_v1_DirectoryState);
  /**
   * Member id to directory id: for JOINING what it was told so far, for INITIALIZED what is
   * committed, removed members left out. A directory id that contradicts one known here is refused.
   */
  'knownDirectories'?: ({[key: number]: string});
  /**
   * Member id to `host:port`, for a member that was added and knows nobody yet. Empty while JOINING.
   */
  'addresses'?: ({[key: number]: string});
}

/**
 * The caller about itself.
 */
export interface HandshakeRequest__Output {
  /**
   * 1. Grows only with a change that an older peer would misread.
   */
  'protocolVersion': (number);
  /**
   * Empty while JOINING and not told by configuration.
   */
  'clusterId': (string);
  'from': (number);
  /**
   * Who the caller believes to have reached: a wrong address is noticed before any vote is counted.
   * 0: whoever is there, for a caller whose list of members may be older than all of them.
   */
  'to': (number);
  /**
   * Random, 32 lower-case hexadecimal digits, made when the data directory was initialised.
   */
  'directoryId': (string);
  'state': (_sexton_raft_v1_DirectoryState__Output);
  /**
   * Member id to directory id: for JOINING what it was told so far, for INITIALIZED what is
   * committed, removed members left out. A directory id that contradicts one known here is refused.
   */
  'knownDirectories': ({[key: number]: string});
  /**
   * Member id to `host:port`, for a member that was added and knows nobody yet. Empty while JOINING.
   */
  'addresses': ({[key: number]: string});
}
