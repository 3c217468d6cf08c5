// Original file: proto/sexton/v1/ingest_service.proto

import type { Session as _sexton_v1_Session, Session__Output as _sexton_v1_Session__Output } from '../../sexton/v1/Session.js';

/**
 * See CloseSession.
 */
export interface CloseSessionResponse {
  /**
   * Absent for one that is no longer known.
   */
  'session'?: (_sexton_v1_Session | null);
}

/**
 * See CloseSession.
 */
export interface CloseSessionResponse__Output {
  /**
   * Absent for one that is no longer known.
   */
  'session': (_sexton_v1_Session__Output | null);
}
