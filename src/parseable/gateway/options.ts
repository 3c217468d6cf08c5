/** The gateway's settings, their bounds and defaults. */
import { hostname } from 'node:os';
import { invalidArgument } from '../../shared/errors.js';
import { isHostPort } from '../../shared/host-port.js';
import { UpstreamPool } from './upstreams.js';

const HOUR_MS = 3_600_000;

export interface GatewaySettings {
  /** `host:port`; port 0 = any free one. */
  readonly listen: string;
  /** URLs of nodes that take events in; empty with `node`. */
  readonly ingest: readonly string[];
  /** URL of the query node; '' with `node`. */
  readonly query: string;
  /** URL of a Parseable that runs as one process; '' = `ingest` and `query`. */
  readonly node: string;
  /** How long a deleted stream can be undeleted. 0 to 10 years. */
  readonly gracePeriodMs: number;
  /** Without news of the catalog for so long, writes are refused. 1 s to 10 minutes. */
  readonly staleAfterMs: number;
  readonly unknownStreams: 'pass' | 'refuse';
  readonly trustsTenantHeader: boolean;
  /** The name of its session, unlike that of any other gateway; '' = made from host and port. */
  readonly nodeId: string;
  /** From a write's first byte to the node's answer. 1 s to 30 minutes. Purges wait so long for one that hangs. */
  readonly writeTimeoutMs: number;
  /** How long a node may go on with a write whose connection broke. 1 s to 10 minutes. */
  readonly brokenWriteMs: number;
  /** 100 ms to 1 minute. */
  readonly connectTimeoutMs: number;
  /** Without a byte in either direction. 1 s to 1 h. */
  readonly idleTimeoutMs: number;
  /** Requests and WebSockets at once. 1 to 100,000. */
  readonly requestsMax: number;
  /** Of one request, all headers together. 4 KiB to 1 MiB. */
  readonly headerBytesMax: number;
  /** At the end, for requests under way. 0 to 10 minutes. */
  readonly drainTimeoutMs: number;
  /** PEM certificates to trust for https, beside Node's own. */
  readonly ca?: string;
}

/**
 * Streams that are DELETED, PURGING or PURGED a short while ago, about 250 bytes each. Beyond that writes are refused:
 * of a name without an entry nobody could say that it lives.
 */
export const DEAD_NAMES_MAX = 1_000_000;

/** With `--unknown-streams refuse` each living stream has an entry as well. */
export const NAMES_WITH_WRITES_MAX = 100_000;

/** `GET /api/v1/logstream` of half a million streams. */
export const LIST_BYTES_MAX = 32 * 1_048_576;

/** Adoption lists the prefix. */
export const ADOPT_TIMEOUT_MS = 60_000;

/** How long a delete or create waits for the gateway's own view to see it; then it is answered all the same. */
export const OWN_CHANGE_WAIT_MS = 2_000;

export const CALL_TIMEOUT_MS = 10_000;

export interface Pools {
  readonly ingest: UpstreamPool;
  readonly query: UpstreamPool;
}

/** Throws INVALID_ARGUMENT that names the flag. */
export function poolsOf({ node, ingest, query, ca }: GatewaySettings): Pools {
  const options = ca === undefined ? {} : { ca };
  if (node !== '') {
    if (ingest.length > 0 || query !== '')
      throw invalidArgument('--node', 'is a whole Parseable; leave --ingest and --query out, or it');
    const both = new UpstreamPool([node], '--node', options);
    return { ingest: both, query: both };
  }
  if (ingest.length === 0)
    throw invalidArgument('--ingest', 'names no node; name them and --query, or one Parseable in --node');
  if (ingest.length > 1_000) throw invalidArgument('--ingest', 'names more than 1000 nodes');
  if (query === '')
    throw invalidArgument('--query', 'is missing: the query node, which serves all but events');
  return {
    ingest: new UpstreamPool(ingest, '--ingest', options),
    query: new UpstreamPool([query], '--query', options),
  };
}

/** Throws INVALID_ARGUMENT that names the flag. */
export function checkedListen(listen: string): { readonly host: string; readonly port: number } {
  if (!isHostPort(listen))
    throw invalidArgument('--listen', 'is not host:port, for example 127.0.0.1:8080 or [::]:8080');
  const at = listen.lastIndexOf(':');
  return { host: listen.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(listen.slice(at + 1)) };
}

/** Two gateways must not share a session, and one that restarts does not go on with its old one. */
export function nodeIdOf({ nodeId, listen }: GatewaySettings): string {
  const id = nodeId === '' ? `gateway ${hostname()} ${listen}` : nodeId;
  if (Buffer.byteLength(id) > 255) throw invalidArgument('--node-id', 'is longer than 255 bytes');
  return id;
}

/**
 * A lease outlives what makes the view stale, so that a cluster that is away for a moment costs no session. After a
 * crash no write can be on its way for longer than the upload deadline.
 */
export function sessionTimesOf({ staleAfterMs, writeTimeoutMs, brokenWriteMs }: GatewaySettings): {
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
} {
  return {
    ttlMs: Math.min(HOUR_MS, Math.max(30_000, 2 * staleAfterMs)),
    uploadDeadlineMs: Math.min(HOUR_MS, writeTimeoutMs + brokenWriteMs),
  };
}
