/**
 * One run: machines, clients, a bucket and a nemesis in one virtual time, all from one seed. First a phase in
 * which anything may go wrong and nothing may be broken; then everything is healed but a random minority, and the
 * cluster has to do what it promised: answer, agree, and purge until nothing is left.
 */
import { readSummary } from '../../src/catalog/queries.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import type { Entry, LogIndex, Term } from '../../src/raft/types.js';
import { assertDefined } from '../../src/shared/assert.js';
import { delay } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import { checkStreamHistory, type StreamCall } from '../support/linearizability/index.js';
import { settle } from '../support/virtual-clock.js';
import { SimulatedClientTransport } from './client-transport.js';
import { CommittedLog } from './committed-log.js';
import { healthyDisk, SimulatedDisk } from './disk.js';
import { dispatch } from './dispatch.js';
import { IngestNode, UPLOAD_MAX_MS } from './ingest.js';
import { INVARIANTS } from './invariants/index.js';
import { Machine } from './machine.js';
import { CLOCK_ERROR_MAX_MS, Nemesis } from './nemesis.js';
import { Network, type NetworkFaults } from './network.js';
import { healthyBucket, SimulatedBucket } from './object-store.js';
import type { Checks, ObservedMachine, ObservedWorld } from './observer.js';
import { Operator } from './operator.js';
import type { Plan } from './plan.js';
import { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import { Scheduler } from './scheduler.js';
import { MachineClock, SimulatedClock } from './simulated-clock.js';
import { Trace } from './trace.js';
import { Violation } from './violation.js';
import { WorkloadClient } from './workload.js';

export interface RunOptions {
  readonly trace: boolean;
}

export interface RunResult {
  readonly violation: Violation | undefined;
  /** One line a machine, as it was at the end. */
  readonly machines: readonly string[];
  readonly trace: readonly string[];
  readonly events: number;
  readonly virtualMs: number;
  readonly committed: number;
  readonly calls: number;
  readonly purged: number;
  /** What was injected, by name. */
  readonly faults: Readonly<Record<string, number>>;
}

/** A healed cluster answers a write within this, and has purged everything within that. */
const WRITE_WITHIN_MS = 60_000;
const PURGED_WITHIN_MS = 20 * 60_000;
const EQUAL_WITHIN_MS = 60_000;
const LANDED_WITHIN_MS = 3 * 60_000;
/** A run that goes on without end is a violation too. */
const EVENTS_MAX = 3_000_000;
const GRACE_MS = UPLOAD_MAX_MS + 2 * CLOCK_ERROR_MAX_MS;

export class World {
  readonly plan: Plan;
  readonly scheduler = new Scheduler();
  readonly trace: Trace;
  readonly network: Network;
  readonly bucket: SimulatedBucket;
  readonly machines: readonly Machine[];
  readonly committed = new CommittedLog();
  readonly history: StreamCall[] = [];
  readonly operator: Operator;
  readonly nemesis: Nemesis;
  readonly #random: Prng;
  readonly #checks: Required<Checks>;
  readonly #clients: readonly WorkloadClient[];
  readonly #ingest: readonly IngestNode[];
  readonly #networkFaults: NetworkFaults;
  /** Every entry ever handed to a disk or sent, by index and term. */
  readonly #entries = new Map<LogIndex, Map<Term, Entry>>();
  /** What a leader has appended, by machine: ahead of what it has handed to its disk. */
  readonly #proposed = new Map<ObservedMachine, Map<LogIndex, Term>>();
  readonly #lastSeen = new Map<Machine, { role: string; term: Term; commitIndex: LogIndex }>();
  #violation: Violation | undefined;
  #healthClient: WorkloadClient;

  constructor(plan: Plan, options: RunOptions) {
    this.plan = plan;
    this.#random = new Prng(plan.seed).fork('world');
    const { scheduler } = this;
    this.trace = new Trace(scheduler, options.trace);
    this.#networkFaults = { latencyMs: plan.networkLatencyMs, loss: 0, duplication: 0, reordering: 0 };
    this.network = new Network({
      scheduler,
      random: this.#random.fork('network'),
      faults: this.#networkFaults,
    });
    this.bucket = new SimulatedBucket({
      scheduler,
      random: this.#random.fork('bucket'),
      faults: healthyBucket(),
      versioning: plan.versioning,
      pageKeysMax: plan.purgePageKeys,
    });
    this.bucket.onDeleteApplied = ({ kind, targets, label }) => {
      const keys = targets.map(({ key }) => key);
      this.trace.write('bucket', () => `carries out ${label}'s delete (${kind}) of ${keys.join(' ')}`);
      if (kind === 'objects') this.#checks.deleteApplied(keys);
    };
    const observed: ObservedWorld = {
      machines: [],
      committed: this.committed,
      bucket: this.bucket,
      appliedStream: (machine, incarnation) => (machine as Machine).appliedStream(incarnation),
    };
    this.#checks = this.#withBookkeeping(
      dispatch(INVARIANTS, observed, (violation) => {
        this.violated(violation);
      }),
    );
    const members = Array.from({ length: plan.voters + plan.spares }, (_, at) => at + 1);
    this.machines = members.map((member) => this.#machine(member));
    (observed.machines as ObservedMachine[]).push(...this.machines);
    this.#clients = Array.from({ length: plan.clients }, (_, at) => this.#client(`client-${at + 1}`));
    this.#healthClient = this.#client('checker');
    this.#ingest = Array.from({ length: plan.uploaders }, (_, at) => this.#ingestNode(`ingest-${at + 1}`));
    this.operator = new Operator({
      machines: this.machines,
      initialVoters: this.machines.slice(0, plan.voters),
      committedVoters: () => this.#committedVoters(),
      client: this.#client('operator').client,
      clock: this.#clock(new ProcessScope('operator')),
      trace: this.trace,
    });
    this.nemesis = new Nemesis({
      plan,
      scheduler,
      random: this.#random.fork('nemesis'),
      trace: this.trace,
      network: this.network,
      networkFaults: this.#networkFaults,
      bucket: this.bucket,
      machines: this.machines,
      hosts: [...this.machines.map(({ host }) => host), 'client-1', 'client-2', 'ingest-1'],
      operator: this.operator,
    });
  }

  /** `trouble` takes the nemesis's place: a story told by a test. */
  async run(trouble: () => void = () => this.nemesis.start()): Promise<RunResult> {
    for (const machine of this.operator.voters) machine.start();
    const running = [
      ...this.#clients.map((client) => client.run()),
      ...this.#ingest.map((node) => node.run()),
    ];
    for (const client of running) client.catch((error: unknown) => this.#broken(error));
    await this.#until(() => this.#leader() !== undefined, WRITE_WITHIN_MS, 'a first leader');
    trouble();
    await this.#advance(this.plan.safetyMs);
    this.trace.write('world', '--- heal ---');
    this.operator.stop();
    this.nemesis.heal();
    for (const client of this.#clients) client.stop();
    for (const node of this.#ingest) node.stop();
    await this.#done(
      Promise.all(running).then(() => undefined),
      WRITE_WITHIN_MS,
      'the end of all calls',
    );
    await this.#liveness();
    if (this.#violation === undefined) this.#checks.end();
    if (this.#violation === undefined) this.#checkHistory();
    return this.#result();
  }

  violated(violation: Violation): void {
    if (this.#violation !== undefined) return;
    this.#violation = violation;
    this.trace.write('world', () => `VIOLATION ${violation.invariant}: ${violation.message}`);
  }

  // ------------------------------------------------------------------------------------- liveness

  async #liveness(): Promise<void> {
    const { client } = this.#healthClient;
    await this.#done(this.#resumePurges(), WRITE_WITHIN_MS, 'a write after the heal');
    void this.#stayResumed().catch((error: unknown) => this.#broken(error));
    for (let number = 1; number <= this.plan.names; number++) {
      const name = `s${number}`;
      const get = async (): Promise<void> => {
        await this.#healthClient.call(
          name,
          { kind: 'get' },
          async () => (await client.getStream({ name })).stream,
        );
      };
      await this.#done(get(), WRITE_WITHIN_MS, 'a read after the heal');
    }
    await this.#until(
      () => this.#streams().every(({ state }) => state === 'ACTIVE' || state === 'PURGED'),
      PURGED_WITHIN_MS,
      () => `every tombstoned stream PURGED, not ${this.#pending()}`,
    );
    await this.#until(() => this.#areEqual(), EQUAL_WITHIN_MS, 'every member that is well to agree');
    // What was sent and not answered may still land.
    await this.#until(() => this.bucket.inFlight === 0, LANDED_WITHIN_MS, 'every request to land');
    this.#checkBucket();
  }

  /** An operator who does not take no for an answer. */
  async #resumePurges(): Promise<void> {
    const clock = this.#clock(new ProcessScope('resume'));
    for (;;) {
      try {
        await this.operator.resumePurges();
        return;
      } catch (error) {
        if (!(error instanceof SextonError)) throw error;
        await delay(clock, 200);
      }
    }
  }

  /** A call to pause that was given up in the trouble may still be carried out after it. */
  async #stayResumed(): Promise<void> {
    const clock = this.#clock(new ProcessScope('resume'));
    for (;;) {
      await delay(clock, 5_000);
      if (readSummary(this.committed).purgesPaused) await this.#resumePurges();
    }
  }

  #areEqual(): boolean {
    const expected = this.operator.voters.filter(
      (machine) => !this.operator.isLost(machine) && !this.nemesis.isLeftDown(machine),
    );
    const last = this.committed.lastIndex;
    return expected.every((machine) => machine.status?.appliedIndex === last);
  }

  #checkBucket(): void {
    const streams = this.#streams();
    const living = streams.filter(({ state }) => state === 'ACTIVE');
    for (const { prefix, incarnation, state } of streams) {
      if (state !== 'PURGED' || living.some((other) => other.prefix === prefix)) continue;
      const left = [...this.bucket.versions(prefix), ...this.bucket.uploads(prefix)];
      if (left.length > 0) {
        const facts = `${left.length} versions and uploads of ${incarnation} are left: ${left[0]?.key ?? ''}`;
        this.violated(new Violation('nothing is left behind', facts));
      }
    }
    for (const { prefix, incarnation } of living) {
      const there = new Set(this.bucket.keys(prefix));
      const sinceMs = this.#committedAtMs.get(incarnation) ?? 0;
      const gone = this.bucket.uploadLog.find(
        ({ key, appliedMs = -1 }) => key.startsWith(prefix) && appliedMs >= sinceMs && !there.has(key),
      );
      if (gone !== undefined) {
        const facts = `${gone.key} of living stream ${incarnation} is gone`;
        this.violated(new Violation('nothing is deleted too early', facts));
      }
    }
  }

  #checkHistory(): void {
    const { violations, undecided } = checkStreamHistory(this.history, { maxStates: 200_000 });
    const [first] = violations;
    if (first !== undefined) {
      this.violated(new Violation('linearizability', `stream ${first.name}\n${first.counterexample.text}`));
    }
    this.undecided = undecided.length;
  }

  undecided = 0;

  // ------------------------------------------------------------------------------------ the run of time

  async #advance(forMs: number): Promise<void> {
    const endMs = this.scheduler.nowMs + forMs;
    while (this.#violation === undefined && (await this.#step(endMs)));
  }

  async #until(holds: () => boolean, withinMs: number, what: string | (() => string)): Promise<void> {
    const endMs = this.scheduler.nowMs + withinMs;
    while (this.#violation === undefined && !holds()) {
      if (await this.#step(endMs)) continue;
      const text = typeof what === 'string' ? what : what();
      this.violated(new Violation('liveness', `waited ${withinMs / 1_000} s in vain for ${text}`));
    }
  }

  async #done(promise: Promise<void>, withinMs: number, what: string): Promise<void> {
    let done = false;
    promise.then(
      () => {
        done = true;
      },
      (error: unknown) => this.#broken(error),
    );
    await settle();
    await this.#until(() => done, withinMs, what);
  }

  async #step(endMs: number): Promise<boolean> {
    if (!(await this.scheduler.step(endMs))) return false;
    if (this.scheduler.executed > EVENTS_MAX) {
      this.violated(new Violation('liveness', `${EVENTS_MAX} events, and no end`));
    }
    this.#observe();
    return true;
  }

  /** An error that no code under test should let out. */
  #broken(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violated(new Violation('clients get answers, never surprises', text));
  }

  // --------------------------------------------------------------------------------- looking at it

  #observe(): void {
    for (const machine of this.machines) {
      const { status } = machine;
      if (status === undefined) {
        this.#lastSeen.delete(machine);
        continue;
      }
      const { role, term, commitIndex } = status;
      const last = this.#lastSeen.get(machine) ?? { role: '', term: 0, commitIndex: 0 };
      if (last.role !== role || last.term !== term) {
        this.trace.write(machine.host, () => `${role} in term ${term}`);
        this.#checks.role(machine, role, term);
      }
      if (commitIndex !== last.commitIndex) this.#checks.commitMoved(machine, last.commitIndex, commitIndex);
      this.#lastSeen.set(machine, { role, term, commitIndex });
      while (this.committed.lastIndex < commitIndex) {
        if (!this.#commitNext(machine)) break;
      }
    }
  }

  readonly #committedAtMs = new Map<LogIndex, number>();

  #commitNext(machine: Machine): boolean {
    const index = this.committed.lastIndex + 1;
    const term = this.#proposed.get(machine)?.get(index) ?? machine.written.termAt(index);
    const entry = term === undefined ? undefined : this.#entries.get(index)?.get(term);
    // Known a moment later, when a disk is handed the entry.
    if (entry === undefined) return false;
    this.#committedAtMs.set(index, this.scheduler.nowMs);
    const committed = this.committed.append(entry);
    this.trace.write(
      'world',
      () =>
        `commits ${index} of term ${entry.term}: ${describe(committed.command?.envelope.command ?? entry.payload.kind)}`,
    );
    this.#checks.committed(machine, committed);
    return true;
  }

  /** Everything that invariants see passes here first. */
  #withBookkeeping(checks: Required<Checks>): Required<Checks> {
    return {
      ...checks,
      written: (machine, batch) => {
        for (const entry of batch.entries) this.#remember(entry);
        checks.written(machine, batch);
      },
      sent: (machine, to, item) => {
        this.nemesis.sent(machine as Machine, item);
        if (item.kind === 'message' && item.message.kind === 'appendRequest') {
          const proposed = this.#proposed.get(machine) ?? new Map<LogIndex, Term>();
          this.#proposed.set(machine, proposed);
          for (const entry of item.message.entries) {
            this.#remember(entry);
            proposed.set(entry.index, entry.term);
          }
        }
        checks.sent(machine, to, item);
      },
      opened: (machine, found) => {
        this.#proposed.delete(machine);
        checks.opened(machine, found);
      },
    };
  }

  #remember(entry: Entry): void {
    const terms = this.#entries.get(entry.index) ?? new Map<Term, Entry>();
    this.#entries.set(entry.index, terms);
    if (!terms.has(entry.term)) terms.set(entry.term, entry);
  }

  /** Of the last configuration entry that is committed; the first one is no entry. */
  #committedVoters(): readonly Machine[] {
    const { all } = this.committed;
    for (let at = all.length - 1; at >= 0; at--) {
      const payload = all[at]?.entry.payload;
      if (payload?.kind !== 'configuration') continue;
      const { voters } = payload.configuration;
      return this.machines.filter(({ member }) => voters.some(({ id }) => id === member));
    }
    return this.machines.slice(0, this.plan.voters);
  }

  #leader(): Machine | undefined {
    return this.machines.find((machine) => machine.status?.role === 'leader');
  }

  #streams(): readonly StreamRecord[] {
    return [...this.committed.streams.values()];
  }

  #pending(): string {
    return this.#streams()
      .filter(({ state }) => state === 'DELETED' || state === 'PURGING')
      .map(
        ({ name, incarnation, state, purge }) =>
          `${name}#${incarnation} ${state} ${purge.phase} ${purge.lastError}`,
      )
      .join(', ');
  }

  // ------------------------------------------------------------------------------------- composition

  #machine(member: number): Machine {
    const { plan, scheduler, network } = this;
    const host = `node-${member}`;
    const random = this.#random.fork(host);
    const address = `${host}:7401`;
    const initialMembers = Array.from({ length: plan.voters }, (_, at) => ({
      id: at + 1,
      address: `node-${at + 1}:7401`,
      directoryId: '',
    }));
    return new Machine({
      member,
      settings: {
        clusterId: 'simulated',
        memberId: member,
        address,
        initialMembers,
        join: member > plan.voters,
        tickMs: plan.tickMs,
        electionTicks: plan.electionTicks,
        heartbeatTicks: plan.heartbeatTicks,
        snapshotEntries: plan.snapshotEntries,
        keepEntries: plan.keepEntries,
        proposalTimeoutMs: 5_000,
      },
      purge: {
        transientBackoffInitialMs: 200,
        transientBackoffMaxMs: 5_000,
        blockedBackoffInitialMs: 1_000,
        blockedBackoffMaxMs: 10_000,
        quietInitialMs: 100,
        quietMaxMs: 4_000,
        requestConcurrencyMax: 4,
        deleteBatchMax: 3,
        progressIntervalMs: 500,
        progressObjects: 1_000,
        probeIntervalMs: 60_000,
        clockMarginMs: 5_000,
      },
      scheduler,
      network,
      peers: {
        transportAt: (at) => this.machines.find((machine) => machine.host === at)?.transport,
        hostOf,
      },
      disk: new SimulatedDisk({
        scheduler,
        random: random.fork('disk'),
        faults: { ...healthyDisk(), syncMs: plan.diskSyncMs },
      }),
      bucket: this.bucket,
      clock: new MachineClock(scheduler),
      random,
      trace: this.trace,
      checks: this.#checks,
      died: (host) => this.#hintDeath(host),
      violated: (violation) => {
        this.violated(violation);
      },
    });
  }

  /** The operating system of a dead process closes its connections: most peers learn of it. */
  #hintDeath(host: string): void {
    for (const machine of this.machines) {
      if (machine.host === host) continue;
      this.network.reliable(
        host,
        machine.host,
        () => machine.transport?.hintUnreachable(host),
        () => undefined,
      );
    }
  }

  #client(name: string): WorkloadClient {
    const { plan, scheduler, trace, history } = this;
    const scope = new ProcessScope(name);
    return new WorkloadClient({
      name,
      plan,
      scheduler,
      clock: this.#clock(scope),
      random: this.#random.fork(name),
      transport: new SimulatedClientTransport({
        host: name,
        scheduler,
        network: this.network,
        listenerAt: (endpoint) => this.machines.find(({ host }) => host === hostOf(endpoint))?.listener,
        hostOf,
      }),
      endpoints: this.machines.map(({ host }) => `${host}:7401`),
      trace,
      history,
      seen: () => undefined,
      graceMs: GRACE_MS,
    });
  }

  #ingestNode(name: string): IngestNode {
    const scope = new ProcessScope(name);
    return new IngestNode({
      name,
      names: this.plan.names,
      client: this.#client(name).client,
      uploader: this.bucket.uploader(scope, name),
      clock: this.#clock(scope),
      random: this.#random.fork(`${name} uploads`),
      trace: this.trace,
    });
  }

  #clock(scope: ProcessScope): SimulatedClock {
    return new SimulatedClock(this.scheduler, scope);
  }

  #result(): RunResult {
    const faults: Record<string, number> = {};
    const add = (counts: object, prefix: string): void => {
      for (const [name, count] of Object.entries(counts as Record<string, number>)) {
        if (count > 0) faults[prefix + name] = (faults[prefix + name] ?? 0) + count;
      }
    };
    add(this.nemesis.counts, '');
    add({ 'membership: steps done': this.operator.changes }, '');
    const { lost, duplicated, reordered, cutOff } = this.network.counts;
    add({ lost, duplicated, reordered, cutOff }, 'message: ');
    for (const machine of this.machines) add(machine.deps.disk.counts, 'disk: ');
    add(this.bucket.counts, 'store: ');
    return {
      violation: this.#violation,
      machines: this.machines
        .filter((machine) => this.operator.isWanted(machine))
        .map((machine) => machine.describe()),
      trace: this.trace.lines,
      events: this.scheduler.executed,
      virtualMs: this.scheduler.nowMs,
      committed: this.committed.lastIndex,
      calls: this.history.length,
      purged: this.#streams().filter(({ state }) => state === 'PURGED').length,
      faults,
    };
  }
}

export async function simulate(plan: Plan, options: RunOptions): Promise<RunResult> {
  return new World(plan, options).run();
}

function hostOf(address: string): string {
  return assertDefined(address.split(':')[0], `no host in ${address}`);
}

function describe(command: unknown): string {
  return typeof command === 'string' ? command : JSON.stringify(command);
}
