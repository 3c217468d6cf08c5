/**
 * What a change in the catalog means for the nodes of a Parseable deployment. Pure.
 *
 * Parseable knows a stream by its name and keeps it under `name/` or `tenant/name/`, encoded for the store, in every
 * life of the name. So only streams that own exactly that prefix are Parseable's, and the prefix is what a node is
 * asked to forget. C1 sees to it that no two lives own it at once.
 */
import type { Stream, StreamEventType } from '../client/index.js';
import { prefixOfParseableStream } from '../shared/parseable-prefix.js';

/** One deleted stream that Parseable's nodes may hold. */
export interface Tombstone {
  readonly tenant: string;
  readonly name: string;
  readonly prefix: string;
  readonly incarnation: number;
  /** The point of no return lies at this revision or at a later one. */
  readonly drainRevision: number;
}

export type CatalogStep =
  /** The prefix has an owner that may still be written to, or be undeleted: nobody is to forget it. */
  | { readonly kind: 'owned'; readonly prefix: string; readonly stream: OwnedStream }
  /** Past the point of no return; the purge waits for the nodes (P3). */
  | { readonly kind: 'draining'; readonly tombstone: Tombstone }
  /** Past the barrier: objects are deleted. */
  | { readonly kind: 'purging'; readonly prefix: string }
  /** PURGED: proved empty; another life may own the prefix after `reusableAfterMs`, by the leader's clock. */
  | { readonly kind: 'purged'; readonly tombstone: Tombstone; readonly reusableAfterMs: number }
  /** Purged, and some node has written below the prefix since, without metadata: it holds the stream still. */
  | { readonly kind: 'stale'; readonly tombstone: Tombstone }
  /** The record is gone. */
  | { readonly kind: 'gone'; readonly prefix: string; readonly incarnation: number };

/** ACTIVE, or DELETED within its grace period. */
export interface OwnedStream {
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: number;
  readonly state: 'ACTIVE' | 'DELETED';
}

/** Undefined: nothing to Parseable. `event` is undefined for a stream out of a listing. */
export function stepOf(
  stream: Stream,
  event?: { readonly type: StreamEventType; readonly revision: number },
): CatalogStep | undefined {
  const { tenant, name, prefix, incarnation, state, purge } = stream;
  if (prefix !== prefixOfParseableStream(tenant, name)) return undefined;
  if (event?.type === 'FORGOTTEN') return { kind: 'gone', prefix, incarnation };
  // Absent from older servers; the earliest that it can be is the second entry after the one that created the stream.
  const drainRevision = stream.drainRevision ?? incarnation + 2;
  const tombstone: Tombstone = { tenant, name, prefix, incarnation, drainRevision };
  switch (state) {
    case 'ACTIVE':
    case 'DELETED':
      return { kind: 'owned', prefix, stream: { tenant, name, incarnation, state } };
    case 'PURGING':
      return purge?.beginTimeMs === undefined ? { kind: 'draining', tombstone } : { kind: 'purging', prefix };
    case 'PURGED':
      if (event?.type === 'RESIDUE_SWEPT') return { kind: 'stale', tombstone };
      return { kind: 'purged', tombstone, reusableAfterMs: stream.reusableAfterMs ?? 0 };
    case 'UNKNOWN':
      return undefined;
  }
}
