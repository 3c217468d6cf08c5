/**
 * The contract on S3: the in-process endpoint in its variants, and every real server that
 * SEXTON_TEST_S3_URL names (see README.md in this folder).
 */
import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import type { Capabilities } from '../../src/objectstore/object-store.js';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';
import type { Quirks } from '../support/s3-endpoint/faults.js';
import { objectStoreContract, ODD_KEYS } from './contract.js';
import { openS3Subject } from './s3-subject.js';

const FULL: Partial<Capabilities> = {
  conditionalDelete: true,
  requestExpiry: true,
  deleteBatchMax: 1000,
  multipartUploads: true,
};

interface Variant {
  readonly name: string;
  readonly quirks?: Quirks;
  readonly versioned?: boolean;
  readonly capabilities?: Partial<Capabilities>;
  readonly clockAheadMs?: number;
}

/** More than any server forgives. */
const TWENTY_MINUTES_MS = 20 * 60_000;

/** Where the requests differ; what the probe makes of further oddities is in s3-probe.test.ts. */
const VARIANTS: readonly Variant[] = [
  { name: 'as AWS does it' },
  { name: 'versioned', versioned: true },
  { name: 'Content-MD5 only', quirks: { requireMd5: true } },
  { name: 'at most 50 keys a batch', quirks: { batchMax: 50 }, capabilities: { deleteBatchMax: 50 } },
  {
    name: 'no batches, versioned',
    quirks: { refuseBatches: true },
    versioned: true,
    capabilities: { deleteBatchMax: 1 },
  },
  { name: 'conditions on single deletes only', quirks: { ignoreBatchConditions: true } },
  { name: 'a clock of ours that is 20 minutes ahead', clockAheadMs: TWENTY_MINUTES_MS },
  { name: 'a clock of ours that is 20 minutes behind', clockAheadMs: -TWENTY_MINUTES_MS },
];

for (const variant of VARIANTS) {
  objectStoreContract(`S3, ${variant.name}`, async () => {
    const endpoint = await S3Endpoint.start({ quirks: variant.quirks ?? {} });
    const subject = await openS3Subject({
      url: endpoint.storeUrl('contract'),
      env: endpoint.environment,
      bucket: 'contract',
      versioned: variant.versioned ?? false,
      capabilities: { ...FULL, ...variant.capabilities },
      clockAheadMs: variant.clockAheadMs ?? 0,
    });
    return {
      ...subject,
      async close() {
        await subject.close();
        await endpoint.stop();
      },
    };
  });
}

const realUrl = process.env['SEXTON_TEST_S3_URL'];
const realName = process.env['SEXTON_TEST_S3_NAME'] ?? 'real';

if (realUrl === undefined || realUrl === '') {
  describe('object store contract: a real S3 server', () => {
    it.skip('SKIPPED: set SEXTON_TEST_S3_URL and credentials to run it, see test/objectstore/README.md', () =>
      undefined);
  });
} else {
  const flags = new Set((process.env['SEXTON_TEST_S3_LACKS'] ?? '').split(',').filter((flag) => flag !== ''));
  for (const versioned of flags.has('versioning') ? [false] : [false, true]) {
    objectStoreContract(`S3, ${realName}${versioned ? ', versioned' : ''}`, () =>
      openS3Subject({
        url: realUrl,
        env: process.env,
        bucket: `sexton-test-${randomUUID().slice(0, 8)}`,
        versioned,
        capabilities: {
          requestExpiry: true,
          multipartUploads: true,
          deleteBatchMax: 1000,
          ...(flags.has('conditions') ? {} : { conditionalDelete: true }),
        },
        nests: !flags.has('nesting'),
        pagesVersions: !flags.has('version-paging'),
        oddKeys: flags.has('odd-keys') ? ODD_KEYS.slice(0, -1) : ODD_KEYS,
      }),
    );
  }
}
