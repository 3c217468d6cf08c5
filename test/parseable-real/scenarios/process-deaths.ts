/** Deaths of Sexton's own processes in the middle: the helper while nodes drain, the leader while objects are deleted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds, type Scenario, type Stage } from '../stage.js';
import { untilTrue } from '../waiting.js';

const ON_EACH = 50;
const BEFORE_DEATH_MS = 10_000;
const BEYOND_DEADLINE_MS = 60_000;
const WRITES_AT_ONCE = 32;

async function killHelper(stage: Stage): Promise<void> {
  const { helper, settings } = stage.world;
  const stream = await stage.filledStream(ON_EACH);
  const before = await stream.dataKeys();
  await stream.delete();
  await stage.untilDraining(stream);
  await sleep(BEFORE_DEATH_MS);
  await helper.kill();
  const awayMs = settings.uploadDeadlineMs + BEYOND_DEADLINE_MS;
  try {
    await stream.mustWaitUntil(Date.now() + awayMs, before, 'while the helper is away');
  } finally {
    helper.start();
  }
  const backMs = Date.now();
  await stream.untilPurged();
  await stream.mustBePurged();
  stage.note(
    `waited ${seconds(awayMs)} s, PURGED ${seconds(Date.now() - backMs)} s after the helper was back`,
  );
}

export const helperKilled: Scenario = {
  name: 'helper-killed',
  about: 'the helper is killed while nodes drain: the purge waits for it',
  kind: 'distributed',
  turn: 'alone',
  run: killHelper,
};

async function killLeader(stage: Stage): Promise<void> {
  const { bucket, client, cluster, settings } = stage.world;
  const stream = await stage.filledStream(ON_EACH);
  const rest = Array.from({ length: settings.objects }, (_, at) => at).values();
  await Promise.all(
    Array.from({ length: WRITES_AT_ONCE }, async () => {
      for (const at of rest)
        await bucket.put(`${stream.prefix}date=2026-01-01/hour=00/minute=00/filler.data.${at}.parquet`, 'x');
    }),
  );
  const before = (await stream.keys()).length;
  await stream.delete();
  await untilTrue('a part of the objects is deleted', stream.purgedWithinMs, async () => {
    // Faster than the usual poll: the purge takes seconds.
    for (let look = 0; look < 10; look++) {
      const purge = await stream.purge();
      if ((purge?.stream.purge?.objectsDeleted ?? 0) > 0) return true;
      await sleep(50);
    }
    return false;
  });
  const { leader } = await client.leaderStatus();
  const member = cluster.member(leader.memberId);
  await member.kill();
  const left = (await stream.keys()).length;
  try {
    stage.must(
      left > 0,
      `nothing was left when the leader was dead; set SEXTON_TEST_PARSEABLE_OBJECTS higher`,
    );
    await stream.untilPurged();
  } finally {
    member.start();
  }
  await stream.mustBePurged();
  stage.note(`leader killed at ${before - left} of ${before} objects, its successor left 0`);
}

export const leaderKilled: Scenario = {
  name: 'leader-killed',
  about: 'the leader is killed in the middle of a purge: its successor finishes it',
  kind: 'distributed',
  turn: 'alone',
  run: killLeader,
};
