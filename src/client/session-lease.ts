/**
 * A session at its lowest level: a lease that is kept alive, and a drained revision that its holder knows by
 * itself. For a program that answers for another one, such as a helper beside nodes that know nothing of
 * sessions; an ingest node wants `openIngestSession`, which knows by itself what has drained.
 *
 * - The revision that the holder names is reported as it is, but never less than before, nor less than where the
 *   session began. What it must be below is the holder's business (P3).
 * - `resume` goes on with the newest OPEN session of the same node that an earlier run has left behind. Its lease
 *   may be held by somebody else still: then both keep it alive, and the one that is behind is refused.
 */
import { deferred, type Deferred } from '../shared/deferred.js';
import { SextonError } from '../shared/errors.js';
import type { KeepAliveRequest } from '../generated/sexton/v1/KeepAliveRequest.js';
import type { KeepAliveResponse__Output } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { OpenSessionRequest } from '../generated/sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse__Output } from '../generated/sexton/v1/OpenSessionResponse.js';
import type { CallOptions } from './call-runner.js';
import { durationMs, wireDuration, wireTimestamp } from './convert.js';
import { toSession } from './convert-session.js';
import { LeaseKeeper, type KeeperDeps } from './ingest-keeper.js';
import type { Lifetime, Scope } from './lifetime.js';
import { within } from './options.js';
import type { Session } from './types.js';

const HOUR_MS = 3_600_000;

export interface SessionLeaseOptions {
  /** 1 to 255 bytes of UTF-8, for people. */
  readonly nodeId: string;
  /** Default 30 s. 5 s to 1 hour. Of a session that is resumed: as it was opened. */
  readonly ttlMs?: number;
  /** Default 60 s. 1 s to 1 hour. Likewise. */
  readonly uploadDeadlineMs?: number;
  /** Go on with the node's newest OPEN session where there is one. Default false. */
  readonly resume?: boolean;
  /** How often to report without news. Default, and at most, a third of the TTL. At least 100 ms. */
  readonly reportEveryMs?: number;
  /**
   * The session holds up every purge that is draining, also those that began to drain before it opened: for a holder
   * that speaks for a node which may hold such streams. Default false. Of a session that is resumed: as it was opened.
   */
  readonly coversEarlier?: boolean;
  /**
   * Everything whose drain began at or before it has drained, as of now. Called right before each report, with what was
   * reported last, or where the session began: that stays reported, and what has not drained at or below it belongs
   * into {@link takenUp}. Undefined: nothing can be said now, and the lease alone is renewed.
   */
  readonly drainedRevision: (reportedRevision: number) => number | undefined;
  /**
   * Streams at or below {@link drainedRevision} that are not drained all the same: the node has taken them up again.
   * At most 1,000. Called right after {@link drainedRevision}. Default: none.
   */
  readonly takenUp?: () => readonly TakenUp[];
  /** A report was taken. */
  readonly onConfirmed?: (confirmed: ConfirmedReport) => void;
  /** Ends the opening with the signal's reason. Once held, a lease ends with `leave` or `close`. */
  readonly signal?: AbortSignal;
}

/** A stream that a node holds again after it had let it go. */
export interface TakenUp {
  readonly incarnation: number;
  /** When the node was last seen to hold it. Milliseconds since the epoch. */
  readonly lastSeenTimeMs: number;
}

export interface ConfirmedReport {
  readonly drainedRevision: number;
  /** A purge waits for this session to drain up to here; 0: none does. */
  readonly awaitedRevision: number;
  /** From now; the answer's way back is taken off. */
  readonly leaseRemainingMs: number;
}

/**
 * EXPIRED: the cluster does not know the session any more. REFUSED: it does, and takes no report of this holder.
 * LEFT: the holder has stopped, or closed the session or its client.
 */
export type SessionLeaseEnd =
  { readonly reason: 'LEFT' } | { readonly reason: 'EXPIRED' | 'REFUSED'; readonly error: SextonError };

export interface SessionLeaseDeps extends Omit<KeeperDeps, 'everyMs' | 'frame' | 'onAnswer' | 'onRefused'> {
  readonly lifetime: Lifetime;
  readonly open: (request: OpenSessionRequest, options: CallOptions) => Promise<OpenSessionResponse__Output>;
  readonly list: (nodeId: string, options: CallOptions) => AsyncIterable<Session>;
  readonly close: (sessionId: string, settled: boolean) => Promise<unknown>;
}

/** Where `SextonClient.sessions.hold` ends up. */
export async function holdSession(
  deps: SessionLeaseDeps,
  options: SessionLeaseOptions,
): Promise<SessionLease> {
  const { nodeId, signal } = options;
  within('reportEveryMs', options.reportEveryMs ?? HOUR_MS, 100, HOUR_MS);
  const call: CallOptions = signal === undefined ? {} : { signal };
  // Counted from before the first try: whichever one was executed, the lease runs from later.
  const sentMs = deps.clock.monotonicMs();
  if (options.resume === true) {
    let newest: Session | undefined;
    for await (const session of deps.list(nodeId, call)) {
      // Ordered by id: the last one is the newest.
      if (session.nodeId === nodeId && session.state === 'OPEN') newest = session;
    }
    if (newest !== undefined) return new SessionLease(deps, options, newest, true, sentMs);
  }
  const ttl = within('ttlMs', options.ttlMs ?? 30_000, 5_000, HOUR_MS);
  const uploadDeadline = within('uploadDeadlineMs', options.uploadDeadlineMs ?? 60_000, 1_000, HOUR_MS);
  const request = {
    nodeId,
    ttl: wireDuration(ttl),
    uploadDeadline: wireDuration(uploadDeadline),
    coversEarlier: options.coversEarlier ?? false,
  };
  const answer = await deps.open(request, call);
  if (!answer.session) throw new SextonError('INTERNAL', 'the answer lacks the session');
  return new SessionLease(deps, options, toSession(answer.session), false, sentMs);
}

export class SessionLease {
  readonly sessionId: string;
  /** The session was there already. */
  readonly resumed: boolean;
  /** Purges whose drain began at or before it do not wait for this session. */
  readonly floorRevision: number;
  /** Resolves, never rejects, when nothing is reported any more. */
  readonly ended: Promise<SessionLeaseEnd>;

  readonly #deps: SessionLeaseDeps;
  readonly #options: SessionLeaseOptions;
  readonly #keeper: LeaseKeeper;
  readonly #scope: Scope;
  readonly #end: Deferred<SessionLeaseEnd> = deferred();
  #reported: number;
  #leaseUntilMs: number;

  /** Made by {@link holdSession}. */
  constructor(
    deps: SessionLeaseDeps,
    options: SessionLeaseOptions,
    session: Session,
    resumed: boolean,
    sentMs: number,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.sessionId = session.sessionId;
    this.resumed = resumed;
    this.floorRevision = Math.max(session.openedRevision, session.drainedRevision ?? 0);
    this.#reported = this.floorRevision;
    this.#leaseUntilMs = sentMs + (session.leaseRemainingMs ?? 0);
    this.ended = this.#end.promise;
    const everyMs = session.ttlMs / 3;
    this.#keeper = new LeaseKeeper({
      ...deps,
      everyMs: Math.min(options.reportEveryMs ?? everyMs, everyMs),
      frame: () => this.#nextFrame(),
      onAnswer: (answer, frameSentMs) => this.#onAnswer(answer, frameSentMs),
      onRefused: (error) => this.#onRefused(error),
    });
    this.#scope = deps.lifetime.begin();
    this.#scope.signal.addEventListener('abort', () => this.leave(), { once: true });
    this.#keeper.start();
  }

  /** How long the cluster holds the lease for sure; 0: it may have run out. */
  leaseRemainingMs(): number {
    return Math.max(0, this.#leaseUntilMs - this.#deps.clock.monotonicMs());
  }

  /** Something has drained: report it before the next report is due. */
  nudge(): void {
    this.#keeper.nudge();
  }

  /** Stops reporting. The session stays open until its lease runs out, or somebody resumes it. Idempotent. */
  leave(): void {
    this.#over({ reason: 'LEFT' });
  }

  /** Ends the session. `settled`: see the protocol's CloseSession. Rejects as any write. */
  async close(options: { readonly settled: boolean }): Promise<void> {
    this.leave();
    await this.#deps.close(this.sessionId, options.settled);
  }

  #nextFrame(): Omit<KeepAliveRequest, 'sequence'> {
    const drained = this.#options.drainedRevision(this.#reported);
    if (drained === undefined)
      return { sessionId: this.sessionId, drainedRevision: this.#reported, renewOnly: true };
    this.#reported = Math.max(this.#reported, drained);
    const takenUp = (this.#options.takenUp?.() ?? []).map(({ incarnation, lastSeenTimeMs }) => ({
      incarnation,
      lastSeenTime: wireTimestamp(lastSeenTimeMs),
    }));
    return { sessionId: this.sessionId, drainedRevision: this.#reported, takenUp };
  }

  #onAnswer(answer: KeepAliveResponse__Output, sentMs: number): void {
    this.#leaseUntilMs = sentMs + (durationMs(answer.leaseRemaining) ?? 0);
    const { drainedRevision, awaitedRevision } = answer;
    const leaseRemainingMs = this.leaseRemainingMs();
    this.#options.onConfirmed?.({ drainedRevision, awaitedRevision, leaseRemainingMs });
    // Only what somebody waits for is worth a frame of its own: the revision moves with every change.
    const drained = this.#options.drainedRevision(this.#reported) ?? 0;
    if (awaitedRevision > this.#reported && drained > this.#reported) this.nudge();
  }

  /** What one node says is said by the leader: the others would say the same. */
  #onRefused(error: SextonError): boolean {
    this.#over({ reason: error.reason === 'SESSION_EXPIRED' ? 'EXPIRED' : 'REFUSED', error });
    return true;
  }

  #over(end: SessionLeaseEnd): void {
    this.#keeper.stop();
    this.#scope.end();
    this.#end.resolve(end);
  }
}
