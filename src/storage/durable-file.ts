/**
 * The port to the few small files beside the database. `local-durable-files.ts` is the real one; the
 * simulator brings a disk that tears and loses what was not synced.
 *
 * Names are plain file names within the node's directory. Errors are thrown as they come; the caller
 * decides which are fatal.
 */
export interface DurableFiles {
  /** The whole file, or undefined when there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Writes a new file beside the old one, syncs it, renames it over the old one and syncs the directory:
   * after a crash there is the old content or the new, never a mixture and never nothing.
   */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** Removes the file if it is there, durably. */
  remove(name: string): Promise<void>;
  /** Opens an existing file for writes in place. */
  openSlots(name: string): Promise<SlotFile>;
}

/** A file of fixed size that is overwritten in place, one aligned slot at a time. */
export interface SlotFile {
  /**
   * Overwrites `bytes.length` bytes at `offset` and syncs them. A crash during the call may leave any
   * mixture of old and new bytes within that range, and changes nothing outside of it.
   */
  write(offset: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
