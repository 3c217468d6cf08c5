/** Every delete that the endpoint received, for oracles: who sent it, when, what it asked for and what was applied. */
export interface DeleteRecord {
  /** Order of arrival, over all requests. */
  readonly sequence: number;
  readonly receivedMs: number;
  /** Undefined: not presigned. */
  readonly expiresAtMs: number | undefined;
  /** The `user-agent`. */
  readonly source: string;
  readonly bucket: string;
  readonly targets: readonly {
    readonly key: string;
    readonly versionId: string | undefined;
    readonly ifMatch: string | undefined;
  }[];
  /** Keys that this request removed (or hid behind a marker), and when. */
  readonly applied: string[];
  appliedMs: number | undefined;
  /** Of the answer; 0 = none was sent. */
  status: number;
}
