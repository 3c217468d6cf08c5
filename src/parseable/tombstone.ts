/**
 * What a change in the catalog means for the nodes of a Parseable deployment. Pure.
 *
 * Parseable knows a stream by its name and keeps it under `name/` or `tenant/name/`, encoded for the store, in every
 * life of the name. So only streams that own exactly that prefix are Parseable's, and the prefix is what a node is
 * asked to forget. C1 sees to it that no two lives own it at once.
 */
import type { Stream, StreamEventType } from '../client/index.js';
import { prefixOfParseableStream } from '../shared/parseable-prefix.js';

/** One tombstone of a stream that Parseable's nodes may hold. */
export interface Tombstone {
  readonly tenant: string;
  readonly name: string;
  readonly prefix: string;
  readonly incarnation: number;
  /** The stream's revision as last seen: another one may be another tombstone. */
  readonly streamRevision: number;
  /** It was marked deleted at this revision or at a later one. */
  readonly floorRevision: number;
  /** The end of the grace period, by the leader's clock; 0 = not told. */
  readonly purgeAfterMs: number;
}

export type CatalogStep =
  /** DELETED: may still be undeleted, and purges wait for the nodes (P3). */
  | { readonly kind: 'tombstoned'; readonly tombstone: Tombstone }
  /** PURGING: past the point of no return, and past the barrier. */
  | { readonly kind: 'purging'; readonly tombstone: Tombstone }
  /** PURGED: proved empty; another life may own the prefix after `reusableAfterMs`, by the leader's clock. */
  | { readonly kind: 'purged'; readonly tombstone: Tombstone; readonly reusableAfterMs: number }
  /** The prefix has a living owner: whatever was to be forgotten must be no more. */
  | { readonly kind: 'live'; readonly prefix: string }
  /** The record is gone. */
  | { readonly kind: 'gone'; readonly prefix: string; readonly incarnation: number };

/** Undefined: nothing to Parseable. `event` is undefined for a stream out of a listing. */
export function stepOf(
  stream: Stream,
  event?: { readonly type: StreamEventType; readonly revision: number },
): CatalogStep | undefined {
  const { tenant, name, prefix, incarnation, state } = stream;
  if (prefix !== prefixOfParseableStream(tenant, name)) return undefined;
  if (event?.type === 'FORGOTTEN') return { kind: 'gone', prefix, incarnation };
  const tombstone: Tombstone = {
    tenant,
    name,
    prefix,
    incarnation,
    streamRevision: stream.revision,
    // A listing does not say when; the earliest is the entry after the one that created the stream.
    floorRevision: event?.type === 'DELETED' ? event.revision : incarnation + 1,
    purgeAfterMs: stream.purgeAfterMs ?? 0,
  };
  switch (state) {
    case 'ACTIVE':
      return { kind: 'live', prefix };
    case 'DELETED':
      return { kind: 'tombstoned', tombstone };
    case 'PURGING':
      return { kind: 'purging', tombstone };
    case 'PURGED':
      return { kind: 'purged', tombstone, reusableAfterMs: stream.reusableAfterMs ?? 0 };
    case 'UNKNOWN':
      return undefined;
  }
}
