/** What the commands of `sexton parseable` share: flags, files that they name, and the log beside the table. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import { invalidArgument } from '../../shared/errors.js';
import type { ClientFlags } from '../client-options.js';
import { parseDuration } from '../duration.js';
import type { CliIo } from '../io.js';

/** Given again, or with commas. */
export function nodesFlag(text: string, before: readonly string[]): readonly string[] {
  return [...before, ...text.split(',').map((part) => part.trim())].filter((part) => part !== '');
}

export function durationOption(
  flags: string,
  description: string,
  shown: string,
  minMs: number,
  maxMs: number,
): Option {
  const parse = (text: string): number => parseDuration(text, { minMs, maxMs });
  return new Option(flags, description).default(parse(shown), shown).argParser(parse);
}

/** On a terminal the table says it all, and lines in between would tear it. */
export function logger(io: CliIo, flags: ClientFlags) {
  const silent = io.isTerminal && flags.output === 'table';
  return (level: string, fields: object, message: string): void => {
    if (silent) return;
    const time = new Date().toISOString();
    io.stderr(`${JSON.stringify({ time, level, message, ...fields })}\n`);
  };
}

export function readText(path: string, flag: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidArgument(flag, `cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** TLS passes over text that it cannot read, and every https node then looks as if it could not be trusted. */
export function readCertificates(path: string): string {
  const text = readText(path, '--ca-file');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw invalidArgument('--ca-file', 'holds no certificate in PEM');
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (error) {
    throw invalidArgument(
      '--ca-file',
      `holds a certificate that cannot be read: ${(error as Error).message}`,
    );
  }
  return text;
}
