/**
 * The cluster as a purger sees it, with the real state machine inside and leaders that can be deposed at any
 * point. One {@link FakeCatalog} outlives any number of {@link FakeLeader}s, as the log does.
 */
import { setMaxListeners } from 'node:events';
import { pauseAfterRestore } from '../../src/catalog/after-restore.js';
import { applyEntry } from '../../src/catalog/apply.js';
import { decodePurgeQueueKey, decodeSweepQueueKey, KEY_SPACE } from '../../src/catalog/keys.js';
import { maySweepPrefix } from '../../src/catalog/ownership.js';
import { readStreamByIncarnation, readSummary } from '../../src/catalog/queries.js';
import type {
  CatalogReader,
  CatalogSummary,
  Command,
  CommandResult,
  StreamEvent,
  StreamRecord,
} from '../../src/catalog/types.js';
import type { PurgeCluster } from '../../src/purge/purge-cluster.js';
import type { Clock } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';

type Listener = (stream: StreamRecord | undefined) => void;

export class FakeCatalog {
  readonly clock: Clock;
  readonly listeners = new Set<Listener>();
  readonly log: Command[] = [];
  readonly events: StreamEvent[] = [];
  /** The leader that a majority recognises. */
  term = 0;
  index = 10;
  /** S7, as a leader's digest monitor would say. */
  inDoubt = false;
  /** P3, as a leader's session barrier would say. */
  sessionsDrained: (stream: StreamRecord) => boolean = () => true;
  readonly #state = new Map<string, Uint8Array>();
  readonly reader: CatalogReader = { get: (key) => this.#state.get(textOf(key)) };

  constructor(clock: Clock) {
    this.clock = clock;
  }

  apply(command: Command): CommandResult {
    this.index++;
    this.log.push(command);
    const envelope = {
      proposal: { member: 1, boot: 1, sequence: this.index },
      requestId: '',
      stampMs: this.clock.wallMs(),
      command,
    };
    const { result, writes, event } = applyEntry(this.reader, envelope, this.index);
    for (const { key, value } of writes) {
      if (value === undefined) this.#state.delete(textOf(key));
      else this.#state.set(textOf(key), value);
    }
    if (event !== undefined) this.events.push(event);
    if (result.ok && result.changed) for (const listener of [...this.listeners]) listener(result.stream);
    return result;
  }

  /** As if this state had come from a backup. */
  restored(): void {
    for (const { key, value } of pauseAfterRestore(this.reader)) {
      if (value !== undefined) this.#state.set(textOf(key), value);
    }
  }

  /** Applies, and fails the test if it was refused. */
  must(command: Command): StreamRecord {
    const result = this.apply(command);
    if (!result.ok) throw new Error(`${command.kind} was refused: ${result.refusal.message}`);
    if (result.stream === undefined) throw new Error(`${command.kind} is about no stream`);
    return result.stream;
  }

  create(name: string, prefix = ''): StreamRecord {
    return this.must({ kind: 'createStream', tenant: '', name, prefix, labels: [] });
  }

  markDeleted(name: string, gracePeriodMs = 0): StreamRecord {
    return this.must({
      kind: 'markDeleted',
      tenant: '',
      name,
      incarnation: 0,
      gracePeriodMs,
      ifRevision: 0,
      allowMissing: false,
    });
  }

  pause(name: string, paused: boolean): void {
    this.apply({ kind: 'setPurgePaused', tenant: '', name, incarnation: 0, paused });
  }

  retry(name: string, discardNewWrites = false): CommandResult {
    return this.apply({ kind: 'retryPurge', tenant: '', name, incarnation: 0, discardNewWrites });
  }

  stream(incarnation: number): StreamRecord | undefined {
    return readStreamByIncarnation(this.reader, incarnation);
  }

  summary(): CatalogSummary {
    const summary = readSummary(this.reader);
    return this.inDoubt ? { ...summary, purgesPaused: true } : summary;
  }

  count(kind: Command['kind']): number {
    return this.log.filter((command) => command.kind === kind).length;
  }

  pending(): Generator<StreamRecord> {
    return this.#queued(KEY_SPACE.PURGE_QUEUE, (key) => decodePurgeQueueKey(key).incarnation);
  }

  pendingSweeps(): Generator<StreamRecord> {
    return this.#queued(KEY_SPACE.SWEEP_QUEUE, (key) => decodeSweepQueueKey(key).incarnation);
  }

  *#queued(space: number, incarnationOf: (key: Uint8Array) => number): Generator<StreamRecord> {
    const keys = [...this.#state.keys()].filter((key) => key.charCodeAt(0) === space).sort();
    for (const key of keys) {
      const stream = this.stream(incarnationOf(Uint8Array.from(key, (char) => char.charCodeAt(0))));
      if (stream !== undefined) yield stream;
    }
  }
}

export interface Confirmation {
  readonly begunSequence: number;
  readonly endedSequence: number;
}

/** One term. `sequence` orders its confirmations against the store's prepares and sends. */
export class FakeLeader implements PurgeCluster {
  readonly clusterId = 'test-cluster';
  readonly term: number;
  readonly name: string;
  readonly confirmations: Confirmation[] = [];
  proposeMs = 1;
  confirmMs = 1;
  pendingRead = 0;
  readonly #catalog: FakeCatalog;
  readonly #sequence: () => number;
  readonly #leading = new AbortController();

  constructor(catalog: FakeCatalog, sequence: () => number) {
    this.#catalog = catalog;
    this.#sequence = sequence;
    this.term = ++catalog.term;
    this.name = `leader-${this.term}`;
    setMaxListeners(0, this.signal);
  }

  get signal(): AbortSignal {
    return this.#leading.signal;
  }

  /** A majority follows somebody else from now on; this leader learns of it `noticeAfterMs` later. */
  depose(noticeAfterMs = 0): void {
    if (this.#catalog.term === this.term) this.#catalog.term++;
    if (noticeAfterMs === 0) this.#leading.abort(new Error('leadership is over'));
    else
      this.#catalog.clock.setTimer(noticeAfterMs, () => {
        this.#leading.abort(new Error('leadership is over'));
      });
  }

  stream(incarnation: number): StreamRecord | undefined {
    return this.#catalog.stream(incarnation);
  }

  summary(): CatalogSummary {
    return this.#catalog.summary();
  }

  inDoubt(): boolean {
    return this.#catalog.inDoubt;
  }

  sessionsDrained(stream: StreamRecord): boolean {
    return this.#catalog.sessionsDrained(stream);
  }

  async *pendingPurges(): AsyncIterable<StreamRecord> {
    await Promise.resolve();
    for (const stream of this.#catalog.pending()) {
      this.pendingRead++;
      yield stream;
    }
  }

  async *pendingSweeps(): AsyncIterable<StreamRecord> {
    await Promise.resolve();
    yield* this.#catalog.pendingSweeps();
  }

  maySweep(stream: StreamRecord): boolean {
    return maySweepPrefix(this.#catalog.reader, stream);
  }

  onStreamChanged(listener: Listener): () => void {
    this.#catalog.listeners.add(listener);
    return () => this.#catalog.listeners.delete(listener);
  }

  propose(command: Command): Promise<CommandResult> {
    return this.#whileLeading(this.proposeMs, 'OUTCOME_UNKNOWN', () => this.#catalog.apply(command));
  }

  confirmLeadership(): Promise<void> {
    const begunSequence = this.#sequence();
    return this.#whileLeading(this.confirmMs, 'NOT_LEADER', () => {
      this.confirmations.push({ begunSequence, endedSequence: this.#sequence() });
    });
  }

  /** A deposed leader gets no answer until it notices. */
  #whileLeading<T>(afterMs: number, ifOver: 'OUTCOME_UNKNOWN' | 'NOT_LEADER', effect: () => T): Promise<T> {
    if (this.signal.aborted) return Promise.reject(new SextonError('NOT_LEADER', 'leadership is over'));
    return new Promise((resolve, reject) => {
      const over = (): void => {
        timer.cancel();
        reject(new SextonError(ifOver, 'leadership ended'));
      };
      const timer = this.#catalog.clock.setTimer(afterMs, () => {
        if (this.#catalog.term !== this.term) return;
        this.signal.removeEventListener('abort', over);
        try {
          resolve(effect());
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      this.signal.addEventListener('abort', over, { once: true });
    });
  }
}

function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}
