/**
 * Which life of a name an event belongs to, and whether that life was deleted: the oracle's ground truth, from what
 * nodes did and what the catalog's log says. See README.md of the simulator, "Parseable".
 *
 * A life begins when a node finds no metadata of the name and writes some; every copy of that metadata, on any
 * node, is the same life: it has the same created-at. A purge ends the lives that began before its stream was PURGED,
 * once it is past the point of no return, but for one that began after the tombstone and is there when the stream is
 * PURGED. That, and a life that began later, is nobody's to delete.
 */
import type { Incarnation, StreamRecord } from '../../../src/catalog/types.js';
import { prefixOf } from './layout.js';

export interface Life {
  readonly name: string;
  /** Unique: its digits beyond milliseconds are a serial number. */
  readonly createdAt: string;
  /** True time, in which created-at was read off the node's clock. */
  readonly beganMs: number;
}

export interface StagedEvent {
  readonly id: number;
  readonly stream: string;
  readonly node: string;
  readonly acknowledgedMs: number;
  /** Of the entry in the node's memory that took it. Undefined: of one that has no metadata of its own. */
  readonly life: Life | undefined;
}

/**
 * Windows that are documented as not covered: a life whose first metadata was written within one may lose something.
 * `asked`: between the helper's last look at the bucket and what the node that it then asked did. `deleted`: between a
 * purger's last look and the arrival of a delete that names keys which every life has, without a condition.
 */
export type Exposure = 'asked' | 'deleted';

/** One incarnation that owns, or owned, a prefix. */
export interface Owner {
  readonly incarnation: Incarnation;
  /** The tombstone was committed; of the last one, where an undelete came between. */
  deletedMs: number | undefined;
  /** An operator has given up what was written since the tombstone. */
  discards: boolean;
  /** Undelete is refused from then on. True time of the commit, as the others. */
  noReturnMs: number | undefined;
  /** Every node was said to have let go; deletes may be sent from then on. */
  drainedMs: number | undefined;
  purgedMs: number | undefined;
  /** Nothing looks after its prefix from then on. */
  lastSweptMs: number | undefined;
  state: StreamRecord['state'];
  /** Lives that began after the tombstone and whose metadata was there when the stream was PURGED, or came later. */
  readonly spared: Set<Life>;
}

export class Lives {
  readonly #byCreatedAt = new Map<string, Life>();
  readonly #owners = new Map<string, Map<Incarnation, Owner>>();
  readonly #events: StagedEvent[] = [];
  readonly #droppedMs = new Map<number, number>();
  readonly #told = new Map<string, number[]>();
  readonly #landedMs = new Map<Life, number>();
  readonly #exposed = new Map<Life, Exposure>();
  readonly #deletes = new Map<string, number | undefined>();
  #serial = 0;

  /** A node creates a stream: `wallMs` is its clock. */
  begin(name: string, wallMs: number, nowMs: number): Life {
    const serial = String(++this.#serial % 1_000).padStart(3, '0');
    const createdAt = `${new Date(wallMs).toISOString().slice(0, -1)}${serial}+00:00`;
    const life: Life = { name, createdAt, beganMs: nowMs };
    this.#byCreatedAt.set(`${name} ${createdAt}`, life);
    return life;
  }

  lifeOf(name: string, createdAt: string): Life | undefined {
    return this.#byCreatedAt.get(`${name} ${createdAt}`);
  }

  /** A node has answered 200. */
  acknowledge(event: Omit<StagedEvent, 'id'>): StagedEvent {
    const acknowledged = { ...event, id: this.#events.length };
    this.#events.push(acknowledged);
    return acknowledged;
  }

  /**
   * A node was asked to forget a stream, held it as this life, and had these staged. What it had listed of the life is not
   * listed when it loads the stream again. `lookedMs`: see NodeRequest.
   */
  dropped(
    held: Life | undefined,
    events: readonly StagedEvent[],
    nowMs: number,
    lookedMs: number | undefined,
  ): void {
    if (held !== undefined && this.beganSince(held, lookedMs)) this.expose(held, 'asked');
    for (const { id, life } of events) {
      this.#droppedMs.set(id, nowMs);
      if (life !== undefined && this.beganSince(life, lookedMs)) this.expose(life, 'asked');
    }
  }

  /** A node begins to empty the prefix of a stream. */
  deletes(name: string, node: string, lookedMs: number | undefined): void {
    this.#deletes.set(`${node} ${name}`, lookedMs);
  }

  /** Of a node's last such delete; undefined: nobody had looked before. */
  lookedBeforeDeleteMs(name: string, node: string): number | undefined {
    return this.#deletes.get(`${node} ${name}`);
  }

  /** Metadata of a life is in the bucket. */
  landed(life: Life, nowMs: number): void {
    if (!this.#landedMs.has(life)) this.#landedMs.set(life, nowMs);
    for (const owner of this.owners(life.name)) if (owner.purgedMs !== undefined) spare(owner, life);
  }

  /** Its first metadata was not in the bucket at `lookedMs`, when somebody looked. Undefined: nobody did. */
  beganSince(life: Life, lookedMs: number | undefined): boolean {
    return lookedMs !== undefined && (this.#landedMs.get(life) ?? Infinity) > lookedMs;
  }

  expose(life: Life, exposure: Exposure): void {
    if (this.killer(life) === undefined && !this.#exposed.has(life)) this.#exposed.set(life, exposure);
  }

  isExposed(life: Life): boolean {
    return this.#exposed.has(life);
  }

  /** How many lives, by what they were exposed to. */
  get exposures(): Readonly<Record<Exposure, number>> {
    const counts = { asked: 0, deleted: 0 };
    for (const exposure of this.#exposed.values()) counts[exposure] += 1;
    return counts;
  }

  /** Undefined: it has left its node's disk by an upload, or is still there. */
  droppedMs(id: number): number | undefined {
    return this.#droppedMs.get(id);
  }

  /** A node has answered that it does not hold the stream, or not any more. */
  told(name: string, node: string, nowMs: number): void {
    const key = `${node} ${name}`;
    const times = this.#told.get(key) ?? [];
    times.push(nowMs);
    this.#told.set(key, times);
  }

  /** When a node said so for the last time before `untilMs`; undefined: never. */
  lastToldMs(name: string, node: string, untilMs: number): number | undefined {
    return this.#told.get(`${node} ${name}`)?.findLast((atMs) => atMs <= untilMs);
  }

  event(id: number): StagedEvent | undefined {
    return this.#events[id];
  }

  get events(): readonly StagedEvent[] {
    return this.#events;
  }

  /** The catalog has changed a stream. `present`: lives that have metadata in the bucket. */
  committed(
    { prefix, incarnation, state, purge, sweep }: StreamRecord,
    nowMs: number,
    present: () => readonly Life[],
  ): void {
    const owners = this.#owners.get(prefix) ?? new Map<Incarnation, Owner>();
    this.#owners.set(prefix, owners);
    const owner: Owner = owners.get(incarnation) ?? {
      incarnation,
      deletedMs: undefined,
      discards: false,
      noReturnMs: undefined,
      drainedMs: undefined,
      purgedMs: undefined,
      lastSweptMs: undefined,
      state: 'ACTIVE',
      spared: new Set(),
    };
    owners.set(incarnation, owner);
    if (state === 'DELETED' && owner.state === 'ACTIVE') owner.deletedMs = nowMs;
    owner.state = state;
    owner.discards = purge.discardNewWrites;
    if (state !== 'PURGING' && state !== 'PURGED') return;
    owner.noReturnMs ??= nowMs;
    const phase: string = purge.phase;
    if (phase !== 'DRAINING') owner.drainedMs ??= nowMs;
    if (state !== 'PURGED') return;
    if (sweep.nextTimeMs === 0) owner.lastSweptMs ??= nowMs;
    if (owner.purgedMs !== undefined) return;
    owner.purgedMs = nowMs;
    for (const life of present()) spare(owner, life);
  }

  owners(name: string): readonly Owner[] {
    return [...(this.#owners.get(prefixOf(name))?.values() ?? [])];
  }

  /** The incarnation whose purge ended it, or will. Undefined: it lives, or its stream can still be undeleted. */
  killer(life: Life): Owner | undefined {
    return this.owners(life.name).find(
      ({ noReturnMs, purgedMs = Infinity, spared }) =>
        noReturnMs !== undefined && life.beganMs < purgedMs && !spared.has(life),
    );
  }

  /** A query has to find it. What came for a life before it was spared may have been deleted. */
  mustStay({ life, acknowledgedMs }: StagedEvent): boolean {
    if (life === undefined || this.killer(life) !== undefined || this.isExposed(life)) return false;
    return this.owners(life.name).every(
      ({ spared, purgedMs = Infinity }) => !spared.has(life) || acknowledgedMs > purgedMs,
    );
  }
}

/** A life that began before PURGED and after the tombstone stays beside it, unless an operator has said otherwise. */
function spare({ deletedMs = Infinity, purgedMs = 0, discards, spared }: Owner, life: Life): void {
  if (!discards && life.beganMs > deletedMs && life.beganMs < purgedMs) spared.add(life);
}
