/** Small values on the wire: times, durations, etags, page tokens. Exact both ways, at their bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Duration__Output } from '../../../src/generated/google/protobuf/Duration.js';
import { decodeStreamListKey, listingKey } from '../../../src/catalog/keys.js';
import { Checks } from '../../../src/rpc/convert/checks.js';
import { fromEtag, toEtag } from '../../../src/rpc/convert/etag.js';
import { decodePageToken, encodePageToken } from '../../../src/rpc/convert/page-token.js';
import { durationMs, toDuration, toTimestamp } from '../../../src/rpc/convert/time.js';

const BOUNDS = { minMs: 0, maxMs: Number.MAX_SAFE_INTEGER, text: 'anything' };

function read(
  duration: { seconds?: unknown; nanos?: unknown },
  bounds = BOUNDS,
): number | string | undefined {
  const checks = new Checks();
  const ms = durationMs({ seconds: 0, nanos: 0, ...duration } as Duration__Output, 'field', bounds, checks);
  if (checks.isEmpty) return ms;
  try {
    checks.throwIfAny();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

describe('durations', () => {
  it('come back exactly, to the millisecond and at any size that is allowed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 315_576_000_000_000 }), (ms) => {
        expect(read(toDuration(ms) as Duration__Output)).toBe(ms);
      }),
    );
  });

  it('keep fractions of a millisecond on the way out', () => {
    expect(toDuration(0.25)).toEqual({ seconds: 0, nanos: 250_000 });
    expect(toDuration(1999.999_999)).toEqual({ seconds: 1, nanos: 999_999_999 });
    expect(toDuration(1999.999_999_9)).toEqual({ seconds: 2, nanos: 0 });
    expect(toDuration(-3)).toEqual({ seconds: 0, nanos: 0 });
  });

  it('are bounded exactly', () => {
    const bounds = { minMs: 100, maxMs: 1500, text: '100 ms to 1.5 s' };
    expect(read({ nanos: 100_000_000 }, bounds)).toBe(100);
    expect(read({ seconds: 1, nanos: 500_000_000 }, bounds)).toBe(1500);
    expect(read({ nanos: 99_000_000 }, bounds)).toContain('100 ms to 1.5 s is allowed');
    expect(read({ seconds: 1, nanos: 501_000_000 }, bounds)).toContain('out of bounds');
  });

  it('absent are absent', () => {
    expect(durationMs(null, 'field', BOUNDS, new Checks())).toBeUndefined();
  });

  it('never throw, whatever the numbers', () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), (seconds, nanos) => {
        expect(() => read({ seconds, nanos })).not.toThrow();
      }),
    );
  });
});

describe('timestamps', () => {
  it('are absent for 0, and exact to the millisecond', () => {
    expect(toTimestamp(0)).toBeNull();
    expect(toTimestamp(1)).toEqual({ seconds: 0, nanos: 1_000_000 });
    expect(toTimestamp(1_700_000_000_999)).toEqual({ seconds: 1_700_000_000, nanos: 999_000_000 });
  });
});

describe('etags', () => {
  it('are one spelling a revision, and nothing else', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (revision) => {
        const checks = new Checks();
        expect(fromEtag(toEtag(revision), checks)).toBe(revision);
        expect(checks.isEmpty).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        const checks = new Checks();
        const revision = fromEtag(text, checks);
        expect(toEtag(revision) === text).toBe(checks.isEmpty);
      }),
    );
  });
});

describe('page tokens', () => {
  const query = ['ListStreams', null, 'app', ['ACTIVE'], 'local'];
  const decode = (token: string, of: readonly unknown[] = query): { position: unknown; wrong: string } => {
    const checks = new Checks();
    const position = decodePageToken(token, of, decodeStreamListKey, checks);
    try {
      checks.throwIfAny();
      return { position, wrong: '' };
    } catch (error) {
      return { position, wrong: (error as Error).message };
    }
  };

  it('come back as they went', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[\p{L}-]*$/u),
        fc.maxSafeNat(),
        fc.maxSafeNat(),
        (name, incarnation, revision) => {
          const after = listingKey('acme', name, incarnation);
          const position = { revision, stage: 0, after };
          expect(decode(encodePageToken(position, query))).toEqual({ position, wrong: '' });
        },
      ),
    );
    const start = { revision: 7, stage: 1, after: undefined };
    expect(decode(encodePageToken(start, query)).position).toEqual(start);
  });

  it('of another query, or of no list at all, are refused', () => {
    const token = encodePageToken({ revision: 7, stage: 0, after: listingKey('', 'a', 1) }, query);
    expect(decode(token, ['ListPurges', ...query.slice(1)]).wrong).toContain('another query');
    const foreign = encodePageToken({ revision: 7, stage: 0, after: Uint8Array.of(2, 1, 1, 1) }, query);
    expect(decode(foreign).wrong).toContain('not a page token');
  });

  it('that are garbage are refused and never throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.base64String({ minLength: 4 })), (text) => {
        expect(decode(text).wrong).toContain('page_token');
      }),
    );
  });
});
