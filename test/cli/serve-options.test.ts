import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addServeOptions, serveSettings, type ServeFlags } from '../../src/cli/serve-options.js';
import { serveFlagTable } from '../../src/cli/serve-table.js';
import type { ServeSettings } from '../../src/server/serve.js';
import { run } from './run.js';

const MEMBERS = '1=a:7401,2=b:7401,3=c:7401';
const REQUIRED = ['--cluster-id=logs', '--member-id=2', '--data-dir=/data', `--members=${MEMBERS}`];

function settings(...args: string[]): ServeSettings {
  let parsed: ServeSettings | undefined;
  const program = addServeOptions(new Command().exitOverride()).action((flags: ServeFlags) => {
    parsed = serveSettings(flags);
  });
  program.parse(args, { from: 'user' });
  if (parsed === undefined) throw new Error('not parsed');
  return parsed;
}

describe('serve settings', () => {
  it('come from flags, with defaults for the rest', () => {
    expect(settings(...REQUIRED)).toMatchObject({
      node: {
        clusterId: 'logs',
        memberId: 2,
        address: 'b:7401',
        initialMembers: [{ id: 1, address: 'a:7401' }, { id: 2 }, { id: 3 }],
        join: false,
        tickMs: 50,
      },
      dataDirectory: '/data',
      listen: '0.0.0.0:7401',
      httpListen: '0.0.0.0:7411',
      objectStore: undefined,
      defaultGracePeriodMs: 86_400_000,
      sweepAfterMs: [3_600_000, 86_400_000],
      takeOverBucketFrom: undefined,
      logFormat: 'auto',
    });
  });

  it('of sweeps are a list of times, or none', () => {
    expect(settings(...REQUIRED, '--sweep-after=10m, 2h').sweepAfterMs).toEqual([600_000, 7_200_000]);
    expect(settings(...REQUIRED, '--sweep-after=off').sweepAfterMs).toEqual([]);
    expect(settings(...REQUIRED).rebornPolicy).toBe('adopt');
    expect(settings(...REQUIRED, '--reborn-streams=alarm').rebornPolicy).toBe('alarm');
  });

  it.each([
    [['--member-id=4'], /--members.*does not name member 4/],
    [['--advertise=z:7401'], /--advertise.*says z:7401/],
    [['--heartbeat-ticks=11'], /--heartbeat-ticks.*more than half/],
    [['--members=1=a:1,1=b:1,2=c:1'], /names a member id twice/],
    [['--members=1=a:1,2=a:1'], /names an address twice/],
    [['--members=1=a'], /is not ID=host:port/],
    [['--listen=a:70000'], /host:port/],
    [['--purge-stream-concurrency=0'], /whole number from 1 to 64/],
    [['--default-grace-period=3651d'], /between 0ms and 3650d/],
    [['--cluster-id=a b'], /letters, digits/],
    [['--log-level=loud'], /one of debug/],
    [['--sweep-after=1h,ten'], /--sweep-after/],
    [['--reborn-streams=delete'], /--reborn-streams.*adopt.*alarm/],
    [['--sweep-after=0s'], /between 1s and 365d/],
    [['--take-over-bucket-from=a b'], /letters, digits/],
  ])('refuse %j', (args, message) => {
    expect(() => settings(...REQUIRED, ...args)).toThrow(message);
  });

  it('of a node that joins name whom to ask, itself or not, and where it is reached', () => {
    const joining = ['--cluster-id=logs', '--member-id=4', '--data-dir=/data', '--join'];
    expect(settings(...joining, `--members=${MEMBERS}`, '--advertise=d:7401').node).toMatchObject({
      memberId: 4,
      address: 'd:7401',
      join: true,
      initialMembers: [{ id: 1 }, { id: 2 }, { id: 3 }],
    });
    expect(settings(...joining, `--members=${MEMBERS},4=d:7401`).node.address).toBe('d:7401');
    expect(() => settings(...joining, '--advertise=d:7401')).toThrow(
      '--members (or SEXTON_MEMBERS) is required',
    );
    expect(() => settings(...joining, `--members=${MEMBERS}`)).toThrow(/--advertise.*is required/);
    expect(() => settings(...joining, '--members=4=d:7401')).toThrow(/--members.*nobody but this node/);
  });

  it('say what is required, with flag and variable', () => {
    expect(() => settings('--cluster-id=logs')).toThrow('--member-id (or SEXTON_MEMBER_ID) is required');
  });

  it('name the variable when a value came from the environment', async () => {
    const { status, stderr } = await run(['serve', ...REQUIRED], { env: { SEXTON_TICK_INTERVAL: 'fast' } });
    expect(status).toBe(3);
    expect(stderr).toMatch(/--tick-interval.*'fast'.*SEXTON_TICK_INTERVAL/);
  });

  it('are listed in the README as they are', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    expect(readme).toContain(serveFlagTable());
  });
});
