/**
 * The bounds of the port, the same for every store, and the checks of what a caller passes in.
 */
import { ObjectStoreError } from './object-store.js';

/** Keys on one page of a listing, and in one delete request. S3's own bound. */
export const PAGE_KEYS_MAX = 1000;
/** S3's own bound. */
export const KEY_BYTES_MAX = 1024;
/** `putObject` and `getObject` are for markers and manifests; both hold the whole object in memory. */
export const OBJECT_BYTES_MAX = 1024 * 1024;
/** How long a prepared delete may be sent (P11). Long enough for a quorum round trip, short enough to wait out. */
export const DELETE_EXPIRY_MS = 60_000;

/** The time that a prepared delete lives, in whole seconds. Throws INVALID out of bounds. */
export function deleteExpiryMs(expiryMs: number | undefined): number {
  if (expiryMs === undefined) return DELETE_EXPIRY_MS;
  if (!(expiryMs >= 2_000 && expiryMs <= DELETE_EXPIRY_MS)) {
    const text = `expiryMs is ${expiryMs}; it must be from 2000 to ${DELETE_EXPIRY_MS}`;
    throw new ObjectStoreError('INVALID', '', text);
  }
  return Math.floor(expiryMs / 1000) * 1000;
}

/** Throws INVALID unless `key` is one that S3 could hold: 1 to 1,024 bytes of well-formed Unicode. */
export function checkKey(key: string): void {
  if (key === '') throw new ObjectStoreError('INVALID', '', 'an object key must not be empty');
  const bytes = Buffer.byteLength(key);
  if (bytes > KEY_BYTES_MAX) {
    throw new ObjectStoreError(
      'INVALID',
      'KeyTooLongError',
      `object key of ${bytes} bytes; at most ${KEY_BYTES_MAX}`,
    );
  }
  if (/[\ud800-\udfff]/.test(key) && Buffer.from(key).toString() !== key) {
    throw new ObjectStoreError('INVALID', '', `object key ${JSON.stringify(key)} is not well-formed Unicode`);
  }
}

/** The page size to use for a caller's `maxKeys`. */
export function pageKeys(maxKeys: number | undefined): number {
  if (maxKeys === undefined) return PAGE_KEYS_MAX;
  if (!Number.isInteger(maxKeys) || maxKeys < 1) {
    throw new ObjectStoreError(
      'INVALID',
      '',
      `maxKeys is ${maxKeys}; it must be a whole number from 1 to ${PAGE_KEYS_MAX}`,
    );
  }
  return Math.min(maxKeys, PAGE_KEYS_MAX);
}

export function checkObjectSize(sizeBytes: number, key: string): void {
  if (sizeBytes > OBJECT_BYTES_MAX) {
    throw new ObjectStoreError(
      'INVALID',
      'EntityTooLarge',
      `object ${JSON.stringify(key)} has ${sizeBytes} bytes; at most ${OBJECT_BYTES_MAX} are read or written in one piece`,
    );
  }
}

export function checkDeleteTargets(targets: readonly { readonly key: string }[], max: number): void {
  if (targets.length < 1 || targets.length > max) {
    throw new ObjectStoreError(
      'INVALID',
      '',
      `a delete request carries 1 to ${max} keys, not ${targets.length}`,
    );
  }
  for (const target of targets) checkKey(target.key);
}
