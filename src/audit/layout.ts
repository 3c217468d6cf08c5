/**
 * Parseable's bucket layout as rules over single keys: what a key below a stream's prefix is, and which node
 * wrote it. Pure, and deliberately strict: a key that a Parseable node could not have written is `other`,
 * because whatever is called log data here may be purged one day, on an operator's word.
 *
 *   <stream>/.stream/.stream.json                          the query node's copy
 *   <stream>/.stream/.ingestor.<node>.stream.json          one per ingest node; `.schema` likewise
 *   <stream>/date=2026-08-08/[ingestor.<host>.<node>.]manifest.json
 *   <stream>/date=2026-08-08/hour=07/minute=05/[key=value/...]<host><node>.data.<ULID>[-n].parquet
 *
 * `<stream>` is the name as Parseable encodes it (`shared/parseable-prefix.ts`); on a local directory it is the name.
 *
 * A stream exists for Parseable exactly when some object in `.stream/` ends in `stream.json`. Before that folder
 * existed, `.stream.json` and `.schema` lay beside the data.
 */
import { nameViolations, tenantViolations } from '../catalog/names.js';
import { decodeParseableSegment } from '../shared/parseable-prefix.js';

export const METADATA_FOLDER = '.stream/';
/** Where there was no such folder yet. */
export const OLD_STREAM_JSON = '.stream.json';
/** Directly below a tenant's prefix. */
export const TENANT_MARKER = '.parseable.json';

export type KeyPart =
  /** Makes a complete stream. */
  | { readonly kind: 'streamJson'; readonly nodeId: string | undefined }
  | { readonly kind: 'metadata'; readonly nodeId: string | undefined }
  /**
   * `certain`: its name carries a ULID, which no other writer of `date=` folders uses. `ulidMs`: the time in it, by
   * the clock of the node that made the file.
   */
  | {
      readonly kind: 'data';
      readonly nodeId: string | undefined;
      readonly certain: boolean;
      readonly ulidMs: number | undefined;
    }
  /** A folder that begins with a dot and is not `.stream/`: another program's, never touched. */
  | { readonly kind: 'hidden' }
  | { readonly kind: 'other' };

const OTHER: KeyPart = { kind: 'other' };
const HIDDEN: KeyPart = { kind: 'hidden' };

const DATE_FOLDER = /^date=\d{4}-\d{2}-\d{2}\/$/;
const DATA = /^date=\d{4}-\d{2}-\d{2}\/(.+)$/s;
const MANIFEST = /^(?:(?:ingestor\.)?(?:[^/]*\.)?([^./]+)\.)?manifest\.json$/;
const PARQUET =
  /^hour=\d{2}\/minute=\d{2}(?:-\d{2})?\/(?:[^/=]+=[^/]*\/)*([^/]*)\.data(?:\.([0-9A-HJKMNP-TV-Z]{26})(?:-\d+)?)?\.parquet$/;
/** Crockford's base 32, in the order of its values. */
const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_TIME_DIGITS = 10;
/** No Parseable node ran earlier; a node whose clock was not set yet claims such a time. */
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const NODE_METADATA = /^\.(?:ingestor|querier|indexer|prism)\.([^/]+)\.(?:stream\.json|schema)$/;
/** Node ids are the first 15 hexadecimal digits of a hash, right behind the host's name. */
const NODE_ID_AT_END = /[0-9a-f]{15}$/;
const REGISTERED_NODE = /^\.parseable\/(ingestor|querier|indexer|prism)\.([^/]+)\.json$/;
const INCARNATION = /^[1-9]\d{0,15}$/;

/** `relative`: the key without the stream's prefix. */
export function partOf(relative: string): KeyPart {
  if (relative.startsWith(METADATA_FOLDER)) return metadataPart(relative.slice(METADATA_FOLDER.length));
  if (relative === OLD_STREAM_JSON) return { kind: 'streamJson', nodeId: undefined };
  if (relative === '.schema' || relative === 'overview') return { kind: 'metadata', nodeId: undefined };
  if (relative.startsWith('.') || relative.includes('/.')) return HIDDEN;
  const rest = DATA.exec(relative)?.[1];
  if (rest === undefined) return OTHER;
  const manifest = MANIFEST.exec(rest);
  if (manifest !== null)
    return { kind: 'data', nodeId: nodeIdOf(rest, manifest[1]), certain: false, ulidMs: undefined };
  const parquet = PARQUET.exec(rest);
  if (parquet === null) return OTHER;
  const nodeId = NODE_ID_AT_END.exec(parquet[1] ?? '')?.[0];
  const ulid = parquet[2];
  return {
    kind: 'data',
    nodeId,
    certain: ulid !== undefined,
    ulidMs: ulid === undefined ? undefined : timeOfUlid(ulid),
  };
}

/** Its first ten characters: milliseconds since the epoch. Above 48 bits in nobody's ULID, and as late as it says. */
function timeOfUlid(ulid: string): number {
  let timeMs = 0;
  for (const digit of ulid.slice(0, ULID_TIME_DIGITS)) timeMs = timeMs * 32 + ULID_DIGITS.indexOf(digit);
  return timeMs;
}

/**
 * When an object's content came to be, for judging its age. A node uploads again and again what it cannot bring into
 * a manifest, which makes the object new each time and its content no newer; the ULID in its name stays. It is
 * believed between 2020 and the object's own time. Both in ms since the epoch.
 */
export function madeMs(part: KeyPart, lastModifiedMs: number): number {
  const ulidMs = part.kind === 'data' ? part.ulidMs : undefined;
  return ulidMs !== undefined && ulidMs >= EARLIEST_MS && ulidMs <= lastModifiedMs ? ulidMs : lastModifiedMs;
}

function metadataPart(file: string): KeyPart {
  const nodeId = NODE_METADATA.exec(file)?.[1];
  if (file.includes('/')) return OTHER;
  return { kind: file.endsWith('stream.json') ? 'streamJson' : 'metadata', nodeId };
}

/** `ingestor.<host>.<node>.manifest.json` names its node; `<host>.manifest.json` names only a host. */
function nodeIdOf(file: string, last: string | undefined): string | undefined {
  return file.startsWith('ingestor.') ? last : undefined;
}

/** A folder below a stream's prefix that holds a day's data. */
export function isDateFolder(relative: string): boolean {
  return DATE_FOLDER.test(relative);
}

/** The last segment of a prefix, without its slash. */
export function lastSegment(prefix: string): string {
  return prefix.slice(prefix.lastIndexOf('/', prefix.length - 2) + 1, -1);
}

/** Dot folders at the top belong to Parseable, to Sexton or to others: never looked into, never accused. */
export function isHidden(segment: string): boolean {
  return segment.startsWith('.');
}

/** The stream that a segment names, as Parseable encodes it or as it is; undefined: no stream can have that name. */
export function streamNameOf(segment: string): string | undefined {
  // No legal name contains `%`, hence no segment can be read both ways.
  const name = segment.includes('%') ? decodeParseableSegment(segment) : segment;
  return name !== undefined && nameViolations(name).length === 0 ? name : undefined;
}

export function isTenantName(segment: string): boolean {
  return segment !== '' && tenantViolations(segment).length === 0;
}

/** The incarnation that a segment of the default layout (`name/incarnation/`) names. */
export function incarnationOf(segment: string): number | undefined {
  if (!INCARNATION.test(segment)) return undefined;
  const incarnation = Number(segment);
  return Number.isSafeInteger(incarnation) ? incarnation : undefined;
}

/** From the key of an entry in Parseable's node registry. The object itself holds a credential: never read. */
export function registeredNode(key: string): { readonly type: string; readonly nodeId: string } | undefined {
  const match = REGISTERED_NODE.exec(key);
  return match === null ? undefined : { type: match[1] ?? '', nodeId: match[2] ?? '' };
}

export interface KeyOwner {
  readonly prefix: string;
  readonly tenant: string;
  readonly name: string;
}

/**
 * Whose data a key would be by its looks alone: `name/…`, `name/incarnation/…`, `tenant/name/…` or
 * `tenant/name/incarnation/…` before a part that only log data has. Undefined: nobody's.
 */
export function ownerByLooks(key: string): KeyOwner | undefined {
  const at = key.search(/\/(?:date=\d{4}-\d{2}-\d{2}|\.stream)\//);
  if (at < 0 || isHidden(key)) return undefined;
  const part = partOf(key.slice(at + 1));
  if (part.kind === 'other' || part.kind === 'hidden') return undefined;
  return nameOfPrefix(key.slice(0, at + 1));
}

/** What stream a prefix suggests, by the two layouts with and without a tenant; undefined: none. */
export function nameOfPrefix(prefix: string): KeyOwner | undefined {
  const segments = prefix.slice(0, -1).split('/');
  const hasIncarnation = segments.length > 1 && incarnationOf(segments.at(-1) ?? '') !== undefined;
  if (hasIncarnation) segments.pop();
  const segment = segments.pop() ?? '';
  // Only Sexton puts an incarnation into a prefix, and it encodes nothing.
  const name = hasIncarnation && segment.includes('%') ? undefined : streamNameOf(segment);
  const tenant = segments.pop() ?? '';
  if (segments.length > 0 || name === undefined || (tenant !== '' && !isTenantName(tenant))) return undefined;
  return { prefix, tenant, name };
}
