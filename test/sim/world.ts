/**
 * One run: machines, clients, a bucket and a nemesis in one virtual time, all from one seed. First a phase in
 * which anything may go wrong and nothing may be broken; then everything is healed but a random minority, and the
 * cluster has to do what it promised: answer, agree, and purge until nothing is left. Some runs do it twice, the
 * second time when prefixes of the first may be owned again.
 */
import type { DeleteTarget } from '../../src/objectstore/object-store.js';
import type { StreamCall } from '../support/linearizability/index.js';
import { Cast, hostOf } from './cast.js';
import { CommittedLog, type Committed } from './committed-log.js';
import { CommitWatch } from './commit-watch.js';
import { ANSWER_WITHIN_MS, Demands } from './demands.js';
import { healthyDisk, SimulatedDisk } from './disk.js';
import { dispatch } from './dispatch.js';
import { INVARIANTS } from './invariants/index.js';
import { Machine } from './machine.js';
import { CLOCK_ERROR_MAX_MS, Nemesis } from './nemesis.js';
import { Network, type NetworkFaults } from './network.js';
import { healthyBucket, SimulatedBucket } from './object-store.js';
import type { Checks, Invariant, ObservedMachine, ObservedWorld } from './observer.js';
import { Operator } from './operator.js';
import { Deployment } from './parseable/deployment.js';
import { prefixOf } from './parseable/layout.js';
import type { Plan } from './plan.js';
import { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import { RunLoop } from './run-loop.js';
import { Scheduler } from './scheduler.js';
import { MachineClock } from './simulated-clock.js';
import { Trace } from './trace.js';
import { Turns } from './turns.js';
import type { Violation } from './violation.js';
import type { WorkloadClient } from './workload.js';

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
  /** Histories that were too hard to decide. */
  readonly undecided: number;
  /** What was injected, by name. */
  readonly faults: Readonly<Record<string, number>>;
}

/** Of a second safety phase: clocks drift in both. */
const ENCORE_MAX_MS = 5_000;

interface Act {
  readonly safetyMs: number;
  readonly trouble: () => void;
  readonly poisoned: readonly string[];
  readonly isLast: boolean;
}

export class World {
  readonly plan: Plan;
  readonly #turns = new Turns();
  readonly scheduler = new Scheduler(() => this.#turns.next());
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
  readonly #networkFaults: NetworkFaults;
  readonly #watch: CommitWatch;
  readonly #loop: RunLoop;
  readonly #demands: Demands;
  readonly #cast: Cast;
  readonly #deployment: Deployment | undefined;
  /** By name: the earliest proposal that may still be committed. */
  readonly #adoptingSinceMs = new Map<string, number>();
  /** Of the present act. */
  #clients: readonly WorkloadClient[] = [];

  constructor(plan: Plan, options: RunOptions) {
    this.plan = plan;
    this.#random = new Prng(plan.seed).fork('world');
    const { scheduler } = this;
    this.trace = new Trace(scheduler, options.trace);
    this.#loop = new RunLoop(scheduler, this.trace, () => {
      this.#watch.look(this.machines);
    });
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
      requestExpiry: plan.fence === 'expiry',
      conditionalDelete: plan.fence === 'condition',
      pageKeysMax: plan.purgePageKeys,
    });
    this.bucket.onDeleteApplied = (request, removed) => {
      const { kind, targets, label } = request;
      // One that names a version, or what was listed, may arrive and be refused; one that names a key hits whatever it finds.
      const isSafe = (target: DeleteTarget): boolean =>
        target.versionId !== undefined || (target.ifMatch !== undefined && plan.fence === 'condition');
      const isGone = (key: string): boolean => removed.some((each) => each.key === key);
      const keys = targets.filter((target) => !isSafe(target) || isGone(target.key)).map(({ key }) => key);
      this.trace.write('bucket', () => `carries out ${label}'s delete (${kind}) of ${keys.join(' ')}`);
      this.#deployment?.oracle.deleteApplied(request, removed);
      // What a node of Parseable deletes by itself is no purge's.
      if (kind === 'objects' && this.#deployment?.has(label) !== true) this.#checks.deleteApplied(keys);
    };
    this.bucket.onUploadApplied = ({ key }) => this.#checks.uploadApplied(key);
    const observed: ObservedWorld = {
      machines: [],
      committed: this.committed,
      bucket: this.bucket,
      hasParseable: plan.parseable !== undefined,
    };
    this.#watch = new CommitWatch({
      committed: this.committed,
      scheduler,
      trace: this.trace,
      checks: dispatch([...INVARIANTS, this.#elections, this.#parseable], observed, (violation) => {
        this.#loop.violated(violation);
      }),
    });
    this.#checks = this.#watch.checks;
    const members = Array.from({ length: plan.voters + plan.spares }, (_, at) => at + 1);
    this.machines = members.map((member) => this.#machine(member));
    (observed.machines as ObservedMachine[]).push(...this.machines);
    this.#cast = new Cast({
      plan,
      scheduler,
      random: this.#random,
      trace: this.trace,
      network: this.network,
      bucket: this.bucket,
      machines: this.machines,
      history: this.history,
      admitted: (upload) => this.#checks.guardAdmits(upload),
      ingestFailed: () => this.nemesis.count('ingest node'),
    });
    this.#deployment = this.#deploy();
    this.operator = new Operator({
      machines: this.machines,
      initialVoters: this.machines.slice(0, plan.voters),
      committedVoters: () => {
        const { voters } = this.#watch;
        return this.machines.filter(({ member }) => voters?.has(member) ?? member <= plan.voters);
      },
      client: this.#cast.client('operator').client,
      clock: this.#cast.clock(new ProcessScope('operator')),
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
      hosts: [
        ...this.machines.map(({ host }) => host),
        'client-1',
        'client-2',
        ...(this.#deployment?.hosts ?? ['ingest-1']),
      ],
      operator: this.operator,
      hurry: () => {
        for (const client of this.#clients) client.hurry();
      },
    });
    this.#demands = new Demands({
      loop: this.#loop,
      committed: this.committed,
      watch: this.#watch,
      bucket: this.bucket,
      operator: this.operator,
      history: this.history,
      checker: this.#cast.client('checker'),
      names: this.#names,
      ...(plan.parseable === undefined ? {} : { checkBucket: () => this.#checkParseable() }),
      isHeld: (prefix) => this.#deployment?.isHeld(prefix) ?? false,
      sweeps: plan.sweepAfterMs !== undefined,
      clock: this.#cast.clock(new ProcessScope('demands')),
      isLeftDown: (machine) => this.nemesis.isLeftDown(machine),
    });
  }

  /** `trouble` takes the nemesis's place: a story told by a test. */
  async run(trouble: () => void = () => this.nemesis.start()): Promise<RunResult> {
    const giveBack = this.#turns.take();
    try {
      return await this.#run(trouble);
    } finally {
      giveBack();
    }
  }

  async #run(trouble: () => void): Promise<RunResult> {
    const { encore, safetyMs, poisoned } = this.plan;
    for (const machine of this.operator.voters) machine.start();
    await this.#act({
      safetyMs,
      trouble,
      poisoned: poisoned ? ['s1/'] : [],
      isLast: !encore,
    });
    if (encore) {
      await this.#demands.untilReusable();
      this.trace.write('world', '--- encore ---');
      const again = (): void => this.nemesis.start();
      await this.#act({
        safetyMs: Math.min(safetyMs, ENCORE_MAX_MS),
        trouble: again,
        poisoned: [],
        isLast: true,
      });
    }
    if (this.#loop.violation === undefined) this.#checks.end();
    return this.#result();
  }

  /** A safety phase, the heal, and what is demanded then. `poisoned`: a prefix that the store denies for a while. */
  async #act({ safetyMs, trouble, poisoned, isLast }: Act): Promise<void> {
    const course = isLast && this.plan.encore ? ' again' : '';
    const clients = this.#cast.clients(course);
    const ingest = this.#cast.uploading(course);
    this.#clients = clients;
    const running = [...clients, ...ingest].map((each) => each.run());
    for (const each of running) each.catch((error: unknown) => this.#loop.surprised(error));
    await this.#loop.until(() => this.#leader() !== undefined, ANSWER_WITHIN_MS, 'a first leader');
    for (const prefix of poisoned) this.bucket.faults.deniedPrefixes.add(prefix);
    this.operator.start();
    this.#deployment?.begin(course);
    trouble();
    await this.#loop.advance(safetyMs);
    this.trace.write('world', '--- heal ---');
    this.operator.stop();
    this.nemesis.heal({ asleep: !isLast });
    this.#deployment?.heal();
    for (const prefix of poisoned) this.bucket.faults.deniedPrefixes.add(prefix);
    for (const each of [...clients, ...ingest]) each.stop();
    await this.#loop.done(Promise.all(running), ANSWER_WITHIN_MS, 'the end of all calls');
    const stubborn = this.#deployment?.stubbornNames.map(prefixOf) ?? [];
    await this.#demands.make([...poisoned, ...stubborn], () => {
      this.bucket.faults.deniedPrefixes.clear();
      void this.#deployment?.stop();
    });
    await this.#settleParseable();
    if (isLast) await this.#demands.makeLast();
  }

  /** Not an invariant: the nemesis wants to know of elections too. */
  readonly #elections: Invariant = {
    name: 'elections',
    source: '',
    watch: () => ({
      role: (machine, role) => {
        if (role === 'leader') this.nemesis.elected(machine);
      },
    }),
  };

  /** Nor this: what becomes of streams and objects, for the oracle of its own. */
  readonly #parseable: Invariant = {
    name: 'parseable',
    source: '',
    watch: () => ({
      committed: (_machine, made) => {
        this.#recordAdoption(made);
        this.#deployment?.quietNodes.committed(made);
        if (made.after !== undefined) this.#deployment?.oracle.committed(made.after);
      },
      uploadApplied: (key) => this.#deployment?.oracle.uploadApplied(key),
      deleteSent: ({ targets, lookedMs }) => this.#deployment?.oracle.deleteSent(targets, lookedMs),
      proposedByPurger: ({ command }) => {
        if (command.kind === 'adoptStream') this.#adopting(command.name);
      },
    }),
  };

  #adopting(name: string): void {
    if (!this.#adoptingSinceMs.has(name)) this.#adoptingSinceMs.set(name, this.scheduler.nowMs);
  }

  /** To callers it is a create by somebody else. */
  #recordAdoption({ command, after }: Committed): void {
    if (command?.envelope.command.kind !== 'adoptStream') return;
    const { name, prefix } = command.envelope.command;
    const callAt = this.#adoptingSinceMs.get(name) ?? 0;
    this.#adoptingSinceMs.delete(name);
    if (after?.state !== 'ACTIVE') return;
    const { incarnation, revision, state } = after;
    this.history.push({
      client: 'adoption',
      tenant: '',
      name,
      input: { kind: 'create', prefix },
      outcome: { kind: 'stream', incarnation, revision, state },
      callAt,
      returnAt: this.scheduler.nowMs,
    });
  }

  get #names(): readonly string[] {
    return Array.from({ length: this.plan.names }, (_, at) => `s${at + 1}`);
  }

  /** Nobody sends any more, and what nodes have staged is in the bucket. */
  async #settleParseable(): Promise<void> {
    const deployment = this.#deployment;
    if (deployment === undefined) return;
    await this.#loop.done(deployment.stop(), ANSWER_WITHIN_MS, 'the end of all events');
    await this.#loop.until(
      () => deployment.isQuiet,
      ANSWER_WITHIN_MS,
      'every event that stays to be uploaded',
    );
    if (this.#loop.violation === undefined) deployment.oracle.checkAcknowledged();
  }

  #checkParseable(): void {
    this.#deployment?.oracle.checkAcknowledged();
    if (this.#loop.violation === undefined) this.#deployment?.oracle.checkNothingLeft();
  }

  #leader(): Machine | undefined {
    return this.machines.find((machine) => machine.status?.role === 'leader');
  }

  // ------------------------------------------------------------------------------------- composition

  #deploy(): Deployment | undefined {
    const { plan, scheduler, trace, network, bucket } = this;
    if (plan.parseable === undefined) return undefined;
    return new Deployment({
      plan: plan.parseable,
      names: this.#names,
      scheduler,
      random: this.#random.fork('parseable'),
      trace,
      network,
      bucket,
      endpoints: this.#cast.endpoints,
      transport: (host, scope) => this.#cast.transport(host, scope),
      clockErrorMs: CLOCK_ERROR_MAX_MS,
      isConditional: plan.fence === 'condition',
      client: this.#cast.client('caretaker').client,
      streams: () => [...this.committed.streams.values()],
      adopting: (name) => this.#adopting(name),
      violated: (violation) => this.#loop.violated(violation),
      surprised: (error) => this.#loop.surprised(error),
    });
  }

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
        maxMessageBytes: plan.maxMessageBytes,
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
      sweepAfterMs: plan.sweepAfterMs,
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
      spoke: (machine, item) => this.nemesis.sent(machine, item),
      died: (host) => this.#hintDeath(host),
      violated: (violation) => {
        this.#loop.violated(violation);
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

  /** What became of purged prefixes. */
  #aftermath(): Record<string, number> {
    const lives = [...this.committed.lives.values()];
    const purged = lives.filter(({ state }) => state === 'PURGED');
    const owners = new Map<string, number>();
    for (const { prefix } of lives) owners.set(prefix, (owners.get(prefix) ?? 0) + 1);
    return {
      'swept, something found': purged.filter(({ sweep }) => sweep.objectsFound > 0).length,
      'swept, nothing found': purged.filter(({ sweep }) => sweep.done > 0 && sweep.objectsFound === 0).length,
      forgotten: purged.filter(({ incarnation }) => !this.committed.streams.has(incarnation)).length,
      'owned again': [...owners.values()].reduce((again, count) => again + count - 1, 0),
    };
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
    add(this.#deployment?.counts ?? {}, 'parseable: ');
    add(this.#aftermath(), 'purged: ');
    return {
      violation: this.#loop.violation,
      machines: this.machines
        .filter((machine) => this.operator.isWanted(machine))
        .map((machine) => machine.describe()),
      trace: this.trace.lines,
      events: this.scheduler.executed,
      virtualMs: this.scheduler.nowMs,
      committed: this.committed.lastIndex,
      calls: this.history.length,
      purged: [...this.committed.lives.values()].filter(({ state }) => state === 'PURGED').length,
      undecided: this.#demands.undecided,
      faults,
    };
  }
}

export async function simulate(plan: Plan, options: RunOptions): Promise<RunResult> {
  return new World(plan, options).run();
}
