/** What follows a failed try: the rules R1 to R5 of retry.ts, over every reason and every transport failure. */
import { describe, expect, it } from 'vitest';
import { RetryPlan, type CallKind, type RetryDecision, type TryFailure } from '../../src/client/retry.js';
import { TransportError, type TransportFailure } from '../../src/client/transport.js';
import { REASONS, RETRY_ADVICE, SextonError, type Reason } from '../../src/shared/errors.js';

const READ: CallKind = { write: false, repeatable: true };
const WRITE: CallKind = { write: true, repeatable: true };
const WRITE_ONCE: CallKind = { write: true, repeatable: false };
const LIMITS = { maxTries: 10, backoff: { initialMs: 100, maxMs: 1_000 } };

function plan(call: CallKind, maxTries = LIMITS.maxTries): RetryPlan {
  return new RetryPlan(call, { ...LIMITS, maxTries }, { next: () => 0.5 });
}

function refused(reason: Reason, retryAfterMs?: number): TryFailure {
  const details = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'refused', error: new SextonError(reason, 'no', details) };
}

function unanswered(kind: TransportFailure): TryFailure {
  return { kind: 'unanswered', error: new TransportError(kind, 'a:1', kind) };
}

function reasonOf(decision: RetryDecision): string {
  return decision.kind === 'give-up' ? decision.error.reason : decision.kind;
}

describe('RetryPlan', () => {
  it.each(REASONS)('does after %s what its advice says', (reason) => {
    const expected = {
      never: reason,
      'same-request': 'next-endpoint',
      'other-node': 'next-endpoint',
      later: reason,
    }[RETRY_ADVICE[reason]];
    expect(reasonOf(plan(WRITE).decide(refused(reason), false, 5_000))).toBe(expected);
  });

  it('waits as long as the server asked, and up to a quarter more', () => {
    const decision = plan(WRITE).decide(refused('TOO_MANY_REQUESTS', 200), false, 5_000);
    expect(decision).toEqual({ kind: 'wait', waitMs: 225 });
  });

  it('R1 repeats a write without a request id only when it was certainly not proposed', () => {
    const once = plan(WRITE_ONCE);
    expect(reasonOf(once.decide(unanswered('unreachable'), false, 5_000))).toBe('next-endpoint');
    expect(reasonOf(once.decide(refused('NOT_LEADER'), false, 5_000))).toBe('next-endpoint');
    expect(reasonOf(once.decide(unanswered('broken'), false, 5_000))).toBe('OUTCOME_UNKNOWN');
    expect(reasonOf(plan(WRITE_ONCE).decide(unanswered('timeout'), false, 5_000))).toBe('OUTCOME_UNKNOWN');
    expect(reasonOf(plan(WRITE_ONCE).decide(refused('OUTCOME_UNKNOWN'), false, 5_000))).toBe(
      'OUTCOME_UNKNOWN',
    );
  });

  it.each(['broken', 'timeout'] as const)(
    'R2 a refusal after a %s try leaves the outcome unknown',
    (kind) => {
      const write = plan(WRITE);
      write.decide(unanswered(kind), false, 5_000);
      write.decide(refused('NO_LEADER'), false, 5_000);
      expect(write.outOfTime('in time').reason).toBe('OUTCOME_UNKNOWN');
      const crashed = plan(WRITE);
      crashed.decide(unanswered(kind), false, 5_000);
      expect(reasonOf(crashed.decide(refused('INTERNAL'), false, 5_000))).toBe('OUTCOME_UNKNOWN');
      const spared = plan(WRITE);
      spared.decide(unanswered(kind), false, 5_000);
      expect(reasonOf(spared.decide(refused('TOO_MANY_REQUESTS', 9_000), false, 5_000))).toBe(
        'OUTCOME_UNKNOWN',
      );
    },
  );

  it('R2 a definite answer settles an uncertain write', () => {
    const write = plan(WRITE);
    write.decide(unanswered('broken'), false, 5_000);
    expect(reasonOf(write.decide(refused('STREAM_EXISTS'), false, 5_000))).toBe('STREAM_EXISTS');
  });

  it('R2 never calls a read uncertain', () => {
    const read = plan(READ);
    expect(reasonOf(read.decide(unanswered('broken'), false, 5_000))).toBe('next-endpoint');
    expect(read.outOfTime('in time').reason).toBe('DEADLINE_EXCEEDED');
  });

  it('R3 keeps OUTCOME_UNKNOWN to itself while there is time', () => {
    const write = plan(WRITE);
    expect(reasonOf(write.decide(refused('OUTCOME_UNKNOWN'), false, 5_000))).toBe('next-endpoint');
    expect(reasonOf(write.decide(refused('OUTCOME_UNKNOWN'), true, 5_000))).toBe('wait');
    expect(reasonOf(write.decide(refused('OUTCOME_UNKNOWN'), true, 1))).toBe('OUTCOME_UNKNOWN');
  });

  it('R4 waits only after a whole round, and longer from round to round up to the limit', () => {
    const read = plan(READ);
    const waits: number[] = [];
    for (let round = 0; round < 5; round++) {
      expect(reasonOf(plan(READ).decide(unanswered('unreachable'), false, 5_000))).toBe('next-endpoint');
      const decision = read.decide(unanswered('unreachable'), true, 5_000);
      if (decision.kind === 'wait') waits.push(decision.waitMs);
    }
    expect(waits).toEqual([75, 150, 300, 600, 750]);
  });

  it('R5 gives up at once when the wait would outlast the deadline', () => {
    expect(reasonOf(plan(READ).decide(unanswered('unreachable'), true, 75))).toBe('UNREACHABLE');
    expect(reasonOf(plan(READ).decide(unanswered('unreachable'), true, 76))).toBe('wait');
    const error = plan(READ).decide(refused('NO_LEADER'), true, 10);
    expect(reasonOf(error)).toBe('NO_LEADER');
  });

  it('reports what a server said in the last round rather than that others were not there', () => {
    const read = plan(READ);
    read.decide(refused('NO_LEADER'), false, 5_000);
    read.decide(unanswered('unreachable'), true, 5_000);
    expect(read.outOfTime('in time').reason).toBe('NO_LEADER');
    read.decide(unanswered('unreachable'), true, 5_000);
    expect(read.outOfTime('in time').reason).not.toBe('NO_LEADER');
  });

  it('stops after its tries', () => {
    const read = plan(READ, 3);
    read.decide(unanswered('unreachable'), false, 5_000);
    read.decide(unanswered('unreachable'), false, 5_000);
    expect(reasonOf(read.decide(unanswered('unreachable'), false, 5_000))).toBe('UNREACHABLE');
    expect(read.tries).toBe(3);
  });

  it('tells a write under which the client was closed from a read', () => {
    expect(plan(WRITE).closed().reason).toBe('OUTCOME_UNKNOWN');
    expect(plan(READ).closed().reason).toBe('CANCELLED');
  });
});
