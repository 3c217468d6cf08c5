/** src/generated is what the generator makes of proto/ now, and proto/ passes its lint. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

function read(directory: string): Record<string, string> {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Object.fromEntries(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(directory.length), readFileSync(path, 'utf8')];
    }),
  );
}

it('src/generated is up to date; otherwise: npm run generate', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sexton-generated-'));
  try {
    execFileSync(process.execPath, ['proto/generate-types.js', directory], { cwd: root, stdio: 'pipe' });
    const fresh = read(directory);
    const committed = read(join(root, 'src/generated'));
    expect(Object.keys(committed).sort()).toEqual(Object.keys(fresh).sort());
    for (const [path, text] of Object.entries(fresh)) expect(committed[path], path).toBe(text);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

it('proto/ passes buf lint', () => {
  execFileSync(process.execPath, ['node_modules/@bufbuild/buf/bin/buf', 'lint', 'proto'], {
    cwd: root,
    stdio: 'pipe',
  });
});
