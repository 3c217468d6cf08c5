/**
 * The people: they replace machines whose disks are lost, grow and shrink the cluster, move leadership and pause
 * purges. They act through what the product offers them, one change at a time, and ask again when told no.
 */
import type { SextonClient } from '../../src/client/sexton-client.js';
import { delay, type Clock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import type { Machine } from './machine.js';
import type { Prng } from './prng.js';
import type { Trace } from './trace.js';

export interface OperatorDeps {
  readonly machines: readonly Machine[];
  readonly initialVoters: readonly Machine[];
  /** Of the last configuration that is committed. */
  readonly committedVoters: () => readonly Machine[];
  readonly client: SextonClient;
  readonly clock: Clock;
  readonly trace: Trace;
}

const CALL = { signal: new AbortController().signal, deadlineMs: 5_000 } as const;
/** Tries of one step of a membership change, and the wait between two. */
const TRIES = 40;
const AGAIN_MS = 300;

export class Operator {
  readonly #deps: OperatorDeps;
  /** Machines that should run: members, and those that are to become members. */
  readonly #wanted: Set<Machine>;
  /** Their id was used: no other disk may have it again (S6). */
  readonly #used: Set<Machine>;
  /** Their disk is damaged or gone; they never come back as the member that they were. */
  readonly #lost = new Set<Machine>();
  /** A bit was flipped: may turn out to be lost when it starts. */
  readonly #suspects = new Set<Machine>();
  #changing = false;
  #stopped = false;
  changes = 0;

  constructor(deps: OperatorDeps) {
    this.#deps = deps;
    this.#wanted = new Set(deps.initialVoters);
    this.#used = new Set(deps.initialVoters);
  }

  get voters(): readonly Machine[] {
    return this.#deps.committedVoters();
  }

  get lostVoters(): readonly Machine[] {
    return this.voters.filter((machine) => this.isLost(machine));
  }

  /** Lost, or perhaps about to be found lost. */
  get doubtfulVoters(): readonly Machine[] {
    return this.voters.filter((machine) => this.#lost.has(machine) || this.#suspects.has(machine));
  }

  /** A change that was asked for may still take effect, and ask for one voter more than there are now. */
  get isChanging(): boolean {
    return this.#changing;
  }

  isWanted(machine: Machine): boolean {
    return this.#wanted.has(machine);
  }

  isVoter(machine: Machine): boolean {
    return this.voters.includes(machine);
  }

  isLost(machine: Machine): boolean {
    const kind = machine.ending?.kind;
    // A flipped bit may only be noticed as a directory that makes no sense, and is looked at again in vain.
    if (kind !== undefined && this.#suspects.has(machine) && kind !== 'STORAGE_WRITE_FAILED')
      this.#lost.add(machine);
    if (kind === 'MEMBER_REMOVED') this.#wanted.delete(machine);
    return this.#lost.has(machine);
  }

  /** One more lost disk leaves a majority of good ones. */
  mayLose(machine: Machine): boolean {
    if (this.#changing || !this.isVoter(machine)) return false;
    const doubtful = this.doubtfulVoters;
    return !doubtful.includes(machine) && 2 * (doubtful.length + 1) < this.voters.length;
  }

  suspect(machine: Machine): void {
    this.#suspects.add(machine);
  }

  lose(machine: Machine, why: string): void {
    this.#deps.trace.write('operator', `${machine.host} is lost: ${why}`);
    this.#lost.add(machine);
  }

  start(): void {
    this.#stopped = false;
  }

  /** No more changes are begun, and those under way are left as they are. */
  stop(): void {
    this.#stopped = true;
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

  async resumePurges(): Promise<void> {
    await this.#deps.client.resumePurges('cluster');
  }

  /** Brings a new machine in, as the refusal of a lost disk says, and takes an old one out: a lost one if there is. */
  async changeMembership(random: Prng): Promise<void> {
    if (this.#changing) return;
    this.#changing = true;
    try {
      const next = this.#deps.machines.find((machine) => !this.#used.has(machine));
      if (next !== undefined && !(await this.#bringIn(next))) return;
      const lost = this.lostVoters;
      if (next === undefined && lost.length === 0 && this.voters.length <= 3) return;
      await this.#takeOut(random.pick(lost.length > 0 ? lost : this.voters));
    } finally {
      this.#changing = false;
    }
  }

  /** Of a leader that has just been elected, which may not have committed anything in its term. */
  async takeOutAtOnce(random: Prng): Promise<void> {
    if (this.#changing || this.voters.length <= 3) return;
    this.#changing = true;
    try {
      const lost = this.lostVoters;
      await this.#takeOut(random.pick(lost.length > 0 ? lost : this.voters));
    } finally {
      this.#changing = false;
    }
  }

  async #bringIn(machine: Machine): Promise<boolean> {
    const { member, host } = machine;
    this.#used.add(machine);
    this.#wanted.add(machine);
    machine.start();
    const address = `${host}:7401`;
    const added = await this.#insist(`add ${member}`, (leader) =>
      leader.addMember({ id: member, address, directoryId: '' }, CALL),
    );
    return added && (await this.#insist(`promote ${member}`, (leader) => leader.promoteMember(member, CALL)));
  }

  async #takeOut(machine: Machine): Promise<void> {
    const removed = await this.#insist(`remove ${machine.member}`, (leader) =>
      leader.removeMember(machine.member, CALL),
    );
    // Left running: it has to notice by itself, and must not disturb the others.
    if (removed) this.#wanted.delete(machine);
  }

  async #insist(
    what: string,
    action: (leader: NonNullable<Machine['node']>) => Promise<unknown>,
  ): Promise<boolean> {
    const { clock } = this.#deps;
    for (let tries = 0; tries < TRIES && !this.#stopped; tries++) {
      const leader = this.#leader()?.node;
      // A leader that dies never answers: the operator's terminal gives up.
      const answered =
        leader !== undefined &&
        (await Promise.race([
          this.#tolerate(what, action(leader)),
          delay(clock, 2 * CALL.deadlineMs).then(() => false),
        ]));
      if (answered) {
        this.changes += 1;
        return true;
      }
      await delay(clock, AGAIN_MS);
    }
    return false;
  }

  #leader(): Machine | undefined {
    return this.#deps.machines.find((machine) => machine.status?.role === 'leader' && !machine.isPaused);
  }

  async #tolerate(what: string, action: Promise<unknown>): Promise<boolean> {
    const { trace } = this.#deps;
    try {
      await action;
      trace.write('operator', `${what}: done`);
      return true;
    } catch (error) {
      if (!(error instanceof SextonError)) throw error;
      trace.write('operator', () => `${what}: ${error.reason} ${error.rawMessage}`);
      return false;
    }
  }
}
