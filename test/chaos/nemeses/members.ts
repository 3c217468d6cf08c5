/** Members that come and go while everything else goes on. */
import { EXIT_STATUS } from '../../../src/shared/fatal.js';
import { pause } from '../cluster.js';
import type { NodeProcess } from '../node-process.js';
import { addMember, insist } from '../operator.js';
import { describeNode, type Arena, type Nemesis } from './arena.js';

const ENDS_WITHIN_MS = 20_000;

export const members: Nemesis = {
  name: 'members',
  lane: 'processes',
  weight: 2,
  strike: async (arena) => {
    const { cluster, network, say } = arena;
    const slot = cluster.freeSlot();
    if (slot === undefined) throw new Error('no slot is free');
    const endpoints = ['--endpoints', cluster.endpointsBut()];
    const added = await addMember(cluster, [
      'member',
      'add',
      '--address',
      network.addressOf(slot),
      ...endpoints,
    ]);
    say(`add member ${added.memberId}`);
    const node = await cluster.addNode(slot, added.memberId, added.members);
    node.start();
    await insist(cluster, ['member', 'promote', String(node.memberId), ...endpoints]);
    say(`member ${node.memberId} is a voter`);
    await remove(arena, await pickLeaver(arena));
  },
};

/** Not the one on the small disk, which would take the disk along. */
async function pickLeaver({ cluster, prng }: Arena): Promise<NodeProcess> {
  const stays = cluster.nodeOnSmallDisk;
  const leader = await cluster.leader();
  if (leader !== undefined && leader !== stays && prng.chance(0.4)) return leader;
  return prng.pick(cluster.nodes.filter((node) => node !== stays));
}

async function remove(arena: Arena, node: NodeProcess): Promise<void> {
  const { cluster, say, fail } = arena;
  say(`remove ${await describeNode(arena, node)}`);
  node.mayDie = true;
  const endpoints = ['--endpoints', cluster.endpointsBut(node)];
  await insist(cluster, ['member', 'remove', String(node.memberId), ...endpoints]);
  // It is not to come back: neither now nor after a restart.
  await pause(500);
  await node.kill();
  node.start();
  const exit = await Promise.race([node.exited, pause(ENDS_WITHIN_MS)]);
  if (exit?.status !== EXIT_STATUS.MEMBER_REMOVED) {
    const how = exit === undefined ? 'goes on' : `ended with ${exit.signal ?? String(exit.status)}`;
    fail(`member ${node.memberId} was removed, and ${how} after a restart: ${node.lastWords}`);
  }
  await cluster.dropNode(node);
}
