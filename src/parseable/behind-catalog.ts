/**
 * What Parseable has done behind the catalog, from what its nodes list and what the catalog owns: streams that it has
 * created by itself (new-streams.ts) and streams that its own API has deleted (missing-streams.ts). Pure: listings and
 * times are arguments, the calls are catalog-comparison.ts.
 *
 * One look asks for the streams of each tenant in turn.
 *
 * - B1 A look is worth what its listings are. A tenant that could not be listed is neither new nor missing anything, and
 *   after such a look nothing is deleted.
 * - B2 An empty listing of a tenant that has several streams is a failed one: a user without rights, or another bucket.
 * - B3 When more than half of all streams are not listed, nothing is deleted, however long it lasts: that is no series of
 *   deletes. An operator who knows better deletes them in the catalog.
 */
import type { BackoffOptions } from '../shared/backoff.js';
import type { Random } from '../shared/random.js';
import { MissingStreams, type MissingStreamView, type Times } from './missing-streams.js';
import { NewStreams, type NewStreamView } from './new-streams.js';
import { OwnedStreams, type Owner } from './owned-streams.js';
import type { CatalogStep } from './tombstone.js';

export interface BehindCatalogOptions {
  /** For how long every node must have said that it does not hold a stream which none lists. */
  readonly missingAfterMs: number;
}

/** Of one stream: a fence takes a minute or two to pass, and an operator's answer longer. */
const BACKOFF: BackoffOptions = { initialMs: 30_000, maxMs: 600_000 };
const NEW_NAMES_MAX = 10_000;
const SHOWN_MAX = 20;

/** What status shows of it. */
export interface BehindCatalogView {
  /** Why names cannot be compared, or could not all be; '' = they were. */
  readonly problem: string;
  /** Why no missing stream may be deleted at present; '' = they may. */
  readonly heldBack: string;
  readonly newCount: number;
  /** The first twenty. */
  readonly newStreams: readonly NewStreamView[];
  readonly missingCount: number;
  /** The first twenty. */
  readonly missingStreams: readonly MissingStreamView[];
  /** ACTIVE streams that no listing has, the missing ones among them. */
  readonly unlistedCount: number;
}

export class BehindCatalog {
  readonly added: NewStreams;
  readonly missing: MissingStreams;
  readonly #owned: OwnedStreams;
  #byTenant = new Map<string, string[]>();
  #problem = 'not compared yet';
  #heldBack = 'not compared yet';
  #lookProblem = '';

  constructor({ missingAfterMs }: BehindCatalogOptions, random: Random, owned = new OwnedStreams()) {
    this.#owned = owned;
    this.added = new NewStreams({ backoff: BACKOFF, namesMax: NEW_NAMES_MAX }, random);
    this.missing = new MissingStreams({ missingAfterMs, backoff: BACKOFF }, random);
  }

  beginListing(): void {
    this.#owned.beginListing();
  }

  onStep(step: CatalogStep): void {
    this.#owned.onStep(step);
  }

  endListing(): void {
    this.#owned.endListing();
  }

  /** The tenants to list now, '' among them. Empty: nothing can be compared, and status says why. */
  beginLook(): readonly string[] {
    this.#lookProblem = this.#owned.problem;
    if (this.#lookProblem !== '') return [];
    this.#byTenant = new Map();
    for (const owner of this.#owned.all()) {
      if (!MissingStreams.isCompared(owner)) continue;
      const prefixes = this.#byTenant.get(owner.tenant);
      if (prefixes === undefined) this.#byTenant.set(owner.tenant, [owner.prefix]);
      else prefixes.push(owner.prefix);
    }
    return this.#owned.tenants();
  }

  /** All names that one node lists of the tenant. */
  listed(tenant: string, names: readonly string[], times: Times): void {
    const prefixes = this.#byTenant.get(tenant) ?? [];
    if (names.length === 0 && prefixes.length > 1) {
      const whose = tenant === '' ? '' : ` of the tenant ${tenant}`;
      this.notListed(
        tenant,
        `no stream${whose} is listed, and the catalog has ${prefixes.length}: nothing is concluded from that`,
      ); // B2
      return;
    }
    this.added.listed(tenant, names, (prefix) => this.#owned.get(prefix) !== undefined, times);
    const listed = new Set(names);
    for (const prefix of prefixes) {
      const owner = this.#owned.get(prefix);
      if (owner !== undefined && MissingStreams.isCompared(owner))
        this.missing.observed(owner, listed.has(owner.name), times);
    }
  }

  /** B1. */
  notListed(tenant: string, problem: string): void {
    if (this.#lookProblem === '') this.#lookProblem = problem;
    this.missing.notListed(tenant);
  }

  /** Nobody could be asked for any tenant. */
  failed(problem: string): void {
    if (this.#lookProblem === '') this.#lookProblem = problem;
    for (const tenant of this.#owned.tenants()) this.missing.notListed(tenant);
    this.endLook();
  }

  endLook(): void {
    const ownerOf = (prefix: string): Owner | undefined => this.#owned.get(prefix);
    this.missing.prune(ownerOf);
    this.#problem = this.#lookProblem;
    this.#heldBack = this.#lookProblem === '' ? this.#tooMany() : this.#lookProblem;
  }

  /** '' = missing streams may be deleted in the catalog now. */
  get heldBack(): string {
    return this.#heldBack;
  }

  isOwned(prefix: string): boolean {
    return this.#owned.get(prefix) !== undefined;
  }

  view(): BehindCatalogView {
    const newStreams = this.added.view((prefix) => this.isOwned(prefix));
    const missingStreams = this.missing.view((prefix) => this.#owned.get(prefix));
    return {
      problem: this.#problem,
      heldBack: this.#heldBack,
      newCount: newStreams.length,
      newStreams: newStreams.slice(0, SHOWN_MAX),
      missingCount: missingStreams.length,
      missingStreams: missingStreams.slice(0, SHOWN_MAX),
      unlistedCount: this.missing.unlisted,
    };
  }

  /** B3. */
  #tooMany(): string {
    let active = 0;
    for (const owner of this.#owned.all()) if (MissingStreams.isCompared(owner)) active += 1;
    const { unlisted } = this.missing;
    return unlisted * 2 > active
      ? `${unlisted} of the ${active} streams of the catalog are not listed, more than half: none is deleted for it`
      : '';
  }
}
