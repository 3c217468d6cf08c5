/**
 * The core's settings, in ticks and bytes: it has no clock, so what a tick lasts is the driver's affair.
 *
 * Pre-vote and check-quorum have no switch. Mixing nodes that have them with nodes that do not is how
 * others got stuck elections (etcd #8501), and nothing here is better off without them.
 */
import { SextonError, type FieldViolation } from '../shared/errors.js';

export interface RaftConfig {
  /**
   * Ticks without a leader before a follower asks for votes. Each node draws its own timeout from
   * [electionTicks, 2 * electionTicks), anew for each wait. Also how long a heard leader counts as alive
   * (votes are refused for its sake), and how long a leader goes on without hearing a quorum. Default 20.
   */
  readonly electionTicks: number;
  /** Ticks between heartbeats. At most half of electionTicks, so that one lost heartbeat changes nothing. Default 2. */
  readonly heartbeatTicks: number;
  /** Ticks after which an unfinished leadership transfer is given up. Default electionTicks. */
  readonly transferTimeoutTicks: number;
  /** Ticks after which an unreported snapshot counts as failed: a safety net, the driver reports. Default 12000. */
  readonly snapshotTimeoutTicks: number;
  /** Entries of one append request, in bytes; a larger single entry travels alone. Default 1 MiB. */
  readonly maxMessageBytes: number;
  /** Append requests on their way to one follower. Default 256. */
  readonly maxInflightMessages: number;
  /** Bytes of entries on their way to one follower. At least maxMessageBytes. Default 16 MiB. */
  readonly maxInflightBytes: number;
  /** Bytes a leader holds that it has not committed; proposals beyond are `overloaded`. Default 64 MiB. */
  readonly maxUncommittedBytes: number;
  /** Bytes of committed entries handed out and not yet reported `applied`; at least one entry. Default 4 MiB. */
  readonly maxCommittedBytesPerDrain: number;
  /** Read requests that wait in the core at once; further ones are refused. Default 65536. */
  readonly maxPendingReads: number;
  /** A learner further behind than this is not promoted: it would only make commits wait. Default 1000. */
  readonly promotionLagEntries: number;
}

const MIB = 1024 * 1024;

interface Bound {
  readonly min: number;
  readonly max: number;
}

const BOUNDS: Readonly<Record<keyof RaftConfig, Bound>> = {
  electionTicks: { min: 2, max: 100_000 },
  heartbeatTicks: { min: 1, max: 50_000 },
  transferTimeoutTicks: { min: 1, max: 1_000_000 },
  snapshotTimeoutTicks: { min: 1, max: 100_000_000 },
  maxMessageBytes: { min: 1, max: 64 * MIB },
  maxInflightMessages: { min: 1, max: 65_536 },
  maxInflightBytes: { min: 1, max: 1024 * MIB },
  maxUncommittedBytes: { min: 1, max: 4096 * MIB },
  maxCommittedBytesPerDrain: { min: 1, max: 1024 * MIB },
  maxPendingReads: { min: 1, max: 10_000_000 },
  promotionLagEntries: { min: 0, max: 100_000_000 },
};

/**
 * Defaults with `overrides`, checked and frozen.
 * Throws INVALID_ARGUMENT that names every field out of bounds.
 */
export function raftConfig(overrides: Partial<RaftConfig> = {}): RaftConfig {
  const electionTicks = overrides.electionTicks ?? 20;
  const config: RaftConfig = {
    electionTicks,
    heartbeatTicks: 2,
    transferTimeoutTicks: electionTicks,
    snapshotTimeoutTicks: 12_000,
    maxMessageBytes: MIB,
    maxInflightMessages: 256,
    maxInflightBytes: 16 * MIB,
    maxUncommittedBytes: 64 * MIB,
    maxCommittedBytesPerDrain: 4 * MIB,
    maxPendingReads: 65_536,
    promotionLagEntries: 1_000,
    ...overrides,
  };
  const violations = validateRaftConfig(config);
  if (violations.length > 0) {
    const text = violations.map(({ field, description }) => `${field}: ${description}`).join('; ');
    throw new SextonError('INVALID_ARGUMENT', text, { violations });
  }
  return Object.freeze(config);
}

/** Every bound and every relation between two settings; empty when all hold. */
export function validateRaftConfig(config: RaftConfig): readonly FieldViolation[] {
  const violations: FieldViolation[] = [];
  const refuse = (field: keyof RaftConfig, description: string): void => {
    violations.push({ field, description });
  };
  for (const field of Object.keys(BOUNDS) as (keyof RaftConfig)[]) {
    const { min, max } = BOUNDS[field];
    const value = config[field];
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      refuse(field, `must be a whole number from ${min} to ${max}, not ${value}`);
    }
  }
  if (violations.length > 0) return violations;
  if (config.heartbeatTicks * 2 > config.electionTicks) {
    refuse('heartbeatTicks', `must be at most half of electionTicks (${config.electionTicks})`);
  }
  if (config.maxInflightBytes < config.maxMessageBytes) {
    refuse('maxInflightBytes', `must be at least maxMessageBytes (${config.maxMessageBytes})`);
  }
  return violations;
}
