/** P3: which purges wait for which sessions, against a naive model of the same sentence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StreamRecord } from '../../src/catalog/types.js';
import { SessionBarrier } from '../../src/node/session-barrier.js';

const stream = (incarnation: number, tombstoneRevision: number): StreamRecord =>
  ({ incarnation, tombstoneRevision }) as StreamRecord;

describe('a purge', () => {
  it('waits for sessions that opened before its tombstone and have not drained it', () => {
    const barrier = new SessionBarrier();
    barrier.cover(100);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(true);
    barrier.set(10, 'a', 10);
    barrier.set(60, 'b', 60);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
    // Opened after the tombstone: the stream was never open to it.
    expect(barrier.waitingFor(50)).toEqual({ count: 1, nodeIds: ['a'] });
    barrier.set(10, 'a', 49);
    expect(barrier.takeFreed()).toEqual([]);
    barrier.set(10, 'a', 50);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.takeFreed()).toEqual([]);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(true);
  });

  it('is freed by the end of the last session that it waits for', () => {
    const barrier = new SessionBarrier();
    barrier.cover(100);
    barrier.set(1, 'a', 1);
    barrier.set(2, 'b', 2);
    barrier.readyToBegin(stream(9, 50));
    barrier.delete(1);
    expect(barrier.takeFreed()).toEqual([]);
    barrier.delete(2);
    expect(barrier.takeFreed()).toEqual([9]);
  });

  it('is not free beyond what is covered: a session may have opened just before its tombstone', () => {
    const barrier = new SessionBarrier();
    expect(barrier.readyToBegin(stream(1, 1))).toBe(false);
    barrier.cover(5);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.readyToBegin(stream(2, 6))).toBe(false);
    barrier.set(5, 'a', 5);
    barrier.cover(6);
    expect(barrier.takeFreed()).toEqual([]);
    expect(barrier.readyToBegin(stream(2, 6))).toBe(false);
  });

  it('that was undeleted is not told to begin', () => {
    const barrier = new SessionBarrier();
    barrier.cover(100);
    barrier.set(1, 'a', 1);
    barrier.readyToBegin(stream(9, 50));
    barrier.streamChanged(stream(9, 0));
    expect(barrier.waitingPurges).toBe(0);
    barrier.delete(1);
    expect(barrier.takeFreed()).toEqual([]);
  });

  it('names at most twenty nodes, each once, the furthest behind first', () => {
    const barrier = new SessionBarrier();
    barrier.cover(1000);
    for (let at = 1; at <= 30; at++) barrier.set(at, `node-${Math.ceil(at / 2)}`, at);
    for (let at = 100; at <= 130; at++) barrier.set(at, `late-${at}`, at);
    const { count, nodeIds } = barrier.waitingFor(125);
    expect(count).toBe(30 + 25);
    expect(nodeIds).toHaveLength(20);
    expect(nodeIds.slice(0, 2)).toEqual(['node-1', 'node-2']);
    expect(new Set(nodeIds).size).toBe(20);
  });
});

interface Step {
  readonly kind: 'open' | 'drain' | 'close' | 'delete' | 'ask';
  /** Which session, and how far. */
  readonly pick: number;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('open', 'open', 'drain', 'drain', 'close', 'delete', 'ask'),
    pick: fc.nat(),
  }),
  { maxLength: 60, size: 'max' },
);

it('answers as the sentence says, in any order of things, and tells of every purge that becomes free once', () => {
  fc.assert(
    fc.property(steps, (log) => {
      const barrier = new SessionBarrier();
      const sessions = new Map<number, { opened: number; drained: number | undefined }>();
      const tombstones: number[] = [];
      const waiting = new Set<number>();
      let index = 0;
      const isBlocking = (tombstone: number) => (session: { opened: number; drained: number | undefined }) =>
        session.opened < tombstone && (session.drained ?? 0) < tombstone;
      const blocked = (tombstone: number): number =>
        [...sessions.values()].filter(isBlocking(tombstone)).length;
      for (const step of log) {
        index++;
        const [id, session] = [...sessions][step.pick % Math.max(1, sessions.size)] ?? [];
        if (step.kind === 'open') {
          sessions.set(index, { opened: index, drained: undefined });
          barrier.set(index, `node-${index % 3}`, index);
        } else if (step.kind === 'delete') {
          tombstones.push(index);
        } else if (step.kind === 'drain' && id !== undefined && session !== undefined) {
          const floor = session.drained ?? session.opened;
          session.drained = floor + (step.pick % (index - floor + 1));
          barrier.set(id, `node-${id % 3}`, session.drained);
        } else if (step.kind === 'close' && id !== undefined) {
          sessions.delete(id);
          barrier.delete(id);
        }
        barrier.cover(index);
        if (step.kind === 'ask') {
          for (const tombstone of tombstones) {
            expect(barrier.readyToBegin(stream(tombstone, tombstone))).toBe(blocked(tombstone) === 0);
            expect(barrier.waitingFor(tombstone).count).toBe(blocked(tombstone));
            if (blocked(tombstone) > 0) waiting.add(tombstone);
          }
          for (const { opened, drained } of sessions.values()) {
            const floor = drained ?? opened;
            const above = [...waiting].filter((tombstone) => blocked(tombstone) > 0 && tombstone > floor);
            expect(barrier.waitingAbove(floor)).toBe(above.length);
          }
        } else {
          const freed = [...waiting].filter((tombstone) => blocked(tombstone) === 0);
          expect([...barrier.takeFreed()].sort((a, b) => a - b)).toEqual(freed.sort((a, b) => a - b));
          for (const tombstone of freed) waiting.delete(tombstone);
        }
        expect(barrier.waitingPurges).toBe(waiting.size);
      }
    }),
  );
});
