/** P3: which purges wait for which sessions, against a naive model of the same sentence. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionRecord, StreamRecord } from '../../src/catalog/types.js';
import type { TakenUpStream } from '../../src/node/session-api.js';
import { SessionBarrier } from '../../src/node/session-barrier.js';

const stream = (incarnation: number, drainRevision: number, discardNewWrites = false): StreamRecord =>
  ({ incarnation, drainRevision, purge: { discardNewWrites } }) as StreamRecord;

const named = (incarnation: number, lastSeenTimeMs = 1_000): TakenUpStream => ({
  incarnation,
  lastSeenTimeMs,
});

type SessionState = SessionRecord['state'];

const session = (
  id: number,
  nodeId: string,
  state: SessionState = 'OPEN',
): Pick<SessionRecord, 'id' | 'nodeId' | 'state'> => ({ id, nodeId, state });

/** Everything up to 1,000 is applied here. */
function covered(): SessionBarrier {
  const barrier = new SessionBarrier();
  barrier.cover(1_000);
  return barrier;
}

describe('a purge', () => {
  it('waits for sessions that opened before its drain began and have not drained it', () => {
    const barrier = covered();
    expect(barrier.readyToBegin(stream(1, 50))).toBe(true);
    barrier.set(session(10, 'a'), 10);
    barrier.set(session(60, 'b'), 60);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
    // Opened after the drain began: its holder has seen the stream dead from the first moment.
    expect(barrier.waitingFor(stream(1, 50))).toMatchObject({
      count: 1,
      nodeIds: ['a'],
      silentNodeIds: [],
      takenUp: [],
    });
    barrier.set(session(10, 'a'), 49);
    expect(barrier.takeFreed()).toEqual([]);
    barrier.set(session(10, 'a'), 50);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.takeFreed()).toEqual([]);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(true);
  });

  it('names the nodes that are silent: all that they hold has expired', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 10);
    barrier.set(session(11, 'b', 'EXPIRED'), 11);
    barrier.set(session(12, 'b'), 12);
    expect(barrier.waitingFor(stream(1, 50))).toMatchObject({ nodeIds: ['a', 'b'], silentNodeIds: [] });
    barrier.set(session(10, 'a', 'EXPIRED'), 10);
    expect(barrier.waitingFor(stream(1, 50))).toMatchObject({ nodeIds: ['a', 'b'], silentNodeIds: ['a'] });
  });

  it('waits for a session that covers earlier drains, although it opened after the drain began', () => {
    const barrier = covered();
    barrier.set(session(60, 'helper'), 0);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
    expect(barrier.waitingFor(stream(1, 50))).toMatchObject({ count: 1, nodeIds: ['helper'] });
    barrier.set(session(60, 'helper'), 50);
    expect(barrier.takeFreed()).toEqual([1]);
  });

  it('is freed when the lowest floor is back where it was, after a session took it down in between', () => {
    const barrier = covered();
    barrier.set(session(60, 'a'), 60);
    expect(barrier.takeFreed()).toEqual([]);
    // Nobody has asked about a purge yet: nothing is looked through.
    barrier.set(session(70, 'helper'), 0);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
    barrier.set(session(70, 'helper'), 60);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.takeFreed()).toEqual([]);
  });

  it('is freed by the end of the last session that it waits for', () => {
    const barrier = covered();
    barrier.set(session(1, 'a'), 1);
    barrier.set(session(2, 'b'), 2);
    barrier.readyToBegin(stream(9, 50));
    barrier.delete(1);
    expect(barrier.takeFreed()).toEqual([]);
    barrier.delete(2);
    expect(barrier.takeFreed()).toEqual([9]);
  });

  it('is not free beyond what is covered: a session may have opened just before its drain began', () => {
    const barrier = new SessionBarrier();
    expect(barrier.readyToBegin(stream(1, 1))).toBe(false);
    barrier.cover(5);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.readyToBegin(stream(2, 6))).toBe(false);
    barrier.set(session(5, 'a'), 5);
    barrier.cover(6);
    expect(barrier.takeFreed()).toEqual([]);
    expect(barrier.readyToBegin(stream(2, 6))).toBe(false);
  });

  it('that was paused is not told to begin', () => {
    const barrier = covered();
    barrier.set(session(1, 'a'), 1);
    barrier.readyToBegin(stream(9, 50));
    barrier.streamChanged(stream(9, 50));
    expect(barrier.waitingPurges).toBe(0);
    barrier.delete(1);
    expect(barrier.takeFreed()).toEqual([]);
  });

  it('names at most twenty nodes, each once, the furthest behind first', () => {
    const barrier = covered();
    for (let at = 1; at <= 30; at++) barrier.set(session(at, `node-${Math.ceil(at / 2)}`), at);
    for (let at = 100; at <= 130; at++) barrier.set(session(at, `late-${at}`), at);
    const { count, nodeIds } = barrier.waitingFor(stream(1, 125));
    expect(count).toBe(30 + 25);
    expect(nodeIds).toHaveLength(20);
    expect(nodeIds.slice(0, 2)).toEqual(['node-1', 'node-2']);
    expect(new Set(nodeIds).size).toBe(20);
  });
});

describe('a stream that a node has taken up again', () => {
  it('waits, and holds up no other that drained at the same revision or before', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 100, [named(1)]);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
    expect(barrier.readyToBegin(stream(2, 50))).toBe(true);
    expect(barrier.readyToBegin(stream(3, 100))).toBe(true);
    expect(barrier.waitingFor(stream(1, 50))).toEqual({
      count: 0,
      nodeIds: [],
      silentNodeIds: [],
      takenUp: [{ nodeId: 'a', lastSeenTimeMs: 1_000 }],
    });
    expect(barrier.takenUpBy(10)).toBe(1);
  });

  it('is freed when the last session that named it does not any more, or ends', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 100, [named(1), named(2)]);
    barrier.set(session(20, 'b'), 100, [named(1)]);
    barrier.readyToBegin(stream(1, 50));
    barrier.readyToBegin(stream(2, 50));
    barrier.set(session(10, 'a'), 100, [named(2)]);
    expect(barrier.takeFreed()).toEqual([]);
    barrier.set(session(20, 'b'), 100);
    expect(barrier.takeFreed()).toEqual([1]);
    barrier.delete(10);
    expect(barrier.takeFreed()).toEqual([2]);
  });

  it('is not free in between, where one report moves the revision and names it', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 10);
    barrier.readyToBegin(stream(1, 50));
    barrier.set(session(10, 'a'), 60, [named(1)]);
    expect(barrier.takeFreed()).toEqual([]);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
  });

  it('is not waited for once new writes are discarded; sessions that have not drained it are', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 40, [named(1)]);
    barrier.set(session(20, 'b'), 100, [named(1)]);
    const discarded = stream(1, 50, true);
    barrier.readyToBegin(stream(1, 50));
    barrier.streamChanged(discarded);
    expect(barrier.readyToBegin(discarded)).toBe(false);
    expect(barrier.waitingFor(discarded)).toMatchObject({
      count: 1,
      nodeIds: ['a'],
      silentNodeIds: [],
      takenUp: [],
    });
    barrier.set(session(10, 'a'), 50, [named(1)]);
    expect(barrier.takeFreed()).toEqual([1]);
    expect(barrier.readyToBegin(discarded)).toBe(true);
    expect(barrier.readyToBegin(stream(1, 50))).toBe(false);
  });

  it('counts as still sent to when nothing else holds it up', () => {
    const barrier = covered();
    barrier.set(session(10, 'a'), 40, [named(1), named(2)]);
    barrier.readyToBegin(stream(1, 30));
    barrier.readyToBegin(stream(2, 50));
    barrier.readyToBegin(stream(3, 60));
    expect([barrier.waitingPurges, barrier.stillSentTo]).toEqual([3, 1]);
    barrier.set(session(10, 'a'), 55, [named(1), named(2)]);
    expect(barrier.stillSentTo).toBe(2);
    barrier.streamChanged(stream(1, 30, true));
    expect(barrier.readyToBegin(stream(1, 30, true))).toBe(true);
    expect(barrier.stillSentTo).toBe(1);
  });

  it('shows at most twenty nodes, the latest first', () => {
    const barrier = covered();
    for (let at = 1; at <= 30; at++) barrier.set(session(at, `node-${at}`), 100, [named(7, at * 10)]);
    const { count, takenUp } = barrier.waitingFor(stream(7, 50));
    expect(count).toBe(0);
    expect(takenUp).toHaveLength(20);
    expect(takenUp[0]).toEqual({ nodeId: 'node-30', lastSeenTimeMs: 300 });
    expect(takenUp.at(-1)).toEqual({ nodeId: 'node-11', lastSeenTimeMs: 110 });
  });
});

interface Step {
  readonly kind: 'open' | 'cover' | 'drain' | 'name' | 'close' | 'delete' | 'discard' | 'ask' | 'free';
  /** Which session or stream, and how far. */
  readonly pick: number;
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom(
      ...(['open', 'open', 'cover', 'drain', 'drain', 'drain', 'name', 'name'] as const),
      ...(['close', 'delete', 'delete', 'discard', 'ask', 'ask', 'free', 'free'] as const),
    ),
    pick: fc.nat(),
  }),
  { maxLength: 60, size: 'max' },
);

interface NaiveSession {
  floor: number;
  names: readonly number[];
}

/** The sentence itself, over all sessions, for each question anew. */
class Naive {
  readonly sessions = new Map<number, NaiveSession>();
  /** Incarnations are drain revisions here. */
  readonly discards = new Map<number, boolean>();
  readonly waiting = new Set<number>();

  behind(drain: number): number {
    return [...this.sessions.values()].filter(({ floor }) => floor < drain).length;
  }

  naming(drain: number): number {
    if (this.discards.get(drain) === true) return 0;
    return [...this.sessions.values()].filter(({ names }) => names.includes(drain)).length;
  }

  isFree(drain: number): boolean {
    return this.behind(drain) + this.naming(drain) === 0;
  }

  record(drain: number): StreamRecord {
    return stream(drain, drain, this.discards.get(drain));
  }
}

it('answers as the sentence says, in any order of things, and tells of every purge that becomes free once', () => {
  fc.assert(
    fc.property(steps, (log) => {
      const barrier = new SessionBarrier();
      const naive = new Naive();
      let index = 0;
      const set = (id: number, held: NaiveSession): void => {
        naive.sessions.set(id, held);
        barrier.set(
          session(id, `node-${id % 3}`),
          held.floor,
          held.names.map((one) => named(one)),
        );
      };
      for (const { kind, pick } of log) {
        index++;
        const [id, session] = [...naive.sessions][pick % Math.max(1, naive.sessions.size)] ?? [];
        const drains = [...naive.discards.keys()];
        const drain = drains[pick % Math.max(1, drains.length)];
        if (kind === 'open' || kind === 'cover')
          set(index, { floor: kind === 'open' ? index : 0, names: [] });
        if (kind === 'delete') naive.discards.set(index, false);
        if (kind === 'discard' && drain !== undefined) {
          naive.discards.set(drain, true);
          naive.waiting.delete(drain);
          barrier.streamChanged(naive.record(drain));
        }
        if (kind === 'close' && id !== undefined) {
          naive.sessions.delete(id);
          barrier.delete(id);
        }
        if (session !== undefined && id !== undefined) {
          if (kind === 'drain') {
            const floor = session.floor + (pick % (index - session.floor + 1));
            set(id, { floor, names: pick % 3 === 0 ? [] : session.names });
          }
          if (kind === 'name')
            set(id, { ...session, names: drains.filter((_, at) => (pick >> at) % 2 === 1) });
        }
        barrier.cover(index);
        if (kind === 'ask') {
          for (const asked of drains) {
            const record = naive.record(asked);
            expect(barrier.readyToBegin(record)).toBe(naive.isFree(asked));
            const { count, takenUp } = barrier.waitingFor(record);
            expect([count, takenUp.length]).toEqual([naive.behind(asked), naive.naming(asked)]);
            if (naive.isFree(asked)) naive.waiting.delete(asked);
            else naive.waiting.add(asked);
          }
          for (const [one, { floor, names }] of naive.sessions) {
            const awaiting = [...naive.waiting].filter(
              (each) => each > floor || (names.includes(each) && naive.discards.get(each) === false),
            );
            expect(barrier.waitingOn(one)).toBe(awaiting.length);
          }
          const sentTo = [...naive.waiting].filter((one) => naive.behind(one) === 0);
          expect(barrier.stillSentTo).toBe(sentTo.length);
        }
        if (kind === 'free') {
          const freed = [...naive.waiting].filter((one) => naive.isFree(one));
          expect([...barrier.takeFreed()].sort((a, b) => a - b)).toEqual(freed.sort((a, b) => a - b));
          for (const one of freed) naive.waiting.delete(one);
        }
        expect(barrier.waitingPurges).toBe(naive.waiting.size);
      }
    }),
    { numRuns: 500 },
  );
});
