/**
 * A disk that can be filled up: a small file system in memory, mounted on a member's directory. Wants root and
 * `mount`. Where there is neither, `limitFileSize` puts an end to a process's writes instead.
 */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mustRun, run, runNow } from './run-command.js';

const SIZE_MIB = 192;
const BALLAST = '.ballast';
const BLOCK = Buffer.alloc(256 * 1024, 0x5a);

export class SmallDisk {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** On an existing, empty directory. Undefined: this system does not let us. */
  static async mount(directory: string): Promise<SmallDisk | undefined> {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
    const { status } = await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'tmpfs', directory]);
    return status === 0 ? new SmallDisk(directory) : undefined;
  }

  /** Until nothing fits any more. */
  async fill(): Promise<void> {
    const file = await open(join(this.directory, BALLAST), 'w');
    try {
      for (let block = BLOCK; block.length > 0;) {
        try {
          const { bytesWritten } = await file.write(block);
          if (bytesWritten === 0) return;
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
          block = block.subarray(0, block.length >> 1);
        }
      }
    } finally {
      await file.close();
    }
  }

  async makeRoom(): Promise<void> {
    await rm(join(this.directory, BALLAST), { force: true });
  }

  async unmount(): Promise<void> {
    await mustRun('umount', [this.directory]);
  }

  unmountNow(): void {
    runNow('umount', ['--lazy', this.directory]);
  }
}

/** From now on no file of the process grows beyond `bytes`. False: no `prlimit` here. */
export async function limitFileSize(pid: number, bytes: number): Promise<boolean> {
  try {
    const { status } = await run('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);
    return status === 0;
  } catch {
    return false;
  }
}
