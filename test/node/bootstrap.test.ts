/** What a first start makes of a member that answers under another id than --members has for its address. */
import { describe, expect, it } from 'vitest';
import { bootstrap } from '../../src/node/bootstrap.js';
import type { HandshakeInfo, HandshakeOutcome } from '../../src/node/transport/transport.js';
import { FatalError } from '../../src/shared/fatal.js';
import { silentLogger } from '../../src/shared/logger.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { member } from '../raft/harness.js';
import { ManualClock } from '../support/manual-clock.js';
import { NodeCluster } from '../support/node-cluster.js';

const OWN = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const WRONG: HandshakeOutcome = { kind: 'refused', refusal: 'WRONG_MEMBER', message: 'this is member 4' };

function start(whoIsThere: HandshakeOutcome): Promise<void> {
  const storage = {
    identity: { clusterId: 'logs', memberId: 1, directoryId: OWN },
    membership: { initialized: false, knownDirectories: new Map([[1, OWN]]) },
  } as unknown as NodeStorage;
  return bootstrap({
    storage,
    transport: { handshake: (_, { to }) => Promise.resolve(to === 0 ? whoIsThere : WRONG) },
    members: [member(1), member(2)],
    clock: new ManualClock(),
    logger: silentLogger,
    signal: new AbortController().signal,
    owner: { directory: '/data', memberId: 1 },
  });
}

function answered(fields: Partial<HandshakeInfo>): HandshakeOutcome {
  const info: HandshakeInfo = {
    clusterId: 'logs',
    from: 4,
    to: 1,
    directoryId: OTHER,
    initialized: true,
    knownDirectories: new Map(),
    ...fields,
  };
  return { kind: 'answered', info };
}

describe('a first start that meets another member than expected', () => {
  it('is told that its disk was wiped, when the cluster knows it with another directory (S6)', async () => {
    const known = new Map([[1, OTHER]]);
    await expect(start(answered({ knownDirectories: known }))).rejects.toMatchObject({
      kind: 'MEMBER_WIPED',
    });
  });

  it('is told that it was removed, when that is what whoever is there says', async () => {
    const removed: HandshakeOutcome = { kind: 'refused', refusal: 'NOT_A_MEMBER', message: 'removed' };
    await expect(start(removed)).rejects.toMatchObject({ kind: 'MEMBER_REMOVED' });
  });

  it.each([
    ['that has not started yet', answered({ initialized: false })],
    ['that is gone again', { kind: 'unreachable', message: 'down' } as const],
  ])('is told to check the addresses, for one %s', async (_, whoIsThere) => {
    await expect(start(whoIsThere)).rejects.toMatchObject({
      kind: 'CONFIG',
      message: expect.stringContaining('Check the addresses') as string,
    });
  });
});

describe('a disk that fails', () => {
  it('while a peer is written down ends the node, not only the handshake (S5)', async () => {
    const failures: unknown[] = [];
    const broken = new FatalError('STORAGE_WRITE_FAILED', 'ENOSPC');
    const cluster = await NodeCluster.start(1, {}, () => ({ fatal: (error) => failures.push(error) }));
    try {
      const storage = cluster.storage(1);
      Object.defineProperty(storage, 'membership', {
        get: () => {
          throw broken;
        },
      });
      const answer = cluster.network.reach(2, 1)?.handshake({
        clusterId: 'test',
        from: 2,
        to: 1,
        directoryId: OTHER,
        initialized: false,
        knownDirectories: new Map(),
      });
      await expect(answer).rejects.toBe(broken);
      expect(failures).toEqual([broken]);
    } finally {
      await cluster.stop();
    }
  });
});
