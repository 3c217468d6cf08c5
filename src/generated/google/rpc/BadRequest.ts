// Original file: proto/google/rpc/error_details.proto


/**
 * One refused field.
 */
export interface _google_rpc_BadRequest_FieldViolation {
  /**
   * Path to the field, for example `stream.labels["team"]`.
   */
  'field'?: (string);
  /**
   * What is wrong with it, in English.
   */
  'description'?: (string);
  /**
   * UPPER_SNAKE_CASE; may be empty.
   */
  'reason'?: (string);
}

/**
 * One refused field.
 */
export interface _google_rpc_BadRequest_FieldViolation__Output {
  /**
   * Path to the field, for example `stream.labels["team"]`.
   */
  'field': (string);
  /**
   * What is wrong with it, in English.
   */
  'description': (string);
  /**
   * UPPER_SNAKE_CASE; may be empty.
   */
  'reason': (string);
}

/**
 * Which fields of the request were refused, all of them and not only the first.
 */
export interface BadRequest {
  'fieldViolations'?: (_google_rpc_BadRequest_FieldViolation)[];
}

/**
 * Which fields of the request were refused, all of them and not only the first.
 */
export interface BadRequest__Output {
  'fieldViolations': (_google_rpc_BadRequest_FieldViolation__Output)[];
}
