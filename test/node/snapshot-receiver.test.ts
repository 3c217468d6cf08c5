/** What the receiver keeps of a broken stream, for how long, and who may take over; on real storage. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOLD_PART_MS, RECEIVE_STALL_MS, SnapshotReceiver } from '../../src/node/snapshot-receiver.js';
import type { IncomingSnapshot } from '../../src/node/transport/transport.js';
import type { SnapshotVerdict } from '../../src/raft/types.js';
import { deferred } from '../../src/shared/deferred.js';
import { FatalError } from '../../src/shared/fatal.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { NodeStorage, SnapshotProgress, SnapshotSource } from '../../src/storage/node-storage.js';
import {
  append,
  commands,
  nodeFixture,
  put,
  readCatalog,
  VOTERS,
  type NodeFixture,
} from '../storage/node-fixture.js';
import { ManualClock } from '../support/manual-clock.js';

const RECORDS = 2_000;
const TERM = 3;

let leader: NodeFixture;
let follower: NodeFixture;
let source: SnapshotSource;
let chunks: Uint8Array[];
let storage: NodeStorage;
let clock: ManualClock;
let verdict: SnapshotVerdict;
let installed: number[];
let fatal: unknown[];
let receiver: SnapshotReceiver;

beforeEach(async () => {
  leader = await nodeFixture();
  follower = await nodeFixture();
  const from = await leader.open();
  await from.initialize({ configuration: VOTERS }, new Map());
  await append(from, commands(1, 50, 1));
  const writes = Array.from({ length: RECORDS }, (_, i) =>
    put(`key ${String(i).padStart(7, '0')}`, `value ${i}`.padEnd(300, '.')),
  );
  await from.applyBatch(40, writes);
  source = await from.openSnapshot();
  chunks = [];
  for await (const chunk of source.chunks()) chunks.push(chunk);
  expect(chunks.length).toBeGreaterThan(3);

  clock = new ManualClock();
  verdict = { kind: 'install' };
  installed = [];
  fatal = [];
  await restart();
});

afterEach(async () => {
  await receiver.stop();
  await leader.dispose();
  await follower.dispose();
});

async function restart(): Promise<void> {
  storage = await follower.open();
  receiver = new SnapshotReceiver({
    core: { judgeSnapshot: () => verdict, term: TERM },
    driver: {
      exclusively: (action) => action(),
      feed: () => ({ kind: 'done' }),
    },
    applier: { reset: (index) => installed.push(index) },
    storage,
    clock,
    logger: silentLogger,
    replaced: () => undefined,
    fatal: (error) => fatal.push(error),
  });
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const offer = () => ({ from: 1, term: TERM, header: source.header });
const snapshot = (list: AsyncIterable<Uint8Array>, after?: SnapshotProgress): IncomingSnapshot => ({
  ...offer(),
  chunks: list,
  ...(after === undefined ? {} : { after }),
});

function held(): SnapshotProgress {
  const answer = receiver.offered(offer());
  if (answer.kind !== 'wanted') throw new Error('not wanted');
  return answer.held;
}

/** The chunks from `from` on; ends in `end`. */
async function* stream(
  from: number,
  count: number,
  end: 'break' | 'hang' | 'done',
): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks.slice(from, from + count)) yield await Promise.resolve(chunk);
  if (end === 'break') throw new Error('the connection broke');
  if (end === 'hang') await deferred<void>().promise;
}

describe('a disk that fails', () => {
  it('while a snapshot is stored ends the node, not only the stream (S5)', async () => {
    const broken = new FatalError('STORAGE_WRITE_FAILED', 'EIO');
    const begin = storage.beginSnapshotInstall.bind(storage);
    storage.beginSnapshotInstall = async (header) => {
      const install = await begin(header);
      install.write = () => Promise.reject(broken);
      return install;
    };
    await expect(receiver.receive(snapshot(stream(0, 99, 'done')))).rejects.toBe(broken);
    expect(fatal).toContain(broken);
    expect(installed).toEqual([]);
  });
});

describe('a stream', () => {
  it('that is whole is installed', async () => {
    expect(held()).toEqual({ chunks: 0, checksum: 0 });
    expect(await receiver.receive(snapshot(stream(0, 99, 'done')))).toEqual({ term: TERM, matchIndex: 40 });
    expect(installed).toEqual([40]);
    expect((await readCatalog(storage)).length).toBe(RECORDS);
    expect(storage.unfinishedInstall).toBeUndefined();
    expect(clock.timerCount).toBe(0);
  });

  it('that breaks after any chunk goes on there', async () => {
    for (let count = 0; count < chunks.length; count++) {
      await expect(
        receiver.receive(snapshot(stream(count, 1, 'break'), count === 0 ? undefined : held())),
      ).rejects.toThrow('the connection broke');
      expect(held().chunks).toBe(count + 1);
      expect(source.canResume(held())).toBe(true);
      expect(installed).toEqual([]);
    }
    await receiver.receive(snapshot(stream(99, 0, 'done'), held()));
    expect((await readCatalog(storage)).length).toBe(RECORDS);
  });

  it('that breaks begins anew when it comes from the first chunk', async () => {
    await expect(receiver.receive(snapshot(stream(0, 2, 'break')))).rejects.toThrow();
    await receiver.receive(snapshot(stream(0, 99, 'done')));
    expect((await readCatalog(storage)).length).toBe(RECORDS);
  });

  it('that would go on elsewhere than where this stands is refused', async () => {
    await expect(receiver.receive(snapshot(stream(0, 2, 'break')))).rejects.toThrow();
    const { chunks: count, checksum } = held();
    for (const after of [
      { chunks: count + 1, checksum },
      { chunks: count, checksum: checksum + 1 },
    ]) {
      await expect(receiver.receive(snapshot(stream(3, 99, 'done'), after))).rejects.toMatchObject({
        reason: 'TOO_MANY_REQUESTS',
      });
    }
    const other = { ...offer().header, chain: offer().header.chain + 1 };
    expect(receiver.offered({ ...offer(), header: other })).toMatchObject({ held: { chunks: 0 } });
    // And what is here is still good.
    await receiver.receive(snapshot(stream(2, 99, 'done'), held()));
    expect((await readCatalog(storage)).length).toBe(RECORDS);
  });

  it('whose chunk is wrong leaves nothing to go on from', async () => {
    const wrong = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(chunks[0]!);
      yield chunks[2]!;
    };
    await expect(receiver.receive(snapshot(wrong()))).rejects.toThrow(/expected 1 of 40/);
    expect(held().chunks).toBe(0);
    // Ended, it says, and is not: not to be continued for ever.
    await expect(receiver.receive(snapshot(stream(0, 2, 'done')))).rejects.toThrow(/ends before its last/);
    expect(held().chunks).toBe(0);
    expect(fatal).toEqual([]);
  });

  it('that brings nothing is broken after a while', async () => {
    const receiving = receiver.receive(snapshot(stream(0, 1, 'hang')));
    const ended = expect(receiving).rejects.toThrow(/nothing came/);
    while (held().chunks < 1) await settled();
    await settled();
    clock.advance(RECEIVE_STALL_MS);
    await ended;
    expect(held().chunks).toBe(1);
  });

  it('gives way to a newer one, which goes on where it stands', async () => {
    const first = expect(receiver.receive(snapshot(stream(0, 2, 'hang')))).rejects.toMatchObject({
      reason: 'TOO_MANY_REQUESTS',
    });
    while (held().chunks < 2) await settled();
    await receiver.receive(snapshot(stream(2, 99, 'done'), held()));
    await first;
    expect(installed).toEqual([40]);
  });

  it('is not taken when nothing is missing, and dropped when that turns out at its end', async () => {
    verdict = { kind: 'present', matchIndex: 44 };
    expect(receiver.offered(offer())).toEqual({ kind: 'notWanted', term: TERM, matchIndex: 44 });
    expect(await receiver.receive(snapshot(stream(0, 99, 'done')))).toEqual({ term: TERM, matchIndex: 44 });
    verdict = { kind: 'install' };
    const late = async function* (): AsyncGenerator<Uint8Array> {
      yield* stream(0, 99, 'done');
      verdict = { kind: 'present', matchIndex: 45 };
    };
    expect(await receiver.receive(snapshot(late()))).toEqual({ term: TERM, matchIndex: 45 });
    expect(storage.unfinishedInstall).toBeUndefined();
    expect(installed).toEqual([]);
  });
});

describe('a part that nobody continues', () => {
  it('is dropped after a while', async () => {
    await expect(receiver.receive(snapshot(stream(0, 2, 'break')))).rejects.toThrow();
    clock.advance(HOLD_PART_MS - 1);
    expect(held().chunks).toBe(2);
    clock.advance(1);
    expect(held().chunks).toBe(0);
    await receiver.receive(snapshot(stream(0, 99, 'done')));
    expect(fatal).toEqual([]);
  });

  it('is dropped after a restart too', async () => {
    await expect(receiver.receive(snapshot(stream(0, 2, 'break')))).rejects.toThrow();
    await receiver.stop();
    expect(clock.timerCount).toBe(0);
    await storage.close();
    await restart();
    expect(held().chunks).toBe(2);
    clock.advance(HOLD_PART_MS);
    expect(held().chunks).toBe(0);
    await receiver.stop();
    await storage.close();
    await restart();
    expect(held().chunks).toBe(0);
  });

  it('ends with the node: nothing is received any more', async () => {
    const receiving = expect(receiver.receive(snapshot(stream(0, 1, 'hang')))).rejects.toMatchObject({
      reason: 'NODE_STOPPING',
    });
    while (held().chunks < 1) await settled();
    await receiver.stop();
    await receiving;
    await expect(receiver.receive(snapshot(stream(0, 99, 'done')))).rejects.toMatchObject({
      reason: 'NODE_STOPPING',
    });
  });
});
