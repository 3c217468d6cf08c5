// Original file: proto/sexton/v1/stream_service.proto

/**
 * What happened. A receiver that only cares what may be written looks at `Stream.state` instead.
 */
export const StreamEventType = {
  STREAM_EVENT_TYPE_UNSPECIFIED: 'STREAM_EVENT_TYPE_UNSPECIFIED',
  /**
   * Also a stream adopted alive.
   */
  STREAM_EVENT_TYPE_CREATED: 'STREAM_EVENT_TYPE_CREATED',
  /**
   * The tombstone: uploads must stop. Also residue adopted as deleted.
   */
  STREAM_EVENT_TYPE_DELETED: 'STREAM_EVENT_TYPE_DELETED',
  STREAM_EVENT_TYPE_UNDELETED: 'STREAM_EVENT_TYPE_UNDELETED',
  /**
   * The point of no return: the drain begins.
   */
  STREAM_EVENT_TYPE_PURGE_STARTED: 'STREAM_EVENT_TYPE_PURGE_STARTED',
  /**
   * Only with `include_purge_progress`.
   */
  STREAM_EVENT_TYPE_PURGE_PROGRESSED: 'STREAM_EVENT_TYPE_PURGE_PROGRESSED',
  STREAM_EVENT_TYPE_PURGED: 'STREAM_EVENT_TYPE_PURGED',
  /**
   * The record is gone; the name and the incarnation are unknown from now on.
   */
  STREAM_EVENT_TYPE_FORGOTTEN: 'STREAM_EVENT_TYPE_FORGOTTEN',
  /**
   * Every session has drained the stream: objects are deleted from here on.
   */
  STREAM_EVENT_TYPE_DRAINED: 'STREAM_EVENT_TYPE_DRAINED',
  /**
   * A sweep removed data without metadata below the prefix of this PURGED stream: some node that holds
   * the stream still has written it.
   */
  STREAM_EVENT_TYPE_RESIDUE_SWEPT: 'STREAM_EVENT_TYPE_RESIDUE_SWEPT',
} as const;

/**
 * What happened. A receiver that only cares what may be written looks at `Stream.state` instead.
 */
export type StreamEventType =
  | 'STREAM_EVENT_TYPE_UNSPECIFIED'
  | 0
  /**
   * Also a stream adopted alive.
   */
  | 'STREAM_EVENT_TYPE_CREATED'
  | 1
  /**
   * The tombstone: uploads must stop. Also residue adopted as deleted.
   */
  | 'STREAM_EVENT_TYPE_DELETED'
  | 2
  | 'STREAM_EVENT_TYPE_UNDELETED'
  | 3
  /**
   * The point of no return: the drain begins.
   */
  | 'STREAM_EVENT_TYPE_PURGE_STARTED'
  | 4
  /**
   * Only with `include_purge_progress`.
   */
  | 'STREAM_EVENT_TYPE_PURGE_PROGRESSED'
  | 5
  | 'STREAM_EVENT_TYPE_PURGED'
  | 6
  /**
   * The record is gone; the name and the incarnation are unknown from now on.
   */
  | 'STREAM_EVENT_TYPE_FORGOTTEN'
  | 7
  /**
   * Every session has drained the stream: objects are deleted from here on.
   */
  | 'STREAM_EVENT_TYPE_DRAINED'
  | 8
  /**
   * A sweep removed data without metadata below the prefix of this PURGED stream: some node that holds
   * the stream still has written it.
   */
  | 'STREAM_EVENT_TYPE_RESIDUE_SWEPT'
  | 9

/**
 * What happened. A receiver that only cares what may be written looks at `Stream.state` instead.
 */
export type StreamEventType__Output = typeof StreamEventType[keyof typeof StreamEventType]
