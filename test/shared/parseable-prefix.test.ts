/** Parseable's keys: the encoding of its store client, both ways. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameViolations, prefixViolations, tenantViolations } from '../../src/catalog/names.js';
import {
  decodeParseableSegment,
  parseableStreamOfPrefix,
  prefixOfParseableStream,
} from '../../src/shared/parseable-prefix.js';

describe('the prefix of a Parseable stream', () => {
  it.each([
    ['web', 'web/'],
    ['-dash_UNDER-09', '-dash_UNDER-09/'],
    ['Größe', 'Gr%C3%B6%C3%9Fe/'],
    ['日志', '%E6%97%A5%E5%BF%97/'],
    // Letters beyond 16 bits, and one that looks like an emoji and is a letter to Unicode.
    ['𠮷野家', '%F0%A0%AE%B7%E9%87%8E%E5%AE%B6/'],
    ['🅰', '%F0%9F%85%B0/'],
    ['①', '%E2%91%A0/'],
    // Two spellings of one word are two names, and two prefixes.
    ['हिन्दी'.replaceAll('\u094d', ''), '%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A4%A6%E0%A5%80/'],
    ['é'.normalize('NFC'), '%C3%A9/'],
  ])('%s, a legal name, lies under %s', (name, prefix) => {
    expect(nameViolations(name)).toEqual([]);
    expect(prefixOfParseableStream('', name)).toBe(prefix);
    expect(prefixViolations(prefix)).toEqual([]);
    expect(parseableStreamOfPrefix(prefix)).toEqual({ tenant: '', name });
    expect(parseableStreamOfPrefix(`acme/${prefix}`)).toEqual({ tenant: 'acme', name });
  });

  it.each([
    ['🚀', '%F0%9F%9A%80/'],
    ['é'.normalize('NFD'), 'e%CC%81/'],
    ['a/b', 'a%2Fb/'],
    ['100%', '100%25/'],
    ['a b.c:d', 'a b.c:d/'],
    ['\\{^}%`]">[~<#|*?', '%5C%7B%5E%7D%25%60%5D%22%3E%5B%7E%3C%23%7C%2A%3F/'],
    ['\r\n\u007f', '%0D%0A%7F/'],
    ['.', '%2E/'],
    ['..', '%2E%2E/'],
    ['\ufeffx', '%EF%BB%BFx/'],
  ])('%j, which no stream is called, would lie under %s', (name, prefix) => {
    expect(nameViolations(name)).not.toEqual([]);
    expect(prefixOfParseableStream('', name)).toBe(prefix);
    expect(parseableStreamOfPrefix(prefix)).toEqual({ tenant: '', name });
  });

  it.each([
    ['not the spelling of any name', 'Größe/'],
    ['lower-case digits', 'Gr%c3%b6%c3%9fe/'],
    ['half a character', 'Gr%C3/'],
    ['an escape that is not needed', '%41/'],
    ['half an escape', 'a%2/'],
    ['a percent sign alone', 'a%/'],
    ['a dot folder in disguise', './'],
    ['an overlong encoding', '%C0%AF/'],
    ['a surrogate', '%ED%A0%80/'],
    ['no slash at its end', 'web'],
    ['an empty tenant', '/web/'],
    ['an empty name', 'acme//'],
    ['the root', '/'],
    ['too deep', 'a/b/c/'],
  ])('is nobody’s: %s', (_, prefix) => {
    expect(parseableStreamOfPrefix(prefix)).toBeUndefined();
  });

  it('comes back as the same stream, and is always ASCII without surprises', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 64 });
    fc.assert(
      fc.property(fc.oneof(fc.constant(''), text), text, (tenant, name) => {
        const prefix = prefixOfParseableStream(tenant, name);
        expect(prefix).toMatch(/^[\x20-\x7e]+$/);
        expect(parseableStreamOfPrefix(prefix)).toEqual({ tenant, name });
      }),
    );
  });

  it('gives every legal stream a legal prefix, however long its name is', () => {
    const prefix = prefixOfParseableStream('t'.repeat(36), 'é'.repeat(127) + 'x');
    expect(prefixViolations(prefix)).toEqual([]);
    expect(tenantViolations('t'.repeat(36))).toEqual([]);
  });

  it('reads no two prefixes as one stream', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~é]{0,12}$/u), (segment) => {
        const name = decodeParseableSegment(segment);
        if (name !== undefined && name !== '') expect(prefixOfParseableStream('', name)).toBe(`${segment}/`);
      }),
    );
  });
});
