/**
 * The byte format of everything Sexton stores or replicates: varints, length-prefixed strings and
 * bytes, and big-endian integers where keys must sort. Pure: no imports but `assert`.
 *
 * Integers are JavaScript safe integers (< 2^53). The reader is total: truncated, oversized or
 * non-canonical input throws {@link DecodeError} and never returns a half-read value.
 */
import { assert } from './assert.js';

/** The bytes do not decode. Stored bytes: damage (S4). Bytes from a peer: refuse the message. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Appends fields to a growing buffer. `finish` returns a copy of exactly the bytes written. */
export class BinaryWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 64) {
    this.#bytes = new Uint8Array(capacityBytes);
  }

  #reserve(count: number): number {
    const at = this.#length;
    const needed = at + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, at));
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }

  u8(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xff, () => `u8 out of range: ${value}`);
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u32(value: number): this {
    assert(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff, () => `u32 out of range: ${value}`);
    const at = this.#reserve(4);
    new DataView(this.#bytes.buffer, this.#bytes.byteOffset).setUint32(at, value);
    return this;
  }

  /** Eight bytes, big-endian, so that encoded keys sort as the numbers do. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, () => `u64 out of range: ${value}`);
    const at = this.#reserve(8);
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    view.setUint32(at, Math.floor(value / 0x1_0000_0000));
    view.setUint32(at + 4, value >>> 0);
    return this;
  }

  /** LEB128, at most eight bytes. */
  varint(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, () => `varint out of range: ${value}`);
    let rest = value;
    while (rest >= 0x80) {
      const at = this.#reserve(1);
      this.#bytes[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }

  bool(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  /** The bytes as they are, without a length: for a key's last field, or a nested encoding. */
  raw(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  bytes(value: Uint8Array): this {
    return this.varint(value.length).raw(value);
  }

  string(value: string): this {
    return this.bytes(encoder.encode(value));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what {@link BinaryWriter} wrote. `bytes` fields are views into the input, not copies. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining) {
      throw new DecodeError(`truncated: wanted ${count} bytes at ${this.#at}, ${this.remaining} left`);
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#view.getUint32(at) * 0x1_0000_0000 + this.#view.getUint32(at + 4);
    if (!Number.isSafeInteger(value)) throw new DecodeError(`integer beyond 2^53 at ${at}`);
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 8; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && count > 0) throw new DecodeError(`varint with a needless zero at ${this.#at}`);
        if (!Number.isSafeInteger(value)) throw new DecodeError(`varint beyond 2^53 at ${this.#at}`);
        return value;
      }
      scale *= 0x80;
    }
    throw new DecodeError(`varint longer than eight bytes at ${this.#at}`);
  }

  bool(): boolean {
    const value = this.u8();
    if (value > 1) throw new DecodeError(`not a boolean: ${value}`);
    return value === 1;
  }

  raw(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  bytes(): Uint8Array {
    return this.raw(this.varint());
  }

  string(): string {
    try {
      return decoder.decode(this.bytes());
    } catch (cause) {
      if (cause instanceof DecodeError) throw cause;
      throw new DecodeError(`not UTF-8 before ${this.#at}`, { cause });
    }
  }

  /** Everything not read yet. */
  rest(): Uint8Array {
    return this.raw(this.remaining);
  }

  /** Refuses trailing bytes: a longer record than expected is a newer or a damaged one. */
  end(): void {
    if (this.remaining > 0) throw new DecodeError(`${this.remaining} bytes left over at ${this.#at}`);
  }
}
