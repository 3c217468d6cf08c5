/**
 * What appears below a purged prefix and belongs to no life is swept: data without metadata, data beside the metadata of
 * the dead life, and what a node writes again and again since it still holds the stream in memory.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario, Stage } from '../stage.js';
import type { TestStream } from '../test-stream.js';
import { untilTrue } from '../waiting.js';

const ON_EACH = 20;
const PLANTED = 3;
const DEAD_FOR_MS = 24 * 3_600_000;
/** A node uploads what failed again each five minutes. */
const UPLOADED_AGAIN_MS = 330_000;
const FORGOTTEN_WITHIN_MS = 60_000;
const STALE_UPLOAD_WITHIN_MS = 150_000;

async function plant(stage: Stage, { prefix }: TestStream, withMetadata: boolean): Promise<void> {
  for (let at = 0; at < PLANTED; at++)
    await stage.world.bucket.put(
      `${prefix}date=2026-01-01/hour=00/minute=00/gone.data.${at}.parquet`,
      'late',
    );
  if (!withMetadata) return;
  const createdAt = new Date(Date.now() - DEAD_FOR_MS).toISOString();
  const metadata = JSON.stringify({
    version: 'v7',
    'created-at': createdAt,
    snapshot: { manifest_list: [] },
  });
  await stage.world.bucket.put(`${prefix}.stream/.ingestor.gone.stream.json`, metadata);
}

async function planted(stage: Stage): Promise<void> {
  await Promise.all(
    [false, true].map(async (withMetadata) => {
      const stream = await stage.filledStream(ON_EACH);
      const purged = await stage.deleteAndPurge(stream);
      await plant(stage, stream, withMetadata);
      await sleep(Math.max(0, stream.sweptByMs(purged, 1) - Date.now()));
      await stream.mustBeGone('after the first sweep');
      // The catalog forgets the life, and with it the number, after the last sweep.
      const late = (await stream.inCatalog())?.purge?.lateObjectsDeleted ?? 0;
      stage.must(
        late >= PLANTED,
        `the sweeps of ${stream.name} must count ${PLANTED} objects; they count ${late}`,
      );
      stage.note(`${late} planted objects swept${withMetadata ? ', beside metadata of the dead life' : ''}`);
    }),
  );
}

export const residue: Scenario = {
  name: 'residue',
  about: 'data without metadata of a life below a purged prefix is swept',
  kind: 'distributed',
  turn: 'beside others',
  run: planted,
};

async function stale(stage: Stage): Promise<void> {
  const [node] = stage.world.ingest;
  if (node === undefined) throw new Error('the deployment has no ingest node');
  const stream = await stage.filledStream(ON_EACH);
  const purged = await stage.deleteAndPurge(stream);
  // The node makes the stream again; its metadata then go, as a delete that skips the node takes them.
  await stream.send(node, ON_EACH);
  await stage.world.bucket.empty(stream.prefix);
  await stream.send(node, ON_EACH);
  await untilTrue('the node uploads without metadata', STALE_UPLOAD_WITHIN_MS, async () => {
    const keys = await stream.keys();
    return keys.length > 0 && !keys.some((key) => key.endsWith('stream.json'));
  });
  const uploaded = (await stream.keys()).length;
  stage.say(`${node.url} wrote ${uploaded} objects that no node lists`);
  await sleep(Math.max(0, stream.sweptByMs(purged, 1) - Date.now()));
  await untilTrue(`${node.url} is made to forget after the sweep`, FORGOTTEN_WITHIN_MS, async () => {
    const holders = await stream.holders();
    return holders.length === 0;
  });
  const untilMs = Math.max(stream.sweptByMs(purged), Date.now() + UPLOADED_AGAIN_MS);
  await sleep(Math.max(0, untilMs - Date.now()));
  await stream.mustBeGone('after the time in which a node uploads again');
  stage.note(`${uploaded} objects of a node with a stale entry swept, the node forgot it, none came back`);
}

export const staleNode: Scenario = {
  name: 'stale-node',
  about: 'after a sweep that found residue the node that wrote it is made to forget once more',
  kind: 'distributed',
  turn: 'beside others',
  run: stale,
};
