/** What a file system's error means to the purger. */
import { ObjectStoreError, type StoreErrorKind } from './object-store.js';

const KIND_BY_CODE: Readonly<Record<string, StoreErrorKind>> = {
  EACCES: 'ACCESS_DENIED',
  EPERM: 'ACCESS_DENIED',
  EROFS: 'ACCESS_DENIED',
  ENAMETOOLONG: 'INVALID',
  EINVAL: 'INVALID',
  // The bucket's own path is, or goes through, something that is not a directory.
  EEXIST: 'INVALID',
  ENOTDIR: 'INVALID',
  ENOTSUP: 'UNSUPPORTED',
  ENOSYS: 'UNSUPPORTED',
};

export function errnoOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : '';
}

/** No such object: also when a part of its path is a file. */
export function isAbsent(error: unknown): boolean {
  const code = errnoOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Wraps errors of the operating system; hands on everything else, a bug or an abort among them. */
export function localError(error: unknown, doing: string): unknown {
  const code = errnoOf(error);
  if (error instanceof ObjectStoreError || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new ObjectStoreError(
    KIND_BY_CODE[code] ?? 'TRANSIENT',
    code,
    `${doing}: ${(error as Error).message}`,
    { cause: error },
  );
}
