/**
 * What goes wrong, when and for how long. Each act has its end; `heal` ends them all at once. The nemesis may
 * take a majority away for a while, but never damages or wipes the disks of more than a minority: nothing could
 * be demanded of what is left.
 */
import { healthyDisk } from './disk.js';
import { healthyBucket, type BucketFaults, type SimulatedBucket } from './object-store.js';
import type { PeerItem } from '../../src/node/transport/transport.js';
import type { Message } from '../../src/raft/types.js';
import type { Machine } from './machine.js';
import type { Network, NetworkFaults } from './network.js';
import type { ObservedMachine } from './observer.js';
import type { Operator } from './operator.js';
import type { FaultKind, Plan } from './plan.js';
import type { Prng } from './prng.js';
import type { Scheduler } from './scheduler.js';
import type { Trace } from './trace.js';

export interface NemesisDeps {
  readonly plan: Plan;
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly trace: Trace;
  readonly network: Network;
  readonly networkFaults: NetworkFaults;
  readonly bucket: SimulatedBucket;
  readonly machines: readonly Machine[];
  /** Everything that has an end of a wire: nodes, clients. */
  readonly hosts: readonly string[];
  readonly operator: Operator;
  /** The clients call as fast as they can for a while. */
  readonly hurry: () => void;
}

/** A jump of a wall clock. What drift adds in a safety phase is a fifth of it. */
const JUMP_MAX_MS = 500;
/** Wall clocks are wrong by this much at most; grace periods allow for it. */
export const CLOCK_ERROR_MAX_MS = 700;
/** How often a process dies right after such a message. */
const DEATH_AFTER: Partial<Record<Message['kind'], number>> = {
  voteRequest: 0.03,
  voteResponse: 0.2,
  appendResponse: 0.002,
  appendRequest: 0.001,
  timeoutNow: 0.1,
};
/** After the heal. */
const WRONG_ANSWERS_MS = 10_000;
/** A process that ended by itself is started again after this, as a supervisor would. */
const RESTART_MS = 700;

export class Nemesis {
  readonly #deps: NemesisDeps;
  readonly counts: Partial<Record<FaultKind, number>> = {};
  /** What ends each act that is still going on. */
  readonly #undo = new Set<() => void>();
  /** Kept down until the run is over. */
  readonly #left = new Set<Machine>();
  #active = false;
  #supervises = false;

  constructor(deps: NemesisDeps) {
    this.#deps = deps;
  }

  /** Again, too: whoever was left away comes back into the trouble. */
  start(): void {
    this.#active = true;
    for (const machine of this.#left) if (machine.isPaused) machine.resume();
    this.#left.clear();
    this.#next();
    if (!this.#supervises) this.#supervise();
    this.#supervises = true;
  }

  /**
   * The end of the trouble. A random minority may stay as it is, dead or cut off: whatever is promised holds
   * without it. `asleep`: or stopped (SIGSTOP), with all that it was about to do when it is woken.
   */
  heal({ asleep }: { readonly asleep: boolean }): void {
    const { scheduler, random, machines, network, trace, plan, networkFaults, bucket } = this.#deps;
    this.#active = false;
    for (const end of [...this.#undo]) end();
    network.healAll();
    Object.assign(networkFaults, {
      latencyMs: plan.networkLatencyMs,
      loss: 0,
      duplication: 0,
      reordering: 0,
    });
    Object.assign(bucket.faults, healthyBucket());
    // Most purges run now: answers go on to be wrong about a few keys for a while, which holds nothing up for long.
    if (plan.faults.includes('faulty store')) {
      bucket.faults.keyUnaccountedProbability = 0.5;
      scheduler.after(WRONG_ANSWERS_MS, () => {
        bucket.faults.keyUnaccountedProbability = 0;
      });
    }
    const { operator } = this.#deps;
    const spareable = Math.floor((operator.voters.length - 1) / 2) - operator.doubtfulVoters.length;
    const candidates = machines.filter((machine) => operator.isVoter(machine) && !operator.isLost(machine));
    const left =
      spareable > 0 && !operator.isChanging && random.chance(0.3)
        ? random.shuffle(candidates).slice(0, spareable)
        : [];
    // A leader is the one that has deletes in its hand.
    const leader = candidates.find((machine) => machine.status?.role === 'leader');
    if (asleep && spareable > 0 && !operator.isChanging && leader !== undefined && random.chance(0.5)) {
      left[0] = leader;
    }
    for (const machine of new Set(left)) {
      this.#left.add(machine);
      if (asleep && random.chance(0.7)) {
        if (!machine.isPaused) machine.pause();
        continue;
      }
      trace.write('nemesis', () => `${machine.host} stays away`);
      machine.crash('process');
    }
    for (const machine of machines) {
      Object.assign(machine.disk.faults, { ...healthyDisk(), syncMs: plan.diskSyncMs });
      machine.disk.endStall();
      // A percent adds up to more than any margin in the minutes that follow.
      machine.clock.rate = 1;
      if (machine.isPaused && !this.#left.has(machine)) machine.resume();
    }
  }

  isLeftDown(machine: Machine): boolean {
    return this.#left.has(machine);
  }

  /**
   * A process that dies right after it has said something: the moment in which what it said and what its disk
   * knows are most likely to differ.
   */
  sent(machine: Machine, item: PeerItem): void {
    const { random, plan, scheduler } = this.#deps;
    if (!this.#active || item.kind !== 'message') return;
    if (!plan.faults.includes('power loss') && !plan.faults.includes('crash')) return;
    if (!random.chance(DEATH_AFTER[item.message.kind] ?? 0)) return;
    const cause = plan.faults.includes('power loss') ? 'power loss' : 'crash';
    this.count(cause);
    scheduler.after(0, () => {
      machine.crash(cause === 'crash' ? 'process' : 'power');
      // Back at once, in the middle of the same election, or later.
      if (random.chance(0.5)) machine.start();
      else this.#hold(machine, random.between(0, 1_500));
    });
  }

  /**
   * A leader that is new to its term has entries of earlier ones that may be lost still, and does not know what
   * is committed: where commits, reads and membership changes have gone wrong before.
   */
  elected(leader: ObservedMachine): void {
    const { random, plan, operator, machines, scheduler } = this.#deps;
    if (!this.#active) return;
    const changes = plan.faults.includes('membership') && random.chance(0.5);
    if (plan.faults.includes('young leader')) {
      this.count('young leader');
      // It stays so for a while: what it appends waits for the disks of the others.
      if (random.chance(0.5))
        for (const each of machines) if (each !== leader) each.disk.stall(random.between(10, 400));
      if (random.chance(0.4)) {
        const victim = machines.find((each) => each === leader);
        const forMs = 2 * (plan.networkLatencyMs + plan.diskSyncMs) * random.next();
        scheduler.after(forMs, () => {
          if (!this.#active || victim === undefined) return;
          victim.crash(random.pick(['process', 'power']));
          if (random.chance(0.3)) victim.start();
          else this.#hold(victim, random.between(0, 1_500));
        });
      }
    }
    if (!changes) return;
    this.count('membership');
    if (operator.voters.length <= 3 || random.chance(0.5)) {
      void operator.changeMembership(random);
      return;
    }
    // It has heard from the others by then, and their disks may not have what it has appended.
    scheduler.after(3 * plan.networkLatencyMs * (1 + random.next()), () => {
      if (this.#active) void operator.takeOutAtOnce(random);
    });
  }

  /** One more of this kind was done. */
  count(kind: FaultKind): void {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
  }

  #next(): void {
    const { scheduler, random, plan } = this.#deps;
    if (plan.faults.length === 0) return;
    scheduler.after(2 * plan.faultEveryMs * random.next(), () => {
      if (!this.#active) return;
      const kind = random.pick(plan.faults);
      // Ingest nodes count their own, which happen at their own times.
      if (kind !== 'ingest node') this.count(kind);
      this.#act(kind);
      this.#next();
    });
  }

  /** Starts what is down for no reason, until the end of the run. */
  #supervise(): void {
    const { scheduler, machines, operator } = this.#deps;
    scheduler.after(RESTART_MS, () => {
      for (const machine of machines) {
        const wanted = operator.isWanted(machine) && !operator.isLost(machine) && !this.#left.has(machine);
        if (wanted && !machine.isUp && !this.#isHeld(machine)) machine.start();
      }
      this.#supervise();
    });
  }

  readonly #held = new Map<Machine, number>();

  #isHeld(machine: Machine): boolean {
    return (this.#held.get(machine) ?? 0) > 0;
  }

  /** Keeps the machine down for a while. */
  #hold(machine: Machine, forMs: number): void {
    this.#held.set(machine, (this.#held.get(machine) ?? 0) + 1);
    this.#for(forMs, () => {
      this.#held.set(machine, (this.#held.get(machine) ?? 1) - 1);
    });
  }

  #act(kind: FaultKind): void {
    const { random, trace, network, networkFaults, bucket, operator, hosts } = this.#deps;
    const machine = random.pick(this.#deps.machines.filter((each) => operator.isWanted(each)));
    const note = (text: string): void => {
      trace.write('nemesis', `${kind}: ${text}`);
    };
    switch (kind) {
      case 'crash':
        machine.crash('process');
        this.#hold(machine, random.between(0, 3_000));
        return;
      case 'power loss': {
        const all = random.chance(0.15);
        for (const each of all ? this.#deps.machines : [machine]) {
          each.crash('power');
          this.#hold(each, random.between(0, 3_000));
        }
        return;
      }
      case 'pause':
        if (!machine.isUp || machine.isPaused) return;
        machine.pause();
        this.#for(random.between(50, 8_000), () => {
          if (machine.isPaused) machine.resume();
        });
        return;
      case 'one-way cut': {
        const [a, b] = random.shuffle(hosts);
        if (a === undefined || b === undefined) return;
        note(`${a} does not reach ${b}`);
        network.cut(a, b);
        this.#for(random.between(200, 8_000), () => network.mend(a, b));
        return;
      }
      case 'partition': {
        const shuffled = random.shuffle(hosts);
        const cut = random.between(1, shuffled.length - 1);
        this.#split(shuffled.slice(0, cut), shuffled.slice(cut), random.between(500, 10_000));
        return;
      }
      case 'bridge': {
        const [bridge, ...rest] = random.shuffle(this.#deps.machines.map(({ host }) => host));
        const half = Math.floor(rest.length / 2);
        note(`only ${bridge ?? ''} reaches everybody`);
        this.#split(rest.slice(0, half), rest.slice(half), random.between(1_000, 10_000));
        return;
      }
      case 'leader cut off': {
        // Some clients still reach it, and only it. The members are told at once, or find out by waiting.
        const leader = this.#deps.machines.find((each) => each.status?.role === 'leader');
        if (leader === undefined) return;
        const others = this.#deps.machines.filter((each) => each !== leader);
        const clients = hosts.filter((host) => !this.#deps.machines.some((each) => each.host === host));
        const [near, far] = halves(clients, random);
        this.#split(
          [leader.host, ...near],
          [...others.map(({ host }) => host), ...far],
          random.between(200, 6_000),
        );
        if (random.chance(0.5)) for (const other of others) other.transport?.hintUnreachable(leader.host);
        this.#deps.hurry();
        return;
      }
      case 'young leader': {
        // To have one, the others must think that theirs is gone. What it has committed they hear late, or never.
        const leader = this.#deps.machines.find((each) => each.status?.role === 'leader');
        if (leader === undefined) return;
        const others = this.#deps.machines.filter((each) => each !== leader);
        const lagMs = random.chance(0.5) ? random.between(20, 400) : 0;
        for (const other of others) network.slow(leader.host, other.host, lagMs);
        this.#for(3 * lagMs, () => {
          for (const other of others) network.slow(leader.host, other.host, 0);
          if (!this.#active) return;
          this.#split(
            [leader.host],
            others.map(({ host }) => host),
            random.between(50, 1_500),
          );
          for (const other of others) other.transport?.hintUnreachable(leader.host);
        });
        return;
      }
      case 'slow link': {
        const [a, b] = random.shuffle(hosts);
        if (a === undefined || b === undefined) return;
        const extraMs = random.between(20, 800);
        note(`${a} to ${b} takes ${extraMs} ms more`);
        network.slow(a, b, extraMs);
        this.#for(random.between(500, 6_000), () => network.slow(a, b, 0));
        return;
      }
      case 'lossy network':
        note('begins');
        networkFaults.loss = random.pick([0.02, 0.1, 0.3]);
        networkFaults.duplication = random.pick([0, 0.1, 0.3]);
        networkFaults.reordering = random.pick([0, 0.2, 0.8]);
        this.#for(random.between(500, 8_000), () => {
          networkFaults.loss = 0;
          networkFaults.duplication = 0;
          networkFaults.reordering = 0;
        });
        return;
      case 'clock jump':
        machine.clock.offsetMs = random.between(-JUMP_MAX_MS, JUMP_MAX_MS);
        note(`${machine.host} is ${machine.clock.offsetMs} ms off`);
        return;
      case 'clock drift':
        machine.clock.rate = 1 + random.between(-10, 10) / 1_000;
        note(`${machine.host} runs at ${machine.clock.rate}`);
        return;
      case 'disk stall':
        note(machine.host);
        machine.disk.stall(random.between(100, 8_000));
        return;
      case 'disk full':
        note(machine.host);
        machine.disk.faults.isFull = true;
        this.#for(random.between(500, 5_000), () => {
          machine.disk.faults.isFull = false;
        });
        return;
      case 'disk error':
        note(machine.host);
        machine.disk.faults.syncErrorProbability = 0.05;
        machine.disk.faults.writeErrorProbability = 0.02;
        this.#for(random.between(500, 3_000), () => {
          machine.disk.faults.syncErrorProbability = 0;
          machine.disk.faults.writeErrorProbability = 0;
        });
        return;
      case 'bit flip': {
        if (!operator.mayLose(machine)) return;
        machine.crash(random.pick(['process', 'power']));
        const flipped = machine.disk.flipBit();
        note(`${machine.host}: ${flipped === undefined ? 'nothing to flip' : JSON.stringify(flipped)}`);
        this.#hold(machine, random.between(0, 1_000));
        if (flipped !== undefined) operator.suspect(machine);
        return;
      }
      case 'wiped disk':
        if (!operator.mayLose(machine)) return;
        machine.crash('power');
        machine.wipe();
        operator.lose(machine, 'wiped');
        // It is started all the same: it must refuse, not begin anew (S6).
        machine.start();
        return;
      case 'membership':
        void operator.changeMembership(random);
        return;
      case 'transfer':
        void operator.transfer(random);
        return;
      case 'false hint': {
        const other = random.pick(this.#deps.machines);
        note(`${machine.host} thinks ${other.host} is gone`);
        machine.transport?.hintUnreachable(other.host);
        return;
      }
      case 'orderly stop':
        if (!machine.isUp || machine.isPaused) return;
        note(machine.host);
        this.#hold(machine, random.between(300, 4_000));
        void machine.stop();
        return;
      case 'throttled store':
        bucket.faults.throttleProbability = random.pick([0.1, 0.5]);
        this.#for(random.between(500, 8_000), () => {
          bucket.faults.throttleProbability = 0;
        });
        return;
      case 'faulty store':
        misbehave(bucket.faults, random);
        // What was sent in the first phase may arrive in the second.
        if (this.#deps.plan.encore) bucket.faults.lateLandingMaxMs = 120_000;
        note(JSON.stringify(bucket.faults));
        this.#for(random.between(500, 10_000), () => Object.assign(bucket.faults, healthyBucket()));
        return;
      case 'store outage':
        bucket.faults.isDown = true;
        this.#for(random.between(200, 5_000), () => {
          bucket.faults.isDown = false;
        });
        return;
      case 'ingest node':
        // They fail by themselves: `session-ingest.ts`.
        return;
      case 'purge paused':
        void operator.pausePurges(random);
        return;
    }
  }

  #split(left: readonly string[], right: readonly string[], forMs: number): void {
    const { network, trace } = this.#deps;
    trace.write('nemesis', () => `partition: ${left.join(' ')} | ${right.join(' ')}`);
    for (const a of left) {
      for (const b of right) {
        network.cut(a, b);
        network.cut(b, a);
      }
    }
    this.#for(forMs, () => {
      for (const a of left) {
        for (const b of right) {
          network.mend(a, b);
          network.mend(b, a);
        }
      }
    });
  }

  #for(forMs: number, end: () => void): void {
    const once = (): void => {
      if (this.#undo.delete(once)) end();
    };
    this.#undo.add(once);
    this.#deps.scheduler.after(forMs, once);
  }
}

function halves(hosts: readonly string[], random: Prng): [string[], string[]] {
  const sides: [string[], string[]] = [[], []];
  for (const host of hosts) sides[random.chance(0.5) ? 0 : 1].push(host);
  return sides;
}

/** A few kinds of misbehaviour at once. */
function misbehave(faults: BucketFaults, random: Prng): void {
  const kinds = [
    'spikeProbability',
    'errorBeforeProbability',
    'errorAfterProbability',
    'lostRequestProbability',
    'lostAnswerProbability',
    'lateLandingProbability',
    'duplicateProbability',
    'smallPageProbability',
    'emptyPageProbability',
    'keyThrottleProbability',
    'keyErrorProbability',
    'keyUnaccountedProbability',
    'keyLieProbability',
  ] as const;
  for (const kind of random.shuffle(kinds).slice(0, random.between(1, 4))) {
    faults[kind] = random.pick([0.05, 0.3, 0.7]);
  }
  // A 200 that is not what it seems: what no other fault is like (P4, P6).
  if (random.chance(0.4))
    faults[random.pick(['keyUnaccountedProbability', 'keyLieProbability'] as const)] = 0.7;
}
