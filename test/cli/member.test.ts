/** The member commands against fake nodes: what they print, what they ask for, and how they end. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeNode, refuse, startNodes } from '../client/fake-node.js';
import { run, type CliRun } from './run.js';

const nodes: FakeNode[] = [];
afterEach(() => {
  for (const node of nodes.splice(0)) node.stop();
});

async function oneNode(): Promise<FakeNode> {
  const [node] = await startNodes(1);
  if (node === undefined) throw new Error('no node started');
  nodes.push(node);
  node.on('GetNodeStatus', () => ({}));
  return node;
}

const ask = (node: FakeNode, ...args: readonly string[]): Promise<CliRun> =>
  run(['member', ...args, `--endpoints=${node.address}`]);

const voter = (memberId: number): object => ({
  memberId,
  address: `host-${memberId}:7401`,
  role: 'MEMBER_ROLE_VOTER',
});
const learner = (memberId: number): object => ({ ...voter(memberId), role: 'MEMBER_ROLE_LEARNER' });

const STATUS = {
  clusterId: 'logs',
  leader: voter(1),
  term: 3,
  membershipChangePending: true,
  members: [
    { member: voter(1), reachable: true, lastContact: { seconds: 0, nanos: 0 } },
    {
      member: learner(4),
      trailingEntries: 4_000,
      reachable: true,
      lastContact: { seconds: 0, nanos: 50_000_000 },
      state: 'REPLICATION_STATE_SNAPSHOT',
      promotionObstacle: 'learner 4 is 4000 entries behind (snapshot)',
    },
    {
      member: learner(5),
      reachable: true,
      lastContact: { seconds: 0, nanos: 50_000_000 },
      state: 'REPLICATION_STATE_REPLICATE',
      promotable: true,
    },
  ],
};

describe('member list', () => {
  it('shows how far each is, and who can be promoted', async () => {
    const node = await oneNode();
    node.on('GetLeaderStatus', () => STATUS);
    const { status, stdout } = await ask(node, 'list');
    expect(status).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      ID  ADDRESS      ROLE     STATE      TRAILS LEADER BY  LAST CONTACT  NOTE
       1  host-1:7401  voter    leader                    0           0ms
       4  host-4:7401  learner  snapshot               4000          50ms  learner 4 is 4000 entries behind (snapshot)
       5  host-5:7401  learner  replicate                 0          50ms  can be promoted: sexton member promote 5

      A change of membership is under way.
      "
    `);
  });

  it('is the client’s own type as JSON', async () => {
    const node = await oneNode();
    node.on('GetLeaderStatus', () => STATUS);
    const { stdout } = await ask(node, 'list', '-o', 'json');
    expect(JSON.parse(stdout)).toMatchObject([
      { member: { memberId: 1, role: 'VOTER' } },
      { promotable: false, trailingEntries: 4_000 },
      { promotable: true, promotionObstacle: '' },
    ]);
  });
});

describe('member add', () => {
  it('prints the command that starts the new node', async () => {
    const node = await oneNode();
    const members = [voter(1), voter(2), learner(4)];
    node.on('AddMember', () => ({ member: learner(4), members, clusterId: 'logs' }));
    const { status, stdout } = await ask(node, 'add', '--address', 'host-4:7401');
    expect(status).toBe(0);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
      "
      member 4 is a learner at host-4:7401

      Start its node, with an empty directory and the object store of the others:
        sexton serve --join --cluster-id logs --member-id 4 --advertise host-4:7401 --members 1=host-1:7401,2=host-2:7401 --data-dir DIRECTORY --object-store URL
      It catches up by itself; then let it vote:
        sexton member promote 4
      "
    `);
    expect(node.requests('AddMember')[0]).toMatchObject({ address: 'host-4:7401', memberId: 0 });
    const json = await ask(
      node,
      'add',
      '7',
      '--address=host-4:7401',
      `--directory-id=${'a'.repeat(32)}`,
      '-ojson',
    );
    expect(JSON.parse(json.stdout)).toMatchObject({
      member: { memberId: 4, role: 'LEARNER' },
      clusterId: 'logs',
    });
    expect(node.requests('AddMember')[1]).toMatchObject({ memberId: 7, directoryId: 'a'.repeat(32) });
  });

  it.each([
    [['add'], /--address/],
    [['add', '--address=nowhere'], /host:port/],
    [['add', '0', '--address=a:1'], /whole number/],
    [['add', '--address=a:1', '--directory-id=x'], /hexadecimal/],
    [['promote'], /member-id/],
    [['remove', 'three'], /whole number/],
  ])('%j is bad input', async (args, message) => {
    const node = await oneNode();
    const { status, stderr } = await ask(node, ...args);
    expect([status, stderr]).toEqual([3, expect.stringMatching(message)]);
  });
});

describe('member promote and remove', () => {
  it('say who votes now', async () => {
    const node = await oneNode();
    node.on('PromoteMember', () => ({ member: voter(4), members: [voter(1), voter(4), learner(5)] }));
    node.on('RemoveMember', () => ({ members: [voter(1), voter(4)] }));
    expect((await ask(node, 'promote', '4')).stdout).toBe(
      'member 4 at host-4:7401 is a voter; voters: 1, 4; learners: 5\n',
    );
    expect((await ask(node, 'remove', '5')).stdout).toBe('member 5 is removed; voters: 1, 4\n');
    expect(JSON.parse((await ask(node, 'remove', '5', '-o', 'json')).stdout)).toMatchObject({
      members: [{ memberId: 1 }, { memberId: 4 }],
    });
  });

  it('end with 4 when they are refused, and say why', async () => {
    const node = await oneNode();
    node.on('RemoveMember', () => refuse('QUORUM_AT_RISK'));
    const { status, stderr } = await ask(node, 'remove', '2');
    expect([status, stderr]).toEqual([4, 'error: [QUORUM_AT_RISK] the fake says QUORUM_AT_RISK\n']);
  });

  it('wait for a learner that catches up, within the timeout', async () => {
    const node = await oneNode();
    let tries = 0;
    node.on('PromoteMember', () => {
      tries += 1;
      return tries < 3
        ? refuse('LEARNER_NOT_READY', { retryAfterMs: 10 })
        : { member: voter(4), members: [voter(4)] };
    });
    expect((await ask(node, 'promote', '4')).status).toBe(0);
    expect(tries).toBe(3);
    node.on('PromoteMember', () => refuse('LEARNER_NOT_READY', { retryAfterMs: 500 }));
    const { status, stderr } = await ask(node, 'promote', '4', '--timeout=3s');
    expect([status, stderr]).toEqual([4, 'error: [LEARNER_NOT_READY] the fake says LEARNER_NOT_READY\n']);
  });
});
