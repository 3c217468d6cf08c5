/**
 * P8: after PURGED a straggler that no barrier covers writes straight into the bucket, twice. The sweeps find it,
 * delete it, count it, and go on until one finds nothing; a stream whose name begins the same loses nothing.
 */
import type { SextonClient, Stream } from '../../../src/client/index.js';
import { countText } from '../bucket.js';
import type { Scenario, Stage } from '../stage.js';

const OBJECTS = 60;

/** Objects, on a versioned bucket an older version and a delete marker too, and an upload. Returns what is there. */
async function straggle(stage: Stage, prefix: string, wave: number): Promise<number> {
  const keys = [1, 2, 3].map(
    (nth) => `${prefix}date=2026-01-02/hour=00/minute=00/late-${wave}-${nth}.parquet`,
  );
  for (const key of keys) await stage.bucket.put(key, 'late');
  if (stage.isVersioned) {
    await stage.bucket.put(keys[0] as string, 'later');
    await stage.bucket.delete(keys[1] as string);
  }
  await stage.bucket.leaveUpload(`${prefix}date=2026-01-02/late-${wave}.part`);
  const found = await stage.bucket.count(prefix);
  stage.say(`wave ${wave} of the straggler: ${countText(found)}`);
  return found.versions + found.markers + found.uploads;
}

async function untilSwept(
  stage: Stage,
  client: SextonClient,
  name: string,
  objects: number,
): Promise<Stream> {
  return stage.until(`sweeps have deleted the ${objects} late objects and uploads of ${name}`, async () => {
    const { stream } = await client.getStream({ name });
    const { versions, markers, uploads } = await stage.bucket.count(stream.prefix);
    const isGone = versions + markers + uploads === 0;
    return isGone && (stream.purge?.lateObjectsDeleted ?? 0) >= objects && stream;
  });
}

async function run(stage: Stage): Promise<void> {
  const { client } = await stage.cluster({ serveArguments: ['--sweep-after=4s,8s'] });
  const doomed = await client.createStream({ name: 'web' });
  const neighbour = await client.createStream({ name: 'web2' });
  await stage.fill(doomed.prefix, OBJECTS);
  const before = await stage.fill(neighbour.prefix, OBJECTS);

  await client.deleteStream({ name: 'web', gracePeriodMs: 0 });
  await stage.untilPurged(client, 'web');
  await stage.mustBeEmpty(doomed.prefix, 'after PURGED');
  const first = await straggle(stage, doomed.prefix, 1);
  await untilSwept(stage, client, 'web', first);
  // The last sweep that was asked for finds something, or another one does: none that found anything is the last.
  const second = await straggle(stage, doomed.prefix, 2);
  const { purge } = await untilSwept(stage, client, 'web', first + second);
  const { summary } = await client.listPurgesPage();
  stage.say(
    `late objects and uploads removed: ${purge?.lateObjectsDeleted} of ${first + second} planted; ` +
      `over the whole cluster ${summary.lateObjectsTotal}`,
  );
  stage.must(
    purge?.lateObjectsDeleted === first + second && summary.lateObjectsTotal === first + second,
    'every late object and upload is counted once',
  );
  await stage.mustHold(neighbour.prefix, before, 'after the sweeps of its neighbour');
}

export const lateObjects: Scenario = {
  name: 'late-objects',
  about: 'what a straggler writes after PURGED is swept and counted (P8)',
  run,
};
