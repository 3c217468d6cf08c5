/**
 * C6: what names, tenants, prefixes, labels and request ids may look like.
 *
 * Checks return violations as data, with the field in proto spelling, so that the server and the
 * command line say the same thing. Nothing here throws.
 *
 * Names follow Parseable's alphabet: Unicode letters and digits (Rust's `char::is_alphanumeric`, which
 * is Alphabetic or Number), `-` and `_`. Parseable also refuses ten SQL words and `DEFAULT_TENANT` as
 * names. Sexton does not: such a name is no danger to a bucket, a Parseable node never sends one, and
 * other writers have streams called `order`. `DEFAULT_TENANT` is refused where it means something:
 * as a tenant.
 *
 * C3: which code points are letters depends on the Unicode version of the JavaScript engine. Two
 * members on two Node versions could so disagree over a name. Apply therefore runs with
 * `anyNonAscii`, the part of the rule that never changes; the full rule is checked before proposing.
 */
import type { FieldViolation } from '../shared/errors.js';
import {
  GRACE_PERIOD_MS_MAX,
  LABEL_KEY_BYTES_MAX,
  LABEL_VALUE_BYTES_MAX,
  LABELS_BYTES_MAX,
  LABELS_MAX,
  NAME_BYTES_MAX,
  NODE_ID_BYTES_MAX,
  PREFIX_BYTES_MAX,
  PREFIX_SEGMENTS_MAX,
  TENANT_CHARACTERS_MAX,
} from './limits.js';

/** How strictly letters are told from other signs; see the header. */
export type Alphabet = 'unicode' | 'anyNonAscii';

type Labels = readonly (readonly [key: string, value: string])[];

const NAME_UNICODE = /^[\p{Alphabetic}\p{N}_-]+$/u;
/** Everything beyond ASCII but the C1 controls and lone surrogates, both fixed by Unicode for ever. */
const NAME_STABLE = /^(?:[A-Za-z0-9_-]|[^\p{ASCII}\p{Cc}\p{Cs}])+$/u;
const TENANT = new RegExp(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,${TENANT_CHARACTERS_MAX - 1}}$`);
const LABEL_KEY = /^[a-z0-9._/-]+$/;
const REQUEST_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const ASCII = /^\p{ASCII}*$/u;
/** Control characters, lone surrogates, and the two noncharacters that XML cannot carry (S3 answers in XML). */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/u;

const encoder = new TextEncoder();

export function utf8Bytes(text: string): number {
  return ASCII.test(text) ? text.length : encoder.encode(text).length;
}

/** More bytes than `max`, without encoding a text that cannot be within it. */
function isLonger(text: string, max: number): boolean {
  return text.length > max || (text.length * 3 > max && utf8Bytes(text) > max);
}

export function nameViolations(
  name: string,
  alphabet: Alphabet = 'unicode',
  field = 'name',
): FieldViolation[] {
  const says = (description: string): FieldViolation[] => [{ field, description }];
  if (name === '') return says(`is required: 1 to ${NAME_BYTES_MAX} bytes of letters, digits, '-' and '_'`);
  if (isLonger(name, NAME_BYTES_MAX)) return says(`is longer than ${NAME_BYTES_MAX} bytes of UTF-8`);
  if (!(alphabet === 'unicode' ? NAME_UNICODE : NAME_STABLE).test(name)) {
    return says(`may contain only letters, digits, '-' and '_' (no '/', '.', spaces or control characters)`);
  }
  return [];
}

/** Part of a name, to filter by: empty, or anything that a name could start with. */
export function namePrefixViolations(namePrefix: string, field = 'name_prefix'): FieldViolation[] {
  return namePrefix === '' ? [] : nameViolations(namePrefix, 'anyNonAscii', field);
}

export function tenantViolations(tenant: string, field = 'tenant'): FieldViolation[] {
  if (tenant === '') return [];
  if (tenant === 'DEFAULT_TENANT') {
    return [{ field, description: `'DEFAULT_TENANT' is reserved; leave the tenant empty instead` }];
  }
  if (!TENANT.test(tenant)) {
    const description =
      `must be empty, or 1 to ${TENANT_CHARACTERS_MAX} ASCII letters, digits, '-' and '_' ` +
      `that start with a letter or digit`;
    return [{ field, description }];
  }
  return [];
}

/** C6: never the root, never hidden, never a way out. `prefix` is not '' here ('' means the default). */
export function prefixViolations(prefix: string, field = 'prefix'): FieldViolation[] {
  const says = (description: string): FieldViolation[] => [{ field, description }];
  if (isLonger(prefix, PREFIX_BYTES_MAX)) return says(`is longer than ${PREFIX_BYTES_MAX} bytes of UTF-8`);
  if (!prefix.endsWith('/')) return says(`must end with '/'`);
  if (prefix.startsWith('/')) return says(`must not start with '/'`);
  if (prefix.startsWith('.')) return says(`must not start with '.'`);
  if (UNPRINTABLE.test(prefix)) return says('must not contain control characters or broken Unicode');
  const segments = prefix.slice(0, -1).split('/');
  if (segments.length > PREFIX_SEGMENTS_MAX) return says(`has more than ${PREFIX_SEGMENTS_MAX} segments`);
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return says(`must not contain an empty, '.' or '..' segment`);
  }
  return [];
}

/** Duplicate keys are refused: a map on the wire has none, so two mean a caller's mistake. */
export function labelsViolations(labels: Labels): FieldViolation[] {
  if (labels.length > LABELS_MAX) {
    return [
      { field: 'labels', description: `has ${labels.length} entries; at most ${LABELS_MAX} are allowed` },
    ];
  }
  const violations: FieldViolation[] = [];
  const seen = new Set<string>();
  let bytes = 0;
  for (const [key, value] of labels) {
    const field = `labels["${isLonger(key, LABEL_KEY_BYTES_MAX) ? `${key.slice(0, LABEL_KEY_BYTES_MAX)}…` : key}"]`;
    if (isLonger(key, LABEL_KEY_BYTES_MAX) || !LABEL_KEY.test(key)) {
      const description = `the key must be 1 to ${LABEL_KEY_BYTES_MAX} of a-z, 0-9, '.', '_', '/' and '-'`;
      violations.push({ field, description });
    }
    if (seen.has(key)) violations.push({ field, description: 'the key appears twice' });
    seen.add(key);
    if (isLonger(value, LABEL_VALUE_BYTES_MAX)) {
      violations.push({
        field,
        description: `the value is longer than ${LABEL_VALUE_BYTES_MAX} bytes of UTF-8`,
      });
    } else if (UNPRINTABLE.test(value)) {
      violations.push({ field, description: 'the value contains control characters or broken Unicode' });
    }
    bytes += utf8Bytes(key) + utf8Bytes(value);
  }
  if (violations.length === 0 && bytes > LABELS_BYTES_MAX) {
    const description = `keys and values add up to ${bytes} bytes; at most ${LABELS_BYTES_MAX} are allowed`;
    violations.push({ field: 'labels', description });
  }
  return violations;
}

/** Sorted by key: one map has one spelling, in records and in the digest of a request. */
export function normalizeLabels(labels: Labels): Labels {
  const isSorted = labels.every((label, at) => at === 0 || (labels[at - 1]?.[0] ?? '') <= label[0]);
  return isSorted ? labels : [...labels].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** A host or pod name, for people: anything that can be shown. */
export function nodeIdViolations(nodeId: string, field = 'node_id'): FieldViolation[] {
  const says = (description: string): FieldViolation[] => [{ field, description }];
  if (nodeId === '') return says(`is required: 1 to ${NODE_ID_BYTES_MAX} bytes, like a host or pod name`);
  if (isLonger(nodeId, NODE_ID_BYTES_MAX)) return says(`is longer than ${NODE_ID_BYTES_MAX} bytes of UTF-8`);
  if (UNPRINTABLE.test(nodeId)) return says('must not contain control characters or broken Unicode');
  return [];
}

export function gracePeriodViolations(gracePeriodMs: number, field = 'grace_period'): FieldViolation[] {
  if (Number.isSafeInteger(gracePeriodMs) && gracePeriodMs >= 0 && gracePeriodMs <= GRACE_PERIOD_MS_MAX)
    return [];
  const description = 'must be a whole number of milliseconds from 0 to 10 years (3,650 days)';
  return [{ field, description }];
}

/** '' = none. */
export function requestIdViolations(requestId: string, field = 'request_id'): FieldViolation[] {
  if (requestId === '' || REQUEST_ID.test(requestId)) return [];
  const description =
    'must be empty or a UUID in its 36 character form, like 8a6c1f0e-5d0b-4c9e-9c57-2f1f2f0d3b11';
  return [{ field, description }];
}

/** `name/incarnation/`, or `tenant/name/incarnation/`: a key that is never used twice. */
export function defaultPrefix(tenant: string, name: string, incarnation: number): string {
  return tenant === '' ? `${name}/${incarnation}/` : `${tenant}/${name}/${incarnation}/`;
}
