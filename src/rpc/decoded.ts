/**
 * What became of bytes from a peer. A bad frame is an expected event, since networks and other
 * versions exist, so it is data and not an exception; nothing of a refused frame is used.
 */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** DATA_LOSS: a checksum does not match. INVALID_ARGUMENT: not what the schema says. */
      readonly code: 'INVALID_ARGUMENT' | 'DATA_LOSS';
      readonly cause: string;
    };
