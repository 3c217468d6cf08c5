/** What a nemesis may touch, and what it is. */
import type { Prng } from '../../sim/prng.js';
import type { ChaosCluster } from '../cluster.js';
import type { Network } from '../network.js';
import type { NodeProcess } from '../node-process.js';
import type { Workload } from '../workload.js';

export interface Arena {
  readonly cluster: ChaosCluster;
  readonly network: Network;
  readonly workload: Workload;
  readonly prng: Prng;
  /** A line of the timeline. */
  readonly say: (text: string) => void;
  /** Something that must not happen, whatever fails: the run has failed, and goes on to show more. */
  readonly fail: (text: string) => void;
}

export interface Nemesis {
  readonly name: string;
  /** Nemeses of two lanes strike at the same time; those of one lane take turns. */
  readonly lane: 'processes' | 'links';
  /** How often it is picked, compared with the others of its lane. Default 1. */
  readonly weight?: number;
  /** Why it cannot be used on this system; undefined: it can. */
  readonly whyNot?: (arena: Arena) => Promise<string | undefined>;
  /** Strikes, holds, and mends what it broke. */
  readonly strike: (arena: Arena) => Promise<void>;
}

/** The leader more often than its share: it is where most can go wrong. */
export async function pickVictim({ cluster, prng }: Arena): Promise<NodeProcess> {
  const leader = await cluster.leader();
  return leader !== undefined && prng.chance(0.6) ? leader : prng.pick(cluster.nodes);
}

export async function describeNode({ cluster }: Arena, node: NodeProcess): Promise<string> {
  const leader = await cluster.leader();
  return `member ${node.memberId}${leader === node ? ', which leads' : ''}`;
}
