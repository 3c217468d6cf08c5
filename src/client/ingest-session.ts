/**
 * An ingest node's half of the barrier (P3): as long as this session lives, no stream that it may write to is purged
 * before its uploads for it have settled. The decisions are the ledger's (`ingest-ledger.ts`); here are the
 * timers, the calls and the signals.
 *
 * A session lives once. When it has expired, or cannot be kept up, it says so (`ended`), stops every upload and
 * lets none begin; whoever wants to go on opens another one. That one's view and ledger are new: what the old one left
 * with the store is waited for by the cluster, one upload deadline from the expiry.
 */
import type { Clock, Timer } from '../shared/clock.js';
import { deferred, type Deferred } from '../shared/deferred.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { CloseSessionRequest } from '../generated/sexton/v1/CloseSessionRequest.js';
import type { KeepAliveResponse__Output } from '../generated/sexton/v1/KeepAliveResponse.js';
import type { Session__Output } from '../generated/sexton/v1/Session.js';
import { durationMs } from './convert.js';
import { followStreams } from './ingest-follower.js';
import { LeaseKeeper } from './ingest-keeper.js';
import { IngestLedger, type LedgerUpload, type Tombstone } from './ingest-ledger.js';
import {
  type GuardOptions,
  type IngestSessionEnd,
  type IngestSessionStatus,
  type ResolvedIngestOptions,
  type UploadTarget,
} from './ingest-options.js';
import {
  notReadyError,
  overError,
  refusalError,
  tombstoneError,
  type RefusingSession,
} from './ingest-refusals.js';
import { RunningUpload, type Upload } from './ingest-upload.js';
import type { LeaderRouting } from './leader-routing.js';
import type { Lifetime, Scope } from './lifetime.js';
import { within } from './options.js';
import type { StreamName } from './requests.js';
import type { RetryLimits } from './retry.js';
import type { ClientTransport } from './transport.js';
import type { Stream, WatchItem } from './types.js';
import { Wakeup } from './wakeup.js';
import type { WatchOptions } from './watch.js';

export interface IngestSessionDeps {
  readonly transport: ClientTransport;
  readonly routing: LeaderRouting;
  readonly lifetime: Lifetime;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly limits: RetryLimits;
  readonly perTryTimeoutMs: number;
  readonly close: (request: CloseSessionRequest) => Promise<unknown>;
  readonly watch: (options: WatchOptions) => AsyncIterable<WatchItem>;
}

export class IngestSession {
  readonly sessionId: string;
  readonly nodeId: string;
  /** Uploads begin once the view has come so far. */
  readonly openedRevision: number;
  /** As the cluster keeps them. */
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
  /** Resolves, never rejects, when the session is over: no upload begins any more. */
  readonly ended: Promise<IngestSessionEnd>;

  readonly #deps: IngestSessionDeps;
  readonly #options: ResolvedIngestOptions;
  readonly #ledger: IngestLedger;
  readonly #keeper: LeaseKeeper;
  /** Ends the watch; aborted when the client is closed. */
  readonly #scope: Scope;
  readonly #running = new Map<LedgerUpload, RunningUpload>();
  readonly #changed = new Wakeup();
  readonly #end: Deferred<IngestSessionEnd> = deferred();
  #endedWith: IngestSessionEnd | undefined;
  #closing: Promise<{ readonly settled: boolean }> | undefined;
  #leaseTimer: Timer | undefined;
  #settlingTimer: Timer | undefined;
  #clusterRevision = 0;
  #awaitedRevision = 0;

  /** For `ingest-open.ts`. `sentMs`: when the request left that opened it, by the monotonic clock. */
  constructor(
    deps: IngestSessionDeps,
    options: ResolvedIngestOptions,
    wire: Session__Output,
    sentMs: number,
  ) {
    this.#deps = deps;
    this.#options = options;
    this.sessionId = wire.sessionId;
    this.nodeId = wire.nodeId;
    this.openedRevision = wire.openedRevision;
    this.ttlMs = durationMs(wire.ttl) ?? options.ttlMs;
    this.uploadDeadlineMs = durationMs(wire.uploadDeadline) ?? options.uploadDeadlineMs;
    this.ended = this.#end.promise;
    const { openedRevision, uploadDeadlineMs } = this;
    this.#ledger = new IngestLedger({ openedRevision, uploadDeadlineMs, uploadsMax: options.maxUploads });
    this.#ledger.renewed(sentMs, durationMs(wire.leaseRemaining) ?? 0);
    this.#scope = deps.lifetime.begin();
    this.#scope.signal.addEventListener('abort', () => this.#over({ reason: 'CLOSED' }), { once: true });
    this.#keeper = new LeaseKeeper({
      ...deps,
      everyMs: this.ttlMs / 3,
      frame: () => this.#nextFrame(),
      onAnswer: (answer, frameSentMs) => this.#onAnswer(answer, frameSentMs),
      onRefused: (error) => this.#onRefused(error),
    });
    this.#watchLease();
    this.#keeper.start();
    void followStreams({ ...deps, ...options.filter, signal: this.#scope.signal }, (item) =>
      this.#onItem(item),
    ).then((error) => {
      if (error !== undefined) this.#over({ reason: 'FAILED', error });
    });
  }

  /** The ACTIVE life of a name, as last seen; undefined: none is, or it is outside what the session follows. */
  stream(name: StreamName): Stream | undefined {
    return this.#ledger.view.named(name);
  }

  status(): IngestSessionStatus {
    const nowMs = this.#deps.clock.monotonicMs();
    const { view, leaseUntilMs, uploadsInFlight } = this.#ledger;
    return {
      leaseRemainingMs: this.#ledger.leaseIsSure(nowMs) ? leaseUntilMs - nowMs : 0,
      viewRevision: view.revision,
      drainedRevision: this.#ledger.drainedRevision(nowMs),
      clusterRevision: this.#clusterRevision,
      awaitedRevision: this.#awaitedRevision,
      activeStreams: view.size,
      uploadsInFlight,
    };
  }

  /**
   * Runs one upload, if it may begin, and resolves with what it returns. Its signal is aborted at the tombstone of that
   * life of the stream, at its timeout, and when the lease is no longer sure.
   *
   * What `upload` owes: it stops when the signal is aborted; once it has resolved, nothing that it sent can still be
   * applied (so no retries inside it that leave an earlier try behind: retry around `guard`); and the store applies
   * nothing later than the upload deadline. Whatever it rejects with counts as an unknown outcome, and purges of that
   * stream wait for the upload deadline; throw {@link UploadNotApplied} where the store certainly did nothing.
   *
   * Rejects, without having called `upload`, with
   * - STREAM_NOT_FOUND, INCARNATION_MISMATCH: that life of the stream is not ACTIVE as last seen;
   * - SESSION_NOT_READY: the lease is not sure at the moment; keep what is to be uploaded, it passes;
   * - SESSION_EXPIRED, CANCELLED: this session is over, or being closed;
   * - TOO_MANY_REQUESTS: `maxUploads` are in flight;
   * and with STREAM_NOT_FOUND, OUTCOME_UNKNOWN (timeout), SESSION_NOT_READY, SESSION_EXPIRED or CANCELLED when it was
   * stopped for such a reason, else with what `upload` threw.
   */
  async guard<T>(target: UploadTarget, upload: Upload<T>, options: GuardOptions = {}): Promise<T> {
    const { signal, timeoutMs = Math.min(this.#options.uploadTimeoutMs, this.uploadDeadlineMs) } = options;
    within('timeoutMs', timeoutMs, 1, this.uploadDeadlineMs);
    signal?.throwIfAborted();
    if (this.#closing !== undefined) throw overError(this.#facts);
    const { clock, lifetime } = this.#deps;
    const admission = this.#ledger.begin(target.incarnation, clock.monotonicMs());
    if (!admission.admitted) throw refusalError(admission.refusal, target, this.#facts);
    const handle = admission.upload;
    const running = new RunningUpload({
      clock,
      lifetime,
      stream: admission.stream,
      timeoutMs,
      deadlineMs: this.uploadDeadlineMs,
      signal,
      onStopped: () => {
        this.#ledger.stopped(handle);
        this.#onChange();
      },
      onFinished: (outcome) => {
        this.#running.delete(handle);
        this.#ledger.finished(handle, outcome, clock.monotonicMs());
        this.#onChange();
      },
    });
    this.#running.set(handle, running);
    return running.run(upload);
  }

  /**
   * Ends the session: lets nothing more begin, waits up to `waitMs` (default 10 s; 0 to 1 hour) for what is in flight or
   * unsettled, stops the rest, and tells the cluster. `settled`: nothing is left, and no purge has to wait any more; else
   * purges wait one TTL and one upload deadline. Rejects, as any write, when the cluster cannot be told; the session is
   * over all the same, and its lease runs out. Idempotent.
   */
  async close(options: { readonly waitMs?: number } = {}): Promise<{ readonly settled: boolean }> {
    this.#closing ??= this.#close(within('waitMs', options.waitMs ?? 10_000, 0, 3_600_000));
    return this.#closing;
  }

  /** Resolves when uploads may begin. For `ingest-open.ts`. */
  async ready(byMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock, lifetime } = this.#deps;
    const scope = lifetime.begin(signal);
    const wake = (): void => this.#changed.notify();
    const timer = clock.setTimer(Math.max(0, byMs - clock.monotonicMs()), wake);
    scope.signal.addEventListener('abort', wake, { once: true });
    try {
      while (!this.#ledger.viewIsReady || !this.#ledger.leaseIsSure(clock.monotonicMs())) {
        signal?.throwIfAborted();
        if (this.#endedWith !== undefined) throw overError(this.#facts);
        if (clock.monotonicMs() >= byMs) {
          const cause = notReadyError(this.#facts);
          const text = `opening a session took longer than ${this.#options.openTimeoutMs} ms`;
          throw new SextonError('DEADLINE_EXCEEDED', `${text}: ${cause.rawMessage}`, { cause });
        }
        await this.#changed.wait();
      }
    } finally {
      timer.cancel();
      scope.end();
    }
  }

  get #facts(): RefusingSession {
    const { sessionId, nodeId, openedRevision } = this;
    const { maxUploads } = this.#options;
    return { sessionId, nodeId, openedRevision, maxUploads, end: this.#endedWith, ledger: this.#ledger };
  }

  // ----------------------------------------------------------------------------------------- lease

  #nextFrame(): { readonly sessionId: string; readonly drainedRevision: number } {
    const drainedRevision = this.#ledger.drainedRevision(this.#deps.clock.monotonicMs());
    this.#ledger.reported(drainedRevision);
    return { sessionId: this.sessionId, drainedRevision };
  }

  #onAnswer(answer: KeepAliveResponse__Output, sentMs: number): void {
    this.#ledger.renewed(sentMs, durationMs(answer.leaseRemaining) ?? 0);
    this.#ledger.awaited(answer.awaitedRevision);
    this.#awaitedRevision = answer.awaitedRevision;
    this.#clusterRevision = Math.max(this.#clusterRevision, answer.revision);
    this.#watchLease();
    this.#onChange();
  }

  /** One node's "never" may be its own mistake; when the lease has run out over it, it is the answer. */
  #onRefused(error: SextonError): boolean {
    const expired = error.reason === 'SESSION_EXPIRED';
    if (!expired && this.#ledger.leaseIsSure(this.#deps.clock.monotonicMs())) return false;
    this.#over({ reason: expired ? 'EXPIRED' : 'FAILED', error });
    return true;
  }

  /** Fires when the lease ends, unless it was renewed by then. */
  #watchLease(): void {
    const { clock } = this.#deps;
    const remainingMs = this.#ledger.leaseUntilMs - clock.monotonicMs();
    this.#leaseTimer?.cancel();
    if (remainingMs > 0) {
      this.#leaseTimer = clock.setTimer(remainingMs, () => this.#watchLease());
      return;
    }
    this.#stopAll(notReadyError(this.#facts));
  }

  // ------------------------------------------------------------------------------------------ view

  #onItem(item: WatchItem): void {
    const { view } = this.#ledger;
    if (item.kind === 'snapshot' && item.revision < view.revision) {
      const text = `the cluster is at revision ${item.revision} and was at ${view.revision}: it is not the same`;
      throw new SextonError('INTERNAL', text);
    }
    for (const tombstone of this.#ledger.apply(item)) this.#stopUploads(tombstone);
    this.#onChange();
  }

  #stopUploads({ uploads, stream, tombstoneRevision }: Tombstone): void {
    if (uploads.length === 0) return;
    const reason = tombstoneError(stream, tombstoneRevision);
    for (const upload of uploads) this.#running.get(upload)?.abort(reason);
  }

  #stopAll(reason: SextonError): void {
    for (const running of this.#running.values()) running.abort(reason);
  }

  /** Something moved: is there anything to report, now or at a time that is known? */
  #onChange(): void {
    this.#changed.notify();
    if (this.#endedWith !== undefined) return;
    const { clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (this.#ledger.reportIsDue(nowMs)) this.#keeper.nudge();
    this.#settlingTimer?.cancel();
    const atMs = this.#ledger.nextSettlingMs();
    if (atMs !== undefined) this.#settlingTimer = clock.setTimer(atMs - nowMs, () => this.#onChange());
  }

  // ------------------------------------------------------------------------------------------- end

  async #close(waitMs: number): Promise<{ readonly settled: boolean }> {
    if (this.#endedWith !== undefined) return { settled: false };
    const { clock } = this.#deps;
    const byMs = clock.monotonicMs() + waitMs;
    while (this.#endedWith === undefined) {
      const wakeMs = Math.min(byMs, this.#ledger.settledFromMs());
      if (wakeMs <= clock.monotonicMs()) break;
      const timer = clock.setTimer(wakeMs - clock.monotonicMs(), () => this.#changed.notify());
      await this.#changed.wait();
      timer.cancel();
    }
    if (this.#endedWith !== undefined) return { settled: false };
    const settled = this.#ledger.settledFromMs() <= clock.monotonicMs();
    this.#over({ reason: 'CLOSED' });
    await this.#deps.close({ sessionId: this.sessionId, settled });
    return { settled };
  }

  #over(end: IngestSessionEnd): void {
    if (this.#endedWith !== undefined) return;
    this.#endedWith = end;
    this.#ledger.end();
    this.#keeper.stop();
    this.#leaseTimer?.cancel();
    this.#settlingTimer?.cancel();
    this.#stopAll(overError(this.#facts));
    this.#scope.abort(undefined);
    this.#scope.end();
    this.#changed.notify();
    this.#end.resolve(end);
  }
}
