/**
 * The house rules that no compiler and no linter checks: sizes, headers, references that lead
 * somewhere, words that have no place in a repository. Each check collects all offenders, so that one
 * run shows the whole list.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const LINES_MAX = 500;
const LINES_WITHOUT_A_REASON_MAX = 350;

interface SourceFile {
  readonly name: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function readFile(name: string): SourceFile {
  const text = readFileSync(path.join(root, name), 'utf8');
  return { name, text, lines: text.split('\n') };
}

const filesIn = (folder: string): string[] =>
  readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();

const isText = (name: string) => !/\.(png|ico|bin)$/.test(name);
const isGenerated = (name: string) => name.startsWith('src/generated/');
const topLevel = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== 'LICENSE')
  .map((entry) => entry.name);

const everything = [...topLevel, ...['src', 'test', 'proto', 'deploy', '.ci'].flatMap(filesIn)];
const written = everything
  .filter(
    (name) => isText(name) && !isGenerated(name) && name !== 'package-lock.json' && !name.endsWith('.log'),
  )
  .map(readFile);
const sources = written.filter((file) => file.name.startsWith('src/') && file.name.endsWith('.ts'));
const code = written.filter((file) => /\.(ts|js)$/.test(file.name));
const documents = written.filter((file) => file.name.endsWith('.md'));

// Documents of others that comments refer to.
const FOREIGN = [/^doc\/(log|table)_format\.md$/, /^google\/protobuf\/\w+\.proto$/];

// These two spell what they forbid.
const FORGERIES = ['test/tooling/tidy.test.ts', 'test/tooling/fences.test.ts'];

/** `name:line: text` of every line that matches. */
function matches(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files
    .filter((file) => !FORGERIES.includes(file.name))
    .flatMap(({ name, lines }) =>
      lines.flatMap((line, index) => (pattern.test(line) ? [`${name}:${index + 1}: ${line.trim()}`] : [])),
    );
}

describe('sizes', () => {
  it(`no source file has more than ${LINES_MAX} lines`, () => {
    const sizes = sources.map((file) => ({ name: file.name, count: file.lines.length - 1 }));
    const large = sizes.filter(({ count }) => count > LINES_WITHOUT_A_REASON_MAX && count <= LINES_MAX);
    for (const { name, count } of large) console.info(`${count} lines, does it hold one concept? ${name}`);
    expect(sizes.filter(({ count }) => count > LINES_MAX)).toEqual([]);
  });

  it('file names are kebab-case', () => {
    const names = code.map((file) => path.basename(file.name));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|js)$/.test(name))).toEqual([]);
  });
});

describe('comments', () => {
  it('every source file opens by saying what it is', () => {
    const opening = (file: SourceFile) => file.lines.find((line) => !line.startsWith('#!')) ?? '';
    expect(sources.filter((file) => !opening(file).startsWith('/**')).map((file) => file.name)).toEqual([]);
  });

  it('nothing is left for later, switched off or singled out', () => {
    expect(matches(written, /\b(FIXME|XXX|TODO|HACK)\b/)).toEqual([]);
    expect(matches(code, /\b(it|test|describe)\.(only|todo)\b/)).toEqual([]);
    // A test that wants something from outside stands in for itself under a title that says what.
    expect(matches(code, /\b(it|test|describe)\.skip\((?!['`]SKIPPED: )/)).toEqual([]);
  });

  it('whoever disables a rule says why', () => {
    const disabling = matches(code, /eslint-disable|@ts-(ignore|expect-error|nocheck)|prettier-ignore/);
    expect(disabling.filter((line) => !/ -- \S+ \S+|@ts-expect-error:? \S+ \S+/.test(line))).toEqual([]);
  });

  it('a file or document that is named exists', () => {
    const known = everything.map((name) => `/${name}`);
    const exists = (mention: string) => {
      const suffix = `/${path.posix.normalize(mention).replace(/^(\.\.?\/)+/, '')}`;
      return known.some((name) => name.endsWith(suffix)) || FOREIGN.some((pattern) => pattern.test(mention));
    };
    // Programs and documents speak of the files beside them; the rest only of documents.
    const mentions = (file: SourceFile) =>
      sources.includes(file) || documents.includes(file)
        ? /(?<![\w./:-])[\w.-]+(?:\/[\w.-]+)*\.(?:ts|md|proto)\b/g
        : /(?<![\w./:-])[\w.-]+(?:\/[\w.-]+)*\.md\b/g;
    const dangling = written
      .filter((file) => !FORGERIES.includes(file.name))
      .flatMap((file) =>
        file.lines.flatMap((line, index) =>
          [...line.matchAll(mentions(file))]
            .filter(([mention]) => !exists(mention))
            .map(([mention]) => `${file.name}:${index + 1}: ${mention}`),
        ),
      );
    expect(dangling).toEqual([]);
  });

  it('a relative link in a document leads somewhere', () => {
    const broken = documents.flatMap(({ name, text }) =>
      [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target = '']) => path.posix.join(path.posix.dirname(name), target).replace(/\/$/, ''))
        .filter((target) => !existsSync(path.join(root, target)))
        .map((target) => `${name}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});

describe('invariants', () => {
  // C = catalog, P = purge, S = storage. S3 is both an invariant and the object store; it is listed.
  const INVARIANT = /(?<![\w-])[CPS]\d{1,2}(?![\w-])/g;

  it('every one that the code cites is listed in the map', () => {
    const map = sources.length > 0 ? readFile('src/ARCHITECTURE.md') : undefined;
    const listed = new Set(map?.text.match(INVARIANT));
    const unknown = sources.flatMap(({ name, lines }) =>
      lines.flatMap((line, index) =>
        (line.match(INVARIANT) ?? [])
          .filter((id) => !listed.has(id))
          .map((id) => `${name}:${index + 1}: ${id}`),
      ),
    );
    expect(unknown).toEqual([]);
  });

  it('none is cited that does not exist', () => {
    const LAST: Record<string, number> = { C: 6, P: 12, S: 7 };
    const beyond = sources.flatMap(({ name, text }) =>
      (text.match(INVARIANT) ?? [])
        .filter((id) => Number(id.slice(1)) < 1 || Number(id.slice(1)) > (LAST[id.charAt(0)] ?? 0))
        .map((id) => `${name}: ${id}`),
    );
    expect(beyond).toEqual([]);
  });
});

describe('words', () => {
  it('no path of the machine that somebody wrote it on', () => {
    expect(matches(written, /(?<![\w.}/-])\/(work|home|root|Users|mnt|private)\/|\/tmp\/sexton\b/)).toEqual(
      [],
    );
  });

  it('no host of a package registry', () => {
    expect(
      matches(written, /\bregistry\.[a-z]+\.[a-z]+|\bnpmjs\.|\bpypi\.org|\bcrates\.io|\bproxy\.golang/),
    ).toEqual([]);
    expect(matches([readFile('package-lock.json')], /"resolved"/)).toEqual([]);
  });

  it('no character that looks like another, or like nothing', () => {
    // Format characters (zero width, direction), blanks other than the space, quotes and dashes of typesetters (but for the apostrophe).
    const disguised = /[\p{Cf}\p{Zl}\p{Zp}\u2018\u201a-\u201f\u2010-\u2015]|(?! )\p{Zs}/u;
    // Tests hold such characters as data: what a name may not contain.
    expect(
      matches(
        written.filter((file) => !file.name.startsWith('test/')),
        disguised,
      ),
    ).toEqual([]);
  });

  it('lines end without blanks, files with one newline, and nothing is indented by tabs', () => {
    expect(matches(written, /\r|\t/)).toEqual([]);
    expect(
      matches(
        written.filter((file) => !file.name.endsWith('.md')),
        / $/,
      ),
    ).toEqual([]);
    const unfinished = written.filter((file) => file.text !== '' && !/[^\n]\n$/.test(file.text));
    expect(unfinished.map((file) => file.name)).toEqual([]);
  });
});

describe('package-lock.json', () => {
  // A lock written while a registry lacked the binaries of some platforms does not name them, and then
  // `npm ci` fails on every machine, not just on theirs: "Missing: ... from lock file".
  it('names the optional packages of every platform', () => {
    const { packages } = JSON.parse(readFile('package-lock.json').text) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const locked = new Set(Object.keys(packages).map((key) => key.split('node_modules/').at(-1)));
    const missing = Object.entries(packages).flatMap(([key, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !locked.has(name))
        .map((name) => `${key} -> ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
