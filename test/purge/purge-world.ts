/**
 * A bucket, a catalog and successive leaders in virtual time, with an oracle that looks at every request with
 * an effect as it leaves: was the stream PURGING (P1), did a confirmation of leadership begin after the batch
 * was prepared (P2), was all data gone before metadata (P7), is no key of a new life among them (P12). `assertClean` also proves that leaders leave
 * nothing behind: no timer, no listener.
 */
import { expect } from 'vitest';
import type { Logger } from '../../src/shared/logger.js';
import { startPurger, type Purger, type PurgerDeps } from '../../src/purge/purger.js';
import { lifeStateOf } from '../../src/catalog/lifecycle.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import {
  MemoryObjectStore,
  type MemoryStoreOptions,
  type RequestFault,
  type StoreRequest,
} from '../support/memory-object-store.js';
import { seededRandom, TimerCount, VirtualClock } from '../support/virtual-clock.js';
import { FakeCatalog, FakeLeader } from './fake-cluster.js';

export interface Term {
  readonly leader: FakeLeader;
  readonly purger: Purger;
  readonly timers: TimerCount;
}

const DAY_MS = 86_400_000;

/** As a writer says that it made a stream then. */
export function streamJson(createdMs: number, more: object = {}): string {
  return JSON.stringify({ 'created-at': new Date(createdMs).toISOString(), ...more });
}

export type WorldOptions = Omit<MemoryStoreOptions, 'clock'> & { readonly seed?: number };

export class PurgeWorld {
  readonly clock = new VirtualClock();
  readonly store: MemoryObjectStore;
  readonly catalog: FakeCatalog;
  readonly random: { next(): number };
  readonly terms: Term[] = [];
  readonly violations: string[] = [];
  readonly logged: { readonly level: string; readonly message: string }[] = [];
  /** The test's own faults. */
  onRequest: (request: StoreRequest, caller: string) => RequestFault | undefined = () => undefined;

  constructor(options: WorldOptions = {}) {
    this.store = new MemoryObjectStore({ ...options, clock: this.clock });
    this.catalog = new FakeCatalog(this.clock);
    this.random = seededRandom(options.seed ?? 1);
    this.store.onSend = ({ caller, preparedSequence, sentSequence, targets }) => {
      const confirmed = this.#leaderOf(caller).confirmations.find(
        ({ begunSequence, endedSequence }) =>
          begunSequence > preparedSequence && endedSequence < sentSequence,
      );
      if (confirmed === undefined)
        this.violations.push(`P2: ${caller} sent a batch that nobody confirmed after its prepare`);
      else this.#checkLook(targets[0]?.key ?? '', caller, confirmed.endedSequence);
      for (const { key } of targets) this.#checkKey(key, caller);
    };
    this.store.onRequest = (request, caller) => {
      if (request.kind === 'abort') this.#checkKey(request.upload.key, caller);
      return this.onRequest(request, caller);
    };
  }

  #leaderOf(caller: string): FakeLeader {
    const term = this.terms.find(({ leader }) => leader.name === caller);
    if (term === undefined) throw new Error(`no such leader: ${caller}`);
    return term.leader;
  }

  /** P12: below a prefix that may be used again, the metadata is looked at after the round trip. */
  #checkLook(key: string, caller: string, confirmedSequence: number): void {
    const owner = this.owners.findLast(({ prefix }) => key.startsWith(prefix));
    if (owner === undefined || !owner.prefixReusable) return;
    const record = this.catalog.stream(owner.incarnation);
    if (record?.state === 'PURGING' && record.purge.discardNewWrites) return;
    const looked = this.store.requests.findLast(
      ({ caller: by, request }) =>
        by === caller && request.kind === 'listObjects' && request.prefix === `${owner.prefix}.stream`,
    );
    if ((looked?.sequence ?? -1) < confirmedSequence)
      this.violations.push(`P12: ${caller} deletes ${key} without a look after its round trip`);
  }

  #checkKey(key: string, caller: string): void {
    const owners = this.owners.filter(({ prefix }) => key.startsWith(prefix));
    const alive = owners.find(({ incarnation }) => {
      const state = this.catalog.stream(incarnation)?.state;
      return state === 'ACTIVE' || state === 'DELETED';
    });
    if (this.newLife.has(key)) this.violations.push(`P12: ${caller} deletes ${key} of a new life`);
    const owner = alive ?? owners.at(-1);
    if (owner === undefined) {
      this.violations.push(`${caller} deletes ${key}, which no stream owns`);
      return;
    }
    const state = lifeStateOf(this.catalog.stream(owner.incarnation));
    if (state !== 'PURGING' && state !== 'PURGED')
      this.violations.push(`P1: ${caller} deletes ${key} of a stream that is ${state}`);
    const metadata = `${owner.prefix}.stream/`;
    if (!key.startsWith(metadata)) return;
    // What a late writer adds after the listing without data (its keys say `late`) is no breach.
    const data = this.store
      .keys(owner.prefix)
      .find((other) => !other.startsWith(metadata) && !other.includes('/late'));
    if (data !== undefined) this.violations.push(`P7: ${caller} deletes ${key} while ${data} is there`);
  }

  readonly owners: StreamRecord[] = [];
  /** Keys of a life that began behind the catalog. */
  readonly newLife = new Set<string>();

  /** A stream with `objects` data objects and two of metadata. */
  stream(name: string, objects: number, prefix = ''): StreamRecord {
    const record = this.catalog.create(name, prefix);
    this.owners.push(record);
    this.store.put(`${record.prefix}.stream/.stream.json`, streamJson(this.clock.wallMs() - DAY_MS));
    this.store.put(`${record.prefix}.stream/.schema`);
    for (let at = 0; at < objects; at++) {
      this.store.put(`${record.prefix}date=2026-01-01/${String(at).padStart(7, '0')}.parquet`);
    }
    return record;
  }

  /** What an ingest node does for an event of a name that it does not know: metadata first, then data. */
  rebirth(prefix: string, objects = 2): readonly string[] {
    const metadata = `${prefix}.stream/.ingestor.node.stream.json`;
    this.store.put(metadata, streamJson(this.clock.wallMs()));
    const keys = Array.from({ length: objects }, (_, at) => `${prefix}date=2026-02-01/new-${at}.parquet`);
    for (const key of keys) this.store.put(key);
    for (const key of [metadata, ...keys]) this.newLife.add(key);
    return [metadata, ...keys];
  }

  lead(
    options: PurgerDeps['options'] = {},
    more: Partial<
      Pick<PurgerDeps, 'metrics' | 'sweepAfterMs' | 'rebornPolicy' | 'takeOverBucketFrom' | 'store'>
    > = {},
  ): Term {
    const leader = new FakeLeader(this.catalog, () => this.store.nextSequence++);
    const timers = new TimerCount(this.clock);
    const purger = startPurger({
      cluster: leader,
      store: this.store.as(leader.name),
      clock: timers,
      random: this.random,
      logger: this.#logger(),
      options,
      signal: leader.signal,
      ...more,
    });
    const term = { leader, purger, timers };
    this.terms.push(term);
    return term;
  }

  state(stream: StreamRecord): StreamRecord['state'] | undefined {
    return this.catalog.stream(stream.incarnation)?.state;
  }

  phase(stream: StreamRecord): string | undefined {
    return this.catalog.stream(stream.incarnation)?.purge.phase;
  }

  async until(stream: StreamRecord, state: StreamRecord['state'], withinMs?: number): Promise<void> {
    await this.clock.runUntil(() => this.state(stream) === state, withinMs);
  }

  async untilPhase(stream: StreamRecord, phase: string, withinMs?: number): Promise<void> {
    await this.clock.runUntil(() => this.phase(stream) === phase, withinMs);
  }

  /** Deposes every leader, and checks the oracle and what they left behind. */
  async assertClean(): Promise<void> {
    for (const { leader, purger, timers } of this.terms) {
      leader.depose();
      await this.clock.run(purger.done);
      expect(timers.active, `timers left by ${leader.name}`).toBe(0);
    }
    expect(this.catalog.listeners.size, 'listeners left').toBe(0);
    expect(this.violations).toEqual([]);
  }

  #logger(): Logger {
    const at = (level: string) => (_fields: object, message: string) => {
      this.logged.push({ level, message });
    };
    const logger: Logger = {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: () => logger,
    };
    return logger;
  }
}
