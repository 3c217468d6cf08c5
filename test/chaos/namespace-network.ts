/**
 * A network of real interfaces: each node in a network namespace of its own, all on one bridge that the
 * clients reach too. Wants root and `ip` (Debian: iproute2); slow links want `tc` of the same package.
 *
 * A link is slow by a queue that delays, or where the kernel has none, by one that lets little through.
 * A link is lost by giving the sender a wrong hardware address for the receiver: frames leave and arrive
 * nowhere, without an answer, as over a dead cable. `refused` is a route that prohibits the way.
 * Everything is named after this process and removed by `close`.
 */
import { randomInt } from 'node:crypto';
import { CLIENTS, OPEN, type LinkRule, type Network, type Party } from './network.js';
import { mustRun, run, runNow } from './run-command.js';

const PORT = 7401;
const NOBODY = '02:00:00:00:00:fe';
const HOST_NUMBER = 254;

/** Undefined when namespaces can be used, else why not. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are a matter of Linux';
  if (process.getuid?.() !== 0) return 'network namespaces want root';
  const probe = `sxt${process.pid}p`;
  try {
    await mustRun('ip', ['netns', 'add', probe]);
    await mustRun('ip', ['netns', 'delete', probe]);
    const bridge = await run('ip', ['link', 'add', probe, 'type', 'bridge']);
    if (bridge.status !== 0) return `no bridges here: ${bridge.stderr.trim()}`;
    await mustRun('ip', ['link', 'delete', probe]);
    return undefined;
  } catch (error) {
    return `ip (Debian: iproute2) cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function runs(command: string, args: readonly string[]): Promise<boolean> {
  try {
    return (await run(command, args)).status === 0;
  } catch {
    // There is no such program.
    return false;
  }
}

export class NamespaceNetwork implements Network {
  readonly description = 'network namespaces on a bridge';
  readonly cutsOneWay = true;
  readonly #slots: number;
  readonly #name = `sxt${process.pid}`;
  /** 10.x.y.0/24: random, since another run may have one too. */
  readonly #net = `10.${randomInt(128, 250)}.${randomInt(1, 250)}`;
  readonly #broken = new Map<string, readonly [from: Party, to: Party, rule: LinkRule]>();
  readonly #slowed = new Set<Party>();
  /** What `tc` can do here. */
  #queue: 'netem' | 'tbf' | undefined;

  private constructor(slots: number) {
    this.#slots = slots;
  }

  static async create(slots: number): Promise<NamespaceNetwork> {
    const network = new NamespaceNetwork(slots);
    try {
      await network.#build();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  addressOf(slot: Party): string {
    return `${this.#ip(slot)}:${PORT}`;
  }

  listenAddressOf(slot: Party): string {
    return this.addressOf(slot);
  }

  commandOf(slot: Party, program: readonly string[]): readonly string[] {
    // Replaces itself by the program: the process id is the node's own.
    return ['ip', 'netns', 'exec', this.#namespace(slot), ...program];
  }

  processOf(): void {
    // Addresses tell the nodes apart.
  }

  async setLink(from: Party, to: Party, rule: LinkRule): Promise<void> {
    const key = `${from}>${to}`;
    const before = this.#broken.get(key);
    if (before !== undefined) await this.#undo(...before);
    this.#broken.delete(key);
    if (rule.kind === 'open') return;
    this.#broken.set(key, [from, to, rule]);
    const way = this.#ip(to);
    if (rule.kind === 'lost') {
      const entry = ['neigh', 'replace', way, 'lladdr', NOBODY, 'nud', 'permanent', 'dev'];
      await mustRun('ip', [...this.#within(from), ...entry, this.#device(from)]);
    } else if (rule.kind === 'refused') {
      await mustRun('ip', [...this.#within(from), 'route', 'replace', 'prohibit', `${way}/32`]);
    } else {
      // Of all that leaves the sender: one queue an interface.
      this.#slowed.add(from);
      const device = ['qdisc', 'replace', 'dev', this.#device(from), 'root'];
      await mustRun('tc', [...this.#within(from), ...device, ...this.#slowness(rule.delayMs)]);
    }
  }

  async heal(): Promise<void> {
    for (const [from, to] of [...this.#broken.values()]) await this.setLink(from, to, OPEN);
  }

  get whyNotSlow(): string | undefined {
    return this.#queue === undefined
      ? 'tc (Debian: iproute2) can neither delay nor throttle here'
      : undefined;
  }

  async close(): Promise<void> {
    // What does not exist cannot be deleted, and need not be.
    for (const args of this.#remains()) await run('ip', args);
  }

  closeNow(): void {
    for (const args of this.#remains()) runNow('ip', args);
  }

  /** Links by themselves: a namespace lives on for as long as the kernel repeats what its sockets had to say. */
  #remains(): string[][] {
    const slots = Array.from({ length: this.#slots }, (_, at) => at + 1);
    return [
      ...slots.map((slot) => ['link', 'delete', this.#outside(slot)]),
      ...slots.map((slot) => ['netns', 'delete', this.#namespace(slot)]),
      ['link', 'delete', this.#bridge],
    ];
  }

  #slowness(delayMs: number): string[] {
    if (this.#queue === 'netem') return ['netem', 'delay', `${delayMs}ms`, `${Math.ceil(delayMs / 4)}ms`];
    const rate = `${Math.ceil(40_000 / delayMs)}kbit`;
    return ['tbf', 'rate', rate, 'burst', '10kb', 'latency', `${delayMs}ms`];
  }

  get #bridge(): string {
    return `${this.#name}b`;
  }

  async #build(): Promise<void> {
    await mustRun('ip', ['link', 'add', this.#bridge, 'type', 'bridge']);
    await mustRun('ip', ['addr', 'add', `${this.#ip(CLIENTS)}/24`, 'dev', this.#bridge]);
    await mustRun('ip', ['link', 'set', this.#bridge, 'up']);
    for (let slot = 1; slot <= this.#slots; slot++) {
      const namespace = this.#namespace(slot);
      const outside = this.#outside(slot);
      await mustRun('ip', ['netns', 'add', namespace]);
      const pair = ['link', 'add', outside, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace];
      await mustRun('ip', pair);
      await mustRun('ip', ['link', 'set', outside, 'master', this.#bridge, 'up']);
      await mustRun('ip', ['-n', namespace, 'addr', 'add', `${this.#ip(slot)}/24`, 'dev', 'eth0']);
      await mustRun('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up']);
      await mustRun('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    }
    await this.#findQueue();
  }

  async #findQueue(): Promise<void> {
    const device = ['dev', this.#bridge, 'root'];
    for (const queue of ['netem', 'tbf'] as const) {
      this.#queue = queue;
      const set = await runs('tc', ['qdisc', 'replace', ...device, ...this.#slowness(100)]);
      if (set && (await runs('tc', ['qdisc', 'delete', ...device]))) return;
    }
    this.#queue = undefined;
  }

  async #undo(from: Party, to: Party, rule: LinkRule): Promise<void> {
    const way = this.#ip(to);
    if (rule.kind === 'lost') {
      await mustRun('ip', [...this.#within(from), 'neigh', 'delete', way, 'dev', this.#device(from)]);
    } else if (rule.kind === 'refused') {
      await mustRun('ip', [...this.#within(from), 'route', 'delete', 'prohibit', `${way}/32`]);
    } else if (this.#slowed.delete(from)) {
      await mustRun('tc', [...this.#within(from), 'qdisc', 'delete', 'dev', this.#device(from), 'root']);
    }
  }

  #within(party: Party): readonly string[] {
    return party === CLIENTS ? [] : ['-n', this.#namespace(party)];
  }

  #device(party: Party): string {
    return party === CLIENTS ? this.#bridge : 'eth0';
  }

  /** The bridge's end of the slot's cable. */
  #outside(slot: Party): string {
    return `${this.#name}v${slot}`;
  }

  #namespace(slot: Party): string {
    return `${this.#name}n${slot}`;
  }

  #ip(party: Party): string {
    return `${this.#net}.${party === CLIENTS ? HOST_NUMBER : party}`;
  }
}
