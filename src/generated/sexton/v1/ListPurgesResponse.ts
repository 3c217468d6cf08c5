// Original file: proto/sexton/v1/storage_service.proto

import type { Purge as _sexton_v1_Purge, Purge__Output as _sexton_v1_Purge__Output } from '../../sexton/v1/Purge.js';
import type { PurgeSummary as _sexton_v1_PurgeSummary, PurgeSummary__Output as _sexton_v1_PurgeSummary__Output } from '../../sexton/v1/PurgeSummary.js';
import type { StoreLoad as _sexton_v1_StoreLoad, StoreLoad__Output as _sexton_v1_StoreLoad__Output } from '../../sexton/v1/StoreLoad.js';
import type { Long } from '@grpc/proto-loader';

/**
 * See ListPurges.
 */
export interface ListPurgesResponse {
  'purges'?: (_sexton_v1_Purge)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken'?: (string);
  /**
   * What the pages cannot show by themselves, for the whole cluster.
   */
  'summary'?: (_sexton_v1_PurgeSummary | null);
  'revision'?: (number | string | Long);
  /**
   * The same for all purges: they share one object store.
   */
  'storeLoad'?: (_sexton_v1_StoreLoad | null);
}

/**
 * See ListPurges.
 */
export interface ListPurgesResponse__Output {
  'purges': (_sexton_v1_Purge__Output)[];
  /**
   * Empty: this was the last page.
   */
  'nextPageToken': (string);
  /**
   * What the pages cannot show by themselves, for the whole cluster.
   */
  'summary': (_sexton_v1_PurgeSummary__Output | null);
  'revision': (number);
  /**
   * The same for all purges: they share one object store.
   */
  'storeLoad': (_sexton_v1_StoreLoad__Output | null);
}
