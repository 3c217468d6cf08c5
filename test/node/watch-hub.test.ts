import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/catalog/types.js';
import type { WatchItem, WatchOptions } from '../../src/node/node-api.js';
import { WatchHub } from '../../src/node/watch-hub.js';
import { ManualClock } from '../support/manual-clock.js';

function eventAt(revision: number, name = 'web'): StreamEvent {
  return {
    kind: 'CREATED',
    revision,
    timeMs: 0,
    stream: { tenant: '', name, incarnation: revision },
  } as StreamEvent;
}

function setUp(history: StreamEvent[] = [], floor = 0) {
  const clock = new ManualClock();
  const node = { applied: history.at(-1)?.revision ?? 0, floor };
  const hub = new WatchHub({
    clock,
    maxWatches: 2,
    appliedIndex: () => node.applied,
    eventFloor: () => node.floor,
    readHistory: (after, limit) =>
      Promise.resolve(history.filter(({ revision }) => revision > after).slice(0, limit)),
  });
  const publish = (...events: StreamEvent[]): void => {
    hub.publish(events);
    node.applied = events.at(-1)?.revision ?? node.applied;
    hub.applied();
  };
  const watch = (options: Partial<WatchOptions> = {}): AsyncGenerator<WatchItem, void, undefined> =>
    hub.watch({
      startRevision: undefined,
      tenant: undefined,
      namePrefix: '',
      progressIntervalMs: 0,
      signal: new AbortController().signal,
      ...options,
    });
  return { clock, hub, node, publish, watch };
}

async function take(watch: AsyncGenerator<WatchItem, void, undefined>, count: number): Promise<string[]> {
  const seen: string[] = [];
  while (seen.length < count) {
    const { value, done } = await watch.next();
    if (done === true) break;
    if (value.kind === 'event') seen.push(`event ${value.event.revision}`);
    else if (value.kind === 'purgeProgress') seen.push(`purgeProgress ${value.progress.revision}`);
    else seen.push(`${value.kind} ${value.revision}`);
  }
  return seen;
}

describe('WatchHub', () => {
  it('goes from history to what is new without a gap or a repetition', async () => {
    const { watch, publish } = setUp([eventAt(1), eventAt(2)]);
    const following = watch({ startRevision: 0 });
    expect(await take(following, 3)).toEqual(['header 0', 'event 1', 'event 2']);
    publish(eventAt(3), eventAt(4));
    expect(await take(following, 2)).toEqual(['event 3', 'event 4']);
    await following.return();
  });

  it('starts from now when no revision is named', async () => {
    const { watch, publish } = setUp([eventAt(5)]);
    const following = watch();
    expect(await take(following, 1)).toEqual(['header 5']);
    publish(eventAt(6));
    expect(await take(following, 1)).toEqual(['event 6']);
    await following.return();
  });

  it('tells progress only for what it has delivered or skipped', async () => {
    const { watch, publish, clock } = setUp();
    const following = watch({ startRevision: 0, namePrefix: 'x', progressIntervalMs: 1_000 });
    expect(await take(following, 1)).toEqual(['header 0']);
    publish(eventAt(1), eventAt(2));
    const next = take(following, 1);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    clock.advance(1_000);
    expect(await next).toEqual(['progress 2']);
    await following.return();
  });

  it('refuses a revision whose successors are no longer kept', async () => {
    const { watch } = setUp([eventAt(90)], 80);
    const following = watch({ startRevision: 79 });
    await take(following, 1);
    await expect(take(following, 1)).rejects.toMatchObject({
      reason: 'REVISION_COMPACTED',
      metadata: { oldest_revision: '80' },
    });
  });

  it('waits for a revision that this node has not applied yet', async () => {
    const { watch, publish } = setUp([eventAt(1)]);
    const following = watch({ startRevision: 2 });
    expect(await take(following, 1)).toEqual(['header 2']);
    publish(eventAt(2));
    publish(eventAt(3));
    expect(await take(following, 1)).toEqual(['event 3']);
    await following.return();
  });

  it('bounds how many watches are open', async () => {
    const { watch } = setUp();
    const open = [watch(), watch()];
    for (const each of open) await take(each, 1);
    await expect(take(watch(), 1)).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS' });
    for (const each of open) await each.return();
    const again = watch();
    expect(await take(again, 1)).toHaveLength(1);
    await again.return();
  });

  it('ends with its signal, leaving no timer', async () => {
    const { watch, clock } = setUp();
    const abort = new AbortController();
    const following = watch({ signal: abort.signal });
    await take(following, 1);
    const rest = take(following, 1);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    abort.abort();
    expect(await rest).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});
