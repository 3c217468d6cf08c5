/**
 * The settings, wherever deploy/ sets one: only such as exist, spelt as in the example file, with the
 * defaults that the program has, and with values that its own parsers take.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NODE_DEFAULTS } from '../../src/node/options.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import { resolvePurgeOptions } from '../../src/purge/options.js';
import { readEnvFile, readText, root } from './deploy-files.js';

const example = readEnvFile('deploy/sexton.env.example');
const value = (name: string) => example.find((setting) => setting.name === name)?.value ?? '';

const elsewhere = [
  'deploy/Dockerfile',
  'deploy/compose.yaml',
  'deploy/README.md',
  'deploy/kubernetes/config.yaml',
  'deploy/kubernetes/statefulset.yaml',
];

/** `90s`, `50ms`, `24h` as the program reads them. */
function durationMs(text: string): number {
  const [, amount, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(amount) * (UNITS[unit] ?? NaN);
}

describe('deploy/sexton.env.example', () => {
  it('has each setting once', () => {
    const names = example.map((setting) => setting.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('shows the defaults of the program where it leaves a setting commented out', () => {
    const purge = resolvePurgeOptions();
    const defaults: Record<string, string> = {
      SEXTON_JOIN: String(NODE_DEFAULTS.join),
      SEXTON_TICK_INTERVAL: `${NODE_DEFAULTS.tickMs}ms`,
      SEXTON_ELECTION_TICKS: String(NODE_DEFAULTS.electionTicks),
      SEXTON_HEARTBEAT_TICKS: String(NODE_DEFAULTS.heartbeatTicks),
      SEXTON_SNAPSHOT_ENTRIES: String(NODE_DEFAULTS.snapshotEntries),
      SEXTON_PROPOSAL_TIMEOUT: `${NODE_DEFAULTS.proposalTimeoutMs / 1000}s`,
      SEXTON_MAX_PENDING_PROPOSALS: String(NODE_DEFAULTS.maxPendingProposals),
      SEXTON_PURGE_STREAM_CONCURRENCY: String(purge.streamConcurrency),
      SEXTON_PURGE_REQUEST_CONCURRENCY: String(purge.requestConcurrencyMax),
      SEXTON_PURGE_REQUESTS_PER_SECOND: String(purge.requestsPerSecondMax),
    };
    const shown = example.filter((setting) => setting.isDefault);
    expect(Object.fromEntries(shown.map((setting) => [setting.name, setting.value]))).toEqual(defaults);
  });

  it('has only settings that are flags of the command line', () => {
    const folder = path.join(root, 'src/cli');
    const commandLine = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(folder, file), 'utf8'))
      .join('\n');
    const flags = example
      .filter((setting) => setting.name.startsWith('SEXTON_'))
      .map((setting) => setting.name.slice('SEXTON_'.length).toLowerCase().replaceAll('_', '-'));
    expect(flags.filter((flag) => !new RegExp(`['"\`](--)?${flag}\\b(?!-)`).test(commandLine))).toEqual([]);
  });

  it('names a cluster of three in which this node is the one that it advertises', () => {
    const members = value('SEXTON_MEMBERS')
      .split(',')
      .map((member) => member.split('='));
    expect(members.map(([id]) => id)).toEqual(['1', '2', '3']);
    expect(members).toContainEqual([value('SEXTON_MEMBER_ID'), value('SEXTON_ADVERTISE')]);
    for (const [, address] of members) expect(address).toMatch(/^[a-z0-9.-]+:7401$/);
  });

  it('holds no credentials', () => {
    expect(value('AWS_ACCESS_KEY_ID')).toBe('');
    expect(value('AWS_SECRET_ACCESS_KEY')).toBe('');
  });
});

describe.each(elsewhere)('%s', (file) => {
  it('sets and names only what the example explains', () => {
    const known = example.map((setting) => setting.name);
    // SEXTON_PORT stands in a comment: it is what Kubernetes would make up.
    const used = (readText(file).match(/\bSEXTON_[A-Z_]*[A-Z]\b/g) ?? []).filter(
      (name) => name !== 'SEXTON_PORT',
    );
    expect(used).not.toEqual([]);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('values', () => {
  const valuesOf = (name: string) =>
    ['deploy/sexton.env.example', ...elsewhere].flatMap((file) =>
      [...readText(file).matchAll(new RegExp(`^ *#?${name}(?:=|: )'?([^'\\s]+)`, 'gm'))].map(
        ([, found = '']) => found,
      ),
    );

  it('every object store is one that the program can parse and resolve', () => {
    const stores = valuesOf('SEXTON_OBJECT_STORE');
    expect(stores).toHaveLength(3);
    for (const store of stores) {
      const config = resolveObjectStoreConfig(parseObjectStoreUrl(store), {
        AWS_ACCESS_KEY_ID: 'id',
        AWS_SECRET_ACCESS_KEY: 'secret',
      });
      expect(config).toMatchObject({ kind: 's3', pathStyle: true });
    }
  });

  it('every grace period is a positive duration of ten years at most', () => {
    const periods = valuesOf('SEXTON_DEFAULT_GRACE_PERIOD').map(durationMs);
    expect(periods).toHaveLength(3);
    for (const period of periods) {
      expect(period).toBeGreaterThan(0);
      expect(period).toBeLessThanOrEqual(durationMs('3650d'));
    }
  });

  it('every listener has the port that the rest of deploy/ speaks of', () => {
    // Once in the example, once in the image.
    const ports = (name: string) => valuesOf(name).map((address) => address.split(':')[1]);
    expect(ports('SEXTON_LISTEN')).toEqual(['7401', '7401']);
    expect(ports('SEXTON_HTTP_LISTEN')).toEqual(['7411', '7411']);
    expect(readText('deploy/Dockerfile')).toMatch(/^EXPOSE 7401 7411$/m);
  });
});
