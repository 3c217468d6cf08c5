/**
 * Streams that are ACTIVE in the catalog and that Parseable does not have: deleted by Parseable's own API, or never created
 * there. Pure.
 *
 * - M1 A stream is missing once no listing has had it and every node has said, each time that all were asked, that it does
 *   not hold it, for `missingAfterMs`. A failed listing, a node that is not up or that holds it begins that time anew.
 * - M2 It stays missing, whatever fails meanwhile, until a node lists it or the catalog has no ACTIVE life of it.
 * - M3 Only names that need no encoding in a key are compared. A query node looks for the others under a prefix that is
 *   encoded twice, and never lists them.
 * - M4 A life is followed once: an operator who undeletes it has decided.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Random } from '../shared/random.js';
import { isSameLife, type Owner, type StreamId } from './owned-streams.js';

export interface MissingStreamsOptions {
  readonly missingAfterMs: number;
  readonly backoff: BackoffOptions;
}

export interface MissingStream extends StreamId {
  readonly prefix: string;
  readonly incarnation: number;
  /** False: the helper has never seen it listed. */
  readonly wasListed: boolean;
}

/** As status shows it. */
export interface MissingStreamView extends StreamId {
  readonly incarnation: number;
  readonly wasListed: boolean;
  /** Since when no listing has had it, as far as this run has seen. Wall clock. */
  readonly sinceTimeMs: number;
  /** Why it is not followed; '' = it has not been tried. */
  readonly problem: string;
}

interface Absence {
  readonly stream: MissingStream;
  readonly sinceTimeMs: number;
  /** The first and the last answer of an unbroken row of absences (M1). Monotonic. */
  absentSinceMs: number | undefined;
  absentUntilMs: number;
  askAtMs: number;
  /** M2. */
  isMissing: boolean;
  attempts: number;
  followAtMs: number;
  problem: string;
}

export interface Times {
  readonly nowMs: number;
  readonly wallMs: number;
}

/** How often nodes are asked again about a stream that is missing: each such call costs a query node a listing. */
const ASK_MISSING_EVERY_MS = 3_600_000;
/** Lives that were followed and may come back by an undelete. */
const FOLLOWED_MAX = 10_000;
/** M3: what stands in a key as it is. */
const PLAIN = /^[\w-]+$/;

export class MissingStreams {
  readonly #options: MissingStreamsOptions;
  readonly #random: Random;
  /** By prefix. */
  readonly #absences = new Map<string, Absence>();
  readonly #followed = new Set<number>();

  constructor(options: MissingStreamsOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** M3. */
  static isCompared({ isActive, name }: Owner): boolean {
    return isActive && PLAIN.test(name);
  }

  /** An ACTIVE stream that a listing of its tenant has, or has not. */
  observed(owner: Owner, isListed: boolean, { nowMs, wallMs }: Times): void {
    const { tenant, name, prefix, incarnation } = owner;
    if (isListed) {
      owner.wasListed = true;
      this.#absences.delete(prefix);
      return;
    }
    if (this.#absences.get(prefix)?.stream.incarnation === incarnation) return;
    this.#absences.set(prefix, {
      stream: { tenant, name, prefix, incarnation, wasListed: owner.wasListed },
      sinceTimeMs: wallMs,
      absentSinceMs: undefined,
      absentUntilMs: nowMs,
      askAtMs: nowMs,
      isMissing: false,
      attempts: 0,
      followAtMs: nowMs,
      problem: '',
    });
  }

  /** M1: nothing is known of the tenant's streams this time. */
  notListed(tenant: string): void {
    for (const absence of this.#absences.values())
      if (absence.stream.tenant === tenant) absence.absentSinceMs = undefined;
  }

  /** Forgets what the catalog has no ACTIVE life of any more. */
  prune(owner: (prefix: string) => Owner | undefined): void {
    for (const [prefix, { stream }] of this.#absences)
      if (!isSameLife(owner(prefix), stream)) this.#absences.delete(prefix);
  }

  /** How many ACTIVE streams no listing has, missing or not yet. */
  get unlisted(): number {
    return this.#absences.size;
  }

  /** Those to ask every node about, the ones that have waited longest first. */
  toAsk(nowMs: number): readonly MissingStream[] {
    return [...this.#absences.values()]
      .filter(({ askAtMs }) => askAtMs <= nowMs)
      .toSorted((a, b) => a.askAtMs - b.askAtMs)
      .map(({ stream }) => stream);
  }

  /** What all nodes have said; `obstacle`: why that is no proof, '' = each says that it does not hold it. True: it is news that it is missing. */
  answered(asked: MissingStream, obstacle: string, nowMs: number): boolean {
    const absence = this.#absenceOf(asked);
    if (absence === undefined) return false;
    const { missingAfterMs } = this.#options;
    absence.askAtMs = nowMs + (absence.isMissing ? ASK_MISSING_EVERY_MS : missingAfterMs / 4);
    if (obstacle !== '') {
      absence.absentSinceMs = undefined;
      absence.problem = obstacle;
      return false;
    }
    if (absence.absentSinceMs === undefined) absence.problem = '';
    absence.absentSinceMs ??= nowMs;
    absence.absentUntilMs = nowMs;
    const isNews = !absence.isMissing && nowMs - absence.absentSinceMs >= missingAfterMs;
    absence.isMissing ||= isNews;
    return isNews;
  }

  /** Those to follow now; each is to be asked about once more right before. */
  toFollow(nowMs: number): readonly MissingStream[] {
    return [...this.#absences.values()]
      .filter(({ isMissing, followAtMs, stream }) => {
        return isMissing && followAtMs <= nowMs && !this.#followed.has(stream.incarnation); // M4
      })
      .toSorted((a, b) => a.followAtMs - b.followAtMs)
      .map(({ stream }) => stream);
  }

  followed({ prefix, incarnation }: MissingStream): void {
    this.#absences.delete(prefix);
    this.#followed.add(incarnation);
    for (const oldest of this.#followed) {
      if (this.#followed.size <= FOLLOWED_MAX) break;
      this.#followed.delete(oldest);
    }
  }

  /** True: the problem was not said before. */
  notFollowed(stream: MissingStream, problem: string, nowMs: number): boolean {
    const absence = this.#absenceOf(stream);
    if (absence === undefined) return false;
    absence.attempts += 1;
    absence.followAtMs = nowMs + backoffMs(this.#options.backoff, absence.attempts, this.#random);
    const isNews = absence.problem !== problem;
    absence.problem = problem;
    return isNews;
  }

  view(owner: (prefix: string) => Owner | undefined): readonly MissingStreamView[] {
    return [...this.#absences.values()]
      .filter(({ isMissing, stream }) => isMissing && isSameLife(owner(stream.prefix), stream))
      .map(({ stream: { tenant, name, incarnation, wasListed }, sinceTimeMs, problem }) => {
        const isUndeleted = this.#followed.has(incarnation);
        const why = isUndeleted ? 'it was followed once, and undeleted' : problem;
        return { tenant, name, incarnation, wasListed, sinceTimeMs, problem: why };
      });
  }

  #absenceOf({ prefix, incarnation }: MissingStream): Absence | undefined {
    const absence = this.#absences.get(prefix);
    return absence?.stream.incarnation === incarnation ? absence : undefined;
  }
}
