/**
 * What a request asks of Parseable, from its method, target and headers. Pure.
 *
 * - R1 The target is forwarded byte for byte, and what is decided here is what the node will do with it. So a path is
 *   read as Parseable's router (actix-web) reads it: split at literal slashes, each segment percent-decoded
 *   once, compared case-sensitively.
 * - R2 A path that only a more lenient reader would take for a guarded one (decoded twice, with dot segments, double
 *   or trailing slashes, backslashes, other case, matrix parameters) is AMBIGUOUS and goes nowhere: some proxy or a
 *   later router between here and the node may be that reader.
 * - R3 The stream of an event is the one that Parseable will use: the path's, else the header `X-P-Stream`. Amazon
 *   Firehose names it inside another header, which replaces the first; an event counts for both.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface StreamKey {
  /** '' = a deployment without tenants. */
  readonly tenant: string;
  readonly name: string;
}

export type Route =
  /** Events for these streams. Without a name Parseable refuses them itself. */
  | { readonly kind: 'events'; readonly streams: readonly StreamKey[] }
  | { readonly kind: 'create'; readonly stream: StreamKey; readonly isUpdate: boolean }
  | { readonly kind: 'delete'; readonly stream: StreamKey }
  /** Calls between nodes, which no client makes. */
  | { readonly kind: 'internal' }
  /** The names of all streams. */
  | { readonly kind: 'list' }
  /** Schema, statistics, retention and so on of one stream. */
  | { readonly kind: 'detail'; readonly stream: StreamKey; readonly writes: boolean }
  /** The gateway's own pages: the path below `/sexton`, '' for that itself. */
  | { readonly kind: 'own'; readonly path: string }
  | { readonly kind: 'ambiguous'; readonly why: string }
  | { readonly kind: 'other' };

export type RouteKind = Route['kind'];

export interface RequestHead {
  readonly method: string;
  /** As in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
}

const FIREHOSE_HEADER = 'x-amz-firehose-common-attributes';
const OTEL_SIGNALS = new Set(['logs', 'metrics', 'traces']);
const READS = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Each round of decoding takes at least two characters away; nobody honest encodes three times. */
const DECODINGS_MAX = 5;

export function routeOf(head: RequestHead): Route {
  const { target } = head;
  if (!target.startsWith('/')) return ambiguous('the request target must be a path that begins with /');
  if (/[#\s]/.test(target)) return ambiguous('the request target holds a # or a space');
  const query = target.indexOf('?');
  const path = query === -1 ? target : target.slice(0, query);
  const read = strictRoute(head, path.slice(1).split('/').map(decodeOnce));
  if (read !== undefined) return read;
  return looksGuarded(path)
    ? ambiguous('the path can be read in more than one way; spell it as Parseable documents it')
    : OTHER;
}

/** Whom a request concerns, in one text. No name and no tenant has a slash in it. */
export function keyOf({ tenant, name }: StreamKey): string {
  return `${tenant}/${name}`;
}

/** Undefined: none of the paths that are looked after, at least to a strict reader. */
function strictRoute(head: RequestHead, segments: readonly (string | undefined)[]): Route | undefined {
  const [first, second, third, name, below] = segments;
  if (first === 'sexton') return ownRoute(segments);
  if (first === 'v1') {
    return segments.length === 2 && OTEL_SIGNALS.has(second ?? '') ? eventsByHeader(head) : undefined;
  }
  if (first !== 'api') return undefined;
  if (second === 'prism' && third === 'v1' && name === 'logstream' && segments.length > 4) {
    return detailRoute(head, segments[4], segments.slice(5));
  }
  if (second !== 'v1') return undefined;
  if (third === 'ingest' && segments.length === 3) return eventsByHeader(head);
  if (third !== 'logstream') return undefined;
  if (segments.length === 3) return head.method === 'GET' ? { kind: 'list' } : OTHER;
  if (name === 'schema' && below === 'detect' && segments.length === 5) return OTHER;
  if (segments.length === 4) return streamRoute(head, name);
  return detailRoute(head, name, segments.slice(4));
}

const OTHER: Route = { kind: 'other' };

function ownRoute(segments: readonly (string | undefined)[]): Route {
  const rest = segments.slice(1);
  return rest.every((segment) => segment !== undefined)
    ? { kind: 'own', path: rest.map((segment) => `/${segment}`).join('') }
    : ambiguous('the path is not valid percent-encoded UTF-8');
}

function streamRoute(head: RequestHead, name: string | undefined): Route {
  if (name === undefined || !isPlain(name)) return badName();
  const stream = { tenant: tenantOf(head), name };
  switch (head.method) {
    case 'POST':
      return { kind: 'events', streams: [stream] };
    case 'PUT':
      return { kind: 'create', stream, isUpdate: head.headers['x-p-update-stream'] === 'true' };
    case 'DELETE':
      return { kind: 'delete', stream };
    default:
      return { kind: 'detail', stream, writes: !READS.has(head.method) };
  }
}

function detailRoute(
  head: RequestHead,
  name: string | undefined,
  below: readonly (string | undefined)[],
): Route {
  if (name === undefined || !isPlain(name)) return badName();
  if (!below.every((segment) => segment !== undefined && isPlain(segment)))
    return ambiguous('the path below the stream can be read in more than one way');
  if (below[0]?.toLowerCase() === 'sync') return { kind: 'internal' };
  return { kind: 'detail', stream: { tenant: tenantOf(head), name }, writes: !READS.has(head.method) };
}

function eventsByHeader(head: RequestHead): Route {
  if (head.method !== 'POST') return OTHER;
  const tenant = tenantOf(head);
  const names = new Set<string>();
  const given = head.headers['x-p-stream'];
  if (typeof given === 'string') names.add(given);
  const firehose = head.headers[FIREHOSE_HEADER];
  if (firehose !== undefined) {
    const name = firehoseStream(String(firehose));
    if (name === undefined) return ambiguous(`the header ${FIREHOSE_HEADER} cannot be read`);
    names.add(name);
  }
  return { kind: 'events', streams: [...names].map((name) => ({ tenant, name })) };
}

/** A member that occurs twice could be read in two ways; JSON.parse takes the last, so neither may occur again. */
function firehoseStream(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const attributes = (parsed as { readonly commonAttributes?: unknown } | null)?.commonAttributes;
  const name = (attributes as Readonly<Record<string, unknown>> | null | undefined)?.['X-P-Stream'];
  const isOnce = (member: string): boolean => text.split(`"${member}"`).length === 2;
  if (typeof name !== 'string' || text.includes('\\')) return undefined;
  return isOnce('commonAttributes') && isOnce('X-P-Stream') ? name : undefined;
}

function tenantOf({ headers }: RequestHead): string {
  const tenant = headers['x-p-tenant'];
  return typeof tenant === 'string' ? tenant : '';
}

// -------------------------------------------------------------------------------------------- readings

/** Undefined: not valid. Node hands the target over byte by byte (latin1), and so the bytes are decoded. */
function decodeOnce(segment: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(segment)) return undefined;
  const bytes = Buffer.from(
    segment.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined;
}

/** Neither a separator nor anything that somebody might decode, cut or resolve once more. */
function isPlain(segment: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for.
  return segment !== '' && segment !== '.' && segment !== '..' && !/[/\\%;\u0000-\u001f\u007f]/.test(segment);
}

/**
 * R2. Readers differ in how they resolve what is odd (what `a/;x/..` leaves, say), so a path that is odd in any way is
 * held to be guarded when it names a guarded word anywhere; one that is not, when it leads to a guarded path.
 */
function looksGuarded(path: string): boolean {
  let text = path;
  for (let round = 0; round < DECODINGS_MAX; round++) {
    const decoded = text.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) =>
      String.fromCharCode(parseInt(hex, 16)),
    );
    if (decoded === text) break;
    text = decoded;
  }
  const parts = text
    .slice(1)
    .toLowerCase()
    .split(/[/\\;?#]/)
    .map((part) => part.trim());
  const isOdd =
    /[\\;?#]/.test(text) || parts.some((part, at) => /^\.{1,2}$/.test(part) || isGap(part, at, parts));
  return (
    isGuarded(parts.filter((part) => part !== '')) || (isOdd && parts.some((part) => GUARDED_WORDS.has(part)))
  );
}

/** An empty segment anywhere but at the end. */
function isGap(part: string, at: number, parts: readonly string[]): boolean {
  return part === '' && at < parts.length - 1;
}

const GUARDED_WORDS = new Set(['logstream', 'ingest', 'sexton', ...OTEL_SIGNALS]);

function isGuarded([first, second, third, fourth]: readonly string[]): boolean {
  if (first === 'sexton') return true;
  if (first === 'v1') return OTEL_SIGNALS.has(second ?? '');
  if (first !== 'api') return false;
  if (second === 'prism') return third === 'v1' && fourth === 'logstream';
  return second === 'v1' && (third === 'logstream' || third === 'ingest');
}

function ambiguous(why: string): Route {
  return { kind: 'ambiguous', why };
}

function badName(): Route {
  return ambiguous("the stream's name must be letters, digits, - and _, percent-encoded UTF-8 where needed");
}
