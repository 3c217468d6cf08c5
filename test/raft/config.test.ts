import { describe, expect, it } from 'vitest';
import { raftConfig, validateRaftConfig, type RaftConfig } from '../../src/raft/config.js';

describe('raftConfig', () => {
  it('has defaults that are valid, and cannot be changed', () => {
    const config = raftConfig();
    expect(validateRaftConfig(config)).toEqual([]);
    expect(Object.isFrozen(config)).toBe(true);
    expect(config).toMatchObject({ electionTicks: 20, heartbeatTicks: 2, transferTimeoutTicks: 20 });
  });

  it('gives a transfer as long as an election', () => {
    expect(raftConfig({ electionTicks: 50 }).transferTimeoutTicks).toBe(50);
  });

  it.each<[keyof RaftConfig, Partial<RaftConfig>]>([
    ['electionTicks', { electionTicks: 1 }],
    ['electionTicks', { electionTicks: 2.5 }],
    ['electionTicks', { electionTicks: Number.NaN }],
    ['heartbeatTicks', { heartbeatTicks: 0 }],
    ['heartbeatTicks', { heartbeatTicks: 11 }],
    ['transferTimeoutTicks', { transferTimeoutTicks: 0 }],
    ['snapshotTimeoutTicks', { snapshotTimeoutTicks: -1 }],
    ['maxMessageBytes', { maxMessageBytes: 0 }],
    ['maxInflightMessages', { maxInflightMessages: 0 }],
    ['maxInflightBytes', { maxInflightBytes: 1024 }],
    ['maxUncommittedBytes', { maxUncommittedBytes: 0 }],
    ['maxCommittedBytesPerDrain', { maxCommittedBytesPerDrain: 0 }],
    ['maxPendingReads', { maxPendingReads: 0 }],
    ['promotionLagEntries', { promotionLagEntries: -1 }],
  ])('refuses a bad %s: %j', (field, overrides) => {
    expect(() => raftConfig(overrides)).toThrow(`[INVALID_ARGUMENT] ${field}: must be`);
  });

  it('names every field that is wrong', () => {
    expect(() => raftConfig({ electionTicks: 0, maxMessageBytes: 0 })).toThrow(
      /electionTicks: .*; maxMessageBytes: /,
    );
  });
});
