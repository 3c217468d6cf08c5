/**
 * What may be reported of the streams that drain on one node (F2, F5, F6), kept in the order of their drains, so that a
 * report costs one pass, and nothing at all while nothing has changed. Pure.
 */
import type { Tombstone } from './tombstone.js';

/** Streams named in one report; the protocol's bound. */
export const NAMED_MAX = 1_000;

/** A stream that the node holds again after it had let it go, or may hold (F6). Times are on the wall clock. */
export interface NamedStream {
  readonly incarnation: number;
  /** 0: not seen by this run. */
  readonly lastSeenTimeMs: number;
}

/** What may be said of the node now. */
export interface Report {
  /** Everything that began to drain at or before it has drained, but for {@link takenUp}. */
  readonly drainedRevision: number;
  /** By drain, the earliest first. */
  readonly takenUp: readonly NamedStream[];
}

export interface DrainingStream {
  readonly tombstone: Tombstone;
  /** When the node was last seen to hold it after it had acknowledged; 0 = never. */
  readonly takenUpTimeMs: number;
}

export class DrainReport {
  /** The earliest drain first. */
  readonly #streams: DrainingStream[] = [];
  #cached:
    | {
        readonly viewRevision: number;
        readonly reportedRevision: number;
        readonly report: Report | undefined;
      }
    | undefined;

  add(stream: DrainingStream): void {
    this.#streams.splice(this.#firstAt(stream.tombstone.drainRevision + 1), 0, stream);
    this.#cached = undefined;
  }

  remove(stream: DrainingStream): void {
    const at = this.#streams.indexOf(stream, this.#firstAt(stream.tombstone.drainRevision));
    if (at < 0) return;
    this.#streams.splice(at, 1);
    this.#cached = undefined;
  }

  /** Something about one of them, or about what did not fit, is different now. */
  changed(): void {
    this.#cached = undefined;
  }

  /**
   * `viewRevision`: nothing above it was seen. `reportedRevision`: what was reported already, and cannot be taken back.
   * Undefined: more streams below it would have to be named than a report has room for, so that what was
   * reported last has to stand.
   */
  at(viewRevision: number, reportedRevision: number): Report | undefined {
    const { viewRevision: view, reportedRevision: reported } = this.#cached ?? {};
    if (view !== viewRevision || reported !== reportedRevision) this.#cached = undefined;
    this.#cached ??= { viewRevision, reportedRevision, report: this.#make(viewRevision, reportedRevision) };
    return this.#cached.report;
  }

  #make(viewRevision: number, reportedRevision: number): Report | undefined {
    let drainedRevision = viewRevision;
    const takenUp: NamedStream[] = [];
    // Those that must be named have the earliest drains; the others are named as far as there is room.
    for (const { tombstone, takenUpTimeMs } of this.#streams) {
      const { incarnation, drainRevision } = tombstone;
      const mustBeNamed = drainRevision <= reportedRevision;
      const hasRoom = takenUp.length < NAMED_MAX;
      if (mustBeNamed && !hasRoom) return undefined;
      if (hasRoom && (mustBeNamed || takenUpTimeMs > 0)) {
        takenUp.push({ incarnation, lastSeenTimeMs: takenUpTimeMs });
      } else drainedRevision = Math.min(drainedRevision, drainRevision - 1);
    }
    return { drainedRevision, takenUp };
  }

  /** Where the first stream with this drain or a later one is. */
  #firstAt(drainRevision: number): number {
    let low = 0;
    let high = this.#streams.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { tombstone } = this.#streams[middle] as DrainingStream;
      if (tombstone.drainRevision < drainRevision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
