/**
 * WatchStreams: the node's items as messages. Events that are there already go together, so that a
 * watch that catches up is not one message an event; nothing waits for more to come. The node's watch is
 * pulled, so that a slow receiver holds back its own cursor and costs no queue.
 */
import type { StreamEvent as WireEvent } from '../generated/sexton/v1/StreamEvent.js';
import type { WatchStreamsRequest__Output } from '../generated/sexton/v1/WatchStreamsRequest.js';
import type { WatchStreamsResponse } from '../generated/sexton/v1/WatchStreamsResponse.js';
import type { NodeApi, WatchItem } from '../node/node-api.js';
import { estimateStreamBytes, toEvent, toProgressEvent } from '../rpc/convert/stream.js';
import { fromWatchStreams } from '../rpc/convert/stream-requests.js';
import { assertNever } from '../shared/assert.js';
import type { StreamScope } from './calls.js';
import type { ServerLimits } from './limits.js';

/** Runs until the caller is gone or the node stops (rejects), or the watch cannot go on (rejects). */
export async function serveWatch(
  node: NodeApi,
  limits: ServerLimits,
  request: WatchStreamsRequest__Output,
  scope: StreamScope<WatchStreamsResponse>,
): Promise<void> {
  const { signal, writer } = scope;
  const options = fromWatchStreams(request);
  const items = node.watchStreams({ ...options, signal })[Symbol.asyncIterator]();
  const batch = new EventBatch();
  let next = items.next();
  try {
    for (;;) {
      const result = batch.isEmpty ? await next : await orSoon(next);
      if (result === 'not yet') {
        await writer.write(batch.take(), signal);
        continue;
      }
      if (result.done === true) break;
      next = items.next();
      // Rejections are seen where `next` is awaited; until then they are not unhandled.
      next.catch(() => undefined);
      const item = result.value;
      if (item.kind === 'event' || item.kind === 'purgeProgress') {
        batch.add(item);
        if (batch.isFull(limits)) await writer.write(batch.take(), signal);
      } else {
        if (!batch.isEmpty) await writer.write(batch.take(), signal);
        await writer.write(toMessage(node, item), signal);
      }
    }
    if (!batch.isEmpty) await writer.write(batch.take(), signal);
    signal.throwIfAborted();
  } finally {
    // Without waiting: an iterator in the middle of a wait ends when the signal fires.
    void items.return?.().catch(() => undefined);
  }
}

type StreamItem = Extract<WatchItem, { kind: 'event' | 'purgeProgress' }>;

class EventBatch {
  #events: WireEvent[] = [];
  #revision = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  add(item: StreamItem): void {
    const { revision, stream } = item.kind === 'event' ? item.event : item.progress;
    this.#events.push(item.kind === 'event' ? toEvent(item.event) : toProgressEvent(item.progress));
    this.#revision = revision;
    this.#bytes += estimateStreamBytes(stream);
  }

  isFull(limits: ServerLimits): boolean {
    return (
      this.#events.length >= limits.watchEventsPerMessageMax || this.#bytes >= limits.responseBytesTarget
    );
  }

  take(): WatchStreamsResponse {
    const message = { revision: this.#revision, events: { events: this.#events } };
    this.#events = [];
    this.#bytes = 0;
    return message;
  }
}

function toMessage(node: NodeApi, item: Exclude<WatchItem, StreamItem>): WatchStreamsResponse {
  switch (item.kind) {
    case 'header': {
      const { clusterId, memberId } = node;
      return {
        revision: item.revision,
        header: { clusterId, memberId, oldestRevision: item.oldestRevision },
      };
    }
    case 'progress':
      return { revision: item.revision, progress: {} };
    default:
      return assertNever(item);
  }
}

/** What `promise` has by the next turn of the event loop. */
async function orSoon<T>(promise: Promise<T>): Promise<T | 'not yet'> {
  let immediate: NodeJS.Immediate | undefined;
  const soon = new Promise<'not yet'>((resolve) => {
    immediate = setImmediate(() => resolve('not yet'));
  });
  try {
    return await Promise.race([promise, soon]);
  } finally {
    clearImmediate(immediate);
  }
}
