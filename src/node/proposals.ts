/**
 * Matches calls on this node with the entries that answer them, by a proposal id of this process. The
 * three fates of a proposal are kept apart (see `shared/errors.ts`):
 *
 * - refused before it was appended anywhere: NOT_LEADER, NO_LEADER, TOO_MANY_REQUESTS;
 * - applied here: the catalog's own result;
 * - neither seen in time: OUTCOME_UNKNOWN. Leadership that moves makes every open proposal that, at
 *   once: waiting would not make it known, and the caller's retry with the same request id will.
 */
import { decodeCommand, stampCommand } from '../catalog/codec.js';
import type { CommandResult } from '../catalog/types.js';
import type { EntryPayload, MemberId, StepOutcome, Term } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { AppliedCommand } from './applier.js';
import { decodeProposal, encodeProposal, type ProposedCommand } from './proposal-codec.js';
import type {
  ForwardedProposal,
  PeerItem,
  ProposalRefusal,
  ProposalRefusalCause,
} from './transport/transport.js';

/** How full leaders and full nodes ask callers to wait. */
const RETRY_AFTER_MS = 100;

export interface ProposalsDeps {
  readonly memberId: MemberId;
  readonly boot: number;
  readonly clock: Clock;
  readonly maxPending: number;
  readonly maxCommandBytes: number;
  readonly send: (to: MemberId, item: PeerItem) => void;
  /** `host:port` of a member, '' when unknown. */
  readonly addressOf: (member: MemberId) => string;
  /** Asks the driver for a turn, in which it takes what `takeBatch` gathered. */
  readonly wake: () => void;
}

export interface Leadership {
  readonly isLeader: boolean;
  readonly leader: MemberId;
  readonly term: Term;
}

export interface ProposalOutcome {
  readonly result: CommandResult;
  readonly index: number;
}

interface Pending {
  readonly resolve: (outcome: ProposalOutcome) => void;
  readonly reject: (error: SextonError) => void;
  readonly expiresAtMs: number;
  /** Where it went; undefined while it waits for this turn's append. */
  via: { readonly leader: MemberId; readonly term: Term } | undefined;
}

/** One proposal on its way into the log: a caller's here, or a forwarded one. */
interface Candidate {
  readonly origin: MemberId;
  readonly boot: number;
  readonly sequence: number;
  readonly proposed: ProposedCommand;
  /** Only this term's leader may append it; undefined = whoever leads. */
  readonly onlyTerm: Term | undefined;
}

export class Proposals {
  readonly #deps: ProposalsDeps;
  readonly #pending = new Map<number, Pending>();
  #batch: Candidate[] = [];
  #sequence = 0;
  #lastStampMs = 0;

  constructor(deps: ProposalsDeps) {
    this.#deps = deps;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /**
   * Proposes here or through the leader. `onlyTerm`: only as this node, leading in that term.
   */
  submit(
    proposed: ProposedCommand,
    leadership: Leadership,
    options: { readonly timeoutMs: number; readonly onlyTerm?: Term },
  ): Promise<ProposalOutcome> {
    const { onlyTerm } = options;
    if (onlyTerm !== undefined && !(leadership.isLeader && leadership.term === onlyTerm)) {
      return Promise.reject(this.#notLeader(leadership.leader));
    }
    if (!leadership.isLeader && leadership.leader === 0) return Promise.reject(noLeader());
    if (this.#pending.size >= this.#deps.maxPending) {
      return Promise.reject(
        new SextonError('TOO_MANY_REQUESTS', `${this.#pending.size} proposals are waiting on this node`, {
          retryAfterMs: RETRY_AFTER_MS,
        }),
      );
    }
    const sequence = ++this.#sequence;
    return new Promise<ProposalOutcome>((resolve, reject) => {
      const pending: Pending = {
        resolve,
        reject,
        expiresAtMs: this.#deps.clock.monotonicMs() + options.timeoutMs,
        via: undefined,
      };
      this.#pending.set(sequence, pending);
      if (leadership.isLeader) {
        this.#batch.push({
          origin: this.#deps.memberId,
          boot: this.#deps.boot,
          sequence,
          proposed,
          onlyTerm,
        });
        this.#deps.wake();
      } else {
        pending.via = { leader: leadership.leader, term: leadership.term };
        this.#deps.send(leadership.leader, {
          kind: 'proposal',
          proposal: { sequence, boot: this.#deps.boot, command: encodeProposal(proposed) },
        });
      }
    });
  }

  /** A follower's proposal. Forwarded once only, never along a chain. Throws DecodeError. */
  receive(from: MemberId, forwarded: ForwardedProposal, leadership: Leadership): void {
    if (forwarded.command.length > this.#deps.maxCommandBytes + 64) {
      this.#refuse(from, forwarded, 'tooLarge', 0);
    } else if (!leadership.isLeader) {
      this.#refuse(from, forwarded, 'notLeader', leadership.leader);
    } else {
      // Checked here: bytes that do not decode would stop every node that applies them.
      const proposed = decodeProposal(forwarded.command);
      decodeCommand(proposed.commandBytes);
      this.#batch.push({
        origin: from,
        boot: forwarded.boot,
        sequence: forwarded.sequence,
        proposed,
        onlyTerm: undefined,
      });
      this.#deps.wake();
    }
  }

  /** The leader answered that it did not append a proposal of ours. */
  refused(refusal: ProposalRefusal): void {
    if (refusal.boot !== this.#deps.boot) return;
    this.#settle(refusal.sequence, (pending) => {
      pending.reject(this.#refusalError(refusal.cause, refusal.leaderHint));
    });
  }

  get hasBatch(): boolean {
    return this.#batch.length > 0;
  }

  /**
   * Everything that gathered since the last turn goes into the log as one input. The leader stamps
   * the time here (C3: before the proposal, never at apply), and never backwards.
   */
  appendBatch(leadership: Leadership, step: (payloads: readonly EntryPayload[]) => StepOutcome): void {
    const gathered = this.#batch;
    this.#batch = [];
    const candidates = gathered.filter((candidate) => {
      if (candidate.onlyTerm === undefined || candidate.onlyTerm === leadership.term) return true;
      this.#refuseCandidate(candidate, 'notLeader', leadership.leader);
      return false;
    });
    if (candidates.length === 0) return;
    this.#lastStampMs = Math.max(this.#lastStampMs, this.#deps.clock.wallMs());
    const payloads = candidates.map((candidate): EntryPayload => ({
      kind: 'command',
      data: stampCommand({
        proposal: { member: candidate.origin, boot: candidate.boot, sequence: candidate.sequence },
        requestId: candidate.proposed.requestId,
        stampMs: this.#lastStampMs,
        commandBytes: candidate.proposed.commandBytes,
      }),
    }));
    const outcome = step(payloads);
    if (outcome.kind === 'appended') {
      for (const candidate of candidates) {
        if (candidate.origin !== this.#deps.memberId) continue;
        const pending = this.#pending.get(candidate.sequence);
        if (pending !== undefined) pending.via = { leader: this.#deps.memberId, term: outcome.term };
      }
      return;
    }
    const cause: ProposalRefusalCause =
      outcome.kind === 'overloaded'
        ? 'overloaded'
        : outcome.kind === 'transferring'
          ? 'transferring'
          : 'notLeader';
    const hint =
      outcome.kind === 'notLeader' ? outcome.leader : outcome.kind === 'transferring' ? outcome.target : 0;
    for (const candidate of candidates) this.#refuseCandidate(candidate, cause, hint);
  }

  /** Entries were applied here: answers those that this process proposed. */
  applied(commands: readonly AppliedCommand[]): void {
    for (const { envelope, result, index } of commands) {
      const { member, boot, sequence } = envelope.proposal;
      if (member !== this.#deps.memberId || boot !== this.#deps.boot) continue;
      this.#settle(sequence, (pending) => {
        pending.resolve({ result, index });
      });
    }
  }

  /** Leader or term changed: what was sent to, or appended by, another leader may or may not commit. */
  leadershipChanged(now: Leadership): void {
    for (const [sequence, pending] of this.#pending) {
      if (pending.via === undefined) continue;
      if (pending.via.leader === now.leader && pending.via.term === now.term) continue;
      this.#settle(sequence, () => {
        pending.reject(unknownOutcome('the leader changed'));
      });
    }
  }

  /** Called once a tick. */
  expire(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const [sequence, pending] of this.#pending) {
      if (pending.expiresAtMs > nowMs) continue;
      this.#settle(sequence, () => {
        pending.reject(unknownOutcome('the deadline passed'));
      });
    }
  }

  /** The node stops: nothing more will be seen. */
  stop(): void {
    for (const [sequence, pending] of this.#pending) {
      const error =
        pending.via === undefined
          ? new SextonError('NODE_STOPPING', 'this node is stopping')
          : unknownOutcome('this node is stopping');
      this.#settle(sequence, () => {
        pending.reject(error);
      });
    }
    this.#batch = [];
  }

  #settle(sequence: number, act: (pending: Pending) => void): void {
    const pending = this.#pending.get(sequence);
    if (pending === undefined) return;
    this.#pending.delete(sequence);
    act(pending);
  }

  #refuseCandidate(candidate: Candidate, cause: ProposalRefusalCause, leaderHint: MemberId): void {
    if (candidate.origin === this.#deps.memberId) {
      this.#settle(candidate.sequence, (pending) => {
        pending.reject(this.#refusalError(cause, leaderHint));
      });
    } else {
      this.#refuse(candidate.origin, candidate, cause, leaderHint);
    }
  }

  #refuse(
    to: MemberId,
    proposal: { readonly sequence: number; readonly boot: number },
    cause: ProposalRefusalCause,
    leaderHint: MemberId,
  ): void {
    this.#deps.send(to, {
      kind: 'refusal',
      refusal: { sequence: proposal.sequence, boot: proposal.boot, cause, leaderHint },
    });
  }

  #refusalError(cause: ProposalRefusalCause, leaderHint: MemberId): SextonError {
    switch (cause) {
      case 'notLeader':
      case 'transferring':
        return this.#notLeader(leaderHint);
      case 'overloaded':
        return new SextonError('TOO_MANY_REQUESTS', 'the leader has too many uncommitted bytes', {
          retryAfterMs: RETRY_AFTER_MS,
        });
      case 'tooLarge':
        return new SextonError('INVALID_ARGUMENT', 'the request is larger than one log entry may be');
    }
  }

  #notLeader(leader: MemberId): SextonError {
    if (leader === 0) return noLeader();
    const address = this.#deps.addressOf(leader);
    return new SextonError('NOT_LEADER', `member ${leader} leads`, {
      metadata: { leader_id: String(leader), ...(address === '' ? {} : { leader_address: address }) },
    });
  }
}

export function noLeader(): SextonError {
  return new SextonError(
    'NO_LEADER',
    'no leader is known: a majority of the members must be up and connected',
  );
}

function unknownOutcome(why: string): SextonError {
  return new SextonError(
    'OUTCOME_UNKNOWN',
    `${why} before the result was seen; repeat the call with the same request_id`,
  );
}
