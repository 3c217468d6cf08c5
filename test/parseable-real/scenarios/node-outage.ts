/**
 * Deletes while a Parseable node is down. Nothing is purged before an ingest node is back and has forgotten; a query node
 * uploads nothing of a stream and holds nothing up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { seconds, type Scenario, type Stage } from '../stage.js';
import type { TestStream } from '../test-stream.js';

const ON_EACH = 50;
const DOWN_MS = 60_000;
const MINUTE_MS = 60_000;
/** Parseable turns staged events into parquet at each full minute, and uploads half a minute later. */
const BEFORE_MINUTE_MS = 10_000;
const AFTER_MINUTE_MS = 8_000;

/** Events that are parquet on the node's disk, and not in the bucket, when this returns. */
async function stageEvents(stage: Stage, stream: TestStream): Promise<void> {
  const intoMinuteMs = Date.now() % MINUTE_MS;
  await sleep((2 * MINUTE_MS - BEFORE_MINUTE_MS - intoMinuteMs) % MINUTE_MS);
  await stream.send(stage.switched('ingest'), ON_EACH);
  await sleep(MINUTE_MS - (Date.now() % MINUTE_MS) + AFTER_MINUTE_MS);
}

async function deletedWhileDown(stage: Stage, stream: TestStream): Promise<void> {
  const { url } = stage.switched('ingest');
  const before = await stream.dataKeys();
  await stage.whileDown('ingest', async () => {
    await stream.delete();
    await stream.mustWaitUntil(Date.now() + DOWN_MS, before, `while ${url} is down`);
    const waiting = (await stream.purge())?.waitingNodeIds ?? [];
    stage.must(
      waiting.includes(url),
      `the purge must name ${url}; it waits for ${waiting.join() || 'nobody'}`,
    );
  });
  const backMs = Date.now();
  const purged = await stream.untilPurged();
  await stream.mustBePurged();
  stage.note(
    `waited ${seconds(DOWN_MS)} s, PURGED ${seconds(Date.now() - backMs)} s after the node was back`,
  );
  await stream.mustStayGoneUntil(stream.sweptByMs(purged, 1), 'after PURGED');
}

export const ingestKilled: Scenario = {
  name: 'ingest-killed',
  about: 'an ingest node is killed with staged events, and comes back after the delete',
  kind: 'distributed',
  turn: 'alone',
  needs: 'ingest switch',
  run: async (stage) => {
    const stream = await stage.filledStream(ON_EACH);
    await stageEvents(stage, stream);
    await deletedWhileDown(stage, stream);
  },
};

export const ingestDown: Scenario = {
  name: 'ingest-down',
  about: 'an ingest node that has uploaded everything is down during the delete',
  kind: 'distributed',
  turn: 'alone',
  needs: 'ingest switch',
  run: async (stage) => {
    await deletedWhileDown(stage, await stage.filledStream(ON_EACH));
  },
};

export const queryKilled: Scenario = {
  name: 'query-killed',
  about: 'the query node is down from the delete to PURGED',
  kind: 'distributed',
  turn: 'alone',
  needs: 'query switch',
  run: async (stage) => {
    const stream = await stage.filledStream(ON_EACH);
    await stage.whileDown('query', async () => {
      await stream.delete();
      await stream.untilPurged();
    });
    await stream.mustBeGone('when the query node is back');
    const purged = await stream.inCatalog();
    if (purged !== undefined) await stream.mustStayGoneUntil(stream.sweptByMs(purged, 1), 'after PURGED');
    stage.note('PURGED without the query node, 0 objects, and it does not know the stream when it is back');
  },
};
