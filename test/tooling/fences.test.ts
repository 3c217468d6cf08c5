/**
 * Lint fences, proved by forging what they forbid. A rule that is misspelt, or whose file pattern
 * matches nothing, passes on every tree; only a violation shows that it is there.
 *
 * The snippets are linted under invented names in `src/`. Type information is off for them, since no
 * such file is in the program; the rules that need types are proved at the end, under real names.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { LAYERS, PURE_LAYERS } from './layers.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const overrideConfigFile = path.join(root, 'test/tooling/eslint.config.js');

const untyped = new ESLint({
  cwd: root,
  overrideConfigFile,
  overrideConfig: [
    {
      files: ['**/*.ts'],
      ...tseslint.configs.disableTypeChecked,
      languageOptions: { parserOptions: { projectService: false, project: null } },
    },
  ],
});
const typed = new ESLint({ cwd: root, overrideConfigFile });

async function problems(eslint: ESLint, file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
  return (result?.messages ?? []).map((message) => `${message.ruleId ?? 'parser'}: ${message.message}`);
}

/** Only what the fences say; a forged import is also an unused variable. */
const fenceProblems = async (file: string, code: string) =>
  (await problems(untyped, file, code)).filter(
    (line) => !line.startsWith('@typescript-eslint/no-unused-vars'),
  );

const inLayer = (layer: string) => `src/${layer}/forged.ts`;
const layers = Object.keys(LAYERS);

describe('layer fence', () => {
  const importOf = (target: string) => `import { x } from '../${target}/y.js';`;
  const typeOf = (target: string) => `import type { X } from '../${target}/y.js';`;
  const targetsOf = (layer: string) => [...layers, 'generated'].filter((target) => target !== layer);
  const grants = (layer: string, target: string) => LAYERS[layer]?.values.includes(target) === true;

  it.each(layers)('src/%s imports the folders of its row, and no others', async (layer) => {
    for (const target of targetsOf(layer)) {
      expect(await fenceProblems(inLayer(layer), importOf(target)), `${layer} -> ${target}`).toEqual(
        grants(layer, target)
          ? []
          : [expect.stringContaining(`sexton/layer-fence: ${layer}/ must not import ${target}/y`)],
      );
    }
  });

  it('points down only: no two layers import values from each other', () => {
    for (const layer of layers) {
      expect(targetsOf(layer).filter((target) => grants(layer, target) && grants(target, layer))).toEqual([]);
    }
  });

  it('counts an import from a subfolder, a re-export, and a type-only import of a face', async () => {
    const message = expect.stringContaining('sexton/layer-fence: storage/ must not import node/y');
    expect(await fenceProblems('src/storage/deep/er/forged.ts', `import '../../../node/y.js';`)).toEqual([
      message,
    ]);
    expect(await fenceProblems(inLayer('storage'), `export * from '../node/y.js';`)).toEqual([message]);
    expect(await fenceProblems(inLayer('storage'), `export { x } from '../node/y.js';`)).toEqual([message]);
    expect(await fenceProblems(inLayer('storage'), typeOf('node'))).toEqual([message]);
    expect(await fenceProblems(inLayer('storage'), `export type X = import('../node/y.js').X;`)).toEqual([
      message,
    ]);
    expect(await fenceProblems(inLayer('storage'), `export const x = import('../node/y.js');`)).toEqual([
      message,
    ]);
  });

  it('grants a port to `import type` and refuses it as a value', async () => {
    const port = '../raft/types.js';
    expect(await fenceProblems(inLayer('catalog'), `import type { Term } from '${port}';`)).toEqual([]);
    expect(await fenceProblems(inLayer('catalog'), `import { type Term } from '${port}';`)).toEqual([]);
    for (const statement of [
      `import { type Term, x } from '${port}';`,
      `import '${port}';`,
      `export * from '${port}';`,
    ]) {
      expect(await fenceProblems(inLayer('catalog'), statement)).toEqual([
        expect.stringContaining('must not import raft/types other than by `import type`'),
      ]);
    }
    expect(
      await fenceProblems(inLayer('catalog'), `import type { Core } from '../raft/core.js';`),
    ).toHaveLength(1);
  });

  it('lets the command line load a node lazily only', async () => {
    expect(await fenceProblems(inLayer('cli'), `export const x = () => import('../node/y.js');`)).toEqual([]);
    expect(await fenceProblems(inLayer('cli'), importOf('node'))).toHaveLength(1);
  });

  it.each(layers)('%s may not import tests, nor anything else outside src', async (layer) => {
    for (const specifier of ['../../test/sim/world.js', '../../package.json']) {
      expect(await fenceProblems(inLayer(layer), `import '${specifier}';`)).toEqual([
        `sexton/layer-fence: ${layer}/ must not import "${specifier}": it lies outside src/.`,
      ]);
    }
  });

  it('keeps LevelDB in storage and the S3 SDK in objectstore', async () => {
    for (const layer of layers) {
      const level = await fenceProblems(inLayer(layer), `import { Level } from 'level';`);
      const sdk = await fenceProblems(inLayer(layer), `import { S3Client } from '@aws-sdk/client-s3';`);
      expect(level, layer).toHaveLength(layer === 'storage' ? 0 : 1);
      expect(sdk, layer).toHaveLength(layer === 'objectstore' ? 0 : 1);
    }
  });

  it('refuses a folder that the table does not know', async () => {
    expect(await fenceProblems('src/misc/forged.ts', `export const x = 1;`)).toEqual([
      expect.stringContaining('src/misc/ is not in test/tooling/layers.js'),
    ]);
  });
});

describe.each(PURE_LAYERS)('purity fence of src/%s', (layer) => {
  it.each([
    ['the clock', 'export const x = Date.now();'],
    ['a date', 'export const x = new Date(0);'],
    ['the monotonic clock', 'export const x = performance.now();'],
    ['the machine', 'export const x = process.hrtime();'],
    ['randomness', 'export const x = Math.random();'],
    ['randomness, destructured', 'export const { random } = Math;'],
    ['random ids', 'export const x = crypto.randomUUID();'],
    ['a timer', 'setTimeout(() => undefined, 1);'],
    ['an interval', 'setInterval(() => undefined, 1);'],
    ['an immediate', 'setImmediate(() => undefined);'],
    ['a microtask', 'queueMicrotask(() => undefined);'],
    ['the global object', 'export const x = globalThis;'],
    ['a buffer', 'export const x = Buffer.alloc(1);'],
    ['the console', 'console.log(1);'],
    ['a locale', `export const x = 'a'.localeCompare('b');`],
    ['a collator', 'export const x = new Intl.Collator();'],
    ['a promise', 'export const x = Promise.resolve();'],
    ['a promise in a type', 'export type X = Promise<void>;'],
    ['a date in a type', 'export type X = Date;'],
    ['an async function', 'export async function f() {}'],
    ['an async arrow', 'export const f = async () => {};'],
    ['an async method', 'export class A { async f() {} }'],
    ['an await', 'await 1;'],
    ['an async loop', 'for await (const x of []) void x;'],
    ['a lazy import', `export const x = import('./y.js');`],
    ['its own place', 'export const x = import.meta.url;'],
    ['node:', `import 'node:fs';`],
    ['node: as a type', `import type { Stats } from 'node:fs';`],
    ['a package', `import 'pino';`],
    ['a node module without node:', `import 'fs';`],
    ['the clock port', `import { delay } from '../shared/clock.js';`],
    ['the logger', `import { createLogger } from '../shared/logger.js';`],
  ])('refuses %s', async (_what, code) => {
    expect(await fenceProblems(inLayer(layer), code)).not.toEqual([]);
  });

  it('covers files in subfolders', async () => {
    const found = await fenceProblems(`src/${layer}/deep/er/forged.ts`, 'export const x = Date.now();');
    expect(found).toEqual([expect.stringContaining('no-restricted-globals')]);
  });

  it('lets the helpers through', async () => {
    const code = ['assert', 'binary', 'errors', 'configuration-codec']
      .map((file) => `export * from '../shared/${file}.js';`)
      .join('\n');
    expect(await fenceProblems(inLayer(layer), code)).toEqual([]);
  });
});

describe('rules for every file', () => {
  it.each([
    ['a default export', 'export default 1;'],
    ['a default export by name', 'const x = 1;\nexport { x as default };'],
    ['an enum', 'export enum E { A }'],
    ['a namespace', 'export namespace N { export const x = 1; }'],
    ['the console outside the command line', 'console.log(1);'],
    ['an unexplained @ts-expect-error', '// @ts-expect-error\nexport const x = 1;'],
    ['a disable comment that disables nothing', '// eslint-disable-next-line eqeqeq\nexport const x = 1;'],
  ])('refuse %s', async (_what, code) => {
    expect(await fenceProblems(inLayer('shared'), code)).not.toEqual([]);
  });

  it('let the command line print', async () => {
    expect(await fenceProblems(inLayer('cli'), 'console.log(1);')).toEqual([]);
  });
});

describe('rules that need types', () => {
  // A file that exists, so that the type checker takes the forged text in its place.
  const file = 'src/shared/assert.ts';

  it.each([
    [
      'a promise that nobody awaits',
      'async function f(): Promise<void> {}\nexport function g(): void { f(); }',
      '@typescript-eslint/no-floating-promises',
    ],
    [
      'a promise where a condition belongs',
      'declare function f(): Promise<boolean>;\nexport const x = () => { if (f()) throw new Error(); };',
      '@typescript-eslint/no-misused-promises',
    ],
    [
      'a switch that forgets a variant',
      `export function f(k: 'a' | 'b'): number { switch (k) { case 'a': return 1; default: return 2; } }`,
      '@typescript-eslint/switch-exhaustiveness-check',
    ],
  ])('refuse %s', async (_what, code, rule) => {
    expect(await problems(typed, file, code)).toContainEqual(expect.stringContaining(`${rule}: `));
  });
});
