/**
 * C1: two streams that are not PURGED never have overlapping prefixes: not equal, not one inside the
 * other. Kept by point reads only, over *nodes*: one record for each `/`-terminated prefix that is
 * owned, or below which something is owned.
 *
 *   a/          ownedBelow 2
 *   a/b/        owner 17           ab/ is no neighbour of a/: only whole segments count
 *   a/c/        ownedBelow 1
 *   a/c/d/      owner 23
 *
 * A new prefix is free when its own node has no live owner (not equal), no ancestor's node has one
 * (not inside another), and nothing is owned below it (no other inside). That is one read a segment.
 *
 * P11: a purged prefix stays fenced until its reusable_after: a delete request that a paused leader
 * signed may land until then. The fence holds for the prefix, for prefixes above it (belowFencedUntilMs)
 * and for prefixes below it, whether the prefix was the default or chosen. Forgetting a stream takes its
 * fence away, and is allowed only when the fence has passed.
 */
import { assert, assertDefined } from '../shared/assert.js';
import { prefixKey, streamKey } from './keys.js';
import { TIME_MS_MAX } from './limits.js';
import { decodePrefixNode, decodeStream, encodePrefixNode, type PrefixNode } from './record-codec.js';
import { describeName } from './refusals.js';
import { timeText } from './time-text.js';
import type { CatalogReader, CatalogWrite, Incarnation, Refusal, StreamRecord } from './types.js';

const FREE_NODE: PrefixNode = {
  owner: 0,
  ownerLive: false,
  fencedUntilMs: 0,
  ownedBelow: 0,
  belowFencedUntilMs: 0,
};

/** `a/b/c/` gives `a/`, `a/b/`. */
export function ancestorsOf(prefix: string): string[] {
  const ancestors: string[] = [];
  for (let at = prefix.indexOf('/'); at >= 0 && at < prefix.length - 1; at = prefix.indexOf('/', at + 1)) {
    ancestors.push(prefix.slice(0, at + 1));
  }
  return ancestors;
}

export interface PrefixClaim {
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly prefix: string;
}

export type PrefixAnswer =
  | { readonly ok: true; readonly writes: readonly CatalogWrite[] }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Makes `claim.incarnation` the owner, or refuses:
 * PURGE_PENDING when time will free the prefix: an equal one, or one of the same name above it, is
 * DELETED or PURGING, or a fence has not passed; PREFIX_OVERLAP otherwise.
 */
export function acquirePrefix(reader: CatalogReader, claim: PrefixClaim, nowMs: number): PrefixAnswer {
  const own = readNode(reader, claim.prefix);
  if (own.ownerLive) return overlapWith(reader, claim, own.owner, 'equal');
  if (own.fencedUntilMs > nowMs) return fenced(claim, claim.prefix, own.fencedUntilMs);

  const ancestors = ancestorsOf(claim.prefix).map((prefix) => ({ prefix, node: readNode(reader, prefix) }));
  for (const { prefix, node } of ancestors) {
    if (node.ownerLive) return overlapWith(reader, claim, node.owner, 'above');
    if (node.fencedUntilMs > nowMs) return fenced(claim, prefix, node.fencedUntilMs);
  }

  if (own.ownedBelow > 0) {
    const message = `prefix '${claim.prefix}' contains ${own.ownedBelow} prefix(es) that other streams own`;
    return { ok: false, refusal: { reason: 'PREFIX_OVERLAP', message, metadata: { prefix: claim.prefix } } };
  }
  if (own.belowFencedUntilMs > nowMs) return fenced(claim, claim.prefix, own.belowFencedUntilMs);

  const writes = ancestors.map(({ prefix, node }) =>
    writeNode(prefix, { ...node, ownedBelow: node.ownedBelow + 1 }, nowMs),
  );
  writes.push(
    writeNode(claim.prefix, { ...own, owner: claim.incarnation, ownerLive: true, fencedUntilMs: 0 }, nowMs),
  );
  return { ok: true, writes };
}

/** At markPurged: nobody lives here any more, but until `reusableAfterMs` nobody may move in. */
export function releasePrefix(
  reader: CatalogReader,
  stream: StreamRecord,
  reusableAfterMs: number,
  nowMs: number,
): CatalogWrite[] {
  const own = readNode(reader, stream.prefix);
  assert(
    own.ownerLive && own.owner === stream.incarnation,
    () => `C1: ${stream.incarnation} does not own its prefix`,
  );
  const writes = ancestorsOf(stream.prefix).map((prefix) => {
    const node = readNode(reader, prefix);
    assert(node.ownedBelow > 0, () => `C1: nothing is owned below '${prefix}'`);
    const belowFencedUntilMs = Math.max(node.belowFencedUntilMs, reusableAfterMs);
    return writeNode(prefix, { ...node, ownedBelow: node.ownedBelow - 1, belowFencedUntilMs }, nowMs);
  });
  writes.push(writeNode(stream.prefix, { ...own, ownerLive: false, fencedUntilMs: reusableAfterMs }, nowMs));
  return writes;
}

/** P11, for a sweep: nobody may move in until `untilMs`. The stream is PURGED and {@link maySweepPrefix} holds. */
export function fencePrefix(
  reader: CatalogReader,
  stream: StreamRecord,
  untilMs: number,
  nowMs: number,
): CatalogWrite[] {
  const writes = ancestorsOf(stream.prefix).map((prefix) => {
    const node = readNode(reader, prefix);
    const belowFencedUntilMs = Math.max(node.belowFencedUntilMs, untilMs);
    return writeNode(prefix, { ...node, belowFencedUntilMs }, nowMs);
  });
  const own = readNode(reader, stream.prefix);
  writes.push(writeNode(stream.prefix, { ...own, fencedUntilMs: untilMs }, nowMs));
  return writes;
}

/** At forgetStream: the last trace goes, unless another life has taken the prefix over since. */
export function forgetPrefix(reader: CatalogReader, stream: StreamRecord, nowMs: number): CatalogWrite[] {
  assert(stream.reusableAfterMs <= nowMs, () => `P11: ${stream.incarnation} is forgotten before its fence`);
  const writes: CatalogWrite[] = [];
  for (const prefix of [...ancestorsOf(stream.prefix), stream.prefix]) {
    const node = readNode(reader, prefix);
    const isOwner = node.owner === stream.incarnation;
    // Fences that have passed are dropped with every rewrite: the last of the streams that raised one
    // to be forgotten finds it passed, and no node outlives the streams that it is about.
    if (isOwner || (node.belowFencedUntilMs > 0 && node.belowFencedUntilMs <= nowMs)) {
      writes.push(writeNode(prefix, isOwner ? { ...node, owner: 0, fencedUntilMs: 0 } : node, nowMs));
    }
  }
  return writes;
}

/**
 * P8: does a stream that is not PURGED own a prefix equal to `prefix`, above it or below it?
 * While it does, `prefix` must not be swept.
 */
export function isPrefixInUse(reader: CatalogReader, prefix: string): boolean {
  const own = readNode(reader, prefix);
  return (
    own.ownerLive ||
    own.ownedBelow > 0 ||
    ancestorsOf(prefix).some((above) => readNode(reader, above).ownerLive)
  );
}

/**
 * P8: may objects below the prefix of this PURGED stream be deleted as its own? Not while the prefix is in use,
 * and not when a later life of it has come and gone: what lies there is then that one's to sweep.
 */
export function maySweepPrefix(reader: CatalogReader, { prefix, incarnation }: StreamRecord): boolean {
  return readNode(reader, prefix).owner === incarnation && !isPrefixInUse(reader, prefix);
}

function readNode(reader: CatalogReader, prefix: string): PrefixNode {
  const bytes = reader.get(prefixKey(prefix));
  return bytes === undefined ? FREE_NODE : decodePrefixNode(bytes);
}

function writeNode(prefix: string, node: PrefixNode, nowMs: number): CatalogWrite {
  const current: PrefixNode = {
    ...node,
    fencedUntilMs: node.fencedUntilMs > nowMs ? node.fencedUntilMs : 0,
    belowFencedUntilMs: node.belowFencedUntilMs > nowMs ? node.belowFencedUntilMs : 0,
  };
  const isFree = current.owner === 0 && current.ownedBelow === 0 && current.belowFencedUntilMs === 0;
  return { key: prefixKey(prefix), value: isFree ? undefined : encodePrefixNode(current) };
}

function overlapWith(
  reader: CatalogReader,
  claim: PrefixClaim,
  owner: Incarnation,
  where: 'equal' | 'above',
): PrefixAnswer {
  const stream = decodeStream(
    assertDefined(reader.get(streamKey(owner)), `C1: prefix owner ${owner} has no record`),
  );
  const isSameName = stream.tenant === claim.tenant && stream.name === claim.name;
  const willPass = stream.state !== 'ACTIVE' && (where === 'equal' || isSameName);
  const message =
    `prefix '${claim.prefix}' ${where === 'equal' ? 'is owned by' : `lies inside '${stream.prefix}' of`} ` +
    `stream ${describeName(stream)}, incarnation ${stream.incarnation}, which is ${stream.state}`;
  const metadata = {
    prefix: claim.prefix,
    owner_tenant: stream.tenant,
    owner_name: stream.name,
    owner_incarnation: String(stream.incarnation),
    owner_state: stream.state,
    owner_prefix: stream.prefix,
  };
  return { ok: false, refusal: { reason: willPass ? 'PURGE_PENDING' : 'PREFIX_OVERLAP', message, metadata } };
}

function fenced(claim: PrefixClaim, where: string, untilMs: number): PrefixAnswer {
  if (untilMs >= TIME_MS_MAX) {
    const message =
      `prefix '${claim.prefix}' is never used again: '${where}' or a prefix below it was purged in an object store that ` +
      `neither refuses a delete request for its age nor honours conditions, so that a late one could hit new objects; ` +
      `choose a prefix that does not overlap it`;
    const metadata = { prefix: claim.prefix, reusable: 'never' };
    return { ok: false, refusal: { reason: 'PREFIX_OVERLAP', message, metadata } };
  }
  const message =
    `prefix '${claim.prefix}' cannot be owned yet: '${where}' or a prefix below it was purged a short while ago, ` +
    `and delete requests for it may still arrive at the store until ${timeText(untilMs)}`;
  const metadata = { prefix: claim.prefix, reusable_after_ms: String(untilMs) };
  return { ok: false, refusal: { reason: 'PURGE_PENDING', message, metadata } };
}
