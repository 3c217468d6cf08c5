/**
 * Who owns a prefix, what lies above it and whether anything lies below: for those who look at a bucket and ask
 * whose it is. Point reads only; the scan that `below` needs is a range for the caller to walk.
 */
import { prefixKey, streamKey, type CatalogRange } from './keys.js';
import { ancestorsOf } from './ownership.js';
import { decodePrefixNode, decodeStream } from './record-codec.js';
import type { CatalogReader, StreamRecord } from './types.js';

export interface PrefixOwnership {
  /** Owns exactly this prefix, or did until it was PURGED. Undefined: nobody that is remembered. */
  readonly owner: StreamRecord | undefined;
  /** Owns the nearest prefix above; one that is not PURGED is preferred. */
  readonly above: StreamRecord | undefined;
  /** Streams that are not PURGED and own a prefix below this one. */
  readonly ownedBelow: number;
  /** P11: no stream may own the prefix before this; 0 = no fence is remembered. */
  readonly fencedUntilMs: number;
}

export function readPrefix(reader: CatalogReader, prefix: string): PrefixOwnership {
  const own = nodeOf(reader, prefix);
  let fencedUntilMs = Math.max(own?.fencedUntilMs ?? 0, own?.belowFencedUntilMs ?? 0);
  let above: StreamRecord | undefined;
  for (const ancestor of ancestorsOf(prefix)) {
    const node = nodeOf(reader, ancestor);
    if (node === undefined) continue;
    fencedUntilMs = Math.max(fencedUntilMs, node.fencedUntilMs);
    const owner = ownerOf(reader, node.owner);
    if (owner !== undefined && (above === undefined || above.state === 'PURGED')) above = owner;
  }
  return {
    owner: ownerOf(reader, own?.owner ?? 0),
    above,
    ownedBelow: own?.ownedBelow ?? 0,
    fencedUntilMs,
  };
}

/** Every prefix that the catalog remembers strictly below this one, which ends in `/`. */
export function prefixesBelow(prefix: string): CatalogRange {
  const key = prefixKey(prefix);
  const lt = key.slice();
  // `/` and the byte after it: nothing that starts with the prefix sorts behind.
  lt[lt.length - 1] = (lt[lt.length - 1] ?? 0) + 1;
  const gte = new Uint8Array(key.length + 1);
  gte.set(key);
  return { gte, lt };
}

function nodeOf(reader: CatalogReader, prefix: string): ReturnType<typeof decodePrefixNode> | undefined {
  const bytes = reader.get(prefixKey(prefix));
  return bytes === undefined ? undefined : decodePrefixNode(bytes);
}

function ownerOf(reader: CatalogReader, incarnation: number): StreamRecord | undefined {
  if (incarnation === 0) return undefined;
  const bytes = reader.get(streamKey(incarnation));
  return bytes === undefined ? undefined : decodeStream(bytes);
}
