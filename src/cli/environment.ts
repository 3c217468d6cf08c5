/**
 * Every flag is also a variable: SEXTON_ and its name. What the command line says comes first, then the
 * variable, then the default.
 *
 * Not commander's own `.env()`: that reads the process's environment, wherever the command runs, takes an
 * empty variable for a value (a compose file with `SEXTON_ADVERTISE=` sets one), and takes `false` for a
 * switch that is on.
 */
import { type Command, InvalidArgumentError, type Option } from 'commander';

/** `--data-dir` is SEXTON_DATA_DIR. Undefined for flags that only print something. */
export function variableOf(option: Option): string | undefined {
  const name = option.long?.slice(2);
  if (name === undefined || name === 'help' || name === 'version') return undefined;
  return `SEXTON_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Sets what the command line left out. A bad value ends the command like a bad flag, and names the variable. */
export function applyEnvironment(command: Command, env: NodeJS.ProcessEnv): void {
  for (const option of command.options) {
    const variable = variableOf(option);
    const text = variable === undefined ? undefined : env[variable];
    if (variable === undefined || text === undefined || text === '') continue;
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === 'cli') continue;
    try {
      command.setOptionValueWithSource(key, valueOf(option, text), 'env');
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      command.error(
        `error: option '${option.flags}' value '${text}' from env '${variable}' is invalid. ${error.message}`,
        {
          code: error.code,
        },
      );
    }
  }
}

function valueOf(option: Option, text: string): unknown {
  if (option.isBoolean()) return booleanOf(text);
  return option.parseArg === undefined ? text : option.parseArg(text, option.defaultValue);
}

function booleanOf(text: string): boolean {
  switch (text.toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
    default:
      throw new InvalidArgumentError('It must be true or false.');
  }
}
