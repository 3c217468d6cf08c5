// Original file: proto/sexton/v1/storage_service.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * Last, once.
 */
export interface AuditSummary {
  /**
   * False: some listing failed or was cut short, see `incomplete_reason`.
   */
  'complete'?: (boolean);
  'incompleteReason'?: (string);
  'objectsListed'?: (number | string | Long);
  'bytesListed'?: (number | string | Long);
  /**
   * Of every kind but USAGE.
   */
  'findingCount'?: (number | string | Long);
  /**
   * Of the kinds that are leftovers.
   */
  'leftoverObjects'?: (number | string | Long);
  'leftoverBytes'?: (number | string | Long);
  'elapsed'?: (_google_protobuf_Duration | null);
}

/**
 * Last, once.
 */
export interface AuditSummary__Output {
  /**
   * False: some listing failed or was cut short, see `incomplete_reason`.
   */
  'complete': (boolean);
  'incompleteReason': (string);
  'objectsListed': (number);
  'bytesListed': (number);
  /**
   * Of every kind but USAGE.
   */
  'findingCount': (number);
  /**
   * Of the kinds that are leftovers.
   */
  'leftoverObjects': (number);
  'leftoverBytes': (number);
  'elapsed': (_google_protobuf_Duration__Output | null);
}
