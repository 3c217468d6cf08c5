/**
 * The sessions of ingest nodes (P3), as the leader of one term holds them: whom purges wait for, whose lease has
 * run out, what each has drained. Made when leading begins, filled from the catalog once an entry of the term is
 * applied, thrown away with the leadership.
 *
 *   catalog: opened, expired, gone ---> leases, barrier <--- keep-alives: drained revisions
 *                     ^                      |    |
 *                     +---- expireSession ---+    +---> purges that may begin
 *
 * Drained revisions are nowhere else. A new leader waits for each session to report to it, or to end: what was
 * reported to its predecessor may never have been acted on, and asking again costs one keep-alive.
 */
import { sessionRange } from '../catalog/keys.js';
import { decodeSession, readSession, readStreamByIncarnation, readSummary } from '../catalog/queries.js';
import type {
  Command,
  CommandResult,
  Revision,
  SessionId,
  SessionRecord,
  StreamRecord,
} from '../catalog/types.js';
import { delay, type Clock } from '../shared/clock.js';
import { invalidArgument, SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage } from '../storage/node-storage.js';
import {
  compareSessions,
  type LeaderSessions,
  type SessionLease,
  type SessionReport,
  type SessionTotals,
  type SessionView,
  type TakenUpStream,
  type WaitingSessions,
} from './session-api.js';
import { SessionBarrier } from './session-barrier.js';
import { SessionLeases } from './session-leases.js';
import { ConfirmationRounds } from './session-rounds.js';

/** How often leases are looked at. A purge waits that much longer for a node that died. */
const LOOK_MS = 250;
/** Entries on their way at once; the rest waits for the next look. */
const EXPIRED_AT_ONCE_MAX = 64;

export interface SessionServiceDeps {
  readonly storage: Pick<NodeStorage, 'catalog' | 'iterateCatalog'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commitIndex: () => number;
  /** Bound to the term, as PurgeCluster's. */
  readonly propose: (command: Command) => Promise<CommandResult>;
  readonly confirm: () => Promise<void>;
  /** These streams' purges need not wait any more. */
  readonly freed: (streams: readonly StreamRecord[]) => void;
  /** Fires when leading ends. */
  readonly signal: AbortSignal;
}

export class SessionService implements LeaderSessions {
  readonly #deps: SessionServiceDeps;
  readonly #barrier = new SessionBarrier();
  readonly #leases = new SessionLeases();
  readonly #drained = new Map<SessionId, Revision>();
  readonly #takenUp = new Map<SessionId, readonly TakenUpStream[]>();
  readonly #rounds: ConfirmationRounds;
  #loaded = false;
  #freeing = false;

  constructor(deps: SessionServiceDeps) {
    this.#deps = deps;
    this.#rounds = new ConfirmationRounds(deps.clock, deps.confirm);
  }

  /**
   * Takes over what the catalog holds, once everything that earlier leaders committed is applied here. Entries
   * may be applied meanwhile: each session is read again where it is taken in, and what comes later is told to
   * {@link applied}. Rejects when the store does.
   */
  async load(appliedIndex: () => number): Promise<void> {
    const { storage } = this.#deps;
    for await (const [, value] of storage.iterateCatalog(sessionRange()))
      this.#refresh(decodeSession(value).id);
    // Before this nothing was free, whatever was applied.
    this.#barrier.cover(appliedIndex());
    this.#loaded = true;
  }

  /** Runs until leading ends. Rejects with bugs and fatal conditions only. */
  async run(): Promise<void> {
    const { clock, signal } = this.#deps;
    try {
      while (!signal.aborted) {
        await this.#endDue();
        await delay(clock, LOOK_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#rounds.stop(signal.reason);
    }
  }

  /** Everything up to `index` is applied here; `changed`: the sessions that it was about. */
  applied(index: number, changed: readonly SessionId[]): void {
    for (const id of changed) this.#refresh(id);
    if (!this.#loaded) return;
    this.#barrier.cover(index);
    // Also without a session: the purger may have asked about a tombstone before this index was covered.
    if (this.#barrier.waitingPurges > 0) this.#freeSoon();
  }

  streamsChanged(streams: readonly (StreamRecord | undefined)[]): void {
    for (const stream of streams) if (stream !== undefined) this.#barrier.streamChanged(stream);
  }

  /** P3. */
  readyToBegin(stream: StreamRecord): boolean {
    return this.#barrier.readyToBegin(stream);
  }

  waitingFor(stream: StreamRecord): WaitingSessions {
    return this.#barrier.waitingFor(stream);
  }

  async keepAlive(report: SessionReport): Promise<SessionLease> {
    const { sessionId } = report;
    const record = this.#held(sessionId);
    if (!report.renewOnly) this.#take(record, report);
    await this.renew(sessionId);
    const { highestAwaited } = this.#barrier;
    const drainedNow = this.#drained.get(sessionId) ?? record.openedRevision;
    return {
      leaseMs: record.ttlMs,
      drainedRevision: drainedNow,
      awaitedRevision: highestAwaited > drainedNow ? highestAwaited : 0,
      revision: readSummary(this.#deps.storage.catalog).revision,
    };
  }

  /** Throws INVALID_ARGUMENT for a revision that goes back or is not committed. */
  #take(record: SessionRecord, { sessionId, drainedRevision, takenUp }: SessionReport): void {
    const known = this.#drained.get(sessionId) ?? record.openedRevision;
    if (drainedRevision < known) {
      throw invalidArgument(
        'drained_revision',
        `is ${drainedRevision}; it was ${known} before and never goes back`,
      );
    }
    const committed = this.#deps.commitIndex();
    if (drainedRevision > committed) {
      const description = `is ${drainedRevision}, which is beyond ${committed}, the last that is committed`;
      throw invalidArgument('drained_revision', description);
    }
    // One step: a stream that is named must not be free between its revision and its name.
    const named = this.#takenUp.get(sessionId)?.length ?? 0;
    this.#drained.set(sessionId, drainedRevision);
    this.#takenUp.set(sessionId, takenUp);
    this.#barrier.set(record, drainedRevision, takenUp);
    const mayFree = drainedRevision > known || named > 0;
    if (mayFree && this.#barrier.waitingPurges > 0) this.#freeSoon();
  }

  async renew(sessionId: SessionId): Promise<SessionRecord> {
    this.#held(sessionId);
    this.#leases.renew(sessionId, this.#deps.clock.monotonicMs());
    await this.#rounds.confirmed();
    // It may have been closed meanwhile.
    return this.#held(sessionId);
  }

  list(): readonly SessionView[] {
    const nowMs = this.#deps.clock.monotonicMs();
    const views: SessionView[] = [];
    for (const record of this.#leases.all) {
      const drainedRevision = this.#drained.get(record.id);
      views.push({
        record,
        drainedRevision,
        leaseRemainingMs: this.#leases.remainingMs(record.id, nowMs),
        waitingPurges: this.#barrier.waitingOn(record.id),
        takenUpStreams: this.#barrier.takenUpBy(record.id),
      });
    }
    return views.sort((a, b) => compareSessions(a.record, b.record));
  }

  totals(): SessionTotals {
    const { revision } = readSummary(this.#deps.storage.catalog);
    let lagMax = 0;
    for (const { id, state, openedRevision } of this.#leases.all) {
      if (state !== 'OPEN') continue;
      lagMax = Math.max(lagMax, revision - (this.#drained.get(id) ?? openedRevision));
    }
    const { awaitedSessions: awaited, waitingPurges, stillSentTo } = this.#barrier;
    return { lagMax, awaited, waitingPurges, stillSentTo };
  }

  // ------------------------------------------------------------------------------------- private

  /** Only an OPEN session whose lease goes on: what has expired stays so. */
  #held(sessionId: SessionId): SessionRecord {
    const record = this.#leases.get(sessionId);
    if (record !== undefined && this.#leases.isHeld(sessionId, this.#deps.clock.monotonicMs())) return record;
    const { coveredIndex } = this.#barrier;
    if (record === undefined && sessionId > coveredIndex && sessionId <= this.#deps.commitIndex()) {
      // Applied on the node where it was opened, and not here yet.
      throw new SextonError(
        'NO_LEADER',
        `the leader has not applied the opening of session ${sessionId} yet`,
      );
    }
    throw new SextonError(
      'SESSION_EXPIRED',
      `session ${sessionId} has expired, was closed or never existed; stop uploading and open a new one`,
      { metadata: { session_id: String(sessionId) } },
    );
  }

  /** Takes a session as it is applied now. */
  #refresh(id: SessionId): void {
    const record = readSession(this.#deps.storage.catalog, id);
    if (record === undefined) {
      this.#leases.forget(id);
      this.#barrier.delete(id);
      this.#drained.delete(id);
      this.#takenUp.delete(id);
      return;
    }
    this.#leases.learn(record, this.#deps.clock.monotonicMs());
    const drained = this.#drained.get(id) ?? record.openedRevision;
    this.#barrier.set(record, drained, this.#takenUp.get(id));
  }

  /** Once for all that changes in one turn. */
  #freeSoon(): void {
    if (this.#freeing) return;
    this.#freeing = true;
    queueMicrotask(() => {
      this.#freeing = false;
      if (this.#deps.signal.aborted) return;
      const streams: StreamRecord[] = [];
      for (const incarnation of this.#barrier.takeFreed()) {
        const stream = readStreamByIncarnation(this.#deps.storage.catalog, incarnation);
        if (stream !== undefined) streams.push(stream);
      }
      if (streams.length > 0) this.#deps.freed(streams);
    });
  }

  async #endDue(): Promise<void> {
    const { clock } = this.#deps;
    const due = this.#leases.takeDue(clock.monotonicMs(), clock.wallMs(), EXPIRED_AT_ONCE_MAX);
    await Promise.all(due.map((id) => this.#end(id)));
  }

  async #end(sessionId: SessionId): Promise<void> {
    const { logger, propose, signal } = this.#deps;
    const record = this.#leases.get(sessionId);
    try {
      const result = await propose({ kind: 'expireSession', sessionId });
      if (!result.ok || !result.changed) {
        // Committed time is behind this node's wall clock: asked again a little later.
        this.#leases.retry(sessionId);
        return;
      }
      const facts = { session: sessionId, nodeId: record?.nodeId };
      if (record?.state === 'OPEN') logger.warn(facts, 'session expired: its lease ran out');
      else logger.info(facts, 'session settled: its last upload is past its deadline');
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      this.#leases.retry(sessionId);
      if (!signal.aborted) logger.debug({ session: sessionId, err: error }, 'not expired yet, tried again');
    }
  }
}
