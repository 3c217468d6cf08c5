/**
 * What makes it fast and must not cost safety: §10.2 of the thesis.
 */
import { describe, expect, it } from 'vitest';
import { configurationOf, entriesOfTerms, entry } from './harness.js';
import { accepted, appendRequest, nodeWith, ofKind, settledLeader } from './messages.js';

describe('thesis §10.2 performance that must not cost safety', () => {
  it('§10.2.1 the leader sends beside its own write, and counts itself only after it', () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3, 4, 5]) });
    node.propose('a');
    expect(ofKind(node.drain().sendNow, 'appendRequest')).toHaveLength(4);
    node.receive(accepted(2, { from: 2 }));
    node.receive(accepted(2, { from: 3 }));
    expect(node.core.commitIndex).toBe(1);
    node.persist();
    expect(node.core.commitIndex).toBe(2);
  });

  it('§10.2.1 what others have committed is handed out only when it is durable here', () => {
    const node = settledLeader();
    node.propose('a');
    node.drain();
    node.receive(accepted(2, { from: 2 }));
    node.receive(accepted(2, { from: 3 }));
    expect([node.core.commitIndex, node.drain().committed]).toEqual([2, []]);
    node.persist();
    expect(node.drain().committed).toMatchObject([{ index: 2 }]);
  });

  it('§10.2.1 two drains in one write are one report, by the term of what was written last', () => {
    const node = nodeWith();
    node.receive(appendRequest({ entries: entriesOfTerms(1, 1) }));
    const first = node.core.drain();
    node.receive(appendRequest({ from: 3, term: 2, entries: [entry(1, 2)] }));
    const second = node.core.drain();
    expect(second.truncateFrom).toBe(1);
    node.log.write(first.truncateFrom, first.entries);
    node.log.write(second.truncateFrom, second.entries);
    node.step({ kind: 'persisted', index: 1, term: 2 });
    expect(node.core.status()).toMatchObject({ persistedIndex: 1, lastIndex: 1 });
  });

  it('§10.2.2 requests are pipelined: the next one does not wait for an answer', () => {
    const node = settledLeader();
    for (const text of ['a', 'b', 'c']) node.propose(text);
    const first = ofKind(node.drain().sendNow, 'appendRequest').filter(({ to }) => to === 2);
    node.propose('d');
    const second = ofKind(node.drain().sendNow, 'appendRequest').filter(({ to }) => to === 2);
    expect(first.map(({ entries }) => entries.length)).toEqual([3]);
    expect(second).toMatchObject([{ prevLogIndex: 4, entries: [{ index: 5 }] }]);
  });
});
