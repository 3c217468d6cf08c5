/**
 * The simulator's own build of the project: every source file as it is, translated for speed, or with one
 * mutant put in. Production code carries no switches; a mutant is an edit that only this build makes.
 */
import { build } from 'esbuild';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit, Mutant } from './mutants/mutant.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Inside the project, so that packages are found; nothing looks at it but this. */
const OUTPUT = join(ROOT, 'node_modules', '.cache', 'sexton-sim');

/** Returns the worker to run. Throws when the mutant does not fit the source any more. */
export async function buildSimulator(mutant?: Mutant): Promise<string> {
  const output = join(OUTPUT, mutant?.name ?? 'production', String(process.pid));
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  cpSync(join(ROOT, 'proto'), join(output, 'proto'), { recursive: true });
  const entryPoints = [
    ...filesBelow(join(ROOT, 'src')),
    ...filesBelow(join(ROOT, 'test', 'sim')),
    ...filesBelow(join(ROOT, 'test', 'support')),
    ...filesBelow(join(ROOT, 'test', 'model')),
  ];
  let applied = 0;
  await build({
    entryPoints,
    outdir: output,
    outbase: ROOT,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const source = readFileSync(path, 'utf8');
            const name = relative(ROOT, path).split(sep).join('/');
            const edits = mutant?.edits.filter(({ file }) => file === name) ?? [];
            applied += edits.length;
            return { contents: edits.reduce(mutate, source), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (mutant !== undefined && applied !== mutant.edits.length) {
    throw new Error(`mutant ${mutant.name}: a file that it edits is not there`);
  }
  return join(output, 'test', 'sim', 'worker.js');
}

/** Throws when the source has moved on and the bug would not be put in. */
export function mutate(source: string, { file, find, replace }: Edit): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`${file} has this text ${parts.length - 1} times, not once:\n${find}`);
  return parts.join(replace);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
