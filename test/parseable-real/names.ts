/** Names of Sexton's protocol and command line that scenarios rely on and the compiler does not check. */
/** Of `purge retry`: clients that go on sending are not waited for. */
export const DISCARD_FLAG = '--discard-new-writes';

/** Kinds of findings that accuse: what no stream owns. */
export const LEFTOVERS: readonly string[] = ['RESIDUE', 'PURGED_PREFIX', 'LATE_OBJECTS', 'UNFINISHED_UPLOAD'];
