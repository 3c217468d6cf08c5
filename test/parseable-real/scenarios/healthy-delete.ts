/** A delete while everything works: PURGED, no object left, no node that knows the stream, and nothing comes back. */
import type { Scenario, Stage } from '../stage.js';

const UPLOADED_ON_EACH = 100;
const STAGED_ON_EACH = 20;

async function run(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(UPLOADED_ON_EACH);
  await stream.sendToEach(STAGED_ON_EACH);
  const purged = await stage.deleteAndPurge(stream);
  await stream.mustStayGoneUntil(stream.sweptByMs(purged), 'after PURGED');
  // The catalog forgets a life whose last sweep found nothing; it keeps one whose sweeps found anything.
  const late = (await stream.inCatalog())?.purge?.lateObjectsDeleted ?? 0;
  stage.must(late === 0, `sweeps found ${late} objects that were written past the barrier`);
  stage.note('nothing came back');
}

export const healthyDelete: Scenario = {
  name: 'healthy-delete',
  about: 'a delete while every node works',
  kind: 'distributed',
  turn: 'beside others',
  run,
};
