import { describe, expect, it } from 'vitest';
import { GRACE_PERIOD_MS_MAX } from '../../src/catalog/limits.js';
import {
  gracePeriodViolations,
  labelsViolations,
  nameViolations,
  normalizeLabels,
  prefixViolations,
  requestIdViolations,
  tenantViolations,
} from '../../src/catalog/names.js';
import { validateCommand } from '../../src/catalog/validate-command.js';
import { create, markDeleted, markPurged, pause, progress } from './support/memory-catalog.js';

const says = (violations: readonly { description: string }[]): string =>
  violations.map(({ description }) => description).join('; ');

describe('C6: names', () => {
  it.each([
    'a',
    '0',
    '-',
    '_',
    'web-logs_2',
    'Straße',
    'журнал',
    '日本語',
    'हिन्दी'.slice(0, 2),
    '½',
    'order',
    '𝒳',
    'a'.repeat(255),
  ])('accepts %s', (name) => {
    expect(nameViolations(name)).toEqual([]);
    // What is accepted before the proposal is accepted at apply.
    expect(nameViolations(name, 'anyNonAscii')).toEqual([]);
  });

  it.each([
    ['', 'is required'],
    ['a'.repeat(256), 'longer than 255 bytes'],
    ['ß'.repeat(128), 'longer than 255 bytes'],
    ['a b', 'may contain only'],
    ['a/b', 'may contain only'],
    ['../etc', 'may contain only'],
    ['.hidden', 'may contain only'],
    ['a.b', 'may contain only'],
    ['a\0b', 'may contain only'],
    ['a\nb', 'may contain only'],
    ['a\u0085b', 'may contain only'],
    ['\ud800', 'may contain only'],
  ])('refuses %j before the proposal and at apply', (name, description) => {
    expect(says(nameViolations(name))).toContain(description);
    expect(says(nameViolations(name, 'anyNonAscii'))).toContain(description);
  });

  it.each(['🪦', '“x”', 'a\u0301', 'a\u2028b', 'a\u00a0b', '\u202ea'])(
    'refuses %j before the proposal only: which signs are letters is for the Unicode version to say (C3)',
    (name) => {
      expect(nameViolations(name)).toHaveLength(1);
      expect(nameViolations(name, 'anyNonAscii')).toEqual([]);
    },
  );

  it('never accepts before the proposal what apply refuses, for any code point', () => {
    const wrong: number[] = [];
    for (let point = 0; point <= 0x10_ffff; point++) {
      const name = String.fromCodePoint(point);
      const isGood = nameViolations(name).length === 0;
      if (isGood && nameViolations(name, 'anyNonAscii').length > 0) wrong.push(point);
      if (isGood && /[/.\s\0\p{Cc}]/u.test(name)) wrong.push(point);
    }
    expect(wrong).toEqual([]);
  });

  it('has a rule of its own for tenants', () => {
    for (const tenant of ['', 'acme', '0-_', 'a'.repeat(36)]) expect(tenantViolations(tenant)).toEqual([]);
    for (const tenant of ['-a', '_a', 'a'.repeat(37), 'ä', 'a/b', 'a\n', '.a', 'DEFAULT_TENANT']) {
      expect(tenantViolations(tenant)).toMatchObject([{ field: 'tenant' }]);
    }
  });
});

describe('C6: prefixes', () => {
  it.each([
    'a/',
    'a/b/',
    'logs/2024/',
    'a.b/',
    'a/.stream/',
    'ü/',
    'a b/',
    'a/'.repeat(16),
    `${'a'.repeat(899)}/`,
  ])('accepts %s', (prefix) => {
    expect(prefixViolations(prefix)).toEqual([]);
  });

  it.each([
    ['a', `end with '/'`],
    ['/', `start with '/'`],
    ['/a/', `start with '/'`],
    ['//', `start with '/'`],
    ['./', `start with '.'`],
    ['../', `start with '.'`],
    ['.parseable/', `start with '.'`],
    ['a//', 'empty'],
    ['a//b/', 'empty'],
    ['a/./', `'.'`],
    ['a/../', `'..'`],
    ['a/../../etc/', `'..'`],
    ['a\0/', 'control'],
    ['a\n/', 'control'],
    ['a\u007f/', 'control'],
    ['a\ufffe/', 'control'],
    ['\udc00/', 'broken Unicode'],
    [`${'a'.repeat(900)}/`, 'longer than 900 bytes'],
    [`${'ü'.repeat(450)}/`, 'longer than 900 bytes'],
    ['a/'.repeat(17), 'more than 16 segments'],
  ])('refuses %j', (prefix, description) => {
    expect(says(prefixViolations(prefix))).toContain(description);
  });
});

describe('labels', () => {
  it('keeps its limits, and says which label', () => {
    expect(labelsViolations([['team', 'x']])).toEqual([]);
    expect(labelsViolations([['k8s.io/app-name_1', '']])).toEqual([]);
    for (const key of ['', 'Team', 'a b', 'ä', 'a'.repeat(64)]) {
      expect(says(labelsViolations([[key, 'x']]))).toContain('key must be');
    }
    expect(labelsViolations([['k', 'ü'.repeat(128)]])).toMatchObject([{ field: 'labels["k"]' }]);
    expect(labelsViolations([['k', '\u001b[31m']])).toMatchObject([{ field: 'labels["k"]' }]);
    const key = (at: number): string => `k${at}`;
    const many = (count: number, value: string): [string, string][] =>
      Array.from({ length: count }, (_, at) => [key(at), value]);
    expect(labelsViolations(many(64, 'x'))).toEqual([]);
    expect(says(labelsViolations(many(65, 'x')))).toContain('at most 64');
    expect(says(labelsViolations(many(33, 'x'.repeat(250))))).toContain('at most 8192');
  });

  it('refuses a key that appears twice', () => {
    const violations = labelsViolations([
      ['a', '1'],
      ['b', '2'],
      ['a', '1'],
    ]);
    expect(violations).toEqual([{ field: 'labels["a"]', description: 'the key appears twice' }]);
  });

  it('are sorted by key', () => {
    const sorted = [
      ['a', '2'],
      ['b', '1'],
      ['b.c', '0'],
    ] as const;
    expect(normalizeLabels(sorted.toReversed())).toEqual(sorted);
    expect(normalizeLabels(sorted)).toBe(sorted);
  });
});

describe('the rest', () => {
  it('bounds the grace period', () => {
    for (const ms of [0, 1, GRACE_PERIOD_MS_MAX]) expect(gracePeriodViolations(ms)).toEqual([]);
    for (const ms of [-1, GRACE_PERIOD_MS_MAX + 1, 0.5, NaN, Infinity]) {
      expect(gracePeriodViolations(ms)).toMatchObject([{ field: 'grace_period' }]);
    }
  });

  it('takes a UUID in its canonical form as a request id, in either case', () => {
    for (const id of ['', '8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11', '8A6C1F0E-5D0B-4C9E-9C57-2F1F2F0D3B11']) {
      expect(requestIdViolations(id)).toEqual([]);
    }
    for (const id of ['x', '8a6c1f0e5d0b4c9e9c572f1f2f0d3b11', '{8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11}']) {
      expect(requestIdViolations(id)).toMatchObject([{ field: 'request_id' }]);
    }
  });

  it('names every bad field of a command, in proto spelling', () => {
    const bad = create('a/b', { tenant: '-', prefix: '..', labels: [['', '']] });
    expect(validateCommand(bad).map(({ field }) => field)).toEqual([
      'tenant',
      'name',
      'prefix',
      'labels[""]',
    ]);
    const fields = validateCommand(markDeleted('', { gracePeriodMs: -1, incarnation: -1, ifRevision: 0.5 }));
    expect(fields.map(({ field }) => field)).toEqual(['name', 'incarnation', 'grace_period', 'etag']);
    const long = progress(0, { lastError: 'x'.repeat(1025), attempts: NaN, nextAttemptTimeMs: Infinity });
    expect(validateCommand(long).map(({ field }) => field)).toEqual([
      'incarnation',
      'attempts',
      'next_attempt_time',
      'last_error',
    ]);
    expect(validateCommand(markPurged(1, { reusableAfterMs: 2 ** 52 }))).toMatchObject([
      { field: 'reusable_after' },
    ]);
    expect(validateCommand(pause('', true))).toEqual([]);
    expect(validateCommand(pause('', true, 5))).toMatchObject([{ field: 'name' }]);
  });
});
