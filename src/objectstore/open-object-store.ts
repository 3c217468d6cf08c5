/**
 * From a configuration to a store. S3 is loaded only when it is configured: a node on a local
 * directory does not pay for it in memory or start time.
 */
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { LocalStore } from './local-store.js';
import type { ObjectStore } from './object-store.js';
import type { ObjectStoreConfig } from './object-store-url.js';

export interface ObjectStoreDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Which node this is, for the server's access log. Default `sexton`. */
  readonly userAgent?: string;
}

/** Touches neither disk nor network; `probe` does. */
export async function openObjectStore(
  config: ObjectStoreConfig,
  deps: ObjectStoreDeps,
): Promise<ObjectStore> {
  if (config.kind === 'local') return new LocalStore({ directory: config.directory, clock: deps.clock });
  const { S3Store } = await import('./s3-store.js');
  return new S3Store(config, deps);
}
