/**
 * The ledger against everything that can have happened: random streams that come, go and come back, watches that break and
 * list again, uploads that end in every way, time that passes. Whatever the history, it never says drained too
 * early (L3), and in the end it always does.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestLedger, type LedgerUpload, type Tombstone } from '../../src/client/ingest-ledger.js';
import { watchStream } from './ingest-items.js';

const DEADLINE_MS = 300;
const STREAMS = 3;

type Step =
  /** The cluster deletes, undeletes or re-creates a stream: the log grows. */
  | { readonly kind: 'change'; readonly name: number }
  /** The watch delivers so many events, and perhaps its bookmark. `late`: nobody stops the uploads yet. */
  | { readonly kind: 'deliver'; readonly events: number; readonly bookmark: boolean; readonly late: boolean }
  /** The watch lost its place: it lists. `ahead`: the pages show changes that came after the listing's revision. */
  | { readonly kind: 'list'; readonly ahead: number; readonly complete: boolean }
  | { readonly kind: 'upload'; readonly name: number }
  | { readonly kind: 'end'; readonly which: number; readonly outcome: 'known' | 'unknown' | 'told to stop' }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'report' };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('change' as const), name: fc.nat(STREAMS - 1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('deliver' as const),
        events: fc.nat(4),
        bookmark: fc.boolean(),
        late: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('list' as const), ahead: fc.nat(3), complete: fc.boolean() }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('upload' as const), name: fc.nat(STREAMS - 1) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        which: fc.nat(20),
        outcome: fc.constantFrom('known' as const, 'unknown' as const, 'told to stop' as const),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 80 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('report' as const) }) },
  ),
  { maxLength: 60, size: 'max' },
);

interface Entry {
  readonly revision: number;
  readonly name: number;
  readonly incarnation: number;
  readonly state: 'ACTIVE' | 'DELETED';
}

interface TruthUpload {
  readonly handle: LedgerUpload;
  readonly startedMs: number;
  /** How far the cluster's history had been delivered when it began: later tombstones are the ones it must hold. */
  readonly seenRevision: number;
  outcome: 'in flight' | 'known' | 'unknown';
  toldToStop: boolean;
}

/** The cluster's history and what becomes of it on the wire, told independently of the ledger. */
class World {
  readonly log: Entry[] = [];
  readonly uploads: TruthUpload[] = [];
  /** What the ledger said ended, and where. */
  readonly noticed = new Set<string>();
  readonly ledger: IngestLedger;
  readonly openedRevision: number;
  nowMs = 0;
  /** Revision up to which events were delivered, and up to which a bookmark said so. */
  delivered = 0;
  bookmarked = 0;
  lastDrained: number;

  constructor(openedRevision: number) {
    this.openedRevision = openedRevision;
    for (let name = 0; name < STREAMS; name++) this.change(name);
    while (this.log.length < openedRevision) this.change(this.log.length % STREAMS);
    this.ledger = new IngestLedger({ openedRevision, uploadDeadlineMs: DEADLINE_MS, uploadsMax: 1_000 });
    this.ledger.renewed(0, 1e9);
    this.lastDrained = openedRevision;
  }

  get head(): number {
    return this.log.length;
  }

  change(name: number): void {
    const revision = this.head + 1;
    const before = this.log.findLast((entry) => entry.name === name);
    // Deleted streams come back half of the time, else a new life begins.
    const next =
      before === undefined
        ? { incarnation: revision, state: 'ACTIVE' as const }
        : before.state === 'ACTIVE'
          ? { incarnation: before.incarnation, state: 'DELETED' as const }
          : { incarnation: revision % 2 === 0 ? before.incarnation : revision, state: 'ACTIVE' as const };
    this.log.push({ revision, name, ...next });
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'change':
        this.change(step.name);
        break;
      case 'deliver': {
        for (const entry of this.log.slice(this.delivered, this.delivered + step.events)) {
          const { revision } = entry;
          const item = { kind: 'event', type: 'CREATED', revision, stream: streamOf(entry) } as const;
          this.notice(this.ledger.apply(item), step.late);
          this.delivered = entry.revision;
        }
        if (step.bookmark) {
          this.bookmarked = this.delivered;
          this.ledger.apply({ kind: 'progress', revision: this.delivered });
        }
        break;
      }
      case 'list':
        this.list(step.ahead, step.complete);
        break;
      case 'upload':
        this.upload(step.name);
        break;
      case 'end': {
        const open = this.uploads.filter(({ outcome }) => outcome === 'in flight');
        const upload = open[step.which % Math.max(1, open.length)];
        if (upload !== undefined) this.end(upload, step.outcome);
        break;
      }
      case 'pass':
        this.nowMs += step.ms;
        break;
      case 'report':
        this.ledger.reported(this.ledger.drainedRevision(this.nowMs));
        break;
    }
  }

  /** Two pages: the second one shows the state some changes later, as a listing that is not a snapshot may. */
  list(ahead: number, complete: boolean): void {
    const revision = this.head;
    const at = (until: number, names: readonly number[]): ReturnType<typeof streamOf>[] =>
      names.flatMap((name) => {
        const entry = this.log.slice(0, until).findLast((each) => each.name === name);
        return entry === undefined ? [] : [streamOf(entry)];
      });
    this.ledger.apply({ kind: 'snapshot', streams: at(revision, [0]), revision, first: true, last: false });
    for (let more = 0; more < ahead; more++) this.change(1 + (more % (STREAMS - 1)));
    if (!complete) return;
    const streams = at(this.head, [1, 2]);
    this.notice(this.ledger.apply({ kind: 'snapshot', streams, revision, first: false, last: true }), false);
    this.delivered = revision;
    this.bookmarked = revision;
  }

  upload(name: number): void {
    const stream = this.ledger.view.named({ name: `s${name}` });
    if (stream === undefined) return;
    const admission = this.ledger.begin(stream.incarnation, this.nowMs);
    if (!admission.admitted) {
      expect(this.bookmarked).toBeLessThan(this.openedRevision);
      return;
    }
    const { upload: handle } = admission;
    const seenRevision = Math.max(this.delivered, stream.revision);
    this.uploads.push({
      handle,
      startedMs: this.nowMs,
      seenRevision,
      outcome: 'in flight',
      toldToStop: false,
    });
  }

  end(upload: TruthUpload, outcome: 'known' | 'unknown' | 'told to stop'): void {
    if (outcome === 'told to stop') {
      upload.toldToStop = true;
      this.ledger.stopped(upload.handle);
      return;
    }
    upload.outcome = outcome;
    this.ledger.finished(upload.handle, outcome, this.nowMs);
  }

  notice(tombstones: readonly Tombstone[], late: boolean): void {
    for (const { stream, tombstoneRevision } of tombstones)
      this.noticed.add(`${stream.incarnation} at ${tombstoneRevision}`);
    if (late) return;
    for (const handle of tombstones.flatMap(({ uploads }) => uploads)) {
      const upload = this.uploads.find((each) => each.handle === handle)!;
      if (upload.outcome === 'in flight') this.end(upload, 'told to stop');
    }
  }

  unsettled(): readonly TruthUpload[] {
    return this.uploads.filter(({ outcome, startedMs, toldToStop }) => {
      if (outcome === 'known') return false;
      if (outcome === 'in flight' && !toldToStop) return true;
      return this.nowMs < startedMs + DEADLINE_MS;
    });
  }

  check(): void {
    const drained = this.ledger.drainedRevision(this.nowMs);
    expect(drained).toBeGreaterThanOrEqual(this.lastDrained);
    expect(drained).toBeLessThanOrEqual(Math.max(this.bookmarked, this.openedRevision));
    this.lastDrained = drained;
    for (const { handle, seenRevision } of this.unsettled()) {
      const tombstone = this.log.find(
        ({ incarnation, state, revision }) =>
          incarnation === handle.incarnation && state === 'DELETED' && revision > seenRevision,
      );
      // A tombstone that was taken back before this node heard of it asks nothing of it.
      if (tombstone !== undefined && !this.undoneUnseen(tombstone))
        expect(drained).toBeLessThan(tombstone.revision);
    }
  }

  /** An undelete followed, and a listing went over both. */
  undoneUnseen(tombstone: Entry): boolean {
    if (this.noticed.has(`${tombstone.incarnation} at ${tombstone.revision}`)) return false;
    return this.log.some(
      ({ incarnation, state, revision }) =>
        incarnation === tombstone.incarnation && state === 'ACTIVE' && revision > tombstone.revision,
    );
  }
}

function streamOf(entry: Entry): ReturnType<typeof watchStream> {
  const { name, incarnation, state, revision } = entry;
  return watchStream({ name: `s${name}`, incarnation, state, revision });
}

describe('IngestLedger, whatever happens', () => {
  const runs = { numRuns: 500 };

  it('never says drained past an unsettled upload, beyond the view, or less than before', () => {
    fc.assert(
      fc.property(fc.nat(6), steps, (openedRevision, history) => {
        const world = new World(openedRevision);
        for (const step of history) {
          world.step(step);
          world.check();
        }
      }),
      runs,
    );
  });

  it('says drained up to its view once everything has ended or is past its deadline, and asks to report it', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = new World(0);
        for (const step of history) world.step(step);
        for (const upload of world.uploads) {
          if (upload.outcome === 'in flight') world.end(upload, 'told to stop');
        }
        world.step({ kind: 'deliver', events: world.head, bookmark: true, late: false });
        const dueMs = world.ledger.nextSettlingMs() ?? world.nowMs;
        expect(dueMs).toBeLessThanOrEqual(world.nowMs + DEADLINE_MS);
        world.nowMs += DEADLINE_MS;
        expect(world.ledger.settledFromMs()).toBeLessThanOrEqual(world.nowMs);
        expect(world.ledger.drainedRevision(world.nowMs)).toBe(world.bookmarked);
      }),
      runs,
    );
  });

  it('moves by itself no later than it says', () => {
    fc.assert(
      fc.property(steps, (history) => {
        const world = new World(0);
        for (const step of history) world.step(step);
        const drained = world.ledger.drainedRevision(world.nowMs);
        const atMs = world.ledger.nextSettlingMs();
        // Before that time nothing moves; at it, the first hold is gone.
        if (atMs === undefined) {
          expect(world.ledger.drainedRevision(world.nowMs + 10 * DEADLINE_MS)).toBe(drained);
        } else {
          expect(world.ledger.drainedRevision(atMs - 0.5)).toBe(drained);
          expect(world.ledger.drainedRevision(atMs)).toBeGreaterThanOrEqual(drained);
          expect(world.ledger.nextSettlingMs() ?? Infinity).toBeGreaterThan(atMs);
        }
      }),
      runs,
    );
  });
});
