/** Calls that change the membership, over a real core whose messages the test writes. */
import { describe, expect, it } from 'vitest';
import { MemberChanges } from '../../src/node/member-changes.js';
import type { TestNode } from '../raft/harness.js';
import { configurationOf, entry, member } from '../raft/harness.js';
import { accepted, appendRequest, heartbeatRequest, nodeWith, settledLeader } from '../raft/messages.js';
import { ManualClock } from '../support/manual-clock.js';

const newcomer = { id: 4, address: 'host-4:7401', directoryId: '' };

function changesOf(node: TestNode, confirm: () => Promise<unknown> = () => Promise.resolve()) {
  const clock = new ManualClock();
  const changes = new MemberChanges({
    core: node.core,
    clock,
    appliedIndex: () => node.core.status().appliedIndex,
    addressOf: (id) => `host-${id}:7401`,
    change: (change) => node.step({ kind: 'changeMembership', change }),
    confirm,
  });
  return { changes, clock };
}

/** The call's fate so far. */
async function fate(call: Promise<unknown>): Promise<string> {
  const seen = call.then(
    () => 'done',
    (error: unknown) => (error as { readonly reason: string }).reason,
  );
  return Promise.race([seen, new Promise<string>((resolve) => setImmediate(resolve, 'waits'))]);
}

describe('a change', () => {
  it('is answered when it is committed and applied, not before', async () => {
    const node = settledLeader();
    const { changes } = changesOf(node);
    const call = changes.add(newcomer, 5_000);
    node.drain();
    node.persist();
    changes.settle();
    expect(await fate(call)).toBe('waits');
    node.receive(accepted(2));
    changes.settle();
    expect(await fate(call)).toBe('waits');
    node.settle();
    changes.settle();
    expect(await call).toMatchObject({
      changed: true,
      member: newcomer,
      configuration: { learners: [newcomer] },
    });
  });

  it('has an unknown outcome when the lead is lost, even if it may still commit', async () => {
    const node = settledLeader();
    const { changes } = changesOf(node);
    const call = changes.add(newcomer, 5_000);
    node.receive(heartbeatRequest({ from: 3, term: 2 }));
    changes.settle();
    expect(await fate(call)).toBe('OUTCOME_UNKNOWN');
  });

  it('has one too when another leader’s entry took its place and is applied', async () => {
    const node = settledLeader();
    const { changes } = changesOf(node);
    const call = changes.add(newcomer, 5_000);
    node.settle();
    node.receive(
      appendRequest({
        from: 3,
        term: 2,
        prevLogIndex: 1,
        prevLogTerm: 1,
        entries: [entry(2, 2)],
        commitIndex: 2,
      }),
    );
    node.settle();
    changes.settle();
    expect(await fate(call)).toBe('OUTCOME_UNKNOWN');
  });

  it('has one after its deadline, and when the node stops', async () => {
    const node = settledLeader();
    const { changes, clock } = changesOf(node);
    const late = changes.add(newcomer, 5_000);
    clock.advance(4_999);
    changes.settle();
    expect(await fate(late)).toBe('waits');
    clock.advance(1);
    changes.settle();
    expect(await fate(late)).toBe('OUTCOME_UNKNOWN');
    const stopped = changes.add(newcomer, 5_000);
    changes.stop();
    expect(await fate(stopped)).toBe('OUTCOME_UNKNOWN');
  });

  it('that removes the leader is answered by it, although it leads no more when that is applied', async () => {
    const node = settledLeader();
    const { changes } = changesOf(node);
    const call = changes.remove(1, 5_000);
    node.settle();
    node.receive(accepted(2, { from: 2 }));
    node.receive(accepted(2, { from: 3 }));
    expect(node.core.role).toBe('learner');
    changes.settle();
    expect(await fate(call)).toBe('waits');
    node.settle();
    changes.settle();
    expect(await call).toMatchObject({ changed: true, member: undefined });
  });

  it('that is made already is confirmed by a majority before it is a success', async () => {
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    let confirm: (value: unknown) => void = () => undefined;
    const { changes } = changesOf(node, () => new Promise((resolve) => (confirm = resolve)));
    const again = { id: 4, address: member(4).address, directoryId: '' };
    const call = changes.add(again, 5_000);
    expect(await fate(call)).toBe('waits');
    confirm(undefined);
    expect(await call).toMatchObject({ changed: false, member: { id: 4 } });

    const deposed = changes.add(again, 5_000);
    expect(await fate(deposed)).toBe('waits');
    node.receive(heartbeatRequest({ from: 3, term: 2 }));
    confirm(undefined);
    expect(await fate(deposed)).toBe('NOT_LEADER');
  });

  it('that is made already, but not committed, is waited for', async () => {
    const node = settledLeader();
    const { changes } = changesOf(node);
    const first = changes.add(newcomer, 5_000);
    const again = changes.add(newcomer, 5_000);
    expect(await fate(again)).toBe('waits');
    node.settle();
    node.receive(accepted(2));
    node.settle();
    changes.settle();
    expect(await first).toMatchObject({ changed: true });
    expect(await again).toMatchObject({ changed: false });
  });

  it('is asked of the leader, and refused with the core’s reason', async () => {
    const follower = nodeWith();
    expect(await fate(changesOf(follower).changes.add(newcomer, 5_000))).toBe('NO_LEADER');
    follower.receive(heartbeatRequest({ from: 2, term: 3 }));
    await expect(changesOf(follower).changes.remove(2, 5_000)).rejects.toMatchObject({
      reason: 'NOT_LEADER',
      metadata: { leader_id: '2', leader_address: 'host-2:7401' },
    });
    const node = settledLeader();
    const { changes } = changesOf(node);
    void changes.add(newcomer, 5_000).catch(() => undefined);
    await expect(changes.remove(3, 5_000)).rejects.toMatchObject({
      reason: 'MEMBERSHIP_CHANGE_PENDING',
      retryAfterMs: 200,
    });
  });

  it('promotes nobody whose directory is not bound, and says how far behind a learner is', async () => {
    const unbound = { ...configurationOf([1, 2, 3]), learners: [{ ...member(4), directoryId: '' }] };
    await expect(
      changesOf(settledLeader({ configuration: unbound })).changes.promote(4, 5_000),
    ).rejects.toMatchObject({ reason: 'LEARNER_NOT_READY', retryAfterMs: 500 });
    const node = settledLeader({ configuration: configurationOf([1, 2, 3], [4]) });
    await expect(changesOf(node).changes.promote(4, 5_000)).rejects.toMatchObject({
      reason: 'LEARNER_NOT_READY',
      metadata: { trailing_entries: '1' },
    });
  });
});
