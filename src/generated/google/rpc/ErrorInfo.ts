// Original file: proto/google/rpc/error_details.proto


/**
 * Why the call failed, for programs: `(domain, reason)` is stable, messages are not.
 */
export interface ErrorInfo {
  /**
   * UPPER_SNAKE_CASE, at most 63 characters; one of a closed set within `domain`.
   */
  'reason'?: (string);
  /**
   * Always `sexton` for errors that Sexton itself makes.
   */
  'domain'?: (string);
  /**
   * What a program may need to go on, for example the leader's address.
   */
  'metadata'?: ({[key: string]: string});
}

/**
 * Why the call failed, for programs: `(domain, reason)` is stable, messages are not.
 */
export interface ErrorInfo__Output {
  /**
   * UPPER_SNAKE_CASE, at most 63 characters; one of a closed set within `domain`.
   */
  'reason': (string);
  /**
   * Always `sexton` for errors that Sexton itself makes.
   */
  'domain': (string);
  /**
   * What a program may need to go on, for example the leader's address.
   */
  'metadata': ({[key: string]: string});
}
