/**
 * Names that a node lists and the catalog has no owner for: streams that Parseable has created by itself. Pure.
 *
 * - A1 A name counts as new after two successive listings of its tenant: a stream that is being deleted by Parseable, or
 *   created through the catalog at this moment, is in one of them at most.
 * - A2 A refusal is shown and tried again later, for as long as the name is listed. Nothing is ever forced.
 * - A3 At most `namesMax` are remembered. The others come when there is room: they stay listed.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import { isInternalStream } from '../shared/parseable-internal.js';
import { prefixOfParseableStream } from '../shared/parseable-prefix.js';
import type { Random } from '../shared/random.js';
import type { StreamId } from './owned-streams.js';

export interface NewStreamsOptions {
  readonly backoff: BackoffOptions;
  readonly namesMax: number;
}

export interface NewStream extends StreamId {
  readonly prefix: string;
}

/** As status shows it. */
export interface NewStreamView extends StreamId {
  /** Wall clock. */
  readonly sinceTimeMs: number;
  /** Why it is not adopted; '' = it has not been tried. */
  readonly problem: string;
}

interface Candidate {
  readonly stream: NewStream;
  readonly sinceTimeMs: number;
  looks: number;
  attempts: number;
  /** Monotonic. */
  atMs: number;
  problem: string;
}

/** A1. */
const LOOKS_MIN = 2;

export class NewStreams {
  readonly #options: NewStreamsOptions;
  readonly #random: Random;
  /** By prefix. */
  readonly #candidates = new Map<string, Candidate>();

  constructor(options: NewStreamsOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** What one node lists of a tenant, and which of it has an owner. */
  listed(
    tenant: string,
    names: Iterable<string>,
    isOwned: (prefix: string) => boolean,
    { nowMs, wallMs }: { readonly nowMs: number; readonly wallMs: number },
  ): void {
    const seen = new Set<string>();
    for (const name of names) {
      const prefix = prefixOfParseableStream(tenant, name);
      if (isInternalStream(name) || isOwned(prefix)) continue;
      seen.add(prefix);
      const known = this.#candidates.get(prefix);
      if (known !== undefined) known.looks += 1;
      else if (this.#candidates.size < this.#options.namesMax) {
        const stream = { tenant, name, prefix };
        const fresh = { looks: 1, attempts: 0, atMs: nowMs, problem: '' };
        this.#candidates.set(prefix, { stream, sinceTimeMs: wallMs, ...fresh });
      }
    }
    for (const [prefix, { stream }] of this.#candidates)
      if (stream.tenant === tenant && !seen.has(prefix)) this.#candidates.delete(prefix);
  }

  /** Those to adopt now, the ones that have waited longest first. */
  due(nowMs: number): readonly NewStream[] {
    return this.#counted()
      .filter(({ atMs }) => atMs <= nowMs)
      .map(({ stream }) => stream);
  }

  adopted({ prefix }: NewStream): void {
    this.#candidates.delete(prefix);
  }

  /** `problem`: why, for people (A2). True: it was not said before. */
  refused({ prefix }: NewStream, problem: string, nowMs: number): boolean {
    const candidate = this.#candidates.get(prefix);
    if (candidate === undefined) return false;
    candidate.attempts += 1;
    candidate.atMs = nowMs + backoffMs(this.#options.backoff, candidate.attempts, this.#random);
    const isNews = candidate.problem !== problem;
    candidate.problem = problem;
    return isNews;
  }

  /** The watch may have shown an owner since the last listing. */
  view(isOwned: (prefix: string) => boolean): readonly NewStreamView[] {
    return this.#counted()
      .filter(({ stream }) => !isOwned(stream.prefix))
      .map(({ stream: { tenant, name }, sinceTimeMs, problem }) => ({ tenant, name, sinceTimeMs, problem }));
  }

  #counted(): readonly Candidate[] {
    return [...this.#candidates.values()].filter(({ looks }) => looks >= LOOKS_MIN);
  }
}
