// Original file: proto/sexton/v1/storage_service.proto

import type { EstimateBasis as _sexton_v1_EstimateBasis, EstimateBasis__Output as _sexton_v1_EstimateBasis__Output } from '../../sexton/v1/EstimateBasis.js';
import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * How much is left of one purge. A bucket does not say how much it holds: this is what the listing
 * that the purge works by has shown so far, and begins anew with each leader.
 */
export interface PurgeEstimate {
  'basis'?: (_sexton_v1_EstimateBasis);
  /**
   * Objects, versions and markers that are still to be deleted.
   */
  'objectsLeft'?: (number | string | Long);
  /**
   * At the present rate. Absent: there is none yet.
   */
  'timeLeft'?: (_google_protobuf_Duration | null);
}

/**
 * How much is left of one purge. A bucket does not say how much it holds: this is what the listing
 * that the purge works by has shown so far, and begins anew with each leader.
 */
export interface PurgeEstimate__Output {
  'basis': (_sexton_v1_EstimateBasis__Output);
  /**
   * Objects, versions and markers that are still to be deleted.
   */
  'objectsLeft': (number);
  /**
   * At the present rate. Absent: there is none yet.
   */
  'timeLeft': (_google_protobuf_Duration__Output | null);
}
