/** What a failed try teaches the routing, and deadlines, by a clock that the test moves. */
import { describe, expect, it } from 'vitest';
import { CallRunner, learnFrom } from '../../src/client/call-runner.js';
import { LeaderRouting } from '../../src/client/leader-routing.js';
import { Lifetime } from '../../src/client/lifetime.js';
import { TransportError, type TransportFailure } from '../../src/client/transport.js';
import type { Clock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';

const NONE: ReadonlySet<string> = new Set();

function routing(): LeaderRouting {
  const endpoints = ['a:1', 'b:1'];
  return new LeaderRouting({ endpoints, startAt: 0, cooldownInitialMs: 100, cooldownMaxMs: 1_000 });
}

describe('learnFrom', () => {
  it.each(['unreachable', 'broken', 'timeout'] as const)('lets an endpoint rest that was %s', (kind) => {
    const routes = routing();
    routes.onHint('a:1', 0);
    learnFrom({ kind: 'unanswered', error: new TransportError(kind, 'a:1', kind) }, 'a:1', routes, 0);
    expect(routes.leader).toBeUndefined();
    expect(routes.pick('any', NONE, 50)).toBe('b:1');
  });

  it('lets a node rest that is stopping, and not one that refuses', () => {
    const routes = routing();
    learnFrom({ kind: 'refused', error: new SextonError('NO_LEADER', '') }, 'a:1', routes, 0);
    expect(routes.pick('any', NONE, 0)).toBe('a:1');
    learnFrom({ kind: 'refused', error: new SextonError('NODE_STOPPING', '') }, 'a:1', routes, 0);
    expect(routes.pick('any', NONE, 0)).toBe('b:1');
  });

  it('takes no hint from a node at itself: it has just denied that it leads', () => {
    const routes = routing();
    const metadata = { leader_address: 'a:1' };
    learnFrom({ kind: 'refused', error: new SextonError('NOT_LEADER', '', { metadata }) }, 'a:1', routes, 0);
    expect(routes.leader).toBeUndefined();
    learnFrom({ kind: 'refused', error: new SextonError('NOT_LEADER', '', { metadata }) }, 'b:1', routes, 0);
    expect(routes.leader).toBe('a:1');
  });
});

/** Time passes only when something waits for it, or says that it took some. */
class ManualClock implements Clock {
  nowMs = 0;
  readonly waits: number[] = [];
  monotonicMs(): number {
    return this.nowMs;
  }
  wallMs(): number {
    return this.nowMs;
  }
  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    this.waits.push(delayMs);
    queueMicrotask(() => {
      this.nowMs += delayMs;
      callback();
    });
    return { cancel: () => undefined };
  }
}

function runnerWith(clock: Clock, requestTimeoutMs: number): CallRunner {
  return new CallRunner({
    routing: routing(),
    clock,
    random: { next: () => 0 },
    limits: { maxTries: 100, backoff: { initialMs: 40, maxMs: 160 } },
    lifetime: new Lifetime(),
    requestTimeoutMs,
    perTryTimeoutMs: 300,
  });
}

/** Each try fails so, and takes so long. */
async function timeoutsOf(clock: ManualClock, kind: TransportFailure, tookMs: number): Promise<number[]> {
  const timeouts: number[] = [];
  const call = {
    write: false,
    repeatable: true,
    route: 'any' as const,
    attempt: async (endpoint: string, { timeoutMs }: { readonly timeoutMs: number }) => {
      timeouts.push(timeoutMs);
      clock.nowMs += Math.min(tookMs, timeoutMs);
      throw new TransportError(kind, endpoint, kind);
    },
  };
  await expect(runnerWith(clock, 1_000).run(call)).rejects.toBeInstanceOf(SextonError);
  return timeouts;
}

describe('CallRunner', () => {
  it('gives the last try what is left of the deadline, and never goes beyond it', async () => {
    const clock = new ManualClock();
    expect(await timeoutsOf(clock, 'timeout', 300)).toEqual([300, 300, 300, 80]);
    expect(clock.nowMs).toBe(1_000);
  });

  it('waits longer from round to round, and gives up rather than wait beyond the deadline', async () => {
    const clock = new ManualClock();
    await timeoutsOf(clock, 'unreachable', 0);
    expect(clock.waits.slice(0, 5)).toEqual([20, 40, 80, 80, 80]);
    expect(clock.nowMs).toBeLessThan(1_000);
  });

  it('leaves nothing on the caller’s signal, and nothing under way', async () => {
    const controller = new AbortController();
    const runner = runnerWith(new ManualClock(), 1_000);
    const call = { write: false, repeatable: true, route: 'any' as const, attempt: async () => 'done' };
    const many = Array.from({ length: 20 }, () => runner.run(call, { signal: controller.signal }));
    expect(await Promise.all(many)).toHaveLength(20);
    controller.abort(new Error('late'));
    await expect(runner.run(call, { signal: controller.signal })).rejects.toThrow('late');
  });
});
