// Original file: proto/sexton/v1/stream_service.proto

import type { Consistency as _sexton_v1_Consistency, Consistency__Output as _sexton_v1_Consistency__Output } from '../../sexton/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See GetStream.
 */
export interface GetStreamRequest {
  'tenant'?: (string);
  /**
   * Required.
   */
  'name'?: (string);
  /**
   * 0: the latest life, whatever its state. An older one is answered until it is forgotten.
   */
  'incarnation'?: (number | string | Long);
  'consistency'?: (_sexton_v1_Consistency);
}

/**
 * See GetStream.
 */
export interface GetStreamRequest__Output {
  'tenant': (string);
  /**
   * Required.
   */
  'name': (string);
  /**
   * 0: the latest life, whatever its state. An older one is answered until it is forgotten.
   */
  'incarnation': (number);
  'consistency': (_sexton_v1_Consistency__Output);
}
