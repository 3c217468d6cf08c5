/**
 * Which names may not be written to, as the catalog has said so far. Pure; time is an argument.
 *
 * - V1 Of the lives of a name the ACTIVE one counts, else the latest. What happens to the others changes nothing.
 * - V2 A listing replaces everything. Until the first one is complete nothing is known.
 * - V3 A name without an entry is ACTIVE with no other life, purged long ago, or unknown to the catalog: all three
 *   are written to alike. So memory grows with the streams that are being deleted, not with those that live.
 * - V4 At most `entriesMax` entries. Beyond that the view is incomplete, and says so, until a listing fits again.
 *
 * With `keepsActive` each ACTIVE stream has an entry too: whoever refuses unknown names has to know the others.
 */
import type { Stream, StreamEvent, StreamState, WatchItem } from '../../client/index.js';
import { keyOf, type StreamKey } from './route.js';

export interface NameState {
  /** ACTIVE only with another life around, or with `keepsActive`. */
  readonly state: StreamState;
  readonly incarnation: number;
  /** DELETED: until then it can be undeleted. */
  readonly purgeAfterMs: number | undefined;
  /** PURGED: from when the prefix may be owned again. */
  readonly reusableAfterMs: number | undefined;
}

/** A name that was written to and must be no more. */
export interface Tombstoned {
  readonly key: string;
  readonly revision: number;
}

interface Entry {
  readonly incarnation: number;
  readonly state: StreamState;
  readonly purgeAfterMs: number | undefined;
  readonly reusableAfterMs: number | undefined;
  readonly tombstoneRevision: number;
  /** Other lives that are not PURGED yet. */
  older: readonly number[];
}

export interface StreamStatesOptions {
  readonly entriesMax: number;
  readonly keepsActive: boolean;
  /** How far this machine's clock may be ahead of the leader's. */
  readonly clockMarginMs: number;
}

export class StreamStates {
  readonly #options: StreamStatesOptions;
  #entries = new Map<string, Entry>();
  #listing: Map<string, Entry> | undefined;
  #isListed = false;
  #overflowed = false;
  #listingOverflowed = false;
  /** The name that the listing is at. */
  #listedKey = '';
  #revision = 0;

  constructor(options: StreamStatesOptions) {
    this.#options = options;
  }

  /** Everything up to here has been seen; 0 before the first listing. */
  get revision(): number {
    return this.#revision;
  }

  get isListed(): boolean {
    return this.#isListed;
  }

  /** More names than fit: those without an entry are not known. */
  get isOverflowed(): boolean {
    return this.#overflowed;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined: see V3. */
  get(stream: StreamKey): NameState | undefined {
    return this.#entries.get(keyOf(stream));
  }

  /** Takes the next item of one watch, in its order. */
  apply(item: WatchItem, nowWallMs: number): readonly Tombstoned[] {
    switch (item.kind) {
      case 'progress':
        this.#revision = Math.max(this.#revision, item.revision);
        return [];
      case 'event':
        return this.#takeEvent(item, nowWallMs);
      case 'snapshot': {
        if (item.first || this.#listing === undefined) {
          this.#listing = new Map();
          this.#listedKey = '';
          this.#listingOverflowed = false;
        }
        for (const stream of item.streams) this.#take(this.#listing, stream, item.revision, nowWallMs);
        return item.last ? this.#takeListing(this.#listing, item.revision, nowWallMs) : [];
      }
    }
  }

  /** Drops what has nothing to say any more. */
  prune(nowWallMs: number): void {
    for (const [key, entry] of this.#entries) if (this.#isIdle(entry, nowWallMs)) this.#entries.delete(key);
  }

  #takeListing(listing: Map<string, Entry>, revision: number, nowWallMs: number): readonly Tombstoned[] {
    this.#dropIfIdle(listing, this.#listedKey, nowWallMs);
    const tombstoned: Tombstoned[] = [];
    for (const [key, entry] of listing) {
      const before = this.#entries.get(key);
      const isNews = before?.tombstoneRevision !== entry.tombstoneRevision;
      // The earliest place where its tombstone can be, where the server does not say.
      if (isDead(entry) && isNews)
        tombstoned.push({ key, revision: entry.tombstoneRevision || this.#revision + 1 });
    }
    this.#entries = listing;
    this.#listing = undefined;
    this.#isListed = true;
    this.#overflowed = this.#listingOverflowed;
    this.#revision = Math.max(this.#revision, revision);
    return tombstoned;
  }

  #takeEvent(event: StreamEvent, nowWallMs: number): readonly Tombstoned[] {
    const { stream, type, revision } = event;
    const key = keyOf(stream);
    const known = this.#entries.get(key);
    if (known === undefined) {
      // V1. Of a life that was over before, whatever came after it.
      if (type === 'FORGOTTEN' || (stream.state === 'PURGED' && type !== 'PURGED')) return [];
    } else if (type === 'FORGOTTEN' && known.incarnation === stream.incarnation) {
      this.#entries.delete(key);
      return [];
    }
    return this.#take(this.#entries, stream, revision, nowWallMs);
  }

  #take(
    entries: Map<string, Entry>,
    stream: Stream,
    revision: number,
    nowWallMs: number,
  ): readonly Tombstoned[] {
    const key = keyOf(stream);
    const known = entries.get(key);
    const { incarnation } = stream;
    if (known !== undefined && !supersedes(stream, known)) {
      known.older = without(known.older, incarnation);
      if (stream.state !== 'PURGED') known.older = [...known.older, incarnation];
      this.#keep(entries, key, known, nowWallMs);
      return [];
    }
    const isSameLife = known?.incarnation === incarnation;
    const older = without(known?.older ?? [], incarnation);
    const entry: Entry = {
      incarnation,
      state: stream.state,
      purgeAfterMs: stream.purgeAfterMs,
      reusableAfterMs: stream.reusableAfterMs,
      tombstoneRevision: isDead(stream) ? (stream.tombstoneRevision ?? 0) : 0,
      older:
        known === undefined || isSameLife || known.state === 'PURGED' ? older : [...older, known.incarnation],
    };
    this.#keep(entries, key, entry, nowWallMs);
    const wasDead = isSameLife && known !== undefined && isDead(known);
    return isDead(entry) && !wasDead ? [{ key, revision: stream.tombstoneRevision ?? revision }] : [];
  }

  #keep(entries: Map<string, Entry>, key: string, entry: Entry, nowWallMs: number): void {
    // The lives of one name follow each other in a listing, and one that is ACTIVE decides about those after it.
    if (entries === this.#listing && this.#listedKey !== key) {
      this.#dropIfIdle(entries, this.#listedKey, nowWallMs);
      this.#listedKey = key;
    } else if (entries !== this.#listing && this.#isIdle(entry, nowWallMs)) {
      entries.delete(key);
      return;
    }
    if (!entries.has(key) && entries.size >= this.#options.entriesMax) this.#markOverflow(entries);
    else entries.set(key, entry);
  }

  #markOverflow(entries: Map<string, Entry>): void {
    if (entries === this.#listing) this.#listingOverflowed = true;
    else this.#overflowed = true;
  }

  #dropIfIdle(entries: Map<string, Entry>, key: string, nowWallMs: number): void {
    const entry = entries.get(key);
    if (entry !== undefined && this.#isIdle(entry, nowWallMs)) entries.delete(key);
  }

  #isIdle(entry: Entry, nowWallMs: number): boolean {
    if (entry.state === 'ACTIVE') return !this.#options.keepsActive && entry.older.length === 0;
    if (entry.state !== 'PURGED' || entry.older.length > 0) return false;
    return (entry.reusableAfterMs ?? 0) + this.#options.clockMarginMs <= nowWallMs;
  }
}

function isDead({ state }: { readonly state: StreamState }): boolean {
  return state === 'DELETED' || state === 'PURGING';
}

/** A name has one ACTIVE life at most, which stands for it; an earlier one may have been undeleted. */
function supersedes(stream: Stream, known: Entry): boolean {
  if (stream.incarnation === known.incarnation || stream.state === 'ACTIVE') return true;
  return known.state !== 'ACTIVE' && stream.incarnation > known.incarnation;
}

function without(incarnations: readonly number[], incarnation: number): readonly number[] {
  return incarnations.filter((each) => each !== incarnation);
}
