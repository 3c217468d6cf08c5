/**
 * After the storm: all members are well, and what they say is compared with what the clients were told, with
 * each other, and with the bucket. Each check answers with what is wrong; empty is right.
 */
import { SextonClient, type Stream } from '../../src/client/index.js';
import { checkStreamHistory } from '../support/linearizability/index.js';
import { pause, type ChaosCluster } from './cluster.js';
import type { History } from './history.js';
import type { NodeProcess } from './node-process.js';
import type { Objects } from './objects.js';

const SETTLE_WITHIN_MS = 60_000;
const PURGED_WITHIN_MS = 90_000;
const DIGESTS_WITHIN_MS = 20_000;
const READ_TIMEOUT_MS = 20_000;
const MAX_STATES = 1_000_000;

export interface FinalState {
  readonly cluster: ChaosCluster;
  readonly history: History;
  readonly objects: Objects;
  /** Incarnations whose creates were acknowledged in the pipeline. */
  readonly filled: readonly number[];
  readonly say: (text: string) => void;
}

export async function finalChecks(state: FinalState): Promise<string[]> {
  const { cluster, history, objects, say } = state;
  const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: READ_TIMEOUT_MS });
  try {
    const ill = await cluster.settle(SETTLE_WITHIN_MS);
    if (ill !== undefined) return [`the cluster did not come back within ${SETTLE_WITHIN_MS} ms: ${ill}`];
    say('every member is back and has caught up');
    const wrong = await waitUntilPurged(client);
    const streams = await allStreams(client, 'linearizable');
    wrong.push(...acknowledgedCreates(state, streams));
    wrong.push(...(await sameOnEveryMember(cluster)));
    wrong.push(...(await alarms(client)));
    wrong.push(...(await objects.check(streams)));
    await readEverywhere(state, streams);
    wrong.push(...history.surprises.map((text) => `an answer that no caller should get: ${text}`));
    wrong.push(...linearizability(state));
    return wrong;
  } finally {
    client.close();
  }
}

async function waitUntilPurged(client: SextonClient): Promise<string[]> {
  const endMs = performance.now() + PURGED_WITHIN_MS;
  for (;;) {
    const left: Stream[] = [];
    for await (const stream of client.listStreams({ states: ['DELETED', 'PURGING'], pageSize: 1_000 })) {
      left.push(stream);
    }
    if (left.length === 0) return [];
    if (performance.now() > endMs) {
      return left.map(
        ({ name, incarnation, state, purge }) =>
          `not purged within ${PURGED_WITHIN_MS} ms: ${name}, incarnation ${incarnation}, ${state}: ${purge?.lastError ?? ''}`,
      );
    }
    await pause(200);
  }
}

async function allStreams(client: SextonClient, consistency: 'linearizable' | 'local'): Promise<Stream[]> {
  const streams: Stream[] = [];
  const pages = client.listStreams({ showDeleted: true, pageSize: 1_000 }, { consistency });
  for await (const stream of pages) streams.push(stream);
  return streams;
}

/** A life is kept for hours after its purge: whatever was acknowledged as created is in the list. */
function acknowledgedCreates({ history, filled }: FinalState, streams: readonly Stream[]): string[] {
  const known = new Set(streams.map(({ incarnation }) => incarnation));
  const acknowledged = history.calls.flatMap(({ input, outcome }) =>
    input.kind === 'create' && outcome.kind === 'stream' ? [outcome.incarnation] : [],
  );
  return [...acknowledged, ...filled]
    .filter((incarnation) => !known.has(incarnation))
    .map((incarnation) => `lost: incarnation ${incarnation} was acknowledged as created`);
}

/** Equal digests at an equal index, and equal lists from each member's own state. */
async function sameOnEveryMember(cluster: ChaosCluster): Promise<string[]> {
  const endMs = performance.now() + DIGESTS_WITHIN_MS;
  for (;;) {
    const statuses = await Promise.all(cluster.nodes.map((node) => cluster.statusOf(node)));
    const indexes = new Set(statuses.map((status) => status?.digestIndex));
    if (indexes.size === 1 && !indexes.has(undefined)) {
      const digests = statuses.map((status) => status?.appliedDigest);
      if (new Set(digests).size === 1) break;
      return [`digests differ at index ${[...indexes].join()}: ${digests.join(' ')}`];
    }
    if (performance.now() > endMs) return [`digests were never at one index: ${[...indexes].join()}`];
    await pause(50);
  }
  const lists = await Promise.all(cluster.nodes.map(listOf));
  const [first] = lists;
  return lists.every((list) => list === first)
    ? []
    : ['the members list different streams from their own states'];
}

async function listOf(node: NodeProcess): Promise<string> {
  const client = new SextonClient({ endpoints: [node.directAddress], requestTimeoutMs: READ_TIMEOUT_MS });
  try {
    const streams = await allStreams(client, 'local');
    return streams
      .map(({ name, incarnation, state, revision }) => `${name} ${incarnation} ${state} ${revision}`)
      .join('\n');
  } finally {
    client.close();
  }
}

async function alarms(client: SextonClient): Promise<string[]> {
  const status = await client.leaderStatus();
  return status.alarms
    .filter(({ kind }) => kind === 'DIGEST_MISMATCH')
    .map(({ kind, message }) => `alarm ${kind}: ${message}`);
}

/** The last reads of the history, of each name through each member: what was acknowledged is there for good. */
async function readEverywhere({ cluster, history }: FinalState, streams: readonly Stream[]): Promise<void> {
  const names = new Set(history.calls.map(({ name }) => name));
  const known = new Set(streams.map(({ name }) => name));
  await Promise.all(
    cluster.nodes.map(async (node) => {
      const client = new SextonClient({ endpoints: [node.directAddress], requestTimeoutMs: READ_TIMEOUT_MS });
      try {
        for (const name of names) {
          if (!known.has(name)) continue;
          await history.record(`final-${node.memberId}`, name, { kind: 'get' }, async () => {
            const { stream } = await client.getStream({ name });
            return stream;
          });
        }
      } finally {
        client.close();
      }
    }),
  );
}

function linearizability({ history, say }: FinalState): string[] {
  const { streams, operations, exploredStates, violations, undecided } = checkStreamHistory(history.calls, {
    maxStates: MAX_STATES,
  });
  say(`linearizability: ${operations} operations on ${streams} names, ${exploredStates} states explored`);
  return [
    ...violations.map(
      ({ name, counterexample }) => `not linearizable: stream '${name}'\n${counterexample.text}`,
    ),
    ...undecided.map((name) => `undecided: the history of ${name} is too tangled to be checked`),
  ];
}
