/**
 * P12: streams that their writer has created again below a purged prefix, without the catalog, as this leader has found
 * them. For status and alarms; nothing is decided by this list. A new leader finds them again by its own sweeps.
 */
import type { Incarnation, StreamRecord } from '../catalog/types.js';
import type { Clock } from '../shared/clock.js';
import type { RebornStream } from './purge-status.js';

/** `adopt`: the new life comes into the catalog as a stream of its own. `alarm`: an operator decides. Neither deletes. */
export const REBORN_POLICIES = ['adopt', 'alarm'] as const;
export type RebornPolicy = (typeof REBORN_POLICIES)[number];

const STREAMS_MAX = 1_024;
/** For how long one that was adopted is still shown. */
const ADOPTED_SHOWN_MS = 3_600_000;

interface Noticed {
  readonly stream: RebornStream;
  /** Monotonic. */
  readonly untilMs: number;
}

export class RebornStreams {
  readonly #clock: Clock;
  readonly #noticed = new Map<Incarnation, Noticed>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  adopted(purged: StreamRecord, createdTimeMs: number, adoptedAs: Incarnation): void {
    const untilMs = this.#clock.monotonicMs() + ADOPTED_SHOWN_MS;
    this.#note(purged, { createdTimeMs, adoptedAs, obstacle: '' }, untilMs);
  }

  /** It is neither deleted nor in the catalog. `createdTimeMs` undefined: its metadata does not say. */
  held(purged: StreamRecord, createdTimeMs: number | undefined, obstacle: string): void {
    this.#note(purged, { createdTimeMs, adoptedAs: undefined, obstacle }, Infinity);
  }

  /** A later sweep of the prefix found it empty, or owned. */
  settled(incarnation: Incarnation): void {
    if (this.#noticed.get(incarnation)?.stream.adoptedAs === undefined) this.#noticed.delete(incarnation);
  }

  list(): readonly RebornStream[] {
    const nowMs = this.#clock.monotonicMs();
    for (const [incarnation, { untilMs }] of this.#noticed) {
      if (untilMs <= nowMs) this.#noticed.delete(incarnation);
    }
    return Array.from(this.#noticed.values(), ({ stream }) => stream);
  }

  #note(
    { incarnation, tenant, name, prefix }: StreamRecord,
    what: Pick<RebornStream, 'createdTimeMs' | 'adoptedAs' | 'obstacle'>,
    untilMs: number,
  ): void {
    this.#noticed.delete(incarnation);
    this.#noticed.set(incarnation, { stream: { incarnation, tenant, name, prefix, ...what }, untilMs });
    for (const oldest of this.#noticed.keys()) {
      if (this.#noticed.size <= STREAMS_MAX) break;
      this.#noticed.delete(oldest);
    }
  }
}
