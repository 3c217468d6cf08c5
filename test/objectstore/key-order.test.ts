import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys, sortByKey } from '../../src/objectstore/key-order.js';
import { decodeName, keyToNames } from '../../src/objectstore/local-paths.js';

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', '/', '\uffee', '🪦', '\ud7ff', '\ue000'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
});

describe('the order of keys', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('is what lists are sorted by', () => {
    fc.assert(
      fc.property(fc.array(text), (keys) => {
        const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(sortByKey([...keys], (key) => key)).toEqual(expected);
      }),
    );
  });
});

describe('file names of the local store', () => {
  it('decode to the segment that they stand for, and to nothing else', () => {
    const segment = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom(
        '',
        '.',
        '..',
        '%~',
        '%~a',
        '%~~tmp',
        '~',
        'x'.repeat(255),
        'x'.repeat(256),
        'x'.repeat(600),
        '/'.repeat(0),
      ),
    );
    fc.assert(
      fc.property(
        segment.filter((one) => !one.includes('/') && Buffer.from(one).toString() === one),
        (one) => {
          const names = keyToNames(one);
          let before = '';
          for (const [at, name] of names.entries()) {
            expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
            expect(['', '.', '..', '%~~tmp']).not.toContain(name);
            expect(name).not.toMatch(/[\0/]/);
            const decoded = decodeName(name, before);
            if (at === names.length - 1) expect(decoded).toEqual({ kind: 'segment', segment: one });
            else expect(decoded.kind).toBe('continued');
            if (decoded.kind === 'continued') before = decoded.body;
          }
        },
      ),
    );
  });
});
