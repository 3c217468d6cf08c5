/**
 * P3, with an ingest node of its own process: the stream is deleted while an upload under `guard` is on its way. The
 * upload is told to stop; the purge does not begin before it has settled, not even under a new leader; what it
 * still wrote is purged with the rest.
 */
import { IngestProcess } from '../ingest-process.js';
import type { Scenario, Stage } from '../stage.js';

const OBJECTS = 100;
const NODE_ID = 'ingest-1';
const GRACE_MS = 500;
const HELD_MS = 3_000;

function keyOf(nth: number): string {
  return `date=2026-01-01/hour=00/minute=00/${NODE_ID}-${nth}.parquet`;
}

async function run(stage: Stage): Promise<void> {
  const nodes = await stage.cluster();
  const { client, cluster } = nodes;
  const doomed = await client.createStream({ name: 'web' });
  const live = await client.createStream({ name: 'app' });
  const node = await IngestProcess.start(stage, nodes, {
    nodeId: NODE_ID,
    ttlMs: 10_000,
    uploadDeadlineMs: 120_000,
  });
  const keys = Array.from({ length: OBJECTS }, (_, nth) => keyOf(nth));
  for (const stream of ['web', 'app']) {
    const { uploaded, reason } = await node.ask({ kind: 'upload', stream, keys });
    stage.must(
      uploaded === OBJECTS,
      `guard lets all uploads to ${stream} through; it let ${uploaded}: ${reason}`,
    );
  }
  const late = await node.ask({ kind: 'hold', stream: 'web', key: keyOf(OBJECTS) });
  stage.must(late.reason === '', `guard lets an upload begin; it said ${late.reason}`);

  await client.deleteStream({ name: 'web', gracePeriodMs: GRACE_MS });
  const { reason } = await node.ask({ kind: 'awaitAbort' });
  stage.must(
    reason === 'STREAM_NOT_FOUND',
    `the upload's signal fires at the tombstone; its reason is ${reason}`,
  );
  const again = await node.ask({ kind: 'upload', stream: 'web', keys: [keyOf(0)] });
  stage.must(
    again.reason === 'STREAM_NOT_FOUND',
    `guard refuses uploads after the tombstone; it said '${again.reason}'`,
  );

  const isHeldUp = async (): Promise<boolean> => {
    for await (const purge of client.listPurges())
      if (purge.stream.name === 'web')
        return purge.stream.purge?.phase === 'DRAINING' && purge.waitingNodeIds.includes(NODE_ID);
    return false;
  };
  const isUntouched = async (): Promise<boolean> =>
    (await client.getStream({ name: 'web' })).stream.state === 'DELETED' &&
    (await stage.bucket.count(doomed.prefix)).versions === OBJECTS;
  await stage.until(`the purge waits for ${NODE_ID}`, isHeldUp);
  await stage.throughout(HELD_MS, 'DELETED, and every object is there', isUntouched);
  const { leader } = await client.leaderStatus();
  await cluster.member(leader.memberId).kill();
  await stage.until(`under the next leader, too, the purge waits for ${NODE_ID}`, isHeldUp);
  await stage.throughout(HELD_MS, 'DELETED, and every object is there, under the next leader', isUntouched);

  const releasedMs = Date.now();
  const ended = await node.ask({ kind: 'release' });
  stage.must(ended.reason === '', `the upload that was on its way ends well; it ended with ${ended.reason}`);
  const { purge } = await stage.untilPurged(client, 'web');
  const beginMs = purge?.beginTimeMs ?? 0;
  stage.must(
    beginMs >= releasedMs,
    `the purge began ${releasedMs - beginMs} ms before the upload had settled`,
  );
  stage.must(
    purge?.objectsDeleted === OBJECTS + 1,
    `the purge took ${purge?.objectsDeleted} objects; ${OBJECTS} and the late one must have been there`,
  );
  await stage.mustBeEmpty(doomed.prefix, 'after PURGED');
  await stage.mustHold(live.prefix, { versions: OBJECTS }, 'after the purge of another stream');
  const { settled } = await node.ask({ kind: 'close' });
  stage.must(settled, 'the session closes settled');
  stage.say(
    `signal fired, held up through a failover, purge began ${beginMs - releasedMs} ms after the upload was released`,
  );
}

export const sessions: Scenario = {
  name: 'sessions',
  about: 'no purge begins before an upload under guard has settled (P3)',
  run,
};
