/**
 * A run of the real system as a run of the model: any number of lives, sessions and requests, each driven through
 * the states of the model by what was seen of it, each step asked of the same guards as the search asks. A step
 * that the model does not allow is answered with why; so is a catalog that ends up in another state than the model.
 *
 * Where a run shows less than the model knows, the step is taken for allowed: leases, deadlines and outcomes of
 * uploads are known to their holders alone, and are asked about where their effect is seen.
 */
import { lifeStateOf, type LifeState } from '../../src/catalog/lifecycle.js';
import type {
  AdoptStream,
  BeginPurge,
  BeginPurgeUndrained,
  Command,
  CommandResult,
  CreateStream,
  Incarnation,
  Revision,
  SessionId,
  StreamRecord,
} from '../../src/catalog/types.js';
import * as may from './guards.js';
import { ReplayedLife, ReplayedLives } from './replayed-lives.js';
import { ReplayedSessions, type SeenReports } from './replayed-sessions.js';
import { ALL_RULES } from './rules.js';

export interface SeenCommit {
  readonly index: number;
  readonly stampMs: number;
  readonly command: Command;
  readonly result: CommandResult;
}

export interface SeenProposal {
  readonly command: Command;
  /** The life as applied where the proposer runs. */
  readonly seen: LifeState;
  /** Of markPurged: what listings since its last delete have shown. */
  readonly proof: may.Proof;
  /** What sessions have reported to this leader; undefined: not seen. */
  readonly reports: SeenReports | undefined;
}

export interface SeenDelete {
  readonly keys: readonly string[];
  readonly isConfirmed: boolean;
  /** A life as applied where the purger runs. */
  readonly seen: (incarnation: Incarnation) => LifeState;
  /**
   * P12: the metadata below its prefix was looked at since the quorum round trip, or need not be: an operator has said to
   * discard what was written since. What the look has found is the purger's to judge.
   */
  readonly isLookedAt: (incarnation: Incarnation) => boolean;
  readonly expiresAtMs: number;
}

/** An upload that `guard` lets begin. */
export interface SeenUpload {
  readonly sessionId: SessionId;
  readonly incarnation: Incarnation;
  /** Every change up to here had been seen by the node. */
  readonly viewRevision: Revision;
}

export class Replay {
  readonly #lives = new ReplayedLives();
  readonly #sessions = new ReplayedSessions();
  /** By {@link proposalKey}: what its proposers knew. */
  readonly #proposals = new Map<string, SeenProposal[]>();
  /** By key: the lives for which a delete of it was sent. */
  readonly #sent = new Map<string, Set<Incarnation>>();
  #nowMs = 0;

  // -------------------------------------------------------------------------------- the log

  committed({ index, stampMs, command, result }: SeenCommit): may.Verdict {
    this.#nowMs = Math.max(this.#nowMs, stampMs); // C3
    if (!result.ok || !result.changed) return undefined;
    if (this.#sessions.takes(command)) return this.#sessions.committed(index, this.#nowMs, command);
    const { stream } = result;
    if (stream === undefined) return undefined;
    return this.#step(index, command, stream) ?? this.#differs(command, stream);
  }

  #step(index: number, command: Command, stream: StreamRecord): may.Verdict {
    if (command.kind === 'createStream' || command.kind === 'adoptStream')
      return this.#create(index, command, stream);
    const life = this.#lives.get(stream.incarnation);
    if (life === undefined) return `incarnation ${stream.incarnation} was never created`;
    const { state } = life;
    switch (command.kind) {
      case 'markDeleted':
        return took(may.markDeleted({ state }), () =>
          life.tombstoned(index, this.#nowMs + command.gracePeriodMs),
        );
      case 'undelete': {
        const nameIsActive = this.#lives.activeOf(life) !== undefined;
        return took(may.undelete({ state, nameIsActive }, ALL_RULES), () => life.becomes('ACTIVE', index));
      }
      case 'beginDrain': {
        const graceOver = this.#nowMs >= life.purgeAfterMs;
        return took(may.beginDrain({ state, graceOver }, ALL_RULES), () => life.draining(index));
      }
      case 'beginPurge':
        return took(this.#mayBegin(life, command), () => life.becomes('PURGING', index));
      case 'beginPurgeUndrained':
        return took(this.#mayBeginUndrained(life, command), () => life.becomes('PURGING', index));
      case 'markPurged':
        if (!this.#proposals.has(proposalKey(command))) return 'no purger has proposed it';
        return took(may.markPurged({ state }), () => life.purged(index, command.reusableAfterMs));
      case 'beginSweep': {
        const prefixIsFree = this.#lives.ownerOver(life.prefix) === undefined;
        return took(may.beginSweep({ state, prefixIsFree }), () => life.fencedUntil(command.reusableAfterMs));
      }
      case 'forgetStream': {
        const fencePassed = this.#nowMs >= life.reusableAfterMs;
        return took(may.forgetStream({ state, fencePassed }), () => life.becomes('ABSENT', index));
      }
      default:
        return undefined;
    }
  }

  #create(index: number, command: CreateStream | AdoptStream, { prefix }: StreamRecord): may.Verdict {
    const life = new ReplayedLife(index, command, prefix);
    const nameIsActive = this.#lives.activeOf(life) !== undefined;
    const verdict = may.createStream({ nameIsActive, prefix: this.#prefixState(prefix) }, ALL_RULES);
    return took(verdict, () => {
      this.#lives.add(life);
      if (command.kind === 'createStream' || command.state === 'ACTIVE') life.becomes('ACTIVE', index);
      else life.tombstoned(index, this.#nowMs + command.gracePeriodMs);
    });
  }

  #prefixState(prefix: string): may.PrefixState {
    if (this.#lives.ownerOver(prefix) !== undefined) return 'owned';
    const isFenced = this.#lives
      .overlapping(prefix)
      .some(({ state, reusableAfterMs }) => state === 'PURGED' && reusableAfterMs > this.#nowMs);
    return isFenced ? 'fenced' : 'free';
  }

  /**
   * P3 is looked at here and not where the purge was proposed: what the proposer had applied by then comes before this entry,
   * so that a session that is still there was there for the proposer too.
   */
  #mayBegin(life: ReplayedLife, command: BeginPurge): may.Verdict {
    const { state, drain } = life;
    const verdict = may.beginPurge({ state, sameDrain: command.drainRevision === drain });
    if (verdict !== undefined) return verdict;
    const proposals = this.#proposals.get(proposalKey(command));
    if (proposals === undefined) return 'no purger has proposed it';
    const verdicts = proposals.map(({ reports }) =>
      reports === undefined
        ? undefined
        : may.proposeBeginPurge(
            { seen: 'DRAINING', sessions: this.#sessions.waitedFor(drain, reports) },
            ALL_RULES,
          ),
    );
    return verdicts.includes(undefined) ? undefined : verdicts[0];
  }

  /** Of an older log: whom it waited for is not known any more. */
  #mayBeginUndrained(life: ReplayedLife, { tombstoneRevision }: BeginPurgeUndrained): may.Verdict {
    const graceOver = this.#nowMs >= life.purgeAfterMs;
    const sameTombstone = tombstoneRevision === 0 || tombstoneRevision === life.tombstone;
    return may.beginPurgeUndrained({ state: life.state, graceOver, sameTombstone }, ALL_RULES);
  }

  #differs(command: Command, stream: StreamRecord): may.Verdict {
    const here = this.#lives.get(stream.incarnation)?.state;
    const there = lifeStateOf(stream);
    if (command.kind === 'forgetStream' || here === there) return undefined;
    return `the catalog has it ${there}, the model ${here ?? 'ABSENT'}`;
  }

  // -------------------------------------------------------------------------------- the purger

  proposed(proposal: SeenProposal): may.Verdict {
    const { command, seen, proof } = proposal;
    const key = proposalKey(command);
    this.#proposals.set(key, [...(this.#proposals.get(key) ?? []), proposal]);
    switch (command.kind) {
      case 'beginDrain':
        // A repetition changes nothing.
        if (seen === 'DRAINING' || seen === 'PURGING' || seen === 'ABSENT') return undefined;
        return may.proposeBeginDrain({ seen });
      case 'beginPurgeUndrained':
        return seen === 'ABSENT' ? undefined : 'it is of older logs, and begins a purge without a drain';
      case 'beginPurge':
        if (seen === 'PURGING' || seen === 'ABSENT') return undefined;
        return may.proposeBeginPurge({ seen, sessions: [] }, ALL_RULES);
      case 'markPurged':
        if (seen === 'PURGED') return undefined;
        return may.proposeMarkPurged({ seen, proof }, ALL_RULES);
      default:
        return undefined;
    }
  }

  deleteSent({ keys, isConfirmed, seen, isLookedAt, expiresAtMs }: SeenDelete): may.Verdict {
    for (const key of keys) {
      let verdict: may.Verdict = 'it belongs to no life';
      for (const life of this.#lives.owning(key)) {
        const looksDead = !life.prefixReusable || isLookedAt(life.incarnation);
        const facts = { seen: seen(life.incarnation), isConfirmed, looksDead };
        const prefixIsFree = !this.#lives
          .overlapping(life.prefix)
          .some((other) => other !== life && isOwner(seen(other.incarnation)));
        const isFenced = !life.prefixReusable || life.reusableAfterMs > expiresAtMs;
        verdict =
          facts.seen === 'PURGED'
            ? may.sendSweep({ ...facts, prefixIsFree, isFenced }, ALL_RULES)
            : may.sendDelete(facts, ALL_RULES);
        if (verdict !== undefined) continue;
        const sentFor = this.#sent.get(key) ?? new Set();
        this.#sent.set(key, sentFor.add(life.incarnation));
        break;
      }
      if (verdict !== undefined) return `delete of ${key}: ${verdict}`;
    }
    return undefined;
  }

  /** At the moment in which the store carries it out. Keys that are below no life's prefix are nobody's business here. */
  deleteApplied(keys: readonly string[], storeMs: number): may.Verdict {
    for (const key of keys) {
      const owners = this.#lives.owning(key);
      if (owners.length === 0) continue;
      const living = owners.find(({ state }) => may.takesLivingObject({ state }));
      if (living !== undefined)
        return `${key} of incarnation ${living.incarnation} goes, which is ${living.state}`;
      const asked = owners.filter(({ incarnation }) => this.#sent.get(key)?.has(incarnation));
      if (asked.length === 0) return `${key} goes, and no purger has sent a delete of it`;
      // P11: what was sent for a life dies before its prefix is anybody else's.
      const inTime = asked.some(
        ({ state, prefixReusable, reusableAfterMs }) =>
          state === 'PURGING' || !prefixReusable || storeMs < reusableAfterMs,
      );
      if (!inTime) return `${key} goes, and reusable_after of its prefix has passed`;
    }
    return undefined;
  }

  // -------------------------------------------------------------------------------- ingest nodes

  /** An upload begins. */
  guardAdmits({ sessionId, incarnation, viewRevision }: SeenUpload): may.Verdict {
    const session = this.#sessions.get(sessionId);
    if (session === undefined) return `session ${sessionId} is gone`;
    const facts = {
      seenActive: this.#lives.get(incarnation)?.wasActiveSince(viewRevision) === true,
      viewReachedOpening: viewRevision >= session.openedRevision,
      // A lease that is sure is one that no leader has taken for over.
      leaseIsSure: session.state === 'OPEN',
    };
    return may.guardAdmits(facts, ALL_RULES);
  }
}

/** A step, if it is allowed. */
function took(verdict: may.Verdict, effect: () => void): may.Verdict {
  if (verdict === undefined) effect();
  return verdict;
}

/** A life that has its prefix. */
function isOwner(state: LifeState): boolean {
  return state !== 'ABSENT' && state !== 'PURGED';
}

function proposalKey(command: Command): string {
  const incarnation = 'incarnation' in command ? command.incarnation : 0;
  const drain = command.kind === 'beginPurge' ? command.drainRevision : 0;
  return `${command.kind} ${incarnation} ${drain}`;
}
