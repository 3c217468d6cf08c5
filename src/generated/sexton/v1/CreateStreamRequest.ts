// Original file: proto/sexton/v1/stream_service.proto


/**
 * See CreateStream.
 */
export interface CreateStreamRequest {
  /**
   * May be empty; otherwise bounds as for `name`.
   */
  'tenant'?: (string);
  /**
   * Required. 1 to 255 bytes of UTF-8: Unicode letters and digits, `-` and `_`.
   */
  'name'?: (string);
  /**
   * Empty: `name/<incarnation>/`, or `tenant/name/<incarnation>/`, which no other life ever shares. In a
   * bucket that a Parseable deployment uses, `name/` or `tenant/name/` instead, what is not ASCII
   * percent-encoded: Parseable writes nowhere else (see `prefix_per_life`). The node that is asked
   * looks at the bucket at most once a minute; while it never could, the prefix is `name/<incarnation>/`
   * and `CreateStreamResponse.note` says so.
   * Otherwise at most 900 bytes, ends in `/`, does not start with `/` or `.`, and has no empty,
   * `.` or `..` segment. A prefix of the caller's own, or of Parseable's layout, can be reused only
   * after `reusable_after`.
   */
  'prefix'?: (string);
  /**
   * At most 64; key 1 to 63 bytes, value up to 255 bytes.
   */
  'labels'?: ({[key: string]: string});
  'requestId'?: (string);
  'validateOnly'?: (boolean);
  /**
   * With an empty `prefix`: `name/<incarnation>/` whoever uses the bucket. With any other
   * INVALID_ARGUMENT.
   */
  'prefixPerLife'?: (boolean);
}

/**
 * See CreateStream.
 */
export interface CreateStreamRequest__Output {
  /**
   * May be empty; otherwise bounds as for `name`.
   */
  'tenant': (string);
  /**
   * Required. 1 to 255 bytes of UTF-8: Unicode letters and digits, `-` and `_`.
   */
  'name': (string);
  /**
   * Empty: `name/<incarnation>/`, or `tenant/name/<incarnation>/`, which no other life ever shares. In a
   * bucket that a Parseable deployment uses, `name/` or `tenant/name/` instead, what is not ASCII
   * percent-encoded: Parseable writes nowhere else (see `prefix_per_life`). The node that is asked
   * looks at the bucket at most once a minute; while it never could, the prefix is `name/<incarnation>/`
   * and `CreateStreamResponse.note` says so.
   * Otherwise at most 900 bytes, ends in `/`, does not start with `/` or `.`, and has no empty,
   * `.` or `..` segment. A prefix of the caller's own, or of Parseable's layout, can be reused only
   * after `reusable_after`.
   */
  'prefix': (string);
  /**
   * At most 64; key 1 to 63 bytes, value up to 255 bytes.
   */
  'labels': ({[key: string]: string});
  'requestId': (string);
  'validateOnly': (boolean);
  /**
   * With an empty `prefix`: `name/<incarnation>/` whoever uses the bucket. With any other
   * INVALID_ARGUMENT.
   */
  'prefixPerLife': (boolean);
}
