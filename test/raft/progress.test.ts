import { describe, expect, it } from 'vitest';
import { raftConfig } from '../../src/raft/config.js';
import { Progress } from '../../src/raft/progress.js';

const config = raftConfig({
  maxInflightMessages: 2,
  maxInflightBytes: 100,
  maxMessageBytes: 50,
  snapshotTimeoutTicks: 5,
});

function probing(nextIndex = 10): Progress {
  return new Progress({ id: 2, isVoter: true, nextIndex, nowTick: 0 });
}

function replicating(matchIndex = 9): Progress {
  const progress = probing();
  progress.accepted(matchIndex, 0);
  return progress;
}

describe('a probe', () => {
  it('sends one request at a time', () => {
    const progress = probing();
    expect(progress.isPaused(config)).toBe(false);
    progress.sent(12, 10);
    expect(progress.isPaused(config)).toBe(true);
    expect(progress.nextIndex).toBe(10);
  });

  it('goes on when a heartbeat is answered: the request may be lost', () => {
    const progress = probing();
    progress.sent(12, 10);
    progress.heartbeatAnswered();
    expect(progress.isPaused(config)).toBe(false);
  });

  it('becomes replication when accepted, even if that proves nothing new', () => {
    const progress = probing(1);
    progress.accepted(0, 0);
    expect([progress.kind, progress.matchIndex, progress.nextIndex]).toEqual(['replicate', 0, 1]);
  });

  it('steps back to where the logs can agree, and no further than the match', () => {
    const progress = probing(10);
    expect(progress.rejected(9, 4)).toBe(true);
    expect(progress.nextIndex).toBe(5);
    progress.accepted(3, 0);
    progress.unreachable();
    expect(progress.rejected(3, 0)).toBe(true);
    expect(progress.nextIndex).toBe(4);
  });

  it('always moves back, even if the hint does not', () => {
    const progress = probing(10);
    progress.rejected(9, 20);
    expect(progress.nextIndex).toBe(9);
  });

  it('ignores a refusal of another request than the last', () => {
    const progress = probing(10);
    progress.sent(10, 1);
    expect(progress.rejected(7, 3)).toBe(false);
    expect([progress.nextIndex, progress.isPaused(config)]).toEqual([10, true]);
  });
});

describe('replication', () => {
  it('runs ahead of the answers until the window is full of messages', () => {
    const progress = replicating();
    progress.sent(10, 1);
    progress.sent(11, 1);
    expect(progress.nextIndex).toBe(12);
    expect(progress.isPaused(config)).toBe(true);
    progress.accepted(10, 0);
    expect(progress.isPaused(config)).toBe(false);
  });

  it('or of bytes', () => {
    const progress = replicating();
    progress.sent(10, 100);
    expect(progress.isPaused(config)).toBe(true);
  });

  it('asks after what is unanswered since a heartbeat, and only then', () => {
    const progress = replicating();
    progress.heartbeatAnswered();
    expect(progress.pingDue).toBe(false);
    progress.sent(10, 1);
    progress.heartbeatAnswered();
    expect(progress.pingDue).toBe(true);
  });

  it('falls back to a probe when refused, but not by an old refusal', () => {
    const progress = replicating(9);
    progress.sent(10, 1);
    expect(progress.rejected(8, 2)).toBe(false);
    expect(progress.kind).toBe('replicate');
    expect(progress.rejected(10, 2)).toBe(true);
    expect([progress.kind, progress.nextIndex]).toEqual(['probe', 10]);
  });

  it('never forgets a match for an older answer', () => {
    const progress = replicating(9);
    progress.accepted(5, 0);
    expect([progress.matchIndex, progress.nextIndex]).toEqual([9, 10]);
  });

  it('starts again after the match when the peer is unreachable', () => {
    const progress = replicating(9);
    progress.sent(15, 1);
    progress.unreachable();
    expect([progress.kind, progress.nextIndex, progress.isPaused(config)]).toEqual(['probe', 10, false]);
  });
});

describe('a snapshot', () => {
  it('stops everything else', () => {
    const progress = replicating(3);
    progress.needsSnapshot(0);
    expect(progress.isPaused(config)).toBe(true);
    progress.heartbeatAnswered();
    expect(progress.isPaused(config)).toBe(true);
    expect(progress.rejected(9, 1)).toBe(false);
  });

  it('is followed by a probe after it, without believing the report', () => {
    const progress = replicating(3);
    progress.needsSnapshot(0);
    progress.snapshotArrived(20);
    expect([progress.kind, progress.matchIndex, progress.nextIndex]).toEqual(['probe', 3, 21]);
  });

  it('that failed is tried again only after a heartbeat', () => {
    const progress = replicating(3);
    progress.needsSnapshot(0);
    progress.snapshotFailed();
    expect([progress.kind, progress.nextIndex, progress.isPaused(config)]).toEqual(['probe', 4, true]);
    progress.heartbeatAnswered();
    expect(progress.isPaused(config)).toBe(false);
  });

  it('times out', () => {
    const progress = replicating(3);
    progress.needsSnapshot(10);
    expect(progress.snapshotTimedOut(14, config)).toBe(false);
    expect(progress.snapshotTimedOut(15, config)).toBe(true);
  });

  it('is over when the follower turns out to have what the log can continue from', () => {
    const progress = replicating(3);
    progress.needsSnapshot(0);
    progress.accepted(7, 8);
    expect(progress.kind).toBe('snapshot');
    progress.accepted(8, 8);
    expect([progress.kind, progress.nextIndex]).toEqual(['replicate', 9]);
  });

  it('report that comes late changes nothing', () => {
    const progress = replicating(3);
    progress.snapshotArrived(20);
    progress.snapshotFailed();
    expect([progress.kind, progress.nextIndex]).toEqual(['replicate', 4]);
  });
});
