/**
 * A process to be killed: opens the directory in its argument, appends, votes, applies and compacts as
 * fast as it can, and writes a line for everything that was acknowledged, before it goes on.
 */
import { writeSync } from 'node:fs';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import { bytes, commands, nodeOptions } from './node-fixture.js';

/** Large enough that LevelDB begins new logs during a short life. */
const ENTRY_BYTES = 30_000;
const ENTRIES_PER_BATCH = 4;

const storage = await openNodeStorage(nodeOptions(process.argv[2] ?? ''));
let { term } = storage.hardState;
for (let round = 1; ; round++) {
  term += round % 7 === 0 ? 1 : 0;
  const from = storage.log.lastIndex + 1;
  await storage.appendLog({
    hardState: { term, votedFor: 1, commitIndex: storage.appliedIndex },
    truncateFrom: undefined,
    entries: commands(from, ENTRIES_PER_BATCH, term, ENTRY_BYTES),
  });
  const { lastIndex } = storage.log;
  writeSync(1, `${JSON.stringify({ lastIndex, term, start: storage.log.start.index })}\n`);
  for (let index = storage.appliedIndex + 1; index <= from; index++) {
    await storage.applyBatch(index, [{ key: bytes(`key ${index % 20}`), value: bytes(`value ${index}`) }]);
  }
  if (round % 20 === 0) await storage.compactLog(storage.appliedIndex - 10);
}
