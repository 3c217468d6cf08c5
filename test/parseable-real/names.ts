/** Names of Sexton's protocol and command line that scenarios rely on and the compiler does not check. */
import type { Purge } from '../../src/client/index.js';

/** The words that `sexton parseable --help` and its subcommands print decide what this build can do. */
export const GATEWAY_COMMAND = 'gateway';
export const STANDALONE_FLAG = '--standalone-node';

/** Of `purge retry`: clients that go on sending are not waited for. */
export const DISCARD_FLAG = '--discard-new-writes';

/** Why a drained purge waits although every node has answered. */
const CLIENTS_STILL_SENDING = 'CLIENTS_STILL_SENDING';

/** Wherever the purge carries the reason. */
export function waitsForClients(purge: Purge): boolean {
  return JSON.stringify(purge).includes(CLIENTS_STILL_SENDING);
}

/** Kinds of findings that accuse: what no stream owns. */
export const LEFTOVERS: readonly string[] = ['RESIDUE', 'PURGED_PREFIX', 'LATE_OBJECTS', 'UNFINISHED_UPLOAD'];
