/**
 * Everything about a run that a seed decides before it begins. Swarm testing (Groce et al. 2012): each run has
 * only some of the faults, and those often; a run with all of them all the time finds less.
 */
import { parseablePlanOf, type ParseablePlan } from './parseable/plan.js';
import { Prng } from './prng.js';

export const FAULT_KINDS = [
  'crash',
  'power loss',
  'pause',
  'one-way cut',
  'partition',
  'bridge',
  'leader cut off',
  'young leader',
  'slow link',
  'lossy network',
  'clock jump',
  'clock drift',
  'disk stall',
  'disk full',
  'disk error',
  'bit flip',
  'wiped disk',
  'membership',
  'transfer',
  'false hint',
  'orderly stop',
  'throttled store',
  'faulty store',
  'store outage',
  'purge paused',
  'ingest node',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Plan {
  readonly seed: number;
  readonly voters: 3 | 5;
  /** Machines beyond the first voters that a membership change may bring in. */
  readonly spares: number;
  readonly tickMs: number;
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly snapshotEntries: number;
  readonly keepEntries: number;
  /** Small: a leader's first entry follows those of earlier terms in a message of its own. */
  readonly maxMessageBytes: number;
  readonly safetyMs: number;
  readonly faults: readonly FaultKind[];
  /** Mean time between two acts of the nemesis. */
  readonly faultEveryMs: number;
  readonly clients: number;
  readonly names: number;
  /** Mean pause of a client between two calls. */
  readonly thinkMs: number;
  /** A client stops after so many calls: checking a history costs more than making it. */
  readonly callsPerClient: number;
  readonly uploaders: number;
  /** Ingest nodes hold sessions, and grace periods may be shorter than their uploads (P3). */
  readonly sessions: boolean;
  readonly networkLatencyMs: number;
  readonly diskSyncMs: number;
  readonly versioning: 'never' | 'enabled' | 'suspended';
  /** Streams that own `name/`, as Parseable lays them out, instead of a prefix of their own. */
  readonly ownPrefixes: boolean;
  /** After PURGED (P8). Undefined: the product's default, which is beyond a run's minutes. */
  readonly sweepAfterMs: readonly number[] | undefined;
  /** There is an ingest node that no barrier covers. Only where sweeps look after it. */
  readonly stragglers: boolean;
  /** A second safety phase, when chosen prefixes of the first may be owned again (P11). */
  readonly encore: boolean;
  /** What stops a late delete request at the store (P11). 'none': versions, where they are kept. */
  readonly fence: 'expiry' | 'condition' | 'none';
  /** The store denies everything below one stream's name, until the others are purged (P5). */
  readonly poisoned: boolean;
  readonly purgePageKeys: number;
  /** An unpatched Parseable, made to forget by the helper, instead of ingest nodes that know of Sexton. */
  readonly parseable: ParseablePlan | undefined;
}

/** Of the seeds: a world with a Parseable in it. */
const PARSEABLE_SHARE = 1 / 6;

/** `hasParseable`: whether it is such a world, whatever the seed says. */
export function planOf(seed: number, hasParseable?: boolean): Plan {
  const random = new Prng(seed).fork('parseable');
  const isDrawn = random.chance(PARSEABLE_SHARE);
  return (hasParseable ?? isDrawn) ? withParseable(planOfCluster(seed), random) : planOfCluster(seed);
}

/**
 * Its streams own `NAME/`, only its nodes upload, and every purged prefix is swept within the run. Streams live for
 * longer than elsewhere, in some worlds for longer than clocks are trusted to differ.
 */
function withParseable(plan: Plan, random: Prng): Plan {
  const safetyMs = random.between(8, 40) * 1_000;
  const callsPerClient = random.pick([10, 30, 60]);
  return {
    ...plan,
    tickMs: 100,
    electionTicks: 10,
    names: random.between(1, 3),
    safetyMs,
    callsPerClient,
    thinkMs: (safetyMs / callsPerClient) * random.pick([0.6, 1]),
    sessions: false,
    uploaders: 0,
    stragglers: false,
    ownPrefixes: true,
    sweepAfterMs: random.pick(SWEEPS),
    encore: random.chance(0.3),
    poisoned: false,
    parseable: parseablePlanOf(random),
  };
}

function planOfCluster(seed: number): Plan {
  const random = new Prng(seed).fork('plan');
  const count = random.between(1, 7);
  const quick = random.chance(0.25);
  const voters = random.chance(0.7) ? 3 : 5;
  const safetyMs = random.between(4, 12) * 1_000;
  return {
    seed,
    voters,
    spares: 2,
    tickMs: quick ? 20 : 100,
    electionTicks: quick ? 20 : 10,
    heartbeatTicks: 2,
    snapshotEntries: random.pick([8, 30, 200]),
    keepEntries: random.pick([2, 10, 50]),
    maxMessageBytes: random.pick([1, 1_048_576, 1_048_576]),
    safetyMs,
    faults: random.chance(0.03) ? [] : random.shuffle(FAULT_KINDS).slice(0, count),
    faultEveryMs: random.pick([200, 600, 1_500]),
    clients: random.between(2, 4),
    names: random.between(2, 6),
    ...paceOf(random, safetyMs),
    uploaders: random.between(1, 3),
    sessions: random.chance(0.5),
    diskSyncMs: random.pick([0.5, 3, 30]),
    networkLatencyMs: random.pick([0.5, 2, 10]),
    versioning: random.pick(['never', 'never', 'enabled', 'suspended']),
    ...layoutOf(random.chance(0.3), quick, new Prng(seed).fork('aftermath')),
    poisoned: random.chance(0.1),
    purgePageKeys: random.pick([2, 5, 1_000]),
    parseable: undefined,
  };
}

/** Calls until the end of the safety phase, or bunched in its first part: a client that is done finds nothing. */
function paceOf(random: Prng, safetyMs: number): Pick<Plan, 'thinkMs' | 'callsPerClient'> {
  const callsPerClient = random.pick([20, 60, 120]);
  return { callsPerClient, thinkMs: (safetyMs / callsPerClient) * random.pick([0.3, 0.6, 1]) };
}

/** The last sweep comes when the last straggler has landed: see `STRAGGLER_MAX_MS`. */
const SWEEPS: readonly (readonly number[])[] = [[9_000], [1_000, 9_000], [4_000, 70_000]];

/**
 * Whose prefixes, and what happens to them when their streams are PURGED. Fences take minutes to pass, which cost little
 * where nodes tick slowly.
 */
function layoutOf(
  ownPrefixes: boolean,
  quick: boolean,
  random: Prng,
): Pick<Plan, 'ownPrefixes' | 'sweepAfterMs' | 'stragglers' | 'encore' | 'fence'> {
  const sweepAfterMs = !quick && random.chance(0.5) ? random.pick(SWEEPS) : undefined;
  return {
    ownPrefixes,
    sweepAfterMs,
    stragglers: sweepAfterMs !== undefined && random.chance(0.6),
    encore: !quick && random.chance(ownPrefixes ? 0.7 : 0.2),
    fence: random.pick(['expiry', 'expiry', 'expiry', 'condition', 'none']),
  };
}
