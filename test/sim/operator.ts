/**
 * The people: they know which machines are members, replace those whose disks are lost, move leadership, and
 * pause purges. They act through what the product offers them, and take no for an answer.
 */
import type { SextonClient } from '../../src/client/sexton-client.js';
import { SextonError } from '../../src/shared/errors.js';
import type { Machine } from './machine.js';
import type { Prng } from './prng.js';
import type { Trace } from './trace.js';

export interface OperatorDeps {
  readonly machines: readonly Machine[];
  readonly initialVoters: readonly Machine[];
  readonly client: SextonClient;
  readonly trace: Trace;
}

const CALL = { signal: new AbortController().signal, deadlineMs: 5_000 } as const;

export class Operator {
  readonly #deps: OperatorDeps;
  /** Machines that belong to the cluster as the operator wants it. */
  readonly #wanted: Set<Machine>;
  /** Their disk is damaged or gone; they never come back as the member that they were. */
  readonly #lost = new Set<Machine>();
  /** A bit was flipped: may turn out to be lost when it starts. */
  readonly #suspects = new Set<Machine>();

  constructor(deps: OperatorDeps) {
    this.#deps = deps;
    this.#wanted = new Set(deps.initialVoters);
  }

  get voters(): readonly Machine[] {
    return [...this.#wanted];
  }

  get lostVoters(): readonly Machine[] {
    return this.voters.filter((machine) => this.isLost(machine));
  }

  isWanted(machine: Machine): boolean {
    return this.#wanted.has(machine);
  }

  isVoter(machine: Machine): boolean {
    return this.#wanted.has(machine);
  }

  isLost(machine: Machine): boolean {
    const refuses = machine.ending?.kind === 'STORAGE_DAMAGED' || machine.ending?.kind === 'MEMBER_WIPED';
    if (refuses && this.#suspects.has(machine)) this.#lost.add(machine);
    return this.#lost.has(machine);
  }

  /** One more lost disk leaves a majority of good ones. */
  mayLose(machine: Machine): boolean {
    const doubtful = this.voters.filter((each) => this.#lost.has(each) || this.#suspects.has(each));
    return !doubtful.includes(machine) && 2 * (doubtful.length + 1) < this.voters.length;
  }

  suspect(machine: Machine): void {
    this.#suspects.add(machine);
  }

  lose(machine: Machine, why: string): void {
    this.#deps.trace.write('operator', `${machine.host} is lost: ${why}`);
    this.#lost.add(machine);
  }

  async transfer(random: Prng): Promise<void> {
    const leader = this.#leader();
    if (leader?.node === undefined) return;
    const target = random.chance(0.5) ? 0 : random.pick(this.voters).member;
    await this.#tolerate(`transfer to ${target || 'anyone'}`, leader.node.transferLeadership(target, CALL));
  }

  async pausePurges(random: Prng): Promise<void> {
    const { client } = this.#deps;
    const paused = random.chance(0.5);
    await this.#tolerate(
      paused ? 'pause all purges' : 'resume all purges',
      paused ? client.pausePurges('cluster') : client.resumePurges('cluster'),
    );
  }

  /** The end of every pause: until it is said and heard. */
  async resumePurges(): Promise<void> {
    await this.#deps.client.resumePurges('cluster');
  }

  async changeMembership(_random: Prng): Promise<void> {
    await Promise.resolve();
  }

  #leader(): Machine | undefined {
    return this.#deps.machines.find((machine) => machine.status?.role === 'leader' && !machine.isPaused);
  }

  async #tolerate(what: string, action: Promise<unknown>): Promise<void> {
    const { trace } = this.#deps;
    try {
      await action;
      trace.write('operator', `${what}: done`);
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      trace.write('operator', `${what}: ${error.reason}`);
    }
  }
}
