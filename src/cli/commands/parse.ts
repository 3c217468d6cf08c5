/** Parsers of flags that several commands share. */
import { InvalidArgumentError } from 'commander';

export function wholeNumberFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** `key=value`, given as often as there are labels. */
export function labelFlag(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be key=value.');
  const key = text.slice(0, at);
  if (Object.hasOwn(before, key)) throw new InvalidArgumentError(`It names the label '${key}' twice.`);
  return { ...before, [key]: text.slice(at + 1) };
}

/** `tenant/name` or `name`. */
export function parseStreamName(text: string): { readonly tenant: string; readonly name: string } {
  const at = text.indexOf('/');
  return at < 0 ? { tenant: '', name: text } : { tenant: text.slice(0, at), name: text.slice(at + 1) };
}

/** Some of `choices`, with commas, in any case. */
export function listFlag<Choice extends string>(
  choices: readonly Choice[],
): (text: string) => readonly Choice[] {
  return (text) =>
    text.split(',').map((part) => {
      const found = choices.find((choice) => choice === part.trim().toUpperCase());
      if (found === undefined) throw new InvalidArgumentError(`'${part}' is none of ${choices.join(', ')}.`);
      return found;
    });
}

/** A revision, `now` or `list`. */
export function watchStartFlag(text: string): number | 'now' | 'list' {
  if (text === 'now' || text === 'list') return text;
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError("It must be a revision, 'now' or 'list'.");
  return Number(text);
}
