/** Where the log is cut: in large steps, with a tail kept for followers that are only a little behind. */
import type { Configuration, LogIndex } from '../raft/types.js';
import { isBlank } from './member-identity.js';
import type { NodeOptions } from './options.js';

export interface LogExtent {
  readonly options: Pick<NodeOptions, 'keepEntries' | 'snapshotEntries'>;
  readonly startIndex: LogIndex;
  readonly appliedIndex: LogIndex;
  /** A snapshot that is being sent ends there: its follower goes on with the log after it. */
  readonly pinnedIndex: LogIndex | undefined;
  readonly configurationAt: (index: LogIndex) => Configuration;
}

/** Undefined: nothing to cut yet. */
export function compactionPoint(log: LogExtent): LogIndex | undefined {
  const { keepEntries, snapshotEntries } = log.options;
  if (log.appliedIndex - log.startIndex <= keepEntries + snapshotEntries) return undefined;
  const upTo = Math.min(log.appliedIndex - keepEntries, log.pinnedIndex ?? log.appliedIndex);
  if (upTo <= log.startIndex) return undefined;
  // The first configuration is in no entry. A member that joined knows none before the entry that added it,
  // and a log without entries and without a configuration could not be told from a damaged one.
  return isBlank(log.configurationAt(upTo)) ? undefined : upTo;
}
