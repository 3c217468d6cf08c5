import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinaryReader, BinaryWriter, DecodeError } from '../../src/shared/binary.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('BinaryWriter', () => {
  it('writes big-endian integers that sort as numbers do, and varints of seven bits', () => {
    expect(hex(new BinaryWriter().u32(0x89abcdef).finish())).toBe('89abcdef');
    expect(hex(new BinaryWriter().u64(Number.MAX_SAFE_INTEGER).finish())).toBe('001fffffffffffff');
    expect(hex(new BinaryWriter().u64(0x1_8000_0001).finish())).toBe('0000000180000001');
    expect(hex(new BinaryWriter().varint(300).finish())).toBe('ac02');
  });

  it('writes the same bytes for a text, ASCII or not, short or long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), (text) => {
        const utf8 = new TextEncoder().encode(text);
        expect(hex(new BinaryWriter().string(text).finish())).toBe(
          hex(new BinaryWriter().bytes(utf8).finish()),
        );
      }),
    );
  });

  it('finishes with bytes that no later write changes, neither its own nor another writer’s', () => {
    const first = new BinaryWriter().string('first');
    const one = first.finish();
    const copy = hex(one);
    const two = first.u8(0xff).finish();
    new BinaryWriter().string('other writer').finish();
    expect(hex(one)).toBe(copy);
    expect(hex(two)).toBe(`${copy}ff`);
  });

  it('may be open beside others', () => {
    const outer = new BinaryWriter().u8(1);
    const inner = new BinaryWriter().u8(2);
    const innermost = new BinaryWriter().u8(3).finish();
    const nested = inner.raw(innermost).finish();
    expect(hex(outer.raw(nested).finish())).toBe('010203');
  });

  it.each([4095, 4096, 4097, 10_000])('grows past its scratch buffer: %d bytes', (length) => {
    const bytes = new Uint8Array(length).fill(7);
    const writer = new BinaryWriter().raw(bytes.subarray(0, length - 1)).u8(7);
    const finished = writer.finish();
    new BinaryWriter().raw(new Uint8Array(length)).finish();
    expect(hex(finished)).toBe(hex(bytes));
  });
});

describe('BinaryReader', () => {
  it('reads what was written, also from a view into a larger buffer', () => {
    const number = fc.maxSafeNat();
    const text = fc.string({ unit: 'grapheme', maxLength: 90 });
    fc.assert(
      fc.property(number, fc.nat({ max: 0xffff_ffff }), text, fc.uint8Array(), (big, small, string, raw) => {
        const written = new BinaryWriter()
          .u64(big)
          .varint(big)
          .u32(small)
          .string(string)
          .bytes(raw)
          .bool(true)
          .finish();
        const padded = new Uint8Array(written.length + 10);
        padded.set(written, 5);
        const reader = new BinaryReader(padded.subarray(5, 5 + written.length));
        expect([reader.u64(), reader.varint(), reader.u32(), reader.string()]).toEqual([
          big,
          big,
          small,
          string,
        ]);
        expect(hex(reader.bytes())).toBe(hex(raw));
        expect(reader.bool()).toBe(true);
        reader.end();
      }),
    );
  });

  it.each([
    ['a number beyond 2^53', '0020000000000000', (reader: BinaryReader) => reader.u64()],
    ['a varint with a needless zero', '8000', (reader: BinaryReader) => reader.varint()],
    ['a varint that does not end', 'ffffffffffffffffff', (reader: BinaryReader) => reader.varint()],
    ['a varint beyond 2^53', 'ffffffffffffff7f', (reader: BinaryReader) => reader.varint()],
    ['a boolean of two', '02', (reader: BinaryReader) => reader.bool()],
    ['a short text', '0361', (reader: BinaryReader) => reader.string()],
    ['a text that is not UTF-8', '01ff', (reader: BinaryReader) => reader.string()],
    ['a long text that is not UTF-8', `50${'ff'.repeat(80)}`, (reader: BinaryReader) => reader.string()],
    ['nothing', '', (reader: BinaryReader) => reader.u8()],
    ['leftovers', '00', (reader: BinaryReader) => reader.end()],
  ])('refuses %s', (_, bytes, read) => {
    expect(() => read(new BinaryReader(Buffer.from(bytes, 'hex')))).toThrow(DecodeError);
  });
});
