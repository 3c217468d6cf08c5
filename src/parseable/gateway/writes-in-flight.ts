/**
 * The writes that were let through and not answered yet, and what they hold back: the gateway's half of the barrier
 * between writes and purges (P3). Pure; time is an argument, by one monotonic clock.
 *
 * - L1 A write counts from the look at its stream's state to the node's answer. One that broke without an answer counts
 *   until `brokenWriteMs` later: the node may still be busy with it.
 * - L2 The drained revision lies before the tombstone of every name with such a write, and never beyond what was seen
 *   of the catalog. So no purge begins before these writes are over, at whichever node.
 * - L3 A write counts for the time in which it began. A name that was undeleted and is written to without a pause holds
 *   up nothing that was tombstoned in between.
 *
 * By name and not by incarnation, as an ingest session's ledger is: streams that the catalog does not know yet are
 * written to as well, and may be adopted and deleted while a write is on its way.
 *
 * Memory: one entry a name with a write that counts, at most `namesMax`.
 */

export interface WritesInFlightOptions {
  readonly brokenWriteMs: number;
  readonly namesMax: number;
}

/** Of one name, from the first write to its tombstone. */
interface Spell {
  readonly key: string;
  count: number;
  brokenUntilMs: number;
  tombstoneRevision: number;
}

/** One write, as a handle. */
export interface Write {
  readonly spells: readonly Spell[];
  isOver: boolean;
}

export class WritesInFlight {
  readonly #options: WritesInFlightOptions;
  readonly #spells = new Map<string, Spell>();
  /** Those that a tombstone ended and that still hold it back. */
  readonly #ended = new Set<Spell>();
  #count = 0;

  constructor(options: WritesInFlightOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#count;
  }

  /** Undefined: too many names. */
  begin(keys: readonly string[], nowMs: number): Write | undefined {
    if (this.#spells.size + keys.length > this.#options.namesMax) {
      this.#prune(nowMs);
      if (this.#spells.size + keys.length > this.#options.namesMax) return undefined;
    }
    this.#count += 1;
    return { spells: keys.map((key) => this.#spellOf(key)), isOver: false };
  }

  /** `answered`: by the node, or it certainly got nothing. Idempotent. */
  end(write: Write, outcome: 'answered' | 'broken', nowMs: number): void {
    if (write.isOver) return;
    write.isOver = true;
    this.#count -= 1;
    for (const spell of write.spells) {
      spell.count -= 1;
      if (outcome === 'broken') spell.brokenUntilMs = nowMs + this.#options.brokenWriteMs;
      if (this.#spells.get(spell.key) === spell && isSettled(spell, nowMs)) this.#spells.delete(spell.key);
    }
  }

  /** The name was marked deleted at `revision`: no write begins any more. */
  tombstoned(key: string, revision: number): void {
    const spell = this.#spells.get(key);
    if (spell === undefined) return;
    this.#spells.delete(key);
    spell.tombstoneRevision = revision;
    this.#ended.add(spell);
  }

  /** L2. */
  drainedRevision(seenRevision: number, nowMs: number): number {
    let drained = seenRevision;
    for (const spell of this.#ended) {
      if (isSettled(spell, nowMs)) this.#ended.delete(spell);
      else drained = Math.min(drained, spell.tombstoneRevision - 1);
    }
    return drained;
  }

  /** When the drained revision may next move by itself; undefined: not by itself. */
  nextSettlingMs(nowMs: number): number | undefined {
    let next: number | undefined;
    for (const { count, brokenUntilMs } of this.#ended) {
      if (count === 0 && brokenUntilMs > nowMs) next = Math.min(next ?? Infinity, brokenUntilMs);
    }
    return next;
  }

  /** Nothing that was let through can reach a node any more. */
  isSettled(nowMs: number): boolean {
    this.#prune(nowMs);
    return this.#spells.size === 0 && [...this.#ended].every((spell) => isSettled(spell, nowMs));
  }

  #spellOf(key: string): Spell {
    let spell = this.#spells.get(key);
    if (spell === undefined) {
      spell = { key, count: 0, brokenUntilMs: -Infinity, tombstoneRevision: Infinity };
      this.#spells.set(key, spell);
    }
    spell.count += 1;
    return spell;
  }

  #prune(nowMs: number): void {
    for (const [key, spell] of this.#spells) if (isSettled(spell, nowMs)) this.#spells.delete(key);
  }
}

function isSettled({ count, brokenUntilMs }: Spell, nowMs: number): boolean {
  return count === 0 && brokenUntilMs <= nowMs;
}
