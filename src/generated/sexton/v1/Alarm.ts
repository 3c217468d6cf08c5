// Original file: proto/sexton/v1/cluster_service.proto

import type { AlarmKind as _sexton_v1_AlarmKind, AlarmKind__Output as _sexton_v1_AlarmKind__Output } from '../../sexton/v1/AlarmKind.js';
import type { Timestamp as _google_protobuf_Timestamp, Timestamp__Output as _google_protobuf_Timestamp__Output } from '../../google/protobuf/Timestamp.js';

/**
 * Something an operator should act on.
 */
export interface Alarm {
  'kind'?: (_sexton_v1_AlarmKind);
  /**
   * The member it is about; 0: the whole cluster.
   */
  'memberId'?: (number);
  /**
   * What was seen and what to do, in English.
   */
  'message'?: (string);
  'raiseTime'?: (_google_protobuf_Timestamp | null);
}

/**
 * Something an operator should act on.
 */
export interface Alarm__Output {
  'kind': (_sexton_v1_AlarmKind__Output);
  /**
   * The member it is about; 0: the whole cluster.
   */
  'memberId': (number);
  /**
   * What was seen and what to do, in English.
   */
  'message': (string);
  'raiseTime': (_google_protobuf_Timestamp__Output | null);
}
