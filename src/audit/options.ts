/** What an audit may be told, and every bound that it keeps by itself. */
import { invalidArgument } from '../shared/errors.js';

export interface AuditRequest {
  /** Only keys that start with this; '' = the whole bucket. */
  readonly prefix: string;
  /** Residue written to more recently may be an upload under way. */
  readonly minimumAgeMs: number;
  /** Also count what live streams hold. */
  readonly includeUsage: boolean;
  /** '' = from the start; else an {@link AuditProgress.resumeToken} of an audit of the same `prefix`. */
  readonly resumeToken: string;
}

export interface AuditLimits {
  /** Requests to the store at once; halved by each SlowDown (P6). Default 16. */
  readonly requestsMax: number;
  /** Top-level prefixes looked at side by side. Default 16. */
  readonly unitsAtOnce: number;
  /** Findings that a prefix may have in hand before it waits for its turn. Default 64. */
  readonly findingsInHand: number;
  /** Between two progress items, at most. Default 2 s. */
  readonly progressIntervalMs: number;
}

export const AUDIT_LIMITS: AuditLimits = {
  requestsMax: 16,
  unitsAtOnce: 16,
  findingsInHand: 64,
  progressIntervalMs: 2_000,
};

/** Where an audit goes on. Binds the prefix: a token of another audit would skip what was never looked at. */
export function encodeResumeToken(prefix: string, after: string): string {
  return Buffer.from(JSON.stringify([1, prefix, after])).toString('base64url');
}

/** The top-level prefix after which to go on; '' = from the start. Throws INVALID_ARGUMENT. */
export function decodeResumeToken(token: string, prefix: string): string {
  if (token === '') return '';
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(token, 'base64url').toString());
  } catch {
    parts = undefined;
  }
  const [version, bound, after] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (version !== 1 || typeof bound !== 'string' || typeof after !== 'string')
    throw invalidArgument('resume_token', 'is not one that an audit of this version gave');
  if (bound !== prefix)
    throw invalidArgument(
      'resume_token',
      `belongs to an audit of prefix ${JSON.stringify(bound)}; ask for the same`,
    );
  return after;
}

/** Throws INVALID_ARGUMENT. */
export function checkPrefix(prefix: string): void {
  if (Buffer.byteLength(prefix) > 1024)
    throw invalidArgument('prefix', 'is longer than 1,024 bytes, which no key is');
  if (prefix.startsWith('.'))
    throw invalidArgument('prefix', 'names a dot directory, which is never audited nor touched');
}
