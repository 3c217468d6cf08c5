/**
 * `sexton audit` and `sexton adopt`, by the command line: residue of every kind is planted beside streams that live and
 * folders that are nobody's. The audit finds it all and accuses nothing else; adoption leaves alone what is young,
 * tells what it would do, and with --yes purges the residue and nothing else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditFinding, AuditSummary, SextonClient } from '../../../src/client/index.js';
import { EXIT_STATUS } from '../../../src/shared/fatal.js';
import { AgingProxy } from '../aging-proxy.js';
import { countText } from '../bucket.js';
import type { Scenario, Stage } from '../stage.js';

const OF_EACH_KIND = 5;
const OBJECTS = 12;
const GONE_NODE = '0123456789abcde';
const DAY_MS = 24 * 3_600_000;
/** Above the second to which a store's times are rounded, and the margin for clocks. */
const CLEARLY_LATER_MS = 4_000;

function dataKey(prefix: string, day = '01'): string {
  const file = `ingestor-a${GONE_NODE}.data.01J0ABCDEFGHJKMNPQRSTVWXYZ.parquet`;
  return `${prefix}date=2026-01-${day}/hour=01/minute=02/${file}`;
}

interface Planted {
  /** `KIND prefix`, sorted. */
  readonly findings: readonly string[];
  /** What an adoption as deleted takes. */
  readonly residue: readonly string[];
  readonly untouched: readonly string[];
}

async function plant(stage: Stage, client: SextonClient): Promise<Planted> {
  const { bucket } = stage;
  const findings: string[] = [];
  const residue: string[] = [];
  const untouched: string[] = [];
  await bucket.put(
    '.parseable/.parseable.json',
    JSON.stringify({ deployment_id: 'scenario', server_mode: 'Query' }),
  );
  for (const id of ['0a1b2c3d4e5f6a7', '7f6e5d4c3b2a190'])
    await bucket.put(`.parseable/ingestor.${id}.json`, '{}');
  const purged: string[] = [];
  for (let nth = 0; nth < OF_EACH_KIND; nth++) {
    const gone = await client.createStream({ name: `purged-${nth}` });
    await client.deleteStream({ name: gone.name, gracePeriodMs: 0 });
    purged.push(gone.prefix);
    const late = await client.createStream({ name: `late-${nth}`, prefix: `late-${nth}/` });
    await bucket.put(dataKey(late.prefix), 'in time');
    await client.deleteStream({ name: late.name, gracePeriodMs: DAY_MS });
  }
  for (let nth = 0; nth < OF_EACH_KIND; nth++) await stage.untilPurged(client, `purged-${nth}`);
  await sleep(CLEARLY_LATER_MS);
  for (let nth = 0; nth < OF_EACH_KIND; nth++) {
    const former = purged[nth] as string;
    await bucket.put(dataKey(former), 'written after the purge');
    residue.push(former);
    findings.push(`PURGED_PREFIX ${former}`);
    await bucket.put(dataKey(`late-${nth}/`, '02'), 'written after the tombstone');
    untouched.push(`late-${nth}/`);
    findings.push(`LATE_OBJECTS late-${nth}/`);
    await stage.fill(`residue-${nth}/`, OBJECTS);
    for (const file of [
      '.stream.json',
      '.schema',
      '.ingestor.0a1b2c3d4e5f6a7.stream.json',
      '.ingestor.7f6e5d4c3b2a190.stream.json',
    ])
      await bucket.deleteAll(`residue-${nth}/.stream/${file}`);
    residue.push(`residue-${nth}/`);
    findings.push(`RESIDUE residue-${nth}/`);
    await bucket.leaveUpload(dataKey(`parts-${nth}/`));
    residue.push(`parts-${nth}/`);
    findings.push(`UNFINISHED_UPLOAD parts-${nth}/`);

    const live = await client.createStream({ name: `live-${nth}`, prefix: `live-${nth}/` });
    await stage.fill(live.prefix, OBJECTS);
    await bucket.put(`${live.prefix}.stream/.ingestor.${GONE_NODE}.stream.json`, '{}');
    await bucket.leaveUpload(dataKey(live.prefix, '03'));
    findings.push(`GONE_NODE_METADATA ${live.prefix}`, `UNFINISHED_UPLOAD ${live.prefix}`);
    await stage.fill(`unknown-${nth}/`, OBJECTS);
    findings.push(`UNKNOWN_STREAM unknown-${nth}/`);
    await bucket.put(`foreign-${nth}/cat.jpg`, 'cat');
    findings.push(`FOREIGN foreign-${nth}/`);
    untouched.push(live.prefix, `unknown-${nth}/`, `foreign-${nth}/`);
  }
  return { findings: findings.sort(), residue, untouched };
}

interface Audited {
  readonly findings: readonly AuditFinding[];
  readonly summary: AuditSummary;
}

async function audit(stage: Stage, endpoints: readonly string[]): Promise<Audited> {
  const ran = await stage.program(['audit', '-o', 'json', `--endpoints=${endpoints.join()}`]);
  stage.must(ran.code === EXIT_STATUS.OK, `the audit ended with ${ran.code}: ${ran.stderr}`);
  const lines = ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditFinding | AuditSummary);
  const summary = lines.find((line) => line.kind === 'summary');
  stage.must(summary?.complete === true, 'the audit is complete');
  return { findings: lines.filter((line) => line.kind === 'finding'), summary };
}

function saidBy({ findings }: Audited): string[] {
  return findings.map(({ finding, prefix }) => `${finding} ${prefix}`).sort();
}

function difference(expected: readonly string[], said: readonly string[]): string {
  const missing = expected.filter((line) => !said.includes(line));
  const wrong = said.filter((line) => !expected.includes(line));
  return `not found: ${missing.join('; ') || 'nothing'}. Wrongly said: ${wrong.join('; ') || 'nothing'}`;
}

async function run(stage: Stage): Promise<void> {
  const proxy = await AgingProxy.start(stage.settings.endpoint);
  stage.defer(() => proxy.close());
  const { client, cluster } = await stage.cluster({
    endpoint: proxy.url,
    serveArguments: ['--sweep-after=1h'],
  });
  const { endpoints } = cluster;
  const adopt = (...more: string[]) =>
    stage.program([
      'adopt',
      '--all',
      '--as=deleted',
      '--grace-period=0s',
      `--endpoints=${endpoints.join()}`,
      ...more,
    ]);
  const planted = await plant(stage, client);
  const before = new Map<string, string>();
  for (const prefix of [...planted.untouched, ...planted.residue])
    before.set(prefix, countText(await stage.bucket.count(prefix)));
  const mustBeAsBefore = async (prefixes: readonly string[], when: string): Promise<void> => {
    for (const prefix of prefixes) {
      const now = countText(await stage.bucket.count(prefix));
      stage.must(now === before.get(prefix), `${prefix} holds ${now} ${when}; it held ${before.get(prefix)}`);
    }
  };

  const young = await audit(stage, endpoints);
  stage.must(saidBy(young).join() === planted.findings.join(), difference(planted.findings, saidBy(young)));
  await adopt('--yes');
  await mustBeAsBefore(planted.residue, 'after an adoption, which must leave young residue alone');
  stage.say(
    `${planted.findings.length} findings planted and found, nothing else accused, in ${young.summary.elapsedMs} ms; ` +
      'what is young is not adopted',
  );

  proxy.exceptPrefix = 'late-';
  proxy.agedMs = 3 * DAY_MS;
  const old = await audit(stage, endpoints);
  stage.must(saidBy(old).join() === planted.findings.join(), difference(planted.findings, saidBy(old)));
  // Deletes of the purges before may still be on their way: nobody is let in before they have died (P11).
  let fencedUntilMs = 0;
  for (let nth = 0; nth < OF_EACH_KIND; nth++) {
    const { stream } = await client.getStream({ name: `purged-${nth}` });
    fencedUntilMs = Math.max(fencedUntilMs, stream.reusableAfterMs ?? 0);
  }
  await sleep(Math.max(0, fencedUntilMs + 1_000 - Date.now()));
  const dry = await adopt();
  stage.must(
    dry.code === EXIT_STATUS.OK && dry.stderr.includes(`adopts ${planted.residue.length} streams`),
    `a dry adoption would take the ${planted.residue.length} that are residue; it ended with ${dry.code}: ${dry.stderr}`,
  );
  await mustBeAsBefore(planted.residue, 'after a dry adoption');
  const wet = await adopt('--yes');
  stage.must(wet.code === EXIT_STATUS.OK, `adopt --yes ended with ${wet.code}: ${wet.stderr}`);
  for (const prefix of planted.residue)
    await stage.until(`${prefix} is purged`, async () => {
      const { versions, markers, uploads } = await stage.bucket.count(prefix);
      return versions + markers + uploads === 0;
    });
  await stage.until('every purge but those in their grace is over', async () => {
    const { summary } = await client.listPurgesPage();
    return summary.running + summary.retrying + summary.blocked === 0;
  });
  await mustBeAsBefore(planted.untouched, 'after the residue was purged');
  const left = saidBy(await audit(stage, endpoints));
  const expected = planted.findings.filter(
    (line) => !planted.residue.includes(line.slice(line.indexOf(' ') + 1)),
  );
  stage.must(left.join() === expected.join(), difference(expected, left));
  stage.say(
    `${planted.residue.length} pieces of residue adopted and purged, ${planted.untouched.length} prefixes untouched`,
  );
}

export const adoption: Scenario = {
  name: 'adoption',
  about: 'residue of every kind is found by an audit, nothing else accused, adopted and purged',
  run,
};
