/** What one scenario plays on: the shared world, streams with names of its own, and numbers for its line of the report. */
import type { ParseableNode } from './parseable-node.js';
import { runShell } from './program.js';
import type { SwitchedNode } from './settings.js';
import { TestStream } from './test-stream.js';
import { say, untilTrue, Wrong } from './waiting.js';
import type { World } from './world.js';

const READY_WITHIN_MS = 120_000;

export interface Scenario {
  readonly name: string;
  /** What it shows, in a line. */
  readonly about: string;
  readonly kind: 'distributed' | 'standalone';
  /** `first` and `alone` have the deployment to themselves: they change what others would see. */
  readonly turn: 'first' | 'beside others' | 'alone';
  /** What it needs beyond the deployment. */
  readonly needs?: `${SwitchedNode} switch`;
  /** Throws what is wrong. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** The same for all streams of one run, and another in the next one. */
const RUN = Date.now().toString(36).slice(-5);

export class Stage {
  readonly world: World;
  readonly #scenario: Scenario;
  readonly #numbers: string[] = [];
  #streams = 0;

  constructor(world: World, scenario: Scenario) {
    this.world = world;
    this.#scenario = scenario;
  }

  /** For the scenario's line of the report. */
  note(text: string): void {
    this.#numbers.push(text);
    this.say(text);
  }

  get numbers(): string {
    return this.#numbers.join(', ');
  }

  say(text: string): void {
    say(`${this.#scenario.name}: ${text}`);
  }

  must(condition: boolean, what: string): asserts condition {
    if (!condition) throw new Wrong(what);
  }

  /** A name that no other scenario and no other run has. */
  stream(stem = this.#scenario.name): TestStream {
    return new TestStream(this.world, `${stem}-${RUN}-${++this.#streams}`);
  }

  /** One that Parseable made of its clients' events, uploaded and counted, and that the catalog has adopted. */
  async filledStream(eventsOnEach: number): Promise<TestStream> {
    const stream = this.stream();
    await stream.sendToEach(eventsOnEach);
    await stream.untilCount(eventsOnEach * this.world.ingest.length, 'before anything else');
    await stream.adopt();
    return stream;
  }

  /** Deletes, waits until PURGED, and notes how long it took. */
  async deleteAndPurge(stream: TestStream) {
    const startMs = Date.now();
    const objects = (await stream.keys()).length;
    await stream.delete();
    const purged = await stream.untilPurged();
    await stream.mustBePurged();
    this.note(`${objects} objects, PURGED after ${seconds(Date.now() - startMs)} s with 0`);
    return purged;
  }

  /** The purge has a phase that waits for nodes. */
  async untilDraining(stream: TestStream): Promise<void> {
    let seen = '';
    await untilTrue(
      `the purge of ${stream.name} is DRAINING`,
      60_000,
      async () => {
        const purge = await stream.purge();
        seen = purge?.stream.purge?.phase ?? 'no purge';
        return seen === 'DRAINING';
      },
      () => seen,
    );
  }

  /** `sexton status` shows an alarm of that kind with these words. */
  async mustAlarm(kind: string, words: string): Promise<void> {
    const { code, stdout, stderr } = await this.world.program('status');
    const isShown = stdout.split('\n').some((line) => line.includes(kind) && line.includes(words));
    this.must(code === 0 && isShown, `status must show ${kind} with '${words}'; it says ${stdout}${stderr}`);
  }

  // ------------------------------------------------------------------------------------------ switches

  /** The node that a switch of the settings is for: the query node, or the last ingest node. */
  switched(which: SwitchedNode): ParseableNode {
    const node = which === 'query' ? this.world.query : this.world.ingest.at(-1);
    if (node === undefined) throw new Error('the deployment has no ingest node');
    return node;
  }

  /** Ends the node while `act` runs, and starts it again whatever becomes of that. */
  async whileDown(which: SwitchedNode, act: () => Promise<void>): Promise<void> {
    const commands = this.world.deployment.switches[which];
    if (commands === undefined)
      throw new Error(`the scenario needs commands that stop and start the ${which} node`);
    const node = this.switched(which);
    await runShell(commands.stop);
    try {
      this.must(!(await node.isReachable()), `'${commands.stop}' left ${node.url} running`);
      await act();
    } finally {
      await runShell(commands.start);
      await untilTrue(`${node.url} is ready again`, READY_WITHIN_MS, () => node.isReady());
    }
  }
}

export function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
