// Original file: proto/sexton/v1/storage_service.proto

import type { PurgePhase as _sexton_v1_PurgePhase, PurgePhase__Output as _sexton_v1_PurgePhase__Output } from '../../sexton/v1/PurgePhase.js';

/**
 * See ListPurges.
 */
export interface ListPurgesRequest {
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant'?: (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants'?: (boolean);
  /**
   * Only these; empty: all but DONE. With DONE named, PURGED streams are listed too.
   */
  'phases'?: (_sexton_v1_PurgePhase)[];
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize'?: (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged.
   */
  'pageToken'?: (string);
}

/**
 * See ListPurges.
 */
export interface ListPurgesRequest__Output {
  /**
   * Only this tenant; empty is the tenant without a name, not all of them.
   */
  'tenant': (string);
  /**
   * Every tenant. `tenant` must then be empty, else INVALID_ARGUMENT.
   */
  'allTenants': (boolean);
  /**
   * Only these; empty: all but DONE. With DONE named, PURGED streams are listed too.
   */
  'phases': (_sexton_v1_PurgePhase__Output)[];
  /**
   * 0: 100. Above 1,000: taken as 1,000. Negative: INVALID_ARGUMENT. A page may come shorter.
   */
  'pageSize': (number);
  /**
   * `next_page_token` of the page before, with everything else but `page_size` unchanged.
   */
  'pageToken': (string);
}
