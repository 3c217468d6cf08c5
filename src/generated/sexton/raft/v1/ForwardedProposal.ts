// Original file: proto/sexton/raft/v1/raft_service.proto

import type { Long } from '@grpc/proto-loader';

/**
 * A command that reached a node which does not lead. No acknowledgement: the proposer sees the
 * result when it applies the entry itself, or a refusal, or its deadline, which then is
 * OUTCOME_UNKNOWN.
 */
export interface ForwardedProposal {
  /**
   * The proposer's, unique within its boot.
   */
  'proposalSequence'?: (number | string | Long);
  /**
   * Hello.boot_id of the proposer: a result is never matched to a call of an earlier process.
   */
  'proposerBootId'?: (number | string | Long);
  /**
   * At most 1 MiB.
   */
  'command'?: (Buffer | Uint8Array | string);
}

/**
 * A command that reached a node which does not lead. No acknowledgement: the proposer sees the
 * result when it applies the entry itself, or a refusal, or its deadline, which then is
 * OUTCOME_UNKNOWN.
 */
export interface ForwardedProposal__Output {
  /**
   * The proposer's, unique within its boot.
   */
  'proposalSequence': (number);
  /**
   * Hello.boot_id of the proposer: a result is never matched to a call of an earlier process.
   */
  'proposerBootId': (number);
  /**
   * At most 1 MiB.
   */
  'command': (Buffer);
}
