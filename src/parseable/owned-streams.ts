/**
 * Which names the catalog has an owner for, as the follower has seen it: every life of a stream from its creation until it
 * is PURGED. Only prefixes that Parseable gives its streams come here at all (tombstone.ts). Pure.
 *
 * - O1 A PURGED life owns nothing. A listing of the catalog shows it beside the next life of the name, in any order.
 * - O2 The view is complete from the end of the first listing on. What does not fit makes it useless: a name that was
 *   left out would look new.
 */
import { parseableStreamOfPrefix } from '../shared/parseable-prefix.js';
import type { CatalogStep } from './tombstone.js';

export interface StreamId {
  /** '' = no tenant. */
  readonly tenant: string;
  readonly name: string;
}

export interface Owner extends StreamId {
  readonly prefix: string;
  /** 0: not known, and past the point of no return. */
  readonly incarnation: number;
  readonly isActive: boolean;
  /** A node has listed this life since the helper runs. */
  wasListed: boolean;
}

/** The catalog still has that life of the stream, ACTIVE. */
export function isSameLife(owner: Owner | undefined, life: Pick<Owner, 'incarnation'>): boolean {
  return owner?.isActive === true && owner.incarnation === life.incarnation;
}

/** Enough for ten times the streams of a large deployment, at some 300 bytes each. */
const OWNERS_MAX = 100_000;
/** A tenant costs a call for each comparison. */
const TENANTS_MAX = 1_000;

export interface OwnedStreamsLimits {
  readonly ownersMax: number;
  readonly tenantsMax: number;
}

export class OwnedStreams {
  readonly #limits: OwnedStreamsLimits;
  /** By prefix: it has one owner at a time (C1). */
  readonly #owners = new Map<string, Owner>();
  /** Those that have, or had, a stream since the helper runs: a name of theirs may live again. */
  readonly #tenants = new Set<string>(['']);
  #listed: Set<string> | undefined;
  #isComplete = false;
  #hasOverflowed = false;

  constructor(limits: OwnedStreamsLimits = { ownersMax: OWNERS_MAX, tenantsMax: TENANTS_MAX }) {
    this.#limits = limits;
  }

  beginListing(): void {
    this.#listed = new Set();
    this.#hasOverflowed = false;
  }

  endListing(): void {
    const listed = this.#listed;
    if (listed === undefined) return;
    for (const prefix of this.#owners.keys()) if (!listed.has(prefix)) this.#owners.delete(prefix);
    this.#listed = undefined;
    this.#isComplete = true;
  }

  onStep(step: CatalogStep): void {
    switch (step.kind) {
      case 'owned': {
        const { state, ...stream } = step.stream;
        this.#own({ ...stream, prefix: step.prefix, isActive: state === 'ACTIVE' });
        return;
      }
      case 'draining': {
        const { tenant, name, prefix, incarnation } = step.tombstone;
        this.#own({ tenant, name, prefix, incarnation, isActive: false });
        return;
      }
      case 'purging': {
        const stream = parseableStreamOfPrefix(step.prefix);
        if (stream === undefined) return;
        const incarnation = this.#owners.get(step.prefix)?.incarnation ?? 0;
        this.#own({ ...stream, prefix: step.prefix, incarnation, isActive: false });
        return;
      }
      case 'purged':
      case 'stale':
        this.#addTenant(step.tombstone.tenant);
        this.#disown(step.tombstone.prefix, step.tombstone.incarnation);
        return;
      case 'gone':
        this.#disown(step.prefix, step.incarnation);
    }
  }

  /** Why names cannot be compared with it; '' = they can. */
  get problem(): string {
    if (!this.#isComplete) return 'the catalog has not been listed yet';
    const { ownersMax, tenantsMax } = this.#limits;
    return this.#hasOverflowed
      ? `the catalog has more than ${ownersMax} streams of Parseable, or more than ${tenantsMax} tenants`
      : '';
  }

  tenants(): readonly string[] {
    return [...this.#tenants];
  }

  get(prefix: string): Owner | undefined {
    return this.#owners.get(prefix);
  }

  all(): Iterable<Owner> {
    return this.#owners.values();
  }

  #own(owner: Omit<Owner, 'wasListed'>): void {
    const { prefix, incarnation } = owner;
    this.#addTenant(owner.tenant);
    const known = this.#owners.get(prefix);
    // What a listing has not shown again is gone when it ends, and takes no room from what it shows.
    const size = this.#listed?.size ?? this.#owners.size;
    if ((this.#listed?.has(prefix) ?? known !== undefined) || size < this.#limits.ownersMax) {
      this.#listed?.add(prefix);
      const wasListed = known?.incarnation === incarnation && known.wasListed;
      this.#owners.set(prefix, { ...owner, wasListed });
    } else this.#hasOverflowed = true; // O2
  }

  /** O1. An event about an owner without an incarnation ends that life; in a listing it is an earlier one. */
  #disown(prefix: string, incarnation: number): void {
    const known = this.#owners.get(prefix);
    const isEnd = known?.incarnation === 0 && this.#listed === undefined;
    if (known?.incarnation === incarnation || isEnd) this.#owners.delete(prefix);
  }

  #addTenant(tenant: string): void {
    if (this.#tenants.has(tenant)) return;
    if (this.#tenants.size < this.#limits.tenantsMax) this.#tenants.add(tenant);
    else this.#hasOverflowed = true;
  }
}
