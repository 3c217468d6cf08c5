/**
 * A member that lost its disk comes back as a new one, by the very commands that its refusal printed (S4, S6):
 * they are taken from the text and run as they stand, with NEW replaced by the id that the program told.
 */
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SextonClient } from '../../src/client/index.js';
import { MemberProcess } from '../../src/demo/local-cluster.js';
import { assertDefined } from '../../src/shared/assert.js';
import { EXIT_STATUS } from '../../src/shared/fatal.js';
import { PROGRAM, runProgram, testCluster, type TestCluster } from './processes.js';

const POLL = { timeout: 60_000, interval: 100 };

let running: TestCluster | undefined;
let replacement: MemberProcess | undefined;
afterEach(async () => {
  await replacement?.kill();
  replacement = undefined;
  await running?.close();
  running = undefined;
});

async function startedCluster(serveArguments: readonly string[] = []): Promise<TestCluster> {
  running = await testCluster({ serveArguments });
  running.cluster.start();
  for (const name of ['web', 'audit', 'payments']) await running.client.createStream({ name });
  return running;
}

/** The lines that are commands: indented by five, in order. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/^ {5}((?:sexton|mv) .*)$/gm)].map((match) => match[1] ?? '');
}

/** "With every other setting as it was": what LocalCluster gives a member, then what was printed. */
function serveArguments(of: TestCluster, member: MemberProcess, printed: readonly string[]): string[] {
  const { host, grpcPort, httpPort } = member.options;
  return [
    PROGRAM,
    'serve',
    '--cluster-id=integration',
    `--listen=${host}:${grpcPort}`,
    `--http-listen=${host}:${httpPort}`,
    `--members=${of.cluster.members.map(({ id, endpoint }) => `${id}=${endpoint}`).join(',')}`,
    `--object-store=local:${join(of.directory, 'bucket')}`,
    '--log-format=json',
    ...printed,
  ];
}

/** Runs them one after the other; returns the new member's id. */
async function follow(of: TestCluster, member: MemberProcess, commands: readonly string[]): Promise<number> {
  let added = '';
  for (const command of commands) {
    const [program, verb = '', ...args] = command.replaceAll('NEW', added).split(' ');
    if (program === 'mv') {
      await rename(verb, assertDefined(args[0], 'where to move it'));
    } else if (verb === 'serve') {
      const options = { ...member.options, logFile: join(of.directory, 'replacement.log') };
      replacement = new MemberProcess(options, serveArguments(of, member, args), process.env);
      replacement.start();
    } else {
      const { code, stdout, stderr } = await runProgram([verb, ...args, '--timeout=60s']);
      expect([command, code, stderr]).toEqual([command, EXIT_STATUS.OK, '']);
      added = /^member (\d+) is a learner/m.exec(stdout)?.[1] ?? added;
    }
  }
  return Number(added);
}

async function expectNewVoter(of: TestCluster, member: MemberProcess, id: number): Promise<void> {
  const { members } = await of.client.leaderStatus();
  expect(members.map(({ member: each }) => `${each.memberId} ${each.role}`)).toEqual([
    '1 VOTER',
    '2 VOTER',
    `${id} VOTER`,
  ]);
  // By itself: a linearizable read is served from its own state.
  const one = new SextonClient({ endpoints: [member.endpoint], requestTimeoutMs: 60_000 });
  expect((await one.getStream({ name: 'payments' })).stream.state).toBe('ACTIVE');
  expect(await one.nodeStatus(member.endpoint)).toMatchObject({ memberId: id });
  one.close();
  // It counts: without member 1, the other old one and the new one decide.
  await of.cluster.member(1).kill();
  expect((await of.client.createStream({ name: 'after' })).state).toBe('ACTIVE');
}

describe('a lost disk', () => {
  it('that was wiped comes back as a new member, by the commands that the refusal prints', async () => {
    const cluster = await startedCluster();
    const member = cluster.cluster.member(3);
    await member.stop();
    await rm(member.options.dataDirectory, { recursive: true });
    member.start();
    expect((await member.exited).code).toBe(EXIT_STATUS.MEMBER_WIPED);
    const commands = commandsIn(await cluster.log(3));
    expect(commands.map((command) => command.split(' ').slice(0, 3).join(' '))).toEqual([
      'sexton member remove',
      'sexton member add',
      `mv ${member.options.dataDirectory} ${member.options.dataDirectory}.old`,
      'sexton serve --member-id',
      'sexton member promote',
    ]);
    const id = await follow(cluster, member, commands);
    expect(id).toBe(4);
    await expectNewVoter(cluster, member, id);
  });

  it('that is damaged does too', async () => {
    const cluster = await startedCluster();
    const member = cluster.cluster.member(3);
    await member.kill();
    await rm(join(member.options.dataDirectory, 'db', 'CURRENT'));
    member.start();
    expect((await member.exited).code).toBe(EXIT_STATUS.STORAGE_DAMAGED);
    const id = await follow(cluster, member, commandsIn(await cluster.log(3)));
    await expectNewVoter(cluster, member, id);
  });
});

describe('a removed member', () => {
  it('is told, says so, disturbs nobody, and does not start again', async () => {
    // Three seconds without a word before an election: a busy machine is no reason for one.
    const cluster = await startedCluster(['--election-ticks=60']);
    const { leader, term } = await cluster.client.leaderStatus();
    const member = assertDefined(
      cluster.cluster.members.find(({ id }) => id !== leader.memberId),
      'a follower',
    );
    const others = cluster.cluster.members.filter(({ id }) => id !== member.id);
    const endpoints = others.map(({ endpoint }) => endpoint).join(',');
    const removed = await runProgram(['member', 'remove', String(member.id), '--endpoints', endpoints]);
    expect(removed).toMatchObject({ code: EXIT_STATUS.OK, stderr: '' });
    await expect
      .poll(async () => (await cluster.client.nodeStatus(member.endpoint)).role, POLL)
      .toBe('REMOVED');
    const ready = await fetch(`${member.httpUrl}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('was removed')]);
    expect(await cluster.log(member.id)).toMatch(/takes part no more/);
    const after = await cluster.client.leaderStatus();
    expect([after.leader.memberId, after.term]).toEqual([leader.memberId, term]);

    await member.stop();
    member.start();
    expect((await member.exited).code).toBe(EXIT_STATUS.MEMBER_REMOVED);
    const log = await readFile(member.options.logFile, 'utf8');
    expect(commandsIn(log.slice(log.indexOf('MEMBER_REMOVED:')))[0]).toBe(
      `sexton member add --address ${member.endpoint} --endpoints ${endpoints}`,
    );
  });
});
