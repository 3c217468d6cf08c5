/** P12: to which life the metadata below a prefix belongs, at and around each bound. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifeOfMetadata, SKEW_MS, type MetadataFile } from '../../src/bucket-layout/life-of-metadata.js';

const DELETED_MS = 1_000_000;
const PURGED_MS = 2_000_000;
const WAITING = { deletedMs: DELETED_MS, purgedMs: undefined };
const PURGED = { deletedMs: DELETED_MS, purgedMs: PURGED_MS };

function file(createdMs: number | undefined, firstEventMs?: number, key = 'k'): MetadataFile {
  return { key, metadata: createdMs === undefined ? undefined : { createdMs, firstEventMs } };
}

describe('lifeOfMetadata', () => {
  it('is none without metadata', () => {
    expect(lifeOfMetadata([], PURGED)).toEqual({ kind: 'none' });
  });

  it.each<[string, number, string]>([
    ['long before', DELETED_MS - 86_400_000, 'dead'],
    ['just outside, before', DELETED_MS - SKEW_MS - 1, 'dead'],
    ['at the bound before', DELETED_MS - SKEW_MS, 'unclear'],
    ['at the tombstone', DELETED_MS, 'unclear'],
    ['at the bound behind', DELETED_MS + SKEW_MS, 'unclear'],
    ['just outside, behind', DELETED_MS + SKEW_MS + 1, 'reborn'],
    ['long behind', DELETED_MS + 86_400_000, 'reborn'],
  ])('created %s the tombstone', (_when, createdMs, kind) => {
    expect(lifeOfMetadata([file(createdMs)], WAITING).kind).toBe(kind);
    expect(lifeOfMetadata([file(createdMs)], PURGED).kind).toBe(kind);
  });

  it.each<[string, number | undefined, string]>([
    ['no event', undefined, 'dead'],
    ['a first event of the dead life', DELETED_MS - 60_000, 'dead'],
    // A node that had not let go yet: what it wrote goes with the purge.
    ['a first event between tombstone and purge', DELETED_MS + 60_000, 'dead'],
    ['a first event at the bound', PURGED_MS + SKEW_MS, 'dead'],
    ['a first event after the prefix was empty', PURGED_MS + SKEW_MS + 1, 'reborn'],
  ])('created long before, with %s, once it is PURGED', (_what, firstEventMs, kind) => {
    const life = lifeOfMetadata([file(DELETED_MS - 60_000, firstEventMs)], PURGED);
    expect(life.kind).toBe(kind);
    if (life.kind === 'reborn') expect(life.createdMs).toBe(firstEventMs);
    // Before that, an event may only be late.
    expect(lifeOfMetadata([file(DELETED_MS - 60_000, firstEventMs)], WAITING).kind).toBe('dead');
  });

  it('says what is unclear, and about which object', () => {
    const unreadable = lifeOfMetadata([file(undefined, undefined, 'a/"b"')], WAITING);
    expect(unreadable).toEqual({
      kind: 'unclear',
      why: '"a/\\"b\\"" says no time of creation that can be read',
    });
    const close = lifeOfMetadata([file(DELETED_MS + 1)], WAITING);
    expect(close.kind === 'unclear' ? close.why : '').toMatch(
      /"k" was created at 1970-01-01T00:16:40.001Z, and the stream deleted at 1970-01-01T00:16:40.000Z/,
    );
  });

  it('one file of a new life outweighs the rest, one that is unclear outweighs the dead, in any order', () => {
    const dead = file(0, undefined, 'dead');
    const unclear = file(undefined, undefined, 'unclear');
    const younger = file(DELETED_MS + 90_000, undefined, 'younger');
    const older = file(DELETED_MS + 80_000, undefined, 'older');
    const shuffled = (files: readonly MetadataFile[]): fc.Arbitrary<MetadataFile[]> =>
      fc.shuffledSubarray([...files], { minLength: files.length });
    fc.assert(
      fc.property(shuffled([dead, unclear, younger, older]), (files) => {
        const oldest = { kind: 'reborn', createdMs: DELETED_MS + 80_000, key: 'older' };
        expect(lifeOfMetadata(files, WAITING)).toEqual(oldest);
      }),
    );
    fc.assert(
      fc.property(shuffled([dead, unclear, file(1)]), (files) => {
        expect(lifeOfMetadata(files, WAITING).kind).toBe('unclear');
      }),
    );
    expect(lifeOfMetadata([dead, file(1)], WAITING)).toEqual({ kind: 'dead' });
  });
});
