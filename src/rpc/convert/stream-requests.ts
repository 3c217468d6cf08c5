/**
 * Requests of StreamService, checked and in the node's own terms.
 *
 * What can be said about a command by itself is the catalog's business (`validateCommand`), and the
 * node asks it before it proposes. It is asked here too, once something else is wrong already: a
 * caller then gets everything at once, and a good request is not checked twice.
 */
import type { CreateStreamRequest__Output } from '../../generated/sexton/v1/CreateStreamRequest.js';
import type { DeleteStreamRequest__Output } from '../../generated/sexton/v1/DeleteStreamRequest.js';
import type { GetStreamRequest__Output } from '../../generated/sexton/v1/GetStreamRequest.js';
import type { ListStreamsRequest__Output } from '../../generated/sexton/v1/ListStreamsRequest.js';
import type { UndeleteStreamRequest__Output } from '../../generated/sexton/v1/UndeleteStreamRequest.js';
import type { WatchStreamsRequest__Output } from '../../generated/sexton/v1/WatchStreamsRequest.js';
import { decodeStreamListKey } from '../../catalog/keys.js';
import { GRACE_PERIOD_MS_MAX } from '../../catalog/limits.js';
import { nameViolations, requestIdViolations, tenantViolations } from '../../catalog/names.js';
import type { Command, CreateStream, MarkDeleted, Undelete } from '../../catalog/types.js';
import { validateCommand } from '../../catalog/validate-command.js';
import type { Consistency, ListStreamsQuery, StreamSelector, WatchOptions } from '../../node/node-api.js';
import { prefixOfParseableStream } from '../../shared/parseable-prefix.js';
import { Checks } from './checks.js';
import {
  consistencyOf,
  namePrefixOf,
  pageSizeOf,
  safeInteger,
  statesOf,
  tenantFilterOf,
} from './common-fields.js';
import { fromEtag } from './etag.js';
import { decodePageToken, encodePageToken } from './page-token.js';
import { type DurationBounds, durationMs } from './time.js';

const GRACE_PERIOD: DurationBounds = {
  minMs: 0,
  maxMs: GRACE_PERIOD_MS_MAX,
  text: '0 to 10 years (3,650 days)',
};
const PROGRESS_INTERVAL: DurationBounds = { minMs: 100, maxMs: 600_000, text: '100 ms to 10 minutes' };

/** A write, ready to be proposed or only validated (AIP-163). */
export interface WriteRequest<C extends Command = Command> {
  readonly command: C;
  readonly requestId: string;
  readonly validateOnly: boolean;
}

/** What a create without a prefix gets: one that no other life shares, or the one of Parseable's own layout. */
export type CreatePrefixes = 'per-life' | 'parseable';

export function fromCreateStream(
  request: CreateStreamRequest__Output,
  prefixes: CreatePrefixes = 'per-life',
): WriteRequest<CreateStream> {
  const checks = new Checks();
  const { tenant, name, prefixPerLife, requestId, validateOnly } = request;
  if (prefixPerLife && request.prefix !== '')
    checks.add('prefix_per_life', 'is for a create without a prefix only');
  const isDefault = request.prefix === '' && !prefixPerLife;
  const command: CreateStream = {
    kind: 'createStream',
    tenant,
    name,
    // Without a name there is enough to say about the name.
    prefix:
      isDefault && prefixes === 'parseable' && name !== ''
        ? prefixOfParseableStream(tenant, name)
        : request.prefix,
    labels: Object.entries(request.labels),
  };
  return finish(command, requestId, validateOnly, checks);
}

export function fromDeleteStream(
  request: DeleteStreamRequest__Output,
  defaultGracePeriodMs: number,
): WriteRequest<MarkDeleted> {
  const checks = new Checks();
  const { tenant, name, incarnation, allowMissing, requestId, validateOnly } = request;
  const command: MarkDeleted = {
    kind: 'markDeleted',
    tenant,
    name,
    incarnation,
    gracePeriodMs:
      durationMs(request.gracePeriod, 'grace_period', GRACE_PERIOD, checks) ?? defaultGracePeriodMs,
    ifRevision: fromEtag(request.etag, checks),
    allowMissing,
  };
  return finish(command, requestId, validateOnly, checks);
}

export function fromUndeleteStream(request: UndeleteStreamRequest__Output): WriteRequest<Undelete> {
  const checks = new Checks();
  const { tenant, name, incarnation, requestId, validateOnly } = request;
  const command: Undelete = {
    kind: 'undelete',
    tenant,
    name,
    incarnation,
    ifRevision: fromEtag(request.etag, checks),
  };
  return finish(command, requestId, validateOnly, checks);
}

/** Throws what `checks` holds, and then what the catalog has to say about the command too. */
export function finish<C extends Command>(
  command: C,
  requestId: string,
  validateOnly: boolean,
  checks: Checks,
): WriteRequest<C> {
  if (requestId !== '') checks.addAll(requestIdViolations(requestId));
  if (!checks.isEmpty) checks.addAll(validateCommand(command));
  checks.throwIfAny();
  return { command, requestId, validateOnly };
}

export interface GetStreamQuery {
  readonly selector: StreamSelector;
  readonly consistency: Consistency;
}

export function fromGetStream(request: GetStreamRequest__Output): GetStreamQuery {
  const checks = new Checks();
  const { tenant, name } = request;
  checks.addAll(tenantViolations(tenant));
  checks.addAll(nameViolations(name));
  const incarnation = safeInteger(request.incarnation, 'incarnation', checks);
  const consistency = consistencyOf(request.consistency, checks);
  checks.throwIfAny();
  return { selector: { tenant, name, incarnation }, consistency };
}

export interface ListStreamsCall {
  readonly query: ListStreamsQuery;
  readonly consistency: Consistency;
  /** Of the first page; undefined on it. */
  readonly revision: number | undefined;
  readonly nextToken: (after: Uint8Array, revision: number) => string;
}

export function fromListStreams(request: ListStreamsRequest__Output): ListStreamsCall {
  const checks = new Checks();
  const tenant = tenantFilterOf(request, checks);
  const namePrefix = namePrefixOf(request.namePrefix, checks);
  const states = statesOf(request, checks);
  const consistency = consistencyOf(request.consistency, checks);
  const pageSize = pageSizeOf(request.pageSize, checks);
  const bound = ['ListStreams', tenant ?? null, namePrefix, states, consistency];
  const position = decodePageToken(request.pageToken, bound, decodeStreamListKey, checks);
  checks.throwIfAny();
  return {
    query: { tenant, namePrefix, states, pageSize, after: position?.after },
    consistency,
    revision: position?.revision,
    nextToken: (after, revision) => encodePageToken({ revision, stage: 0, after }, bound),
  };
}

export function fromWatchStreams(request: WatchStreamsRequest__Output): Omit<WatchOptions, 'signal'> {
  const checks = new Checks();
  const tenant = tenantFilterOf(request, checks);
  const namePrefix = namePrefixOf(request.namePrefix, checks);
  const { startRevision } = request;
  if (startRevision !== undefined) safeInteger(startRevision, 'start_revision', checks);
  const progressIntervalMs =
    durationMs(request.progressInterval, 'progress_interval', PROGRESS_INTERVAL, checks) ?? 0;
  checks.throwIfAny();
  const { includePurgeProgress } = request;
  return { startRevision, tenant, namePrefix, progressIntervalMs, includePurgeProgress };
}
