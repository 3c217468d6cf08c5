/** `status`, `health` and `leader transfer`: the cluster itself. */
import { type Command, Option } from 'commander';
import { SextonError, type NodeStatus, type SextonClient } from '../../client/index.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import type { CliIo } from '../io.js';
import { healthLine, leaderStatusText, nodeStatusTable } from '../render.js';
import { wholeNumberFlag } from './parse.js';

export function addCluster(program: Command, io: CliIo, exit: (status: number) => void): void {
  addClientOptions(program.command('status').description('who leads, how far each member is, streams and purges'))
    .addHelpText('after', '\nWithout a leader it shows what each node says of itself, and ends with 2.')
    .action(async (flags: ClientFlags) => {
      exit(await withClient(io, flags, (client) => status(io, flags, client)));
    });

  addClientOptions(program.command('health').description('a real linearizable read through each endpoint; 0 only if all work'))
    .action(async (flags: ClientFlags) => {
      exit(await withClient(io, flags, (client) => health(io, flags, client)));
    });

  const leader = program.command('leader').description('move the lead');
  addClientOptions(leader.command('transfer').description('hand the lead to another member, without an election timeout'))
    .addOption(new Option('--to <member-id>', 'default: the most up-to-date voter').default(0, 'any').argParser(wholeNumberFlag(1, 0xffff_ffff)))
    .action(async (flags: ClientFlags & { readonly to: number }) => {
      exit(
        await withClient(io, flags, async (client) => {
          const answer = await client.transferLeadership(flags.to);
          io.stdout(
            flags.output === 'json'
              ? `${JSON.stringify(answer, undefined, 2)}\n`
              : `member ${answer.leader.memberId} at ${answer.leader.address} leads in term ${answer.term}\n`,
          );
        }),
      );
    });
}

async function status(io: CliIo, flags: ClientFlags, client: SextonClient): Promise<number> {
  try {
    const answer = await client.leaderStatus();
    io.stdout(flags.output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : leaderStatusText(answer, Date.now()));
    return EXIT_STATUS.OK;
  } catch (error) {
    if (!(error instanceof SextonError)) throw error;
    io.stderr(`error: ${error.message}\n`);
    const nodes = await Promise.all(client.endpoints.map(async (endpoint) => ({ endpoint, status: await nodeStatus(client, endpoint) })));
    if (flags.output === 'json') {
      const printable = nodes.map(({ endpoint, status: said }) => ({ endpoint, ...(said instanceof Error ? { error: said.message } : said) }));
      io.stdout(`${JSON.stringify(printable, undefined, 2)}\n`);
    } else {
      io.stdout(nodeStatusTable(nodes));
    }
    return EXIT_STATUS.UNAVAILABLE;
  }
}

async function nodeStatus(client: SextonClient, endpoint: string): Promise<NodeStatus | Error> {
  try {
    return await client.nodeStatus(endpoint);
  } catch (error) {
    if (error instanceof SextonError) return error;
    throw error;
  }
}

async function health(io: CliIo, flags: ClientFlags, client: SextonClient): Promise<number> {
  const answers = await Promise.all(client.endpoints.map((endpoint) => client.checkHealth(endpoint)));
  if (flags.output === 'json') {
    const printable = answers.map((answer) => (answer.healthy ? answer : { ...answer, error: answer.error.message }));
    io.stdout(`${JSON.stringify(printable, undefined, 2)}\n`);
  } else {
    for (const answer of answers) io.stdout(healthLine(answer));
  }
  return answers.every(({ healthy }) => healthy) ? EXIT_STATUS.OK : EXIT_STATUS.UNAVAILABLE;
}
