/** What listings of a node and steps of the catalog say together: new names, missing names, and when nothing is said. */
import { beforeEach, describe, expect, it } from 'vitest';
import { BehindCatalog } from '../../src/parseable/behind-catalog.js';
import { OwnedStreams } from '../../src/parseable/owned-streams.js';
import { stepOf } from '../../src/parseable/tombstone.js';
import type { Stream } from '../../src/client/index.js';
import { seededRandom, VIRTUAL_EPOCH_MS } from '../support/virtual-clock.js';
import { streamOf } from './support.js';

const MINUTE_MS = 60_000;
const MISSING_AFTER_MS = 10 * MINUTE_MS;

let behind: BehindCatalog;
let nowMs: number;

function catalogHas(...streams: (Partial<Stream> & Pick<Stream, 'name'>)[]): void {
  behind.beginListing();
  for (const stream of streams) step(stream);
  behind.endListing();
}

function step(stream: Partial<Stream> & Pick<Stream, 'name'>, type?: 'PURGED' | 'FORGOTTEN'): void {
  const event = type === undefined ? undefined : { type, revision: 500 };
  const found = stepOf(streamOf(stream), event);
  if (found !== undefined) behind.onStep(found);
}

/** One look, a minute after the last one. Tenants that are not given cannot be listed. */
function look(lists: Readonly<Record<string, readonly string[]>>): void {
  nowMs += MINUTE_MS;
  for (const tenant of behind.beginLook()) {
    const names = lists[tenant];
    if (names === undefined) behind.notListed(tenant, `nobody lists '${tenant}'`);
    else behind.listed(tenant, names, { nowMs, wallMs: VIRTUAL_EPOCH_MS + nowMs });
  }
  behind.endLook();
}

function ask(obstacle = ''): readonly string[] {
  return behind.missing
    .toAsk(nowMs)
    .filter((stream) => behind.missing.answered(stream, obstacle, nowMs))
    .map(({ name }) => name);
}

const due = (): readonly string[] => behind.added.due(nowMs).map(({ prefix }) => prefix);
const missing = (): readonly string[] => behind.view().missingStreams.map(({ name }) => name);
const followable = (): readonly string[] =>
  behind.heldBack === '' ? behind.missing.toFollow(nowMs).map(({ name }) => name) : [];

beforeEach(() => {
  behind = new BehindCatalog({ missingAfterMs: MISSING_AFTER_MS }, seededRandom(1));
  nowMs = 0;
});

describe('a name that is listed and that the catalog does not own', () => {
  it('is new when two successive listings of its tenant have it', () => {
    catalogHas({ name: 'web' }, { tenant: 'acme', name: 'api' });
    look({ '': ['web', 'app'], acme: ['api', 'web'] });
    expect(due()).toEqual([]);
    look({ '': ['web', 'app'], acme: ['api', 'web'] });
    expect(due()).toEqual(['app/', 'acme/web/']);
    expect(behind.view()).toMatchObject({ newCount: 2, missingCount: 0, unlistedCount: 0 });
  });

  it('is not new when the listings that have it do not follow each other', () => {
    catalogHas();
    look({ '': ['app'] });
    look({ '': [] });
    look({ '': ['app'] });
    expect(due()).toEqual([]);
  });

  it('is not lost by a listing that failed in between', () => {
    catalogHas();
    look({ '': ['app'] });
    look({});
    look({ '': ['app'] });
    expect(due()).toEqual(['app/']);
  });

  it.each<[string, Partial<Stream>]>([
    ['ACTIVE', { state: 'ACTIVE' }],
    ['DELETED', { state: 'DELETED' }],
    ['DRAINING', { state: 'PURGING' }],
    ['PURGING', { state: 'PURGING', purge: { beginTimeMs: 5 } as Stream['purge'] & object }],
  ])('is not new while a life of it is %s', (_state, fields) => {
    catalogHas({ name: 'app', ...fields });
    look({ '': ['app'] });
    look({ '': ['app'] });
    expect(due()).toEqual([]);
  });

  it('is new when its last life is PURGED, or no record of it is left', () => {
    catalogHas({ name: 'app', state: 'PURGED' }, { name: 'web', state: 'PURGING' });
    step({ name: 'web', state: 'PURGED' }, 'PURGED');
    look({ '': ['app', 'web'] });
    look({ '': ['app', 'web'] });
    expect(due()).toEqual(['app/', 'web/']);
  });

  it.each([['before'], ['after']])(
    'is owned when a listing has a PURGED life %s the present one',
    (order) => {
      const purged = { name: 'app', incarnation: 7, state: 'PURGED' } as const;
      const lives = [purged, { name: 'app', incarnation: 20 }];
      catalogHas(...(order === 'before' ? lives : lives.toReversed()));
      look({ '': ['app'] });
      look({ '': ['app'] });
      expect(due()).toEqual([]);
    },
  );

  it('is new under a prefix of its own when the catalog keeps the name elsewhere', () => {
    catalogHas({ name: 'fresh', prefix: 'fresh/112/' });
    look({ '': ['fresh'] });
    look({ '': ['fresh'] });
    expect(due()).toEqual(['fresh/']);
  });

  it.each(['pmeta', 'pstats', 'pbilling'])('is nothing to anybody when it is %s', (name) => {
    catalogHas();
    look({ '': [name] });
    look({ '': [name] });
    expect(due()).toEqual([]);
  });

  it('is tried again later when it was refused, and shown with the reason until it is owned', () => {
    catalogHas();
    look({ '': ['app'] });
    look({ '': ['app'] });
    const [app] = behind.added.due(nowMs);
    expect(behind.added.refused(app!, 'the fence has not passed', nowMs)).toBe(true);
    expect(due()).toEqual([]);
    expect(behind.view().newStreams).toEqual([
      {
        tenant: '',
        name: 'app',
        sinceTimeMs: VIRTUAL_EPOCH_MS + MINUTE_MS,
        problem: 'the fence has not passed',
      },
    ]);
    nowMs += MINUTE_MS;
    expect(due()).toEqual(['app/']);
    expect(behind.added.refused(app!, 'the fence has not passed', nowMs)).toBe(false);
    step({ name: 'app', incarnation: 30 });
    expect(behind.view().newCount).toBe(0);
    look({ '': ['app'] });
    expect(due()).toEqual([]);
  });
});

describe('a stream that the catalog has and nobody lists', () => {
  beforeEach(() => {
    catalogHas({ name: 'web' }, { name: 'app' }, { name: 'api' });
    look({ '': ['web', 'app', 'api'] });
  });

  const WITHOUT_APP = { '': ['web', 'api'] };

  it('is missing when every node has said for long enough that it does not hold it', () => {
    for (let minutes = 0; minutes < 10; minutes++) {
      look(WITHOUT_APP);
      expect(ask()).toEqual([]);
      expect(missing()).toEqual([]);
    }
    expect(behind.view().unlistedCount).toBe(1);
    for (let minutes = 0; minutes < 3 && missing().length === 0; minutes++) {
      look(WITHOUT_APP);
      ask();
    }
    expect(behind.view().missingStreams).toEqual([
      {
        tenant: '',
        name: 'app',
        incarnation: 7,
        wasListed: true,
        sinceTimeMs: VIRTUAL_EPOCH_MS + 2 * MINUTE_MS,
        problem: '',
      },
    ]);
    expect(followable()).toEqual(['app']);
  });

  it.each<[string, () => void]>([
    ['a node holds it', () => void ask('http://ingest-2 holds it')],
    ['a listing fails', () => look({})],
    ['nobody can be asked', () => behind.failed('no node answers')],
    ['it is listed again', () => look({ '': ['web', 'app', 'api'] })],
    ['another life begins', () => step({ name: 'app', incarnation: 40 })],
  ])('begins anew when %s', (_what, happens) => {
    for (let minutes = 0; minutes < 9; minutes++) {
      look(WITHOUT_APP);
      ask();
    }
    nowMs += 2 * MINUTE_MS;
    happens();
    for (let minutes = 0; minutes < 9; minutes++) {
      look(WITHOUT_APP);
      ask();
      expect(missing()).toEqual([]);
    }
    for (let minutes = 0; minutes < 6; minutes++) {
      look(WITHOUT_APP);
      ask();
    }
    expect(missing()).toEqual(['app']);
  });

  function untilMissing(lists = WITHOUT_APP): void {
    for (let minutes = 0; minutes < 15; minutes++) {
      look(lists);
      ask();
    }
  }

  it.each<[string, () => void]>([
    ['it is listed again', () => look({ '': ['web', 'app', 'api'] })],
    ['the catalog has it DELETED', () => step({ name: 'app', state: 'DELETED' })],
    ['its record is gone', () => step({ name: 'app', state: 'PURGED' }, 'FORGOTTEN')],
  ])('is missing no more when %s', (_what, happens) => {
    untilMissing();
    expect(missing()).toEqual(['app']);
    happens();
    expect(missing()).toEqual([]);
  });

  it('stays missing while listings fail, and is not to be deleted then', () => {
    untilMissing();
    look({});
    expect(missing()).toEqual(['app']);
    expect(followable()).toEqual([]);
    look(WITHOUT_APP);
    expect(followable()).toEqual(['app']);
  });

  it('is not to be deleted when more than half of the streams go missing', () => {
    untilMissing({ '': ['web', 'pmeta'] });
    expect(missing()).toEqual(['app', 'api']);
    expect(followable()).toEqual([]);
    expect(behind.view().heldBack).toMatch(
      /^2 of the 3 streams of the catalog are not listed, more than half/,
    );
  });

  it('is not missing by a listing without a single name', () => {
    untilMissing({ '': [] });
    expect(missing()).toEqual([]);
    expect(behind.view().problem).toMatch(/^no stream is listed, and the catalog has 3/);
  });

  it('is tried again later when it could not be deleted', () => {
    untilMissing();
    const [app] = behind.missing.toFollow(nowMs);
    expect(behind.missing.notFollowed(app!, 'too young', nowMs)).toBe(true);
    expect(followable()).toEqual([]);
    nowMs += MINUTE_MS;
    expect(followable()).toEqual(['app']);
    expect(behind.view().missingStreams[0]?.problem).toBe('too young');
  });

  it('is followed once: an undelete is an answer', () => {
    untilMissing();
    const [app] = behind.missing.toFollow(nowMs);
    behind.missing.followed(app!);
    step({ name: 'app', state: 'DELETED' });
    expect(missing()).toEqual([]);
    step({ name: 'app' });
    untilMissing();
    expect(behind.view().missingStreams).toMatchObject([
      { name: 'app', problem: 'it was followed once, and undeleted' },
    ]);
    expect(followable()).toEqual([]);
  });

  it('is not compared when its name is encoded in the key: a query node never lists it', () => {
    catalogHas({ name: 'web' }, { name: 'app' }, { name: 'Größe' });
    untilMissing({ '': ['web', 'app'] });
    expect(behind.view()).toMatchObject({ missingCount: 0, unlistedCount: 0, problem: '', heldBack: '' });
  });
});

describe('the comparison', () => {
  it('says nothing before the catalog has been listed', () => {
    expect(behind.beginLook()).toEqual([]);
    behind.endLook();
    expect(behind.view().problem).toBe('the catalog has not been listed yet');
  });

  it('says nothing of a catalog that does not fit, until it has been listed again and does', () => {
    const owned = new OwnedStreams({ ownersMax: 2, tenantsMax: 2 });
    behind = new BehindCatalog({ missingAfterMs: MISSING_AFTER_MS }, seededRandom(1), owned);
    catalogHas({ name: 'a' }, { name: 'b' }, { name: 'c' });
    look({ '': ['a', 'b', 'c'] });
    look({ '': ['a', 'b', 'c'] });
    expect(due()).toEqual([]);
    expect(behind.view().problem).toMatch(/more than 2 streams of Parseable/);
    catalogHas({ name: 'a' }, { tenant: 'x', name: 'b' });
    look({ '': ['a'], x: ['b'] });
    expect(behind.view().problem).toBe('');
    step({ tenant: 'y', name: 'b' });
    expect(behind.beginLook()).toEqual([]);
  });

  it('asks for a tenant whose last stream is purged: it may live again', () => {
    catalogHas({ tenant: 'acme', name: 'api', state: 'PURGED' });
    expect(behind.beginLook()).toEqual(['', 'acme']);
  });
});
