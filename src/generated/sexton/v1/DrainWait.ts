// Original file: proto/sexton/v1/purge.proto

/**
 * What a purge waits for between the point of no return and its first delete request.
 */
export const DrainWait = {
  DRAIN_WAIT_UNSPECIFIED: 'DRAIN_WAIT_UNSPECIFIED',
  /**
   * Some session has not said yet that the stream has drained: its node is away, has uploads that
   * are not settled, or has not been asked.
   */
  DRAIN_WAIT_SESSIONS: 'DRAIN_WAIT_SESSIONS',
  /**
   * Every node has let the stream go, and some have taken it up again since: clients still send to
   * it. Nothing is deleted until they stop, or an operator says `discard_new_writes`.
   */
  DRAIN_WAIT_CLIENTS_STILL_SENDING: 'DRAIN_WAIT_CLIENTS_STILL_SENDING',
} as const;

/**
 * What a purge waits for between the point of no return and its first delete request.
 */
export type DrainWait =
  | 'DRAIN_WAIT_UNSPECIFIED'
  | 0
  /**
   * Some session has not said yet that the stream has drained: its node is away, has uploads that
   * are not settled, or has not been asked.
   */
  | 'DRAIN_WAIT_SESSIONS'
  | 1
  /**
   * Every node has let the stream go, and some have taken it up again since: clients still send to
   * it. Nothing is deleted until they stop, or an operator says `discard_new_writes`.
   */
  | 'DRAIN_WAIT_CLIENTS_STILL_SENDING'
  | 2

/**
 * What a purge waits for between the point of no return and its first delete request.
 */
export type DrainWait__Output = typeof DrainWait[keyof typeof DrainWait]
