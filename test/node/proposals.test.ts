import { describe, expect, it } from 'vitest';
import { decodeEnvelope, encodeCommand } from '../../src/catalog/codec.js';
import type { CreateStream } from '../../src/catalog/types.js';
import { Proposals, type Leadership } from '../../src/node/proposals.js';
import { encodeProposal } from '../../src/node/proposal-codec.js';
import type { PeerItem } from '../../src/node/transport/transport.js';
import type { EntryPayload, StepOutcome } from '../../src/raft/types.js';
import { SextonError } from '../../src/shared/errors.js';
import { ManualClock } from '../support/manual-clock.js';

const LEADER: Leadership = { isLeader: true, leader: 1, term: 3 };
const FOLLOWER: Leadership = { isLeader: false, leader: 2, term: 3 };
const NOBODY: Leadership = { isLeader: false, leader: 0, term: 3 };
const CREATE: CreateStream = { kind: 'createStream', tenant: '', name: 'web', prefix: '', labels: [] };
const COMMAND = { requestId: '', commandBytes: encodeCommand(CREATE) };
const TIMEOUT = { timeoutMs: 1_000 };
const APPENDED: StepOutcome = { kind: 'appended', firstIndex: 10, term: 3 };

function setUp(maxPending = 10) {
  const clock = new ManualClock();
  const sent: { readonly to: number; readonly item: PeerItem }[] = [];
  const proposals = new Proposals({
    memberId: 1,
    boot: 77,
    clock,
    maxPending,
    maxCommandBytes: 1_000,
    send: (to, item) => sent.push({ to, item }),
    addressOf: (member) => `host-${member}:7401`,
    wake: () => undefined,
  });
  const append = (leadership: Leadership, outcome: StepOutcome): EntryPayload[] => {
    const stepped: EntryPayload[] = [];
    proposals.appendBatch(leadership, (payloads) => {
      stepped.push(...payloads);
      return outcome;
    });
    return stepped;
  };
  const apply = (payload: EntryPayload | undefined, index: number): void => {
    if (payload?.kind !== 'command') throw new Error('not a command');
    const result = { ok: true, stream: undefined, changed: true } as const;
    proposals.applied([{ index, envelope: decodeEnvelope(payload.data), result }]);
  };
  return { clock, sent, proposals, append, apply };
}

async function reasonOf(outcome: Promise<unknown>): Promise<string> {
  const error: unknown = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof SextonError ? error.reason : `no refusal: ${String(error)}`;
}

describe('Proposals', () => {
  it('answers a call when its own entry is applied', async () => {
    const { proposals, append, apply } = setUp();
    const outcome = proposals.submit(COMMAND, LEADER, TIMEOUT);
    const [payload] = append(LEADER, APPENDED);
    apply(payload, 10);
    expect((await outcome).index).toBe(10);
    expect(proposals.pendingCount).toBe(0);
  });

  it('never answers with an entry of an earlier life of this process', async () => {
    const { proposals, append, clock } = setUp();
    const outcome = proposals.submit(COMMAND, LEADER, TIMEOUT);
    const [payload] = append(LEADER, APPENDED);
    if (payload?.kind !== 'command') throw new Error('not a command');
    const envelope = decodeEnvelope(payload.data);
    const result = { ok: true, stream: undefined, changed: true } as const;
    proposals.applied([
      { index: 10, envelope: { ...envelope, proposal: { ...envelope.proposal, boot: 76 } }, result },
    ]);
    expect(proposals.pendingCount).toBe(1);
    clock.advance(1_001);
    proposals.expire();
    expect(await reasonOf(outcome)).toBe('OUTCOME_UNKNOWN');
  });

  it('refuses at once, as certainly not proposed, without a leader', async () => {
    const { proposals } = setUp();
    expect(await reasonOf(proposals.submit(COMMAND, NOBODY, TIMEOUT))).toBe('NO_LEADER');
  });

  it('says NOT_LEADER with the leader to a call that lost the lead before it was appended', async () => {
    const { proposals, append } = setUp();
    const outcome = proposals.submit(COMMAND, LEADER, TIMEOUT);
    append({ isLeader: false, leader: 2, term: 4 }, { kind: 'notLeader', leader: 2 });
    const error: unknown = await outcome.catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      reason: 'NOT_LEADER',
      metadata: { leader_id: '2', leader_address: 'host-2:7401' },
    });
  });

  it('says OUTCOME_UNKNOWN to a call that lost the lead after it was appended', async () => {
    const { proposals, append } = setUp();
    const outcome = proposals.submit(COMMAND, LEADER, TIMEOUT);
    append(LEADER, APPENDED);
    proposals.leadershipChanged({ isLeader: false, leader: 2, term: 4 });
    expect(await reasonOf(outcome)).toBe('OUTCOME_UNKNOWN');
  });

  it('says OUTCOME_UNKNOWN to what was forwarded to a leader that is no more', async () => {
    const { proposals, sent } = setUp();
    const outcome = proposals.submit(COMMAND, FOLLOWER, TIMEOUT);
    expect(sent.map(({ to, item }) => `${item.kind} to ${to}`)).toEqual(['proposal to 2']);
    proposals.leadershipChanged({ isLeader: false, leader: 0, term: 3 });
    expect(await reasonOf(outcome)).toBe('OUTCOME_UNKNOWN');
  });

  it('turns the leader refusing a forwarded proposal into a refusal', async () => {
    const { proposals } = setUp();
    const outcome = proposals.submit(COMMAND, FOLLOWER, TIMEOUT);
    proposals.refused({ sequence: 1, boot: 77, cause: 'overloaded', leaderHint: 0 });
    expect(await reasonOf(outcome)).toBe('TOO_MANY_REQUESTS');
  });

  it('has a limit, and an answer for when it is reached', async () => {
    const { proposals, append, apply } = setUp(1);
    const first = proposals.submit(COMMAND, LEADER, TIMEOUT);
    expect(await reasonOf(proposals.submit(COMMAND, LEADER, TIMEOUT))).toBe('TOO_MANY_REQUESTS');
    const [payload] = append(LEADER, APPENDED);
    apply(payload, 10);
    await first;
  });

  it('appends one turn as one input, stamped with a time that never runs backwards (C3)', () => {
    const { proposals, append } = setUp();
    for (let count = 0; count < 3; count++)
      void proposals.submit(COMMAND, LEADER, TIMEOUT).catch(() => undefined);
    const payloads = append(LEADER, APPENDED);
    const stamps = payloads.map((payload) =>
      payload.kind === 'command' ? decodeEnvelope(payload.data).stampMs : 0,
    );
    expect(stamps).toHaveLength(3);
    expect(new Set(stamps).size).toBe(1);
  });

  it('keeps a purger of an earlier term from proposing in a later one', async () => {
    const { proposals, append } = setUp();
    const outcome = proposals.submit(COMMAND, LEADER, { ...TIMEOUT, onlyTerm: 3 });
    expect(append({ ...LEADER, term: 4 }, APPENDED)).toEqual([]);
    expect(await reasonOf(outcome)).toBe('NOT_LEADER');
    expect(await reasonOf(proposals.submit(COMMAND, LEADER, { ...TIMEOUT, onlyTerm: 2 }))).toBe('NOT_LEADER');
  });

  it('takes a forwarded proposal as leader only, and only if it decodes', () => {
    const { proposals, sent, append } = setUp();
    const command = encodeProposal(COMMAND);
    proposals.receive(3, { sequence: 5, boot: 9, command }, FOLLOWER);
    expect(sent[0]?.item).toMatchObject({
      kind: 'refusal',
      refusal: { cause: 'notLeader', leaderHint: 2, boot: 9 },
    });
    expect(() => {
      proposals.receive(3, { sequence: 6, boot: 9, command: command.subarray(0, 4) }, LEADER);
    }).toThrow();
    proposals.receive(3, { sequence: 7, boot: 9, command }, LEADER);
    const [payload] = append(LEADER, APPENDED);
    if (payload?.kind !== 'command') throw new Error('not a command');
    expect(decodeEnvelope(payload.data).proposal).toEqual({ member: 3, boot: 9, sequence: 7 });
  });
});
