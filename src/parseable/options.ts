/** The helper's settings, their bounds and defaults. */
import { invalidArgument } from '../shared/errors.js';
import type { BackoffOptions } from '../shared/backoff.js';
import { parseNodeUrl } from './node-address.js';
import type { Credentials } from './parseable-node.js';

export interface ParseableSyncSettings {
  /** URLs of nodes that take events in. */
  readonly ingestNodes: readonly string[];
  /** URLs of query nodes. */
  readonly queryNodes: readonly string[];
  /** URLs of Parseables that run as one process each. */
  readonly standaloneNodes: readonly string[];
  /** A query node that lists all others; '' = only those that are named. */
  readonly discover: string;
  readonly credentials: Credentials;
  readonly deploymentId: string;
  /**
   * How long purges wait for a helper that is away: the time to notice and restart it. 5 s to 1 h. A helper that runs
   * keeps its leases alive whatever their length, so a long one costs nothing.
   */
  readonly sessionTtlMs: number;
  /**
   * From an event to the end of the last try of its upload. 1 s to 1 h. A Parseable node flushes once a minute, uploads
   * each half minute, and its object store client goes on retrying for three minutes: 270 s unless configured.
   */
  readonly uploadDeadlineMs: number;
  /** 100 ms to 1 minute. */
  readonly callTimeoutMs: number;
  /** Absent: what the nodes list is not compared with the catalog. */
  readonly comparison?: ComparisonSettings;
}

/** What is done about streams that Parseable creates or deletes behind the catalog. */
export interface ComparisonSettings {
  /** 10 s to 1 h. Each look costs a query node a listing of the bucket for each tenant. */
  readonly compareEveryMs: number;
  /** Streams that Parseable has created by itself come into the catalog as ACTIVE. */
  readonly adoptNew: boolean;
  /** For how long no node may list or hold a stream of the catalog before it counts as missing. 1 minute to 24 h. */
  readonly missingAfterMs: number;
  /** Missing streams are deleted in the catalog, with the server's grace period. */
  readonly followDeletes: boolean;
}

export const NODES_MAX = 1_000;

/** Retries of nodes, of streams, of sessions and of the watch. */
export const BACKOFF: BackoffOptions = { initialMs: 1_000, maxMs: 60_000 };

/** What one node may have waiting; beyond that its reported revision stands still and the catalog is listed again. */
export const TOMBSTONES_MAX = 10_000;

export const DISCOVERY_INTERVAL_MS = 60_000;

/** With every URL in one spelling. Throws INVALID_ARGUMENT that names the flag. */
export function checkedSettings(settings: ParseableSyncSettings): ParseableSyncSettings {
  const ingestNodes = urls(settings.ingestNodes, '--ingest-node');
  const queryNodes = urls(settings.queryNodes, '--query-node');
  const standaloneNodes = urls(settings.standaloneNodes, '--standalone-node');
  const all = [...ingestNodes, ...queryNodes, ...standaloneNodes];
  if (all.length === 0 && settings.discover === '') {
    const text = 'names no node; name them, or a query node in --discover, or a node in --standalone-node';
    throw invalidArgument('--ingest-node', text);
  }
  if (all.length > NODES_MAX) throw invalidArgument('--ingest-node', `names more than ${NODES_MAX} nodes`);
  for (const [flag, nodes] of [
    ['--query-node', queryNodes],
    ['--standalone-node', standaloneNodes],
  ] as const) {
    const twice = nodes.find((node) => all.filter((other) => other === node).length > 1);
    if (twice !== undefined) throw invalidArgument(flag, `names ${twice}, which another flag names too`);
  }
  const discover = settings.discover === '' ? '' : parseNodeUrl(settings.discover, '--discover');
  return { ...settings, ingestNodes, queryNodes, standaloneNodes, discover };
}

function urls(texts: readonly string[], field: string): readonly string[] {
  return [...new Set(texts.map((text) => parseNodeUrl(text, field)))];
}
