/**
 * Which process opened a connection to this one: the kernel knows. All nodes share one loopback address, and
 * a proxy that is to cut the link between two of them has to tell who is calling. Linux only.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A line of /proc/net/tcp, cut at spaces. */
const LOCAL = 1;
const REMOTE = 2;
const INODE = 9;

/** The process among `pids` whose socket runs from `fromPort` to `toPort`, both on 127.0.0.1. */
export function ownerOf(fromPort: number, toPort: number, pids: readonly number[]): number | undefined {
  const inode = socketInode(fromPort, toPort);
  return inode === undefined ? undefined : pids.find((pid) => holdsSocket(pid, inode));
}

function socketInode(fromPort: number, toPort: number): string | undefined {
  const [local, remote] = [addressText(fromPort), addressText(toPort)];
  for (const line of readFileSync('/proc/net/tcp', 'utf8').split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[LOCAL] === local && fields[REMOTE] === remote) return fields[INODE];
  }
  return undefined;
}

function holdsSocket(pid: number, inode: string): boolean {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).some((name) => linkOf(`${directory}/${name}`) === `socket:[${inode}]`);
  } catch {
    // The process has ended since.
    return false;
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    // Closed since the directory was read.
    return '';
  }
}

/** As the kernel prints 127.0.0.1, in the byte order of the machine. */
function addressText(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
}
