/**
 * The systemd unit. Its own reader checks form and the settings that matter; where `systemd-analyze`
 * is installed, that has the last word on every key and value.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_STATUS } from '../../src/shared/fatal.js';
import { readText, readUnit } from './deploy-files.js';

const file = 'deploy/systemd/sexton.service';
const unit = readUnit(file);
const only = (key: string) => {
  const values = unit.get(key);
  expect(values, key).toHaveLength(1);
  return values?.[0] ?? '';
};

/** What systemd should do about each status. Total, so that a new status is decided here first. */
const ON_EXIT: Record<keyof typeof EXIT_STATUS, 'restart' | 'operator' | 'not an exit of serve'> = {
  OK: 'not an exit of serve',
  ERROR: 'restart',
  UNAVAILABLE: 'restart',
  INVALID_INPUT: 'operator',
  REFUSED: 'not an exit of serve',
  INTERRUPTED: 'not an exit of serve',
  BUG: 'restart',
  CONFIG: 'operator',
  STORAGE_DAMAGED: 'operator',
  STORAGE_WRITE_FAILED: 'operator',
  WRONG_DATA_DIRECTORY: 'operator',
  DATA_DIRECTORY_UNUSABLE: 'operator',
  DATA_DIRECTORY_LOCKED: 'restart',
  MEMBER_WIPED: 'operator',
  PORT_IN_USE: 'restart',
  OBJECT_STORE_UNUSABLE: 'restart',
  CATALOG_DIVERGED: 'operator',
  MEMBER_REMOVED: 'operator',
};
const needsOperator = (Object.keys(ON_EXIT) as (keyof typeof EXIT_STATUS)[])
  .filter((kind) => ON_EXIT[kind] === 'operator')
  .map((kind) => EXIT_STATUS[kind]);

const hasSystemdAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0;

describe(file, () => {
  it('restarts on failure, but not on a status that only a person can cure', () => {
    expect(only('Service.Restart')).toBe('on-failure');
    expect(only('Service.RestartPreventExitStatus').split(' ').map(Number)).toEqual(needsOperator);
  });

  it('explains each of these statuses in the unit and in the README', () => {
    const table = readText('deploy/README.md').match(/^\| [\d, ]+ \|.*$/gm) ?? [];
    const explained = table.flatMap((row) => (row.split('|')[1] ?? '').split(',').map(Number));
    expect(explained).toEqual(needsOperator);
    const comments =
      readText(file)
        .match(/^# .*$/gm)
        ?.join('\n') ?? '';
    for (const status of needsOperator) expect(comments).toMatch(new RegExp(` ${status} [a-z]`));
  });

  it('stops in order: SIGTERM, and time for a hand-over', () => {
    expect(only('Service.KillSignal')).toBe('SIGTERM');
    expect(only('Service.KillMode')).toBe('mixed');
    expect(only('Service.TimeoutStopSec')).toBe('60s');
  });

  it('runs as its own user, with a private data directory that the example settings name', () => {
    expect(only('Service.User')).toBe('sexton');
    expect(only('Service.StateDirectory')).toBe('sexton');
    expect(only('Service.StateDirectoryMode')).toBe('0700');
    expect(readText('deploy/sexton.env.example')).toMatch(/^SEXTON_DATA_DIR=\/var\/lib\/sexton$/m);
    expect(only('Service.EnvironmentFile')).toBe('/etc/sexton/sexton.env');
  });

  it('is hardened, but leaves V8 its writable and executable memory', () => {
    expect(only('Service.NoNewPrivileges')).toBe('yes');
    expect(only('Service.ProtectSystem')).toBe('strict');
    expect(only('Service.CapabilityBoundingSet')).toBe('');
    expect(unit.has('Service.MemoryDenyWriteExecute')).toBe(false);
  });

  it.runIf(hasSystemdAnalyze)('passes systemd-analyze verify', () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'sexton-unit-'));
    try {
      // It also looks whether the program is there: give it this machine's Node.
      const copy = path.join(directory, 'sexton.service');
      writeFileSync(copy, readText(file).replace('ExecStart=/usr/bin/node', `ExecStart=${process.execPath}`));
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', copy], {
        encoding: 'utf8',
      });
      // Unknown keys and bad values are only warnings to it; other lines are about this machine's units.
      const aboutOurs = stderr.split('\n').filter((line) => line.includes('sexton.service'));
      expect({ status, aboutOurs }).toEqual({ status: 0, aboutOurs: [] });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
