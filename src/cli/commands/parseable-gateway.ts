/** `sexton parseable gateway`: the front door of a Parseable deployment, where deletes are the catalog's. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT_STATUS } from '../../shared/fatal.js';
import { addClientOptions, reportError, type ClientFlags } from '../client-options.js';
import type { CliIo } from '../io.js';
import { durationOption, logger, nodesFlag, readCertificates } from './parseable-flags.js';
import { showGateway } from './parseable-gateway-status.js';

const HELP = `
A reverse proxy before the nodes of a Parseable deployment, for its console, its API and its clients. Events go to the ingest
nodes, everything else to the query node. A stream that is deleted through it is deleted in the catalog: it can be
undeleted for the grace period, gets no events any more, and its objects are removed when every node has let go.
Run 'sexton parseable sync' beside it, and let nobody reach the nodes but by the gateway.

Several may run side by side, each with a session of its own.

Examples:
  sexton parseable gateway --node 127.0.0.1:8000
  sexton parseable gateway --listen 0.0.0.0:8080 --ingest ingest-1:8000,ingest-2:8000 --query query-1:8000`;

interface GatewayFlags extends ClientFlags {
  readonly listen: string;
  readonly ingest: readonly string[];
  readonly query: string;
  readonly node: string;
  readonly gracePeriod: number;
  readonly staleAfter: number;
  readonly unknownStreams: 'pass' | 'refuse';
  readonly trustTenantHeader: boolean;
  readonly nodeId: string;
  readonly caFile?: string;
  readonly writeTimeout: number;
  readonly brokenWrite: number;
  readonly connectTimeout: number;
  readonly idleTimeout: number;
  readonly maxRequests: number;
  readonly maxHeaderBytes: number;
  readonly drainTimeout: number;
}

export function addGateway(parseable: Command, io: CliIo, exit: (status: number) => void): void {
  addClientOptions(
    parseable
      .command('gateway')
      .description('stand before the nodes, so that deletes go through the catalog'),
  )
    .option('--listen <address>', 'host:port to listen on', '127.0.0.1:8080')
    .addOption(
      new Option('--ingest <urls>', 'nodes that take events in, with commas or given again')
        .argParser(nodesFlag)
        .default([], 'none'),
    )
    .option('--query <url>', 'the query node, for everything but events', '')
    .option('--node <url>', 'a Parseable that runs as one process, instead of --ingest and --query', '')
    .addOption(
      durationOption(
        '--grace-period <duration>',
        'how long a stream can be undeleted',
        '24h',
        0,
        3_650 * 86_400_000,
      ),
    )
    .addOption(
      durationOption(
        '--stale-after <duration>',
        'refuse writes after so long without the catalog',
        '30s',
        1_000,
        600_000,
      ),
    )
    .addOption(
      new Option('--unknown-streams <rule>', 'events for names that the catalog does not know')
        .choices(['pass', 'refuse'])
        .default('pass'),
    )
    .option(
      '--trust-tenant-header',
      'X-P-Tenant of creates and deletes was set by a proxy that knows the tenant',
      false,
    )
    .option('--node-id <id>', "the session's name; '' = made of host and --listen", '')
    .option('--ca-file <path>', 'certificates to trust for https, beside those that Node trusts; PEM')
    .addOption(durationOption('--write-timeout <duration>', 'for a write as a whole', '5m', 1_000, 1_800_000))
    .addOption(
      durationOption(
        '--broken-write <duration>',
        'how long a node may go on with a write whose connection broke',
        '1m',
        1_000,
        600_000,
      ),
    )
    .addOption(
      durationOption('--connect-timeout <duration>', 'for a connection to a node', '2s', 100, 60_000),
    )
    .addOption(
      durationOption(
        '--idle-timeout <duration>',
        'without a byte in either direction',
        '5m',
        1_000,
        3_600_000,
      ),
    )
    .addOption(countOption('--max-requests <count>', 'requests and WebSockets at once', 10_000, 1, 100_000))
    .addOption(
      countOption('--max-header-bytes <bytes>', 'of the headers of a request', 32_768, 4_096, 1_048_576),
    )
    .addOption(
      durationOption('--drain-timeout <duration>', 'for requests under way at the end', '30s', 0, 600_000),
    )
    .addHelpText('after', HELP)
    .action(async (flags: GatewayFlags) => {
      try {
        exit(await gateway(io, flags));
      } catch (error) {
        exit(reportError(io, error, flags.output));
      }
    });
}

async function gateway(io: CliIo, flags: GatewayFlags): Promise<number> {
  // Loaded here: help and other commands pay for neither the client nor the proxy.
  const [{ SextonClient }, { createParseableGateway }] = await Promise.all([
    import('../../client/index.js'),
    import('../../parseable/gateway/create.js'),
  ]);
  const client = new SextonClient({ endpoints: flags.endpoints, requestTimeoutMs: flags.timeout });
  try {
    const log = logger(io, flags);
    const made = createParseableGateway(
      client,
      {
        listen: flags.listen,
        ingest: flags.ingest,
        query: flags.query,
        node: flags.node,
        gracePeriodMs: flags.gracePeriod,
        staleAfterMs: flags.staleAfter,
        unknownStreams: flags.unknownStreams,
        trustsTenantHeader: flags.trustTenantHeader,
        nodeId: flags.nodeId,
        writeTimeoutMs: flags.writeTimeout,
        brokenWriteMs: flags.brokenWrite,
        connectTimeoutMs: flags.connectTimeout,
        idleTimeoutMs: flags.idleTimeout,
        requestsMax: flags.maxRequests,
        headerBytesMax: flags.maxHeaderBytes,
        drainTimeoutMs: flags.drainTimeout,
        ...(flags.caFile === undefined ? {} : { ca: readCertificates(flags.caFile) }),
      },
      log,
    );
    const port = await made.listen();
    log('info', { listen: flags.listen, port }, 'gateway listens');
    const view = showGateway(io, flags.output, () => made.status());
    try {
      await made.run(io.interrupt);
    } finally {
      view.stop();
    }
  } finally {
    client.close();
  }
  return EXIT_STATUS.OK;
}

function countOption(flags: string, description: string, fallback: number, min: number, max: number): Option {
  return new Option(flags, description).default(fallback).argParser((text) => {
    const count = Number(text);
    if (!/^\d+$/.test(text) || count < min || count > max)
      throw new InvalidArgumentError(`It must be a whole number between ${min} and ${max}.`);
    return count;
  });
}
