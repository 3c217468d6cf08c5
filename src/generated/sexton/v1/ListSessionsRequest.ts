// Original file: proto/sexton/v1/ingest_service.proto


/**
 * See ListSessions.
 */
export interface ListSessionsRequest {
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize'?: (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged.
   */
  'pageToken'?: (string);
  /**
   * Only this node's; empty: all.
   */
  'nodeId'?: (string);
  /**
   * Only sessions that some purge waits for.
   */
  'waitingOnly'?: (boolean);
}

/**
 * See ListSessions.
 */
export interface ListSessionsRequest__Output {
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize': (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged.
   */
  'pageToken': (string);
  /**
   * Only this node's; empty: all.
   */
  'nodeId': (string);
  /**
   * Only sessions that some purge waits for.
   */
  'waitingOnly': (boolean);
}
