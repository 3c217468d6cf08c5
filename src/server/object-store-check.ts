/**
 * One look at the object store before a node serves. What only an operator can mend stops the start with a
 * clear word; what passes by itself does not: consensus must not wait for a bucket, the purger will.
 */
import { ObjectStoreError, type ObjectStore, type StoreErrorKind } from '../objectstore/object-store.js';
import { FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';

const PROBE_TIMEOUT_MS = 15_000;

const NEEDS_AN_OPERATOR: ReadonlySet<StoreErrorKind> = new Set([
  'ACCESS_DENIED',
  'BAD_CREDENTIALS',
  'NO_SUCH_BUCKET',
  'UNSUPPORTED',
  'INVALID',
]);

/** Rejects with FatalError OBJECT_STORE_UNUSABLE. */
export async function checkObjectStore(store: ObjectStore, logger: Logger): Promise<void> {
  try {
    const capabilities = await store.probe({ signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    logger.info({ store: store.description, ...capabilities }, 'object store probed');
  } catch (error) {
    if (error instanceof ObjectStoreError && NEEDS_AN_OPERATOR.has(error.kind)) {
      throw new FatalError('OBJECT_STORE_UNUSABLE', `object store ${store.description}: ${error.message}`, {
        cause: error,
      });
    }
    const message = error instanceof Error ? error.message : String(error);
    logger.error(
      { store: store.description, cause: message },
      'the object store does not answer; nothing is purged until it does',
    );
  }
}
