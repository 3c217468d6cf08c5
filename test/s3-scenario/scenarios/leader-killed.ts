/**
 * A purge of many objects whose leader is killed in the middle: its successor finishes it (P2, P4), nothing is left
 * and no other stream loses anything. On a versioned bucket with older versions, delete markers and unfinished uploads.
 */
import type { SextonClient } from '../../../src/client/index.js';
import type { LocalCluster } from '../../../src/demo/local-cluster.js';
import { countText } from '../bucket.js';
import { Skipped, type Scenario, type Stage } from '../stage.js';

const LIVE = ['web', 'audit'] as const;
const DOOMED = 'traces';
const UPLOADS = 25;
const TIMEOUT_MS = 15 * 60_000;

async function run(stage: Stage): Promise<void> {
  const { bucket, settings } = stage;
  if (stage.isVersioned && !(await bucket.pagesThroughVersions()))
    throw new Skipped('this server repeats versions from page to page: nobody can list so many of them');
  const { cluster, client } = await stage.cluster();
  const live = Math.floor(settings.objects / 10);
  const counts = [
    ...LIVE.map((name) => [name, live] as const),
    [DOOMED, settings.objects - 2 * live] as const,
  ];
  const before = new Map<string, string>();
  for (const [name, count] of counts) {
    await client.createStream({ name, prefix: `${name}/` });
    await stage.fill(`${name}/`, count);
    for (let nth = 0; nth < UPLOADS; nth++) await bucket.leaveUpload(`${name}/date=2026-01-01/${nth}.part`);
    before.set(name, countText(await bucket.count(`${name}/`)));
    stage.say(`${name}: ${before.get(name)}`);
  }

  const startedMs = performance.now();
  await client.deleteStream({ name: DOOMED, gracePeriodMs: 0 });
  const killed = await killLeaderInTheMiddle(stage, client, cluster, (settings.objects - 2 * live) / 4);
  const { purge } = await stage.untilPurged(client, DOOMED, TIMEOUT_MS);
  const seconds = (performance.now() - startedMs) / 1_000;
  const gone = purge?.objectsDeleted ?? 0;
  stage.say(
    `PURGED ${seconds.toFixed(1)} s after the delete, node ${killed} killed on the way; ${gone} deletions, ` +
      `${Math.round(gone / seconds)} a second`,
  );
  await stage.mustBeEmpty(`${DOOMED}/`, 'after PURGED');
  for (const name of LIVE) {
    const now = countText(await bucket.count(`${name}/`));
    stage.must(now === before.get(name), `${name} is alive and has ${now}; it had ${before.get(name)}`);
  }
}

async function killLeaderInTheMiddle(
  stage: Stage,
  client: SextonClient,
  cluster: LocalCluster,
  after: number,
): Promise<number> {
  await stage.until(
    'a quarter of the objects is deleted',
    async () => {
      const { stream } = await client.getStream({ name: DOOMED });
      stage.must(
        stream.state !== 'PURGED',
        'the purge was over before its leader could be killed; use more objects',
      );
      for await (const purge of client.listPurges())
        if (purge.stream.name === DOOMED && (purge.stream.purge?.objectsDeleted ?? 0) >= after) return true;
      return false;
    },
    TIMEOUT_MS,
  );
  const { leader } = await client.leaderStatus();
  await cluster.member(leader.memberId).kill();
  return leader.memberId;
}

export const leaderKilled: Scenario = {
  name: 'leader-killed',
  about: "a purge of many objects through its leader's SIGKILL",
  alone: true,
  run,
};
