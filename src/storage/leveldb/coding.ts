/** LevelDB's little-endian integers and varints (util/coding.h), read with bounds checks. */
import { DecodeError } from '../../shared/binary.js';

export class LevelDbReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  get offset(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining) throw new DecodeError(`truncated at ${this.#at}: wanted ${count} bytes`);
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Refuses values beyond 2^53. */
  u64(): number {
    const low = this.u32();
    return this.#safe(this.u32() * 0x1_0000_0000 + low);
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return this.#safe(value);
      scale *= 0x80;
    }
    throw new DecodeError(`varint longer than ten bytes at ${this.#at}`);
  }

  #safe(value: number): number {
    if (!Number.isSafeInteger(value)) throw new DecodeError(`integer beyond 2^53 at ${this.#at}`);
    return value;
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** Length-prefixed. */
  slice(): Uint8Array {
    return this.raw(this.varint());
  }
}
