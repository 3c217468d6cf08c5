/**
 * Reads deploy/ for the tests beside this file: YAML documents, `NAME=value` files, the Dockerfile's
 * instructions and a unit's sections. Small on purpose: each reader takes the form these files use and
 * throws on anything else, so that a file which outgrows it is noticed.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export const readText = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Every document of a YAML file, with `<<` merged; errors and warnings of the parser throw. */
export function readYaml(file: string): unknown[] {
  return parseAllDocuments(readText(file), { merge: true }).map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${file}: ${problem.message}`);
    return document.toJS() as unknown;
  });
}

export interface Setting {
  readonly name: string;
  readonly value: string;
  /** Commented out: the value is the default. */
  readonly isDefault: boolean;
}

/** `NAME=value` lines; `#NAME=value` is a setting left at its default. Prose comments start with `# `. */
export function readEnvFile(file: string): Setting[] {
  return readText(file)
    .split('\n')
    .filter((line) => line !== '' && line !== '#' && !line.startsWith('# '))
    .map((line) => {
      const match = /^(#?)([A-Z][A-Z0-9_]*)=(.*)$/.exec(line);
      if (match === null) throw new Error(`${file}: neither a comment nor a setting: ${line}`);
      const [, hash, name = '', value = ''] = match;
      if (/^['"]|\s$/.test(value)) throw new Error(`${file}: quotes and trailing blanks are kept: ${line}`);
      return { name, value, isDefault: hash === '#' };
    });
}

export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** A Dockerfile's instructions, grouped by stage; what stands before the first FROM is stage 0. */
export function readDockerfile(file: string): Instruction[][] {
  const joined = readText(file)
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, ' ');
  const stages: Instruction[][] = [[]];
  for (const line of joined.split('\n').filter((text) => text.trim() !== '')) {
    const match = /^([A-Z]+) +(.+)$/.exec(line);
    if (match === null) throw new Error(`${file}: not an instruction: ${line}`);
    const [, name = '', text = ''] = match;
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: text.trim() });
  }
  return stages;
}

/** A unit's `Section.Key` -> values, in order: systemd lets a key stand more than once. */
export function readUnit(file: string): Map<string, string[]> {
  const settings = new Map<string, string[]>();
  let section: string | undefined;
  for (const line of readText(file).split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const header = /^\[([A-Za-z]+)\]$/.exec(line)?.[1];
    if (header !== undefined) {
      section = header;
      continue;
    }
    const match = /^([A-Z][A-Za-z]+)=(.*)$/.exec(line);
    if (match === null || section === undefined) throw new Error(`${file}: not a setting: ${line}`);
    const key = `${section}.${match[1] ?? ''}`;
    settings.set(key, [...(settings.get(key) ?? []), match[2] ?? '']);
  }
  return settings;
}
