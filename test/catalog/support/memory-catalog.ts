/**
 * A catalog in a map, and a log in an array: what tests apply commands to. Keeps no copy of the rules.
 */
import { applyEntry } from '../../../src/catalog/apply.js';
import { readImage } from '../../../src/catalog/image.js';
import { checkImage, checkStep } from '../../../src/catalog/invariants.js';
import type { LifeState } from '../../../src/catalog/lifecycle.js';

import type {
  AppliedEntry,
  CatalogReader,
  CatalogWrite,
  Command,
  CommandEnvelope,
  CommandResult,
  Refusal,
  SessionRecord,
  StreamRecord,
} from '../../../src/catalog/types.js';

export const START_MS = 1_700_000_000_000;

export class MemoryCatalog implements CatalogReader {
  readonly #values = new Map<string, readonly [Uint8Array, Uint8Array]>();
  reads = 0;

  get(key: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return this.#values.get(hex(key))?.[1];
  }

  write(writes: readonly CatalogWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#values.delete(hex(key));
      else this.#values.set(hex(key), [key, value]);
    }
  }

  /** In key order, as a store iterates. */
  entries(): (readonly [Uint8Array, Uint8Array])[] {
    return [...this.#values.values()].sort(([a], [b]) => Buffer.compare(a, b));
  }

  range({
    gte,
    lt,
  }: {
    readonly gte: Uint8Array;
    readonly lt: Uint8Array;
  }): (readonly [Uint8Array, Uint8Array])[] {
    return this.entries().filter(([key]) => Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lt) < 0);
  }

  /** Every byte, to compare two catalogs by. */
  dump(): string {
    return this.entries()
      .map(([key, value]) => `${hex(key)}=${hex(value)}`)
      .join('\n');
  }
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

export function envelope(command: Command, fields: Partial<CommandEnvelope> = {}): CommandEnvelope {
  return {
    proposal: { member: 1, boot: 7, sequence: 1 },
    requestId: '',
    stampMs: START_MS,
    ...fields,
    command,
  };
}

/** Applies commands one after the other; checks every invariant around every step. */
export class TestCatalog {
  readonly store = new MemoryCatalog();
  index = 0;
  nowMs = START_MS;
  last: AppliedEntry | undefined;
  #image = readImage([]);

  apply(command: Command, requestId = ''): CommandResult {
    return this.applyEnvelope(envelope(command, { requestId, stampMs: this.nowMs }));
  }

  applyEnvelope(entry: CommandEnvelope): CommandResult {
    this.index++;
    this.last = applyEntry(this.store, entry, this.index);
    this.store.write(this.last.writes);
    const keys = this.last.writes.map(({ key }) => hex(key));
    if (new Set(keys).size !== keys.length) throw new Error('C4: a key is written twice in one entry');
    const image = readImage(this.store.entries());
    const violations = [...checkImage(image), ...checkStep(this.#image, image)];
    if (violations.length > 0) throw new Error(`after ${entry.command.kind}: ${violations.join('; ')}`);
    this.#image = image;
    return this.last.result;
  }

  /** Applies what must succeed, and answers with the stream. */
  stream(command: Command): StreamRecord {
    const result = this.apply(command);
    if (!result.ok) throw new Error(`${command.kind}: ${result.refusal.reason}: ${result.refusal.message}`);
    if (result.stream === undefined) throw new Error(`${command.kind}: no stream in the answer`);
    return result.stream;
  }

  /** Applies what must succeed, and answers with the session. */
  session(command: Command): SessionRecord {
    const result = this.apply(command);
    if (!result.ok) throw new Error(`${command.kind}: ${result.refusal.reason}: ${result.refusal.message}`);
    if (result.session === undefined) throw new Error(`${command.kind}: no session in the answer`);
    return result.session;
  }

  /** Applies what must be refused, and answers with the refusal. */
  refusal(command: Command, requestId = ''): Refusal {
    const result = this.apply(command, requestId);
    if (result.ok) throw new Error(`${command.kind} succeeded`);
    return result.refusal;
  }

  /** A stream called `name`, brought into a state by the shortest way. */
  streamIn(state: Exclude<LifeState, 'ABSENT'>, name = 'app', prefix = ''): StreamRecord {
    let stream = this.stream(create(name, { prefix }));
    if (state === 'ACTIVE') return stream;
    stream = this.stream(markDeleted(name));
    if (state === 'DELETED') return stream;
    const { incarnation } = stream;
    stream = this.stream(beginDrain(incarnation));
    if (state === 'DRAINING') return stream;
    stream = this.stream(beginPurge(incarnation, stream.drainRevision));
    if (state === 'PURGING') return stream;
    return this.stream(markPurged(incarnation));
  }

  /** From DELETED to PURGING: drained at once. */
  purging(incarnation: number): StreamRecord {
    const { drainRevision } = this.stream(beginDrain(incarnation));
    return this.stream(beginPurge(incarnation, drainRevision));
  }
}

// ----------------------------------------------------------------------------------------- commands

type Fields<K extends Command['kind']> = Partial<Omit<Extract<Command, { kind: K }>, 'kind'>>;

export function create(name: string, fields: Fields<'createStream'> = {}): Command {
  return { kind: 'createStream', tenant: '', name, prefix: '', labels: [], ...fields };
}

export function markDeleted(name: string, fields: Fields<'markDeleted'> = {}): Command {
  const defaults = { tenant: '', incarnation: 0, gracePeriodMs: 0, ifRevision: 0, allowMissing: false };
  return { kind: 'markDeleted', name, ...defaults, ...fields };
}

export function undelete(name: string, fields: Fields<'undelete'> = {}): Command {
  return { kind: 'undelete', tenant: '', name, incarnation: 0, ifRevision: 0, ...fields };
}

export function beginDrain(incarnation: number): Command {
  return { kind: 'beginDrain', incarnation };
}

export function beginPurge(incarnation: number, drainRevision: number): Command {
  return { kind: 'beginPurge', incarnation, drainRevision };
}

/** Of older logs. */
export function beginPurgeUndrained(incarnation: number, tombstoneRevision = 0): Command {
  return { kind: 'beginPurgeUndrained', incarnation, tombstoneRevision };
}

export function progress(incarnation: number, fields: Fields<'recordPurgeProgress'> = {}): Command {
  return {
    kind: 'recordPurgeProgress',
    incarnation,
    phase: 'RUNNING',
    blockedReason: 'NONE',
    objectsDeleted: 0,
    bytesDeleted: 0,
    uploadsAborted: 0,
    attempts: 1,
    lastError: '',
    nextAttemptTimeMs: 0,
    ...fields,
  };
}

export function markPurged(incarnation: number, fields: Fields<'markPurged'> = {}): Command {
  return {
    kind: 'markPurged',
    incarnation,
    objectsDeleted: 0,
    bytesDeleted: 0,
    uploadsAborted: 0,
    reusableAfterMs: 0,
    nextSweepTimeMs: 0,
    ...fields,
  };
}

export function beginSweep(incarnation: number, reusableAfterMs = 0): Command {
  return { kind: 'beginSweep', incarnation, reusableAfterMs };
}

export function recordSweep(incarnation: number, fields: Fields<'recordSweep'> = {}): Command {
  const found = { objectsFound: 0, bytesFound: 0, newestWriteMs: 0, foundDataOnly: false };
  return { kind: 'recordSweep', incarnation, ...found, nextSweepTimeMs: 0, ...fields };
}

export function adopt(name: string, fields: Fields<'adoptStream'> = {}): Command {
  return {
    kind: 'adoptStream',
    tenant: '',
    name,
    prefix: `${name}/`,
    labels: [],
    state: 'ACTIVE',
    gracePeriodMs: 0,
    ...fields,
  };
}

export function openSession(nodeId: string, fields: Fields<'openSession'> = {}): Command {
  const defaults = { ttlMs: 30_000, uploadDeadlineMs: 60_000, coversEarlier: false };
  return { kind: 'openSession', nodeId, ...defaults, ...fields };
}

export function closeSession(sessionId: number, settled: boolean): Command {
  return { kind: 'closeSession', sessionId, settled };
}

export function expireSession(sessionId: number): Command {
  return { kind: 'expireSession', sessionId };
}

export function forget(incarnation: number): Command {
  return { kind: 'forgetStream', incarnation };
}

export function retryPurge(name: string, fields: Fields<'retryPurge'> = {}): Command {
  return { kind: 'retryPurge', tenant: '', name, incarnation: 0, discardNewWrites: false, ...fields };
}

/** name '' = the whole cluster. */
export function pause(name: string, paused: boolean, incarnation = 0): Command {
  return { kind: 'setPurgePaused', tenant: '', name, incarnation, paused };
}

export function uuid(number: number): string {
  return `8a6c1f0e-5d0b-4c9e-9c57-${number.toString(16).padStart(12, '0')}`;
}
