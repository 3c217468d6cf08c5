/**
 * Files of one member that are damaged or gone while its process is down. Started again it has everything, or
 * it refuses to start (S4, S6) and says how to replace it; then it is replaced by the very commands it printed.
 */
import { open, readdir, stat, truncate } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { EXIT_STATUS } from '../../../src/shared/fatal.js';
import type { Prng } from '../../sim/prng.js';
import { pause } from '../cluster.js';
import type { Exit, NodeProcess } from '../node-process.js';
import { followAdvice, loseDisk, replaceByHand } from '../operator.js';
import { pickVictim, type Arena, type Nemesis } from './arena.js';

const STARTS_WITHIN_MS = 40_000;
/** Written for people, or empty: nobody reads anything from them. */
const UNREAD_FILES = new Set(['LOG', 'LOG.old', 'LOCK']);
const REFUSALS: readonly (number | null)[] = [
  EXIT_STATUS.STORAGE_DAMAGED,
  EXIT_STATUS.WRONG_DATA_DIRECTORY,
  EXIT_STATUS.DATA_DIRECTORY_UNUSABLE,
];

const damage: Nemesis = {
  name: 'damage',
  lane: 'processes',
  weight: 2,
  strike: async (arena) => {
    const node = await pickVictim(arena);
    node.mayDie = true;
    await node.kill();
    arena.say(`member ${node.memberId} is down: ${await damageFile(node, arena.prng)}`);
    node.start();
    const exit = await startedOrEnded(arena, node);
    if (exit === undefined) {
      arena.say(`member ${node.memberId} started and has everything`);
    } else if (REFUSALS.includes(exit.status)) {
      await replace(arena, node, exit);
    } else {
      arena.fail(
        `damaged, member ${node.memberId} ended with ${exit.signal ?? String(exit.status)}: ${node.lastWords}`,
      );
    }
    node.mayDie = false;
  },
};

const lostDisk: Nemesis = {
  name: 'lost-disk',
  lane: 'processes',
  strike: async (arena) => {
    const node = await pickVictim(arena);
    node.mayDie = true;
    await node.kill();
    arena.say(`the directory of member ${node.memberId} is gone`);
    await loseDisk(node);
    node.start();
    const exit = await startedOrEnded(arena, node);
    if (exit?.status === EXIT_STATUS.CONFIG) {
      // Another member of its --members was replaced at the same address: it refuses, and knows no more.
      arena.say(`member ${node.memberId} refuses with 78, without commands: ${node.lastWords.trim()}`);
      await replaceByHand(arena.cluster, node);
      arena.say(`it is replaced by ${node.memberId}`);
      node.mayDie = false;
      return;
    }
    if (exit?.status !== EXIT_STATUS.MEMBER_WIPED) {
      const how = exit === undefined ? 'it serves' : `it ended with ${exit.signal ?? String(exit.status)}`;
      arena.fail(`member ${node.memberId} lost its disk, and ${how}: ${node.lastWords}`);
    }
    if (exit !== undefined) await replace(arena, node, exit);
    node.mayDie = false;
  },
};

async function replace(arena: Arena, node: NodeProcess, exit: Exit): Promise<void> {
  const before = node.memberId;
  const [why = ''] = node.lastWords.split('\n');
  arena.say(`member ${before} refuses with ${String(exit.status)}: ${why}`);
  await followAdvice(arena.cluster, node);
  arena.say(`member ${before} is replaced by ${node.memberId}, by the commands it printed`);
}

/** The exit of a process that does not start; undefined once it takes part and has caught up. */
async function startedOrEnded({ cluster, fail }: Arena, node: NodeProcess): Promise<Exit | undefined> {
  const ended: { exit: Exit | undefined } = { exit: undefined };
  void node.exited.then((exit) => (ended.exit = exit));
  for (const endMs = performance.now() + STARTS_WITHIN_MS; performance.now() < endMs;) {
    await pause(100);
    if (ended.exit !== undefined) return ended.exit;
    const status = await cluster.statusOf(node);
    const leader = await cluster.leader();
    const commit = leader === undefined ? undefined : (await cluster.statusOf(leader))?.commitIndex;
    if (commit !== undefined && (status?.appliedIndex ?? 0) >= commit) return undefined;
  }
  // Not a refusal, and not serving: other faults may keep it from catching up.
  if (!node.isRunning) fail(`member ${node.memberId} neither started nor ended`);
  return ended.exit;
}

async function damageFile(node: NodeProcess, prng: Prng): Promise<string> {
  const { dataDirectory } = node.setup;
  const entries = await readdir(dataDirectory, { recursive: true, withFileTypes: true });
  const files: { readonly path: string; readonly bytes: number }[] = [];
  for (const entry of entries) {
    if (!entry.isFile() || UNREAD_FILES.has(basename(entry.name))) continue;
    const path = join(entry.parentPath, entry.name);
    const { size } = await stat(path);
    if (size > 0) files.push({ path, bytes: size });
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { path, bytes } = prng.pick(files);
  const name = relative(dataDirectory, path);
  if (prng.chance(0.25)) {
    const kept = prng.between(0, bytes - 1);
    await truncate(path, kept);
    return `cut ${name} from ${bytes} to ${kept} bytes`;
  }
  const at = prng.between(0, bytes - 1);
  const bit = prng.between(0, 7);
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8() ^ (1 << bit));
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
  return `flip bit ${bit} of byte ${at} of ${name}, of ${bytes} bytes`;
}

export const DAMAGE_NEMESES: readonly Nemesis[] = [damage, lostDisk];
