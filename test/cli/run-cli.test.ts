import { describe, expect, it } from 'vitest';
import { run } from './run.js';

describe('the command line', () => {
  it('prints help and version, and ends with 0', async () => {
    expect((await run(['--help'])).stdout).toMatch(/serve.*\n.*dev/s);
    expect((await run(['--help'])).status).toBe(0);
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it.each([
    [['nonsense'], /unknown command 'nonsense'/],
    [['stream', 'create'], /missing required argument 'stream'/],
    [['stream', 'delete', 'web', '--grace-period', '-1s'], /--grace-period/],
    [['stream', 'create', 'web', '--label', 'novalue'], /--label.*key=value/],
    [['status', '--endpoints', 'nowhere'], /--endpoints/],
    [['status', '--output', 'xml'], /--output.*table, json/],
    [['purge', 'pause'], /name one stream, or say --all/],
    [['leader', 'transfer', '--to', 'me'], /--to/],
  ])('refuses %j with 3, on stderr', async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect(stderr).toMatch(message);
    expect(status).toBe(3);
    expect(stdout).toBe('');
  });

  it('ends with 2 when nobody answers, and says of each endpoint why', async () => {
    const { status, stdout, stderr } = await run(['status', '--endpoints=127.0.0.1:1', '--timeout=300ms']);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^error: \[/);
    expect(stdout).toMatch(/127\.0\.0\.1:1/);
  });
});
