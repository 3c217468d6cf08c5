/**
 * What a directory's database and mark say when they are opened, compared with each other: the checks
 * S1 and S2, and the consistency of log, catalog and configuration. Pure reading; the one thing that is
 * put right is a mark that lags (see mark-file.ts for why that is all a crash can leave).
 *
 * Everything else that does not fit is damage, and stops the node before it has said a word (S4).
 */
import type { HardState, LogIndex } from '../raft/types.js';
import { DecodeError } from '../shared/binary.js';
import { type CatalogPosition, CatalogSpace, readCatalogPosition } from './catalog-space.js';
import { chainOf, decodeEntry } from './entry-codec.js';
import { decodeInstallRecord, type InstallRecord } from './install-record.js';
import type { KeyValueStore } from './key-value-store.js';
import {
  DIRECTORY_KEY,
  HARD_STATE_KEY,
  indexOfLogKey,
  INSTALL_KEY,
  LOG_START_KEY,
  logRange,
} from './keys.js';
import { DurableLog } from './log.js';
import { markOf } from './mark-file.js';
import type { Mark } from './mark-file.js';
import { decodeDirectoryId, decodeHardState, decodeLogStart } from './meta-codec.js';
import { damageError } from './rejoin-advice.js';
import type { Damage, DirectoryOwner } from './rejoin-advice.js';

/** How messages name the database. */
export const DATABASE = 'db';

export interface RecoveryInput {
  readonly store: KeyValueStore;
  /** Where the database's history was cut before it was opened: the cause, if it does not hold enough. */
  readonly tear: Damage | undefined;
  readonly mark: Mark;
  readonly directoryId: string;
  /** The first start has ended: there must be a configuration. */
  readonly initialized: boolean;
  readonly owner: DirectoryOwner;
  readonly tailCacheBytes: number;
}

export interface RecoveredState {
  readonly hardState: HardState;
  readonly log: DurableLog;
  readonly catalog: CatalogSpace;
  /** A snapshot received in part that may be continued. */
  readonly install: InstallRecord | undefined;
  /** What the mark must say: the same as it did, or more. */
  readonly mark: Mark;
}

export async function recover(input: RecoveryInput): Promise<RecoveredState> {
  const { store, mark, owner, tear } = input;
  const damaged = (what: string, cause?: unknown): Error => {
    const damage = tear === undefined ? { file: DATABASE, what } : { ...tear, what: `${tear.what}; ${what}` };
    return damageError(owner, damage, cause);
  };
  const read = <T>(key: Uint8Array, name: string, decode: (bytes: Uint8Array) => T): T => {
    const bytes = store.getSync(key);
    if (bytes === undefined) throw damaged(`the ${name} is missing`);
    return decode(bytes);
  };

  try {
    const directoryId = read(DIRECTORY_KEY, 'directory id', decodeDirectoryId);
    if (directoryId !== input.directoryId) {
      throw damaged(`it belongs to data directory ${directoryId}, not to ${input.directoryId}`);
    }
    const start = read(LOG_START_KEY, 'start of the log', decodeLogStart);
    if (input.initialized && start.index > 0 && start.configuration.voters.length === 0) {
      throw damaged(`no configuration as of entry ${start.index}`);
    }
    const log = new DurableLog({
      store,
      start,
      tailCacheBytes: input.tailCacheBytes,
      damaged: (index, what, cause) => damaged(`log entry ${index}: ${what}`, cause),
    });
    await verifyChain(store, log, damaged);

    const stored = read(HARD_STATE_KEY, 'hard state', decodeHardState);
    checkMark(mark, stored, log, damaged);
    if (stored.commitIndex > log.lastIndex) {
      throw damaged(`entry ${stored.commitIndex} was committed here, but the log ends at ${log.lastIndex}`);
    }
    // After a snapshot the stored hint lags: what the snapshot covers is committed.
    const hardState = { ...stored, commitIndex: Math.max(stored.commitIndex, start.index) };

    const position = readCatalogPosition(store);
    if (position === undefined) throw damaged('the applied index is missing');
    if (position.appliedIndex < start.index || position.appliedIndex > log.lastIndex) {
      throw damaged(
        `applied index ${position.appliedIndex} outside of the log [${start.index}, ${log.lastIndex}]`,
      );
    }

    const catalog = new CatalogSpace(store, position);
    const install = readInstall(store, position, hardState.commitIndex);
    return { hardState, log, catalog, install, mark: markOf(stored, log.last) };
  } catch (error) {
    if (error instanceof DecodeError) throw damaged(error.message, error);
    throw error;
  }
}

/** Undefined also for a snapshot that would bring nothing new: its space is swept like any leftover's. */
function readInstall(
  store: KeyValueStore,
  { generation, appliedIndex }: CatalogPosition,
  commitIndex: LogIndex,
): InstallRecord | undefined {
  const bytes = store.getSync(INSTALL_KEY);
  if (bytes === undefined) return undefined;
  const install = decodeInstallRecord(bytes);
  const isNews = install.header.meta.index > Math.max(appliedIndex, commitIndex);
  return isNews && install.generation !== generation ? install : undefined;
}

/** S1: every entry is there, under its own key, and continues the chain. */
async function verifyChain(
  store: KeyValueStore,
  log: DurableLog,
  damaged: (what: string, cause?: unknown) => Error,
): Promise<void> {
  for await (const [key, record] of store.iterate(logRange(log.start.index + 1))) {
    const { index: last, chain: previous, term: lastTerm } = log.last;
    const index = indexOfLogKey(key);
    if (index !== last + 1) throw damaged(`log entries ${last + 1} to ${index - 1} are missing`);
    const { entry, chain } = decodeEntry(record);
    if (entry.index !== index || chain !== chainOf(record, previous)) {
      throw damaged(`log entry ${index}: its checksum does not continue its predecessor's`);
    }
    if (entry.term < lastTerm) throw damaged(`log entry ${index}: term ${entry.term} after term ${lastTerm}`);
    log.adopt({ entry, chain, sizeBytes: record.length });
  }
}

/** S2: LevelDB knows at least what the mark says was promised. */
function checkMark(
  mark: Mark,
  hardState: HardState,
  log: DurableLog,
  damaged: (what: string) => Error,
): void {
  const { term, votedFor } = hardState;
  if (term < mark.term) throw damaged(`it knows term ${term}, but term ${mark.term} was entered`);
  if (term === mark.term && mark.votedFor !== 0 && votedFor !== mark.votedFor) {
    throw damaged(`it knows the vote of term ${term} as ${votedFor}, but it was given to ${mark.votedFor}`);
  }
  if (mark.lastIndex > log.lastIndex) {
    throw damaged(acknowledgedLoss(log.lastIndex + 1, mark.lastIndex));
  }
  // Below the start: a snapshot replaced the log, and the crash came before the mark followed.
  if (mark.lastIndex < log.start.index) return;
  if (log.chainAt(mark.lastIndex) !== mark.chain || log.termAt(mark.lastIndex) !== mark.lastTerm) {
    throw damaged(`the log up to entry ${mark.lastIndex} is not the one that was acknowledged`);
  }
}

function acknowledgedLoss(from: LogIndex, upTo: LogIndex): string {
  return `log entries ${from} to ${upTo} were acknowledged and are gone`;
}
