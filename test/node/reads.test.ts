import { describe, expect, it } from 'vitest';
import { Reads } from '../../src/node/reads.js';
import { SextonError } from '../../src/shared/errors.js';
import { ManualClock } from '../support/manual-clock.js';

function setUp() {
  const clock = new ManualClock();
  const node = { applied: 0, hasLeader: true, wakes: 0 };
  const reads = new Reads({
    clock,
    maxPending: 100,
    roundTimeoutMs: 500,
    appliedIndex: () => node.applied,
    hasLeader: () => node.hasLeader,
    wake: () => node.wakes++,
  });
  return { clock, node, reads };
}

const reasonOf = (read: Promise<unknown>): Promise<string> =>
  read.then(
    () => 'resolved',
    (error: unknown) => (error instanceof SextonError ? error.reason : String(error)),
  );

describe('Reads', () => {
  it('shares one round between the callers of a turn and waits for apply', async () => {
    const { reads, node } = setUp();
    const both = Promise.all([reads.read(1_000), reads.read(1_000)]);
    const context = reads.startRound();
    expect(reads.hasBatch).toBe(false);
    reads.answered([{ context, index: 7 }]);
    let done = false;
    void both.then(() => (done = true));
    await Promise.resolve();
    expect(done).toBe(false);
    node.applied = 7;
    reads.applied(7);
    expect(await both).toEqual([7, 7]);
  });

  it('asks again under a new context when a round is lost, and never takes the old answer (etcd #20418)', async () => {
    const { reads, clock, node } = setUp();
    const read = reads.read(5_000);
    const lost = reads.startRound();
    clock.advance(501);
    reads.expire();
    expect(reads.hasBatch).toBe(true);
    const second = reads.startRound();
    expect(second).not.toBe(lost);
    node.applied = 9;
    reads.answered([{ context: lost, index: 3 }]);
    reads.answered([{ context: second, index: 9 }]);
    expect(await read).toBe(9);
  });

  it('joins the next round when the core refuses, unless nobody leads', async () => {
    const { reads, node } = setUp();
    const read = reads.read(1_000);
    reads.answered([{ context: reads.startRound(), index: undefined }]);
    expect(reads.hasBatch).toBe(true);
    node.hasLeader = false;
    reads.answered([{ context: reads.startRound(), index: undefined }]);
    expect(await reasonOf(read)).toBe('NO_LEADER');
    expect(await reasonOf(reads.read(1_000))).toBe('NO_LEADER');
  });

  it('gives up at the deadline, also while waiting for apply', async () => {
    const { reads, clock } = setUp();
    const read = reads.read(1_000);
    reads.answered([{ context: reads.startRound(), index: 99 }]);
    clock.advance(1_001);
    reads.expire();
    expect(await reasonOf(read)).toBe('NO_LEADER');
  });
});
