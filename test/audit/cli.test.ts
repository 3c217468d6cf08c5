/** `sexton audit` and `sexton adopt` against a server over a bucket in memory, and the client under them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SextonClient } from '../../src/client/index.js';
import type { CliIo } from '../../src/cli/io.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import { systemRandom } from '../../src/shared/random.js';
import { run, type CliRun } from '../cli/run.js';
import { type GrpcFixture, startGrpc } from '../support/grpc-fixture.js';
import { clock, DAY_MS, HOUR_MS, NODE_B, NOW_MS, OLD_MS, World } from './world.js';

let world: World;
let servers: GrpcFixture[];
let directory: string;

beforeEach(async () => {
  world = new World();
  servers = [await serve()];
  directory = await mkdtemp(join(tmpdir(), 'sexton-audit-'));
});
afterEach(async () => {
  for (const server of servers) await server.close();
  await rm(directory, { recursive: true, force: true });
});

function serve(): Promise<GrpcFixture> {
  const metrics = { auditFinished: () => undefined };
  return startGrpc(world.node, { clock, audits: { store: world.bucket, random: systemRandom, metrics } });
}

function sexton(args: readonly string[], io: Partial<CliIo> = {}): Promise<CliRun> {
  return run([...args, `--endpoints=${servers.map(({ address }) => address).join(',')}`], io);
}

const denied = new ObjectStoreError('ACCESS_DENIED', 'AccessDenied', 'told to');

describe('sexton audit', () => {
  it('prints a table', async () => {
    world.data('gone', OLD_MS, NODE_B);
    world.live('web');
    const { status, stdout, stderr } = await sexton(['audit']);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.replace(/took .*/, 'took -')).toBe(
      [
        'test bucket, Parseable deployment 01J0000000000000000000000A, compared with revision 0',
        '',
        'FINDING         PREFIX  OBJECTS  BYTES  OLDEST WRITE          NEWEST WRITE          WRITERS          NOTE',
        `RESIDUE         gone/         2  110 B  2026-05-02T12:00:00Z  2026-05-02T12:00:00Z  ${NODE_B}  adoptable`,
        'UNKNOWN_STREAM  web/          -      -  2026-05-02T12:00:00Z  2026-05-02T12:00:00Z  0a1b2c3d4e5f6a7  adoptable',
        '',
        'complete   yes',
        'findings   2',
        'leftovers  2 objects, 110 B',
        'listed     7 objects, 373 B',
        'took -',
        '',
      ].join('\n'),
    );
  });

  it('prints a line of JSON for each finding, and the summary', async () => {
    world.data('gone');
    const { stdout } = await sexton(['audit', '-o', 'json']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; finding?: string });
    expect(lines.map(({ kind, finding }) => finding ?? kind)).toEqual(['header', 'RESIDUE', 'summary']);
  });

  it('shows how far it is on a terminal only', async () => {
    world.data('gone');
    const onTerminal = await sexton(['audit'], { isTerminal: true, columns: 200 });
    expect(onTerminal.stderr).toContain('\r\u001b[K');
    expect(onTerminal.stderr).toMatch(/\d objects listed, \d+ requests {2}gone\//);
  });

  it('ends with 1 and the reason when it is not complete, and keeps what it needs to go on', async () => {
    for (const name of ['a', 'b', 'c']) world.data(name);
    world.bucket.onRequest = ({ prefix }) => {
      if (prefix === 'b/date=2026-05-02/') throw denied;
    };
    const file = join(directory, 'state');
    const first = await sexton(['audit', '--resume', file]);
    expect(first.status).toBe(1);
    expect(first.stderr).toBe(
      'error: the audit is not complete: listing "b/date=2026-05-02/": AccessDenied: told to\n',
    );
    expect(first.stdout).toContain('NO: listing "b/');
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1, prefix: '' });

    const other = await sexton(['audit', '--resume', file, '--include-usage']);
    expect([other.status, other.stderr]).toEqual([3, expect.stringContaining('other flags')]);

    world.bucket.onRequest = () => undefined;
    const second = await sexton(['audit', '--resume', file]);
    expect(second.status).toBe(0);
    expect(second.stdout).not.toContain('RESIDUE  a/');
    expect(second.stdout).toContain('RESIDUE  b/');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('refuses a file that is no state, and a bucket of another cluster', async () => {
    const file = join(directory, 'state');
    await writeFile(file, 'a shopping list');
    expect(await sexton(['audit', '--resume', file])).toMatchObject({ status: 3 });
    world.bucket.put('.sexton/owner.json', OLD_MS, '{"cluster_id":"other"}');
    const refused = await sexton(['audit']);
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining("cluster 'other'")]);
  });
});

describe('the client', () => {
  it('goes on with another node when one dies, without a word said twice', async () => {
    const names = Array.from({ length: 60 }, (_, nth) => `gone-${String(nth).padStart(2, '0')}`);
    for (const name of names) world.data(name);
    servers.push(await serve());
    const client = new SextonClient({
      endpoints: servers.map(({ address }) => address),
      random: { next: () => 0 },
    });
    const said: string[] = [];
    let lost = 0;
    for await (const item of client.auditStorage({}, { onDisconnect: () => lost++ })) {
      if (item.kind === 'finding') said.push(item.prefix);
      if (said.length === 20 && lost === 0) await servers[0]?.server.stop(0);
      if (item.kind === 'summary')
        expect(item).toMatchObject({ complete: true, findingCount: 60, leftoverObjects: 120 });
    }
    client.close();
    expect(lost).toBeGreaterThan(0);
    expect(said).toEqual(names.map((name) => `${name}/`));
  });

  it('says so when nobody takes the audit', async () => {
    const client = new SextonClient({ endpoints: '127.0.0.1:1', maxTries: 2 });
    const items = client.auditStorage();
    await expect(items.next()).rejects.toMatchObject({ reason: 'UNREACHABLE' });
    client.close();
  });
});

describe('sexton adopt', () => {
  it('tells what it would do, then does it', async () => {
    world.live('web');
    const dry = await sexton(['adopt', 'web']);
    expect(dry.status).toBe(0);
    expect(dry.stdout).toContain('would be adopted');
    expect(dry.stderr).toBe('nothing was changed; --yes adopts 1 stream as active\n');
    expect(world.node.appliedIndex()).toBe(0);
    const done = await sexton(['adopt', 'web', '--yes', '--label', 'team=core', '-o', 'json']);
    expect(JSON.parse(done.stdout)).toMatchObject({
      executed: true,
      objectCount: 5,
      stream: { name: 'web', prefix: 'web/', state: 'ACTIVE', labels: { team: 'core' } },
    });
  });

  it('takes every complete stream that an audit finds, but those that Parseable keeps for itself', async () => {
    for (const name of ['api', 'pmeta', 'web']) world.live(name, NOW_MS - HOUR_MS);
    world.data('gone');
    const { status, stdout, stderr } = await sexton(['adopt', '--all', '--yes']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^api .*adopted/m);
    expect(stdout).toMatch(/^web .*adopted/m);
    // Young or not is no reason to skip a live stream.
    expect(stderr).toBe('skipped pmeta/: one of the streams that Parseable keeps for itself\n');
    expect((await world.audit()).said).toEqual(['RESIDUE gone/', 'UNKNOWN_STREAM pmeta/']);
  });

  it('waits for a prefix that is fenced after its purge, and not for longer than it was told', async () => {
    world.create('web', 'web/');
    world.purge(world.remove('web'), { reusableAfterMs: NOW_MS + HOUR_MS });
    world.live('web');
    const refused = await sexton(['adopt', 'web', '--yes']);
    const until = new Date(NOW_MS + HOUR_MS).toISOString();
    expect([refused.status, refused.stderr]).toEqual([4, expect.stringContaining(`until ${until}`)]);
    const waited = await sexton(['adopt', 'web', '--yes', '--wait=1s']);
    expect([waited.status, waited.stderr]).toEqual([4, expect.stringContaining('[PURGE_PENDING]')]);
  });

  it('takes residue as deleted, old enough, and leaves streams alone', async () => {
    world.live('web');
    world.data('gone');
    world.data('young', NOW_MS - HOUR_MS);
    const { status, stdout, stderr } = await sexton([
      'adopt',
      '--all',
      '--as',
      'deleted',
      '--grace-period',
      '7d',
      '--yes',
    ]);
    expect(status).toBe(0);
    expect(stdout.match(/adopted/g)).toHaveLength(1);
    expect(stderr).toContain('skipped young/: its data is younger than --minimum-age\n');
    const record = await world.node.getStream({ tenant: '', name: 'gone', incarnation: 0 }, 'local', {
      signal: new AbortController().signal,
      deadlineMs: 1_000,
    });
    expect(record).toMatchObject({ state: 'DELETED', purgeAfterMs: NOW_MS + 7 * DAY_MS });
  });

  it.each([
    ['active', 80],
    ['deleted', 80],
    ['deleted', 200],
  ] as const)('lines its columns up, as %s in %i columns', async (as, columns) => {
    const names = ['a', 'a-stream-with-a-rather-long-name', 'b'];
    for (const name of names) if (as === 'active') world.live(name);
    for (const name of names) if (as === 'deleted') world.data(name);
    const env = { NO_COLOR: '1' };
    const { stdout } = await sexton(['adopt', '--all', '--as', as], { isTerminal: true, columns, env });
    const [titles = '', ...rows] = stdout.trimEnd().split('\n');
    expect(rows).toHaveLength(names.length);
    const starts = [...titles.matchAll(/(?<=^| {2})\S/g)].map(({ index }) => index);
    for (const row of rows) {
      expect(row.length).toBeLessThanOrEqual(columns);
      for (const start of starts.slice(1)) expect(row.slice(start - 2, start)).toBe('  ');
    }
  });

  it('prints what it has adopted before what it was refused', async () => {
    for (const name of ['api', 'web']) world.live(name);
    const written: string[] = [];
    await sexton(['adopt', 'api', 'nothing', 'web', '--yes'], {
      stdout: (text) => written.push(text),
      stderr: (text) => written.push(text),
    });
    const text = written.join('');
    const at = (part: string): number => text.indexOf(part);
    expect(at('api ')).toBeGreaterThan(0);
    expect(at('api ')).toBeLessThan(at('PREFIX_EMPTY'));
    expect(at('PREFIX_EMPTY')).toBeLessThan(at('web '));
  });

  it('goes on with the others when one is refused, and says so in its status', async () => {
    world.live('web');
    const { status, stdout, stderr } = await sexton(['adopt', 'nothing', 'web', '--yes']);
    expect(status).toBe(4);
    expect(stderr).toContain("nothing: error: [PREFIX_EMPTY] nothing lies under 'nothing/'");
    expect(stdout).toContain('web');
  });

  it('goes on with the others when the prefix of one cannot be listed', async () => {
    for (const name of ['api', 'bad', 'web']) world.live(name);
    let isBroken = false;
    world.bucket.onRequest = ({ prefix }) => {
      // The audit takes it for complete by its metadata alone; the adoption lists everything.
      isBroken ||= prefix === 'bad/date=2026-05-02/';
      if (prefix === 'bad/date=2026-05-02/') throw denied;
    };
    const { status, stdout, stderr } = await sexton(['adopt', '--all', '--yes']);
    expect(isBroken).toBe(true);
    expect(status).toBe(4);
    expect(stderr).toContain('bad: error: [STORAGE_NOT_READY]');
    expect(stdout).toMatch(/^api .*adopted/m);
    expect(stdout).toMatch(/^web .*adopted/m);
  });

  it('names the flag when the state of an audit cannot be kept, before it looks at anything', async () => {
    const refused = await sexton(['audit', '--resume', join(directory, 'no', 'such', 'folder')]);
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining('--resume')]);
    expect(world.bucket.requests).toEqual([]);
  });

  it.each([
    [[], 'name some streams'],
    [['web', '--all'], 'name some streams'],
    [['a', 'b', '--prefix', 'x/'], '--prefix'],
    [['a', '--force'], '--force'],
    [['a', '--grace-period', '1h'], '--grace-period'],
    [['a', '--minimum-age', '2h'], '--minimum-age'],
    [['--all', '--as', 'deleted', '--force'], '--force'],
    [['a', '--as', 'gone'], 'Allowed choices'],
    [['--all', '--wait'], '--wait'],
  ])('refuses %j', async (args, text) => {
    const { status, stderr } = await sexton(['adopt', ...args]);
    expect([status, stderr]).toEqual([3, expect.stringContaining(text)]);
  });
});
