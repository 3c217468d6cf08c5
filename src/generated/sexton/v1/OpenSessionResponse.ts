// Original file: proto/sexton/v1/ingest_service.proto

import type { Session as _sexton_v1_Session, Session__Output as _sexton_v1_Session__Output } from '../../sexton/v1/Session.js';

/**
 * See OpenSession.
 */
export interface OpenSessionResponse {
  /**
   * The holder counts `lease_remaining` from when it *sent* the request.
   */
  'session'?: (_sexton_v1_Session | null);
}

/**
 * See OpenSession.
 */
export interface OpenSessionResponse__Output {
  /**
   * The holder counts `lease_remaining` from when it *sent* the request.
   */
  'session': (_sexton_v1_Session__Output | null);
}
