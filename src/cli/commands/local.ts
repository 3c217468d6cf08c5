/** `dev` and `demo`: clusters of processes on this machine. */
import { type Command, Option } from 'commander';
import { reportError } from '../client-options.js';
import { tableColumns, type CliIo } from '../io.js';
import { leaderStatusText } from '../render.js';
import { paintFor } from '../style.js';
import { wholeNumberFlag } from './parse.js';

interface DevFlags {
  readonly dataDir: string;
  readonly basePort: number;
  readonly nodes: number;
  readonly objectStore: string;
}

interface DemoFlags {
  readonly streams: number;
  readonly objects: number;
  readonly basePort: number;
  readonly keep: boolean;
}

async function printStatus(io: CliIo, endpoints: readonly string[]): Promise<void> {
  const { SextonClient } = await import('../../client/index.js');
  const client = new SextonClient({ endpoints });
  try {
    const look = { columns: tableColumns(io), paint: paintFor(io) };
    io.stdout(leaderStatusText(await client.leaderStatus(), Date.now(), look));
  } finally {
    client.close();
  }
}

export function addLocal(program: Command, io: CliIo, exit: (status: number) => void): void {
  const output = { write: io.stdout, isTerminal: io.isTerminal };
  const statusOf = (endpoints: readonly string[]): Promise<void> => printStatus(io, endpoints);

  program
    .command('dev')
    .description('run a cluster on this machine, until interrupted')
    .addOption(new Option('--data-dir <path>', 'data and logs of all nodes').default('./sexton-data'))
    .addOption(
      new Option('--base-port <port>', 'first gRPC port; HTTP is 10 above; 0 = any free ones')
        .default(7401)
        .argParser(wholeNumberFlag(0, 65_000)),
    )
    .addOption(new Option('--nodes <number>', 'how many').default(3).argParser(wholeNumberFlag(1, 5)))
    .addOption(new Option('--object-store <url>', 'default: a directory beside the data').default(''))
    .addHelpText('after', '\nExample:\n  sexton dev --data-dir ./sexton-data\n  sexton status')
    .action(async ({ dataDir, basePort, nodes, objectStore }: DevFlags) => {
      try {
        const { runDev } = await import('../../demo/dev.js');
        const options = { dataDirectory: dataDir, basePort, nodes, objectStore };
        exit(await runDev(options, { output, printStatus: statusOf, stop: io.interrupt }));
      } catch (error) {
        exit(reportError(io, error));
      }
    });

  program
    .command('demo')
    .description('the main job, told: three nodes, a purge, a killed leader, a count of what is left')
    .addOption(new Option('--streams <number>', 'how many').default(4).argParser(wholeNumberFlag(3, 50)))
    .addOption(
      new Option('--objects <number>', 'over all streams')
        .default(12_000)
        .argParser(wholeNumberFlag(2_000, 1_000_000)),
    )
    .addOption(
      new Option('--base-port <port>', 'first gRPC port; 0 = any free ones')
        .default(0)
        .argParser(wholeNumberFlag(0, 65_000)),
    )
    .addOption(new Option('--keep', 'leave data and logs behind').default(false))
    .action(async (flags: DemoFlags) => {
      try {
        const { runDemo } = await import('../../demo/demo.js');
        exit(await runDemo(flags, { output, printStatus: statusOf }));
      } catch (error) {
        exit(reportError(io, error));
      }
    });
}
