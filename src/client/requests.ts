/**
 * What callers ask for, and the messages that it becomes. One place, because a create is the same
 * whether it goes alone or in a pipeline.
 *
 * The server checks everything; here only what the wire could not carry is refused.
 */
import type { CreateStreamRequest } from '../generated/sexton/v1/CreateStreamRequest.js';
import type { DeleteStreamRequest } from '../generated/sexton/v1/DeleteStreamRequest.js';
import type { ListPurgesRequest } from '../generated/sexton/v1/ListPurgesRequest.js';
import type { ListStreamsRequest } from '../generated/sexton/v1/ListStreamsRequest.js';
import { wireDuration } from './convert.js';
import { within } from './options.js';
import type { Consistency, PurgePhase, StreamState } from './types.js';

const TEN_YEARS_MS = 3_653 * 24 * 3_600_000;

export interface StreamName {
  /** Default '': the deployment without tenants. */
  readonly tenant?: string;
  /** 1 to 255 bytes of UTF-8: Unicode letters and digits, `-` and `_`. */
  readonly name: string;
}

export interface StreamSelector extends StreamName {
  /** One life of the name; default: the current one. */
  readonly incarnation?: number;
}

export interface CreateStreamInput extends StreamName {
  /**
   * Default: `name/<incarnation>/`, or `tenant/name/<incarnation>/`; in a bucket that a Parseable deployment uses, the
   * one where Parseable keeps a stream of this name. Otherwise ends in `/`.
   */
  readonly prefix?: string;
  /** Without a prefix: `name/<incarnation>/` also in a bucket that Parseable uses. Default false. */
  readonly prefixPerLife?: boolean;
  /** At most 64; key 1 to 63 bytes, value up to 255. */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface DeleteStreamInput extends StreamSelector {
  /** How long it can still be undeleted. Default: the server's (24 h unless configured). 0 to 10 years. */
  readonly gracePeriodMs?: number;
  /** `Stream.etag` as last seen: refused with ETAG_MISMATCH when the stream has changed since. */
  readonly etag?: string;
  /** A stream that does not exist is a success without a stream. Default false. */
  readonly allowMissing?: boolean;
}

export interface ListStreamsInput {
  /** Only this tenant; '' is the tenant without a name. Default: every tenant. */
  readonly tenant?: string;
  /** Default 100; above 1,000 it is taken as 1,000. */
  readonly pageSize?: number;
  /** Where to begin: `nextPageToken` of an earlier page, with everything else unchanged. */
  readonly pageToken?: string;
  /** Also streams that are not ACTIVE. */
  readonly showDeleted?: boolean;
  /** Only these states. */
  readonly states?: readonly Exclude<StreamState, 'UNKNOWN'>[];
  /** Only names that start with this. */
  readonly namePrefix?: string;
}

export interface RetryPurgeInput extends StreamSelector {
  /** Also remove what was written after the tombstone. Default false; cannot be taken back. */
  readonly discardNewWrites?: boolean;
}

export interface ListPurgesInput {
  /** Only this tenant; '' is the tenant without a name. Default: every tenant. */
  readonly tenant?: string;
  /** Default: all but DONE. With DONE, streams that are purged are listed too. */
  readonly phases?: readonly Exclude<PurgePhase, 'UNKNOWN'>[];
  /** Default 100; above 1,000 it is taken as 1,000. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface ListSessionsInput {
  /** Only this node's; default: every node's. */
  readonly nodeId?: string;
  /** Only sessions that some purge waits for. */
  readonly waitingOnly?: boolean;
  /** Default 100; above 1,000 it is taken as 1,000. */
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export function createRequest(
  input: CreateStreamInput,
  requestId: string,
  validateOnly: boolean,
): CreateStreamRequest & { readonly requestId: string } {
  return {
    tenant: input.tenant ?? '',
    name: input.name,
    prefix: input.prefix ?? '',
    prefixPerLife: input.prefixPerLife ?? false,
    labels: { ...input.labels },
    requestId,
    validateOnly,
  };
}

export function deleteRequest(
  input: DeleteStreamInput,
  requestId: string,
  validateOnly: boolean,
): DeleteStreamRequest & { readonly requestId: string } {
  const { gracePeriodMs } = input;
  return {
    ...selector(input),
    ...(gracePeriodMs === undefined
      ? {}
      : { gracePeriod: wireDuration(within('grace_period', gracePeriodMs, 0, TEN_YEARS_MS)) }),
    etag: input.etag ?? '',
    requestId,
    allowMissing: input.allowMissing ?? false,
    validateOnly,
  };
}

export const WIRE_CONSISTENCY = {
  linearizable: 'CONSISTENCY_LINEARIZABLE',
  local: 'CONSISTENCY_LOCAL',
} as const satisfies Record<Consistency, string>;

export function listStreamsRequest(input: ListStreamsInput, consistency: Consistency): ListStreamsRequest {
  return {
    ...pageRequest(input),
    showDeleted: input.showDeleted ?? false,
    states: (input.states ?? []).map((state) => `STREAM_STATE_${state}` as const),
    namePrefix: input.namePrefix ?? '',
    consistency: WIRE_CONSISTENCY[consistency],
  };
}

export function listPurgesRequest(input: ListPurgesInput): ListPurgesRequest {
  return {
    ...pageRequest(input),
    phases: (input.phases ?? []).map((phase) => `PURGE_PHASE_${phase}` as const),
  };
}

function pageRequest({ tenant, pageSize = 0, pageToken = '' }: ListStreamsInput | ListPurgesInput) {
  return { tenant: tenant ?? '', allTenants: tenant === undefined, pageSize, pageToken };
}

/** The three fields that name one life of a stream. */
export function selector(input: StreamSelector): { tenant: string; name: string; incarnation: number } {
  const incarnation = within('incarnation', input.incarnation ?? 0, 0, Number.MAX_SAFE_INTEGER);
  return { tenant: input.tenant ?? '', name: input.name, incarnation };
}
