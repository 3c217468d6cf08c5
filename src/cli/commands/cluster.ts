/** `status`, `health` and `leader transfer`: the cluster itself. */
import { type Command, Option } from 'commander';
import type { NodeStatus, SextonClient } from '../../client/index.js';
import { SextonError } from '../../shared/errors.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, reportError, type ClientFlags, withClient } from '../client-options.js';
import { tableColumns, type CliIo } from '../io.js';
import { healthLine, leaderStatusText, nodeStatusTable } from '../render.js';
import { paintFor } from '../style.js';
import { wholeNumberFlag } from './parse.js';

export function addCluster(program: Command, io: CliIo, exit: (status: number) => void): void {
  addClientOptions(
    program.command('status').description('who leads, how far each member is, streams and purges'),
  )
    .addHelpText('after', '\nWithout a leader it shows what each node says of itself, and ends with 2.')
    .action(async (flags: ClientFlags) => {
      exit(await withClient(io, flags, (client) => status(io, flags, client)));
    });

  addClientOptions(
    program
      .command('health')
      .description('a real linearizable read through each endpoint; 0 only if all work'),
  )
    .addHelpText('after', '\nExample:\n  sexton health --endpoints 127.0.0.1:7401 --timeout 2s')
    .action(async (flags: ClientFlags) => {
      exit(await withClient(io, flags, (client) => health(io, flags, client)));
    });

  const leader = program.command('leader').description('move the lead');
  addClientOptions(
    leader.command('transfer').description('hand the lead to another member, without an election timeout'),
  )
    .addOption(
      new Option('--to <member-id>', 'default: the most up-to-date voter')
        .default(0, 'any')
        .argParser(wholeNumberFlag(1, 0xffff_ffff)),
    )
    .addHelpText('after', '\nExample:\n  sexton leader transfer --to 2')
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

interface NodeAnswer {
  readonly endpoint: string;
  readonly status: NodeStatus | SextonError;
}

/** An election takes a second or two; after that a cluster without a leader is one, and its nodes are shown. */
const LEADER_TIMEOUT_MS = 5_000;

async function status(io: CliIo, flags: ClientFlags, client: SextonClient): Promise<number> {
  const look = { columns: tableColumns(io), paint: paintFor(io) };
  const timeoutMs = Math.min(flags.timeout, LEADER_TIMEOUT_MS);
  const hopeless = new AbortController();
  const asked = askEachNode(client, timeoutMs).then((nodes) => {
    // Where no node can be reached there is no leader to wait for either.
    const error = nodes.every((node) => node.status instanceof SextonError) ? nodes[0]?.status : undefined;
    if (error !== undefined) hopeless.abort(error);
    return nodes;
  });
  try {
    const answer = await client.leaderStatus({ timeoutMs, signal: hopeless.signal });
    io.stdout(
      flags.output === 'json'
        ? `${JSON.stringify(answer, undefined, 2)}\n`
        : leaderStatusText(answer, Date.now(), look),
    );
    return EXIT_STATUS.OK;
  } catch (error) {
    if (!(error instanceof SextonError)) throw error;
    if (error.reason === 'CANCELLED') throw error;
    const nodes = await asked;
    if (flags.output === 'json') {
      const described = nodes.map(({ endpoint, status: said }) =>
        said instanceof SextonError ? { endpoint, error: said.message } : { endpoint, ...said },
      );
      io.stdout(`${JSON.stringify({ leader: null, nodes: described }, undefined, 2)}\n`);
    } else {
      io.stdout(nodeStatusTable(nodes, look));
    }
    reportError(io, error, flags.output);
    return EXIT_STATUS.UNAVAILABLE;
  }
}

function askEachNode(client: SextonClient, timeoutMs: number): Promise<readonly NodeAnswer[]> {
  return Promise.all(
    client.endpoints.map(async (endpoint) => {
      try {
        return { endpoint, status: await client.nodeStatus(endpoint, { timeoutMs }) };
      } catch (error) {
        if (error instanceof SextonError) return { endpoint, status: error };
        throw error;
      }
    }),
  );
}

async function health(io: CliIo, flags: ClientFlags, client: SextonClient): Promise<number> {
  const answers = await Promise.all(
    client.endpoints.map((endpoint) => client.checkHealth(endpoint, { timeoutMs: flags.timeout })),
  );
  if (flags.output === 'json') {
    const printable = answers.map((answer) =>
      answer.healthy ? answer : { ...answer, error: answer.error.message },
    );
    io.stdout(`${JSON.stringify(printable, undefined, 2)}\n`);
  } else {
    for (const answer of answers) io.stdout(healthLine(answer, paintFor(io)));
  }
  return answers.every(({ healthy }) => healthy) ? EXIT_STATUS.OK : EXIT_STATUS.UNAVAILABLE;
}
