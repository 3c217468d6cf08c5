/**
 * Lint rules. Run from the repository's root (`npm run lint`): ESLint resolves the patterns below
 * against the working directory, not against this file.
 *
 * typescript-eslint's strict set with type information; each relaxation says why. Beyond it: the
 * layer fence (`layers.js`) and the purity fence that keep consensus and catalog deterministic (C3).
 * `fences.test.ts` proves that each fence bites.
 */
import path from 'node:path';
import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { layerFence } from './layer-fence.js';
import { PURE_LAYERS } from './layers.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PURE_FILES = PURE_LAYERS.map((layer) => `src/${layer}/**/*.ts`);

/** Global -> what the pure parts use instead. */
const IMPURE_GLOBALS = {
  Date: 'times are arguments, stamped by the leader before the proposal (C3)',
  performance: 'time is ticks',
  Intl: 'its answers depend on the version of ICU (C3)',
  crypto: 'randomness and ids are arguments',
  process: 'the environment is an argument',
  globalThis: 'reach nothing through the global object',
  global: 'reach nothing through the global object',
  Buffer: 'use Uint8Array and shared/binary',
  console: 'what happened is data in Effects, logged by the driver',
  fetch: 'I/O belongs to the driver',
  Promise: 'the pure parts never wait',
  setTimeout: 'time is ticks',
  setInterval: 'time is ticks',
  setImmediate: 'the pure parts never wait',
  queueMicrotask: 'the pure parts never wait',
  AbortController: 'the pure parts never wait',
  WeakRef: 'what it yields depends on the garbage collector (C3)',
  FinalizationRegistry: 'when it runs depends on the garbage collector (C3)',
};

/** Syntax that no file of the project uses. */
const BANNED_SYNTAX = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of string literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Named exports only.' },
  {
    selector: 'MemberExpression[object.name="AbortSignal"][property.name="any"]',
    message:
      'Node 20 keeps it for good while a source lives (nodejs/node#64476): abort a controller of your own.',
  },
];

const IMPURE_SYNTAX = [
  {
    selector: 'TSTypeReference[typeName.name=/^(Promise|PromiseLike|Date|Buffer)$/]',
    message: 'Pure code has none.',
  },
  { selector: ':function[async=true]', message: 'Pure code is synchronous.' },
  { selector: 'AwaitExpression', message: 'Pure code is synchronous.' },
  { selector: 'ForOfStatement[await=true]', message: 'Pure code is synchronous.' },
  { selector: 'ImportExpression', message: 'Pure code is synchronous.' },
  { selector: 'MetaProperty[meta.name="import"]', message: 'Pure code does not know where it lies.' },
];

const IMPURE_PROPERTIES = [
  { object: 'Math', property: 'random', message: 'Randomness is an argument.' },
  ...['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase'].map((property) => ({
    property,
    message: 'Its result depends on the machine (C3).',
  })),
];

export default defineConfig(
  globalIgnores(['dist/**', 'coverage/**', 'src/generated/**']),

  {
    linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' },
  },

  js.configs.recommended,

  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: ROOT } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A default arm does not excuse a missing variant: a new one must be thought about everywhere.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { requireDefaultForNonUnion: true }],
      '@typescript-eslint/consistent-type-exports': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX],

      // Messages carry numbers (terms, indexes, bytes); the rest of the rule stays.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => emitter.emit()` reads better than a block; the statement position stays checked.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // The compiler keeps a narrowing across `await` and calls, so the rule reports just those second
      // looks (is this still the leader? has it been stopped?) that a program which waits cannot do without.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A status code off the wire is a number; grpc-js types it as a member of its enum.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // A port's method is async so that it rejects rather than throws, with or without an await in it.
      '@typescript-eslint/require-await': 'off',
      // `void | Promise<void>` is how a callback's type says that it may be either.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // An aborted wait ends with `signal.reason` as it is, and that is typed `any`.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingAny: true }],
      '@typescript-eslint/only-throw-error': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // `_` marks a parameter that a port's signature asks for and an implementation does not need.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' },
      ],
    },
  },

  {
    files: ['src/**/*.ts'],
    plugins: { sexton: { rules: { 'layer-fence': layerFence } } },
    rules: { 'sexton/layer-fence': 'error' },
  },

  {
    files: PURE_FILES,
    rules: {
      'no-restricted-globals': [
        'error',
        ...Object.entries(IMPURE_GLOBALS).map(([name, instead]) => ({
          name,
          message: `Pure code: ${instead}.`,
        })),
      ],
      'no-restricted-syntax': ['error', ...BANNED_SYNTAX, ...IMPURE_SYNTAX],
      'no-restricted-properties': ['error', ...IMPURE_PROPERTIES],
    },
  },

  {
    // The faces that a person looks at write to the terminal.
    files: ['src/cli/**/*.ts', 'src/demo/**/*.ts'],
    rules: { 'no-console': 'off' },
  },

  {
    files: ['test/**/*.ts'],
    rules: {
      // In a test an undefined value is a failure either way, and the assertion says so.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A fake plays the part of a peer: what it does not know, it answers in its default arm.
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // `expect(fake.method)` names the method and never calls it.
      '@typescript-eslint/unbound-method': 'off',
      // `expect.anything()` and its kin are typed `any`.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Fakes implement whole ports with methods that the test never calls.
      '@typescript-eslint/no-empty-function': 'off',
    },
  },

  {
    // What prints its result: the simulator's command line, benchmarks, child processes, tidy's hints.
    files: ['test/{bench,sim,integration,support,tooling}/**/*.ts'],
    rules: { 'no-console': 'off' },
  },

  {
    files: ['**/*.js'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },

  {
    // Tools read their configuration from the default export.
    files: ['test/tooling/eslint.config.js', 'test/vitest.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
);
