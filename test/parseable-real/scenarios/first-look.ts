/**
 * A bucket that Parseable has filled and Sexton sees for the first time: an audit accuses nobody, and adopting
 * everything takes in each stream that Parseable lists, Parseable's own streams excepted.
 */
import type { AuditFinding } from '../../../src/client/index.js';
import { LEFTOVERS } from '../names.js';
import type { Scenario, Stage } from '../stage.js';
import { eventsOf, type TestStream } from '../test-stream.js';

/** Parseable's streams about itself: adopting them would have Sexton answer for what it does not own. */
const INTERNAL: readonly string[] = ['pmeta', 'pstats', 'pbilling'];

async function findings(stage: Stage): Promise<readonly AuditFinding[]> {
  const { code, stdout, stderr } = await stage.world.program('audit', '--output=json');
  stage.must(code === 0, `audit ended with ${code}: ${stderr}`);
  const lines = stdout.trim().split('\n');
  const items = lines.map((line) => JSON.parse(line) as AuditFinding | { readonly kind: 'header' });
  return items.filter((item): item is AuditFinding => item.kind === 'finding');
}

async function catalogNames(stage: Stage): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, prefix } of stage.world.client.listStreams())
    if (prefix === `${name}/`) names.push(name);
  return names;
}

async function madeInEachWay(stage: Stage): Promise<readonly TestStream[]> {
  const { query, ingest } = stage.world;
  const byEvents = stage.stream();
  await byEvents.sendToEach(10);
  const created = stage.stream();
  stage.must((await query.create(created.name)) === 200, 'Parseable must create a stream');
  const partitioned = stage.stream();
  const status = await query.create(partitioned.name, { 'x-p-custom-partition': 'stream' });
  stage.must(status === 200, `Parseable must create a stream with a custom partition; it answers ${status}`);
  for (const node of ingest) await node.append(partitioned.name, eventsOf('a=b c', 10));
  return [byEvents, created, partitioned];
}

async function run(stage: Stage): Promise<void> {
  const streams = await madeInEachWay(stage);
  const seen = await findings(stage);
  const accused = seen.filter(
    ({ finding, prefix }) =>
      prefix.startsWith('.') ||
      (LEFTOVERS.includes(finding) && streams.some((stream) => stream.prefix === prefix)),
  );
  stage.must(accused.length === 0, `accused wrongly: ${accused.map(({ prefix }) => prefix).join()}`);
  for (const { prefix } of streams) {
    const mine = seen.find((finding) => finding.prefix === prefix);
    stage.must(
      mine?.finding === 'UNKNOWN_STREAM' && mine.adoptable,
      `${prefix} is complete and nobody's; the audit says ${mine?.finding ?? 'nothing'}: ${mine?.note ?? ''}`,
    );
  }

  const before = await catalogNames(stage);
  await stage.world.program('adopt', '--all');
  stage.must((await catalogNames(stage)).join() === before.join(), 'adopt without --yes must change nothing');
  const { stderr } = await stage.world.program('adopt', '--all', '--yes');
  const adopted = await catalogNames(stage);
  const listed = (await stage.world.query.streams()).filter((name) => !INTERNAL.includes(name));
  const left = listed.filter((name) => /^[\w-]+$/.test(name) && !adopted.includes(name));
  stage.must(left.length === 0, `not adopted: ${left.join()}; ${stderr.trim()}`);
  const wrongly = adopted.filter((name) => INTERNAL.includes(name));
  stage.must(wrongly.length === 0, `adopted, and Parseable's own: ${wrongly.join()}`);
  const again = await findings(stage);
  const unknown = again.filter(({ finding, name }) => finding === 'UNKNOWN_STREAM' && adopted.includes(name));
  stage.must(unknown.length === 0, `still unknown after adoption: ${unknown.map(({ name }) => name).join()}`);
  stage.note(`${seen.length} findings, ${adopted.length} of ${listed.length} streams adopted`);
}

export const firstLook: Scenario = {
  name: 'first-look',
  about: 'an audit of a bucket that Parseable filled accuses nobody, and every stream can be adopted',
  kind: 'distributed',
  turn: 'first',
  run,
};
