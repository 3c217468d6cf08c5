/** Parseable behind the gateway: streams are created and deleted through it, and dead names are refused. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ParseableNode } from '../parseable-node.js';
import { seconds, type Scenario, type Stage } from '../stage.js';
import { eventsOf } from '../test-stream.js';
import { until, untilTrue } from '../waiting.js';

const EVENTS = 100;
const GONE = 410;
const NOT_YET = 503;
const REFUSED_WITHIN_MS = 10_000;
const REUSABLE_WITHIN_MS = 180_000;
const DELETED = [200, 202, 204];
/** Longer than its --stale-after, 30 s. */
const AT_REST_MS = 45_000;

async function run(stage: Stage): Promise<void> {
  const node = gatewayOf(stage);
  const stream = stage.stream();
  const created = await node.create(stream.name);
  stage.must(created === 200, `PUT through the gateway must create ${stream.name}; it answers ${created}`);
  const active = await stream.inCatalog();
  stage.must(
    active?.state === 'ACTIVE' && active.prefix === stream.prefix,
    `PUT through the gateway must create ${stream.prefix} in the catalog; there is ${active?.prefix ?? 'nothing'}`,
  );
  await stream.send(node, EVENTS);
  await stream.untilCount(EVENTS, 'through the gateway');

  const removed = await node.remove(stream.name);
  stage.must(DELETED.includes(removed), `DELETE through the gateway answers ${removed}`);
  const deleted = await stream.inCatalog();
  stage.must(
    deleted !== undefined && deleted.state !== 'ACTIVE',
    `DELETE through the gateway must mark ${stream.name} deleted; it is ${deleted?.state ?? 'unknown'}`,
  );
  await untilTrue('the gateway refuses events with 410', REFUSED_WITHIN_MS, async () => {
    return (await node.ingest(stream.name, eventsOf(stream.name, 1))) === GONE;
  });
  await stream.untilPurged();
  await stream.mustBePurged();
  // Query nodes are still made to forget the name, by the delete that would also empty its next life.
  const late = await node.ingest(stream.name, eventsOf(stream.name, 1));
  stage.must(
    late === NOT_YET,
    `events for a name whose prefix is not free yet must be refused with 503; the gateway answers ${late}`,
  );
  stage.note('410 for the deleted name, 503 for the purged one, 0 objects');

  const again = await until('PUT creates the name again', REUSABLE_WITHIN_MS, async () => {
    const status = await node.create(stream.name);
    return status === 200 ? stream.inCatalog() : undefined;
  });
  stage.must(again.incarnation > (active.incarnation ?? 0), 'a second PUT must begin a new incarnation');
  await untilTrue('the gateway takes events for the new life', REFUSED_WITHIN_MS, async () => {
    return (await node.ingest(stream.name, eventsOf(stream.name, EVENTS))) === 200;
  });
  await stream.untilCount(EVENTS, 'in its second life');
  stage.note(`second life through the gateway: ${EVENTS} of ${EVENTS} events`);
}

async function rest(stage: Stage): Promise<void> {
  const node = gatewayOf(stage);
  const stream = stage.stream();
  const created = await node.create(stream.name);
  stage.must(created === 200, `PUT through the gateway must create ${stream.name}; it answers ${created}`);
  await sleep(AT_REST_MS);
  await stream.send(node, EVENTS);
  stage.note(`takes events after ${seconds(AT_REST_MS)} s without a change`);
}

function gatewayOf({ world }: Stage): ParseableNode {
  if (world.gateway === undefined) throw new Error('the scenario needs a gateway');
  return world.gateway.node;
}

export const gateway: Scenario = {
  name: 'gateway',
  about: 'through the gateway deleted names are refused, and PUT and DELETE reach the catalog',
  kind: 'distributed',
  turn: 'beside others',
  run,
};

export const gatewayAtRest: Scenario = {
  name: 'gateway-at-rest',
  about: 'the gateway does not take a catalog in which nothing happens for one that is out of reach',
  kind: 'distributed',
  turn: 'alone',
  run: rest,
};
