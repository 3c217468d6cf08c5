/**
 * Page tokens (AIP-158): opaque, good on every node, and refused with any other query than the one
 * they were made for.
 *
 *   version:u8  query digest:8  revision:varint  stage:u8  key (the rest)  crc32c:u32
 *
 * base64url. The digest is over everything in the request but page size and token; the checksum tells
 * garbage before anything of it is used. It is no secret and no signature: a forged token makes a page
 * start at another key, which any caller may ask for.
 */
import { crc32c } from '@node-rs/crc32';
import { createHash } from 'node:crypto';
import { BinaryReader, BinaryWriter, DecodeError } from '../../shared/binary.js';
import type { Checks } from './checks.js';

const VERSION = 1;
const DIGEST_BYTES = 8;
/** Far above the longest key (tenant, name, incarnation). */
const TOKEN_CHARACTERS_MAX = 2048;

export interface PagePosition {
  /** The first page's: where a watch that misses nothing starts. */
  readonly revision: number;
  /** Which of several lists one after the other the page is in. */
  readonly stage: number;
  /** Key after which to go on. Undefined: from the start of the stage. */
  readonly after: Uint8Array | undefined;
}

/** `query`: method name and every field that must stay the same, in a fixed order. */
export function encodePageToken(position: PagePosition, query: readonly unknown[]): string {
  const body = new BinaryWriter(128)
    .u8(VERSION)
    .raw(digest(query))
    .varint(position.revision)
    .u8(position.stage)
    .raw(position.after ?? new Uint8Array(0))
    .finish();
  return Buffer.from(new BinaryWriter(body.length + 4).raw(body).u32(crc32c(body)).finish()).toString(
    'base64url',
  );
}

/** Throws DecodeError when `after` is no key of the list that `stage` goes through. */
export type KeyCheck = (after: Uint8Array, stage: number) => void;

/** Undefined: no token, the first page; or, with a violation added, one that is not right. */
export function decodePageToken(
  token: string,
  query: readonly unknown[],
  checkKey: KeyCheck,
  checks: Checks,
): PagePosition | undefined {
  if (token === '') return undefined;
  const position = token.length <= TOKEN_CHARACTERS_MAX ? read(token, query, checkKey) : 'garbage';
  if (position === 'garbage') {
    checks.add('page_token', 'is not a page token; send next_page_token of the page before, unchanged');
    return undefined;
  }
  if (position === 'otherQuery') {
    checks.add('page_token', 'belongs to another query; only page_size may differ from the page before');
    return undefined;
  }
  return position;
}

function read(
  token: string,
  query: readonly unknown[],
  checkKey: KeyCheck,
): PagePosition | 'garbage' | 'otherQuery' {
  const bytes = Buffer.from(token, 'base64url');
  // Buffer passes over characters that are not base64url; a token is canonical or it is none.
  if (bytes.length < 4 || bytes.toString('base64url') !== token) return 'garbage';
  const body = bytes.subarray(0, -4);
  if (crc32c(body) !== bytes.readUInt32BE(body.length)) return 'garbage';
  try {
    const reader = new BinaryReader(body);
    if (reader.u8() !== VERSION) return 'garbage';
    if (!digest(query).equals(reader.raw(DIGEST_BYTES))) return 'otherQuery';
    const revision = reader.varint();
    const stage = reader.u8();
    const after = Uint8Array.from(reader.rest());
    if (after.length === 0) return { revision, stage, after: undefined };
    checkKey(after, stage);
    return { revision, stage, after };
  } catch (error) {
    if (error instanceof DecodeError) return 'garbage';
    throw error;
  }
}

function digest(query: readonly unknown[]): Buffer {
  return createHash('sha256').update(JSON.stringify(query)).digest().subarray(0, DIGEST_BYTES);
}
