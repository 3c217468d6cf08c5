import { describe, expect, it } from 'vitest';
import { runProgram } from './processes.js';

describe('the demo', () => {
  it('purges one stream across a killed leader and leaves every other object', async () => {
    const ran = await runProgram(['demo', '--objects=8000', '--streams=3']);
    expect(ran.stderr).toBe('');
    expect(ran.stdout).toMatch(/Kill the leader, node \d/);
    expect(ran.stdout).toMatch(/is PURGED/);
    expect(ran.stdout).toMatch(/Nothing deleted too early, nothing left behind\./);
    expect(ran.code).toBe(0);
  });
});
