/**
 * The main job in one command: three node processes, a bucket full of streams in Parseable's layout, one
 * stream deleted, the leader killed in the middle of its purge, and a count of what is left. Ends with 0
 * only if every object of the live streams is there and none of the purged one.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SextonClient } from '../client/index.js';
import { LocalStore } from '../objectstore/local-store.js';
import { systemClock } from '../shared/clock.js';
import { EXIT_STATUS } from '../shared/fatal.js';
import { LocalCluster } from './local-cluster.js';
import { grouped, Narrator, type Output } from './narrator.js';
import { parseableObjects } from './parseable-layout.js';
import { countObjects, fillStore } from './store-contents.js';

export interface DemoOptions {
  /** At least 3; the last one is deleted. */
  readonly streams: number;
  /** Over all streams; the deleted one gets half of them. */
  readonly objects: number;
  /** 0 = any free ports. */
  readonly basePort: number;
  /** Leave the directory with data and logs behind. */
  readonly keep: boolean;
}

export interface DemoHooks {
  readonly output: Output;
  /** Prints the status table as `sexton status` does. */
  readonly printStatus: (endpoints: readonly string[]) => Promise<void>;
}

const CALL_TIMEOUT_MS = 30_000;
const POLL_MS = 20;
/** Slow enough to watch, and to be in the middle of it when the leader dies. */
const REQUESTS_PER_SECOND = 6;
const PURGE_TIMEOUT_MS = 120_000;

export async function runDemo(options: DemoOptions, hooks: DemoHooks): Promise<number> {
  const say = new Narrator(hooks.output);
  const directory = await mkdtemp(join(tmpdir(), 'sexton-demo-'));
  const bucket = join(directory, 'bucket');
  const cluster = await LocalCluster.create({
    clusterId: `demo-${randomUUID().slice(0, 8)}`,
    directory,
    members: 3,
    basePort: options.basePort,
    objectStore: `local:${bucket}`,
    serveArguments: [
      '--default-grace-period=0s',
      `--purge-requests-per-second=${REQUESTS_PER_SECOND}`,
      '--purge-request-concurrency=2',
    ],
  });
  const client = new SextonClient({ endpoints: cluster.endpoints, requestTimeoutMs: CALL_TIMEOUT_MS });
  const store = new LocalStore({ directory: bucket, clock: systemClock, durable: false });
  try {
    return await tell({ say, options, hooks, cluster, client, store, directory });
  } finally {
    client.close();
    await cluster.stop();
    await store.close();
    if (options.keep) say.line(`data and logs are kept in ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
}

interface Scene {
  readonly say: Narrator;
  readonly options: DemoOptions;
  readonly hooks: DemoHooks;
  readonly cluster: LocalCluster;
  readonly client: SextonClient;
  readonly store: LocalStore;
  readonly directory: string;
}

async function tell(scene: Scene): Promise<number> {
  const { say, cluster, client, directory, hooks } = scene;
  say.step('Start three nodes: real processes, real LevelDB directories, a directory as the bucket');
  cluster.start();
  const { leader, term } = await client.leaderStatus();
  for (const member of cluster.members) {
    const role = member.id === leader.memberId ? 'leader' : 'follower';
    say.detail(`node ${member.id}  ${member.endpoint}  pid ${member.pid ?? 0}  ${role}`);
  }
  say.detail(`term ${term}; data and logs below ${directory}`);

  const expected = await createStreams(scene);
  const doomed = streamName(scene.options.streams);
  const killed = await deleteAndKillLeader(scene, doomed, expected.get(doomed) ?? 0);
  await awaitPurged(scene, doomed);

  say.step(`Bring node ${killed} back: it catches up from the log`);
  cluster.member(killed).start();
  await awaitMembers(scene);

  say.step('The cluster now');
  await hooks.printStatus(cluster.endpoints);
  return verdict(scene, doomed, expected);
}

function streamName(number: number): string {
  return ['web', 'payments', 'audit', 'checkout', 'metrics', 'traces'][number - 1] ?? `stream-${number}`;
}

/** Returns how many objects each stream has. */
async function createStreams({ say, client, store, options }: Scene): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const half = Math.floor(options.objects / 2);
  const each = Math.floor((options.objects - half) / (options.streams - 1));
  for (let number = 1; number < options.streams; number++) counts.set(streamName(number), each);
  counts.set(streamName(options.streams), options.objects - each * (options.streams - 1));

  say.step(
    `Create ${options.streams} streams and fill them with ${grouped(options.objects)} objects in Parseable's layout`,
  );
  const startMs = Date.UTC(2026, 0, 1);
  for (const [name, count] of counts) {
    const stream = await client.createStream({ name, prefix: `${name}/` });
    await fillStore(store, parseableObjects(name, count, startMs), (done) => {
      say.progress(`${name}: ${grouped(done)} of ${grouped(count)} objects`);
    });
    say.detail(
      `${name.padEnd(10)} incarnation ${stream.incarnation}  prefix ${stream.prefix.padEnd(10)} ${grouped(count)} objects`,
    );
  }
  return counts;
}

/** Returns the id of the killed leader. */
async function deleteAndKillLeader(
  { say, client, cluster }: Scene,
  doomed: string,
  objects: number,
): Promise<number> {
  say.step(`Delete '${doomed}': the tombstone is committed by a majority before anything is removed`);
  const deleted = await client.deleteStream({ name: doomed, gracePeriodMs: 0 });
  say.detail(`state ${deleted?.state ?? 'unknown'}, tombstone at revision ${deleted?.revision ?? 0}`);
  const killAt = Math.floor(objects / 4);
  const startedMs = performance.now();
  for (;;) {
    const done = await objectsDeleted(client, doomed);
    say.progress(`leader purges: ${grouped(done)} of ${grouped(objects)} objects gone`);
    if (done >= killAt) break;
    if (performance.now() - startedMs > PURGE_TIMEOUT_MS) throw new Error('the purge does not get on');
    await sleep(POLL_MS);
  }
  const { leader } = await client.leaderStatus();
  const done = await objectsDeleted(client, doomed);
  const member = cluster.member(leader.memberId);
  say.step(
    `Kill the leader, node ${member.id} (pid ${member.pid ?? 0}), with SIGKILL at ${grouped(done)} of ${grouped(objects)}`,
  );
  const killedMs = performance.now();
  await member.kill();
  const next = await client.leaderStatus();
  say.detail(
    `node ${next.leader.memberId} leads in term ${next.term}, ${Math.round(performance.now() - killedMs)} ms later`,
  );
  return member.id;
}

async function objectsDeleted(client: SextonClient, name: string): Promise<number> {
  for await (const { stream } of client.listPurges()) {
    if (stream.name === name) return stream.purge?.objectsDeleted ?? 0;
  }
  const { stream } = await client.getStream({ name });
  return stream.purge?.objectsDeleted ?? 0;
}

async function awaitPurged({ say, client }: Scene, name: string): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const { stream } = await client.getStream({ name });
    if (stream.state === 'PURGED') {
      say.detail(`'${name}' is PURGED: a full listing after the last delete came back empty`);
      return;
    }
    say.progress(`new leader purges: ${grouped(await objectsDeleted(client, name))} objects gone`);
    if (performance.now() - startedMs > PURGE_TIMEOUT_MS)
      throw new Error(`'${name}' is still ${stream.state}`);
    await sleep(POLL_MS);
  }
}

/** Until every member follows the leader closely, and hears the others: one that has just started has not, for a moment. */
async function awaitMembers({ client, say }: Scene): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const { members, links } = await client.leaderStatus();
    const behind = members.filter((member) => !member.reachable || member.trailingEntries > 0);
    if (behind.length === 0 && links.every(({ state }) => state === 'HEARD')) {
      say.detail('all members reachable, none trails the leader');
      return;
    }
    if (performance.now() - startedMs > CALL_TIMEOUT_MS) throw new Error('a member does not catch up');
    await sleep(POLL_MS);
  }
}

async function verdict(
  { say, store }: Scene,
  doomed: string,
  expected: ReadonlyMap<string, number>,
): Promise<number> {
  say.step('Count what is left in the bucket');
  let good = true;
  for (const [name, count] of expected) {
    const wanted = name === doomed ? 0 : count;
    const left = await countObjects(store, `${name}/`);
    const ok = left === wanted;
    good &&= ok;
    say.detail(
      `${name.padEnd(10)} ${name === doomed ? 'purged' : 'live  '}  ${grouped(left).padStart(7)} objects left, ${grouped(wanted)} expected  ${ok ? 'ok' : 'WRONG'}`,
    );
  }
  say.line(
    good ? '\nNothing deleted too early, nothing left behind.' : '\nThe promise is broken: see above.',
  );
  return good ? EXIT_STATUS.OK : EXIT_STATUS.ERROR;
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
