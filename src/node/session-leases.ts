/**
 * When sessions end, by this leader's monotonic clock alone: a wall clock that jumps neither shortens nor
 * lengthens a lease.
 *
 *   OPEN     held for TTL from each grant. A leader that takes over does not know the grants of its predecessor
 *            and grants every session one TTL from then.
 *   EXPIRED  held until its last upload is past its deadline: committed time says so (`settledAfterMs`), and this
 *            leader has counted what is left of the lease, which a session that somebody closed may still have, and one
 *            deadline. Committed time alone follows wall
 *            clocks, and one that jumps ahead would end the wait at once.
 *
 * The leader counts a little longer than it promised: the holder's clock may run slower than its own.
 * What is due is told once, and told again when `retry` says that nothing came of it.
 */
import type { SessionId, SessionRecord } from '../catalog/types.js';

/** Of a lease or a deadline. Quartz differs by 0.01 %, bad virtual machines by a percent or two. */
const CLOCK_RATE_SLACK = 0.1;

interface Lease {
  readonly record: SessionRecord;
  /** OPEN: as promised to its holder. EXPIRED: when its last upload is past its deadline. Monotonic. */
  readonly endMs: number;
  /** The end was told; its entry is on the way. */
  isEnding: boolean;
}

export class SessionLeases {
  readonly #leases = new Map<SessionId, Lease>();

  get(id: SessionId): SessionRecord | undefined {
    return this.#leases.get(id)?.record;
  }

  get all(): readonly SessionRecord[] {
    return Array.from(this.#leases.values(), ({ record }) => record);
  }

  /** A session as applied here: newly opened, or newly expired. Repeating it changes nothing. */
  learn(record: SessionRecord, nowMs: number): void {
    const known = this.#leases.get(record.id);
    if (known?.record.state === record.state) return;
    const endMs =
      record.state === 'OPEN'
        ? nowMs + record.ttlMs
        : Math.max(nowMs, leaseOverMs(record, known, nowMs)) + record.uploadDeadlineMs;
    this.#leases.set(record.id, { record, endMs, isEnding: false });
  }

  forget(id: SessionId): void {
    this.#leases.delete(id);
  }

  /** False: it has expired, or its end is on the way. */
  isHeld(id: SessionId, nowMs: number): boolean {
    const lease = this.#leases.get(id);
    return lease?.record.state === 'OPEN' && !lease.isEnding && nowMs < dueMs(lease);
  }

  /** The holder may count one TTL from when it sent what this answers, which was before `nowMs`. */
  renew(id: SessionId, nowMs: number): void {
    const lease = this.#leases.get(id);
    if (lease?.record.state !== 'OPEN') return;
    this.#leases.set(id, { ...lease, endMs: nowMs + lease.record.ttlMs });
  }

  remainingMs(id: SessionId, nowMs: number): number {
    return Math.max(0, (this.#leases.get(id)?.endMs ?? 0) - nowMs);
  }

  /** Sessions whose next step is due, at most `max`. */
  takeDue(nowMs: number, wallMs: number, max: number): readonly SessionId[] {
    const due: SessionId[] = [];
    for (const [id, lease] of this.#leases) {
      if (due.length === max) break;
      if (lease.isEnding || nowMs < dueMs(lease)) continue;
      if (lease.record.state === 'EXPIRED' && wallMs <= lease.record.settledAfterMs) continue;
      lease.isEnding = true;
      due.push(id);
    }
    return due;
  }

  /** Its entry was not committed, or changed nothing. */
  retry(id: SessionId): void {
    const lease = this.#leases.get(id);
    if (lease !== undefined) lease.isEnding = false;
  }
}

/**
 * Until when the holder of a session that is EXPIRED now may have let uploads begin. One that somebody else closed goes on
 * until its lease is over by a clock that may be slower. A leader that takes over such a session does not know when
 * the lease was granted; before it began to lead, in any case.
 */
function leaseOverMs({ ttlMs }: SessionRecord, known: Lease | undefined, nowMs: number): number {
  return known === undefined ? nowMs + ttlMs * (1 + CLOCK_RATE_SLACK) : dueMs(known);
}

function dueMs({ record, endMs }: Lease): number {
  const lengthMs = record.state === 'OPEN' ? record.ttlMs : record.uploadDeadlineMs;
  return endMs + lengthMs * CLOCK_RATE_SLACK;
}
