/**
 * An undelete within the grace period gives back every event: those from before, those that clients sent during the
 * grace, and those sent afterwards, from each ingest node. After the point of no return it is refused.
 */
import type { Scenario, Stage } from '../stage.js';
import { UPLOAD_CYCLE_MS } from '../test-stream.js';

const BEFORE_ON_EACH = 100;
const STEP_ON_EACH = 10;

async function giveBack(stage: Stage): Promise<void> {
  const nodes = stage.world.ingest.length;
  const stream = await stage.filledStream(BEFORE_ON_EACH);
  let expected = BEFORE_ON_EACH * nodes;
  await stream.delete('24h');
  await stream.mustCountUntil(Date.now() + 5_000, expected, 'right after the delete');
  await stream.sendToEach(STEP_ON_EACH);
  expected += STEP_ON_EACH * nodes;
  await stream.untilCount(expected, 'after events within the grace period');

  const { code, stderr } = await stage.world.program('stream', 'undelete', stream.name);
  stage.must(code === 0, `undelete ended with ${code}: ${stderr}`);
  await stream.mustCountUntil(Date.now() + 5_000, expected, 'right after the undelete');
  await stream.sendToEach(STEP_ON_EACH);
  expected += STEP_ON_EACH * nodes;
  await stream.untilCount(expected, 'after events behind the undelete');
  await stream.mustCountUntil(Date.now() + UPLOAD_CYCLE_MS, expected, 'an upload later');
  stage.note(`SQL counts all ${expected} events`);
}

export const undelete: Scenario = {
  name: 'undelete',
  about: 'an undelete within the grace period loses no event',
  kind: 'distributed',
  turn: 'beside others',
  run: giveBack,
};

async function refuse(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(BEFORE_ON_EACH);
  await stream.delete();
  await stage.untilDraining(stream);
  const { code, stderr } = await stage.world.program('stream', 'undelete', stream.name);
  stage.must(
    code !== 0 && stderr.includes('PURGE_STARTED'),
    `an undelete while nodes are made to forget must be refused with PURGE_STARTED; it ended with ${code}: ${stderr}`,
  );
  await stream.untilPurged();
  await stream.mustBePurged();
  stage.note('refused with PURGE_STARTED, then PURGED');
}

export const undeleteTooLate: Scenario = {
  name: 'undelete-too-late',
  about: 'an undelete after the point of no return is refused',
  kind: 'distributed',
  turn: 'beside others',
  run: refuse,
};
