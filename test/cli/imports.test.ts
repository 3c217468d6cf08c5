/**
 * What a command loads before it knows what it has to do. The database, the object store's SDK and gRPC
 * together take many times as long to load as everything else that `sexton --help` does.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));
/** `import type` and `import()` load nothing here; `import { type A }` alone does, and is read so. */
const STATIC_IMPORT = /^(?:import|export) (?!type\b)[^;]*?from '([^']+)'/gm;

/** Every file and package that loading `entry` loads. */
function loadedBy(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [resolve(SRC, entry)];
  for (const file of waiting) {
    const name = relative(SRC, file);
    if (files.has(name)) continue;
    files.add(name);
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      if (!specifier.startsWith('.')) packages.add(specifier);
      else waiting.push(resolve(dirname(file), specifier.replace(/\.js$/, '.ts')));
    }
  }
  return { files, packages };
}

describe('what is loaded', () => {
  it('by the command line itself is commander and little else', () => {
    const { files, packages } = loadedBy('cli/main.ts');
    expect([...packages].filter((name) => !name.startsWith('node:'))).toEqual(['commander']);
    expect([...files].filter((name) => !/^(cli|shared|client\/options)/.test(name))).toEqual([]);
  });

  it('by a call to a cluster is gRPC, and neither database nor object store', () => {
    const { files, packages } = loadedBy('client/index.ts');
    const foreign = [...packages].filter((name) => !name.startsWith('node:')).sort();
    expect(foreign).toEqual(['@grpc/grpc-js', '@grpc/proto-loader']);
    expect([...files].filter((name) => /^(node|server|storage|objectstore|purge|demo)\//.test(name))).toEqual(
      [],
    );
    expect([...files].every((name) => existsSync(resolve(SRC, name)))).toBe(true);
  });
});
