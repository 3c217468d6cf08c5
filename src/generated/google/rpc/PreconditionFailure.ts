// Original file: proto/google/rpc/error_details.proto


/**
 * One condition that does not hold.
 */
export interface _google_rpc_PreconditionFailure_Violation {
  /**
   * The kind of condition, the same word as the ErrorInfo reason.
   */
  'type'?: (string);
  /**
   * What it is about, for example `streams/tenant/name`.
   */
  'subject'?: (string);
  /**
   * How it can be met, in English.
   */
  'description'?: (string);
}

/**
 * One condition that does not hold.
 */
export interface _google_rpc_PreconditionFailure_Violation__Output {
  /**
   * The kind of condition, the same word as the ErrorInfo reason.
   */
  'type': (string);
  /**
   * What it is about, for example `streams/tenant/name`.
   */
  'subject': (string);
  /**
   * How it can be met, in English.
   */
  'description': (string);
}

/**
 * What has to change in the system before the same call can succeed.
 */
export interface PreconditionFailure {
  'violations'?: (_google_rpc_PreconditionFailure_Violation)[];
}

/**
 * What has to change in the system before the same call can succeed.
 */
export interface PreconditionFailure__Output {
  'violations': (_google_rpc_PreconditionFailure_Violation__Output)[];
}
