/**
 * Watches by pulling: each watch keeps a cursor and reads the events after it, from memory while it
 * keeps up and from the catalog's kept history when it does not. So a slow watch costs no queue, and
 * none can lose an event or see one twice (etcd #17529, #15220: events lost on starvation, progress
 * told too early).
 */
import type { StreamEvent, StreamRecord } from '../catalog/types.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { PurgeProgressed, WatchItem, WatchOptions } from './node-api.js';

/** Latest events kept decoded in memory for watches that keep up. */
const RECENT_EVENTS = 4_096;
/** Of what purges make known, which is not kept anywhere else: enough for a watch that keeps up. */
const RECENT_PROGRESS = 1_024;
/** Events read from the history at once for one that does not. */
const HISTORY_PAGE = 500;
const DEFAULT_PROGRESS_INTERVAL_MS = 10_000;

export interface WatchHubDeps {
  readonly clock: Clock;
  readonly maxWatches: number;
  readonly appliedIndex: () => number;
  /** Oldest revision that a watch may start after. */
  readonly eventFloor: () => number;
  readonly readHistory: (afterRevision: number, limit: number) => Promise<readonly StreamEvent[]>;
}

export class WatchHub {
  readonly #deps: WatchHubDeps;
  #recent: StreamEvent[] = [];
  #progressed: PurgeProgressed[] = [];
  /** Every event after this revision is in `#recent`. */
  #recentFloor: number;
  readonly #wakers = new Set<() => void>();
  #open = 0;
  #stopped = false;

  constructor(deps: WatchHubDeps) {
    this.#deps = deps;
    this.#recentFloor = deps.appliedIndex();
  }

  get openCount(): number {
    return this.#open;
  }

  publish(events: readonly StreamEvent[], progressed: readonly PurgeProgressed[] = []): void {
    for (const event of events) this.#recent.push(event);
    for (const progress of progressed) this.#progressed.push(progress);
    if (this.#progressed.length > 2 * RECENT_PROGRESS)
      this.#progressed.splice(0, this.#progressed.length - RECENT_PROGRESS);
    if (this.#recent.length > 2 * RECENT_EVENTS) {
      const dropped = this.#recent.splice(0, this.#recent.length - RECENT_EVENTS);
      this.#recentFloor = dropped[dropped.length - 1]?.revision ?? this.#recentFloor;
    }
  }

  /** The applied index moved, after its events were published. */
  applied(): void {
    for (const wake of this.#wakers) wake();
  }

  /** A snapshot took the catalog's place: what lies in memory is not all that happened. */
  reset(): void {
    this.#recent = [];
    this.#progressed = [];
    this.#recentFloor = this.#deps.appliedIndex();
    this.applied();
  }

  stop(): void {
    this.#stopped = true;
    this.applied();
  }

  async *watch(options: WatchOptions): AsyncGenerator<WatchItem, void, undefined> {
    if (this.#open >= this.#deps.maxWatches) {
      throw new SextonError('TOO_MANY_REQUESTS', `${this.#open} watches are open on this node`, {
        retryAfterMs: 1_000,
      });
    }
    this.#open++;
    try {
      yield* this.#follow(options);
    } finally {
      this.#open--;
    }
  }

  async *#follow(options: WatchOptions): AsyncGenerator<WatchItem, void, undefined> {
    const progressMs =
      options.progressIntervalMs === 0 ? DEFAULT_PROGRESS_INTERVAL_MS : options.progressIntervalMs;
    let cursor = options.startRevision ?? this.#deps.appliedIndex();
    yield { kind: 'header', revision: cursor, oldestRevision: this.#deps.eventFloor() };
    let toldAtMs = this.#deps.clock.monotonicMs();
    while (!options.signal.aborted) {
      if (this.#stopped) throw new SextonError('NODE_STOPPING', 'this node is stopping; resume on another');
      // Before the events are read: what is applied afterwards is told in the next round.
      const upTo = this.#deps.appliedIndex();
      const news = upTo > cursor ? await this.#newsAfter(cursor, options) : [];
      for (const { revision, stream, item } of news) {
        cursor = revision;
        if (!matches(stream, options)) continue;
        yield item;
        toldAtMs = this.#deps.clock.monotonicMs();
      }
      if (news.length > 0) continue;
      cursor = Math.max(cursor, upTo);
      if (this.#deps.clock.monotonicMs() - toldAtMs >= progressMs) {
        yield { kind: 'progress', revision: cursor };
        toldAtMs = this.#deps.clock.monotonicMs();
      }
      const waitMs = Math.max(1, toldAtMs + progressMs - this.#deps.clock.monotonicMs());
      await this.#wakeUp(cursor, waitMs, options.signal);
    }
  }

  /** In ascending revision. Progress only from memory: while a watch reads the history, it is told of events alone. */
  async #newsAfter(revision: number, options: WatchOptions): Promise<readonly News[]> {
    const keepsUp = revision >= this.#recentFloor;
    const news = (await this.#eventsAfter(revision)).map((event): News => {
      return { revision: event.revision, stream: event.stream, item: { kind: 'event', event } };
    });
    if (!keepsUp || options.includePurgeProgress !== true) return news;
    for (const progress of this.#progressed) {
      if (progress.revision > revision) news.push({ ...progress, item: { kind: 'purgeProgress', progress } });
    }
    // One entry makes an event or progress, never both.
    return news.sort((a, b) => a.revision - b.revision);
  }

  async #eventsAfter(revision: number): Promise<readonly StreamEvent[]> {
    if (revision >= this.#recentFloor) {
      return this.#recent.filter((event) => event.revision > revision);
    }
    const events = await this.#deps.readHistory(revision, HISTORY_PAGE);
    // After the read: trimming never removes what was read, but may have removed what was before it.
    const floor = this.#deps.eventFloor();
    if (revision < floor) {
      throw new SextonError(
        'REVISION_COMPACTED',
        `events up to revision ${floor} are no longer kept; list again`,
        {
          metadata: { oldest_revision: String(floor) },
        },
      );
    }
    return events;
  }

  /** Until something is applied beyond `cursor`, the time is over, or the watch ends. */
  #wakeUp(cursor: number, waitMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const wake = (): void => {
        if (this.#stopped || this.#deps.appliedIndex() > cursor) done();
      };
      const timer = this.#deps.clock.setTimer(waitMs, done);
      this.#wakers.add(wake);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
      else wake();
    });
  }
}

interface News {
  readonly revision: number;
  readonly stream: StreamRecord;
  readonly item: WatchItem;
}

function matches(stream: StreamRecord, options: WatchOptions): boolean {
  return (
    (options.tenant === undefined || stream.tenant === options.tenant) &&
    stream.name.startsWith(options.namePrefix)
  );
}
