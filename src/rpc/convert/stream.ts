/** Streams and their events, from the catalog's records to the wire. */
import type { Stream } from '../../generated/sexton/v1/Stream.js';
import type { StreamEvent as WireEvent } from '../../generated/sexton/v1/StreamEvent.js';
import type { EventKind, StreamEvent, StreamRecord, StreamState } from '../../catalog/types.js';
import type { PurgeProgressed } from '../../node/node-api.js';
import { toEtag } from './etag.js';
import { type LivePurgeView, toPurgeStatus } from './purge.js';
import { toTimestamp } from './time.js';

export const WIRE_STATE = {
  ACTIVE: 'STREAM_STATE_ACTIVE',
  DELETED: 'STREAM_STATE_DELETED',
  PURGING: 'STREAM_STATE_PURGING',
  PURGED: 'STREAM_STATE_PURGED',
} as const satisfies Record<StreamState, string>;

const WIRE_EVENT = {
  CREATED: 'STREAM_EVENT_TYPE_CREATED',
  DELETED: 'STREAM_EVENT_TYPE_DELETED',
  UNDELETED: 'STREAM_EVENT_TYPE_UNDELETED',
  PURGE_STARTED: 'STREAM_EVENT_TYPE_PURGE_STARTED',
  PURGED: 'STREAM_EVENT_TYPE_PURGED',
  FORGOTTEN: 'STREAM_EVENT_TYPE_FORGOTTEN',
  DRAINED: 'STREAM_EVENT_TYPE_DRAINED',
  RESIDUE_SWEPT: 'STREAM_EVENT_TYPE_RESIDUE_SWEPT',
} as const satisfies Record<EventKind, string>;

export function toStream(record: StreamRecord, live?: LivePurgeView): Stream {
  return {
    tenant: record.tenant,
    name: record.name,
    incarnation: record.incarnation,
    state: WIRE_STATE[record.state],
    prefix: record.prefix,
    labels: Object.fromEntries(record.labels),
    revision: record.revision,
    createTime: toTimestamp(record.createTimeMs),
    deleteTime: toTimestamp(record.deleteTimeMs),
    purgeAfter: toTimestamp(record.purgeAfterMs),
    purgeTime: toTimestamp(record.purgeTimeMs),
    reusableAfter: toTimestamp(record.reusableAfterMs),
    purge: toPurgeStatus(record, live),
    etag: toEtag(record.revision),
    tombstoneRevision: record.tombstoneRevision,
    drainRevision: record.drainRevision,
  };
}

/** About what a stream takes on the wire, rather more: for keeping a frame below its limit. */
export function estimateStreamBytes(record: StreamRecord): number {
  let characters =
    record.tenant.length + record.name.length + record.prefix.length + record.purge.lastError.length;
  for (const [key, value] of record.labels) characters += key.length + value.length + 4;
  return 200 + 3 * characters;
}

export function toProgressEvent({ revision, stream }: PurgeProgressed): WireEvent {
  return { type: 'STREAM_EVENT_TYPE_PURGE_PROGRESSED', revision, stream: toStream(stream) };
}

export function toEvent(event: StreamEvent): WireEvent {
  return { type: WIRE_EVENT[event.kind], revision: event.revision, stream: toStream(event.stream) };
}
