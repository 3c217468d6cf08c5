// Original file: proto/sexton/v1/stream_service.proto

import type { StreamState as _sexton_v1_StreamState, StreamState__Output as _sexton_v1_StreamState__Output } from '../../sexton/v1/StreamState.js';
import type { Consistency as _sexton_v1_Consistency, Consistency__Output as _sexton_v1_Consistency__Output } from '../../sexton/v1/Consistency.js';

/**
 * See ListStreams.
 */
export interface ListStreamsRequest {
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant'?: (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants'?: (boolean);
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize'?: (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged, else
   * INVALID_ARGUMENT. Opaque, and good on every node.
   */
  'pageToken'?: (string);
  /**
   * Also streams that are not ACTIVE. Implied by naming any such state in `states`.
   */
  'showDeleted'?: (boolean);
  /**
   * Only these; empty: ACTIVE, and the others too with `show_deleted`.
   */
  'states'?: (_sexton_v1_StreamState)[];
  /**
   * Only names that start with this, compared byte by byte.
   */
  'namePrefix'?: (string);
  'consistency'?: (_sexton_v1_Consistency);
}

/**
 * See ListStreams.
 */
export interface ListStreamsRequest__Output {
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant': (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants': (boolean);
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize': (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged, else
   * INVALID_ARGUMENT. Opaque, and good on every node.
   */
  'pageToken': (string);
  /**
   * Also streams that are not ACTIVE. Implied by naming any such state in `states`.
   */
  'showDeleted': (boolean);
  /**
   * Only these; empty: ACTIVE, and the others too with `show_deleted`.
   */
  'states': (_sexton_v1_StreamState__Output)[];
  /**
   * Only names that start with this, compared byte by byte.
   */
  'namePrefix': (string);
  'consistency': (_sexton_v1_Consistency__Output);
}
