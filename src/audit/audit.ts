/**
 * The audit: walks the bucket's top-level prefixes side by side, compares each with the catalog, and yields what no
 * stream owns, in the order of the prefixes, so that it can go on from where it was broken off. Memory does not
 * grow with the bucket: a few pages of keys and a few findings for each prefix in hand.
 *
 * Changes nothing, anywhere. Says `complete: false` when any listing failed.
 */
import { setMaxListeners } from 'node:events';
import type { Capabilities, ObjectStore } from '../objectstore/object-store.js';
import { compareKeys } from '../objectstore/key-order.js';
import { ObjectStoreError } from '../objectstore/object-store.js';
import type { Clock, Timer } from '../shared/clock.js';
import type { Random } from '../shared/random.js';
import { inOrder, type Ordered } from './bounded.js';
import { notReady, readBucketFacts, type BucketFacts } from './bucket-facts.js';
import type { AuditCatalog } from './catalog-port.js';
import { PrefixExplorer } from './explorer.js';
import {
  type AuditItem,
  type AuditProgress,
  type AuditSummary,
  type Finding,
  type FindingKind,
} from './findings.js';
import type { Ages } from './judgement.js';
import { isHidden } from './layout.js';
import { Lister, ListingFailed } from './lister.js';
import { auditMetadata } from './missing-metadata.js';
import {
  AUDIT_LIMITS,
  checkPrefix,
  decodeResumeToken,
  encodeResumeToken,
  type AuditLimits,
  type AuditRequest,
} from './options.js';
import { auditUploads } from './uploads.js';

export interface AuditDeps {
  readonly store: ObjectStore;
  readonly catalog: AuditCatalog;
  readonly clusterId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits?: Partial<AuditLimits>;
}

/** Reasons beyond this many say nothing new. */
const REASONS_MAX = 3;

/**
 * Throws INVALID_ARGUMENT for a request out of bounds, STORAGE_NOT_READY for a bucket that cannot be read or is
 * another cluster's, and the signal's reason.
 */
export async function* audit(
  deps: AuditDeps,
  request: AuditRequest,
  signal: AbortSignal,
): AsyncGenerator<AuditItem, void, undefined> {
  checkPrefix(request.prefix);
  const after = decodeResumeToken(request.resumeToken, request.prefix);
  const ending = new AbortController();
  const stop = (): void => ending.abort(new Error('the audit has ended'));
  const givenUp = (): void => ending.abort(signal.reason);
  const going = ending.signal;
  try {
    if (signal.aborted) givenUp();
    signal.addEventListener('abort', givenUp, { once: true });
    setMaxListeners(0, going); // One a request in flight or waiting: bounded, not a leak.
    const run = await Run.begin(deps, request, after, going);
    yield* run.items(stop);
  } finally {
    signal.removeEventListener('abort', givenUp);
    stop();
  }
}

/** Throws STORAGE_NOT_READY. */
export async function openLister(
  { store, clock, random, limits }: AuditDeps,
  signal: AbortSignal,
): Promise<{ readonly lister: Lister; readonly capabilities: Capabilities }> {
  let capabilities: Capabilities;
  try {
    capabilities = await store.probe({ signal });
  } catch (error) {
    if (error instanceof ObjectStoreError) throw notReady(store.description, error.message, error);
    throw error;
  }
  const requestsMax = limits?.requestsMax ?? AUDIT_LIMITS.requestsMax;
  return { capabilities, lister: new Lister({ store, capabilities, clock, random, requestsMax, signal }) };
}

/** As the store's clock has it, from ours and the offset that the probe measured. */
export function agesAt(clock: Clock, capabilities: Capabilities, minimumAgeMs: number): Ages {
  const clockOffsetMs = capabilities.clockOffsetMs ?? 0;
  const clockErrorMs = capabilities.clockErrorMs ?? 0;
  return { storeNowMs: clock.wallMs() + clockOffsetMs, clockOffsetMs, clockErrorMs, minimumAgeMs };
}

class Run {
  readonly #deps: AuditDeps;
  readonly #limits: AuditLimits;
  readonly #request: AuditRequest;
  readonly #after: string;
  readonly #signal: AbortSignal;
  readonly #lister: Lister;
  readonly #capabilities: Capabilities;
  readonly #facts: BucketFacts;
  readonly #startedMs: number;
  readonly #reasons: string[] = [];
  /** Units of which some listing failed. */
  readonly #failed = new Set<string>();
  #findings = 0;
  #leftoverObjects = 0;
  #leftoverBytes = 0;
  readonly #byKind = new Map<FindingKind, { objects: number; bytes: number }>();

  static async begin(
    deps: AuditDeps,
    request: AuditRequest,
    after: string,
    signal: AbortSignal,
  ): Promise<Run> {
    const { lister, capabilities } = await openLister(deps, signal);
    const facts = await readBucketFacts(lister, deps.clusterId, deps.store.description);
    return new Run(deps, request, after, signal, lister, capabilities, facts);
  }

  private constructor(
    deps: AuditDeps,
    request: AuditRequest,
    after: string,
    signal: AbortSignal,
    lister: Lister,
    capabilities: Capabilities,
    facts: BucketFacts,
  ) {
    this.#deps = deps;
    this.#limits = { ...AUDIT_LIMITS, ...deps.limits };
    this.#request = request;
    this.#after = after;
    this.#signal = signal;
    this.#lister = lister;
    this.#capabilities = capabilities;
    this.#facts = facts;
    this.#startedMs = deps.clock.monotonicMs();
  }

  async *items(stop: () => void): AsyncGenerator<AuditItem, void, undefined> {
    const { store, catalog, clock } = this.#deps;
    const { prefix, resumeToken } = this.#request;
    const startMs = clock.wallMs();
    const { revision } = await catalog.lookUp(prefix === '' ? '/' : prefix, this.#signal);
    const { deploymentId: parseableDeploymentId, note } = this.#facts;
    yield { kind: 'header', description: store.description, revision, startMs, parseableDeploymentId, note };
    let token = resumeToken;
    let saidMs = clock.monotonicMs();
    let findingsSaid = 0;
    let isStuck = false;
    const steps = inOrder<string, Finding>(
      this.#units(),
      { width: this.#limits.unitsAtOnce, inHand: this.#limits.findingsInHand },
      (unit, put) => this.#explore(unit, put),
      stop,
    );
    for await (const step of this.#ticking(steps)) {
      if (step !== 'tick' && step.kind === 'item') {
        this.#count(step.item);
        yield { kind: 'finding', finding: step.item };
        continue;
      }
      if (step !== 'tick') {
        // Whoever goes on from here must meet the first prefix that could not be judged again.
        isStuck ||= this.#failed.has(step.unit);
        if (!isStuck && isPrefix(step.unit)) token = encodeResumeToken(prefix, step.unit);
      }
      const isDue = clock.monotonicMs() - saidMs >= this.#limits.progressIntervalMs;
      // With new findings at once: so few of them are said again after a break.
      if (!isDue && this.#findings === findingsSaid) continue;
      saidMs = clock.monotonicMs();
      findingsSaid = this.#findings;
      yield this.#progress(token);
    }
    yield this.#summary();
  }

  /** The top-level prefixes after the token, and behind them what is not found prefix by prefix. */
  async *#units(): AsyncGenerator<readonly string[], void, undefined> {
    const { prefix } = this.#request;
    const top = prefix.slice(0, prefix.indexOf('/') + 1);
    if (top !== '') {
      yield [top, ...this.#otherUnits];
      return;
    }
    // The character behind `/`: everything below the prefix named in the token sorts before it.
    const startAfter = this.#after === '' ? undefined : `${this.#after.slice(0, -1)}0`;
    try {
      for await (const children of this.#lister.children('', prefix, startAfter)) {
        yield children.flatMap((child) =>
          child.kind === 'folder' && !isHidden(child.prefix) && isBehind(child.prefix, this.#after)
            ? [child.prefix]
            : [],
        );
      }
    } catch (error) {
      if (!(error instanceof ListingFailed)) throw error;
      this.#incomplete(error.message);
    }
    yield this.#otherUnits;
  }

  get #otherUnits(): readonly string[] {
    return this.#facts.isParseable ? [UPLOADS, METADATA] : [UPLOADS];
  }

  async #explore(unit: string, put: (finding: Finding) => Promise<void>): Promise<void> {
    const { catalog, clock } = this.#deps;
    const { prefix, includeUsage, minimumAgeMs } = this.#request;
    const shared = {
      lister: this.#lister,
      catalog,
      ages: () => agesAt(clock, this.#capabilities, minimumAgeMs),
      put,
      incomplete: (reason: string) => {
        this.#failed.add(unit);
        this.#incomplete(reason);
      },
      signal: this.#signal,
    };
    if (unit === UPLOADS) {
      await auditUploads(shared, prefix);
      return;
    }
    if (unit === METADATA) {
      await auditMetadata({ ...shared, nowMs: () => clock.wallMs() }, prefix);
      return;
    }
    const narrow = (below: string): string | undefined =>
      below.startsWith(prefix) ? below : prefix.startsWith(below) ? prefix : undefined;
    const nowMs = (): number => clock.wallMs();
    const explorer = new PrefixExplorer({ ...shared, facts: this.#facts, includeUsage, nowMs, narrow });
    await explorer.exploreTop(unit);
  }

  /** The steps, and a tick whenever none has come for a while. */
  async *#ticking(
    steps: AsyncGenerator<Ordered<string, Finding>>,
  ): AsyncGenerator<Ordered<string, Finding> | 'tick', void, undefined> {
    const { clock } = this.#deps;
    let next: Promise<IteratorResult<Ordered<string, Finding>, void>> | undefined;
    let timer: Timer | undefined;
    try {
      for (;;) {
        next ??= steps.next();
        const tick = new Promise<'tick'>((resolve) => {
          timer = clock.setTimer(this.#limits.progressIntervalMs, () => resolve('tick'));
        });
        const step = await Promise.race([next, tick]);
        timer?.cancel();
        if (step === 'tick') {
          yield step;
          continue;
        }
        next = undefined;
        if (step.done === true) return;
        yield step.value;
      }
    } finally {
      timer?.cancel();
      // Rejections of a step that nobody waits for any more are no news.
      next?.catch(() => undefined);
      void steps.return(undefined).catch(() => undefined);
    }
  }

  #incomplete(reason: string): void {
    if (this.#reasons.length < REASONS_MAX) this.#reasons.push(reason);
    else if (this.#reasons.length === REASONS_MAX) this.#reasons.push('and more');
  }

  #count({ kind, objects, bytes, leftover }: Finding): void {
    if (kind !== 'USAGE') this.#findings++;
    if (leftover) {
      this.#leftoverObjects += objects;
      this.#leftoverBytes += bytes;
    }
    const before = this.#byKind.get(kind) ?? { objects: 0, bytes: 0 };
    this.#byKind.set(kind, { objects: before.objects + objects, bytes: before.bytes + bytes });
  }

  #progress(resumeToken: string): AuditProgress {
    return { kind: 'progress', ...this.#lister.counts, lastKey: this.#lister.lastKey, resumeToken };
  }

  #summary(): AuditSummary {
    return {
      kind: 'summary',
      ...this.#lister.counts,
      complete: this.#reasons.length === 0,
      incompleteReason: this.#reasons.join('; '),
      findings: this.#findings,
      leftoverObjects: this.#leftoverObjects,
      leftoverBytes: this.#leftoverBytes,
      elapsedMs: this.#deps.clock.monotonicMs() - this.#startedMs,
      byKind: this.#byKind,
    };
  }
}

/** No prefixes: those end in `/`. All unfinished uploads, and all streams of the catalog that Parseable should have. */
const UPLOADS = 'uploads';
const METADATA = 'metadata';

function isPrefix(unit: string): boolean {
  return unit.endsWith('/');
}

/** Behind in the order of listings, where a prefix is followed by everything below it. */
function isBehind(prefix: string, after: string): boolean {
  return after === '' || compareKeys(prefix, after) > 0;
}
