/**
 * Real processes under real faults: `npm run test:chaos`. See README.md beside this file.
 *
 * A cluster of built nodes with real directories, clients that record what they are told, nemeses that kill,
 * stop, cut, fill and damage; then everything is mended and checked.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Prng } from '../sim/prng.js';
import { ChaosCluster } from './cluster.js';
import { finalChecks } from './final-checks.js';
import { History } from './history.js';
import { NamespaceNetwork, whyNoNamespaces } from './namespace-network.js';
import type { Arena, Nemesis } from './nemeses/arena.js';
import { NEMESES } from './nemeses/index.js';
import type { Network } from './network.js';
import { Objects } from './objects.js';
import { parseOptions, USAGE, type ChaosOptions, type NetworkKind } from './options.js';
import { ProxyNetwork } from './proxy-network.js';
import { runNemeses } from './schedule.js';
import { Workload } from './workload.js';

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js');
/** Beyond the members: those that come and go. */
const SPARE_SLOTS = 2;
const LEADER_WITHIN_MS = 30_000;
/** The part of the time that goes to namespaces when there are both networks. */
const NAMESPACES_SHARE = 0.3;

const startedMs = performance.now();

function secondsAt(atMs: number): string {
  return ((atMs - startedMs) / 1_000).toFixed(1);
}

function say(text: string): void {
  process.stdout.write(`${secondsAt(performance.now()).padStart(7)} s  ${text}\n`);
}

/** One storm on one network. Answers with what did not hold. */
async function storm(
  network: Network,
  options: ChaosOptions,
  seconds: number,
  directory: string,
): Promise<string[]> {
  const failures: string[] = [];
  const fail = (text: string): void => {
    failures.push(text);
    say(`FAILED: ${text}`);
  };
  const prng = new Prng(options.seed).fork(network.description);
  const cluster = await ChaosCluster.create({
    network,
    size: options.nodes,
    slots: options.nodes + SPARE_SLOTS,
    directory,
    program: [process.execPath, PROGRAM],
    died: (node, { status, signal }) => {
      fail(`member ${node.memberId} ended by itself with ${signal ?? String(status)}: ${node.lastWords}`);
    },
  });
  const closeNow = (): void => {
    cluster.closeNow();
    network.closeNow();
  };
  process.once('exit', closeNow);
  const history = new History();
  try {
    say(`${options.nodes} members on ${network.description}, in ${directory}`);
    cluster.start();
    if ((await cluster.waitForLeader(LEADER_WITHIN_MS)) === undefined) {
      return [`no leader within ${LEADER_WITHIN_MS} ms after the first start`];
    }
    const objects = new Objects(cluster.bucket);
    const workload = new Workload(cluster.endpoints, prng.fork('workload'), history, objects);
    const arena: Arena = { cluster, network, workload, prng: prng.fork('nemeses'), say, fail };
    const nemeses = await usable(arena, options);
    workload.start();
    const { counts } = await runNemeses(arena, nemeses, seconds);
    await workload.stop();
    say('the storm is over');
    const { filled } = workload;
    failures.push(...(await finalChecks({ cluster, history, objects, filled, say })));
    const { answered, refused, unknown, notDone } = history.counts;
    say(`strikes: ${[...counts].map(([name, count]) => `${count} ${name}`).join(', ')}`);
    say(
      `calls: ${answered} answered, ${refused} refused by the rules, ${unknown} unknown, ${notDone} not done; ` +
        `${filled.length} pipelined creates`,
    );
    const silences = workload.silences
      .slice(0, 5)
      .map(({ fromMs, toMs }) => `${secondsAt(fromMs)} to ${secondsAt(toMs)} s`);
    say(`without an answer to anybody, longest first: ${silences.join(', ')}`);
    say(`objects: ${objects.writtenCount} written, ${objects.strayCount} of them too late to be covered`);
    return failures;
  } finally {
    process.off('exit', closeNow);
    if (failures.length > 0) {
      const lines = history.calls.map((call) => JSON.stringify(call)).join('\n');
      await writeFile(join(directory, 'history.jsonl'), `${lines}\n`);
    }
    await cluster.close();
  }
}

async function usable(arena: Arena, { only }: ChaosOptions): Promise<Nemesis[]> {
  const chosen = NEMESES.filter(({ name }) => only.length === 0 || only.includes(name));
  const nemeses: Nemesis[] = [];
  for (const nemesis of chosen) {
    const why = await nemesis.whyNot?.(arena);
    if (why === undefined) nemeses.push(nemesis);
    else say(`SKIPPED: ${nemesis.name}: ${why}`);
  }
  return nemeses;
}

async function networksOf({ networks }: ChaosOptions): Promise<NetworkKind[]> {
  if (!networks.includes('namespaces')) return [...networks];
  const why = await whyNoNamespaces();
  if (why === undefined) return [...networks];
  say(`SKIPPED: namespaces: ${why}`);
  return networks.filter((kind) => kind !== 'namespaces');
}

async function main(options: ChaosOptions): Promise<number> {
  say(`seed ${options.seed}`);
  const kinds = await networksOf(options);
  const base = await mkdtemp(join(tmpdir(), 'sexton-chaos-'));
  const failures: string[] = [];
  for (const kind of kinds) {
    const share = kinds.length === 1 ? 1 : kind === 'namespaces' ? NAMESPACES_SHARE : 1 - NAMESPACES_SHARE;
    const slots = options.nodes + SPARE_SLOTS;
    const network = await (kind === 'proxies' ? ProxyNetwork : NamespaceNetwork).create(slots);
    try {
      failures.push(...(await storm(network, options, options.seconds * share, join(base, kind))));
    } catch (error) {
      failures.push(`the run itself failed: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
    } finally {
      await network.close();
    }
  }
  if (failures.length === 0) {
    if (!options.keep) await rm(base, { recursive: true, force: true });
    say(`everything held; seed ${options.seed}`);
    return 0;
  }
  process.stdout.write(`\n${failures.length} things did not hold:\n\n${failures.join('\n\n')}\n\n`);
  const only = options.only.length === 0 ? '' : ` --only ${options.only.join(',')}`;
  process.stdout.write(
    `Logs, directories and history: ${base}\n` +
      `The same storm again (processes are real, so that it may take another course):\n` +
      `  npm run test:chaos -- --seed ${options.seed} --seconds ${options.seconds} --nodes ${options.nodes}` +
      `${only} --network ${options.networks.join(',')}\n`,
  );
  return 1;
}

function optionsOrExit(): ChaosOptions {
  try {
    const options = parseOptions(process.argv.slice(2));
    const unknown = options.only.filter((name) => !NEMESES.some((nemesis) => nemesis.name === name));
    if (unknown.length > 0) {
      const names = NEMESES.map(({ name }) => name).join(', ');
      throw new Error(`--only: there is no ${unknown.join(', ')}; there are ${names}`);
    }
    if (options.help) {
      process.stdout.write(`${USAGE}\n\nNemeses: ${NEMESES.map(({ name }) => name).join(', ')}\n`);
      process.exit(0);
    }
    return options;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

const options = optionsOrExit();
if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} is not there: npm run build`);
// The members are processes of their own: they must not outlive this one.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
process.exitCode = await main(options);
