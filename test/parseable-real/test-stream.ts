/** One stream of a scenario: events into it and out of it, its life in the catalog, and what the bucket holds of it. */
import type { Purge, Stream } from '../../src/client/index.js';
import { dataKeys } from './bucket.js';
import type { ParseableNode } from './parseable-node.js';
import { throughout, until, untilTrue, Wrong } from './waiting.js';
import type { World } from './world.js';

/** Parseable flushes once a minute and uploads each half minute; SQL on a query node sees what is uploaded. */
export const UPLOAD_CYCLE_MS = 100_000;
const COUNTED_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 5_000;
/** Less than the time in which a query node may be asked, and room for other streams that come first. */
const FORGOTTEN_WITHIN_MS = 45_000;
/** Sweeps of other streams come first, and a page of a listing takes its time. */
const SWEPT_WITHIN_MS = 45_000;
/** Beyond the helper's deadlines: the grace period, the wait for a slot, the purge itself. */
const PURGE_MARGIN_MS = 180_000;

export class TestStream {
  readonly name: string;
  /** Parseable's own, of the name as it encodes it in keys. */
  readonly prefix: string;
  /** How the catalog calls it; another than the name where a name is not ASCII. */
  catalogName: string;
  readonly #world: World;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.catalogName = name;
    this.prefix = `${encodeURIComponent(name)}/`;
    world.willRemove(name);
  }

  // ---------------------------------------------------------------------------------------- Parseable

  /** Events to one node, taken in or else wrong. */
  async send(node: ParseableNode, count: number): Promise<void> {
    const status = await node.ingest(this.name, eventsOf(this.name, count));
    if (status !== 200)
      throw new Wrong(`${node.url} answers ${status} to ${count} events for ${this.name}; it must take them`);
  }

  async sendToEach(count: number): Promise<void> {
    for (const node of this.#world.ingest) await this.send(node, count);
  }

  /** SQL sees exactly so many events; a count that is stuck is wrong. */
  async untilCount(expected: number, when: string): Promise<void> {
    let text = '';
    await untilTrue(
      `SQL counts ${expected} events in ${this.name} ${when}`,
      COUNTED_WITHIN_MS,
      async () => {
        const answer = await this.#world.query.count(this.name);
        text = answer.events === undefined ? answer.text.slice(0, 200) : String(answer.events);
        return answer.events === expected;
      },
      () => text,
    );
  }

  /** Until that wall time SQL sees exactly so many. */
  async mustCountUntil(untilMs: number, expected: number, when: string): Promise<void> {
    await throughout(untilMs, LOOK_EVERY_MS, async () => {
      const { events, text } = await this.#world.query.count(this.name);
      if (events !== expected)
        throw new Wrong(
          `SQL counts ${events ?? text.slice(0, 200)} events in ${this.name} ${when}, not ${expected}`,
        );
    });
  }

  /** Nodes that know it. */
  async holders(): Promise<readonly string[]> {
    const { nodes } = this.#world;
    const held = await Promise.all(nodes.map((node) => node.holds(this.name)));
    return nodes.filter((_, at) => held[at]).map(({ url }) => url);
  }

  // ------------------------------------------------------------------------------------------- bucket

  keys(): Promise<readonly string[]> {
    return this.#world.bucket.keys(this.prefix);
  }

  async dataKeys(): Promise<readonly string[]> {
    return dataKeys(await this.keys());
  }

  /** No object is left, and no node knows it. */
  async mustBeGone(when: string): Promise<void> {
    const keys = await this.keys();
    if (keys.length > 0)
      throw new Wrong(`${keys.length} objects are left below ${this.prefix} ${when}, one is ${keys[0]}`);
    const holders = await this.holders();
    if (holders.length > 0) throw new Wrong(`${holders.join()} still know ${this.name} ${when}`);
  }

  /** No object is left at PURGED, and soon no node knows it: query nodes are made to forget it after PURGED. */
  async mustBePurged(): Promise<void> {
    const keys = await this.keys();
    if (keys.length > 0)
      throw new Wrong(`${keys.length} objects are left below ${this.prefix} at PURGED, one is ${keys[0]}`);
    let holders: readonly string[] = [];
    await untilTrue(
      `no node knows ${this.name} after PURGED`,
      FORGOTTEN_WITHIN_MS,
      async () => (holders = await this.holders()).length === 0,
      () => holders.join(),
    );
  }

  /** Nothing of what holds events has been deleted. */
  async mustStillHold(before: readonly string[], when: string): Promise<void> {
    const now = new Set(await this.keys());
    const lost = before.filter((key) => !now.has(key));
    if (lost.length > 0)
      throw new Wrong(
        `${lost.length} of ${before.length} objects of ${this.name} are gone ${when}, one was ${lost[0]}`,
      );
  }

  // ------------------------------------------------------------------------------------------ catalog

  /** By the command line, unless the helper was faster. */
  async adopt(): Promise<void> {
    const { code, stderr } = await this.#world.program('adopt', this.catalogName, '--yes');
    if (code === 0 || (await this.isAdopted())) return;
    throw new Wrong(`adopt ${this.catalogName} ended with ${code}: ${stderr.trim()}`);
  }

  /** The catalog has it as ACTIVE, under the prefix that Parseable uses. */
  async isAdopted(): Promise<boolean> {
    const stream = await this.inCatalog();
    return stream?.state === 'ACTIVE' && stream.prefix === this.prefix;
  }

  /** By the command line. */
  async delete(gracePeriod = '0s'): Promise<void> {
    const { code, stderr } = await this.#world.program(
      ...['stream', 'delete', this.catalogName, `--grace-period=${gracePeriod}`],
    );
    if (code !== 0) throw new Wrong(`stream delete ${this.catalogName} ended with ${code}: ${stderr.trim()}`);
  }

  /** Undefined: the catalog does not know the name. */
  async inCatalog(): Promise<Stream | undefined> {
    try {
      return (await this.#world.client.getStream({ name: this.catalogName })).stream;
    } catch (error) {
      if ((error as { reason?: string }).reason === 'STREAM_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** Undefined: no purge of it is under way or waiting. */
  async purge(): Promise<Purge | undefined> {
    for await (const purge of this.#world.client.listPurges())
      if (purge.stream.name === this.catalogName) return purge;
    return undefined;
  }

  /** The purge has not begun: the stream is not PURGED, and nothing of what `before` names is gone. */
  async mustWaitUntil(untilMs: number, before: readonly string[], when: string): Promise<void> {
    await throughout(untilMs, LOOK_EVERY_MS, async () => {
      const stream = await this.inCatalog();
      if (stream === undefined || stream.state === 'PURGED')
        throw new Wrong(`${this.name} is ${stream?.state ?? 'not in the catalog'} ${when}; it must wait`);
      await this.mustStillHold(before, when);
    });
  }

  untilPurged(withinMs = this.purgedWithinMs): Promise<Stream> {
    let seen = '';
    return until(
      `${this.name} is PURGED`,
      withinMs,
      async () => {
        const stream = await this.inCatalog();
        if (stream?.state === 'PURGED') return stream;
        const purge = await this.purge();
        seen = `${stream?.state ?? 'not in the catalog'}, ${purge?.stream.purge?.phase ?? 'no purge'}, waits for ${
          purge?.waitingNodeIds.join() ?? ''
        }`;
        return undefined;
      },
      () => seen,
    );
  }

  /** A node that had taken the stream up again waits a second time. */
  get purgedWithinMs(): number {
    return 2 * this.#world.settings.uploadDeadlineMs + PURGE_MARGIN_MS;
  }

  /** When the nth sweep after that purge is over at the latest; default: the last. */
  sweptByMs({ purgeTimeMs = Date.now() }: Stream, nth = this.#world.settings.sweepsAfterMs.length): number {
    return purgeTimeMs + (this.#world.settings.sweepsAfterMs[nth - 1] ?? 0) + SWEPT_WITHIN_MS;
  }

  /** Nothing comes back until that wall time. */
  async mustStayGoneUntil(untilMs: number, when: string): Promise<void> {
    await throughout(untilMs, LOOK_EVERY_MS, () => this.mustBeGone(when));
  }
}

export function eventsOf(stream: string, count: number): readonly object[] {
  return Array.from({ length: count }, (_, at) => ({ stream, number: at, message: `event ${at}` }));
}
