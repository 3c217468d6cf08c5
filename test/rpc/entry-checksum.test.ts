/** The entry checksum is CRC-32C over the documented bytes, whichever way it is computed. */
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { entryChecksum } from '../../src/rpc/entry-checksum.js';

it('is CRC-32C over term, index, kind and data, at every size', () => {
  fc.assert(
    fc.property(
      fc.maxSafeNat(),
      fc.maxSafeNat(),
      fc.integer({ min: 1, max: 3 }),
      fc.uint8Array({ maxLength: 600 }),
      (term, index, kind, data) => {
        const header = Buffer.alloc(17);
        header.writeBigUInt64BE(BigInt(term), 0);
        header.writeBigUInt64BE(BigInt(index), 8);
        header[16] = kind;
        expect(entryChecksum(term, index, kind, data)).toBe(crc32c(Buffer.concat([header, data])));
      },
    ),
  );
});

it('gives the check value of CRC-32C in the known case of an all-zero header', () => {
  // 32 bytes of zeros: RFC 3720, appendix B.4.
  expect(entryChecksum(0, 0, 0, new Uint8Array(15))).toBe(0x8a9136aa);
});
