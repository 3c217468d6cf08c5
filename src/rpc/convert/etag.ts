/**
 * Etags (AIP-154): a stream's lifecycle revision in base 36. Opaque to callers; here a text that no
 * stream ever had is told from one that an older version of it had.
 */
import type { Checks } from './checks.js';

/** '' for revision 0: a stream that would be (`validate_only`). */
export function toEtag(revision: number): string {
  return revision === 0 ? '' : revision.toString(36);
}

/** 0 = the caller does not ask (or, with a violation added, sent no etag of a stream). */
export function fromEtag(etag: string, checks: Checks): number {
  if (etag === '') return 0;
  const revision = /^[0-9a-z]{1,11}$/.test(etag) ? Number.parseInt(etag, 36) : NaN;
  if (Number.isSafeInteger(revision) && revision > 0 && toEtag(revision) === etag) return revision;
  checks.add('etag', 'is not an etag of a stream; send Stream.etag as received, or nothing');
  return 0;
}
