/** What an audit asks the catalog. Each answer is linearizable: it misses nothing acknowledged before the question. */
import type { PrefixOwnership } from '../catalog/prefix-queries.js';
import type { StreamRecord } from '../catalog/types.js';

export interface PrefixView extends PrefixOwnership {
  /** What the answer reflects at least. */
  readonly revision: number;
  /** Some prefix below this one is owned, or was by a stream that is not forgotten. */
  readonly anyBelow: boolean;
}

export interface AuditCatalog {
  /** Rejects with SextonError when no leader can be asked. */
  lookUp(prefix: string, signal: AbortSignal): Promise<PrefixView>;
  /** The current life of a name; undefined: the catalog knows none. */
  current(tenant: string, name: string, signal: AbortSignal): Promise<StreamRecord | undefined>;
  /** Page by page, each as of when it is read: what is created or deleted meanwhile may be in it or not. */
  activeStreams(signal: AbortSignal): AsyncIterable<readonly StreamRecord[]>;
}

/** Whether two answers about one prefix say the same: nothing began, moved or ended between them. */
export function isUnchanged(before: PrefixView, after: PrefixView): boolean {
  return (
    isSameLife(before.owner, after.owner) &&
    isSameLife(before.above, after.above) &&
    before.anyBelow === after.anyBelow
  );
}

function isSameLife(a: PrefixView['owner'], b: PrefixView['owner']): boolean {
  return a?.incarnation === b?.incarnation && a?.revision === b?.revision;
}
