/**
 * When a query node may be told. Pure.
 *
 * A query node has one way to forget a stream: the delete that its users call, which also removes everything
 * under the stream's prefix from the bucket, by name. Before PURGED that would delete too early: a stream in
 * its grace period can still be undeleted. Once another life may own the prefix it could hit the wrong one.
 * In between, the prefix is proved empty and the catalog refuses to give it to anybody: there, and only
 * there, that delete frees the node's memory, staging and hot tier, and can remove nothing else.
 *
 * - Q1 No delete is sent to a query node before its stream is PURGED.
 * - Q2 None is sent so late that it could be under way, by both clocks, when the prefix may be owned again.
 *   The margin is for a helper's clock that differs from the leader's. Right before each try the cluster is asked
 *   whether that life is still the latest of the name, and the window is looked at again when it has answered.
 *
 * - Q3 After the window, a query node that still holds the stream although the bucket has no metadata of it (the node
 *   itself lists none) is made to forget it all the same: a stale entry, and hot-tier files, would stay until its restart.
 *   The catalog is asked first whether that life is still the latest, and not owned again.
 *
 * What no rule can see is a stream that somebody re-creates in Parseable between such a look and the call.
 */

/** How far the helper's clock may be behind the leader's. */
const CLOCK_MARGIN_MS = 5_000;

/** Until when a call may be begun, on the clock of `nowMs`. At or before `nowMs`: not any more. */
export function queryWindowEndMs(window: {
  readonly nowMs: number;
  readonly wallMs: number;
  readonly reusableAfterMs: number;
  readonly callTimeoutMs: number;
}): number {
  const { nowMs, wallMs, reusableAfterMs, callTimeoutMs } = window;
  return nowMs + (reusableAfterMs - wallMs) - callTimeoutMs - CLOCK_MARGIN_MS;
}
