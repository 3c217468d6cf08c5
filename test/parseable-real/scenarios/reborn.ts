/**
 * Clients send to a name after its purge: Parseable makes the stream again by itself, with the same prefix. That life is
 * nobody's residue: the sweeps leave it alone, and the catalog takes it in as a new incarnation.
 */
import type { Stream } from '../../../src/client/index.js';
import type { Scenario, Stage } from '../stage.js';
import type { TestStream } from '../test-stream.js';
import { untilTrue } from '../waiting.js';

const ON_EACH = 100;
const LATER_ON_EACH = 5;
/** Within the time in which nobody may own the prefix again, and after it. */
const AFTER_PURGED_MS = [5_000, 110_000] as const;
const ADOPTED_WITHIN_MS = 60_000;

async function live(stage: Stage, stream: TestStream, first: Stream, afterMs: number): Promise<void> {
  const nodes = stage.world.ingest.length;
  const { purgeTimeMs = Date.now() } = first;
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, purgeTimeMs + afterMs - Date.now())));
  await stream.sendToEach(ON_EACH);
  await stream.untilCount(ON_EACH * nodes, 'in its new life');
  const objects = await stream.dataKeys();
  await stream.mustCountUntil(
    stream.sweptByMs(first),
    ON_EACH * nodes,
    'while the sweeps of its last life pass',
  );
  await stream.mustStillHold(objects, 'after the sweeps of its last life');

  let seen = '';
  await untilTrue(
    `the catalog takes ${stream.name} in as a new incarnation`,
    ADOPTED_WITHIN_MS,
    async () => {
      const now = await stream.inCatalog();
      seen = `${now?.state ?? 'unknown'}, incarnation ${now?.incarnation ?? '-'}, ${now?.prefix ?? ''}`;
      return now?.state === 'ACTIVE' && now.incarnation > first.incarnation && now.prefix === stream.prefix;
    },
    () => seen,
  );
  await stage.mustAlarm('STREAM_REBORN', stream.name);
  await stream.sendToEach(LATER_ON_EACH);
  const all = (ON_EACH + LATER_ON_EACH) * nodes;
  await stream.untilCount(all, 'after the sweeps');
  stage.note(`reborn ${afterMs / 1_000} s after PURGED: ${all} of ${all} events, adopted`);
}

async function run(stage: Stage): Promise<void> {
  await Promise.all(
    AFTER_PURGED_MS.map(async (afterMs) => {
      const stream = await stage.filledStream(ON_EACH);
      await stream.delete();
      const first = await stream.untilPurged();
      await stream.mustBePurged();
      await live(stage, stream, first, afterMs);
    }),
  );
}

export const reborn: Scenario = {
  name: 'reborn',
  about: 'a stream that Parseable made again after the purge survives the sweeps, and is adopted',
  kind: 'distributed',
  turn: 'beside others',
  run,
};
