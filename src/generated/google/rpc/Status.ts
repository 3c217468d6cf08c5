// Original file: proto/google/rpc/status.proto

import type { Any as _google_protobuf_Any, Any__Output as _google_protobuf_Any__Output } from '../../google/protobuf/Any.js';

/**
 * What a failed call ended with. gRPC carries it in the `grpc-status-details-bin` trailer.
 */
export interface Status {
  /**
   * A value of google.rpc.Code, which are the gRPC status codes.
   */
  'code'?: (number);
  /**
   * For a developer, in English. Programs look at `details`.
   */
  'message'?: (string);
  /**
   * At most one message of each type; always exactly one ErrorInfo.
   */
  'details'?: (_google_protobuf_Any)[];
}

/**
 * What a failed call ended with. gRPC carries it in the `grpc-status-details-bin` trailer.
 */
export interface Status__Output {
  /**
   * A value of google.rpc.Code, which are the gRPC status codes.
   */
  'code': (number);
  /**
   * For a developer, in English. Programs look at `details`.
   */
  'message': (string);
  /**
   * At most one message of each type; always exactly one ErrorInfo.
   */
  'details': (_google_protobuf_Any__Output)[];
}
