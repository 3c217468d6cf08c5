/**
 * Which life of a name an event belongs to, and whether that life was deleted: the oracle's ground truth, from what
 * nodes did and what the catalog's log says. See README.md of the simulator, "Parseable".
 *
 * A life begins when a node finds no metadata of the name and writes some; every copy of that metadata, on any
 * node, is the same life: it has the same created-at. A purge ends the lives that began before its stream was PURGED,
 * once it is past the point of no return. A life that began later is nobody's to delete.
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

/** One incarnation that owns, or owned, a prefix. */
export interface Owner {
  readonly incarnation: Incarnation;
  /** Undelete is refused from then on. True time of the commit, as the others. */
  noReturnMs: number | undefined;
  /** Every node was said to have let go; deletes may be sent from then on. */
  drainedMs: number | undefined;
  purgedMs: number | undefined;
  state: StreamRecord['state'];
}

export class Lives {
  readonly #byCreatedAt = new Map<string, Life>();
  readonly #owners = new Map<string, Map<Incarnation, Owner>>();
  readonly #events: StagedEvent[] = [];
  readonly #droppedMs = new Map<number, number>();
  readonly #told = new Map<string, number[]>();
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

  /** A node was asked to forget a stream, and had these staged. */
  dropped(events: readonly StagedEvent[], nowMs: number): void {
    for (const { id } of events) this.#droppedMs.set(id, nowMs);
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

  /** The catalog has changed a stream. */
  committed({ prefix, incarnation, state, purge }: StreamRecord, nowMs: number): void {
    const owners = this.#owners.get(prefix) ?? new Map<Incarnation, Owner>();
    this.#owners.set(prefix, owners);
    const owner: Owner = owners.get(incarnation) ?? {
      incarnation,
      noReturnMs: undefined,
      drainedMs: undefined,
      purgedMs: undefined,
      state,
    };
    owners.set(incarnation, owner);
    owner.state = state;
    if (state !== 'PURGING' && state !== 'PURGED') return;
    owner.noReturnMs ??= nowMs;
    const phase: string = purge.phase;
    if (phase !== 'DRAINING') owner.drainedMs ??= nowMs;
    if (state === 'PURGED') owner.purgedMs ??= nowMs;
  }

  owners(name: string): readonly Owner[] {
    return [...(this.#owners.get(prefixOf(name))?.values() ?? [])];
  }

  /** The incarnation whose purge ended it, or will. Undefined: it lives, or its stream can still be undeleted. */
  killer({ name, beganMs }: Life): Owner | undefined {
    return this.owners(name).find(
      ({ noReturnMs, purgedMs = Infinity }) => noReturnMs !== undefined && beganMs < purgedMs,
    );
  }
}
