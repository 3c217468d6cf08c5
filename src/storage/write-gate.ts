/**
 * S5: the first write or fsync that fails is the last one. After a failed fsync the kernel may have
 * marked the pages clean, so that a second one succeeds without having written anything (PostgreSQL
 * 2018; Rebello et al., USENIX ATC 2020): nothing may be retried, and nothing may build on it.
 */
import { AssertionError } from '../shared/assert.js';
import { FatalError } from '../shared/fatal.js';

export class WriteGate {
  readonly #directory: string;
  #failure: Error | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Runs `write`; rejects with FatalError, now and for every later call, once any write has failed. */
  async run<T>(what: string, write: () => Promise<T>): Promise<T> {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return await write();
    } catch (error) {
      this.#failure ??= this.#fatal(what, error);
      throw this.#failure;
    }
  }

  #fatal(what: string, error: unknown): Error {
    // Damage found on the way, or a bug: already says all there is to say. The gate shuts all the same.
    if (error instanceof FatalError || error instanceof AssertionError) return error;
    return writeFailed(this.#directory, what, error instanceof Error ? error : new Error(String(error)));
  }
}

export function writeFailed(directory: string, what: string, cause: Error): FatalError {
  return new FatalError(
    'STORAGE_WRITE_FAILED',
    `${directory}: ${what} failed: ${describe(cause)}; ` +
      'a failed write is never retried: check the disk (space, health, mount), then start the node again',
    { cause },
  );
}

/** Level's errors say little themselves; the cause carries LevelDB's own words. */
function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
