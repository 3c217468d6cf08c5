// Original file: proto/sexton/v1/ingest_service.proto


/**
 * See CloseSession.
 */
export interface CloseSessionRequest {
  /**
   * Required.
   */
  'sessionId'?: (string);
  /**
   * True: no upload is in flight or unsettled, for any stream. False: nobody can say, and the session
   * counts as expired: purges wait one `ttl`, since its holder may not know yet that it was closed,
   * and one `upload_deadline` more.
   */
  'settled'?: (boolean);
  'requestId'?: (string);
}

/**
 * See CloseSession.
 */
export interface CloseSessionRequest__Output {
  /**
   * Required.
   */
  'sessionId': (string);
  /**
   * True: no upload is in flight or unsettled, for any stream. False: nobody can say, and the session
   * counts as expired: purges wait one `ttl`, since its holder may not know yet that it was closed,
   * and one `upload_deadline` more.
   */
  'settled': (boolean);
  'requestId': (string);
}
