/** Where the catalog and Parseable have to agree on a stream: its name, its prefix, and whether it exists. */
import { readFile } from 'node:fs/promises';
import type { AuditFinding } from '../../../src/client/index.js';
import { LEFTOVERS } from '../names.js';
import { seconds, type Scenario, type Stage } from '../stage.js';
import { eventsOf, type TestStream, UPLOAD_CYCLE_MS } from '../test-stream.js';
import { untilTrue } from '../waiting.js';

const ON_EACH = 50;
const SECOND_LIFE_ON_EACH = 250;
const REUSABLE_WITHIN_MS = 180_000;
/** The helper compares once a minute: listed twice in a row, or absent for a minute. */
const COMPARED_WITHIN_MS = 240_000;

async function findingOf(stage: Stage, { prefix }: TestStream): Promise<AuditFinding | undefined> {
  for await (const item of stage.world.client.auditStorage({ prefix }))
    if (item.kind === 'finding' && item.prefix === prefix && item.finding !== 'USAGE') return item;
  return undefined;
}

// --------------------------------------------------------------------------------------- outside ASCII

async function deleteOutsideAscii(stage: Stage): Promise<void> {
  const stream = stage.stream('größe');
  const { query, ingest } = stage.world;
  stage.must((await query.create(stream.name)) === 200, `Parseable must create ${stream.name}`);
  for (const node of ingest) {
    const status = await node.append(stream.name, eventsOf(stream.name, ON_EACH));
    stage.must(status === 200, `${node.url} answers ${status} to events for ${stream.name}`);
  }
  // SQL of a query node that knew the stream before its events finds no columns: objects are counted here.
  await untilTrue('events are uploaded', 2 * UPLOAD_CYCLE_MS, async () => {
    return (await stream.dataKeys()).length >= ingest.length;
  });
  const finding = await findingOf(stage, stream);
  stage.must(
    finding?.adoptable === true,
    `${stream.prefix} must be adoptable; the audit says: ${finding?.note}`,
  );
  stream.catalogName = finding.name;
  await stream.adopt();
  const adopted = await stream.inCatalog();
  stage.must(
    adopted?.prefix === stream.prefix,
    `${stream.name} owns ${adopted?.prefix}, not ${stream.prefix}`,
  );
  const purged = await stage.deleteAndPurge(stream);
  await stream.mustStayGoneUntil(stream.sweptByMs(purged), 'after PURGED');
}

export const outsideAscii: Scenario = {
  name: 'outside-ascii',
  about: 'a stream whose name is not ASCII is adopted, forgotten by each node, and purged',
  kind: 'distributed',
  turn: 'beside others',
  run: deleteOutsideAscii,
};

// ------------------------------------------------------------------------------ deleted by Parseable

/** As the helper has said last. */
async function missingStreams({ world }: Stage): Promise<readonly string[]> {
  const lines = (await readFile(world.helper.logFile, 'utf8')).split('\n').slice(0, -1);
  const line = lines.findLast((text) => text.includes('"kind":"comparison"')) ?? '{}';
  const { missingStreams = [] } = JSON.parse(line) as { missingStreams?: readonly { name: string }[] };
  return missingStreams.map(({ name }) => name);
}

async function findDeleted(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(ON_EACH);
  const status = await stage.world.query.remove(stream.name);
  stage.must(status === 200, `Parseable answers ${status} to its own delete`);
  // What an ingest node that the query node did not reach would leave.
  await stage.world.bucket.put(`${stream.prefix}date=2026-01-01/hour=00/minute=00/late.data.0.parquet`, 'x');
  await untilTrue(`the helper shows ${stream.name} as missing`, COMPARED_WITHIN_MS, async () =>
    (await missingStreams(stage)).includes(stream.name),
  );
  stage.note('the helper shows it as missing');
  // MISSING_METADATA is for streams that the catalog has for an hour at least: nothing to wait for here.
  const finding = await findingOf(stage, stream);
  stage.must(
    finding === undefined || !LEFTOVERS.includes(finding.finding),
    `the catalog has ${stream.name}: the audit must not call its data ${finding?.finding}`,
  );
  const purged = await stage.deleteAndPurge(stream);
  await stream.mustStayGoneUntil(stream.sweptByMs(purged, 1), 'after PURGED');
}

export const deletedByParseable: Scenario = {
  name: 'deleted-by-parseable',
  about: "a stream deleted by Parseable's own call is found by the helper, and can be purged",
  kind: 'distributed',
  turn: 'beside others',
  run: findDeleted,
};

// ------------------------------------------------------------------------------ created by Parseable

async function adoptedByHelper(stage: Stage): Promise<void> {
  const stream = stage.stream();
  const createdMs = Date.now();
  await stream.sendToEach(ON_EACH);
  await untilTrue(`the helper adopts ${stream.name}`, COMPARED_WITHIN_MS, () => stream.isAdopted());
  stage.note(`adopted within ${seconds(Date.now() - createdMs)} s`);
  await stream.untilCount(ON_EACH * stage.world.ingest.length, 'after the adoption');
  await stage.deleteAndPurge(stream);
}

export const createdByParseable: Scenario = {
  name: 'created-by-parseable',
  about: 'the helper adopts a stream that Parseable made for its first event, and it can be purged',
  kind: 'distributed',
  turn: 'beside others',
  run: adoptedByHelper,
};

// ------------------------------------------------------------------------------------- default prefix

async function createByDefault(stage: Stage): Promise<void> {
  const stream = stage.stream();
  const { code, stderr } = await stage.world.program('stream', 'create', stream.name);
  stage.must(code === 0, `stream create ended with ${code}: ${stderr}`);
  const created = await stream.inCatalog();
  stage.must(
    created?.prefix === stream.prefix,
    `stream create owns ${created?.prefix}; in a bucket of Parseable it must own ${stream.prefix}`,
  );
  await stream.sendToEach(ON_EACH);
  await stream.untilCount(ON_EACH * stage.world.ingest.length, 'after stream create');
  const finding = await findingOf(stage, stream);
  stage.must(finding === undefined, `the audit says ${finding?.finding} of ${stream.name}: ${finding?.note}`);
  await stage.deleteAndPurge(stream);
}

export const defaultPrefix: Scenario = {
  name: 'default-prefix',
  about: 'stream create owns NAME/, where Parseable writes',
  kind: 'distributed',
  turn: 'beside others',
  run: createByDefault,
};

// -------------------------------------------------------------------------------- created once more

/** By the command line, until the prefix may be owned again. */
export async function createAgain(stage: Stage, stream: TestStream): Promise<void> {
  let seen = '';
  await untilTrue(
    `${stream.name} can be created again`,
    REUSABLE_WITHIN_MS,
    async () => {
      const ran = await stage.world.program('stream', 'create', stream.name, `--prefix=${stream.prefix}`);
      seen = ran.stderr.trim();
      stage.must(ran.code === 0 || seen.includes('PURGE_PENDING'), `stream create is refused: ${seen}`);
      return ran.code === 0;
    },
    () => seen,
  );
}

async function liveTwice(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(ON_EACH);
  const first = await stage.deleteAndPurge(stream);
  await createAgain(stage, stream);
  const status = await stage.world.query.create(stream.name);
  stage.must(status === 200, `Parseable answers ${status} to the new create`);
  await stream.sendToEach(SECOND_LIFE_ON_EACH);
  const expected = SECOND_LIFE_ON_EACH * stage.world.ingest.length;
  await stream.untilCount(expected, 'in its second life');
  await stream.mustCountUntil(stream.sweptByMs(first), expected, 'while the sweeps of the first life pass');
  stage.note(`second life: ${expected} of ${expected} events after the sweeps`);
  await stage.deleteAndPurge(stream);
}

export const createdAgain: Scenario = {
  name: 'created-again',
  about: 'a name lives twice by the book: purged, created in the catalog, then in Parseable',
  kind: 'distributed',
  turn: 'beside others',
  run: liveTwice,
};
