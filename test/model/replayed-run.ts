/**
 * A run written by hand, step by step, for the tests of the replay: the log is applied by the production catalog, and
 * what the replay has to say about each step is kept. `forge` plays a catalog that answers what it should not.
 */
import type { LifeState } from '../../src/catalog/lifecycle.js';
import { readStreamByIncarnation } from '../../src/catalog/queries.js';
import type { Command, CommandResult, StreamRecord } from '../../src/catalog/types.js';
import { assertDefined } from '../../src/shared/assert.js';
import {
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
import { Replay } from './replay.js';

const GRACE_MS = 60_000;
const FENCE_MS = 90_000;
const SWEEP_AFTER_MS = 3_600_000;

export type Forged =
  | { readonly kind: 'create'; readonly name: string; readonly prefix: string }
  | {
      readonly kind: 'move';
      readonly life: number;
      readonly command: 'markDeleted' | 'undelete' | 'beginPurge';
      readonly to: StreamRecord['state'];
      /** Of beginPurge; default: the present one. */
      readonly tombstone?: number;
    }
  | { readonly kind: 'sessionGoes'; readonly session: number };

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

  tombstoneOf(life: number): number {
    return this.#record(life).tombstoneRevision;
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

  forgotten(life: number): void {
    this.#commit(forget(life));
  }

  // -------------------------------------------------------------------------------- the purger

  /** `drained`: sessions that have reported everything to this leader. */
  proposesBegin(life: number, { drained = [] }: { readonly drained?: readonly number[] } = {}): void {
    this.#note(
      this.#replay.proposed({
        command: beginPurge(life, this.tombstoneOf(life)),
        seen: this.#stateOf(life),
        isProvenEmpty: false,
        drained: new Map(drained.map((session) => [session, this.lastIndex])),
      }),
    );
  }

  purgeBegins(life: number, options: { readonly drained?: readonly number[] } = {}): void {
    this.proposesBegin(life, options);
    this.#commit(beginPurge(life, this.tombstoneOf(life)));
  }

  sends(
    life: number,
    name: string,
    options: { readonly seen?: LifeState; readonly isConfirmed?: boolean } = {},
  ): void {
    this.sendsKey(
      this.#record(life).prefix + name,
      (of) => (of === life ? (options.seen ?? this.#stateOf(of)) : this.#stateOf(of)),
      options.isConfirmed,
    );
  }

  sendsKey(key: string, seen = (of: number): LifeState => this.#stateOf(of), isConfirmed = true): void {
    const expiresAtMs = this.#catalog.nowMs;
    this.#note(this.#replay.deleteSent({ keys: [key], isConfirmed, seen, expiresAtMs }));
  }

  lands(key: string): void {
    this.#note(this.#replay.deleteApplied([key], this.#catalog.nowMs));
  }

  deleteLands(life: number, name: string): void {
    this.sends(life, name);
    this.lands(this.#record(life).prefix + name);
  }

  purged(life: number, { isProvenEmpty = true }: { readonly isProvenEmpty?: boolean } = {}): void {
    const { nowMs } = this.#catalog;
    const command = markPurged(life, {
      reusableAfterMs: nowMs + FENCE_MS,
      nextSweepTimeMs: nowMs + SWEEP_AFTER_MS,
    });
    const seen = this.#stateOf(life);
    this.#note(this.#replay.proposed({ command, seen, isProvenEmpty, drained: undefined }));
    this.#commit(command);
  }

  sweepBegins(life: number): void {
    this.#commit(beginSweep(life, this.#catalog.nowMs + FENCE_MS));
  }

  sweepEnds(life: number): void {
    this.#commit(recordSweep(life));
  }

  // -------------------------------------------------------------------------------- ingest nodes

  openSession(): number {
    this.#commit(openSession('ingest-1'));
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
        const { life, to, tombstone = this.tombstoneOf(life) } = forged;
        const record = this.#record(life);
        const commands = {
          markDeleted: markDeleted(record.name),
          undelete: undelete(record.name),
          beginPurge: beginPurge(life, tombstone),
        };
        return { command: commands[forged.command], stream: { ...record, state: to } };
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
    return readStreamByIncarnation(this.#catalog.store, life)?.state ?? 'ABSENT';
  }
}
