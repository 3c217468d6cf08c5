/**
 * The bookkeeping of one session: what is in flight, what may still be applied by the store, how far the
 * view has come, how long the lease is sure, and from all that the revision that may be reported as drained.
 * Pure: time is an argument, by one monotonic clock. The holder's half of the barrier (P3).
 *
 * - L1 An upload is admitted only for a stream that is ACTIVE in the view, only when the view has reached the
 *   revision at which the session opened, and only while the lease is surely valid.
 * - L2 A known outcome settles an upload. Any other end leaves it with the store until its deadline, counted
 *   from its start; one that is in flight and was never told to stop is unsettled however late it is.
 * - L3 The drained revision lies before the tombstone of every stream with an unsettled upload, never beyond
 *   the view, and never goes back.
 * - L4 Each upload counts for the spell of ACTIVE in which it began: a stream that was undeleted and is
 *   written to without a pause must not hold up what was tombstoned in between for ever.
 *
 * Memory: one entry an upload in flight, at most `uploadsMax`, and one a stream that was written to.
 */
import { assert } from '../shared/assert.js';
import { IngestView, type EndedStream } from './ingest-view.js';
import type { Stream, WatchItem } from './types.js';

/**
 * A lease is taken to be this part shorter than the leader said: quartz differs by far less, and virtual machines
 * have been seen to lose or gain a percent.
 */
const LEASE_MARGIN = 1 / 32;

export interface LedgerSettings {
  /** Streams tombstoned by then were never open to this session. */
  readonly openedRevision: number;
  /** From an upload's start; the store applies nothing of it later. */
  readonly uploadDeadlineMs: number;
  readonly uploadsMax: number;
}

/** Why an upload may not begin. */
export type Refusal =
  'session-over' | 'view-behind' | 'lease-unsure' | 'stream-not-active' | 'too-many-uploads';

/** An upload in flight, as a handle. */
export interface LedgerUpload {
  readonly incarnation: number;
  readonly startedMs: number;
  /** From then on the store can no longer apply it. */
  readonly deadlineMs: number;
}

export type Admission =
  | { readonly admitted: true; readonly upload: LedgerUpload; readonly stream: Stream }
  | { readonly admitted: false; readonly refusal: Refusal };

/** A tombstone that the view has come to, and the uploads that must stop. */
export interface Tombstone extends EndedStream {
  readonly uploads: readonly LedgerUpload[];
}

/** One time of being ACTIVE, from a create or undelete to the tombstone (L4). */
interface Spell {
  readonly inFlight: Set<Upload>;
  /** Uploads with an unknown outcome are with the store until then. */
  unknownUntilMs: number;
  tombstoneRevision: number;
}

interface Upload extends LedgerUpload {
  readonly spell: Spell;
  toldToStop: boolean;
}

export class IngestLedger {
  readonly #settings: LedgerSettings;
  readonly #view = new IngestView();
  /** By incarnation: the present spells of streams that were written to. */
  readonly #spells = new Map<number, Spell>();
  /** Spells that a tombstone ended, in the order of the tombstones, until they are settled. */
  readonly #ending = new Set<Spell>();
  readonly #uploads = new Set<Upload>();
  #leaseUntilMs = -Infinity;
  #over = false;
  #drained: number;
  #reported: number;
  #newestDrain = 0;
  #awaited = 0;

  constructor(settings: LedgerSettings) {
    this.#settings = settings;
    this.#drained = settings.openedRevision;
    this.#reported = settings.openedRevision;
  }

  get view(): IngestView {
    return this.#view;
  }

  /** Everything up to the session's opening is in the view. */
  get viewIsReady(): boolean {
    return this.#view.revision >= this.#settings.openedRevision;
  }

  get uploadsInFlight(): number {
    return this.#uploads.size;
  }

  // ------------------------------------------------------------------------------------------ lease

  /** By the monotonic clock; -Infinity: it never was valid. */
  get leaseUntilMs(): number {
    return this.#leaseUntilMs;
  }

  leaseIsSure(nowMs: number): boolean {
    return !this.#over && nowMs < this.#leaseUntilMs;
  }

  /**
   * The leader granted so much from when it got what was sent at `sentMs`, so at least as much from then. An
   * answer that comes late takes nothing back from an earlier one.
   */
  renewed(sentMs: number, leaseRemainingMs: number): void {
    this.#leaseUntilMs = Math.max(this.#leaseUntilMs, sentMs + leaseRemainingMs * (1 - LEASE_MARGIN));
  }

  /** The session is gone, or is to admit nothing more. */
  end(): void {
    this.#over = true;
  }

  // ------------------------------------------------------------------------------------------- view

  /** Takes the next item of the watch. */
  apply(item: WatchItem): readonly Tombstone[] {
    // What purges wait for; a tombstone in its grace period holds up nothing yet.
    if (item.kind === 'event' && item.type === 'PURGE_STARTED') this.#noteDrain(item.revision);
    return this.#view.apply(item).map((ended) => {
      // A listing does not say whether what is missing from it only waits for the end of its grace period.
      if (item.kind === 'snapshot') this.#noteDrain(ended.tombstoneRevision);
      const { incarnation } = ended.stream;
      const spell = this.#spells.get(incarnation);
      if (spell === undefined) return { ...ended, uploads: [] };
      this.#spells.delete(incarnation);
      spell.tombstoneRevision = ended.tombstoneRevision;
      this.#ending.add(spell);
      return { ...ended, uploads: [...spell.inFlight] };
    });
  }

  // ---------------------------------------------------------------------------------------- uploads

  /** L1. */
  begin(incarnation: number, nowMs: number): Admission {
    if (this.#over) return { admitted: false, refusal: 'session-over' };
    if (!this.viewIsReady) return { admitted: false, refusal: 'view-behind' };
    if (!this.leaseIsSure(nowMs)) return { admitted: false, refusal: 'lease-unsure' };
    const stream = this.#view.stream(incarnation);
    if (stream === undefined) return { admitted: false, refusal: 'stream-not-active' };
    const { uploadsMax, uploadDeadlineMs } = this.#settings;
    if (this.#uploads.size >= uploadsMax) return { admitted: false, refusal: 'too-many-uploads' };
    let spell = this.#spells.get(incarnation);
    if (spell === undefined) {
      spell = { inFlight: new Set(), unknownUntilMs: -Infinity, tombstoneRevision: Infinity };
      this.#spells.set(incarnation, spell);
    }
    const deadlineMs = nowMs + uploadDeadlineMs;
    const upload = { incarnation, startedMs: nowMs, deadlineMs, spell, toldToStop: false };
    spell.inFlight.add(upload);
    this.#uploads.add(upload);
    return { admitted: true, upload, stream };
  }

  /** Its signal is aborted: from now on its deadline settles it. */
  stopped(upload: LedgerUpload): void {
    (upload as Upload).toldToStop = true;
  }

  /** It came to an end. `known`: the store has applied it, or certainly never will. */
  finished(upload: LedgerUpload, outcome: 'known' | 'unknown', nowMs: number): void {
    const ours = upload as Upload;
    const { spell, incarnation, deadlineMs } = ours;
    this.#uploads.delete(ours);
    spell.inFlight.delete(ours);
    if (outcome === 'unknown') spell.unknownUntilMs = Math.max(spell.unknownUntilMs, deadlineMs); // L2
    if (this.#spells.get(incarnation) === spell && settledFromMs(spell) <= nowMs)
      this.#spells.delete(incarnation);
  }

  /** When all is settled, if nothing more begins or ends: Infinity while some upload may go on, -Infinity for long. */
  settledFromMs(): number {
    let fromMs = -Infinity;
    for (const spell of this.#spells.values()) fromMs = Math.max(fromMs, settledFromMs(spell));
    for (const spell of this.#ending) fromMs = Math.max(fromMs, settledFromMs(spell));
    return fromMs;
  }

  // ---------------------------------------------------------------------------------------- drained

  /** L3: what may be reported now. */
  drainedRevision(nowMs: number): number {
    let heldAt = Infinity;
    for (const spell of this.#ending) {
      if (settledFromMs(spell) > nowMs) {
        heldAt = spell.tombstoneRevision;
        break;
      }
      this.#ending.delete(spell);
    }
    const { openedRevision } = this.#settings;
    const drained = Math.max(openedRevision, Math.min(this.#view.revision, heldAt - 1));
    assert(drained >= this.#drained, () => `drained goes back from ${this.#drained} to ${drained}`);
    this.#drained = drained;
    return drained;
  }

  /** When the drained revision may move without anything happening; undefined: not by itself. */
  nextSettlingMs(): number | undefined {
    for (const spell of this.#ending) {
      const fromMs = settledFromMs(spell);
      return fromMs === Infinity ? undefined : fromMs;
    }
    return undefined;
  }

  /** A frame with this drained revision was sent. */
  reported(drainedRevision: number): void {
    this.#reported = Math.max(this.#reported, drainedRevision);
  }

  /** The leader says that a purge waits for this session to drain up to there; 0: none does. */
  awaited(revision: number): void {
    this.#awaited = revision;
  }

  #noteDrain(revision: number): void {
    this.#newestDrain = Math.max(this.#newestDrain, revision);
  }

  /** A drain that has begun, or something else that a purge waits for, has drained since the last report. */
  reportIsDue(nowMs: number): boolean {
    if (this.drainedRevision(nowMs) <= this.#reported) return false;
    return this.#newestDrain > this.#reported || this.#awaited > this.#reported;
  }
}

/** L2. Infinity: one of its uploads has not been told to stop. */
function settledFromMs(spell: Spell): number {
  let fromMs = spell.unknownUntilMs;
  for (const upload of spell.inFlight)
    fromMs = Math.max(fromMs, upload.toldToStop ? upload.deadlineMs : Infinity);
  return fromMs;
}
