/** Handing the lead over: on request, and before an orderly stop, so that nobody waits for an election. */
import type { MemberId, Term } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { Engine } from './engine.js';
import { electionTimeoutMs, type NodeOptions } from './options.js';

/** What the refused transfer costs is an election timeout at most; then it may be tried again. */
const RETRY_MS = 1_000;

export interface LeadershipTransferDeps {
  readonly engine: Engine;
  readonly options: NodeOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onLeaderChanged: (listener: () => void) => () => void;
}

/** On the leader only. NOT_A_VOTER, MEMBER_NOT_FOUND, TRANSFER_FAILED: the old leader goes on. */
export async function transferLeadership(
  deps: LeadershipTransferDeps,
  target: MemberId,
  deadlineMs: number,
): Promise<{ readonly leaderId: MemberId; readonly term: Term }> {
  const { engine, options } = deps;
  const { core } = engine;
  checkTarget(engine, target);
  const self = options.memberId;
  const { term } = core;
  if (target === self) return { leaderId: self, term };
  const outcome = engine.driver.feed({ kind: 'transferLeadership', target });
  if (outcome.kind !== 'done') {
    throw new SextonError('TRANSFER_FAILED', `not started: ${JSON.stringify(outcome)}`, {
      retryAfterMs: RETRY_MS,
    });
  }
  const timeoutMs = Math.min(deadlineMs, 2 * electionTimeoutMs(options));
  const moved = await until(deps, () => core.term > term && core.leader !== 0, timeoutMs);
  if (!moved || core.leader === self) {
    throw new SextonError('TRANSFER_FAILED', 'the target did not take over in time; the leader goes on', {
      retryAfterMs: RETRY_MS,
    });
  }
  return { leaderId: core.leader, term: core.term };
}

/** To the most up-to-date voter. Returns when another one leads, or when that takes too long. */
export async function handOver(deps: LeadershipTransferDeps): Promise<void> {
  const { engine, options, logger } = deps;
  const { core } = engine;
  if (core.role !== 'leader' || core.configuration.voters.length === 1) return;
  if (engine.driver.feed({ kind: 'transferLeadership', target: 0 }).kind !== 'done') return;
  const moved = await until(
    deps,
    () => core.role !== 'leader' && core.leader !== 0,
    2 * electionTimeoutMs(options),
  );
  logger.info({ moved, leader: core.leader }, 'leadership handed over before the stop');
}

function checkTarget({ core }: Engine, target: MemberId): void {
  const { voters, learners } = core.configuration;
  if (target === 0 || voters.some((member) => member.id === target)) return;
  if (learners.some((member) => member.id === target)) {
    throw new SextonError('NOT_A_VOTER', `member ${target} is a learner; promote it first`);
  }
  throw new SextonError('MEMBER_NOT_FOUND', `there is no member ${target}`);
}

/** Waits for a condition on role, term or leader. */
async function until(
  { clock, onLeaderChanged }: LeadershipTransferDeps,
  condition: () => boolean,
  timeoutMs: number,
): Promise<boolean> {
  if (condition()) return true;
  const timeout = new AbortController();
  const unsubscribe = onLeaderChanged(() => {
    if (condition()) timeout.abort();
  });
  try {
    await delay(clock, timeoutMs, timeout.signal).catch(() => undefined);
    return condition();
  } finally {
    unsubscribe();
  }
}
