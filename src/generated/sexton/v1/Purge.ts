// Original file: proto/sexton/v1/storage_service.proto

import type { Stream as _sexton_v1_Stream, Stream__Output as _sexton_v1_Stream__Output } from '../../sexton/v1/Stream.js';
import type { PurgeEstimate as _sexton_v1_PurgeEstimate, PurgeEstimate__Output as _sexton_v1_PurgeEstimate__Output } from '../../sexton/v1/PurgeEstimate.js';
import type { NodeTakenUp as _sexton_v1_NodeTakenUp, NodeTakenUp__Output as _sexton_v1_NodeTakenUp__Output } from '../../sexton/v1/NodeTakenUp.js';

/**
 * One purge and what it waits for.
 */
export interface Purge {
  /**
   * With `purge` up to date, not as last committed.
   */
  'stream'?: (_sexton_v1_Stream | null);
  /**
   * While DRAINING: the nodes that hold it up, by their own names, at most 20;
   * `stream.purge.waiting_sessions` is the full count.
   */
  'waitingNodeIds'?: (string)[];
  /**
   * Objects a second over the last 10 seconds, while RUNNING.
   */
  'objectsPerSecond'?: (number | string);
  /**
   * The same of their sizes.
   */
  'bytesPerSecond'?: (number | string);
  /**
   * Present while RUNNING, where the listing gives one.
   */
  'estimate'?: (_sexton_v1_PurgeEstimate | null);
  /**
   * While DRAINING: nodes that have let the stream go and taken it up again. At most 20, the latest
   * first.
   */
  'takenUp'?: (_sexton_v1_NodeTakenUp)[];
  /**
   * Of `waiting_node_ids`, those whose lease is over: they are down, cut off, or without their helper,
   * and their last upload is waited for. The others are heard of, and have not let go yet.
   */
  'silentNodeIds'?: (string)[];
}

/**
 * One purge and what it waits for.
 */
export interface Purge__Output {
  /**
   * With `purge` up to date, not as last committed.
   */
  'stream': (_sexton_v1_Stream__Output | null);
  /**
   * While DRAINING: the nodes that hold it up, by their own names, at most 20;
   * `stream.purge.waiting_sessions` is the full count.
   */
  'waitingNodeIds': (string)[];
  /**
   * Objects a second over the last 10 seconds, while RUNNING.
   */
  'objectsPerSecond': (number);
  /**
   * The same of their sizes.
   */
  'bytesPerSecond': (number);
  /**
   * Present while RUNNING, where the listing gives one.
   */
  'estimate': (_sexton_v1_PurgeEstimate__Output | null);
  /**
   * While DRAINING: nodes that have let the stream go and taken it up again. At most 20, the latest
   * first.
   */
  'takenUp': (_sexton_v1_NodeTakenUp__Output)[];
  /**
   * Of `waiting_node_ids`, those whose lease is over: they are down, cut off, or without their helper,
   * and their last upload is waited for. The others are heard of, and have not let go yet.
   */
  'silentNodeIds': (string)[];
}
