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
  /** 5 s to 1 h. */
  readonly sessionTtlMs: number;
  /** 1 s to 1 h. */
  readonly uploadDeadlineMs: number;
  /** 100 ms to 1 minute. */
  readonly callTimeoutMs: number;
}

/**
 * Purges wait for as long as the helper is away, up to this: an hour to notice and restart it. A helper that
 * runs keeps the lease alive whatever its length, so a long one costs nothing.
 */
export const SESSION_TTL_DEFAULT_MS = 3_600_000;

/**
 * By default a Parseable node flushes once a minute, uploads each half minute, and its object store client
 * goes on retrying for three minutes: 270 s from an event to the end of its last try.
 */
export const UPLOAD_DEADLINE_DEFAULT_MS = 300_000;

export const CALL_TIMEOUT_DEFAULT_MS = 10_000;

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
