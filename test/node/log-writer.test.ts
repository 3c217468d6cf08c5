import { describe, expect, it } from 'vitest';
import { LogWriter, mergeJobs, type LogWriterDeps, type WriteJob } from '../../src/node/log-writer.js';
import type { Entry, Message } from '../../src/raft/types.js';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import type { LogBatch } from '../../src/storage/node-storage.js';
import { ManualClock } from '../support/manual-clock.js';

const entry = (index: number, term = 1): Entry => ({ index, term, payload: { kind: 'noop' } });
const job = (parts: Partial<WriteJob>): WriteJob => ({
  hardState: undefined,
  truncateFrom: undefined,
  entries: [],
  sendAfterPersist: [],
  ...parts,
});
const answer = (to: number): Message => ({ kind: 'voteResponse', from: 1, to, term: 1, granted: true });

describe('mergeJobs', () => {
  it('keeps entries of several drains in order', () => {
    const merged = mergeJobs([job({ entries: [entry(1), entry(2)] }), job({ entries: [entry(3)] })]);
    expect(merged.entries.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(merged.truncateFrom).toBeUndefined();
  });

  it('drops what a later drain truncates, and truncates the disk at the lowest point', () => {
    const merged = mergeJobs([
      job({ truncateFrom: 4, entries: [entry(4), entry(5)] }),
      job({ truncateFrom: 5, entries: [entry(5, 2)] }),
      job({ truncateFrom: 3, entries: [entry(3, 3)] }),
    ]);
    expect(merged.truncateFrom).toBe(3);
    expect(merged.entries).toEqual([entry(3, 3)]);
  });

  it('writes the last hard state only', () => {
    const hardState = (term: number) => ({ term, votedFor: 0, commitIndex: 0 });
    expect(
      mergeJobs([job({ hardState: hardState(1) }), job({ hardState: hardState(2) }), job({})]).hardState
        ?.term,
    ).toBe(2);
  });
});

interface Disk {
  readonly writes: { readonly batch: LogBatch; readonly done: Deferred<void> }[];
  readonly events: string[];
  readonly writer: LogWriter;
}

function disk(): Disk {
  const writes: Disk['writes'] = [];
  const events: string[] = [];
  const deps: LogWriterDeps = {
    clock: new ManualClock(),
    storage: {
      appendLog: (batch) => {
        const done = deferred<void>();
        writes.push({ batch, done });
        return done.promise;
      },
      compactLog: (upTo) => {
        events.push(`compact ${upTo}`);
        return Promise.resolve();
      },
    },
    send: (messages) => {
      for (const message of messages) events.push(`send to ${message.to}`);
    },
    persisted: (index, term) => events.push(`persisted ${index}/${term}`),
    compacted: (upTo) => events.push(`compacted ${upTo}`),
    observeSync: () => undefined,
    fatal: (error) => events.push(`fatal ${String(error)}`),
  };
  return { writes, events, writer: new LogWriter(deps) };
}

describe('LogWriter', () => {
  it('sends nothing that depends on a write before that write is durable (thesis §3.8)', async () => {
    const { writer, writes, events } = disk();
    writer.enqueue(job({ entries: [entry(1)], sendAfterPersist: [answer(2)] }));
    await Promise.resolve();
    expect(events).toEqual([]);
    writes[0]?.done.resolve();
    await writer.idle();
    expect(events).toEqual(['send to 2', 'persisted 1/1']);
  });

  it('holds an empty drain back until earlier drains are durable', async () => {
    const { writer, writes, events } = disk();
    writer.enqueue(job({ entries: [entry(1)] }));
    writer.enqueue(job({ sendAfterPersist: [answer(3)] }));
    await Promise.resolve();
    expect(events).toEqual([]);
    writes[0]?.done.resolve();
    await writer.idle();
    expect(events).toEqual(['persisted 1/1', 'send to 3']);
    expect(writes).toHaveLength(1);
  });

  it('gathers what comes during a write into one batch: the group commit', async () => {
    const { writer, writes } = disk();
    writer.enqueue(job({ entries: [entry(1)] }));
    for (let index = 2; index <= 10; index++) writer.enqueue(job({ entries: [entry(index)] }));
    writes[0]?.done.resolve();
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(writes).toHaveLength(2);
    expect(writes[1]?.batch.entries).toHaveLength(9);
    writes[1]?.done.resolve();
    await writer.idle();
  });

  it('writes and acknowledges nothing after a failed write (S5)', async () => {
    const { writer, writes, events } = disk();
    writer.enqueue(job({ entries: [entry(1)], sendAfterPersist: [answer(2)] }));
    const idle = writer.idle();
    writes[0]?.done.reject(new Error('EIO'));
    await expect(idle).rejects.toThrow('EIO');
    writer.enqueue(job({ entries: [entry(2)], sendAfterPersist: [answer(2)] }));
    await Promise.resolve();
    expect(writes).toHaveLength(1);
    expect(events).toEqual(['fatal Error: EIO']);
  });

  it('cuts the log between two writes', async () => {
    const { writer, writes, events } = disk();
    writer.enqueue(job({ entries: [entry(1)] }));
    writer.requestCompaction(1);
    expect(events).toEqual([]);
    writes[0]?.done.resolve();
    await writer.idle();
    expect(events).toEqual(['persisted 1/1', 'compact 1', 'compacted 1']);
  });
});
