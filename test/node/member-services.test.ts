/** Whom a node keeps links to, as its configuration changes and members speak whom it does not list. */
import { describe, expect, it } from 'vitest';
import { MemberServices } from '../../src/node/member-services.js';
import { resolveNodeOptions } from '../../src/node/options.js';
import type { HandshakeInfo, HandshakeOutcome, Transport } from '../../src/node/transport/transport.js';
import type { Configuration, Entry, Member } from '../../src/raft/types.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { configurationOf, entry, member } from '../raft/harness.js';
import { appendRequest, nodeWith } from '../raft/messages.js';
import { ManualClock } from '../support/manual-clock.js';

const configurationEntry = (index: number, configuration: Configuration): Entry => ({
  index,
  term: 1,
  payload: { kind: 'configuration', configuration },
});

/** Node 1, with the links that it asked for last. */
function services(configuration: Configuration, initialMembers = [1, 2, 3].map(member)) {
  const node = nodeWith({ configuration });
  const clock = new ManualClock();
  const links: string[] = [];
  let answer: (to: Member) => Partial<HandshakeInfo> | undefined = () => undefined;
  const transport = {
    setPeers: (members: readonly Member[]) => {
      const sorted = [...members].sort((a, b) => a.id - b.id);
      links.push(sorted.map(({ id, address }) => `${id}@${address}`).join(' '));
    },
    handshake: (to: Member, request: HandshakeInfo): Promise<HandshakeOutcome> => {
      const fields = answer(to);
      return Promise.resolve(
        fields === undefined
          ? { kind: 'unreachable', message: 'down' }
          : { kind: 'answered', info: { ...request, from: to.id, to: 1, ...fields } },
      );
    },
  } as unknown as Transport;
  const members = new MemberServices({
    options: resolveNodeOptions({
      clusterId: 'logs',
      memberId: 1,
      address: member(1).address,
      initialMembers,
      join: true,
    }),
    core: node.core,
    driver: { feed: (input) => node.step(input) },
    reads: { read: () => Promise.resolve(0) },
    storage: {
      identity: { clusterId: 'logs', memberId: 1, directoryId: 'directory-1' },
      membership: { initialized: true, knownDirectories: new Map([[1, 'directory-1']]) },
    } as unknown as NodeStorage,
    transport,
    clock,
    logger: silentLogger,
    appliedIndex: () => node.core.status().appliedIndex,
    removed: () => undefined,
    wiped: () => undefined,
  });
  const tick = async (): Promise<string> => {
    members.tick();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(500);
    return links.at(-1) ?? '';
  };
  const answers = (to: (member: Member) => Partial<HandshakeInfo> | undefined): void => {
    answer = to;
  };
  return { node, members, tick, answers };
}

const at = (...ids: readonly number[]): string => ids.map((id) => `${id}@node-${id}:7400`).join(' ');

describe('links', () => {
  it('go to members in force, and to removed ones until that is committed: their leader must hear of it', async () => {
    const { node, tick } = services(configurationOf([1, 4, 5]), []);
    expect(await tick()).toBe(at(4, 5));
    const removal = configurationEntry(1, { ...configurationOf([1, 5, 6]) });
    node.receive(appendRequest({ from: 4, entries: [removal] }));
    node.settle();
    expect(await tick()).toBe(at(4, 5, 6));
    node.receive(appendRequest({ from: 4, prevLogIndex: 1, prevLogTerm: 1, commitIndex: 1 }));
    node.settle();
    expect(await tick()).toBe(at(5, 6));
  });

  it('use the addresses of --members where it names a member', async () => {
    const moved = [{ ...member(2), address: 'moved:7401' }];
    const { members, tick } = services(configurationOf([1, 2, 3]), moved);
    expect(await tick()).toBe('2@moved:7401 3@node-3:7400');
    expect([members.addressOf(2), members.addressOf(1), members.addressOf(9)]).toEqual([
      'moved:7401',
      'node-1:7400',
      '',
    ]);
  });

  it('go to a stranger that speaks, once others have told where it is', async () => {
    const { members, tick, answers } = services(configurationOf([1, 2, 3]));
    answers(({ id }) => (id === 2 ? { addresses: new Map([[4, 'host-4:7401']]) } : undefined));
    expect(await tick()).toBe(at(2, 3));
    members.heardFrom(4);
    expect(await tick()).toBe(`${at(2, 3)} 4@host-4:7401`);
  });

  it('go to a stranger that says where it is, and to nobody who only claims to be known', async () => {
    const { members, tick } = services(configurationOf([1, 2, 3]));
    const hello = {
      clusterId: 'test',
      to: 1,
      directoryId: 'd',
      initialized: true,
      knownDirectories: new Map(),
    };
    members.introduced({ ...hello, from: 4, addresses: new Map([[4, 'host-4:7401']]) });
    members.introduced({ ...hello, from: 3, addresses: new Map([[3, 'elsewhere:7401']]) });
    members.introduced({ ...hello, from: 5, addresses: new Map([[6, 'host-6:7401']]) });
    expect(await tick()).toBe(`${at(2, 3)} 4@host-4:7401`);
    for (let from = 10; from < 200; from++) {
      members.introduced({ ...hello, from, addresses: new Map([[from, `host-${from}:7401`]]) });
    }
    expect(members.contacts().length).toBeLessThan(100);
  });

  it('are not sought for a member that was removed, however often it speaks', async () => {
    let asked = 0;
    const { members, tick, answers } = services({ ...configurationOf([1, 2]), highestId: 3 });
    answers(() => {
      asked++;
      return { addresses: new Map([[3, 'host-3:7401']]) };
    });
    // A first round asks whether this node is a member still.
    await tick();
    asked = 0;
    members.heardFrom(3);
    expect(await tick()).toBe(at(2));
    expect(asked).toBe(0);
  });

  it('of a node that knows nobody go to those that it was told of, by flag or by others', async () => {
    const blank = configurationOf([]);
    const { node, tick, answers } = services(blank, [
      member(2),
      { ...member(3), address: member(1).address },
    ]);
    answers(() => ({
      addresses: new Map([
        [2, 'node-2:7400'],
        [5, 'node-5:7400'],
      ]),
    }));
    await tick();
    expect(await tick()).toBe(at(2, 5));
    const first = configurationEntry(2, configurationOf([2, 4], [1]));
    node.receive(appendRequest({ from: 5, entries: [entry(1, 1), first], commitIndex: 2 }));
    node.settle();
    // It cannot tell yet whether 5 is to come or was passed over.
    expect(await tick()).toBe(at(2, 4, 5));
  });
});

describe('what a node says of itself', () => {
  it('is the directories and addresses of what is committed', async () => {
    const { node, members, tick } = services(configurationOf([1, 2]));
    const added = { ...configurationOf([1, 2]), learners: [{ ...member(4), directoryId: '' }] };
    node.receive(appendRequest({ from: 2, entries: [configurationEntry(1, added)] }));
    node.settle();
    await tick();
    expect(members.handshakeInfo(9).addresses).toEqual(
      new Map([
        [1, 'node-1:7400'],
        [2, 'node-2:7400'],
      ]),
    );
    node.receive(appendRequest({ from: 2, prevLogIndex: 1, prevLogTerm: 1, commitIndex: 1 }));
    expect(members.handshakeInfo(9)).toMatchObject({
      knownDirectories: new Map([
        [1, 'directory-1'],
        [2, 'directory-2'],
      ]),
      addresses: expect.objectContaining({ size: 3 }) as Map<number, string>,
    });
    expect(members.promotionObstacle(4)).toMatch(/was not heard from yet/);
  });
});
