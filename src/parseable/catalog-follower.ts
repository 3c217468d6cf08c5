/**
 * The catalog, as the helper sees it: everything that exists, then every change, through broken connections and
 * failovers (the client's watch), and from the beginning again when the changes in between are no longer
 * kept (REVISION_COMPACTED), when the watch itself fails, or when somebody needs to see everything.
 */
import type { SextonClient, WatchItem } from '../client/index.js';
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import { stepOf, type CatalogStep } from './tombstone.js';
import { sleep, Wakeable } from './wakeable.js';

export interface CatalogHandler {
  beginListing(): void;
  onStep(step: CatalogStep): void;
  endListing(): void;
  /** Everything up to it has been handed over. */
  onRevision(revision: number): void;
  /** Some node has to be told from the beginning. */
  wantsListing(): boolean;
}

export interface CatalogFollowerDeps {
  readonly client: Pick<SextonClient, 'watchStreams'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly backoff: BackoffOptions;
}

/** The cluster may be away, or starting; what says `never` to a listing will say so for ever. */
const FATAL = new Set(['INVALID_ARGUMENT', 'UNIMPLEMENTED']);

export class CatalogFollower {
  readonly #deps: CatalogFollowerDeps;
  readonly #handler: CatalogHandler;
  #error = '';

  constructor(deps: CatalogFollowerDeps, handler: CatalogHandler) {
    this.#deps = deps;
    this.#handler = handler;
  }

  /** Why it does not follow at the moment; '' = it does. */
  get error(): string {
    return this.#error;
  }

  /** Until `signal` aborts. Rejects with what will not pass by itself. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, random, logger, backoff } = this.#deps;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#follow(signal, () => (failures = 0));
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof SextonError) || FATAL.has(error.reason)) throw error;
        failures += 1;
        this.#error = error.message;
        logger.warn({ err: error.message }, 'catalog cannot be followed');
        await sleep(clock, backoffMs(backoff, failures, random), new Wakeable(), signal);
      }
    }
  }

  async #follow(signal: AbortSignal, onItem: () => void): Promise<void> {
    const { client, logger } = this.#deps;
    const watch = client.watchStreams({
      from: 'list',
      onCompacted: 'relist',
      signal,
      onDisconnect: (error) => {
        this.#error = error.message;
        logger.debug({ err: error.message }, 'watch goes on elsewhere');
      },
    });
    for await (const item of watch) {
      this.#error = '';
      onItem();
      this.#accept(item);
      if (item.kind !== 'snapshot' && this.#handler.wantsListing()) return;
    }
  }

  #accept(item: WatchItem): void {
    const handler = this.#handler;
    switch (item.kind) {
      case 'progress':
        handler.onRevision(item.revision);
        return;
      case 'event':
        this.#step(stepOf(item.stream, item));
        return;
      case 'snapshot':
        if (item.first) handler.beginListing();
        for (const stream of item.streams) this.#step(stepOf(stream));
        if (!item.last) return;
        handler.endListing();
        handler.onRevision(item.revision);
    }
  }

  #step(step: CatalogStep | undefined): void {
    if (step !== undefined) this.#handler.onStep(step);
  }
}
