/**
 * What a simulated disk may do to its node, and how often it has done it. The knobs may be turned at any
 * moment of a run; everything else that goes wrong is a call on the disk (crash, flipBit, stall, wipe).
 */
export interface DiskFaults {
  /** Typical latencies; the drawn ones have a tail. */
  readMs: number;
  /** A batch that nobody waits to be synced: it goes to the page cache. */
  writeMs: number;
  syncMs: number;
  /** Per operation: the whole disk hangs, for up to `stallMaxMs`. */
  stallProbability: number;
  stallMaxMs: number;
  /** No space: whatever makes a file longer or new fails with ENOSPC until this is false again. */
  isFull: boolean;
  /** Per write: EIO, with the bytes on their way or not. */
  writeErrorProbability: number;
  /** Per synced write: written, and the fsync fails with EIO. */
  syncErrorProbability: number;
}

export function healthyDisk(): DiskFaults {
  return {
    readMs: 0.05,
    writeMs: 0.1,
    syncMs: 1,
    stallProbability: 0,
    stallMaxMs: 5_000,
    isFull: false,
    writeErrorProbability: 0,
    syncErrorProbability: 0,
  };
}

export interface DiskCounts {
  processCrashes: number;
  powerLosses: number;
  /** Batches, unsynced or in flight, that a crash undid. */
  lostBatches: number;
  /** Slots of files left as a mixture of old and new bytes, and batches that left half a record. */
  tornWrites: number;
  bitFlips: number;
  stalls: number;
  fullDisk: number;
  writeErrors: number;
  syncErrors: number;
  wipes: number;
}

export function noDiskCounts(): DiskCounts {
  return {
    processCrashes: 0,
    powerLosses: 0,
    lostBatches: 0,
    tornWrites: 0,
    bitFlips: 0,
    stalls: 0,
    fullDisk: 0,
    writeErrors: 0,
    syncErrors: 0,
    wipes: 0,
  };
}

/** As the file system reports it: with a `code` and a `syscall`, which openNodeStorage tells a disk's fault by. */
export function diskError(
  code: 'ENOSPC' | 'EIO',
  doing: string,
  syscall: 'write' | 'fsync' = 'write',
): Error {
  const what = code === 'EIO' ? 'i/o error' : 'no space left on device';
  return Object.assign(new Error(`${code}: ${what}, ${doing}`), { code, syscall });
}
