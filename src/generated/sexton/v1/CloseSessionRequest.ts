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
   * True: no upload is in flight or unsettled, for any stream. False: the node cannot say, and the
   * session counts as expired: purges wait one `upload_deadline` more.
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
   * True: no upload is in flight or unsettled, for any stream. False: the node cannot say, and the
   * session counts as expired: purges wait one `upload_deadline` more.
   */
  'settled': (boolean);
  'requestId': (string);
}
