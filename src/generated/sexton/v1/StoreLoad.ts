// Original file: proto/sexton/v1/purge.proto

import type { Duration as _google_protobuf_Duration, Duration__Output as _google_protobuf_Duration__Output } from '../../google/protobuf/Duration.js';
import type { Long } from '@grpc/proto-loader';

/**
 * The requests that purging makes of the object store, and what bounds them.
 */
export interface StoreLoad {
  'requestsInFlight'?: (number);
  /**
   * Allowed at once just now: grows while the store keeps up, halves when it says slow down.
   */
  'concurrencyLimit'?: (number);
  /**
   * As configured: `concurrency_limit` grows no further.
   */
  'concurrencyMax'?: (number);
  /**
   * As configured; 0: no cap.
   */
  'requestsPerSecondMax'?: (number);
  /**
   * Started over the last 10 seconds.
   */
  'requestsPerSecond'?: (number | string);
  /**
   * Requests that wait for their turn.
   */
  'requestsWaiting'?: (number);
  /**
   * Answers that said slow down, since this leader leads.
   */
  'throttledTotal'?: (number | string | Long);
  /**
   * Present while nothing is sent because the store said slow down: for how much longer.
   */
  'quiet'?: (_google_protobuf_Duration | null);
}

/**
 * The requests that purging makes of the object store, and what bounds them.
 */
export interface StoreLoad__Output {
  'requestsInFlight': (number);
  /**
   * Allowed at once just now: grows while the store keeps up, halves when it says slow down.
   */
  'concurrencyLimit': (number);
  /**
   * As configured: `concurrency_limit` grows no further.
   */
  'concurrencyMax': (number);
  /**
   * As configured; 0: no cap.
   */
  'requestsPerSecondMax': (number);
  /**
   * Started over the last 10 seconds.
   */
  'requestsPerSecond': (number);
  /**
   * Requests that wait for their turn.
   */
  'requestsWaiting': (number);
  /**
   * Answers that said slow down, since this leader leads.
   */
  'throttledTotal': (number);
  /**
   * Present while nothing is sent because the store said slow down: for how much longer.
   */
  'quiet': (_google_protobuf_Duration__Output | null);
}
