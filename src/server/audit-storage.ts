/**
 * AuditStorage: runs audits on the node that is asked, a bounded number at a time, no faster than the caller reads.
 * A caller that is gone ends its audit, and so does the end of the node.
 */
import type { AuditStorageRequest__Output } from '../generated/sexton/v1/AuditStorageRequest.js';
import type { AuditStorageResponse } from '../generated/sexton/v1/AuditStorageResponse.js';
import { audit, type AuditDeps } from '../audit/audit.js';
import type { FindingKind } from '../audit/findings.js';
import type { NodeApi } from '../node/node-api.js';
import type { ObjectStore } from '../objectstore/object-store.js';
import { fromAuditStorage, toAuditMessage } from '../rpc/convert/audit.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Random } from '../shared/random.js';
import { nodeCatalog } from './audit-catalog.js';
import type { StreamScope } from './calls.js';

/** What there was to see of one audit of the whole bucket. */
export interface AuditMetrics {
  auditFinished(result: {
    readonly complete: boolean;
    readonly elapsedMs: number;
    readonly endMs: number;
    /** Of the kinds that were found. */
    readonly byKind: ReadonlyMap<FindingKind, { readonly objects: number; readonly bytes: number }>;
  }): void;
}

export interface StorageAudits {
  readonly store: ObjectStore;
  readonly random: Random;
  readonly metrics: AuditMetrics;
}

/** Of each kind, side by side on one node: each makes its own requests to the store. */
const AT_ONCE_MAX = 2;
const RETRY_AFTER_MS = 10_000;

export class AuditRunner {
  readonly #deps: AuditDeps;
  /** For an AdoptStream that names none. */
  readonly defaultGracePeriodMs: number;
  readonly #clock: Clock;
  readonly #metrics: AuditMetrics;
  readonly #running = { audits: 0, adoptions: 0 };

  constructor(
    node: NodeApi,
    clock: Clock,
    { store, random, metrics }: StorageAudits,
    defaultGracePeriodMs: number,
  ) {
    this.defaultGracePeriodMs = defaultGracePeriodMs;
    this.#deps = { store, random, clock, catalog: nodeCatalog(node, clock), clusterId: node.clusterId };
    this.#clock = clock;
    this.#metrics = metrics;
  }

  /** What adoption shares with audits. */
  get deps(): AuditDeps {
    return this.#deps;
  }

  async serve(
    request: AuditStorageRequest__Output,
    { signal, writer }: StreamScope<AuditStorageResponse>,
  ): Promise<void> {
    const call = fromAuditStorage(request);
    await this.limited('audits', async () => {
      for await (const item of audit(this.#deps, call, signal)) {
        // A part of the bucket says nothing about what the whole holds.
        if (item.kind === 'summary' && call.prefix === '' && call.resumeToken === '')
          this.#metrics.auditFinished({ ...item, endMs: this.#clock.wallMs() });
        await writer.write(toAuditMessage(item), signal);
      }
    });
  }

  /** Rejects with TOO_MANY_REQUESTS when this node looks through the bucket for others already. */
  async limited<T>(kind: 'audits' | 'adoptions', work: () => Promise<T>): Promise<T> {
    if (this.#running[kind] >= AT_ONCE_MAX) {
      const text = `this node runs ${AT_ONCE_MAX} ${kind} already; wait for one of them, or ask another node`;
      throw new SextonError('TOO_MANY_REQUESTS', text, { retryAfterMs: RETRY_AFTER_MS });
    }
    this.#running[kind]++;
    try {
      return await work();
    } finally {
      this.#running[kind]--;
    }
  }
}
