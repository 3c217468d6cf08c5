/** The keep-alive of a lease: when frames go out, where to, and what ends it. Time is the test's. */
import { describe, expect, it } from 'vitest';
import { FRAME_GAP_MS, LeaseKeeper } from '../../src/client/ingest-keeper.js';
import { LeaderRouting } from '../../src/client/leader-routing.js';
import { TransportError } from '../../src/client/index.js';
import { SextonError, type Reason } from '../../src/shared/errors.js';
import { silentLogger } from '../../src/shared/logger.js';
import { ManualClock } from '../support/manual-clock.js';
import { FakeIngestTransport } from './ingest-transport.js';

const EVERY_MS = 10_000;

function keeper(endpoints = ['a:1', 'b:1']) {
  const clock = new ManualClock();
  const transport = new FakeIngestTransport(() => clock.monotonicMs());
  const answers: number[] = [];
  const refused: Reason[] = [];
  transport.onFrame = () => undefined;
  let drainedRevision = 10;
  let stops = true;
  const subject = new LeaseKeeper({
    transport,
    clock,
    routing: new LeaderRouting({ endpoints, startAt: 0, cooldownInitialMs: 100, cooldownMaxMs: 2_000 }),
    random: { next: () => 1 },
    logger: silentLogger,
    limits: { maxTries: 100, backoff: { initialMs: 25, maxMs: 1_000 } },
    perTryTimeoutMs: 2_000,
    everyMs: EVERY_MS,
    frame: () => ({ sessionId: '9', drainedRevision }),
    onAnswer: (_answer, sentMs) => answers.push(sentMs),
    onRefused: ({ reason }) => {
      refused.push(reason);
      return stops;
    },
  });
  subject.start();
  return {
    subject,
    clock,
    transport,
    answers,
    refused,
    drain: (revision: number) => (drainedRevision = revision),
    goOnWhenRefused: () => (stops = false),
    answer: () => transport.link.answer({ sequence: Number(transport.frames.at(-1)!.sequence) }),
    /** [endpoint, ms since the start, sequence, drained] of each frame. */
    sent: () =>
      transport.frames.map(({ endpoint, atMs, sequence, drainedRevision: drained }) => [
        endpoint,
        atMs - 1_000,
        sequence,
        drained,
      ]),
  };
}

describe('LeaseKeeper', () => {
  it('sends a frame at once, then each third of the TTL, counted from the frame before', () => {
    const { clock, answer, sent, answers } = keeper();
    clock.advance(300);
    answer();
    clock.advance(EVERY_MS);
    answer();
    clock.advance(EVERY_MS);
    expect(sent()).toEqual([
      ['a:1', 0, 1, 10],
      ['a:1', EVERY_MS, 2, 10],
      ['a:1', 2 * EVERY_MS, 3, 10],
    ]);
    expect(answers).toEqual([1_000, 1_000 + EVERY_MS]);
  });

  it('sends sooner when asked, never two unanswered, never two within the gap', () => {
    const { subject, clock, answer, sent, drain } = keeper();
    drain(11);
    subject.nudge();
    expect(sent()).toHaveLength(1);
    answer();
    subject.nudge();
    subject.nudge();
    clock.advance(FRAME_GAP_MS - 1);
    expect(sent()).toHaveLength(1);
    clock.advance(1);
    expect(sent().at(-1)).toEqual(['a:1', FRAME_GAP_MS, 2, 11]);
    answer();
    clock.advance(5_000);
    drain(12);
    subject.nudge();
    expect(sent().at(-1)).toEqual(['a:1', FRAME_GAP_MS + 5_000, 3, 12]);
  });

  it('goes on with the next node at once, and after a whole round a while later', () => {
    const { clock, transport, sent, answer } = keeper();
    transport.link.break();
    expect(sent()).toEqual([
      ['a:1', 0, 1, 10],
      ['b:1', 0, 1, 10],
    ]);
    transport.link.break();
    expect(sent()).toHaveLength(2);
    clock.advance(25);
    expect(sent()).toHaveLength(3);
    answer();
    transport.link.break();
    expect(sent()).toHaveLength(4);
  });

  it('gives up a call whose frame is not answered in time, and closes it', () => {
    const { clock, transport, sent } = keeper();
    clock.advance(2_000);
    expect(sent().at(-1)).toEqual(['b:1', 2_000, 1, 10]);
    expect(transport.links.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('takes an answer to another frame for a broken call', () => {
    const { transport, answers } = keeper();
    transport.link.answer({ sequence: 2 });
    expect(transport.links).toHaveLength(2);
    expect(answers).toEqual([]);
  });

  it('follows the hint to the leader, and waits as long as it is asked to', () => {
    const { clock, transport, sent } = keeper(['a:1']);
    const metadata = { leader_address: 'c:1' };
    transport.link.end(new SextonError('NOT_LEADER', 'not here', { metadata }));
    expect(sent().at(-1)).toEqual(['c:1', 0, 1, 10]);
    transport.link.end(new SextonError('TOO_MANY_REQUESTS', 'busy', { retryAfterMs: 700 }));
    clock.advance(699);
    expect(sent()).toHaveLength(2);
    clock.advance(1);
    expect(sent()).toHaveLength(3);
  });

  it('stops when refused for good, unless it is told that the refusal may be a mistake', () => {
    const gone = keeper();
    gone.transport.link.end(new SextonError('SESSION_EXPIRED', 'gone'));
    gone.clock.advance(100_000);
    expect(gone.refused).toEqual(['SESSION_EXPIRED']);
    expect(gone.sent()).toHaveLength(1);
    const odd = keeper();
    odd.goOnWhenRefused();
    odd.transport.link.end(new SextonError('INVALID_ARGUMENT', 'never heard'));
    expect(odd.refused).toEqual(['INVALID_ARGUMENT']);
    expect(odd.sent()).toHaveLength(2);
  });

  it('leaves no timer and no call behind when it stops', () => {
    const { subject, clock, transport, answer } = keeper();
    answer();
    subject.stop();
    subject.nudge();
    expect(clock.timerCount).toBe(0);
    expect(transport.link.closed).toBe(true);
    transport.link.end(new TransportError('broken', 'a:1', 'late'));
    expect(transport.links).toHaveLength(1);
  });
});
