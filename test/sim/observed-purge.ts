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
import type { Machine } from './machine.js';
import type { Checks } from './observer.js';
import type { ProcessScope } from './process-scope.js';

type ListingKind = 'objects' | 'versions' | 'uploads';

/** One complete walk through a listing, as far as it has come. */
interface Walk {
  readonly startedAt: number;
  readonly empty: boolean;
}

export class ObservedPurge {
  readonly #machine: Machine;
  readonly #scope: ProcessScope;
  readonly #checks: Required<Checks>;
  #sequence = 0;
  /** When the latest round trip began that is over by now. */
  #confirmedFrom = 0;
  #term = 0;
  readonly #walks = new Map<string, Walk>();
  /** By `kind prefix`: when the latest complete and empty walk began. */
  readonly #emptyFrom = new Map<string, number>();
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
        const prefix = 'incarnation' in command ? cluster.stream(command.incarnation)?.prefix : undefined;
        this.#checks.proposedByPurger({
          machine: this.#machine,
          term: cluster.term,
          command,
          provenEmpty: {
            objects: this.#isProvenEmpty('objects', prefix),
            versions: this.#isProvenEmpty('versions', prefix),
            uploads: this.#isProvenEmpty('uploads', prefix),
          },
        });
        return cluster.propose(command);
      },
      confirmLeadership: async () => {
        const began = ++this.#sequence;
        await cluster.confirmLeadership();
        this.#confirmedFrom = Math.max(this.#confirmedFrom, began);
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
      getObject: (key, call) => store.getObject(key, call),
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
    this.#checks.deleteSent({
      machine: this.#machine,
      term: this.#term,
      targets: prepared.targets,
      confirmedSincePrepared: this.#confirmedFrom > preparedAt,
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

  async #walked<P extends Page<unknown>>(
    kind: ListingKind,
    options: { readonly prefix: string; readonly page?: string },
    whole: boolean,
    list: () => Promise<P>,
  ): Promise<P> {
    const key = `${kind} ${options.prefix}`;
    const startedAt = ++this.#sequence;
    const page = await list();
    const before = options.page === undefined ? { startedAt, empty: whole } : this.#walks.get(key);
    const walk = {
      startedAt: before?.startedAt ?? startedAt,
      empty: before?.empty === true && page.items.length === 0,
    };
    this.#walks.set(key, walk);
    if (page.next === undefined && walk.empty) this.#emptyFrom.set(key, walk.startedAt);
    return page;
  }

  #isProvenEmpty(kind: ListingKind, prefix: string | undefined): boolean {
    if (prefix === undefined) return false;
    const since = this.#emptyFrom.get(`${kind} ${prefix}`);
    if (since === undefined) return false;
    for (const [key, endedAt] of this.#deletes) {
      if (endedAt > since && key.startsWith(prefix)) return false;
    }
    return true;
  }
}
