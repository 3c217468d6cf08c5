/**
 * Decompresses a Snappy block (format_description.txt). Only index blocks need it: LevelDB compresses
 * those too, while checksums are over the stored bytes.
 */
import { DecodeError } from '../../shared/binary.js';
import { LevelDbReader } from './coding.js';

/** `limitBytes`: refuse to allocate more than this for the result. */
export function decompress(bytes: Uint8Array, limitBytes: number): Uint8Array {
  const reader = new LevelDbReader(bytes);
  const length = reader.varint();
  if (length > limitBytes) throw new DecodeError(`compressed block of ${length} bytes`);
  const output = new Uint8Array(length);
  let written = 0;

  const room = (count: number): number => {
    if (written + count > length) throw new DecodeError('compressed block is longer than it says');
    const at = written;
    written += count;
    return at;
  };
  const copy = (distance: number, count: number): void => {
    const at = room(count);
    if (distance === 0 || distance > at) throw new DecodeError('compressed block refers to before its start');
    // Byte by byte: a copy may overlap what it writes, which repeats a pattern.
    for (let i = 0; i < count; i++) output[at + i] = output[at + i - distance] ?? 0;
  };

  while (reader.remaining > 0) {
    const tag = reader.u8();
    const upper = tag >>> 2;
    switch (tag & 3) {
      case 0: {
        let count = upper + 1;
        if (upper >= 60) {
          count = 1;
          for (let i = 0; i < upper - 59; i++) count += reader.u8() * 256 ** i;
        }
        output.set(reader.raw(count), room(count));
        break;
      }
      case 1:
        copy(((upper >>> 3) << 8) | reader.u8(), (upper & 7) + 4);
        break;
      case 2:
        copy(reader.u8() + reader.u8() * 256, upper + 1);
        break;
      default:
        copy(reader.u32(), upper + 1);
    }
  }
  if (written !== length) throw new DecodeError('compressed block is shorter than it says');
  return output;
}
