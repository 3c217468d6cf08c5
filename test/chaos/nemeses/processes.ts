/** Processes that die, stand still, or are told to stop. */
import { pause } from '../cluster.js';
import { describeNode, pickVictim, type Nemesis } from './arena.js';

const kill: Nemesis = {
  name: 'kill',
  lane: 'processes',
  weight: 3,
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const downMs = arena.prng.between(50, 3_000);
    arena.say(`SIGKILL ${await describeNode(arena, node)}, back after ${downMs} ms`);
    await node.kill();
    await pause(downMs);
    node.start();
  },
};

const killAll: Nemesis = {
  name: 'kill-all',
  lane: 'processes',
  strike: async ({ cluster, prng, say }) => {
    const downMs = prng.between(50, 1_000);
    say(`SIGKILL every member, back after ${downMs} ms`);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await pause(downMs);
    cluster.start();
  },
};

const hold: Nemesis = {
  name: 'pause',
  lane: 'processes',
  weight: 2,
  strike: async (arena) => {
    const node = await pickVictim(arena);
    const forMs = arena.prng.between(200, 6_000);
    arena.say(`SIGSTOP ${await describeNode(arena, node)}, for ${forMs} ms`);
    node.pause();
    await pause(forMs);
    node.resume();
  },
};

const restart: Nemesis = {
  name: 'restart',
  lane: 'processes',
  strike: async (arena) => {
    const node = await pickVictim(arena);
    arena.say(`SIGTERM ${await describeNode(arena, node)}, and start`);
    const { status, signal } = await node.stop();
    if (status !== 0) {
      arena.fail(`SIGTERM of member ${node.memberId} ended with ${signal ?? String(status)} and not with 0`);
    }
    node.start();
  },
};

export const PROCESS_NEMESES: readonly Nemesis[] = [kill, killAll, hold, restart];
