/**
 * Keys to file names and back, for the directory that stands for a bucket.
 *
 * A segment of a key (what is between slashes) is the file name of the same spelling wherever a file
 * system can hold it, so that a directory written by somebody else reads as what it is. The others
 * (empty, `.`, `..`, with a NUL, longer than 255 bytes, or spelled like an escape) are escaped:
 * `%~` and then letters, digits, `-` and `_` as they are, other bytes as `%XX`. An escaped name that
 * is too long for one file name continues in directories whose names end in `~`.
 *
 * Invariants: distinct keys have distinct paths; no path has a `.` or `..` component, so none leaves
 * the root; `%~~tmp` is no key's name. What this does not do: look at the disk (symbolic links are
 * the store's business).
 */
import { join } from 'node:path';

const ESCAPE = '%~';
const NAME_BYTES_MAX = 255;
const CHUNK_LENGTH = 200;

/** Where files are written before they get their names. */
export const TEMPORARY_NAME = '%~~tmp';

/** The file names, from the root down, of an object's key: at least one. */
export function keyToNames(key: string): string[] {
  return key.split('/').flatMap(segmentToNames);
}

/** The file names of a key prefix that is empty or ends in a slash. */
export function directoryToNames(prefix: string): string[] {
  return prefix === '' ? [] : prefix.slice(0, -1).split('/').flatMap(segmentToNames);
}

export function pathOf(root: string, names: readonly string[]): string {
  return names.length === 0 ? root : join(root, ...names);
}

function segmentToNames(segment: string): string[] {
  if (isPlain(segment)) return [segment];
  const body = escapeSegment(segment);
  if (ESCAPE.length + body.length <= NAME_BYTES_MAX) return [ESCAPE + body];
  const names: string[] = [];
  let at = 0;
  for (; body.length - at > CHUNK_LENGTH; at += CHUNK_LENGTH) {
    names.push(`${ESCAPE}${body.slice(at, at + CHUNK_LENGTH)}~`);
  }
  names.push(ESCAPE + body.slice(at));
  return names;
}

function isPlain(segment: string): boolean {
  return (
    segment !== '' &&
    segment !== '.' &&
    segment !== '..' &&
    !segment.startsWith(ESCAPE) &&
    !segment.includes('\0') &&
    Buffer.byteLength(segment) <= NAME_BYTES_MAX
  );
}

function escapeSegment(segment: string): string {
  let body = '';
  for (const byte of Buffer.from(segment)) {
    const char = String.fromCharCode(byte);
    body += /[A-Za-z0-9_-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return body;
}

export type DecodedName =
  | { readonly kind: 'segment'; readonly segment: string }
  /** A directory that holds the rest of a long segment; `body` is still escaped. */
  | { readonly kind: 'continued'; readonly body: string }
  | { readonly kind: 'temporary' }
  /** Spelled like an escape that this code would not have written. */
  | { readonly kind: 'foreign' };

/** What a file name stands for. `before` is the escaped text of the continued directories above it. */
export function decodeName(name: string, before = ''): DecodedName {
  if (!name.startsWith(ESCAPE))
    return before === '' ? { kind: 'segment', segment: name } : { kind: 'foreign' };
  if (name === TEMPORARY_NAME) return { kind: 'temporary' };
  const body = name.slice(ESCAPE.length);
  if (body.length === CHUNK_LENGTH + 1 && body.endsWith('~'))
    return { kind: 'continued', body: before + body.slice(0, -1) };
  const segment = unescapeSegment(before + body);
  if (segment === undefined) return { kind: 'foreign' };
  // One key, one path: a spelling that the encoder would not choose is somebody else's file.
  const canonical = segmentToNames(segment);
  const isCanonical = canonical.at(-1) === name && (canonical.length - 1) * CHUNK_LENGTH === before.length;
  return isCanonical ? { kind: 'segment', segment } : { kind: 'foreign' };
}

function unescapeSegment(body: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_-]|%[0-9A-F]{2})*$/.test(body)) return undefined;
  try {
    return decodeURIComponent(body);
  } catch {
    return undefined; // not UTF-8
  }
}
