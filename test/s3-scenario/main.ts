/**
 * Scenarios of the purge protocol on a real S3 server and real processes: `npm run test:s3`. Needs
 * SEXTON_TEST_S3_ENDPOINT and the usual AWS_* credentials; says so and counts everything as skipped without them.
 * Makes and removes buckets of its own.
 *
 *   SEXTON_TEST_S3_ENDPOINT=http://127.0.0.1:9000 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npm run test:s3
 *   SEXTON_TEST_S3_CASES=plain,versioned        kinds of bucket; each scenario is played on each
 *   SEXTON_TEST_S3_SCENARIOS=sessions,reuse     only these
 *   SEXTON_TEST_S3_OBJECTS=100000               objects of `leader-killed`, over all streams (default)
 *   SEXTON_TEST_S3_AT_ONCE=3                    scenarios side by side (default)
 */
import { adoption } from './scenarios/adoption.js';
import { deadIngestNode } from './scenarios/dead-ingest-node.js';
import { lateObjects } from './scenarios/late-objects.js';
import { leaderKilled } from './scenarios/leader-killed.js';
import { ownershipMarker } from './scenarios/ownership-marker.js';
import { prefixReuse } from './scenarios/prefix-reuse.js';
import { sessions } from './scenarios/sessions.js';
import { readSettings, type BucketKind, type Settings } from './settings.js';
import { say, Skipped, Stage, type Scenario } from './stage.js';

/** The longest waits first, so that they overlap with the others. */
const SCENARIOS: readonly Scenario[] = [
  leaderKilled,
  prefixReuse,
  adoption,
  sessions,
  deadIngestNode,
  lateObjects,
  ownershipMarker,
];

type Verdict = 'passed' | 'failed' | 'skipped';

async function play(settings: Settings, kind: BucketKind, scenario: Scenario): Promise<Verdict> {
  const { name, about, run } = scenario;
  const startMs = performance.now();
  let stage: Stage | undefined;
  let verdict: Verdict = 'failed';
  try {
    stage = await Stage.open(settings, kind, name);
    stage.say(about);
    await run(stage);
    verdict = 'passed';
  } catch (error) {
    if (error instanceof Skipped) verdict = 'skipped';
    const text = error instanceof Error ? error : new Error(String(error));
    say(`${kind} ${name}: ${verdict === 'skipped' ? 'SKIPPED: ' : ''}${text.message}`);
    if (verdict === 'failed' && !text.message.startsWith('WRONG')) say(text.stack ?? '');
  } finally {
    await stage?.close(verdict !== 'failed');
  }
  say(`${kind} ${name}: ${verdict} after ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
  return verdict;
}

/** Those that want the machine for themselves first, the others side by side. */
async function playAll(settings: Settings, scenarios: readonly Scenario[]): Promise<Verdict[]> {
  const runs = settings.kinds.flatMap((kind) => scenarios.map((scenario) => ({ kind, scenario })));
  const verdicts: Verdict[] = [];
  const alone = runs.filter(({ scenario }) => scenario.alone === true);
  for (const { kind, scenario } of alone) verdicts.push(await play(settings, kind, scenario));
  const rest = runs.filter((run) => !alone.includes(run)).values();
  await Promise.all(
    Array.from({ length: settings.atOnce }, async () => {
      for (const { kind, scenario } of rest) verdicts.push(await play(settings, kind, scenario));
    }),
  );
  return verdicts;
}

const settings = readSettings(
  process.env,
  SCENARIOS.map(({ name }) => name),
);
const chosen = SCENARIOS.filter(({ name }) => settings?.scenarios?.includes(name) ?? true);
let verdicts: Verdict[];
if (settings === undefined) {
  process.stdout.write(
    'SKIPPED: set SEXTON_TEST_S3_ENDPOINT and AWS_* credentials to run this against a real S3 server\n',
  );
  verdicts = chosen.map(() => 'skipped');
} else {
  say(`${settings.endpoint}, buckets ${settings.kinds.join(' and ')}`);
  verdicts = await playAll(settings, chosen);
}
const count = (verdict: Verdict): number => verdicts.filter((each) => each === verdict).length;
process.stdout.write(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped\n`);
process.exitCode = count('failed') === 0 ? 0 : 1;
