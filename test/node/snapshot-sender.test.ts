import { describe, expect, it } from 'vitest';
import { HOLD_SOURCE_MS, MAX_SOURCE_AGE_MS, SnapshotSender } from '../../src/node/snapshot-sender.js';
import type { SnapshotSendOutcome } from '../../src/node/transport/transport.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { SnapshotSource } from '../../src/storage/node-storage.js';
import { ManualClock } from '../support/manual-clock.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

class World {
  readonly clock = new ManualClock();
  readonly sent: string[] = [];
  /** Every source ever opened: how often it was closed. */
  readonly closed: number[] = [];
  connected = true;
  /** The streams under way. */
  readonly streams: {
    readonly to: number;
    readonly source: SnapshotSource;
    readonly signal: AbortSignal;
    readonly end: Deferred<SnapshotSendOutcome>;
  }[] = [];
  readonly sender = new SnapshotSender({
    storage: { openSnapshot: () => Promise.resolve(this.#open()) },
    transport: {
      isConnected: () => this.connected,
      sendSnapshot: async (to, _term, source, signal) => {
        const end = deferred<SnapshotSendOutcome>();
        this.streams.push({ to, source, signal, end });
        signal.addEventListener('abort', () => {
          end.resolve({ kind: 'failed', message: String(signal.reason) });
        });
        try {
          return await end.promise;
        } finally {
          await source.close();
        }
      },
    },
    clock: this.clock,
    logger: silentLogger,
    sent: (to, index, ok) => this.sent.push(`${to} ${index} ${ok ? 'ok' : 'failed'}`),
  });

  #open(): SnapshotSource {
    const at = this.closed.push(0) - 1;
    return {
      header: { meta: { index: 100 + at, term: 1, configuration: { voters: [], learners: [] } }, chain: 0 },
      approximateSizeBytes: 1_000,
      canResume: () => true,
      async *chunks() {
        yield await Promise.resolve(new Uint8Array(10));
      },
      close: () => {
        this.closed[at]!++;
        return Promise.resolve();
      },
    };
  }

  async end(outcome: SnapshotSendOutcome): Promise<void> {
    this.streams.at(-1)?.end.resolve(outcome);
    await settled();
  }

  async order(to: number, term = 1): Promise<void> {
    this.sender.start(to, term);
    await settled();
  }
}

const BROKEN = { kind: 'failed', message: 'the connection broke' } as const;
const INSTALLED = { kind: 'installed', matchIndex: 100 } as const;

describe('SnapshotSender', () => {
  it('closes the source of a snapshot that was installed, and reports where it ends', async () => {
    const world = new World();
    await world.order(2);
    expect(world.sender.pinnedIndex).toBe(100);
    await world.end({ kind: 'installed', matchIndex: 120 });
    expect(world.sent).toEqual(['2 120 ok']);
    expect(world.closed).toEqual([1]);
    expect(world.sender.pinnedIndex).toBeUndefined();
    expect(world.clock.timerCount).toBe(0);
  });

  it('sends the same source again when the follower is back in time, and tells how far it is', async () => {
    const world = new World();
    await world.order(2);
    for await (const chunk of world.streams[0]!.source.chunks()) expect(chunk).toHaveLength(10);
    await world.end(BROKEN);
    expect(world.sent).toEqual(['2 100 failed']);
    expect(world.sender.pinnedIndex).toBe(100);
    expect(world.sender.progressOf(2)).toEqual({ sentBytes: 10, approximateBytes: 1_000 });
    world.clock.advance(HOLD_SOURCE_MS - 1);
    await world.order(2);
    expect(world.streams[1]?.source.header.meta.index).toBe(100);
    await world.end(INSTALLED);
    expect(world.closed).toEqual([1]);
    expect(world.sender.progressOf(2)).toBeUndefined();
  });

  it('closes a source that nobody comes back for', async () => {
    const world = new World();
    await world.order(2);
    await world.end(BROKEN);
    world.clock.advance(HOLD_SOURCE_MS);
    expect(world.closed).toEqual([1]);
    expect(world.sender.pinnedIndex).toBeUndefined();
    await world.order(2);
    expect(world.streams[1]?.source.header.meta.index).toBe(101);
    await world.end(INSTALLED);
  });

  it('keeps no source beyond its age, however often its stream goes on', async () => {
    const world = new World();
    await world.order(2);
    for (let passed = 0; passed < MAX_SOURCE_AGE_MS; passed += HOLD_SOURCE_MS / 2) {
      world.clock.advance(HOLD_SOURCE_MS / 2);
      if (passed + HOLD_SOURCE_MS / 2 < MAX_SOURCE_AGE_MS) {
        await world.end(BROKEN);
        await world.order(2);
      }
    }
    await settled();
    expect(world.streams.at(-1)?.signal.aborted).toBe(true);
    expect(world.closed).toEqual([1]);
    expect(world.sender.pinnedIndex).toBeUndefined();
  });

  it('closes everything at once when it leads no more', async () => {
    const world = new World();
    await world.order(2);
    await world.end(BROKEN);
    await world.order(3);
    world.sender.cancelAll();
    await settled();
    expect(world.closed).toEqual([1, 1]);
    expect(world.clock.timerCount).toBe(0);
    await world.sender.stop();
  });

  it('takes a new source in a new term', async () => {
    const world = new World();
    await world.order(2, 1);
    await world.end(BROKEN);
    await world.order(2, 2);
    expect(world.closed).toEqual([1, 0]);
    expect(world.streams[1]?.source.header.meta.index).toBe(101);
    await world.end(INSTALLED);
  });

  it('goes on with a stream that the core has given up waiting for', async () => {
    const world = new World();
    await world.order(2);
    await world.order(2);
    await world.end(INSTALLED);
    expect(world.streams).toHaveLength(1);
    expect(world.sent).toEqual(['2 100 ok']);
  });

  it('opens nothing for a follower that is not connected', async () => {
    const world = new World();
    world.connected = false;
    await world.order(2);
    expect(world.closed).toEqual([]);
    expect(world.sent).toEqual(['2 0 failed']);
  });

  it('serves one follower after the other', async () => {
    const world = new World();
    await world.order(2);
    await world.order(3);
    expect(world.streams.map(({ to }) => to)).toEqual([2]);
    await world.end(INSTALLED);
    expect(world.streams.map(({ to }) => to)).toEqual([2, 3]);
    await world.end(INSTALLED);
    expect(world.closed).toEqual([1, 1]);
  });
});
