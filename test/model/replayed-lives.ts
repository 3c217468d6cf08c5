/** The lives of a replayed run: where the model has each of them, and who has which prefix. */
import type { LifeState } from '../../src/catalog/lifecycle.js';
import type { Incarnation, Revision } from '../../src/catalog/types.js';

interface Born {
  readonly tenant: string;
  readonly name: string;
  readonly prefix: string;
}

export class ReplayedLife {
  readonly incarnation: Incarnation;
  readonly name: string;
  readonly prefix: string;
  /** Chosen by the caller: another life may own it later. */
  readonly prefixReusable: boolean;
  purgeAfterMs = 0;
  tombstone: Revision = 0;
  drain: Revision = 0;
  reusableAfterMs = 0;
  readonly #history: { readonly state: LifeState; readonly from: Revision }[] = [];

  /** `prefix`: as the catalog gave it; `born.prefix`: as it was asked for. */
  constructor(incarnation: Incarnation, born: Born, prefix: string) {
    this.incarnation = incarnation;
    this.name = `${born.tenant}/${born.name}`;
    this.prefix = prefix;
    this.prefixReusable = born.prefix !== '';
  }

  get state(): LifeState {
    return this.#history.at(-1)?.state ?? 'ABSENT';
  }

  /** At that revision, or at any time since. */
  wasActiveSince(revision: Revision): boolean {
    return this.#history.some(({ state }, at) => {
      const until = this.#history[at + 1]?.from ?? Infinity;
      return state === 'ACTIVE' && until > revision;
    });
  }

  // The effects of steps that the guards have allowed.

  becomes(state: LifeState, from: Revision): void {
    this.#history.push({ state, from });
  }

  tombstoned(revision: Revision, purgeAfterMs: number): void {
    this.tombstone = revision;
    this.purgeAfterMs = purgeAfterMs;
    this.becomes('DELETED', revision);
  }

  draining(revision: Revision): void {
    this.drain = revision;
    this.becomes('DRAINING', revision);
  }

  purged(revision: Revision, reusableAfterMs: number): void {
    this.fencedUntil(reusableAfterMs);
    this.becomes('PURGED', revision);
  }

  fencedUntil(reusableAfterMs: number): void {
    this.reusableAfterMs = Math.max(this.reusableAfterMs, reusableAfterMs);
  }
}

export class ReplayedLives {
  readonly #lives = new Map<Incarnation, ReplayedLife>();

  get(incarnation: Incarnation): ReplayedLife | undefined {
    return this.#lives.get(incarnation);
  }

  add(life: ReplayedLife): void {
    this.#lives.set(life.incarnation, life);
  }

  activeOf({ name }: ReplayedLife): ReplayedLife | undefined {
    return this.#all.find((life) => life.name === name && life.state === 'ACTIVE');
  }

  /** A life that is neither PURGED nor forgotten, whose prefix is equal to this one, above or below it. */
  ownerOver(prefix: string): ReplayedLife | undefined {
    return this.overlapping(prefix).find(({ state }) => state !== 'PURGED' && state !== 'ABSENT');
  }

  overlapping(prefix: string): readonly ReplayedLife[] {
    return this.#all.filter((life) => life.prefix.startsWith(prefix) || prefix.startsWith(life.prefix));
  }

  /** Every life that has, or had, the prefix that this key is below of. */
  owning(key: string): readonly ReplayedLife[] {
    return this.#all.filter(({ prefix }) => key.startsWith(prefix));
  }

  get #all(): readonly ReplayedLife[] {
    return [...this.#lives.values()];
  }
}
