/**
 * What is demanded of a cluster once everything is healed but a minority: it answers, every tombstoned stream ends
 * PURGED, nothing is left of it, nothing is missing of those that live, the members agree, and all that the clients
 * were ever told was true in some order.
 */
import { TIME_MS_MAX } from '../../src/catalog/limits.js';
import { readSummary } from '../../src/catalog/queries.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import { delay, type Clock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import { checkStreamHistory, type StreamCall } from '../support/linearizability/index.js';
import type { CommittedLog } from './committed-log.js';
import type { CommitWatch } from './commit-watch.js';
import type { Machine } from './machine.js';
import { CLOCK_ERROR_MAX_MS } from './nemesis.js';
import type { SimulatedBucket } from './object-store.js';
import type { Operator } from './operator.js';
import type { RunLoop } from './run-loop.js';
import { Violation } from './violation.js';
import type { WorkloadClient } from './workload.js';

export interface DemandsDeps {
  readonly loop: RunLoop;
  readonly committed: CommittedLog;
  readonly watch: CommitWatch;
  readonly bucket: SimulatedBucket;
  readonly operator: Operator;
  readonly history: readonly StreamCall[];
  readonly checker: WorkloadClient;
  readonly names: readonly string[];
  /** Purged prefixes are swept within the run, and their streams forgotten. */
  readonly sweeps: boolean;
  readonly clock: Clock;
  /** A new life is below a prefix that the catalog can give to nobody: its sweeps leave it alone for ever. */
  readonly isHeld: (prefix: string) => boolean;
  /** What must lie in the bucket at the end, and what must not. Absent: what the upload log and the catalog say. */
  readonly checkBucket?: () => void;
  /** Dead for good, by the nemesis's choice. */
  readonly isLeftDown: (machine: Machine) => boolean;
}

/** A first leader, a write, a read, the end of calls that are under way: each within this. */
export const ANSWER_WITHIN_MS = 60_000;
const PURGED_WITHIN_MS = 20 * 60_000;
const EQUAL_WITHIN_MS = 60_000;
/** What was sent and never answered lands or dies. */
const LANDED_WITHIN_MS = 5 * 60_000;
/** Longer than the fence that a sweep raises. */
const REUSABLE_WITHIN_MS = 6 * 60_000;
const FORGOTTEN_WITHIN_MS = 20 * 60_000;
/** Of one history: beyond it the checker says that it does not know. */
const SEARCH_STATES_MAX = 200_000;

export class Demands {
  readonly #deps: DemandsDeps;
  /** Histories that were too hard to decide. */
  undecided = 0;
  #isWatched = false;

  constructor(deps: DemandsDeps) {
    this.#deps = deps;
  }

  /** `poisoned`: no stream below these prefixes can be purged until `cure` is called. */
  async make(poisoned: readonly string[], cure: () => void): Promise<void> {
    const { loop } = this.#deps;
    await loop.done(this.#resumePurges(), ANSWER_WITHIN_MS, 'a write after the heal');
    if (!this.#isWatched) void this.#stayResumed().catch((error: unknown) => loop.surprised(error));
    this.#isWatched = true;
    for (const name of this.#deps.names) {
      await loop.done(this.#read(name), ANSWER_WITHIN_MS, 'a read after the heal');
    }
    if (poisoned.length > 0) {
      // P5: it is not held against the others.
      await this.#untilPurged(({ prefix }) => !poisoned.some((each) => prefix.startsWith(each)));
      cure();
    }
    await this.#untilPurged(() => true);
  }

  /** Until every purged prefix may be owned again that ever may (P11). */
  async untilReusable(): Promise<void> {
    const { loop, bucket } = this.#deps;
    const fences = this.#streams.map(({ state, reusableAfterMs }) =>
      state === 'PURGED' && reusableAfterMs < TIME_MS_MAX ? reusableAfterMs : 0,
    );
    const passedMs = Math.max(0, ...fences) + CLOCK_ERROR_MAX_MS;
    await loop.until(() => bucket.wallMs() > passedMs, REUSABLE_WITHIN_MS, 'a fence to pass');
  }

  /** When nothing more will be asked for. */
  async makeLast(): Promise<void> {
    const { loop, bucket, sweeps } = this.#deps;
    await loop.until(() => bucket.inFlight === 0, LANDED_WITHIN_MS, 'every request to land');
    if (sweeps) await this.#untilForgotten();
    await loop.until(() => this.#areEqual(), EQUAL_WITHIN_MS, 'every member that is well to agree');
    if (loop.violation === undefined) (this.#deps.checkBucket ?? (() => this.#checkBucket()))();
    if (loop.violation === undefined) this.#checkHistory();
  }

  async #read(name: string): Promise<void> {
    const { checker } = this.#deps;
    const { client } = checker;
    await checker.call(name, { kind: 'get' }, async () => (await client.getStream({ name })).stream);
  }

  /** An operator who does not take no for an answer. */
  async #resumePurges(): Promise<void> {
    for (;;) {
      try {
        await this.#deps.operator.resumePurges();
        return;
      } catch (error) {
        if (!(error instanceof SextonError)) throw error;
        await delay(this.#deps.clock, 200);
      }
    }
  }

  /** A call to pause that was given up in the trouble may still be carried out after it. */
  async #stayResumed(): Promise<void> {
    for (;;) {
      await delay(this.#deps.clock, 5_000);
      if (readSummary(this.#deps.committed).purgesPaused) await this.#resumePurges();
    }
  }

  get #streams(): readonly StreamRecord[] {
    return [...this.#deps.committed.streams.values()];
  }

  async #untilPurged(concerns: (stream: StreamRecord) => boolean): Promise<void> {
    const pending = (): StreamRecord[] =>
      this.#streams.filter((stream) => isPending(stream) && concerns(stream));
    await this.#deps.loop.until(
      () => pending().length === 0,
      PURGED_WITHIN_MS,
      () => `every tombstoned stream PURGED, not ${pending().map(describe).join(', ')}`,
    );
  }

  /** P8: swept for the last time, and forgotten unless its fence is for ever. */
  async #untilForgotten(): Promise<void> {
    const kept = (): StreamRecord[] =>
      this.#streams.filter(
        ({ state, prefix, sweep, reusableAfterMs }) =>
          state === 'PURGED' &&
          (reusableAfterMs < TIME_MS_MAX || (sweep.nextTimeMs !== 0 && !this.#deps.isHeld(prefix))),
      );
    await this.#deps.loop.until(
      () => kept().length === 0,
      FORGOTTEN_WITHIN_MS,
      () => `every purged stream to be forgotten, not ${kept().map(describe).join(', ')}`,
    );
  }

  #areEqual(): boolean {
    const { operator, committed, isLeftDown } = this.#deps;
    return operator.voters
      .filter((machine) => !operator.isLost(machine) && !isLeftDown(machine))
      .every((machine) => machine.status?.appliedIndex === committed.lastIndex);
  }

  #checkBucket(): void {
    const { loop, bucket, watch } = this.#deps;
    const living = this.#streams.filter(({ state }) => state === 'ACTIVE');
    for (const { prefix, incarnation, state } of this.#deps.committed.lives.values()) {
      if (state !== 'PURGED' || living.some((other) => other.prefix === prefix)) continue;
      const left = [...bucket.versions(prefix), ...bucket.uploads(prefix)];
      if (left.length > 0) {
        const facts = `${left.length} versions and uploads of ${incarnation} are left: ${left[0]?.key ?? ''}`;
        loop.violated(new Violation('nothing is left behind', facts));
      }
    }
    for (const { prefix, incarnation } of living) {
      const there = new Set(bucket.keys(prefix));
      const sinceMs = watch.committedAtMs(incarnation) ?? 0;
      const gone = bucket.uploadLog.find(
        ({ key, appliedMs = -1 }) => key.startsWith(prefix) && appliedMs >= sinceMs && !there.has(key),
      );
      if (gone !== undefined) {
        const facts = `${gone.key} of living stream ${incarnation} is gone`;
        loop.violated(new Violation('nothing is deleted too early', facts));
      }
    }
  }

  #checkHistory(): void {
    const { history, loop } = this.#deps;
    const { violations, undecided } = checkStreamHistory(history, {
      maxStates: SEARCH_STATES_MAX,
      forgets: this.#deps.sweeps,
    });
    this.undecided = undecided.length;
    const [first] = violations;
    if (first === undefined) return;
    loop.violated(new Violation('linearizability', `stream ${first.name}\n${first.counterexample.text}`));
  }
}

function isPending({ state }: StreamRecord): boolean {
  return state === 'DELETED' || state === 'PURGING';
}

function describe({ name, incarnation, state, purge }: StreamRecord): string {
  return `${name}#${incarnation} ${state} ${purge.phase} ${purge.lastError}`;
}
