import { describe, expect, it } from 'vitest';
import { ancestorsOf, isPrefixInUse } from '../../src/catalog/ownership.js';
import {
  create,
  forget,
  markDeleted,
  markPurged,
  START_MS,
  TestCatalog,
  undelete,
} from './support/memory-catalog.js';

function reasonFor(catalog: TestCatalog, name: string, prefix: string): string {
  const result = catalog.apply(create(name, { prefix }));
  return result.ok ? 'ok' : result.refusal.reason;
}

describe('C1: prefixes never overlap', () => {
  it('knows the ancestors of a prefix, and not the prefix itself', () => {
    expect(ancestorsOf('a/')).toEqual([]);
    expect(ancestorsOf('a/b/')).toEqual(['a/']);
    expect(ancestorsOf('a/b/c/')).toEqual(['a/', 'a/b/']);
  });

  it('refuses an equal prefix, one inside another, and one around another', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('one', { prefix: 'a/b/' }));
    expect(reasonFor(catalog, 'two', 'a/b/')).toBe('PREFIX_OVERLAP');
    expect(reasonFor(catalog, 'two', 'a/b/c/')).toBe('PREFIX_OVERLAP');
    expect(reasonFor(catalog, 'two', 'a/b/c/d/')).toBe('PREFIX_OVERLAP');
    expect(reasonFor(catalog, 'two', 'a/')).toBe('PREFIX_OVERLAP');
  });

  it('compares whole segments: ab/ and a/ are neighbours, in either order', () => {
    for (const prefixes of [
      ['a/', 'ab/', 'a-/', 'b/'],
      ['ab/', 'a/'],
      ['x/a/', 'x/ab/', 'x/a-b/'],
    ]) {
      const catalog = new TestCatalog();
      prefixes.forEach((prefix, at) => {
        expect(reasonFor(catalog, `s${at}`, prefix)).toBe('ok');
      });
    }
  });

  it('names the owner that is in the way', () => {
    const catalog = new TestCatalog();
    const owner = catalog.stream(create('one', { tenant: 'acme', prefix: 'a/' }));
    expect(catalog.refusal(create('two', { prefix: 'a/b/' })).metadata).toMatchObject({
      owner_tenant: 'acme',
      owner_name: 'one',
      owner_incarnation: String(owner.incarnation),
      owner_state: 'ACTIVE',
      owner_prefix: 'a/',
    });
  });

  it('gives the default prefixes of one name room beside each other', () => {
    const catalog = new TestCatalog();
    const first = catalog.stream(create('app'));
    catalog.stream(markDeleted('app', { gracePeriodMs: 1000 }));
    const second = catalog.stream(create('app'));
    expect([first.prefix, second.prefix]).toEqual(['app/1/', 'app/3/']);
    expect([first.prefixReusable, second.prefixReusable]).toEqual([false, false]);
    expect(catalog.stream(create('app', { tenant: 'acme' })).prefix).toBe('acme/app/4/');
  });

  it('keeps a tenant and a stream of the same name apart', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('acme', { prefix: 'acme/' }));
    expect(catalog.refusal(create('app', { tenant: 'acme' })).reason).toBe('PREFIX_OVERLAP');
  });
});

describe('a prefix whose owner is on its way out', () => {
  it('is PURGE_PENDING for its equal, whoever asks, and PREFIX_OVERLAP above and below', () => {
    for (const state of ['DELETED', 'PURGING'] as const) {
      const catalog = new TestCatalog();
      catalog.streamIn(state, 'app', 'a/b/');
      expect(reasonFor(catalog, 'app', 'a/b/')).toBe('PURGE_PENDING');
      expect(reasonFor(catalog, 'other', 'a/b/')).toBe('PURGE_PENDING');
      expect(reasonFor(catalog, 'other', 'a/b/c/')).toBe('PREFIX_OVERLAP');
      expect(reasonFor(catalog, 'other', 'a/')).toBe('PREFIX_OVERLAP');
    }
  });

  it('is PURGE_PENDING for the next life of its own name, also one level below', () => {
    const catalog = new TestCatalog();
    catalog.streamIn('DELETED', 'app', 'app/');
    expect(catalog.refusal(create('app')).reason).toBe('PURGE_PENDING');
  });

  it('comes back whole with an undelete', () => {
    const catalog = new TestCatalog();
    catalog.streamIn('DELETED', 'app', 'app/');
    catalog.stream(undelete('app'));
    expect(reasonFor(catalog, 'other', 'app/')).toBe('PREFIX_OVERLAP');
  });
});

describe('P11: a purged prefix', () => {
  /** `app` purged at START_MS, with its prefix fenced for a minute. */
  function purged(prefix: string): { catalog: TestCatalog; incarnation: number } {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('PURGING', 'app', prefix);
    catalog.stream(markPurged(incarnation, { reusableAfterMs: START_MS + 60_000 }));
    return { catalog, incarnation };
  }

  it('stays fenced for its equal, below and above until reusable_after', () => {
    const { catalog } = purged('a/b/');
    catalog.nowMs = START_MS + 59_999;
    for (const prefix of ['a/b/', 'a/b/c/', 'a/']) {
      const refusal = catalog.refusal(create('other', { prefix }));
      expect(refusal.reason).toBe('PURGE_PENDING');
      expect(refusal.metadata).toMatchObject({ reusable_after_ms: String(START_MS + 60_000) });
      expect(refusal.message).toContain(`until ${new Date(START_MS + 60_000).toISOString()}`);
      expect(refusal.message).not.toContain(String(START_MS + 60_000));
    }
    expect(reasonFor(catalog, 'other', 'a/c/')).toBe('ok');
  });

  it('is free at reusable_after, each way by itself', () => {
    for (const prefix of ['a/b/', 'a/b/c/', 'a/']) {
      const { catalog } = purged('a/b/');
      catalog.nowMs = START_MS + 60_000;
      expect(reasonFor(catalog, 'other', prefix)).toBe('ok');
    }
  });

  it('is fenced too when it was the default one: somebody may ask for it by its letters', () => {
    const { catalog } = purged('');
    expect(reasonFor(catalog, 'other', 'app/1/')).toBe('PURGE_PENDING');
    expect(reasonFor(catalog, 'other', 'app/')).toBe('PURGE_PENDING');
    expect(reasonFor(catalog, 'app', '')).toBe('ok');
  });

  it('can be taken over while the old record is still kept, and survives its end', () => {
    const { catalog, incarnation } = purged('a/b/');
    catalog.nowMs = START_MS + 60_000;
    catalog.stream(create('app', { prefix: 'a/b/' }));
    catalog.stream(forget(incarnation));
    expect(reasonFor(catalog, 'other', 'a/b/')).toBe('PREFIX_OVERLAP');
    expect(reasonFor(catalog, 'other', 'a/')).toBe('PREFIX_OVERLAP');
  });

  it('is not forgotten before its fence', () => {
    const { catalog, incarnation } = purged('a/b/');
    expect(catalog.refusal(forget(incarnation)).reason).toBe('PURGE_PENDING');
    catalog.nowMs = START_MS + 60_000;
    expect(catalog.apply(forget(incarnation)).ok).toBe(true);
  });

  it('keeps the longest of several fences for the prefix above', () => {
    const catalog = new TestCatalog();
    const fences = [30_000, 60_000, 10_000];
    const incarnations = fences.map((fence, at) => {
      const { incarnation } = catalog.streamIn('PURGING', `s${at}`, `a/${at}/`);
      catalog.stream(markPurged(incarnation, { reusableAfterMs: START_MS + fence }));
      return incarnation;
    });
    catalog.nowMs = START_MS + 59_999;
    expect(reasonFor(catalog, 'other', 'a/')).toBe('PURGE_PENDING');
    catalog.nowMs = START_MS + 60_000;
    for (const incarnation of incarnations.toReversed()) catalog.stream(forget(incarnation));
    expect(reasonFor(catalog, 'other', 'a/')).toBe('ok');
  });

  it('leaves nothing behind when everything is forgotten', () => {
    const { catalog, incarnation } = purged('a/b/');
    catalog.nowMs = START_MS + 60_000;
    catalog.stream(forget(incarnation));
    const spaces = catalog.store.entries().map(([key]) => key[0]);
    // Meta and events.
    expect(new Set(spaces)).toEqual(new Set([0x01, 0x09]));
  });
});

describe('P8: isPrefixInUse', () => {
  it('sees a live owner equal, above and below, and no other', () => {
    const catalog = new TestCatalog();
    catalog.stream(create('one', { prefix: 'a/b/' }));
    const used = ['a/b/', 'a/b/c/', 'a/'].map((prefix) => isPrefixInUse(catalog.store, prefix));
    const free = ['a/c/', 'b/', 'ab/', 'a/b-/'].map((prefix) => isPrefixInUse(catalog.store, prefix));
    expect([used, free]).toEqual([
      [true, true, true],
      [false, false, false, false],
    ]);
  });

  it('does not count the purged owner itself', () => {
    const catalog = new TestCatalog();
    const { incarnation } = catalog.streamIn('DELETED', 'one', 'a/b/');
    expect(isPrefixInUse(catalog.store, 'a/b/')).toBe(true);
    catalog.purging(incarnation);
    catalog.stream(markPurged(incarnation, { reusableAfterMs: START_MS + 1000 }));
    expect(isPrefixInUse(catalog.store, 'a/b/')).toBe(false);
    catalog.nowMs += 1000;
    catalog.stream(create('two', { prefix: 'a/b/c/' }));
    expect(isPrefixInUse(catalog.store, 'a/b/')).toBe(true);
  });
});
