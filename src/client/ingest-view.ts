/**
 * Which streams are ACTIVE, as the watch has told so far. Pure.
 *
 * - V1 The view has every change up to its revision, and none is taken for one that a later one undid: what
 *   a listing already showed newer is not set back by the events that led there.
 * - V2 A stream that leaves the view has its tombstone *after* everything the view had seen while the stream was
 *   in it. Where an event tells of it, that event's revision is the tombstone's; where a listing after a
 *   gap no longer shows it, the earliest revision that it can be is taken instead.
 *
 * Streams in any other state are not kept: a node of a cluster with a million dead streams remembers none of them.
 */
import type { StreamName } from './requests.js';
import type { Stream, WatchItem } from './types.js';

/** A stream that was ACTIVE and is so no more. */
export interface EndedStream {
  readonly stream: Stream;
  /** Where its tombstone is, or the earliest place where it can be. */
  readonly tombstoneRevision: number;
}

export class IngestView {
  #active = new Map<number, Stream>();
  #incarnations = new Map<string, number>();
  /** The pages so far of a listing under way. */
  #listing = new Map<number, Stream>();
  #revision = 0;
  #newestEventRevision = 0;

  /** Every change up to here has been seen. */
  get revision(): number {
    return this.#revision;
  }

  /** How many streams are ACTIVE. */
  get size(): number {
    return this.#active.size;
  }

  /** Undefined: not ACTIVE. */
  stream(incarnation: number): Stream | undefined {
    return this.#active.get(incarnation);
  }

  /** The ACTIVE life of a name. */
  named(name: StreamName): Stream | undefined {
    const incarnation = this.#incarnations.get(keyOf(name));
    return incarnation === undefined ? undefined : this.#active.get(incarnation);
  }

  /** Takes the next item of one watch, in its order. Returns what is ACTIVE no more. */
  apply(item: WatchItem): readonly EndedStream[] {
    switch (item.kind) {
      case 'progress':
        this.#revision = Math.max(this.#revision, item.revision);
        return [];
      case 'event':
        return this.#applyEvent(item.stream, item.revision);
      case 'snapshot':
        if (item.first) this.#listing = new Map();
        for (const stream of item.streams) {
          if (stream.state === 'ACTIVE') this.#listing.set(stream.incarnation, stream);
        }
        return item.last ? this.#takeListing(item.revision) : [];
    }
  }

  #applyEvent(stream: Stream, revision: number): readonly EndedStream[] {
    const known = this.#active.get(stream.incarnation);
    if (known !== undefined && revision <= known.revision) return []; // V1
    this.#newestEventRevision = Math.max(this.#newestEventRevision, revision);
    if (stream.state === 'ACTIVE') {
      this.#active.set(stream.incarnation, stream);
      this.#incarnations.set(keyOf(stream), stream.incarnation);
      return [];
    }
    if (known === undefined) return [];
    this.#active.delete(stream.incarnation);
    if (this.#incarnations.get(keyOf(stream)) === stream.incarnation)
      this.#incarnations.delete(keyOf(stream));
    return [{ stream, tombstoneRevision: revision }];
  }

  #takeListing(revision: number): readonly EndedStream[] {
    // V2: all before the newest event had been seen, and these streams were ACTIVE then.
    const tombstoneRevision = Math.max(this.#revision + 1, this.#newestEventRevision);
    const ended = [...this.#active.values()]
      .filter(({ incarnation }) => !this.#listing.has(incarnation))
      .map((stream) => ({ stream, tombstoneRevision }));
    this.#active = this.#listing;
    this.#listing = new Map();
    this.#incarnations = new Map();
    for (const stream of this.#active.values()) this.#incarnations.set(keyOf(stream), stream.incarnation);
    this.#revision = Math.max(this.#revision, revision);
    return ended;
  }
}

/** No name and no tenant has a slash in it. */
function keyOf({ tenant = '', name }: StreamName): string {
  return `${tenant}/${name}`;
}
