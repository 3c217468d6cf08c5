/**
 * Puts the observer between a purger and what it works with, its cluster and its store. Events are numbered in
 * the order in which the purger sees them, which is what P2 and P4 are about.
 */
import type {
  CallOptions,
  DeleteTarget,
  ObjectStore,
  Page,
  PreparedDelete,
} from '../../src/objectstore/object-store.js';
import type { PurgeCluster } from '../../src/purge/purge-cluster.js';
import type { StreamRecord } from '../../src/catalog/types.js';
import type { Machine } from './machine.js';
import type { Checks } from './observer.js';
import type { ProcessScope } from './process-scope.js';

type ListingKind = 'objects' | 'versions' | 'uploads';

/** A walk through a listing, as far as it has come, or a complete one. */
interface Walk {
  readonly startedAt: number;
  /** True time. */
  readonly startedMs: number;
  readonly empty: boolean;
  /** When the oldest of what it showed was written. */
  readonly oldestMs: number;
}

/** A quorum round trip. */
interface Confirmation {
  readonly began: number;
  readonly ended: number;
}

/** Rounds remembered: a batch waits for few of them. */
const CONFIRMATIONS_MAX = 1_000;
/** How far apart the clocks of writers and of the cluster may be, as purges reckon (P12). */
const SKEW_MS = 5_000;

export class ObservedPurge {
  readonly #machine: Machine;
  readonly #scope: ProcessScope;
  readonly #checks: Required<Checks>;
  #sequence = 0;
  /** Those that are over, oldest first. */
  readonly #confirmations: Confirmation[] = [];
  #term = 0;
  /** By `kind prefix`, under way. */
  readonly #walks = new Map<string, Walk>();
  /** By `kind prefix`, the latest complete ones. */
  readonly #complete = new Map<string, Walk>();
  /** By `kind prefix`: when the latest complete and empty walk began. */
  readonly #emptyFrom = new Map<string, number>();
  /** By key: when the metadata read last says that its stream was made. */
  readonly #createdMs = new Map<string, number>();
  /** Every delete of a key, and when it had ended. */
  readonly #deletes = new Map<string, number>();

  /** `scope`: of the process that purges. */
  constructor(machine: Machine, scope: ProcessScope, checks: Required<Checks>) {
    this.#machine = machine;
    this.#scope = scope;
    this.#checks = checks;
  }

  cluster(cluster: PurgeCluster): PurgeCluster {
    this.#term = cluster.term;
    return {
      clusterId: cluster.clusterId,
      term: cluster.term,
      stream: (incarnation) => cluster.stream(incarnation),
      summary: () => cluster.summary(),
      inDoubt: () => cluster.inDoubt(),
      sessionsDrained: (stream) => cluster.sessionsDrained(stream),
      pendingPurges: () => cluster.pendingPurges(),
      pendingSweeps: () => cluster.pendingSweeps(),
      maySweep: (stream) => cluster.maySweep(stream),
      onStreamChanged: (listener) => cluster.onStreamChanged(listener),
      propose: (command) => {
        // What it had still in hand when it died goes nowhere, and its catalog can be asked no more.
        if (!this.#scope.isAlive) return cluster.propose(command);
        const stream = 'incarnation' in command ? cluster.stream(command.incarnation) : undefined;
        const prefix = stream?.prefix;
        this.#checks.proposedByPurger({
          machine: this.#machine,
          term: cluster.term,
          command,
          provenEmpty: {
            objects: this.#isProvenEmpty('objects', prefix),
            versions: this.#isProvenEmpty('versions', prefix),
            uploads: this.#isProvenEmpty('uploads', prefix),
            butNewLife: stream !== undefined && this.#isNewLifeAlone(stream),
          },
        });
        return cluster.propose(command);
      },
      confirmLeadership: async () => {
        const began = ++this.#sequence;
        await cluster.confirmLeadership();
        this.#confirmations.push({ began, ended: ++this.#sequence });
        if (this.#confirmations.length > CONFIRMATIONS_MAX) this.#confirmations.shift();
      },
    };
  }

  store(store: ObjectStore): ObjectStore {
    return {
      description: store.description,
      probe: (call) => store.probe(call),
      listObjects: async (options, call) => {
        const whole = options.startAfter === undefined && options.delimiter === undefined;
        return this.#walked('objects', options, whole, () => store.listObjects(options, call));
      },
      listVersions: async (options, call) =>
        this.#walked('versions', options, true, () => store.listVersions(options, call)),
      listUploads: async (options, call) =>
        this.#walked('uploads', options, true, () => store.listUploads(options, call)),
      prepareDelete: async (targets, call) => {
        const prepared = await store.prepareDelete(targets, call);
        const preparedAt = ++this.#sequence;
        return {
          targets: prepared.targets,
          expiresAtMs: prepared.expiresAtMs,
          send: (sendCall) => this.#send(prepared, preparedAt, sendCall),
        };
      },
      abortUpload: async (upload, call) => {
        await store.abortUpload(upload, call);
        this.#deletes.set(upload.key, ++this.#sequence);
        this.#checks.uploadAborted(upload.key);
      },
      putObject: (key, body, options, call) => store.putObject(key, body, options, call),
      getObject: async (key, call) => {
        const body = await store.getObject(key, call);
        if (body !== undefined && key.endsWith('stream.json')) this.#createdMs.set(key, createdMsOf(body));
        return body;
      },
      deleteObject: (key, call) => store.deleteObject(key, call),
      close: () => store.close(),
    };
  }

  async #send(
    prepared: PreparedDelete,
    preparedAt: number,
    call: CallOptions,
  ): ReturnType<PreparedDelete['send']> {
    const keys = prepared.targets.map(({ key }: DeleteTarget) => key);
    const confirmed = this.#confirmations.find(({ began }) => began > preparedAt);
    this.#checks.deleteSent({
      machine: this.#machine,
      term: this.#term,
      targets: prepared.targets,
      confirmedSincePrepared: confirmed !== undefined,
      lookedMs: (prefix) => this.#complete.get(`objects ${prefix}.stream`)?.startedMs,
      lookedSinceConfirmed: (prefix) => {
        const look = this.#complete.get(`objects ${prefix}.stream`);
        return look !== undefined && look.startedAt > (confirmed?.ended ?? Infinity);
      },
      expiresAtMs: prepared.expiresAtMs,
    });
    try {
      const outcomes = await prepared.send(call);
      this.#checks.deleteAnswered(prepared.targets, outcomes);
      return outcomes;
    } finally {
      const endedAt = ++this.#sequence;
      for (const key of keys) this.#deletes.set(key, endedAt);
    }
  }

  async #walked<P extends Page<object>>(
    kind: ListingKind,
    options: { readonly prefix: string; readonly page?: string },
    whole: boolean,
    list: () => Promise<P>,
  ): Promise<P> {
    const key = `${kind} ${options.prefix}`;
    const startedAt = ++this.#sequence;
    const startedMs = this.#machine.deps.scheduler.nowMs;
    const page = await list();
    const first: Walk = { startedAt, startedMs, empty: whole, oldestMs: whole ? Infinity : -Infinity };
    const before = options.page === undefined ? first : this.#walks.get(key);
    const written = page.items.map((item) =>
      'lastModifiedMs' in item ? Number(item.lastModifiedMs) : -Infinity,
    );
    const walk: Walk = {
      startedAt: before?.startedAt ?? startedAt,
      startedMs: before?.startedMs ?? startedMs,
      empty: before?.empty === true && page.items.length === 0,
      oldestMs: Math.min(before?.oldestMs ?? -Infinity, ...written),
    };
    this.#walks.set(key, walk);
    if (page.next !== undefined) return page;
    this.#complete.set(key, walk);
    if (walk.empty) this.#emptyFrom.set(key, walk.startedAt);
    return page;
  }

  /** What P12 lets pass for P4: everything that a complete listing showed is younger than a life begun after the tombstone. */
  #isNewLifeAlone({ prefix, deleteTimeMs }: StreamRecord): boolean {
    const walk = this.#complete.get(`objects ${prefix}`);
    if (walk === undefined || this.#isDeletedSince(walk.startedAt, prefix)) return false;
    const born = [...this.#createdMs]
      .filter(([key, createdMs]) => key.startsWith(prefix) && createdMs > deleteTimeMs + SKEW_MS)
      .map(([, createdMs]) => createdMs);
    return born.length > 0 && walk.oldestMs >= Math.min(...born) - SKEW_MS;
  }

  #isProvenEmpty(kind: ListingKind, prefix: string | undefined): boolean {
    if (prefix === undefined) return false;
    const since = this.#emptyFrom.get(`${kind} ${prefix}`);
    if (since === undefined) return false;
    return !this.#isDeletedSince(since, prefix);
  }

  #isDeletedSince(since: number, prefix: string): boolean {
    for (const [key, endedAt] of this.#deletes) {
      if (endedAt > since && key.startsWith(prefix)) return true;
    }
    return false;
  }
}

/** -Infinity: it does not say. */
function createdMsOf(body: Uint8Array): number {
  try {
    const { 'created-at': created } = JSON.parse(new TextDecoder().decode(body)) as {
      'created-at'?: unknown;
    };
    const createdMs = typeof created === 'string' ? Date.parse(created) : NaN;
    return Number.isNaN(createdMs) ? -Infinity : createdMs;
  } catch {
    return -Infinity;
  }
}
