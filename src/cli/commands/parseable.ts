/** `sexton parseable ...`: a deployment of Parseable, made to forget what was deleted. */
import { type Command, Option } from 'commander';
import type { SextonClient } from '../../client/index.js';
import { invalidArgument } from '../../shared/errors.js';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, reportError, withClient, type ClientFlags } from '../client-options.js';
import type { CliIo } from '../io.js';
import { printable } from '../table.js';
import { durationOption, logger, nodesFlag, readCertificates, readText } from './parseable-flags.js';
import { addGateway } from './parseable-gateway.js';
import { showSync } from './parseable-status.js';

const HELP = `
Follows the catalog of streams and has every node of a Parseable deployment forget those that are deleted, by
Parseable's own HTTP calls. Nothing happens in the grace period: an undelete finds everything. After it each node that
takes events in is made to forget the stream, and no object is deleted before the node has not held it for one
--upload-deadline. While clients go on sending to the stream, its purge waits ('sexton purge list' says so). A node that is
down holds purges up until it is back; one that is gone for good is given up with 'sexton parseable release'.

Each --compare-every it compares the catalog with the streams that a query node or a standalone one lists. Streams that
Parseable has created by itself are adopted. Those that Parseable's own API has deleted are shown as missing; with
--follow-deletes they are deleted in the catalog too, and can be undeleted for the server's grace period.

Run one, and let a supervisor restart it: sessions outlive it by --session-ttl, and the next run goes on with them.

Credentials: P_USERNAME and P_PASSWORD of the environment, or lines of that form in --credentials-file.

Examples:
  sexton parseable sync --ingest-node ingest-1:8000,ingest-2:8000 --query-node query-1:8000
  sexton parseable sync --standalone-node logs:8000
  sexton parseable sync --discover https://query-1:8000 --ca-file /etc/ssl/logs-ca.pem -o json`;

interface SyncFlags extends ClientFlags {
  readonly ingestNode: readonly string[];
  readonly queryNode: readonly string[];
  readonly standaloneNode: readonly string[];
  readonly discover: string;
  readonly deploymentId: string;
  readonly credentialsFile?: string;
  readonly caFile?: string;
  readonly sessionTtl: number;
  readonly uploadDeadline: number;
  readonly callTimeout: number;
  readonly compareEvery: number;
  readonly adoptNew: 'on' | 'off';
  readonly missingAfter: number;
  readonly followDeletes: boolean;
}

export function addParseable(program: Command, io: CliIo, exit: (status: number) => void): void {
  const parseable = program
    .command('parseable')
    .description('make the nodes of a Parseable deployment forget what is deleted');

  addGateway(parseable, io, exit);

  addClientOptions(parseable.command('sync').description('do so until interrupted'))
    .addOption(
      new Option('--ingest-node <urls>', 'nodes that take events in, with commas or given again')
        .argParser(nodesFlag)
        .default([], 'none'),
    )
    .addOption(new Option('--query-node <urls>', 'query nodes').argParser(nodesFlag).default([], 'none'))
    .addOption(
      new Option('--standalone-node <urls>', 'Parseables that run as one process each')
        .argParser(nodesFlag)
        .default([], 'none'),
    )
    .option(
      '--discover <url>',
      'a query node that lists the deployment: its nodes beside those that are named',
      '',
    )
    .option('--deployment-id <id>', "only nodes of this deployment (/api/v1/about says it); '' = any", '')
    .option('--credentials-file <path>', 'lines P_USERNAME=... and P_PASSWORD=...; default: the environment')
    .option('--ca-file <path>', 'certificates to trust for https, beside those that Node trusts; PEM')
    .addOption(
      durationOption(
        '--session-ttl <duration>',
        'how long purges wait for a helper that is gone',
        '1h',
        5_000,
        3_600_000,
      ),
    )
    .addOption(
      durationOption(
        '--upload-deadline <duration>',
        'the longest from an event to the last try of its upload, in a node that has forgotten the stream',
        '5m',
        1_000,
        3_600_000,
      ),
    )
    .addOption(durationOption('--call-timeout <duration>', 'for each call to a node', '10s', 100, 60_000))
    .addOption(
      durationOption(
        '--compare-every <duration>',
        'how often the streams that Parseable lists are compared with the catalog',
        '60s',
        10_000,
        3_600_000,
      ),
    )
    .addOption(
      new Option('--adopt-new <choice>', 'adopt streams that Parseable has created by itself')
        .choices(['on', 'off'])
        .default('on'),
    )
    .addOption(
      durationOption(
        '--missing-after <duration>',
        'how long no node may list or hold a stream of the catalog before it is shown as missing',
        '10m',
        60_000,
        86_400_000,
      ),
    )
    .option('--follow-deletes', 'delete missing streams in the catalog, with its grace period', false)
    .addHelpText('after', HELP)
    .action(async (flags: SyncFlags) => {
      try {
        exit(await sync(io, flags));
      } catch (error) {
        exit(reportError(io, error, flags.output));
      }
    });

  addClientOptions(
    parseable
      .command('release <nodes...>')
      .description('give up nodes that are gone for good: no purge waits for them any more'),
  )
    .addHelpText(
      'after',
      `
Ends their sessions as unsettled: purges wait one --session-ttl and one --upload-deadline more, since what such a
node sent last may still arrive. A helper that runs notices, and takes a node up again when it answers; leave it out
of the helper's flags too, or the next start waits for it again.

Example:
  sexton parseable release http://ingest-2:8000`,
    )
    .action(async (nodes: readonly string[], flags: ClientFlags) => {
      exit(await withClient(io, flags, (client) => release(io, flags, nodes, client)));
    });
}

async function sync(io: CliIo, flags: SyncFlags): Promise<number> {
  // Loaded here: help and other commands pay for neither the client nor the helper.
  const [{ SextonClient }, { createParseableSync }] = await Promise.all([
    import('../../client/index.js'),
    import('../../parseable/create.js'),
  ]);
  const client = new SextonClient({ endpoints: flags.endpoints, requestTimeoutMs: flags.timeout });
  try {
    const helper = createParseableSync(
      client,
      {
        ingestNodes: flags.ingestNode,
        queryNodes: flags.queryNode,
        standaloneNodes: flags.standaloneNode,
        discover: flags.discover,
        credentials: credentials(flags.credentialsFile, io.env),
        deploymentId: flags.deploymentId,
        sessionTtlMs: flags.sessionTtl,
        uploadDeadlineMs: flags.uploadDeadline,
        callTimeoutMs: flags.callTimeout,
        comparison: {
          compareEveryMs: flags.compareEvery,
          adoptNew: flags.adoptNew === 'on',
          missingAfterMs: flags.missingAfter,
          followDeletes: flags.followDeletes,
        },
        ...(flags.caFile === undefined ? {} : { ca: readCertificates(flags.caFile) }),
      },
      logger(io, flags),
    );
    const view = showSync(io, flags.output, () => helper.status());
    try {
      await helper.run(io.interrupt);
    } finally {
      view.stop();
    }
  } finally {
    client.close();
  }
  return EXIT_STATUS.OK;
}

function credentials(path: string | undefined, env: NodeJS.ProcessEnv) {
  const from = path === undefined ? env : parseLines(readText(path, '--credentials-file'));
  const where = path === undefined ? 'environment' : '--credentials-file';
  const take = (name: string): string => {
    const value = from[name] ?? '';
    if (value === '')
      throw invalidArgument(name, `is missing in the ${where}; it is what Parseable's nodes run with`);
    return value;
  };
  return { username: take('P_USERNAME'), password: take('P_PASSWORD') };
}

/** `NAME=value` lines, as env files have them; others are passed over. */
function parseLines(text: string): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(P_[A-Z]+)=(.*)$/.exec(line);
    if (match !== null) found[match[1] ?? ''] = match[2] ?? '';
  }
  return found;
}

async function release(
  io: CliIo,
  flags: ClientFlags,
  nodes: readonly string[],
  client: SextonClient,
): Promise<number> {
  const { parseNodeUrl } = await import('../../parseable/node-address.js');
  let status: number = EXIT_STATUS.OK;
  for (const nodeId of nodes.map((node) => parseNodeUrl(node, 'node'))) {
    const sessionIds: string[] = [];
    for await (const session of client.sessions.list({ nodeId })) {
      if (session.nodeId === nodeId && session.state === 'OPEN') sessionIds.push(session.sessionId);
    }
    for (const sessionId of sessionIds) await client.sessions.close(sessionId, { settled: false });
    if (flags.output === 'json') io.stdout(`${JSON.stringify({ nodeId, released: sessionIds })}\n`);
    else if (sessionIds.length > 0) io.stdout(`${printable(nodeId)} is released\n`);
    if (sessionIds.length > 0) continue;
    status = EXIT_STATUS.REFUSED;
    io.stderr(
      `error: no open session has the node id ${printable(nodeId)}; 'sexton session list' shows them\n`,
    );
  }
  return status;
}
