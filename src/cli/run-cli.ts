/** The program as a function: arguments and a world in, an exit status out. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError, Help, type Option } from 'commander';
import { EXIT_STATUS } from '../shared/fatal.js';
import { addAdopt } from './commands/adopt.js';
import { addAudit } from './commands/audit.js';
import { addCluster } from './commands/cluster.js';
import { addLocal } from './commands/local.js';
import { addMember } from './commands/member.js';
import { addParseable } from './commands/parseable.js';
import { addPurge } from './commands/purge.js';
import { addServe } from './commands/serve.js';
import { addSession } from './commands/session.js';
import { addStream } from './commands/stream.js';
import { reportError } from './client-options.js';
import { applyEnvironment, variableOf } from './environment.js';
import type { CliIo } from './io.js';

export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  let status: number = EXIT_STATUS.OK;
  const exit = (code: number): void => {
    status = code;
  };
  const program = new Command('sexton')
    .description('keeps the lifecycle of log streams, and purges deleted ones from object storage')
    .version(packageVersion(), '-V, --version')
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .configureHelp({ optionDescription })
    .hook('preAction', (_program, command) => {
      applyEnvironment(command, io.env);
    })
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .addHelpText(
      'after',
      '\nEvery flag is also a variable, SEXTON_ and its name: --data-dir is SEXTON_DATA_DIR.',
    );
  addServe(program, io, exit);
  addLocal(program, io, exit);
  addCluster(program, io, exit);
  addMember(program, io, exit);
  addStream(program, io, exit);
  addPurge(program, io, exit);
  addAudit(program, io, exit);
  addAdopt(program, io, exit);
  addSession(program, io, exit);
  addParseable(program, io, exit);
  inherit(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    // Commander has printed its own errors; help and version end with 0.
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? EXIT_STATUS.OK : EXIT_STATUS.INVALID_INPUT;
    return reportError(io, error);
  }
}

/** What commander says, and the variable beside it. */
function optionDescription(option: Option): string {
  const variable = variableOf(option);
  const text = new Help().optionDescription(option);
  return variable === undefined ? text : `${text} [${variable}]`;
}

/** Subcommands made by `command()` copy settings when they are made; those set later must be copied again. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
