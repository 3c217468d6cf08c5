/** A Parseable in one process: with the helper beside it, and with a helper that is away while the stream is deleted. */
import type { Scenario, Stage } from '../stage.js';
import { UPLOAD_CYCLE_MS } from '../test-stream.js';

const UPLOADED = 100;
const STAGED = 20;

async function healthy(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(UPLOADED);
  await stream.sendToEach(STAGED);
  await stream.delete();
  const purged = await stream.untilPurged();
  await stream.mustBePurged();
  await stream.mustStayGoneUntil(stream.sweptByMs(purged), 'after PURGED');
  // As in healthy-delete: a life whose last sweep found nothing is forgotten.
  const late = (await stream.inCatalog())?.purge?.lateObjectsDeleted ?? 0;
  stage.must(late === 0, `sweeps found ${late} objects that were written past the barrier`);
  stage.note('PURGED, 0 objects, nothing came back');
}

export const standalone: Scenario = {
  name: 'standalone',
  about: 'a delete beside a Parseable in one process',
  kind: 'standalone',
  turn: 'alone',
  run: healthy,
};

async function helperAway(stage: Stage): Promise<void> {
  const { helper } = stage.world;
  const stream = await stage.filledStream(UPLOADED);
  await stream.sendToEach(STAGED);
  const before = await stream.dataKeys();
  await helper.stop();
  try {
    await stream.delete();
    await stream.mustWaitUntil(Date.now() + UPLOAD_CYCLE_MS, before, 'while the helper is away');
  } finally {
    helper.start();
  }
  const purged = await stream.untilPurged();
  await stream.mustBePurged();
  await stream.mustStayGoneUntil(stream.sweptByMs(purged, 1), 'after PURGED');
  stage.note('waited for the helper, then PURGED, 0 objects');
}

export const standaloneHelperAway: Scenario = {
  name: 'standalone-helper-away',
  about: 'a delete beside a Parseable in one process while the helper is away',
  kind: 'standalone',
  turn: 'alone',
  run: helperAway,
};
