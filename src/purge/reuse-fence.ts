/**
 * P11: when a prefix may be owned again (`reusableAfterMs`, committed with markPurged). A process can sleep for any
 * time between the round trip of P2 and the send, so what stops its request is a fence at the store:
 *
 * - expiry: the store refuses the request past its time, whoever sent it and however long the sender slept. Its time is
 *   the store's own, taken from the store's answers and never later than the truth (`objectstore/s3-store-time.ts`): a
 *   request dies within {@link DELETE_EXPIRY_MS} of being prepared, however wrong the clock of the leader that signed it is;
 * - condition: it deletes only the very object that was listed (If-Match);
 * - version: it deletes only the version that was listed, and every write makes a new one.
 *
 * A store with none of them lets no chosen prefix be used twice. Default prefixes need no fence: the incarnation in
 * them is never used again. An etag is a digest of the content at most stores, so that a condition alone
 * lets a late request hit a new object with the same key and the same bytes; README.md says so.
 *
 * What the clocks are still needed for: the leader that writes the fence, and the one that compares a new stream's
 * time with it, may be two. The measured offset covers the first, the margin the second: its clock must not be further ahead of the
 * store's than that. Neither speaks for a store whose clock is set back by more than the margin.
 */
import { TIME_MS_MAX } from '../catalog/limits.js';
import { DELETE_EXPIRY_MS } from '../objectstore/limits.js';
import type { Capabilities } from '../objectstore/object-store.js';

type RequestFence = 'expiry' | 'condition' | 'version' | 'none';

/** The strongest fence that the store has, as probed. */
function requestFenceOf(capabilities: Capabilities): RequestFence {
  if (capabilities.requestExpiry) return 'expiry';
  if (capabilities.conditionalDelete) return 'condition';
  return capabilities.versioning === 'enabled' ? 'version' : 'none';
}

/**
 * Whether deletes below a reusable prefix carry If-Match. Not where a condition costs one request a key and the
 * expiry is a fence already.
 */
export function sendsConditions(capabilities: Capabilities): boolean {
  return capabilities.conditionalDelete && (capabilities.conditionalBatches || !capabilities.requestExpiry);
}

interface ReuseQuestion {
  /** Wall clock. */
  readonly nowMs: number;
  readonly capabilities: Capabilities;
  /** The bound on clock offsets that were not measured. */
  readonly marginMs: number;
  readonly prefixReusable: boolean;
}

export class ReuseFence {
  #lastExpiryMs = 0;
  #longestLifeMs = DELETE_EXPIRY_MS;

  /** A delete was prepared at `nowMs` (wall clock). */
  prepared(expiresAtMs: number, nowMs: number): void {
    this.#lastExpiryMs = Math.max(this.#lastExpiryMs, expiresAtMs);
    this.#longestLifeMs = Math.max(this.#longestLifeMs, expiresAtMs - nowMs);
  }

  /**
   * Requests of this leader are known by their expiry. Those of earlier leaders were prepared before this one
   * committed anything in its term, hence before now, and live no longer than ours do: both are signed by the store's
   * time, not by that of either leader. Without one of ours to go by, {@link DELETE_EXPIRY_MS} is the port's promise.
   */
  reusableAfterMs({ nowMs, capabilities, marginMs, prefixReusable }: ReuseQuestion): number {
    if (prefixReusable && requestFenceOf(capabilities) === 'none') return TIME_MS_MAX;
    const lastExpiryMs = Math.max(this.#lastExpiryMs, nowMs + this.#longestLifeMs);
    return Math.ceil(lastExpiryMs + Math.abs(capabilities.clockOffsetMs ?? 0) + marginMs);
  }
}
