/** The bookkeeping of a pipeline: the rules M1 to M4 of mutation-window.ts, and a property over all of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  FRAME_BYTES_MAX,
  FRAME_MUTATIONS_MAX,
  MutationWindow,
  type PendingMutation,
} from '../../src/client/mutation-window.js';

function mutation(index: number, extra: Partial<PendingMutation> = {}): PendingMutation {
  const name = `s${index}`;
  return {
    index,
    wire: { createStream: { name } },
    key: name,
    bytes: 100,
    deadlineMs: 1_000 + index,
    uncertain: false,
    ...extra,
  };
}

const names = (frame: ReturnType<MutationWindow['nextFrame']>): unknown[] =>
  (frame ?? []).map(({ createStream }) => createStream?.name);

describe('MutationWindow', () => {
  it('numbers a frame from 1 and on, without gaps', () => {
    const window = new MutationWindow(10);
    [0, 1, 2].forEach((index) => window.add(mutation(index)));
    expect(window.nextFrame()?.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    window.add(mutation(3));
    expect(window.nextFrame()?.map(({ sequence }) => sequence)).toEqual([4]);
    expect(window.nextFrame()).toBeUndefined();
  });

  it('cuts frames at their bounds', () => {
    const many = new MutationWindow(5_000);
    for (let index = 0; index < FRAME_MUTATIONS_MAX + 1; index++) many.add(mutation(index, { bytes: 1 }));
    expect(many.nextFrame()).toHaveLength(FRAME_MUTATIONS_MAX);
    expect(many.nextFrame()).toHaveLength(1);
    const big = new MutationWindow(10);
    [0, 1, 2].forEach((index) => big.add(mutation(index, { bytes: FRAME_BYTES_MAX / 2 })));
    expect(big.nextFrame()).toHaveLength(2);
  });

  it('M1 forgets an answer that comes a second time, or too late', () => {
    const window = new MutationWindow(10);
    window.add(mutation(0));
    window.nextFrame();
    window.settle(1);
    expect(window.find(1)).toBeUndefined();
    expect(window.size).toBe(0);
  });

  it('M2 has no room for a second change of the same stream until the first is answered', () => {
    const window = new MutationWindow(10);
    window.add(mutation(0));
    expect(window.hasRoomFor('s0')).toBe(false);
    window.nextFrame();
    window.callBroke(true);
    expect(window.hasRoomFor('s0')).toBe(false);
    window.nextFrame();
    window.settle(1);
    expect(window.hasRoomFor('s0')).toBe(true);
  });

  it('M3 sends unanswered mutations again in their first order, before new ones', () => {
    const window = new MutationWindow(10);
    [0, 1, 2].forEach((index) => window.add(mutation(index)));
    window.nextFrame();
    window.add(mutation(3));
    window.settle(2);
    window.callBroke(true);
    window.add(mutation(4));
    const frame = window.nextFrame();
    expect(names(frame)).toEqual(['s0', 's2', 's3', 's4']);
    expect(frame?.[0]?.sequence).toBe(1);
    expect(window.find(1)?.uncertain).toBe(true);
    expect(window.find(3)?.uncertain).toBe(false);
  });

  it('M3 puts a mutation that was refused for now back into its place', () => {
    const window = new MutationWindow(10);
    [0, 1].forEach((index) => window.add(mutation(index)));
    window.nextFrame();
    window.add(mutation(2));
    window.returnToQueue(1);
    expect(names(window.nextFrame())).toEqual(['s0', 's2']);
  });

  it('keeps what never left this process certain', () => {
    const window = new MutationWindow(10);
    window.add(mutation(0));
    window.nextFrame();
    window.callBroke(false);
    window.nextFrame();
    expect(window.find(1)?.uncertain).toBe(false);
  });

  it('M4 takes no more than it may hold', () => {
    const window = new MutationWindow(2);
    [0, 1].forEach((index) => window.add(mutation(index)));
    expect(window.hasRoomFor('other')).toBe(false);
    window.nextFrame();
    expect(window.hasRoomFor('other')).toBe(false);
    window.settle(1);
    expect(window.hasRoomFor('other')).toBe(true);
  });

  it('gives up what is over, and calls uncertain what was under way', () => {
    const window = new MutationWindow(10);
    window.add(mutation(0));
    window.nextFrame();
    window.add(mutation(1));
    window.add(mutation(2));
    const over = window.giveUp(({ deadlineMs }) => deadlineMs <= 1_001);
    expect(over.map(({ index, uncertain }) => [index, uncertain])).toEqual([
      [0, true],
      [1, false],
    ]);
    expect(window.find(1)).toBeUndefined();
    expect(window.hasRoomFor('s0')).toBe(true);
    expect(window.size).toBe(1);
  });

  it('answers everything exactly once and keeps the order of each stream, whatever happens', () => {
    const step = fc.constantFrom('send', 'answer', 'break', 'refuse', 'add');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, streams) => {
        const window = new MutationWindow(4);
        const answered: number[] = [];
        let next = 0;
        let sequences: number[] = [];
        for (const action of steps) {
          if (action === 'add' && window.hasRoomFor(`k${next % streams}`)) {
            window.add(mutation(next, { key: `k${next % streams}` }));
            next += 1;
          }
          if (action === 'send')
            sequences.push(...(window.nextFrame() ?? []).map(({ sequence }) => Number(sequence)));
          if (action === 'break') {
            window.callBroke(true);
            sequences = [];
          }
          const first = sequences[0];
          if (first !== undefined && (action === 'answer' || action === 'refuse')) {
            const pending = window.find(first)!;
            if (action === 'answer') {
              window.settle(first);
              answered.push(pending.index);
            } else {
              window.returnToQueue(first);
            }
            sequences.shift();
          }
          expect(window.size).toBeLessThanOrEqual(4);
        }
        expect(new Set(answered).size).toBe(answered.length);
        expect(answered.length + window.size).toBe(next);
        for (let key = 0; key < streams; key++) {
          const order = answered.filter((index) => index % streams === key);
          expect(order).toEqual([...order].sort((a, b) => a - b));
        }
      }),
    );
  });
});
