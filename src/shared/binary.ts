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

/** Up to here a text is worth a look whether it is ASCII. */
const SHORT_TEXT = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Small writers write into one shared scratch buffer, one writer at a time: a typed array beyond 64
 * bytes is an allocation outside the heap, which costs more than filling it.
 */
const SCRATCH_BYTES = 4096;
let scratch: Uint8Array | undefined;

/** Appends fields to a growing buffer. */
export class BinaryWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacityBytes = 64) {
    if (capacityBytes > SCRATCH_BYTES) {
      this.#bytes = new Uint8Array(capacityBytes);
    } else {
      // Taken until `finish` gives it back; a writer made in between gets a buffer of its own.
      this.#bytes = scratch ?? new Uint8Array(SCRATCH_BYTES);
      scratch = undefined;
    }
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
    this.#putU32(this.#reserve(4), value);
    return this;
  }

  /** Eight bytes, big-endian, so that encoded keys sort as the numbers do. */
  u64(value: number): this {
    assert(Number.isSafeInteger(value) && value >= 0, () => `u64 out of range: ${value}`);
    const at = this.#reserve(8);
    this.#putU32(at, Math.floor(value / 0x1_0000_0000));
    this.#putU32(at + 4, value % 0x1_0000_0000);
    return this;
  }

  // By hand: a DataView for each integer costs more than the four stores.
  #putU32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
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
    // Short ASCII is nearly all there is, and TextEncoder costs as much as the rest of a small record.
    if (value.length > SHORT_TEXT || !this.#tryAscii(value)) this.bytes(encoder.encode(value));
    return this;
  }

  /** Writes length and text, or nothing when the text is not ASCII. */
  #tryAscii(value: string): boolean {
    const start = this.#length;
    this.varint(value.length);
    const at = this.#reserve(value.length);
    for (let offset = 0; offset < value.length; offset++) {
      const unit = value.charCodeAt(offset);
      if (unit >= 0x80) {
        this.#length = start;
        return false;
      }
      this.#bytes[at + offset] = unit;
    }
    return true;
  }

  /** Exactly what was written. Further writes do not change it. */
  finish(): Uint8Array {
    // A buffer that is full to the last byte is handed out as it is: the next write has to leave it.
    if (this.#length === this.#bytes.length) return this.#bytes;
    const finished = this.#bytes.slice(0, this.#length);
    if (this.#bytes.length === SCRATCH_BYTES) {
      scratch = this.#bytes;
      this.#bytes = finished;
    }
    return finished;
  }
}

/** Reads what {@link BinaryWriter} wrote. `bytes` fields are views into the input, not copies. */
export class BinaryReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
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
    return this.#bytes[this.#take(1)] ?? 0;
  }

  u32(): number {
    return this.#getU32(this.#take(4));
  }

  u64(): number {
    const at = this.#take(8);
    const value = this.#getU32(at) * 0x1_0000_0000 + this.#getU32(at + 4);
    if (!Number.isSafeInteger(value)) throw new DecodeError(`integer beyond 2^53 at ${at}`);
    return value;
  }

  #getU32(at: number): number {
    const bytes = this.#bytes;
    return (
      (bytes[at] ?? 0) * 0x100_0000 +
      (((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0))
    );
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
    const bytes = this.bytes();
    if (bytes.length <= SHORT_TEXT && isAscii(bytes)) {
      return String.fromCharCode.apply(null, bytes as unknown as number[]);
    }
    try {
      return decoder.decode(bytes);
    } catch (cause) {
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

function isAscii(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
}
