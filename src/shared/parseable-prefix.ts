/**
 * Which keys of the bucket a Parseable stream owns: `name/`, or `tenant/name/`, each segment encoded as Parseable's
 * store client encodes it. Every byte outside ASCII becomes `%XX` in UTF-8, and so do the ASCII characters
 * that stores advise against. `Größe` lies under `Gr%C3%B6%C3%9Fe/`, and those are the literal characters of the key.
 *
 * Pure, and about spelling alone: which names are legal is for `catalog/names.ts`. A Parseable on a local directory
 * does not encode; for ASCII names, which need no encoding, that is the same.
 */

export interface ParseableStream {
  /** '' = no tenant. */
  readonly tenant: string;
  readonly name: string;
}

/** Control characters are encoded too, and the two segments that would name a directory. */
const ENCODED_ASCII: ReadonlySet<string> = new Set('/\\{^}%`]">[~<#|*?');
const ESCAPE_OR_BYTE = /%([0-9A-F]{2})|[^%]/gu;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Total: also of names that no stream can have. Ends in `/`. */
export function prefixOfParseableStream(tenant: string, name: string): string {
  const below = `${encodeSegment(name)}/`;
  return tenant === '' ? below : `${encodeSegment(tenant)}/${below}`;
}

/** Undefined: no name and no tenant encode to this prefix. The inverse of {@link prefixOfParseableStream}. */
export function parseableStreamOfPrefix(prefix: string): ParseableStream | undefined {
  if (!prefix.endsWith('/')) return undefined;
  const segments = prefix.slice(0, -1).split('/').map(decodeParseableSegment);
  const name = segments.pop();
  const tenant = segments.pop() ?? (segments.length === 0 ? '' : undefined);
  if (name === undefined || name === '' || tenant === undefined || segments.length > 0) return undefined;
  // `/name/`: an empty tenant has no segment of its own.
  return prefixOfParseableStream(tenant, name) === prefix ? { tenant, name } : undefined;
}

/** One segment of a key as text; undefined: no text encodes to it. */
export function decodeParseableSegment(segment: string): string | undefined {
  const bytes: number[] = [];
  let length = 0;
  for (const [text, hex] of segment.matchAll(ESCAPE_OR_BYTE)) {
    length += text.length;
    if (hex === undefined) bytes.push(...encoder.encode(text));
    else bytes.push(Number.parseInt(hex, 16));
  }
  if (length !== segment.length) return undefined;
  let text: string;
  try {
    text = decoder.decode(Uint8Array.from(bytes));
  } catch {
    return undefined; // Not UTF-8.
  }
  return encodeSegment(text) === segment ? text : undefined;
}

function encodeSegment(text: string): string {
  if (text === '.') return '%2E';
  if (text === '..') return '%2E%2E';
  let encoded = '';
  for (const byte of encoder.encode(text)) {
    const char = String.fromCharCode(byte);
    const isPlain = byte >= 0x20 && byte < 0x7f && !ENCODED_ASCII.has(char);
    encoded += isPlain ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
