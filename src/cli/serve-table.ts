/** The README's table of settings, made from the same rows as the flags; a test holds the README to it. */
import { SERVE_FLAGS } from './serve-options.js';

export function serveFlagTable(): string {
  const lines = SERVE_FLAGS.map(
    ({ flags, env, description, defaultText }) =>
      `| \`${flags}\` | \`${env}\` | ${defaultText === undefined ? 'required' : defaultText} | ${description} |`,
  );
  return ['| flag of `sexton serve` | variable | default | what it is |', '|---|---|---|---|', ...lines].join(
    '\n',
  );
}
