/**
 * Clients go on sending to a stream that was deleted: each node takes it up again whenever it was made to forget. The
 * purge waits and says why, and nothing is deleted. When they stop, the stream is purged like any other; an operator may
 * order it before.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stream } from '../../../src/client/index.js';
import { DISCARD_FLAG } from '../names.js';
import { seconds, type Scenario, type Stage } from '../stage.js';
import { eventsOf, type TestStream } from '../test-stream.js';
import { untilTrue } from '../waiting.js';

const ON_EACH = 100;
const SEND_EVERY_MS = 1_000;
/** Past the point where a purge would have begun without them. */
const BEYOND_DEADLINE_MS = 60_000;
/** Nodes are asked again each half minute at the latest. */
const NAMED_WITHIN_MS = 120_000;
/** Nodes report the last sighting of a stream, which is at most so old while its clients send. */
const SEEN_WITHIN_MS = 60_000;
const RETRY = ['purge', 'retry'] as const;

/** One event a second to each ingest node, whatever it answers. */
class Clients {
  accepted = 0;
  refused = 0;
  readonly #stream: TestStream;
  readonly #stage: Stage;
  readonly #stop = new AbortController();
  readonly #done: Promise<unknown>;

  constructor(stage: Stage, stream: TestStream) {
    this.#stage = stage;
    this.#stream = stream;
    this.#done = Promise.all(stage.world.ingest.map((_, at) => this.#send(at)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #send(at: number): Promise<void> {
    const { name } = this.#stream;
    while (!this.#stop.signal.aborted) {
      const status = await this.#stage.world.ingest[at]?.ingest(name, eventsOf(name, 1));
      if (status === 200) this.accepted++;
      else this.refused++;
      await sleep(SEND_EVERY_MS);
    }
  }
}

/** The purge gives the reason, and names every ingest node with the time at which it was last seen to hold the stream. */
async function untilPurgeNamesClients({ world }: Stage, stream: TestStream): Promise<void> {
  let seen = '';
  await untilTrue(
    'the purge says that clients still send, and to which nodes',
    NAMED_WITHIN_MS,
    async () => {
      const purge = await stream.purge();
      const { takenUp = [] } = purge ?? {};
      const drainWait = purge?.stream.purge?.drainWait;
      seen = `${drainWait ?? 'no reason'}, taken up by ${JSON.stringify(takenUp)}`;
      const sinceMs = Date.now() - SEEN_WITHIN_MS;
      return (
        drainWait === 'CLIENTS_STILL_SENDING' &&
        world.ingest.every(({ url }) =>
          takenUp.some(({ nodeId, lastSeenTimeMs = 0 }) => nodeId === url && lastSeenTimeMs > sinceMs),
        )
      );
    },
    () => seen,
  );
}

async function waitForThem(stage: Stage): Promise<void> {
  const { uploadDeadlineMs } = stage.world.settings;
  const stream = await stage.filledStream(ON_EACH);
  const clients = new Clients(stage, stream);
  try {
    const before = await stream.dataKeys();
    await stream.delete();
    const deletedMs = Date.now();
    const untilMs = deletedMs + uploadDeadlineMs + BEYOND_DEADLINE_MS;
    await stream.mustWaitUntil(untilMs, before, 'while clients send to it');
    await untilPurgeNamesClients(stage, stream);
    await stage.mustAlarm('CLIENTS_STILL_SENDING', 'purge list');
    await stream.mustStillHold(before, 'while clients send to it');
    stage.note(
      `waited ${seconds(Date.now() - deletedMs)} s for clients (${clients.accepted} events taken, ` +
        `${clients.refused} refused), ${before.length} objects still there`,
    );
  } finally {
    await clients.stop();
  }
  const stoppedMs = Date.now();
  const purged = await stream.untilPurged();
  await stream.mustBePurged();
  stage.note(`PURGED ${seconds(Date.now() - stoppedMs)} s after they stopped, 0 objects`);
  await stream.mustStayGoneUntil(stream.sweptByMs(purged), 'after PURGED');
}

export const clientsNeverStop: Scenario = {
  name: 'clients-never-stop',
  about: 'a purge waits for clients that go on sending, and deletes nothing meanwhile',
  kind: 'distributed',
  turn: 'beside others',
  run: waitForThem,
};

async function discardTheirs(stage: Stage): Promise<void> {
  const stream = await stage.filledStream(ON_EACH);
  const clients = new Clients(stage, stream);
  const before = await stream.dataKeys();
  let purged: Stream;
  try {
    await stream.delete();
    await untilPurgeNamesClients(stage, stream);
    const orderedMs = Date.now();
    const { code, stderr } = await stage.world.program(...RETRY, stream.name, DISCARD_FLAG);
    stage.must(code === 0, `purge retry ${DISCARD_FLAG} ended with ${code}: ${stderr.trim()}`);
    purged = await stream.untilPurged();
    stage.note(`PURGED ${seconds(Date.now() - orderedMs)} s after the order, while clients send`);
  } finally {
    await clients.stop();
  }
  await sleep(Math.max(0, stream.sweptByMs(purged) - Date.now()));
  await mustBeGoneOrNew(stage, stream, purged, before);
}

/**
 * A node that kept the stream in memory writes data without metadata, which is swept. One that had forgotten it makes it
 * anew for the next event: after PURGED that is a stream of its own, and the catalog's.
 */
async function mustBeGoneOrNew(
  stage: Stage,
  stream: TestStream,
  purged: Stream,
  before: readonly string[],
): Promise<void> {
  const keys = await stream.keys();
  const kept = before.filter((key) => keys.includes(key));
  stage.must(kept.length === 0, `${kept.length} objects of the deleted life are left, one is ${kept[0]}`);
  if (keys.length === 0) {
    await stream.mustBeGone('after the last sweep');
    stage.note('0 objects after the last sweep');
    return;
  }
  const now = await stream.inCatalog();
  stage.must(
    (await stream.isAdopted()) && now !== undefined && now.incarnation > purged.incarnation,
    `${stream.name} has objects after the last sweep, and no new life in the catalog: it is ${now?.state ?? 'unknown'}`,
  );
  stage.note(`what clients sent after PURGED is a new life, incarnation ${now.incarnation}`);
}

export const discardNewWrites: Scenario = {
  name: 'discard-new-writes',
  about: "a purge that waits for clients is carried out on an operator's order",
  kind: 'distributed',
  turn: 'beside others',
  run: discardTheirs,
};
