/** An S3 bucket of our own as a subject of the contract: made over the wire, emptied and removed afterwards. */
import { openObjectStore } from '../../src/objectstore/open-object-store.js';
import type { Capabilities } from '../../src/objectstore/object-store.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../../src/objectstore/object-store-url.js';
import type { Environment, S3Config } from '../../src/objectstore/s3-config.js';
import { S3Transport } from '../../src/objectstore/s3-transport.js';
import { silentLogger } from '../../src/shared/logger.js';
import { ODD_KEYS, PATH_LIKE_KEYS, type Subject } from './contract.js';
import { SkewedClock } from './skewed-clock.js';

export interface S3SubjectOptions {
  readonly url: string;
  readonly env: Environment;
  readonly bucket: string;
  readonly versioned?: boolean;
  readonly capabilities: Partial<Capabilities>;
  readonly nests?: boolean;
  readonly pagesVersions?: boolean;
  readonly oddKeys?: readonly string[];
  /** What this machine's wall clock is ahead of the server's; default 0. */
  readonly clockAheadMs?: number;
}

export function s3Config(url: string, env: Environment): S3Config {
  const config = resolveObjectStoreConfig(parseObjectStoreUrl(url), env);
  if (config.kind !== 's3') throw new Error(`${url} is not an S3 URL`);
  return config;
}

const call = { signal: new AbortController().signal };

export async function openS3Subject(options: S3SubjectOptions): Promise<Subject> {
  const config = { ...s3Config(options.url, options.env), bucket: options.bucket };
  const clock = new SkewedClock();
  clock.shiftMs = options.clockAheadMs ?? 0;
  const raw = new S3Transport(config, { clock });
  await raw.call({ method: 'PUT', body: new Uint8Array() }, 'creating a bucket', call);
  if (options.versioned === true) {
    const body = Buffer.from('<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>');
    await raw.call({ method: 'PUT', query: { versioning: '' }, body }, 'enabling versioning', call);
  }
  const store = await openObjectStore(config, { clock, logger: silentLogger });
  // As the probe does before any delete: the server must have told its time (P11).
  await store.listObjects({ prefix: '', maxKeys: 1 }, call);
  return {
    store,
    clock,
    capabilities: { versioning: options.versioned === true ? 'enabled' : 'never', ...options.capabilities },
    nests: options.nests ?? true,
    pagesVersions: options.pagesVersions ?? true,
    oddKeys: options.oddKeys ?? [...ODD_KEYS, ...PATH_LIKE_KEYS],
    async beginUpload(key) {
      await raw.call(
        { method: 'POST', key, query: { uploads: '' }, body: new Uint8Array() },
        'beginning an upload',
        call,
      );
    },
    async close() {
      // Each page from the start: what was on the last one is gone.
      for (;;) {
        const maxKeys = Math.max(options.capabilities.deleteBatchMax ?? 1000, 50);
        const { items } = await store.listVersions({ prefix: '', maxKeys }, call);
        if (items.length === 0) break;
        const targets = items.map(({ key, versionId }) => ({ key, versionId }));
        const outcomes = await (await store.prepareDelete(targets, call)).send(call);
        for (const outcome of outcomes) if (outcome.kind === 'failed') throw outcome.error;
      }
      for (const upload of (await store.listUploads({ prefix: '' }, call)).items)
        await store.abortUpload(upload, call);
      await raw.call({ method: 'DELETE' }, 'removing the bucket', call);
      raw.close();
      await store.close();
    },
  };
}
