/** What a watch yields, for tests of what follows it. */
import type { Stream, WatchItem } from '../../src/client/index.js';

export function watchStream(fields: Partial<Stream> = {}): Stream {
  const { name = 'app', incarnation = 7 } = fields;
  return {
    tenant: '',
    name,
    incarnation,
    state: 'ACTIVE',
    prefix: `${name}/${incarnation}/`,
    labels: {},
    revision: incarnation,
    etag: '',
    createTimeMs: undefined,
    tombstoneRevision: undefined,
    drainRevision: undefined,
    deleteTimeMs: undefined,
    purgeAfterMs: undefined,
    purgeTimeMs: undefined,
    reusableAfterMs: undefined,
    purge: undefined,
    ...fields,
  };
}

const EVENT_OF = {
  ACTIVE: 'UNDELETED',
  DELETED: 'DELETED',
  PURGING: 'PURGE_STARTED',
  PURGED: 'PURGED',
  UNKNOWN: 'FORGOTTEN',
} as const;

/** Everything that exists, in one page. */
export function listing(revision: number, ...streams: readonly Stream[]): WatchItem {
  return { kind: 'snapshot', streams, revision, first: true, last: true };
}

export function changed(stream: Stream, revision: number, state: Stream['state']): WatchItem {
  const type = EVENT_OF[state];
  return { kind: 'event', type, revision, stream: { ...stream, state, revision } };
}

export function bookmark(revision: number): WatchItem {
  return { kind: 'progress', revision };
}
