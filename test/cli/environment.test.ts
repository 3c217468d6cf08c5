/** Every flag is a variable, the command line wins, and a bad value names the variable. */
import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { applyEnvironment, variableOf } from '../../src/cli/environment.js';
import { wholeNumberFlag } from '../../src/cli/commands/parse.js';
import { run } from './run.js';

interface Flags {
  readonly dataDir: string;
  readonly count: number;
  readonly keep: boolean;
}

function flagsFrom(args: readonly string[], env: NodeJS.ProcessEnv): Flags {
  let flags: Flags | undefined;
  new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .option('--data-dir <path>', '', './data')
    .addOption(new Option('--count <number>').default(3).argParser(wholeNumberFlag(1, 9)))
    .option('--keep', '', false)
    .hook('preAction', (_program, command) => {
      applyEnvironment(command, env);
    })
    .action((given: Flags) => {
      flags = given;
    })
    .parse([...args], { from: 'user' });
  if (flags === undefined) throw new Error('not parsed');
  return flags;
}

describe('variables', () => {
  it('stand in for flags that are not given, and are parsed like them', () => {
    const env = { SEXTON_DATA_DIR: '/d', SEXTON_COUNT: '7', SEXTON_KEEP: 'true' };
    expect(flagsFrom([], env)).toEqual({ dataDir: '/d', count: 7, keep: true });
    expect(flagsFrom(['--count=2', '--data-dir=/x'], env)).toEqual({ dataDir: '/x', count: 2, keep: true });
  });

  it('that are empty are not set: a compose file may leave them so', () => {
    expect(flagsFrom([], { SEXTON_DATA_DIR: '', SEXTON_COUNT: '' })).toMatchObject({
      dataDir: './data',
      count: 3,
    });
  });

  it.each([
    ['false', false],
    ['0', false],
    ['no', false],
    ['TRUE', true],
    ['on', true],
  ])('take %s for a switch', (text, expected) => {
    expect(flagsFrom([], { SEXTON_KEEP: text }).keep).toBe(expected);
  });

  it('with a bad value name themselves, the flag and what would be right', () => {
    expect(() => flagsFrom([], { SEXTON_COUNT: '12' })).toThrow(
      "option '--count <number>' value '12' from env 'SEXTON_COUNT' is invalid. It must be a whole number from 1 to 9.",
    );
    expect(() => flagsFrom([], { SEXTON_KEEP: 'maybe' })).toThrow(/SEXTON_KEEP.*true or false/);
  });

  it('have no name for flags that only print something', () => {
    expect(variableOf(new Option('--help'))).toBeUndefined();
    expect(variableOf(new Option('-n, --name-prefix <text>'))).toBe('SEXTON_NAME_PREFIX');
  });

  it.each([
    ['serve'],
    ['dev'],
    ['demo'],
    ['status'],
    ['stream', 'delete'],
    ['purge', 'list'],
    ['leader', 'transfer'],
  ])('are in the help of %s, one for each flag', async (...command) => {
    const { stdout, status } = await run([...command, '--help'], { columns: 200 });
    expect(status).toBe(0);
    const flags = stdout.match(/^ {2}(?:-\w, )?--[a-z-]+/gm) ?? [];
    const variables = stdout.match(/\[SEXTON_[A-Z_]+\]/g) ?? [];
    expect(flags.length).toBeGreaterThan(1);
    expect(variables).toHaveLength(flags.length - 1);
  });
});
