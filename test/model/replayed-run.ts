/**
 * A run written by hand, step by step, for the tests of the replay: the log is applied by the production catalog, and
 * what the replay has to say about each step is kept. `forge` plays a catalog that answers what it should not.
 */
import { lifeStateOf, type LifeState } from '../../src/catalog/lifecycle.js';
import { readStreamByIncarnation } from '../../src/catalog/queries.js';
import type { Command, CommandResult, StreamRecord } from '../../src/catalog/types.js';
import { assertDefined } from '../../src/shared/assert.js';
import {
  adopt,
  beginDrain,
  beginPurge,
  beginSweep,
  create,
  expireSession,
  forget,
  markDeleted,
  markPurged,
  openSession,
  recordSweep,
  TestCatalog,
  undelete,
} from '../catalog/support/memory-catalog.js';
import type { Proof } from './guards.js';
import { Replay } from './replay.js';

const GRACE_MS = 60_000;
const FENCE_MS = 90_000;
const SWEEP_AFTER_MS = 3_600_000;

export type Forged =
  | { readonly kind: 'create'; readonly name: string; readonly prefix: string }
  | {
      readonly kind: 'move';
      readonly life: number;
      readonly command: 'markDeleted' | 'undelete' | 'beginDrain' | 'beginPurge';
      readonly to: Exclude<LifeState, 'ABSENT'>;
      /** Of beginPurge; default: the present one. */
      readonly drain?: number;
    }
  | { readonly kind: 'sessionGoes'; readonly session: number };

/** What sessions have reported to the leader that proposes a purge. */
export interface Reports {
  /** Those that have reported everything. */
  readonly drained?: readonly number[];
  /** Those that the leader knows too, and that have reported nothing. */
  readonly behind?: readonly number[];
  readonly isTakenUp?: boolean;
}

interface Sent {
  readonly seen?: LifeState;
  readonly isConfirmed?: boolean;
  readonly isLookedAt?: boolean;
}

export class ReplayedRun {
  /** Of the steps that the model does not allow. */
  readonly verdicts: string[] = [];
  readonly #replay = new Replay();
  readonly #catalog = new TestCatalog();

  get lastIndex(): number {
    return this.#catalog.index;
  }

  wait(durationMs: number): void {
    this.#catalog.nowMs += durationMs;
  }

  drainOf(life: number): number {
    return this.#record(life).drainRevision;
  }

  // -------------------------------------------------------------------------------- streams

  /** 0: refused. */
  create(name: string, prefix = ''): number {
    const result = this.#commit(create(name, { prefix }));
    return result.ok ? (result.stream?.incarnation ?? 0) : 0;
  }

  delete(life: number): void {
    this.#commit(markDeleted(this.#record(life).name, { gracePeriodMs: GRACE_MS }));
  }

  undelete(life: number): void {
    this.#commit(undelete(this.#record(life).name, { incarnation: life }));
  }

  /** A new life that was found below the prefix of a purged one. 0: refused. */
  adopted(name: string, prefix: string): number {
    const result = this.#commit(adopt(name, { prefix }));
    return result.ok ? (result.stream?.incarnation ?? 0) : 0;
  }

  forgotten(life: number): void {
    this.#commit(forget(life));
  }

  // -------------------------------------------------------------------------------- the purger

  drainBegins(life: number): void {
    const command = beginDrain(life);
    const seen = this.#stateOf(life);
    this.#note(this.#replay.proposed({ command, seen, proof: 'none', reports: undefined }));
    this.#commit(command);
  }

  proposesBegin(life: number, { drained = [], behind = [], isTakenUp = false }: Reports = {}): void {
    const all = [
      ...drained.map((id) => [id, this.lastIndex] as const),
      ...behind.map((id) => [id, 0] as const),
    ];
    this.#note(
      this.#replay.proposed({
        command: beginPurge(life, this.drainOf(life)),
        seen: this.#stateOf(life),
        proof: 'none',
        reports: { drained: new Map(all), isTakenUp },
      }),
    );
  }

  /** What {@link proposesBegin} has proposed is committed. */
  beginCommits(life: number): void {
    this.#commit(beginPurge(life, this.drainOf(life)));
  }

  /** From DELETED to PURGING. */
  purgeBegins(life: number, reports: Reports = {}): void {
    this.drainBegins(life);
    this.proposesBegin(life, reports);
    this.beginCommits(life);
  }

  sends(life: number, name: string, { seen, isConfirmed = true, isLookedAt = true }: Sent = {}): void {
    this.#note(
      this.#replay.deleteSent({
        keys: [this.#record(life).prefix + name],
        isConfirmed,
        seen: (of) => (of === life ? (seen ?? this.#stateOf(of)) : this.#stateOf(of)),
        isLookedAt: () => isLookedAt,
        expiresAtMs: this.#catalog.nowMs,
      }),
    );
  }

  sendsKey(key: string): void {
    this.#note(
      this.#replay.deleteSent({
        keys: [key],
        isConfirmed: true,
        seen: (of) => this.#stateOf(of),
        isLookedAt: () => true,
        expiresAtMs: this.#catalog.nowMs,
      }),
    );
  }

  lands(key: string): void {
    this.#note(this.#replay.deleteApplied([key], this.#catalog.nowMs));
  }

  deleteLands(life: number, name: string): void {
    this.sends(life, name);
    this.lands(this.#record(life).prefix + name);
  }

  purged(life: number, proof: Proof = 'empty'): void {
    const { nowMs } = this.#catalog;
    const command = markPurged(life, {
      reusableAfterMs: nowMs + FENCE_MS,
      nextSweepTimeMs: nowMs + SWEEP_AFTER_MS,
    });
    const seen = this.#stateOf(life);
    this.#note(this.#replay.proposed({ command, seen, proof, reports: undefined }));
    this.#commit(command);
  }

  sweepBegins(life: number): void {
    this.#commit(beginSweep(life, this.#catalog.nowMs + FENCE_MS));
  }

  sweepEnds(life: number): void {
    this.#commit(recordSweep(life));
  }

  // -------------------------------------------------------------------------------- ingest nodes

  openSession(fields: { readonly coversEarlier?: boolean } = {}): number {
    this.#commit(openSession('ingest-1', fields));
    return this.lastIndex;
  }

  expire(session: number): void {
    this.#commit(expireSession(session));
  }

  guardAdmits(sessionId: number, incarnation: number, viewRevision = this.lastIndex): void {
    this.#note(this.#replay.guardAdmits({ sessionId, incarnation, viewRevision }));
  }

  // -------------------------------------------------------------------------------- private

  forge(forged: Forged): void {
    const index = ++this.#catalog.index;
    const { command, stream } = this.#forged(forged, index);
    this.#took(index, command, { ok: true, changed: true, stream });
  }

  #forged(
    forged: Forged,
    index: number,
  ): { readonly command: Command; readonly stream: StreamRecord | undefined } {
    switch (forged.kind) {
      case 'create': {
        const { name, prefix } = forged;
        const template = this.#record(1);
        const stream: StreamRecord = { ...template, name, prefix, incarnation: index, state: 'ACTIVE' };
        return { command: create(name, { prefix }), stream };
      }
      case 'move': {
        const { life, to, drain = this.drainOf(life) } = forged;
        const record = this.#record(life);
        const commands = {
          markDeleted: markDeleted(record.name),
          undelete: undelete(record.name),
          beginDrain: beginDrain(life),
          beginPurge: beginPurge(life, drain),
        };
        return { command: commands[forged.command], stream: inState(record, to) };
      }
      case 'sessionGoes':
        return { command: expireSession(forged.session), stream: undefined };
    }
  }

  #commit(command: Command): CommandResult {
    const result = this.#catalog.apply(command);
    this.#took(this.lastIndex, command, result);
    return result;
  }

  #took(index: number, command: Command, result: CommandResult): void {
    this.#note(this.#replay.committed({ index, stampMs: this.#catalog.nowMs, command, result }));
  }

  #note(verdict: string | undefined): void {
    if (verdict !== undefined) this.verdicts.push(verdict);
  }

  #record(life: number): StreamRecord {
    return assertDefined(readStreamByIncarnation(this.#catalog.store, life), `no incarnation ${life}`);
  }

  #stateOf(life: number): LifeState {
    return lifeStateOf(readStreamByIncarnation(this.#catalog.store, life));
  }
}

function inState(record: StreamRecord, state: Exclude<LifeState, 'ABSENT'>): StreamRecord {
  if (state === 'DRAINING')
    return { ...record, state: 'PURGING', purge: { ...record.purge, phase: 'DRAINING' } };
  return { ...record, state, purge: { ...record.purge, phase: 'NONE' } };
}
