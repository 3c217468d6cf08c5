/** The command: flags, credentials, and what it prints. What it does is in end-to-end.test.ts. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { StatusLines, syncTable } from '../../src/cli/commands/parseable-status.js';
import type { NodeStatus, SyncStatus } from '../../src/parseable/status.js';
import { run } from '../cli/run.js';
import { FakeParseable } from './fake-parseable.js';

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A cluster at which nobody listens. */
const NOBODY = ['--endpoints', '127.0.0.1:1', '--timeout', '200ms'];
const NODE = ['--ingest-node', '127.0.0.1:1'];
const USER_ENV = { P_USERNAME: 'admin', P_PASSWORD: 'correct horse' };

async function file(name: string, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sexton-parseable-'));
  ends.push(() => rm(directory, { recursive: true }));
  const path = join(directory, name);
  await writeFile(path, text);
  return path;
}

describe('sexton parseable sync', () => {
  it.each<readonly [string, readonly string[], NodeJS.ProcessEnv, RegExp]>([
    ['no node', [], USER_ENV, /--ingest-node: names no node/],
    [
      'a node that two flags name',
      [...NODE, '--standalone-node', 'http://127.0.0.1:1'],
      USER_ENV,
      /--standalone-node: names http:\/\/127\.0\.0\.1:1, which another flag names too/,
    ],
    [
      'a standalone node that is none',
      ['--standalone-node', 'http://'],
      USER_ENV,
      /--standalone-node: is not the URL of a node/,
    ],
    [
      'a node that is none',
      ['--ingest-node', 'http://'],
      USER_ENV,
      /--ingest-node: is not the URL of a node/,
    ],
    ['no user', NODE, {}, /P_USERNAME: is missing in the environment/],
    ['no password', NODE, { P_USERNAME: 'admin' }, /P_PASSWORD: is missing/],
    [
      'a file that is not there',
      [...NODE, '--credentials-file', '/nowhere'],
      {},
      /--credentials-file: cannot be read/,
    ],
    [
      'certificates that are none, which TLS would pass over in silence',
      [...NODE, '--ca-file', fileURLToPath(import.meta.url)],
      USER_ENV,
      /--ca-file: holds no certificate/,
    ],
    ['a lease that is too long', [...NODE, '--session-ttl', '2h'], USER_ENV, /between 5s and 1h/],
  ])('refuses %s', async (_what, args, env, message) => {
    const { status, stderr } = await run(['parseable', 'sync', ...NOBODY, ...args], { env });
    expect(status).toBe(3);
    expect(stderr).toMatch(message);
  });

  it('runs until it is interrupted, and prints a line for each node, without credentials', async () => {
    const node = await FakeParseable.start();
    ends.push(() => node.stop());
    const path = await file(
      'credentials',
      '# of the deployment\nP_USERNAME=admin\nP_PASSWORD=correct horse\n',
    );
    const interrupt = new AbortController();
    let printed = '';
    const io = {
      env: { SEXTON_INGEST_NODE: node.url },
      interrupt: interrupt.signal,
      stdout: (text: string) => {
        printed += text;
        if (printed.includes('"state":"UP"')) interrupt.abort(new Error('enough'));
      },
    };
    const args = ['parseable', 'sync', ...NOBODY, '--credentials-file', path];
    const { status, stderr } = await run(args, io);
    expect(status).toBe(0);
    const lines = printed
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find(({ kind }) => kind === 'catalog')).toBeDefined();
    expect(lines.at(-1)).toMatchObject({ kind: 'node', nodeKind: 'ingest', node: node.url });
    expect(stderr).toContain('"message":"node answers"');
    const token = Buffer.from('admin:correct horse').toString('base64');
    for (const secret of ['correct horse', token]) expect(printed + stderr).not.toContain(secret);
  });
});

const NOW_MS = 1_800_000_000_000;

const up: NodeStatus = {
  node: 'http://ingest-1:8000',
  kind: 'ingest',
  state: 'UP',
  session: 'OPEN',
  sessionId: '12',
  drainedRevision: 4_711,
  pending: 0,
  settling: 2,
  takenUp: 1,
  acknowledgedTotal: 9,
  heldAgainTotal: 1,
  missedTotal: 0,
  lastAcknowledgedTimeMs: NOW_MS - 5_000,
  lastError: '',
  nextTryTimeMs: undefined,
  version: 'v2.9.5',
  deploymentId: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
};
const status: SyncStatus = {
  revision: 4_712,
  catalogError: '',
  discoveryError: '',
  nodes: [
    up,
    {
      ...up,
      node: 'http://ingest-2:8000',
      state: 'DOWN',
      drainedRevision: 0,
      pending: 1_234,
      settling: 0,
      takenUp: 0,
      heldAgainTotal: 0,
      lastAcknowledgedTimeMs: undefined,
      lastError: 'connect ECONNREFUSED\u001b[31m',
      nextTryTimeMs: NOW_MS + 42_000,
    },
    {
      ...up,
      node: 'http://query-1:8000',
      kind: 'query',
      session: 'NONE',
      settling: 0,
      takenUp: 0,
      heldAgainTotal: 0,
    },
  ],
};

describe('the table', () => {
  it('shows who waits for what', () => {
    expect(`\n${syncTable(status, NOW_MS)}`).toMatchInlineSnapshot(`
      "
      catalog     revision 4712
      held again  1: somebody sends to deleted streams

      NODE                  KIND    STATE  SESSION  PENDING  SETTLING  TAKEN UP  DRAINED  LAST ACK              NEXT TRY  ERROR
      http://ingest-1:8000  ingest  UP     OPEN           0         2         1     4711  2027-01-15T07:59:55Z  -
      http://ingest-2:8000  ingest  DOWN   OPEN       1,234         0         0        -  -                     in 42s    connect ECONNREFUSED\\x1b[31m
      http://query-1:8000   query   UP     -              0         0         0        -  2027-01-15T07:59:55Z  -
      "
    `);
  });

  it('says why the catalog is not followed', () => {
    const text = syncTable(
      { ...status, catalogError: '[NO_LEADER] nobody leads', discoveryError: 'down' },
      NOW_MS,
    );
    expect(text).toMatch(/catalog +not followed: \[NO_LEADER\]/);
    expect(text).toMatch(/discovery +down/);
  });
});

describe('the lines', () => {
  it('are those of what has changed, and once a minute all', () => {
    const lines = new StatusLines();
    const count = (text: string): number => text.split('\n').length - 1;
    expect(count(lines.next(status, NOW_MS))).toBe(4);
    const moved = {
      ...status,
      revision: 5_000,
      nodes: status.nodes.map((node) => ({ ...node, drainedRevision: 5_000 })),
    };
    expect(lines.next(moved, NOW_MS + 1_000)).toBe('');
    const changed = { ...status, nodes: [{ ...up, pending: 1 }, ...status.nodes.slice(1)] };
    expect(JSON.parse(lines.next(changed, NOW_MS + 2_000))).toMatchObject({
      kind: 'node',
      node: up.node,
      pending: 1,
    });
    expect(count(lines.next(changed, NOW_MS + 61_000))).toBe(4);
  });
});
