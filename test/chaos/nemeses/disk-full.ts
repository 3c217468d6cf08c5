/**
 * A disk without room. A write that fails ends the process with a status of its own (S5); with room again it
 * comes back as it was. On a small file system where one can be mounted, else by a limit on the size of files.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT_STATUS } from '../../../src/shared/fatal.js';
import { pause } from '../cluster.js';
import type { NodeProcess } from '../node-process.js';
import { limitFileSize } from '../small-disk.js';
import { pickVictim, type Arena, type Nemesis } from './arena.js';

const EXIT_WITHIN_MS = 20_000;
/** What a limited file may still grow by. */
const ROOM_BYTES = 128 * 1024;

export const diskFull: Nemesis = {
  name: 'disk-full',
  lane: 'processes',
  whyNot: async ({ cluster }) => {
    if (cluster.smallDisk !== undefined || (await limitFileSize(process.pid, Number.MAX_SAFE_INTEGER)))
      return undefined;
    return 'no file system of limited size can be mounted (root and mount), and there is no prlimit (util-linux)';
  },
  strike: async (arena) => {
    const { cluster, prng, say } = arena;
    const disk = cluster.smallDisk;
    const node = disk === undefined ? await pickVictim(arena) : cluster.nodeOnSmallDisk;
    if (node?.isRunning !== true || node.pid === undefined) return;
    node.mayDie = true;
    try {
      if (disk === undefined) {
        say(`files of member ${node.memberId} may grow by ${ROOM_BYTES} bytes and no more`);
        await limitFileSize(node.pid, (await largestFileBytes(node)) + ROOM_BYTES);
      } else {
        say(`fill the disk of member ${node.memberId}`);
        await disk.fill();
      }
      if (!(await endsOfItself(arena, node))) return;
      if (disk !== undefined && prng.chance(0.5)) {
        say(`start member ${node.memberId} on the full disk`);
        node.start();
        await pause(1_500);
        await node.kill();
      }
    } finally {
      await disk?.makeRoom();
      if (node.isRunning) await node.kill();
      node.mayDie = false;
      say(`there is room again: start member ${node.memberId}`);
      node.start();
    }
  },
};

async function endsOfItself({ fail, say }: Arena, node: NodeProcess): Promise<boolean> {
  const exit = await Promise.race([node.exited, pause(EXIT_WITHIN_MS)]);
  if (exit === undefined) {
    say(`member ${node.memberId} has written nothing that did not fit`);
    return false;
  }
  // The second, when another nemesis has started it again in the meantime: LevelDB writes while it opens.
  const expected: readonly unknown[] = [
    EXIT_STATUS.STORAGE_WRITE_FAILED,
    EXIT_STATUS.DATA_DIRECTORY_UNUSABLE,
  ];
  if (!expected.includes(exit.status)) {
    fail(
      `with a full disk member ${node.memberId} ended with ${exit.signal ?? String(exit.status)} and not with ${expected.join(' or ')}: ${node.lastWords}`,
    );
  }
  return true;
}

async function largestFileBytes(node: NodeProcess): Promise<number> {
  const { dataDirectory, logBase } = node.setup;
  const entries = await readdir(dataDirectory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sizes = await Promise.all([...files, `${logBase}.log`].map((file) => sizeOf(file)));
  return Math.max(0, ...sizes);
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch {
    // Compacted away since.
    return 0;
  }
}
