/** What is asked by handshake, of whom and when, and what is made of each answer. */
import { describe, expect, it } from 'vitest';
import { DirectoryBinding } from '../../src/node/member-binding.js';
import { MemberDiscovery } from '../../src/node/member-discovery.js';
import { joinCluster } from '../../src/node/member-join.js';
import { MembershipWatch } from '../../src/node/member-watch.js';
import type {
  HandshakeInfo,
  HandshakeOutcome,
  HandshakeRefusal,
} from '../../src/node/transport/transport.js';
import type { Configuration, Member, StepOutcome } from '../../src/raft/types.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { configurationOf, member } from '../raft/harness.js';
import { heartbeatRequest, nodeWith } from '../raft/messages.js';
import { ManualClock } from '../support/manual-clock.js';

const OWN = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);

const info = (from: number, to: number, fields: Partial<HandshakeInfo> = {}): HandshakeInfo => ({
  clusterId: 'logs',
  from,
  to,
  directoryId: OWN,
  initialized: true,
  knownDirectories: new Map(),
  ...fields,
});
const answered = (answer: HandshakeInfo): HandshakeOutcome => ({ kind: 'answered', info: answer });
const refused = (refusal: HandshakeRefusal): HandshakeOutcome => ({
  kind: 'refused',
  refusal,
  message: 'no',
});
const UNREACHABLE: HandshakeOutcome = { kind: 'unreachable', message: 'down' };

/** Answers as `answers` says at the time; counts what was asked of whom. */
class Peers {
  readonly asked: number[] = [];
  answers: (member: Member, request: HandshakeInfo) => HandshakeOutcome = () => UNREACHABLE;

  handshake(member: Member, request: HandshakeInfo): Promise<HandshakeOutcome> {
    this.asked.push(member.id);
    return Promise.resolve(this.answers(member, request));
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a leader binds the directory of a new member', () => {
  function binding(learner: Member) {
    const clock = new ManualClock();
    const transport = new Peers();
    const bound: string[] = [];
    const state: { configuration: Configuration; isLeader: boolean; outcome: StepOutcome } = {
      configuration: { ...configurationOf([1, 2, 3]), learners: [learner] },
      isLeader: true,
      outcome: { kind: 'appended', firstIndex: 9, term: 1 },
    };
    const service = new DirectoryBinding({
      clock,
      logger: silentLogger,
      transport,
      configuration: () => state.configuration,
      isLeader: () => state.isLeader,
      info: (to) => info(1, to),
      bind: (id, directoryId) => {
        bound.push(`${id}=${directoryId}`);
        return state.outcome;
      },
    });
    const tick = async (): Promise<void> => {
      service.tick();
      await settled();
      clock.advance(500);
    };
    return { transport, bound, state, tick };
  }
  const unbound = { ...member(4), directoryId: '' };
  const joining = (fields: Partial<HandshakeInfo> = {}) =>
    answered(info(4, 1, { initialized: false, directoryId: OTHER, ...fields }));

  it('that tells it at its address, asking until it is there', async () => {
    const { transport, bound, tick } = binding(unbound);
    await tick();
    expect([transport.asked, bound]).toEqual([[4], []]);
    transport.answers = () => joining();
    await tick();
    expect(bound).toEqual([`4=${OTHER}`]);
  });

  it('again as long as the change is refused', async () => {
    const { transport, bound, state, tick } = binding(unbound);
    transport.answers = () => joining();
    state.outcome = { kind: 'refused', reason: 'MEMBERSHIP_CHANGE_PENDING', cause: 'another one' };
    await tick();
    await tick();
    expect(bound).toHaveLength(2);
  });

  it.each([
    ['belongs to another cluster', { clusterId: 'other' }],
    ['is another member', { from: 5 }],
    ['has a history of its own', { initialized: true }],
  ])('but none that %s', async (_, fields) => {
    const { transport, bound, tick } = binding(unbound);
    transport.answers = () => joining(fields);
    await tick();
    expect([transport.asked, bound]).toEqual([[4], []]);
  });

  it('and asks nobody when it does not lead, or all are bound', async () => {
    const { transport, state, tick } = binding(unbound);
    state.isLeader = false;
    await tick();
    state.isLeader = true;
    state.configuration = configurationOf([1, 2, 3], [4]);
    await tick();
    expect(transport.asked).toEqual([]);
  });
});

describe('a member without a leader', () => {
  function watch() {
    const node = nodeWith();
    const clock = new ManualClock();
    const transport = new Peers();
    const told: string[] = [];
    const service = new MembershipWatch({
      core: node.core,
      memberId: 1,
      clock,
      logger: silentLogger,
      transport,
      appliedIndex: () => 0,
      known: () => [member(2), member(3)],
      info: (to) => info(1, to),
      patienceMs: 1_000,
      removed: (by) => told.push(`removed, says ${by}`),
      wiped: (by) => told.push(`wiped, says ${by}`),
    });
    const tick = async (): Promise<void> => {
      service.tick();
      await settled();
    };
    return { node, clock, transport, told, tick };
  }

  it('asks at once when it has just started, and then once a second', async () => {
    const { clock, transport, tick } = watch();
    await tick();
    await tick();
    expect(transport.asked).toEqual([2, 3]);
    clock.advance(1_000);
    await tick();
    expect(transport.asked).toEqual([2, 3, 2, 3]);
  });

  it('does not ask while it hears a leader, nor for an election timeout after', async () => {
    const { node, clock, transport, tick } = watch();
    node.receive(heartbeatRequest({ from: 2, term: 1 }));
    await tick();
    expect(transport.asked).toEqual([]);
    node.tick(2 * node.config.electionTicks);
    expect(node.core.leader).toBe(0);
    clock.advance(999);
    await tick();
    expect(transport.asked).toEqual([]);
    clock.advance(1);
    await tick();
    expect(transport.asked).toEqual([2, 3]);
  });

  it.each([
    ['NOT_A_MEMBER', ['removed, says member 2 at node-2:7400']],
    ['DIRECTORY_MISMATCH', ['wiped, says member 2 at node-2:7400']],
    ['CLUSTER_MISMATCH', []],
    ['WRONG_MEMBER', []],
    ['PROTOCOL_MISMATCH', []],
  ] as const)('takes %s for %j, and only once', async (refusal, expected) => {
    const { clock, transport, told, tick } = watch();
    transport.answers = () => refused(refusal);
    await tick();
    clock.advance(1_000);
    await tick();
    expect(told).toEqual(expected);
  });
});

describe('a member that hears from a stranger', () => {
  it('asks those it knows where everybody is, not more often than it may', async () => {
    const clock = new ManualClock();
    const transport = new Peers();
    const found: string[] = [];
    const discovery = new MemberDiscovery({
      clock,
      transport,
      known: () => [member(2), member(3)],
      info: (to) => info(1, to),
      found: (members) => {
        for (const { id, address } of members) found.push(`${id} at ${address}`);
      },
    });
    transport.answers = ({ id }) =>
      id === 2 ? answered(info(2, 1, { addresses: new Map([[4, 'host-4:7401']]) })) : UNREACHABLE;
    discovery.seek();
    discovery.seek();
    await settled();
    expect([transport.asked, found]).toEqual([[2, 3], ['4 at host-4:7401']]);
    clock.advance(500);
    discovery.seek();
    expect(transport.asked).toEqual([2, 3, 2, 3]);
  });

  it('asks whoever is there, where those that it knew have been replaced', async () => {
    const transport = new Peers();
    const found: string[] = [];
    const discovery = new MemberDiscovery({
      clock: new ManualClock(),
      transport,
      known: () => [member(2)],
      info: (to) => info(1, to),
      found: (members) => {
        for (const { id, address } of members) found.push(`${id} at ${address}`);
      },
    });
    transport.answers = (_, { to }) =>
      to === 0 ? answered(info(5, 1, { addresses: new Map([[5, 'host-2:7401']]) })) : refused('WRONG_MEMBER');
    discovery.seek();
    await settled();
    expect(found).toEqual(['5 at host-2:7401']);
  });
});

describe('a node that joins', () => {
  function joining(
    contacts: readonly Member[] = [member(1), member(2), { ...member(3), address: 'own:7401' }],
  ) {
    const clock = new ManualClock();
    const transport = new Peers();
    const initialized: { readonly configuration: Configuration; readonly directories: object }[] = [];
    const storage = {
      identity: { clusterId: 'logs', memberId: 4, directoryId: OWN },
      membership: { initialized: false, knownDirectories: new Map([[4, OWN]]) },
      initialize: (
        { configuration }: { readonly configuration: Configuration },
        directories: Map<number, string>,
      ) => {
        initialized.push({ configuration, directories: Object.fromEntries(directories) });
        return Promise.resolve();
      },
    } as unknown as NodeStorage;
    const abort = new AbortController();
    const start = (): Promise<void> =>
      joinCluster({
        storage,
        transport,
        contacts,
        clock,
        logger: silentLogger,
        signal: abort.signal,
        owner: { directory: '/data', memberId: 4, address: 'own:7401', endpoints: ['node-1:7400'] },
      });
    return { clock, transport, initialized, abort, start };
  }
  const knowing = (directoryId: string) =>
    answered(
      info(2, 4, {
        knownDirectories: new Map([
          [2, OTHER],
          [4, directoryId],
        ]),
      }),
    );

  it('asks until a member knows its directory, then starts with a configuration that lists nobody', async () => {
    const { clock, transport, initialized, start } = joining();
    transport.answers = ({ id }) => (id === 1 ? UNREACHABLE : answered(info(2, 4)));
    const joined = start();
    await settled();
    expect([transport.asked, initialized]).toEqual([[1, 2], []]);
    transport.answers = ({ id }) => (id === 1 ? refused('WRONG_MEMBER') : knowing(OWN));
    clock.advance(200);
    await joined;
    expect(initialized).toEqual([
      { configuration: { voters: [], learners: [] }, directories: { 2: OTHER, 4: OWN } },
    ]);
  });

  it('asks whoever is there, where every member that it was told of has been replaced', async () => {
    const { transport, initialized, start } = joining();
    transport.answers = (_, { to }) => (to === 0 ? knowing(OWN) : refused('WRONG_MEMBER'));
    await start();
    expect(initialized).toHaveLength(1);
  });

  it('believes nobody who has no configuration itself', async () => {
    const { transport, initialized, abort, start } = joining();
    transport.answers = () =>
      answered(info(2, 4, { initialized: false, knownDirectories: new Map([[4, OWN]]) }));
    const joined = start();
    await settled();
    expect(initialized).toEqual([]);
    abort.abort(new Error('stopped'));
    await expect(joined).rejects.toThrow('stopped');
  });

  it.each([
    ['NOT_A_MEMBER', 'MEMBER_REMOVED', /sexton member add --address own:7401 --endpoints node-1:7400/],
    ['DIRECTORY_MISMATCH', 'MEMBER_WIPED', /sexton member remove 4 --endpoints node-1:7400/],
    ['CLUSTER_MISMATCH', 'CONFIG', /--cluster-id/],
    ['PROTOCOL_MISMATCH', 'CONFIG', /Upgrade/],
  ] as const)('stops at %s with %s', async (refusal, kind, message) => {
    const { transport, start } = joining();
    transport.answers = () => refused(refusal);
    await expect(start()).rejects.toMatchObject({ kind, message: expect.stringMatching(message) as string });
  });

  it('stops when its id belongs to another disk', async () => {
    const { transport, start } = joining();
    transport.answers = () => knowing(OTHER);
    await expect(start()).rejects.toMatchObject({ kind: 'MEMBER_WIPED' });
  });
});
