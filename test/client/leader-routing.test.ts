/** Which endpoint comes next: the rules in the header of leader-routing.ts, one by one. */
import { describe, expect, it } from 'vitest';
import { LeaderRouting } from '../../src/client/leader-routing.js';

const NONE: ReadonlySet<string> = new Set();

function routing(startAt = 0): LeaderRouting {
  return new LeaderRouting({
    endpoints: ['a:1', 'b:1', 'c:1'],
    startAt,
    cooldownInitialMs: 100,
    cooldownMaxMs: 1_000,
  });
}

describe('LeaderRouting', () => {
  it('goes to the leader that a hint named, also one that is not configured', () => {
    const routes = routing();
    expect(routes.pick('leader', NONE, 0)).toBe('a:1');
    routes.onHint('d:1', 0);
    expect(routes.pick('leader', NONE, 0)).toBe('d:1');
    expect(routes.pick('any', NONE, 0)).toBe('a:1');
  });

  it('takes an empty hint for no hint', () => {
    const routes = routing();
    routes.onHint('b:1', 0);
    routes.onHint('', 5);
    expect(routes.leader).toBe('b:1');
  });

  it('forgets a leader that fails a try, and one that denies it', () => {
    const routes = routing();
    routes.onHint('b:1', 0);
    routes.onFailed('b:1', 0);
    expect(routes.leader).toBeUndefined();
    routes.onHint('c:1', 0);
    routes.onDenied('c:1');
    expect(routes.leader).toBeUndefined();
  });

  it('keeps the leader when another node denies that it leads', () => {
    const routes = routing();
    routes.onHint('b:1', 0);
    routes.onDenied('a:1');
    expect(routes.leader).toBe('b:1');
  });

  it('lets a failed endpoint rest, whatever a hint says, and longer from failure to failure', () => {
    const routes = routing();
    routes.onFailed('a:1', 0);
    routes.onHint('a:1', 10);
    expect(routes.pick('leader', NONE, 50)).toBe('b:1');
    expect(routes.pick('leader', NONE, 100)).toBe('a:1');
    routes.onFailed('a:1', 100);
    expect(routes.pick('any', NONE, 299)).toBe('b:1');
    expect(routes.pick('any', NONE, 300)).toBe('a:1');
  });

  it('counts failures anew after an answer', () => {
    const routes = routing();
    routes.onFailed('a:1', 0);
    routes.onFailed('a:1', 100);
    routes.onAnswered('a:1');
    expect(routes.pick('any', NONE, 101)).toBe('a:1');
    routes.onFailed('a:1', 200);
    expect(routes.pick('any', NONE, 300)).toBe('a:1');
  });

  it('asks the endpoint that wakes first when all of them rest', () => {
    const routes = routing();
    routes.onFailed('b:1', 0);
    routes.onFailed('a:1', 10);
    routes.onFailed('c:1', 20);
    expect(routes.pick('any', NONE, 30)).toBe('b:1');
  });

  it('asks no endpoint twice in a round, and says when the round is over', () => {
    const routes = routing();
    routes.onHint('b:1', 0);
    const tried = new Set<string>();
    for (const expected of ['b:1', 'a:1', 'c:1']) {
      const picked = routes.pick('leader', tried, 0);
      expect(picked).toBe(expected);
      tried.add(expected);
    }
    expect(routes.pick('leader', tried, 0)).toBeUndefined();
  });

  it('starts where it was told, so that clients spread, and stays there', () => {
    const routes = routing(2);
    expect(routes.pick('any', NONE, 0)).toBe('c:1');
    expect(routes.pick('any', NONE, 1)).toBe('c:1');
    routes.onFailed('c:1', 1);
    expect(routes.pick('any', NONE, 2)).toBe('a:1');
  });

  it('knows how old its knowledge of the leader is', () => {
    const routes = routing();
    expect(routes.leaderAgeMs(5)).toBe(Infinity);
    routes.onHint('a:1', 5);
    expect(routes.leaderAgeMs(25)).toBe(20);
  });
});
