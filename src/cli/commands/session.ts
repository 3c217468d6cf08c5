/** `sexton session ...`: which ingest nodes hold a session, and whom purges wait for. */
import { type Command, Option } from 'commander';
import type { Session, SextonClient } from '../../client/index.js';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { tableColumns, type CliIo } from '../io.js';
import { sessionTable } from '../render-session.js';
import { paintFor } from '../style.js';
import { wholeNumberFlag } from './parse.js';

interface ListFlags extends ClientFlags {
  readonly limit: number;
  readonly node?: string;
  readonly waiting: boolean;
}

export function addSession(program: Command, io: CliIo, exit: (status: number) => void): void {
  const session = program.command('session').description('look at the sessions of ingest nodes');

  addClientOptions(
    session.command('list').description('sessions that purges wait for, or may; a closed one is not kept'),
  )
    .addOption(
      new Option('--limit <number>', 'at most so many').default(1_000).argParser(wholeNumberFlag(1, 100_000)),
    )
    .option('--node <id>', 'only those of this node')
    .option('--waiting', 'only those that some purge waits for', false)
    .addHelpText('after', '\nExamples:\n  sexton session list\n  sexton session list --waiting -o json')
    .action(async (flags: ListFlags) => {
      exit(await withClient(io, flags, (client) => list(io, flags, client)));
    });
}

async function list(io: CliIo, flags: ListFlags, client: SextonClient): Promise<void> {
  const input = {
    waitingOnly: flags.waiting,
    pageSize: Math.min(flags.limit, 1_000),
    ...(flags.node === undefined ? {} : { nodeId: flags.node }),
  };
  const sessions: Session[] = [];
  for await (const session of client.sessions.list(input)) {
    sessions.push(session);
    if (sessions.length === flags.limit) break;
  }
  if (flags.output === 'json') for (const session of sessions) io.stdout(`${JSON.stringify(session)}\n`);
  else io.stdout(sessionTable(sessions, { columns: tableColumns(io), paint: paintFor(io) }));
  await io.drained();
}
