/**
 * The protobuf wire format by hand, for the one place where a general library is too slow: the frames
 * between members (`raft-wire.ts`). Reflection builds an object per field and a Long per 64-bit number,
 * and copies; here a number is a number and `bytes` are views into the frame.
 *
 * The reader is total. Whatever arrives, it returns a value or throws {@link WireError}, reads nothing
 * outside its bounds and terminates, since every step consumes at least one byte. It knows no groups
 * (proto3 has none). Numbers of 2^53 and more are errors, never rounded.
 */
import { assert } from '../shared/assert.js';

/** The frame is not what its schema says. Never leaves src/rpc: it is answered as data. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const TWO_32 = 0x1_0000_0000;

/**
 * Writes a message from its last byte to its first. A nested message is then complete before its
 * length has to be written, so that one pass is enough: no sizing pass, no copy of nested bodies.
 * Hence fields, and the items of a repeated field, are written in reverse. Field numbers up to 15,
 * and proto3's rule that a zero is not written.
 */
export class ReverseProtoWriter {
  #bytes: Buffer;
  /** What is written is [at, end). */
  #at: number;

  /** `capacityBytes` is a guess that saves copies, not a bound. */
  constructor(capacityBytes: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(capacityBytes, 64));
    this.#at = this.#bytes.length;
  }

  /** Bytes written so far: the mark that {@link endMessage} counts from. */
  get length(): number {
    return this.#bytes.length - this.#at;
  }

  #reserve(count: number): number {
    if (count > this.#at) {
      const written = this.length;
      const grown = Buffer.allocUnsafe(Math.max(written + count, this.#bytes.length * 2));
      this.#bytes.copy(grown, grown.length - written, this.#at);
      this.#bytes = grown;
      this.#at = grown.length - written;
    }
    this.#at -= count;
    return this.#at;
  }

  #tag(field: number, wireType: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = (field << 3) | wireType;
  }

  #varint(value: number): void {
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
    let at = this.#reserve(size);
    let rest = value;
    for (; rest >= TWO_32; rest = Math.floor(rest / 0x80)) this.#bytes[at++] = (rest % 0x80) | 0x80;
    for (; rest >= 0x80; rest >>>= 7) this.#bytes[at++] = (rest & 0x7f) | 0x80;
    this.#bytes[at] = rest;
  }

  /** uint32, uint64, enum: a safe integer >= 0. */
  uint(field: number, value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, () => `field ${field} out of range: ${value}`);
    if (value === 0) return;
    this.#varint(value);
    this.#tag(field, VARINT);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uint(field, 1);
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return;
    this.#bytes.writeUInt32LE(value, this.#reserve(4));
    this.#tag(field, FIXED32);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    this.#varint(value.length);
    this.#tag(field, LENGTH_DELIMITED);
  }

  string(field: number, value: string): void {
    if (value !== '') this.bytes(field, Buffer.from(value, 'utf8'));
  }

  /** Ends (that is: begins) the message whose body was written since `length` was `mark`. */
  endMessage(field: number, mark: number): void {
    this.#varint(this.length - mark);
    this.#tag(field, LENGTH_DELIMITED);
  }

  finish(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}

/**
 * Reads one message, and nested ones in place:
 *
 *     while (reader.next()) switch (reader.field) { case 1: x = reader.uint(); break; default: reader.skip(); }
 *
 * A field of a known number with another wire type is an error: no later schema may change it.
 */
export class ProtoReader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #wireType = 0;
  field = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    if (tag > 0xffff_ffff || tag < 8) throw new WireError(`bad tag ${tag} at byte ${this.#at}`);
    this.#wireType = tag & 7;
    this.field = tag >>> 3;
    return true;
  }

  #varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw new WireError(`truncated number at byte ${this.#at}`);
      const byte = bytes[this.#at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
    throw new WireError(`number longer than ten bytes at byte ${this.#at}`);
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw new WireError(`field ${this.field} has wire type ${this.#wireType} instead of ${wireType}`);
    }
  }

  #take(count: number): number {
    if (count > this.#end - this.#at) {
      throw new WireError(`field ${this.field} wants ${count} bytes, ${this.#end - this.#at} are left`);
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  /** A uint64 below 2^53. */
  uint(): number {
    this.#expect(VARINT);
    const value = this.#varint();
    if (!Number.isSafeInteger(value)) throw new WireError(`field ${this.field} is 2^53 or more`);
    return value;
  }

  uint32(): number {
    const value = this.uint();
    if (value > 0xffff_ffff) throw new WireError(`field ${this.field} is 2^32 or more`);
    return value;
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  fixed32(): number {
    this.#expect(FIXED32);
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A view into the frame: it lives as long as the frame does. */
  bytes(): Buffer {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  string(): string {
    return this.bytes().toString('utf8');
  }

  /** Reads a nested message with `read`, which must consume it by {@link next}. */
  message<T>(read: (reader: ProtoReader) => T): T {
    this.#expect(LENGTH_DELIMITED);
    const length = this.#varint();
    const outerField = this.field;
    const outerEnd = this.#end;
    const end = this.#take(length) + length;
    this.#at = end - length;
    this.#end = end;
    const value = read(this);
    this.#at = end;
    this.#end = outerEnd;
    this.field = outerField;
    return value;
  }

  /** Passes over a field of an unknown number. */
  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint();
        return;
      case FIXED64:
        this.#take(8);
        return;
      case LENGTH_DELIMITED:
        this.#take(this.#varint());
        return;
      case FIXED32:
        this.#take(4);
        return;
      default:
        throw new WireError(`field ${this.field} has unknown wire type ${this.#wireType}`);
    }
  }
}
