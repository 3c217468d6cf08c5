/**
 * One machine: a disk, clocks with their errors, and at most one process of the production node on it, from
 * opening the directory to the last timer. It starts, dies, pauses and comes back as the nemesis wants.
 */
import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import { decodeStream } from '../../src/catalog/record-codec.js';
import { streamKey } from '../../src/catalog/keys.js';
import { readSummary } from '../../src/catalog/queries.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import { handshakeInfo } from '../../src/node/bootstrap.js';
import { asFatal, SextonNode } from '../../src/node/node.js';
import { resolveNodeOptions, type NodeSettings } from '../../src/node/options.js';
import type { PeerItem } from '../../src/node/transport/transport.js';
import type { PurgeOptions } from '../../src/purge/options.js';
import { startPurger, type Purger } from '../../src/purge/purger.js';
import { IDLE_PURGES } from '../../src/purge/purge-status.js';
import type { MemberId } from '../../src/raft/types.js';
import { Calls } from '../../src/server/calls.js';
import { AuditRunner } from '../../src/server/audit-storage.js';
import { ingestService } from '../../src/server/ingest-service.js';
import { LeaderRouter } from '../../src/server/leader-router.js';
import { SERVER_LIMITS } from '../../src/server/limits.js';
import { storageService } from '../../src/server/storage-service.js';
import { streamService } from '../../src/server/stream-service.js';
import { assertDefined } from '../../src/shared/assert.js';
import { SextonError } from '../../src/shared/errors.js';
import { FatalError } from '../../src/shared/fatal.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { openNodeStorageIn } from '../../src/storage/open-node-storage.js';
import type { SimulatedDisk } from './disk.js';
import { LogMirror } from './log-mirror.js';
import type { Network } from './network.js';
import type { SimulatedBucket } from './object-store.js';
import { ObservedPurge } from './observed-purge.js';
import { observeStorage } from './observed-storage.js';
import type { Checks, ObservedMachine } from './observer.js';
import { SimulatedTransport, type PeerDirectory } from './peer-transport.js';
import type { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';
import { SimulatedClock, type MachineClock } from './simulated-clock.js';
import type { Trace } from './trace.js';
import type { Listener } from './client-transport.js';
import { Violation } from './violation.js';

export interface MachineDeps {
  readonly member: MemberId;
  readonly settings: NodeSettings;
  readonly purge: PurgeOptions;
  /** Undefined: the default. */
  readonly sweepAfterMs: readonly number[] | undefined;
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly peers: PeerDirectory;
  readonly disk: SimulatedDisk;
  readonly bucket: SimulatedBucket;
  readonly clock: MachineClock;
  readonly random: Prng;
  readonly trace: Trace;
  readonly checks: Required<Checks>;
  /** It has just sent something to another member. */
  readonly spoke: (machine: Machine, item: PeerItem) => void;
  /** The process on this host is gone, however it ended. */
  readonly died: (host: string) => void;
  /** A broken promise, found in the middle of the node's own code. */
  readonly violated: (violation: Violation) => void;
}

interface Process {
  readonly scope: ProcessScope;
  readonly transport: SimulatedTransport;
  readonly deathListeners: Set<() => void>;
  storage?: NodeStorage;
  node?: SextonNode;
  handlers?: UntypedServiceImplementation;
  purger?: Purger;
}

/** How a process ended by itself. */
export interface Ending {
  readonly kind: FatalError['kind'];
  readonly message: string;
}

/** Of whoever names none; nobody here does. */
const GRACE_PERIOD_MS = 60_000;
/** A process takes a moment to start; long enough to be killed while it does. */
const SPAWN_MS = 20;

export class Machine implements ObservedMachine {
  readonly deps: MachineDeps;
  readonly host: string;
  written = new LogMirror();
  durable = new LogMirror();
  durableBeforeWipe: LogMirror | undefined;
  #process: Process | undefined;
  #lives = 0;
  /** Set when the process ended by itself, until it is started again. */
  ending: Ending | undefined;

  constructor(deps: MachineDeps) {
    this.deps = deps;
    this.host = `node-${deps.member}`;
  }

  get member(): MemberId {
    return this.deps.member;
  }

  get disk(): SimulatedDisk {
    return this.deps.disk;
  }

  get clock(): MachineClock {
    return this.deps.clock;
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  get isPaused(): boolean {
    return this.#process?.scope.isPaused === true;
  }

  get node(): SextonNode | undefined {
    return this.#process?.node;
  }

  get storage(): NodeStorage | undefined {
    return this.#process?.storage;
  }

  get transport(): SimulatedTransport | undefined {
    return this.#process?.transport;
  }

  get status(): ObservedMachine['status'] {
    const engine = this.#process?.node?.engine;
    if (engine === undefined) return undefined;
    const { core, applier } = engine;
    return {
      role: core.role,
      term: core.term,
      leader: core.leader,
      commitIndex: core.commitIndex,
      appliedIndex: applier.appliedIndex,
      configuration: core.configuration,
    };
  }

  get listener(): Listener | undefined {
    const process = this.#process;
    const handlers = process?.handlers;
    if (process === undefined || handlers === undefined) return undefined;
    return {
      host: this.host,
      scope: process.scope,
      handlers,
      onDeath: (listener) => {
        process.deathListeners.add(listener);
        return () => process.deathListeners.delete(listener);
      },
    };
  }

  appliedStream(incarnation: number): StreamRecord | undefined {
    const bytes = this.#process?.storage?.catalog.get(streamKey(incarnation));
    return bytes === undefined ? undefined : decodeStream(bytes);
  }

  start(): void {
    if (this.#process !== undefined) return;
    this.ending = undefined;
    const life = ++this.#lives;
    const scope = new ProcessScope(`${this.host}.${life}`);
    const process: Process = {
      scope,
      deathListeners: new Set(),
      transport: new SimulatedTransport({
        host: this.host,
        member: this.member,
        scope,
        scheduler: this.deps.scheduler,
        network: this.deps.network,
        peers: this.deps.peers,
        info: (to) =>
          process.node?.engine?.membership.handshakeInfo(to) ??
          handshakeInfo(assertDefined(process.storage, 'no storage yet'), to),
        onSend: (to, item) => {
          this.deps.checks.sent(this, to, item);
          this.deps.spoke(this, item);
        },
      }),
    };
    this.#process = process;
    this.deps.trace.write(this.host, () => `starts, life ${life}`);
    this.deps.scheduler.after(SPAWN_MS, () => {
      scope.enter(() => {
        this.#run(process, life).catch((error: unknown) => this.#ended(process, error));
      });
    });
  }

  /** `power`: what was not synced may be lost. */
  crash(kind: 'process' | 'power'): void {
    const process = this.#process;
    if (process === undefined) return;
    this.deps.trace.write(this.host, `dies (${kind})`);
    this.#bury(process, kind);
  }

  /** A new disk is put in. */
  wipe(): void {
    this.deps.disk.wipe();
    this.durableBeforeWipe ??= this.durable;
    this.written = new LogMirror();
    this.durable = new LogMirror();
  }

  pause(): void {
    this.deps.trace.write(this.host, 'stops (SIGSTOP)');
    this.#process?.scope.pause();
  }

  resume(): void {
    this.deps.trace.write(this.host, 'goes on (SIGCONT)');
    this.#process?.scope.resume();
  }

  /** An orderly end: leadership is handed over, everything is closed. */
  async stop(): Promise<void> {
    const process = this.#process;
    if (process?.node === undefined) {
      this.crash('process');
      return;
    }
    try {
      await process.node.stop();
      if (this.#process === process) this.#bury(process, 'process');
    } catch (error) {
      this.#ended(process, error);
    }
  }

  /** One line for a failure report. */
  describe(): string {
    if (this.ending !== undefined) return `${this.host} ended: ${this.ending.kind}`;
    const { status } = this;
    if (status === undefined) return `${this.host} ${this.isUp ? 'is starting' : 'is down'}`;
    const { role, term, leader, commitIndex, appliedIndex, configuration } = status;
    const voters = configuration.voters.map(({ id }) => id).join(' ');
    return (
      `${this.host} ${role}${this.isPaused ? ' (paused)' : ''} term ${term} leader ${leader} ` +
      `commit ${commitIndex} applied ${appliedIndex} last ${this.written.lastIndex} voters [${voters}]`
    );
  }

  async #run(process: Process, life: number): Promise<void> {
    const { deps } = this;
    const { scope, transport } = process;
    const random = deps.random.fork(`life ${life}`);
    const logger = deps.trace.logger(this.host);
    const { clusterId, memberId } = deps.settings;
    const storage = await openNodeStorageIn(
      deps.disk.environment(scope, { directory: `/${this.host}`, memberId }),
      {
        directory: `/${this.host}`,
        clusterId,
        memberId,
        logger,
        makeDirectoryId: () => hex(deps.random, 32),
      },
    );
    process.storage = storage;
    this.#recovered(storage);
    observeStorage(storage, this, deps.checks);
    const clock = new SimulatedClock(deps.scheduler, scope, deps.clock);
    const observed = new ObservedPurge(this, scope, deps.checks);
    const store = deps.bucket.store(scope, this.host, clock);
    const node = new SextonNode({
      options: resolveNodeOptions(deps.settings),
      storage,
      transport,
      clock,
      random,
      defer: (callback) => {
        deps.scheduler.after(0, () => scope.enter(callback));
      },
      boot: life * 1_000 + this.member,
      logger,
      version: 'simulated',
      startService: (cluster, signal) => {
        process.purger = startPurger({
          cluster: observed.cluster(cluster),
          store: observed.store(store),
          clock,
          random,
          logger,
          options: deps.purge,
          ...(deps.sweepAfterMs === undefined ? {} : { sweepAfterMs: deps.sweepAfterMs }),
          signal,
        });
        return process.purger;
      },
      purgeStatus: () => process.purger?.status() ?? IDLE_PURGES,
      objectStoreDescription: 'simulated',
      directory: `/${this.host}`,
      fatal: (error) => this.#ended(process, error),
    });
    process.node = node;
    const calls = new Calls({
      clock,
      logger,
      limits: SERVER_LIMITS,
      metrics: { requestFinished: () => undefined },
      stopping: new AbortController().signal,
    });
    const leader = new LeaderRouter(node);
    const seenBy = { auditFinished: () => undefined };
    const audits = new AuditRunner(node, clock, { store, random, metrics: seenBy }, GRACE_PERIOD_MS);
    process.handlers = {
      ...streamService({ node, calls, limits: SERVER_LIMITS, defaultGracePeriodMs: GRACE_PERIOD_MS }),
      ...storageService({ node, calls, leader, clock, audits }),
      ...ingestService({ node, calls, leader, clock }),
    };
    await node.start();
  }

  /** What the directory holds is what it held when the process before died, or the promise is broken. */
  #recovered(storage: NodeStorage): void {
    const { log, hardState, appliedIndex } = storage;
    this.deps.checks.opened(this, {
      appliedIndex,
      digest: readSummary(storage.catalog).digest,
      hardState,
      start: log.start.index,
      lastIndex: log.lastIndex,
      termAt: (index) => log.termAt(index),
    });
    const recovered = new LogMirror();
    recovered.reset(log.start.index, log.start.term);
    for (let index = log.start.index + 1; index <= log.lastIndex; index++) {
      recovered.put({ index, term: assertDefined(log.termAt(index), `no term at ${index}`) });
    }
    recovered.hardState = hardState;
    this.durable = recovered;
    this.written = recovered.copy();
  }

  #ended(process: Process, error: unknown): void {
    if (!process.scope.isAlive) return;
    // A start that was cut short by an orderly stop.
    if (error instanceof SextonError && error.reason === 'NODE_STOPPING') return;
    const fatal = asFatal(error);
    this.ending = { kind: fatal.kind, message: fatal.message };
    this.deps.trace.write(
      this.host,
      () => `ends by itself: ${fatal.kind} ${fatal.message.split('\n')[0] ?? ''}`,
    );
    if (fatal.kind === 'BUG') {
      this.deps.violated(
        new Violation('a node never fails by a bug of its own', `${this.host}: ${fatal.message}`, {
          cause: error,
        }),
      );
    }
    this.#bury(process, 'process');
  }

  #bury(process: Process, kind: 'process' | 'power'): void {
    this.#process = undefined;
    process.scope.kill();
    this.deps.disk.crash(kind);
    process.transport.breakStreams();
    for (const listener of process.deathListeners) listener();
    this.deps.died(this.host);
  }
}

function hex(random: Prng, digits: number): string {
  return Array.from({ length: digits }, () => random.between(0, 15).toString(16)).join('');
}
