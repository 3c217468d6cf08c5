/** The helper's settings, their bounds and defaults. */
import { invalidArgument } from '../shared/errors.js';
import type { BackoffOptions } from '../shared/backoff.js';
import { parseNodeUrl } from './node-address.js';
import type { Credentials } from './parseable-node.js';

export interface ParseableSyncSettings {
  /** URLs of nodes that take events in. */
  readonly ingestNodes: readonly string[];
  /** URLs of query nodes, or of a Parseable that runs as one process. */
  readonly queryNodes: readonly string[];
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
}

export const NODES_MAX = 1_000;

/** Retries of nodes, of streams, of sessions and of the watch. */
export const BACKOFF: BackoffOptions = { initialMs: 1_000, maxMs: 60_000 };

/** What one node may have waiting; beyond that the barrier stands still and the catalog is listed again. */
export const TOMBSTONES_MAX = 10_000;

export const DISCOVERY_INTERVAL_MS = 60_000;

/** With every URL in one spelling. Throws INVALID_ARGUMENT that names the flag. */
export function checkedSettings(settings: ParseableSyncSettings): ParseableSyncSettings {
  const ingestNodes = urls(settings.ingestNodes, '--ingest-node');
  const queryNodes = urls(settings.queryNodes, '--query-node');
  if (ingestNodes.length + queryNodes.length === 0 && settings.discover === '') {
    throw invalidArgument('--ingest-node', 'names no node; name them, or a query node in --discover');
  }
  if (ingestNodes.length + queryNodes.length > NODES_MAX) {
    throw invalidArgument('--ingest-node', `names more than ${NODES_MAX} nodes`);
  }
  const both = ingestNodes.find((node) => queryNodes.includes(node));
  if (both !== undefined)
    throw invalidArgument('--query-node', `names ${both}, which --ingest-node names too`);
  const discover = settings.discover === '' ? '' : parseNodeUrl(settings.discover, '--discover');
  return { ...settings, ingestNodes, queryNodes, discover };
}

function urls(texts: readonly string[], field: string): readonly string[] {
  return [...new Set(texts.map((text) => parseNodeUrl(text, field)))];
}
