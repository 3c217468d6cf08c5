// Original file: proto/sexton/v1/ingest_service.proto

import type { Session as _sexton_v1_Session, Session__Output as _sexton_v1_Session__Output } from '../../sexton/v1/Session.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See ListSessions.
 */
export interface ListSessionsResponse {
  /**
   * OPEN and EXPIRED; a CLOSED session is not kept.
   */
  'sessions'?: (_sexton_v1_Session)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken'?: (string);
  'revision'?: (number | string | Long);
}

/**
 * See ListSessions.
 */
export interface ListSessionsResponse__Output {
  /**
   * OPEN and EXPIRED; a CLOSED session is not kept.
   */
  'sessions': (_sexton_v1_Session__Output)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken': (string);
  'revision': (number);
}
