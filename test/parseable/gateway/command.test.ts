/** The command: flags, and what it prints. What it does is in end-to-end.test.ts. */
import { afterEach, describe, expect, it } from 'vitest';
import { gatewayTable } from '../../../src/cli/commands/parseable-gateway-status.js';
import { run } from '../../cli/run.js';
import { FakeNode } from './fake-node.js';
import { call } from './world.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A cluster at which nobody listens. */
const NOBODY = ['--endpoints', '127.0.0.1:1', '--timeout', '200ms', '--listen', '127.0.0.1:0'];

describe('sexton parseable gateway', () => {
  it.each<readonly [string, readonly string[], RegExp]>([
    ['no node', [], /--ingest: names no node/],
    ['no query node', ['--ingest', '127.0.0.1:1'], /--query: is missing/],
    [
      'two kinds of deployment',
      ['--node', '127.0.0.1:1', '--query', '127.0.0.1:2'],
      /--node: is a whole Parseable/,
    ],
    ['a node that is none', ['--node', 'http://'], /--node: is not the URL of a node/],
    ['an address that is none', ['--node', '127.0.0.1:1', '--listen', 'here'], /--listen: is not host:port/],
    ['a limit that is none', ['--node', '127.0.0.1:1', '--max-requests', 'many'], /between 1 and 100000/],
    [
      'a rule that is none',
      ['--node', '127.0.0.1:1', '--unknown-streams', 'some'],
      /Allowed choices are pass, refuse/,
    ],
  ])('refuses %s', async (_what, args, message) => {
    const { status, stderr } = await run(['parseable', 'gateway', ...NOBODY, ...args]);
    expect(status).toBe(3);
    expect(stderr).toMatch(message);
  });

  it('serves without a cluster what does not need one, until it is interrupted', async () => {
    const node = await FakeNode.start();
    ends.push(() => node.stop());
    const interrupt = new AbortController();
    let printed = '';
    let listening: (port: number) => void = () => undefined;
    const port = new Promise<number>((resolve) => (listening = resolve));
    const done = run(['parseable', 'gateway', ...NOBODY, '--node', node.url], {
      interrupt: interrupt.signal,
      stdout: (text) => (printed += text),
      stderr: (text) => {
        const line = JSON.parse(text) as { readonly port?: number };
        if (line.port !== undefined) listening(line.port);
      },
    });
    const at = await port;
    expect((await call(at, 'GET', '/api/v1/about', { headers: { authorization: 'x' } })).status).toBe(200);
    expect(
      (await call(at, 'DELETE', '/api/v1/logstream/web', { headers: { authorization: 'x' } })).status,
    ).toBe(503);
    interrupt.abort(new Error('enough'));
    expect((await done).status).toBe(0);
    const last = JSON.parse(printed.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    expect(last).toMatchObject({
      kind: 'gateway',
      refusedTotal: 1,
      nodes: [{ node: node.url, state: 'UP' }],
    });
    expect(last['problem']).toContain('the catalog is not followed yet');
  });
});

describe('the table', () => {
  it('says whether writes pass, and which nodes are passed over', () => {
    const text = gatewayTable({
      revision: 4_712,
      problem: '',
      sessionId: '17',
      drainedRevision: 4_711,
      knownNames: 1_234,
      requestsInFlight: 12,
      writesInFlight: 3,
      refusedTotal: 5,
      nodes: [
        { node: 'http://ingest-1:8000', state: 'UP' },
        { node: 'http://ingest-2:8000', state: 'DOWN' },
      ],
    });
    expect(`\n${text}`).toMatchInlineSnapshot(`
      "
      catalog      revision 4712
      session      17, drained to 4711
      writes       pass
      known names  1,234
      under way    12 requests, 3 writes
      refused      5

      NODE                  STATE
      http://ingest-1:8000  UP
      http://ingest-2:8000  DOWN
      "
    `);
  });
});
