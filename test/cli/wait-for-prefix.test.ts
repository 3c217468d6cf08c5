/** `--wait`: until a prefix is free after the purge of its former life, within a limit, on a clock of the test's. */
import { describe, expect, it } from 'vitest';
import { whenPrefixIsFree } from '../../src/cli/commands/wait-for-prefix.js';
import { SextonError } from '../../src/shared/errors.js';
import { VIRTUAL_EPOCH_MS, VirtualClock } from '../support/virtual-clock.js';

const MINUTE_MS = 60_000;

const fencedUntil = (timeMs: number): SextonError =>
  new SextonError('PURGE_PENDING', 'fenced', { metadata: { reusable_after_ms: String(timeMs) } });

function waiting(
  limitMs: number | undefined,
  refusal: (clock: VirtualClock) => SextonError | undefined,
  wallOffsetMs = 0,
) {
  const clock = new VirtualClock();
  clock.wallOffsetMs = wallOffsetMs;
  const interrupt = new AbortController();
  const said: string[] = [];
  let tries = 0;
  let outcome: unknown;
  const io = { stderr: (text: string) => void said.push(text), interrupt: interrupt.signal };
  const done = whenPrefixIsFree(
    io,
    limitMs,
    () => {
      tries++;
      const refused = refusal(clock);
      return refused === undefined ? Promise.resolve('created') : Promise.reject(refused);
    },
    clock,
  ).then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  );
  return { clock, interrupt, said, done, tries: () => tries, outcome: () => outcome };
}

describe('waiting for a prefix', () => {
  it('ends as soon as the fence does, and says once until when it waits', async () => {
    const freeAtMs = VIRTUAL_EPOCH_MS + 75_000;
    const run = waiting(5 * MINUTE_MS, (clock) =>
      clock.wallMs() < freeAtMs ? fencedUntil(freeAtMs) : undefined,
    );
    await run.clock.advance(74_999);
    expect(run.outcome()).toBeUndefined();
    await run.clock.advance(1);
    expect(run.outcome()).toBe('created');
    expect(run.said).toEqual(['waiting until 2026-01-01T00:01:15Z, when the prefix is free\n']);
  });

  it('fails at once where the fence ends after the limit', async () => {
    const refusal = fencedUntil(VIRTUAL_EPOCH_MS + 5 * MINUTE_MS + 1);
    const run = waiting(5 * MINUTE_MS, () => refusal);
    await run.done;
    expect([run.outcome(), run.tries(), run.said]).toEqual([refusal, 1, []]);
  });

  it('asks now and then while a purge is not over, and gives up at the limit', async () => {
    const refusal = new SextonError('PURGE_PENDING', 'owned by web, which is PURGING');
    const run = waiting(MINUTE_MS, () => refusal);
    await run.clock.advance(MINUTE_MS - 1);
    expect(run.outcome()).toBeUndefined();
    await run.clock.advance(1);
    expect(run.outcome()).toBe(refusal);
    expect(run.tries()).toBe(31);
    expect(run.said).toEqual(['waiting, for at most 1m: owned by web, which is PURGING\n']);
  });

  it.each([
    ['ahead of', 10 * MINUTE_MS],
    ['behind', -10 * MINUTE_MS],
  ])('bears a clock here that is %s the leader’s', async (_, offsetMs) => {
    const freeAtMs = VIRTUAL_EPOCH_MS + MINUTE_MS;
    const refusal = (clock: VirtualClock): SextonError | undefined =>
      clock.wallMs() - offsetMs < freeAtMs ? fencedUntil(freeAtMs) : undefined;
    const run = waiting(30 * MINUTE_MS, refusal, offsetMs);
    await run.clock.advance(MINUTE_MS + 10_000);
    expect(run.outcome()).toBe('created');
    expect(run.tries()).toBeLessThan(300);
  });

  it('passes every other refusal on as it comes, and waits for none without a limit', async () => {
    for (const [limitMs, reason] of [
      [MINUTE_MS, 'PREFIX_OVERLAP'],
      [MINUTE_MS, 'OUTCOME_UNKNOWN'],
      [undefined, 'PURGE_PENDING'],
    ] as const) {
      const refusal = new SextonError(reason, 'no');
      const run = waiting(limitMs, () => refusal);
      await run.done;
      expect([run.outcome(), run.tries(), run.clock.pendingTimers]).toEqual([refusal, 1, 0]);
    }
  });

  it('ends with an interrupt', async () => {
    const run = waiting(MINUTE_MS, () => fencedUntil(VIRTUAL_EPOCH_MS + 1_000));
    await run.clock.advance(10);
    const reason = new Error('interrupted');
    run.interrupt.abort(reason);
    await run.done;
    expect([run.outcome(), run.clock.pendingTimers]).toEqual([reason, 0]);
  });
});
