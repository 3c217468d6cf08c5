/** The README's tables name the tests that prove them: each is there, under that name. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TEST_FILES = readdirSync(`${ROOT}test`, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.test.ts'),
);

/** `file.test.ts` and the titles in quotes that follow it, of one line of a table. */
function claims(line: string): { readonly file: string; readonly titles: readonly string[] }[] {
  const [, ...parts] = line.split(/`(?=[\w/-]+\.test\.ts`)/);
  return parts.map((part) => {
    const at = part.indexOf('`');
    const titles = [...part.slice(at).matchAll(/"([^"]+)"/g)].map(([, title]) => title ?? '');
    return { file: part.slice(0, at), titles };
  });
}

describe('src/purge/README.md', () => {
  const lines = readFileSync(`${ROOT}src/purge/README.md`, 'utf8').split('\n');
  const all = lines.filter((line) => line.startsWith('|')).flatMap(claims);

  it('names tests for every window and every neighbour', () => {
    const rows = lines.filter((line) => /^\| W\d+ \|/.test(line));
    expect(rows).toHaveLength(11);
    expect(rows.filter((row) => claims(row).length === 0)).toEqual([]);
    expect(all.length).toBeGreaterThan(50);
  });

  it.each([...new Map(all.map((claim) => [JSON.stringify(claim), claim])).values()])(
    'names a test that is there: $file $titles',
    ({ file, titles }) => {
      const found = TEST_FILES.filter((path) => `test/${path}` === file || path.endsWith(`/${file}`));
      expect(found.length).toBeGreaterThan(0);
      const sources = found.map((path) => readFileSync(`${ROOT}test/${path}`, 'utf8'));
      for (const title of titles)
        expect(
          sources.some((source) => source.includes(title)),
          title,
        ).toBe(true);
    },
  );
});
