/**
 * The comparison against the history of a world that it sees only through listings, answers and the watch: what it would
 * adopt was listed twice and belongs to nobody (A1), what it calls missing was proved absent for long enough (M1), and in the
 * end it finds all of both.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BehindCatalog } from '../../src/parseable/behind-catalog.js';
import { stepOf } from '../../src/parseable/tombstone.js';
import { seededRandom } from '../support/virtual-clock.js';
import { streamOf } from './support.js';

const MISSING_AFTER_MS = 1_000;
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const TENANTS = ['', 't'];
const PREFIXES = TENANTS.flatMap((tenant) =>
  NAMES.map((name) => (tenant === '' ? `${name}/` : `${tenant}/${name}/`)),
);

type Event =
  | {
      readonly kind: 'appear' | 'vanish' | 'create' | 'delete' | 'undelete' | 'drain' | 'purge';
      readonly at: number;
    }
  | { readonly kind: 'relist' }
  | { readonly kind: 'look'; readonly failing: number; readonly obstacles: readonly number[] };

const at = fc.nat(PREFIXES.length - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['appear', 'vanish', 'create', 'delete', 'undelete', 'drain', 'purge'] as const),
      ),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'relist' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      /** Bit 1: the tenant '' cannot be listed; bit 2: 't'. Mostly both can. */
      failing: fc.constantFrom(0, 0, 0, 0, 0, 1, 2, 3),
      obstacles: fc.array(at, { maxLength: 1 }),
    }),
  },
);

/** What is remembered of one prefix. */
interface History {
  /** Of the tenant's listings, in a row up to now, those that had the name. */
  listedInRow: number;
  /** When it was last seen, or its life changed: whatever was proved before is void. */
  voidMs: number;
  /** Times of answers that proved it absent, and of whatever breaks their row. */
  proofs: { readonly atMs: number; readonly isProof: boolean }[];
}

class World {
  readonly behind = new BehindCatalog({ missingAfterMs: MISSING_AFTER_MS }, seededRandom(1));
  readonly bucket = new Set<string>();
  readonly states = new Map<string, 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED'>();
  readonly incarnations = new Map<string, number>();
  readonly histories = new Map<string, History>(
    PREFIXES.map((prefix) => [prefix, { listedInRow: 0, voidMs: -1, proofs: [] }]),
  );
  nowMs = 0;
  revision = 100;

  constructor() {
    this.relist();
  }

  take(each: Event): void {
    switch (each.kind) {
      case 'appear':
        this.bucket.add(PREFIXES[each.at]!);
        return;
      case 'vanish':
        this.bucket.delete(PREFIXES[each.at]!);
        return;
      case 'create':
        this.move(each.at, [undefined, 'PURGED'], 'ACTIVE');
        return;
      case 'delete':
        this.move(each.at, ['ACTIVE'], 'DELETED');
        return;
      case 'undelete':
        this.move(each.at, ['DELETED'], 'ACTIVE');
        return;
      case 'drain':
        this.move(each.at, ['DELETED'], 'PURGING');
        return;
      case 'purge':
        this.move(each.at, ['PURGING'], 'PURGED');
        return;
      case 'relist':
        this.relist();
        return;
      case 'look':
        this.look(each.failing, new Set(each.obstacles.map((one) => PREFIXES[one]!)));
    }
  }

  move(
    index: number,
    from: readonly (string | undefined)[],
    to: 'ACTIVE' | 'DELETED' | 'PURGING' | 'PURGED',
  ): void {
    const prefix = PREFIXES[index]!;
    const before = this.states.get(prefix);
    if (!from.includes(before)) return;
    this.revision += 1;
    if (to === 'ACTIVE' && before !== 'DELETED') this.incarnations.set(prefix, this.revision);
    this.states.set(prefix, to);
    this.tell(prefix);
  }

  tell(prefix: string): void {
    const [name = '', tenant = ''] = prefix.slice(0, -1).split('/').reverse();
    const incarnation = this.incarnations.get(prefix) ?? 0;
    const state = this.states.get(prefix) ?? 'PURGED';
    const step = stepOf(streamOf({ tenant, name, incarnation, state }));
    if (step !== undefined) this.behind.onStep(step);
  }

  relist(): void {
    this.behind.beginListing();
    for (const prefix of this.states.keys()) this.tell(prefix);
    this.behind.endListing();
  }

  look(failing: number, obstacles: ReadonlySet<string>): void {
    this.nowMs += 300;
    const { nowMs } = this;
    for (const tenant of this.behind.beginLook()) {
      const mine = PREFIXES.filter((prefix) => (prefix.length > 2 ? 't' : '') === tenant);
      const lists = mine.filter((prefix) => this.bucket.has(prefix));
      const active = mine.filter((prefix) => this.states.get(prefix) === 'ACTIVE').length;
      const isFailed = (failing & (tenant === '' ? 1 : 2)) !== 0;
      if (isFailed) this.behind.notListed(tenant, 'fails');
      else
        this.behind.listed(
          tenant,
          lists.map((prefix) => prefix.slice(0, -1).split('/').at(-1)!),
          { nowMs, wallMs: nowMs },
        );
      const isWorthless = isFailed || (lists.length === 0 && active > 1);
      for (const prefix of mine) {
        const history = this.histories.get(prefix)!;
        if (isWorthless) history.proofs.push({ atMs: nowMs, isProof: false });
        else if (lists.includes(prefix)) {
          history.listedInRow += 1;
          history.voidMs = nowMs;
        } else history.listedInRow = 0;
      }
    }
    this.behind.endLook();
    for (const stream of this.behind.missing.toAsk(nowMs)) {
      const isProof = !obstacles.has(stream.prefix);
      this.histories.get(stream.prefix)!.proofs.push({ atMs: nowMs, isProof });
      this.behind.missing.answered(stream, isProof ? '' : 'a node holds it', nowMs);
    }
    this.check();
  }

  check(): void {
    for (const { prefix } of this.behind.added.due(this.nowMs)) {
      if (this.behind.isOwned(prefix)) continue; // The loop looks before it asks.
      expect(['PURGED', undefined]).toContain(this.states.get(prefix));
      expect(this.histories.get(prefix)!.listedInRow).toBeGreaterThanOrEqual(2);
    }
    for (const { tenant, name, incarnation } of this.behind.view().missingStreams) {
      const prefix = tenant === '' ? `${name}/` : `${tenant}/${name}/`;
      expect(this.states.get(prefix)).toBe('ACTIVE');
      expect(incarnation).toBe(this.incarnations.get(prefix));
      expect(this.wasProved(this.histories.get(prefix)!)).toBe(true);
    }
  }

  /** M1: two proofs that are far enough apart, and nothing between them that breaks the row or voids it. */
  wasProved({ proofs, voidMs }: History): boolean {
    let firstMs: number | undefined;
    return proofs.some(({ atMs, isProof }) => {
      if (atMs <= voidMs || !isProof) firstMs = undefined;
      else firstMs ??= atMs;
      return firstMs !== undefined && atMs - firstMs >= MISSING_AFTER_MS;
    });
  }
}

describe('the comparison of the catalog with what nodes list', () => {
  it('concludes nothing that was not seen for long enough, and everything in the end', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const world = new World();
        for (const each of events) world.take(each);
        // One name of each tenant stays listed, so that no listing is empty.
        for (const prefix of ['a/', 't/a/']) world.bucket.add(prefix);
        for (let turn = 0; turn < 20; turn++) world.look(0, new Set());
        const isOwned = (prefix: string): boolean =>
          ![undefined, 'PURGED'].includes(world.states.get(prefix));
        const tenants = world.behind.beginLook();
        const known = PREFIXES.filter((prefix) => prefix.length === 2 || tenants.includes('t'));
        expect(new Set(world.behind.added.due(world.nowMs).map(({ prefix }) => prefix))).toEqual(
          new Set(known.filter((prefix) => world.bucket.has(prefix) && !isOwned(prefix))),
        );
        const missing = PREFIXES.filter(
          (prefix) => world.states.get(prefix) === 'ACTIVE' && !world.bucket.has(prefix),
        );
        const active = [...world.states.values()].filter((state) => state === 'ACTIVE').length;
        expect(world.behind.view()).toMatchObject({
          missingCount: missing.length,
          unlistedCount: missing.length,
        });
        expect(world.behind.heldBack === '').toBe(missing.length * 2 <= active);
      }),
      { numRuns: 400 },
    );
  });
});
