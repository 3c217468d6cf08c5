/**
 * Applies committed entries to the catalog, in log order, many to a batch. C4: the effects of a batch
 * and its last index are one atomic write; it is not synced, because the log can repeat it.
 *
 * Only after that write are results told to callers, events to watches and the index to readers: a
 * point read always sees what an answer was based on.
 */
import { applyEntry } from '../catalog/apply.js';
import { decodeEnvelope } from '../catalog/codec.js';
import { Overlay } from '../catalog/overlay.js';
import { readSummary } from '../catalog/queries.js';
import type {
  AppliedEntry,
  CommandEnvelope,
  CommandResult,
  SessionId,
  StreamEvent,
  StreamRecord,
} from '../catalog/types.js';
import type { Entry, LogIndex } from '../raft/types.js';
import { assert } from '../shared/assert.js';
import { deferred, type Deferred } from '../shared/deferred.js';
import type { NodeStorage } from '../storage/node-storage.js';
import { DIGEST_CHECKPOINT_ENTRIES, type StateDigest } from './digest-history.js';
import type { PurgeProgressed } from './node-api.js';

/** Entries per batch: bounds the overlay's memory and how long other work of the loop waits. */
const BATCH_ENTRIES = 512;

export interface AppliedCommand {
  readonly index: LogIndex;
  readonly envelope: CommandEnvelope;
  readonly result: CommandResult;
}

export interface ApplierDeps {
  readonly storage: Pick<NodeStorage, 'applyBatch' | 'catalog' | 'appliedIndex'>;
  /** After the write: commands that ended, then the index that is now readable. */
  readonly applied: (index: LogIndex, commands: readonly AppliedCommand[]) => void;
  /** `progressed`: purges that moved without their stream; what no event tells of. */
  readonly eventsApplied: (events: readonly StreamEvent[], progressed: readonly PurgeProgressed[]) => void;
  /** With each batch, in the turn in which its index becomes readable and before `streamsChanged` (P3). */
  readonly sessionsApplied: (index: LogIndex, changed: readonly SessionId[]) => void;
  readonly streamsChanged: (streams: readonly (StreamRecord | undefined)[]) => void;
  /** S7: the state's digest as of each checkpoint in the batch and as of its end, ascending. */
  readonly digests: (digests: readonly StateDigest[]) => void;
  readonly observeApply: (entries: number) => void;
  /** Lets other work of the event loop run between two batches. */
  readonly yieldToLoop: () => Promise<void>;
  readonly fatal: (error: unknown) => void;
}

export class Applier {
  readonly #deps: ApplierDeps;
  #queue: Entry[] = [];
  #appliedIndex: LogIndex;
  #running = false;
  #stopped = false;
  #idle: Deferred<void>[] = [];

  constructor(deps: ApplierDeps) {
    this.#deps = deps;
    this.#appliedIndex = deps.storage.appliedIndex;
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  enqueue(entries: readonly Entry[]): void {
    for (const entry of entries) this.#queue.push(entry);
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#run().catch((error: unknown) => {
      this.#stopped = true;
      for (const waiter of this.#idle) waiter.reject(error);
      this.#idle = [];
      this.#deps.fatal(error);
    });
  }

  /** Resolves once everything enqueued so far is applied. */
  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    const waiter = deferred<void>();
    this.#idle.push(waiter);
    return waiter.promise;
  }

  async stop(): Promise<void> {
    this.#queue = [];
    await this.idle();
    this.#stopped = true;
  }

  /** A snapshot took the catalog's place. Only while idle. */
  reset(appliedIndex: LogIndex): void {
    assert(!this.#running && this.#queue.length === 0, 'reset of a busy applier');
    this.#appliedIndex = appliedIndex;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, BATCH_ENTRIES);
      await this.#applyBatch(batch);
      if (this.#queue.length > 0) await this.#deps.yieldToLoop();
    }
    this.#running = false;
    const waiters = this.#idle;
    this.#idle = [];
    for (const waiter of waiters) waiter.resolve();
  }

  async #applyBatch(entries: readonly Entry[]): Promise<void> {
    const overlay = new Overlay(this.#deps.storage.catalog);
    const commands: AppliedCommand[] = [];
    const events: StreamEvent[] = [];
    const progressed: PurgeProgressed[] = [];
    const changed: (StreamRecord | undefined)[] = [];
    const sessions: SessionId[] = [];
    const digests: StateDigest[] = [];
    let last = this.#appliedIndex;
    for (const entry of entries) {
      assert(entry.index === last + 1, () => `apply of ${entry.index} after ${last}: the log has a gap`);
      last = entry.index;
      if (entry.payload.kind === 'command') {
        // The bytes were checked when they arrived (S1); a failure here is damage, and final.
        const envelope = decodeEnvelope(entry.payload.data);
        const applied = applyEntry(overlay, envelope, entry.index);
        overlay.add(applied.writes);
        commands.push({ index: entry.index, envelope, result: applied.result });
        const progress = progressOf(applied, entry.index);
        if (applied.event !== undefined) events.push(applied.event);
        if (progress !== undefined) progressed.push(progress);
        if (applied.result.ok && applied.result.changed) {
          if (applied.result.session !== undefined) sessions.push(applied.result.session.id);
          else changed.push(applied.result.stream);
        }
      }
      if (last % DIGEST_CHECKPOINT_ENTRIES === 0 || entry === entries[entries.length - 1]) {
        digests.push({ index: last, digest: readSummary(overlay).digest });
      }
    }
    await this.#deps.storage.applyBatch(last, overlay.writes());
    this.#appliedIndex = last;
    this.#deps.sessionsApplied(last, sessions);
    this.#deps.digests(digests);
    this.#deps.observeApply(entries.length);
    if (events.length + progressed.length > 0) this.#deps.eventsApplied(events, progressed);
    if (changed.length > 0) this.#deps.streamsChanged(changed);
    this.#deps.applied(last, commands);
  }
}

function progressOf({ result, event }: AppliedEntry, revision: LogIndex): PurgeProgressed | undefined {
  if (!result.ok || !result.changed || result.stream === undefined || event !== undefined) return undefined;
  return { revision, stream: result.stream };
}
