/**
 * Scenarios beside a running Parseable: `npm run test:parseable`. It starts Sexton's processes by itself, and takes the
 * rest from the environment. Without it the scenarios are skipped, and the output says what is missing.
 *
 *   P_USERNAME, P_PASSWORD                    what the Parseable nodes run with
 *   P_S3_URL, P_S3_BUCKET, P_S3_REGION, ...   their bucket; AWS_* where P_S3_* says nothing
 *   SEXTON_TEST_PARSEABLE_QUERY=http://query-1:8000
 *   SEXTON_TEST_PARSEABLE_INGEST=http://ingest-1:8000,http://ingest-2:8000
 *   SEXTON_TEST_PARSEABLE_STANDALONE=http://parseable:8000
 *   SEXTON_TEST_PARSEABLE_STANDALONE_BUCKET=logs      on the same server; default: P_S3_BUCKET, when there is no query node
 *   SEXTON_TEST_PARSEABLE_STOP_INGEST, _START_INGEST  shell commands that kill and start the last ingest node
 *   SEXTON_TEST_PARSEABLE_STOP_QUERY, _START_QUERY    the same for the query node
 *   SEXTON_TEST_PARSEABLE_UPLOAD_DEADLINE=2m          of the helper (default: its own)
 *   SEXTON_TEST_PARSEABLE_SWEEP_AFTER=3m,6m           of the nodes (default)
 *   SEXTON_TEST_PARSEABLE_OBJECTS=10000               of `leader-killed` (default)
 *   SEXTON_TEST_PARSEABLE_SCENARIOS=undelete,reborn   only these
 *
 * Needs a deployment that is there to be tested: it makes streams, adopts all that it finds, and removes its own.
 */
import { clientsNeverStop, discardNewWrites } from './scenarios/clients-never-stop.js';
import {
  createdAgain,
  createdByParseable,
  defaultPrefix,
  deletedByParseable,
  outsideAscii,
} from './scenarios/catalog-and-parseable.js';
import { firstLook } from './scenarios/first-look.js';
import { gateway, gatewayAtRest } from './scenarios/gateway.js';
import { healthyDelete } from './scenarios/healthy-delete.js';
import { ingestDown, ingestKilled, queryKilled } from './scenarios/node-outage.js';
import { helperKilled, leaderKilled } from './scenarios/process-deaths.js';
import { reborn } from './scenarios/reborn.js';
import { residue, staleNode } from './scenarios/residue.js';
import { standalone, standaloneHelperAway } from './scenarios/standalone.js';
import { undelete, undeleteTooLate } from './scenarios/undelete.js';
import { readSettings, type Deployment, type Settings } from './settings.js';
import { seconds, Stage, type Scenario } from './stage.js';
import { say, Wrong } from './waiting.js';
import { World } from './world.js';

const SCENARIOS: readonly Scenario[] = [
  firstLook,
  healthyDelete,
  undelete,
  undeleteTooLate,
  clientsNeverStop,
  discardNewWrites,
  reborn,
  residue,
  staleNode,
  outsideAscii,
  createdByParseable,
  deletedByParseable,
  defaultPrefix,
  createdAgain,
  gateway,
  gatewayAtRest,
  ingestKilled,
  ingestDown,
  queryKilled,
  helperKilled,
  leaderKilled,
  standalone,
  standaloneHelperAway,
];

type Verdict = 'PASS' | 'FAIL' | 'SKIP';

interface Outcome {
  readonly scenario: Scenario;
  readonly verdict: Verdict;
  readonly durationMs: number;
  readonly text: string;
}

function skipped(scenario: Scenario, why: string): Outcome {
  say(`${scenario.name}: SKIPPED: ${why}`);
  return { scenario, verdict: 'SKIP', durationMs: 0, text: why };
}

/** Undefined: the world has all that the scenario needs. */
function lacking({ needs }: Scenario, { deployment }: World): string | undefined {
  if (needs === 'ingest switch' && deployment.switches.ingest === undefined)
    return 'set SEXTON_TEST_PARSEABLE_STOP_INGEST and SEXTON_TEST_PARSEABLE_START_INGEST';
  if (needs === 'query switch' && deployment.switches.query === undefined)
    return 'set SEXTON_TEST_PARSEABLE_STOP_QUERY and SEXTON_TEST_PARSEABLE_START_QUERY';
  return undefined;
}

async function play(world: World, scenario: Scenario): Promise<Outcome> {
  const lack = lacking(scenario, world);
  if (lack !== undefined) return skipped(scenario, lack);
  const stage = new Stage(world, scenario);
  const startMs = performance.now();
  stage.say(scenario.about);
  const end = (verdict: Verdict, text: string): Outcome => {
    const durationMs = performance.now() - startMs;
    stage.say(`${verdict} after ${seconds(durationMs)} s: ${text}`);
    return { scenario, verdict, durationMs, text };
  };
  try {
    await scenario.run(stage);
    return end('PASS', stage.numbers);
  } catch (error) {
    if (!(error instanceof Wrong)) say((error as Error).stack ?? String(error));
    const numbers = stage.numbers === '' ? '' : `; before that: ${stage.numbers}`;
    return end('FAIL', `${(error as Error).message}${numbers}`);
  }
}

/** Most of their time is waiting: those that do not disturb each other run side by side. */
async function playAll(
  settings: Settings,
  deployment: Deployment,
  scenarios: readonly Scenario[],
): Promise<readonly Outcome[]> {
  const world = await World.open(settings, deployment);
  const outcomes: Outcome[] = [];
  try {
    const inTurn = (turn: Scenario['turn']) => scenarios.filter((scenario) => scenario.turn === turn);
    for (const scenario of inTurn('first')) outcomes.push(await play(world, scenario));
    outcomes.push(...(await Promise.all(inTurn('beside others').map((scenario) => play(world, scenario)))));
    for (const scenario of inTurn('alone')) outcomes.push(await play(world, scenario));
  } finally {
    await world.close(outcomes.every(({ verdict }) => verdict !== 'FAIL'));
  }
  return outcomes;
}

function line({ scenario, verdict, durationMs, text }: Outcome): string {
  const duration = verdict === 'SKIP' ? '' : `${seconds(durationMs)} s`;
  return `${verdict}  ${scenario.name.padEnd(24)}${duration.padStart(7)}  ${text}\n`;
}

async function main(): Promise<number> {
  const settings = readSettings(
    process.env,
    SCENARIOS.map(({ name }) => name),
  );
  const chosen = SCENARIOS.filter(({ name }) => settings.scenarios?.includes(name) ?? true);
  const groups = await Promise.all(
    (['distributed', 'standalone'] as const).map(async (kind) => {
      const scenarios = chosen.filter((scenario) => scenario.kind === kind);
      const deployment = settings[kind];
      if (deployment === undefined) {
        const why = `no ${kind} Parseable: set ${settings.missing[kind]}`;
        return scenarios.map((scenario) => skipped(scenario, why));
      }
      return scenarios.length === 0 ? [] : playAll(settings, deployment, scenarios);
    }),
  );
  const outcomes = groups.flat();
  const at = ({ scenario }: Outcome): number => SCENARIOS.indexOf(scenario);
  process.stdout.write('\n');
  for (const outcome of [...outcomes].sort((a, b) => at(a) - at(b))) process.stdout.write(line(outcome));
  const count = (verdict: Verdict): number =>
    outcomes.filter((outcome) => outcome.verdict === verdict).length;
  process.stdout.write(`${count('PASS')} passed, ${count('FAIL')} failed, ${count('SKIP')} skipped\n`);
  return count('FAIL') === 0 ? 0 : 1;
}

process.exitCode = await main();
