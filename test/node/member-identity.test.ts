import { describe, expect, it } from 'vitest';
import { judgePeer, wasRemoved, type MemberKnowledge } from '../../src/node/member-identity.js';
import type { HandshakeInfo } from '../../src/node/transport/transport.js';
import type { Configuration, Member } from '../../src/raft/types.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';

const directory = (id: number): string => String(id).repeat(32);
const member = (id: number, directoryId = directory(id)): Member => ({
  id,
  address: `host-${id}:7401`,
  directoryId,
});
const configuration = (...ids: readonly number[]): Configuration => ({
  voters: ids.map((id) => member(id)),
  learners: [],
});

/** Only what judging needs. */
function storage(known: Readonly<Record<number, string>> = {}) {
  const knownDirectories = new Map(Object.entries(known).map(([id, each]) => [Number(id), each]));
  const stored = {
    identity: { clusterId: 'logs', memberId: 1, directoryId: directory(1) },
    membership: { initialized: true, knownDirectories },
    recordDirectory: (id: number, directoryId: string) => {
      knownDirectories.set(id, directoryId);
      return Promise.resolve();
    },
  };
  return { ...stored, known: knownDirectories } as unknown as NodeStorage & {
    readonly known: Map<number, string>;
  };
}

const peer = (from: number, fields: Partial<HandshakeInfo> = {}): HandshakeInfo => ({
  clusterId: 'logs',
  from,
  to: 1,
  directoryId: directory(from),
  initialized: true,
  knownDirectories: new Map(),
  ...fields,
});

const knows = (committed: Configuration, inForce = committed): MemberKnowledge => ({
  kind: 'member',
  committed,
  inForce,
});

async function judged(
  who: HandshakeInfo,
  knowledge: MemberKnowledge,
  at: NodeStorage = storage(),
): Promise<string> {
  return (await judgePeer(at, who, knowledge))?.refusal ?? 'let in';
}

describe('a peer', () => {
  const three = knows(configuration(1, 2, 3));

  it('of another cluster, or that wanted somebody else, is refused by everyone', async () => {
    for (const knowledge of [three, { kind: 'firstStart' }, { kind: 'joining' }] as const) {
      expect(await judged(peer(2, { clusterId: 'other' }), knowledge)).toBe('CLUSTER_MISMATCH');
      expect(await judged(peer(2, { to: 3 }), knowledge)).toBe('WRONG_MEMBER');
    }
  });

  it('may ask whoever is there, and is judged by the rest', async () => {
    expect(await judged(peer(4, { to: 0, initialized: false }), three)).toBe('let in');
    expect(await judged(peer(2, { to: 0, directoryId: directory(9) }), three)).toBe('DIRECTORY_MISMATCH');
  });

  it('with the directory that is bound to it is let in, with any other refused', async () => {
    expect(await judged(peer(2), three)).toBe('let in');
    expect(await judged(peer(2, { directoryId: directory(9) }), three)).toBe('DIRECTORY_MISMATCH');
  });

  it('is bound by what was recorded at the first start too, and by an entry not yet committed', async () => {
    const recorded = storage({ 4: directory(9) });
    expect(await judged(peer(4), knows(configuration(1, 2, 3)), recorded)).toBe('DIRECTORY_MISMATCH');
    const added = knows(configuration(1, 2, 3), configuration(1, 2, 3, 4));
    expect(await judged(peer(4, { directoryId: directory(9) }), added)).toBe('DIRECTORY_MISMATCH');
    expect(await judged(peer(4), added)).toBe('let in');
  });

  it('that is not known, or not bound yet, is let in: this node may lag, and the peer may lead', async () => {
    expect(await judged(peer(4), three)).toBe('let in');
    const unbound = { voters: [member(1)], learners: [member(4, '')] };
    expect(await judged(peer(4), knows(unbound))).toBe('let in');
    expect(await judged(peer(4), knows({ voters: [], learners: [] }))).toBe('let in');
  });

  it('that was removed is refused once that is committed, and not before', async () => {
    const before = configuration(1, 2, 3);
    const after = { ...configuration(1, 2), highestId: 3 };
    expect(await judged(peer(3), knows(before, after))).toBe('let in');
    expect(await judged(peer(3), knows(after))).toBe('NOT_A_MEMBER');
    // Whatever disk it comes with.
    expect(await judged(peer(3, { directoryId: directory(9) }), knows(after))).toBe('NOT_A_MEMBER');
    expect(await judged(peer(4), knows(after))).toBe('let in');
  });

  it('is recorded in the first start, the first directory for good; in no other time', async () => {
    const first = storage();
    expect(await judged(peer(2), { kind: 'firstStart' }, first)).toBe('let in');
    expect(await judged(peer(2, { directoryId: directory(9) }), { kind: 'firstStart' }, first)).toBe(
      'DIRECTORY_MISMATCH',
    );
    const other = storage();
    await judged(peer(2), { kind: 'joining' }, other);
    await judged(peer(4), three, other);
    expect([...other.known]).toEqual([]);
  });
});

describe('wasRemoved', () => {
  it('tells an id that is gone from one that is still to come', () => {
    const after = { ...configuration(1, 2), highestId: 5 };
    expect([1, 2, 3, 5, 6].map((id) => wasRemoved({ committed: after, inForce: after }, id))).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
    const blank = { voters: [], learners: [] };
    expect(wasRemoved({ committed: blank, inForce: blank }, 4)).toBe(false);
  });
});
