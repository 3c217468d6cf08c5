// Original file: proto/sexton/v1/cluster_service.proto

import type { StreamState as _sexton_v1_StreamState, StreamState__Output as _sexton_v1_StreamState__Output } from '../../sexton/v1/StreamState.js';
import type { Long } from '@grpc/proto-loader';

/**
 * How many streams are in one state.
 */
export interface StreamStateCount {
  'state'?: (_sexton_v1_StreamState);
  'count'?: (number | string | Long);
}

/**
 * How many streams are in one state.
 */
export interface StreamStateCount__Output {
  'state': (_sexton_v1_StreamState__Output);
  'count': (number);
}
