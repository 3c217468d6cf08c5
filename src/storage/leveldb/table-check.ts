/**
 * Verifies a table file (doc/table_format.md) byte by byte, without reading what is in it:
 *
 *   file   =  data blocks | filter block | metaindex block | index block | footer (48 bytes)
 *   block  =  contents | compression type u8 | checksum u32 over both
 *
 * The index names every data block; the blocks must lie end to end from 0 to the footer, and every
 * checksum must match. So any changed byte shows, but for the footer's padding, which means nothing.
 */
import { DecodeError } from '../../shared/binary.js';
import { maskedChecksum } from './checksum.js';
import { LevelDbReader } from './coding.js';
import { LevelDbDamage } from './damage.js';
import { decompress } from './snappy.js';

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC_LOW = 0x8b80fb57;
const MAGIC_HIGH = 0xdb477524;
const SNAPPY = 1;
/** An index has about 30 bytes for each block of 4 KiB; this is far beyond any table made here. */
const INDEX_LIMIT_BYTES = 64 * 1024 * 1024;

interface BlockHandle {
  readonly offset: number;
  readonly size: number;
}

/** Throws LevelDbDamage. */
export function checkTable(file: string, bytes: Uint8Array): void {
  try {
    checkBlocks(file, bytes);
  } catch (error) {
    if (error instanceof DecodeError) throw new LevelDbDamage(file, error.message);
    throw error;
  }
}

function checkBlocks(file: string, bytes: Uint8Array): void {
  const footerAt = bytes.length - FOOTER_BYTES;
  if (footerAt < 0) throw new LevelDbDamage(file, `a table of ${bytes.length} bytes`);
  const magic = new LevelDbReader(bytes, bytes.length - 8);
  if (magic.u32() !== MAGIC_LOW || magic.u32() !== MAGIC_HIGH) {
    throw new LevelDbDamage(file, 'it does not end as a table does', bytes.length - 8);
  }
  const footer = new LevelDbReader(bytes.subarray(footerAt));
  const metaindex = readHandle(footer);
  const index = readHandle(footer);

  // These two first: their contents say where the others are.
  const metaHandles = readIndexBlock(contentsOf(file, bytes, metaindex, footerAt));
  const dataHandles = readIndexBlock(contentsOf(file, bytes, index, footerAt));
  let at = 0;
  for (const handle of [...dataHandles, ...metaHandles]) {
    checkBlock(file, bytes, handle, footerAt);
    at = follow(file, handle, at);
  }
  at = follow(file, index, follow(file, metaindex, at));
  if (at !== footerAt) throw new LevelDbDamage(file, 'bytes between the last block and the footer', at);
}

function readHandle(reader: LevelDbReader): BlockHandle {
  return { offset: reader.varint(), size: reader.varint() };
}

function follow(file: string, handle: BlockHandle, at: number): number {
  if (handle.offset !== at)
    throw new LevelDbDamage(file, `no block begins here, but one at ${handle.offset}`, at);
  return at + handle.size + TRAILER_BYTES;
}

function checkBlock(file: string, bytes: Uint8Array, handle: BlockHandle, footerAt: number): void {
  const { offset, size } = handle;
  const end = offset + size;
  if (end + TRAILER_BYTES > footerAt)
    throw new LevelDbDamage(file, `a block of ${size} bytes does not fit`, offset);
  const stored = new LevelDbReader(bytes, end + 1).u32();
  if (maskedChecksum(bytes.subarray(offset, end + 1)) !== stored) {
    throw new LevelDbDamage(file, 'the checksum of a block does not match', offset);
  }
}

function contentsOf(file: string, bytes: Uint8Array, handle: BlockHandle, footerAt: number): Uint8Array {
  checkBlock(file, bytes, handle, footerAt);
  const end = handle.offset + handle.size;
  const contents = bytes.subarray(handle.offset, end);
  return bytes[end] === SNAPPY ? decompress(contents, INDEX_LIMIT_BYTES) : contents;
}

/**
 * The block handles that are the values of an index or metaindex block. Keys do not matter here:
 *
 *   block  =  (shared varint, own varint, value length varint, key bytes, value)* | restarts u32* | count u32
 */
function readIndexBlock(block: Uint8Array): BlockHandle[] {
  if (block.length < 4) throw new DecodeError(`an index block of ${block.length} bytes`);
  const restarts = new LevelDbReader(block, block.length - 4).u32();
  const end = block.length - 4 - restarts * 4;
  if (end < 0) throw new DecodeError(`an index block of ${block.length} bytes with ${restarts} restarts`);
  const reader = new LevelDbReader(block.subarray(0, end));
  const handles: BlockHandle[] = [];
  while (reader.remaining > 0) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.raw(keyBytes);
    handles.push(readHandle(new LevelDbReader(reader.raw(valueBytes))));
  }
  return handles;
}
