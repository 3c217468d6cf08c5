/** `member`: who belongs to the cluster, and changes of that, one at a time. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addClientOptions, type ClientFlags, withClient } from '../client-options.js';
import { tableColumns, type CliIo } from '../io.js';
import { addedText, memberTable, promotedText, removedText } from '../render-member.js';
import { hostPort } from '../serve-options.js';
import { paintFor } from '../style.js';
import { wholeNumberFlag } from './parse.js';

const ID_MAX = 0xffff_ffff;
const memberId = wholeNumberFlag(1, ID_MAX);

interface AddFlags extends ClientFlags {
  readonly address: string;
  readonly directoryId: string;
}

export function addMember(program: Command, io: CliIo, exit: (status: number) => void): void {
  const member = program.command('member').description('who belongs to the cluster');
  const print = (flags: ClientFlags, answer: unknown, text: () => string): void => {
    io.stdout(flags.output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : text());
  };

  addClientOptions(member.command('list').description('all members as the leader sees them'))
    .addHelpText('after', '\nExample:\n  sexton member list -o json')
    .action(async (flags: ClientFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          const status = await client.leaderStatus();
          const look = { columns: tableColumns(io), paint: paintFor(io) };
          print(flags, status.members, () => memberTable(status, look));
        }),
      );
    });

  addClientOptions(
    member
      .command('add')
      .description('add a member, as a learner; it votes once it is promoted')
      .argument(
        '[member-id]',
        'one that was never used, and higher than all that were; default: the next',
        memberId,
      )
      .requiredOption('--address <host:port>', 'where clients and members will reach it', hostPort)
      .addOption(
        new Option('--directory-id <id>', 'only this data directory may be the member')
          .default('', 'the first that answers there')
          .argParser(directoryId),
      ),
  )
    .addHelpText('after', ADD_HELP)
    .action(async (id: number | undefined, { address, directoryId: directory, ...flags }: AddFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          const answer = await client.addMember({ address, memberId: id ?? 0, directoryId: directory });
          print(flags, answer, () => addedText(answer));
        }),
      );
    });

  addClientOptions(
    member
      .command('promote')
      .description('make a learner a voter; waits, for as long as --timeout says, until it has caught up')
      .argument('<member-id>', 'the learner', memberId),
  )
    .addHelpText('after', '\nExample:\n  sexton member promote 4 --timeout 10m')
    .action(async (id: number, flags: ClientFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          const answer = await client.promoteMember(id);
          print(flags, answer, () => promotedText(answer));
        }),
      );
    });

  addClientOptions(
    member
      .command('remove')
      .description('remove a member for good: its id is never used again')
      .argument('<member-id>', 'voter or learner', memberId),
  )
    .addHelpText('after', REMOVE_HELP)
    .action(async (id: number, flags: ClientFlags) => {
      exit(
        await withClient(io, flags, async (client) => {
          const answer = await client.removeMember(id);
          print(flags, answer, () => removedText(id, answer));
        }),
      );
    });
}

function directoryId(text: string): string {
  if (!/^[0-9a-f]{32}$/.test(text))
    throw new InvalidArgumentError('It must be 32 lower-case hexadecimal digits.');
  return text;
}

const ADD_HELP = `
Example:
  sexton member add --address sexton-4:7401
It prints the id, and the command that starts the new node. A member that is there already is a success.`;

const REMOVE_HELP = `
Examples:
  sexton member remove 3
  sexton leader transfer && sexton member remove 1

Refused with 4 when the voters that are left and were heard from would be no majority.
The removed node says so in its log and status, takes part no more, and does not start again (89).`;
