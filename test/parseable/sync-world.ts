/**
 * The whole helper between a catalog that the test moves and Parseable nodes that misbehave, all in memory
 * and in virtual time, so that backoffs, deadlines and windows cost nothing. The faults of real
 * connections are in parseable-node.test.ts.
 */
import { afterEach, beforeEach, expect } from 'vitest';
import type { ParseableSyncSettings } from '../../src/parseable/options.js';
import { ParseableSync } from '../../src/parseable/parseable-sync.js';
import type { NodeStatus } from '../../src/parseable/status.js';
import { silentLogger } from '../../src/shared/logger.js';
import { seededRandom, VIRTUAL_EPOCH_MS, VirtualClock } from '../support/virtual-clock.js';
import { FakeCatalog, FakeSessions } from './fake-cluster.js';
import { FakeParseable, memoryHttp, USER, type Mode } from './fake-parseable.js';

export const MINUTE_MS = 60_000;
export const DEADLINE_MS = 5 * MINUTE_MS;
export const DAY_MS = 24 * 60 * MINUTE_MS;

export let clock: VirtualClock;
export let catalog: FakeCatalog;
export let sessions: FakeSessions;
const ends: (() => unknown)[] = [];
const nodes: FakeParseable[] = [];

/** Once a file: everything anew before each of its tests, and stopped after it. */
export function useSyncWorld(): void {
  beforeEach(() => {
    clock = new VirtualClock();
    catalog = new FakeCatalog();
    sessions = new FakeSessions();
    nodes.length = 0;
  });

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
}

export async function node(mode: Mode = 'Distributed (Ingest)'): Promise<FakeParseable> {
  const fake = await FakeParseable.start(mode);
  nodes.push(fake);
  ends.push(() => fake.stop());
  return fake;
}

export function deps() {
  const openHttp = () => memoryHttp(nodes, clock);
  return { client: catalog.client, sessions, openHttp, clock, random: seededRandom(1), logger: silentLogger };
}

export function run(settings: Partial<ParseableSyncSettings>): ParseableSync {
  const sync = new ParseableSync(
    {
      ingestNodes: [],
      queryNodes: [],
      standaloneNodes: [],
      discover: '',
      credentials: USER,
      deploymentId: '',
      sessionTtlMs: 3_600_000,
      uploadDeadlineMs: DEADLINE_MS,
      callTimeoutMs: 10_000,
      ...settings,
    },
    deps(),
  );
  const stop = new AbortController();
  const done = sync.run(stop.signal);
  ends.push(async () => {
    stop.abort(new Error('the test is over'));
    await clock.run(done);
  });
  return sync;
}

export function statusOf(sync: ParseableSync, fake: FakeParseable): NodeStatus {
  const found = sync.status().nodes.find(({ node: url }) => url === fake.url);
  expect(found).toBeDefined();
  return found!;
}

export const DELETED = { state: 'DELETED', purgeAfterMs: VIRTUAL_EPOCH_MS + DAY_MS } as const;
