/**
 * What becomes of a request, by its route and by what is known of its streams. Pure.
 *
 * - G1 A name that is DELETED or PURGING gets no events and no changes (410), and has no details (404).
 * - G2 While the state of names is not known, nothing that writes passes, whatever the name (503). Reads pass.
 * - G3 A delete never passes, in whatever state: it becomes one of the catalog's. Calls between nodes never pass (403).
 * - G4 A name that was purged gets events again when its prefix is free again. Until then Parseable's query nodes are
 *   still being told to forget it, by the delete that also empties the prefix (503).
 */
import type { NameState } from './stream-states.js';
import type { Refusal } from './refusal.js';
import type { Route, StreamKey } from './route.js';

export type Decision =
  | { readonly kind: 'refuse'; readonly refusal: Refusal }
  /** `counts`: the streams that it writes to, which it holds back purges of until it is answered. */
  | { readonly kind: 'forward'; readonly to: 'ingest' | 'query'; readonly counts: readonly StreamKey[] }
  | { readonly kind: 'create'; readonly stream: StreamKey }
  | { readonly kind: 'delete'; readonly stream: StreamKey }
  /** Forwarded, and what is dead is left out of the answer. */
  | { readonly kind: 'list' }
  | { readonly kind: 'own'; readonly path: string };

export interface Knowledge {
  /** Why the state of names is not known at the moment; undefined = it is. */
  readonly unknownBecause: string | undefined;
  readonly stateOf: (stream: StreamKey) => NameState | undefined;
  readonly hasDead: boolean;
  readonly nowWallMs: number;
}

export interface Rules {
  readonly unknownStreams: 'pass' | 'refuse';
  /** `X-P-Tenant` of creates and deletes is to be believed. */
  readonly trustsTenantHeader: boolean;
}

export const STATE_UNKNOWN_RETRY_MS = 5_000;

export function decide(route: Route, knowledge: Knowledge, rules: Rules): Decision {
  switch (route.kind) {
    case 'own':
      return { kind: 'own', path: route.path };
    case 'other':
      return { kind: 'forward', to: 'query', counts: [] };
    case 'ambiguous':
      return refuse({ status: 400, reason: 'AMBIGUOUS_PATH', error: route.why });
    case 'internal':
      return refuse({
        status: 403,
        reason: 'INTERNAL_CALL',
        error: 'calls between the nodes of Parseable do not come through the gateway',
      });
    case 'list':
      return knowledge.hasDead ? { kind: 'list' } : { kind: 'forward', to: 'query', counts: [] };
    case 'events':
      return events(route.streams, knowledge, rules);
    case 'detail':
      return route.writes ? change(route.stream, knowledge) : detail(route.stream, knowledge);
    case 'create':
      if (route.isUpdate) return change(route.stream, knowledge);
      return unproved(route.stream, rules) ?? unknown(route.stream, knowledge) ?? route;
    case 'delete':
      return unproved(route.stream, rules) ?? unknown(route.stream, knowledge) ?? route;
  }
}

function events(streams: readonly StreamKey[], knowledge: Knowledge, rules: Rules): Decision {
  const pass: Decision = { kind: 'forward', to: 'ingest', counts: streams };
  for (const stream of streams) {
    const refused = unknown(stream, knowledge) ?? unwritable(stream, knowledge);
    if (refused !== undefined) return refused;
    const state = knowledge.stateOf(stream)?.state;
    if (rules.unknownStreams === 'refuse' && state !== 'ACTIVE') {
      const error = `stream ${nameOf(stream)} is not in the catalog; create it first: PUT /api/v1/logstream/${stream.name}`;
      return refuse({ status: 404, reason: 'STREAM_UNKNOWN', error, stream });
    }
  }
  return pass;
}

function change(stream: StreamKey, knowledge: Knowledge): Decision {
  const refused = unknown(stream, knowledge) ?? unwritable(stream, knowledge);
  return refused ?? { kind: 'forward', to: 'query', counts: [stream] };
}

function detail(stream: StreamKey, knowledge: Knowledge): Decision {
  const known = knowledge.stateOf(stream);
  const dead = known === undefined ? undefined : deadRefusal(stream, known, 404);
  return dead === undefined ? { kind: 'forward', to: 'query', counts: [] } : refuse(dead);
}

/** G2. */
function unknown(stream: StreamKey, { unknownBecause }: Knowledge): Decision | undefined {
  if (unknownBecause === undefined) return undefined;
  return refuse({
    status: 503,
    reason: 'STATE_UNKNOWN',
    error: `it is not known whether stream ${nameOf(stream)} is deleted: ${unknownBecause}`,
    stream,
    retryAfterMs: STATE_UNKNOWN_RETRY_MS,
  });
}

/** G1, G4. */
function unwritable(stream: StreamKey, knowledge: Knowledge): Decision | undefined {
  const known = knowledge.stateOf(stream);
  if (known === undefined) return undefined;
  const dead = deadRefusal(stream, known, 410);
  if (dead !== undefined) return refuse(dead);
  return known.state === 'PURGED'
    ? refuse(fencedRefusal(stream, known, 503, knowledge.nowWallMs))
    : undefined;
}

/** Undefined: it is neither DELETED nor PURGING. */
export function deadRefusal(
  stream: StreamKey,
  { state, purgeAfterMs }: Pick<NameState, 'state' | 'purgeAfterMs'>,
  status: number,
): Refusal | undefined {
  if (state === 'PURGING') {
    const error = `stream ${nameOf(stream)} is deleted, and its objects are being removed; it cannot be undeleted any more`;
    return { status, reason: 'STREAM_PURGING', error, stream, state };
  }
  if (state !== 'DELETED') return undefined;
  const until = purgeAfterMs === undefined ? undefined : new Date(purgeAfterMs).toISOString();
  const still =
    until === undefined
      ? ''
      : `; until ${until} it can be undeleted: sexton stream undelete ${nameOf(stream)}`;
  return {
    status,
    reason: 'STREAM_DELETED',
    error: `stream ${nameOf(stream)} is deleted${still}`,
    stream,
    state,
    ...(until === undefined ? {} : { facts: { undeletable_until: until } }),
  };
}

export function fencedRefusal(
  stream: StreamKey,
  { reusableAfterMs }: Pick<NameState, 'reusableAfterMs'>,
  status: number,
  nowWallMs: number,
): Refusal {
  const until = new Date(reusableAfterMs ?? nowWallMs).toISOString();
  return {
    status,
    reason: 'STREAM_FENCED',
    error: `stream ${nameOf(stream)} was purged a short while ago; the name can be used again from ${until} on`,
    stream,
    state: 'PURGED',
    facts: { reusable_after: until },
    retryAfterMs: Math.max(0, (reusableAfterMs ?? nowWallMs) - nowWallMs),
  };
}

/**
 * For anything but events a Parseable with tenants takes the tenant from the caller's session and ignores the header,
 * and one without tenants refuses it. So whoever may delete in one tenant could name another one here.
 */
function unproved(stream: StreamKey, { trustsTenantHeader }: Rules): Decision | undefined {
  if (stream.tenant === '' || trustsTenantHeader) return undefined;
  return refuse({
    status: 400,
    reason: 'TENANT_UNPROVED',
    error:
      'the header X-P-Tenant proves nothing about the caller; remove it, or have a proxy that knows the tenant set it and start the gateway with --trust-tenant-header',
    stream,
  });
}

export function nameOf({ tenant, name }: StreamKey): string {
  return tenant === '' ? name : `${tenant}/${name}`;
}

function refuse(refusal: Refusal): Decision {
  return { kind: 'refuse', refusal };
}
