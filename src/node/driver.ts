/**
 * The one caller of the consensus core. Inputs gather during a turn of the event loop; then the core is
 * drained once and its effects go to the parts that carry them out:
 *
 *     inputs --> core --> Effects --+--> transport      sendNow
 *                                   +--> LogWriter      truncate, append, hard state; then sendAfterPersist
 *                                   +--> Applier        committed
 *                                   +--> Reads          readStates
 *                                   +--> Snapshots      snapshotsToSend
 *                                   +--> onRoleChange   leader services, open proposals
 *
 * What they finish comes back as inputs (`persisted`, `applied`, ...). The driver itself never waits.
 */
import type { RaftCore } from '../raft/core.js';
import type { Effects, EntryPayload, Input, Message, RoleChange, StepOutcome } from '../raft/types.js';
import type { Logger } from '../shared/logger.js';
import type { Applier } from './applier.js';
import type { LogWriter } from './log-writer.js';
import type { Leadership, Proposals } from './proposals.js';
import type { Reads } from './reads.js';
import type { SnapshotSender } from './snapshot-sender.js';
import type { Transport } from './transport/transport.js';

export interface DriverDeps {
  readonly core: RaftCore;
  readonly transport: Transport;
  readonly logger: Logger;
  /** Runs the callback after the events that are already waiting: one turn gathers many inputs. */
  readonly defer: (callback: () => void) => void;
  readonly onRoleChange: (change: RoleChange) => void;
  readonly fatal: (error: unknown) => void;
}

/** The carriers of effects; they in turn feed the driver, hence set once after construction. */
export interface DriverParts {
  readonly writer: LogWriter;
  readonly applier: Applier;
  readonly proposals: Proposals;
  readonly reads: Reads;
  readonly snapshots: SnapshotSender;
}

/** Inputs that tell what has been done: the only ones taken while log and catalog are being replaced. */
const COMPLETIONS: ReadonlySet<Input['kind']> = new Set([
  'persisted',
  'applied',
  'compacted',
  'snapshotInstalled',
]);

export class Driver {
  readonly #deps: DriverDeps;
  #parts: DriverParts | undefined;
  #turnAsked = false;
  #suspended = false;
  #stopped = false;

  constructor(deps: DriverDeps) {
    this.#deps = deps;
  }

  start(parts: DriverParts): void {
    this.#parts = parts;
    this.wake();
  }

  get leadership(): Leadership {
    const { core } = this.#deps;
    return { isLeader: core.role === 'leader', leader: core.leader, term: core.term };
  }

  /** Feeds one input; its effects follow in this turn. Network and time stand still while suspended. */
  feed(input: Input): StepOutcome {
    if (this.#stopped) return { kind: 'refused', cause: 'this node is stopping' };
    if (this.#suspended && !COMPLETIONS.has(input.kind)) {
      return { kind: 'refused', cause: 'a snapshot is being installed' };
    }
    const outcome = this.#guard(() => this.#deps.core.step(input));
    this.wake();
    return outcome ?? { kind: 'refused', cause: 'this node has failed' };
  }

  /** Asks for a turn, once. */
  wake(): void {
    if (this.#turnAsked || this.#stopped) return;
    this.#turnAsked = true;
    this.#deps.defer(() => {
      this.#turnAsked = false;
      if (!this.#suspended)
        this.#guard(() => {
          this.#turn();
        });
    });
  }

  /**
   * Runs `action` while nothing is being written or applied and no message is taken: a snapshot may
   * then take the place of log and catalog (etcd #18055: snapshot and apply must be serial).
   */
  async exclusively<T>(action: () => Promise<T>): Promise<T> {
    const parts = this.#requireParts();
    this.#suspended = true;
    try {
      // Draining may commit more, and applying more may free the core to hand out more: until quiet.
      do {
        this.#turn();
        await parts.writer.idle();
        await parts.applier.idle();
      } while (this.#deps.core.hasEffects());
      return await action();
    } finally {
      this.#suspended = false;
      this.wake();
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  #turn(): void {
    if (this.#stopped) return;
    const parts = this.#requireParts();
    const { core } = this.#deps;
    if (parts.proposals.hasBatch) {
      parts.proposals.appendBatch(this.leadership, (payloads: readonly EntryPayload[]) =>
        core.step({ kind: 'propose', payloads }),
      );
    }
    if (parts.reads.hasBatch && core.leader !== 0) {
      core.step({ kind: 'readIndex', context: parts.reads.startRound() });
    }
    while (core.hasEffects()) this.#carryOut(parts, core.drain());
  }

  #carryOut(parts: DriverParts, effects: Effects): void {
    this.send(effects.sendNow);
    const { hardState, truncateFrom, entries, sendAfterPersist } = effects;
    if (
      hardState !== undefined ||
      truncateFrom !== undefined ||
      entries.length > 0 ||
      sendAfterPersist.length > 0
    ) {
      parts.writer.enqueue({ hardState, truncateFrom, entries, sendAfterPersist });
    }
    if (effects.roleChange !== undefined) {
      // Before results: a deposed leader's open proposals become unknown before anything is answered.
      parts.proposals.leadershipChanged(this.leadership);
      this.#deps.onRoleChange(effects.roleChange);
    }
    if (effects.committed.length > 0) parts.applier.enqueue(effects.committed);
    if (effects.readStates.length > 0) parts.reads.answered(effects.readStates);
    for (const { to, term } of effects.snapshotsToSend) parts.snapshots.start(to, term);
  }

  send(messages: readonly Message[]): void {
    for (const message of messages) this.#deps.transport.send(message.to, { kind: 'message', message });
  }

  #requireParts(): DriverParts {
    if (this.#parts === undefined) throw new Error('the driver was not started');
    return this.#parts;
  }

  /** An assertion that fails in the core is a bug: the node must not go on with what it left. */
  #guard<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.#stopped = true;
      this.#deps.fatal(error);
      return undefined;
    }
  }
}
