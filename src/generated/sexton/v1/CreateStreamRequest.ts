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
   * Empty: `name/<incarnation>/`, or `tenant/name/<incarnation>/`, which no other life ever shares.
   * Otherwise at most 900 bytes, ends in `/`, does not start with `/` or `.`, and has no empty,
   * `.` or `..` segment. A prefix of the caller's own can be reused only after `reusable_after`.
   */
  'prefix'?: (string);
  /**
   * At most 64; key 1 to 63 bytes, value up to 255 bytes.
   */
  'labels'?: ({[key: string]: string});
  'requestId'?: (string);
  'validateOnly'?: (boolean);
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
   * Empty: `name/<incarnation>/`, or `tenant/name/<incarnation>/`, which no other life ever shares.
   * Otherwise at most 900 bytes, ends in `/`, does not start with `/` or `.`, and has no empty,
   * `.` or `..` segment. A prefix of the caller's own can be reused only after `reusable_after`.
   */
  'prefix': (string);
  /**
   * At most 64; key 1 to 63 bytes, value up to 255 bytes.
   */
  'labels': ({[key: string]: string});
  'requestId': (string);
  'validateOnly': (boolean);
}
