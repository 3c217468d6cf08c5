/**
 * The endpoint as a process: `npx tsx test/support/s3-endpoint/main.ts [--port 9000] [--bucket NAME]... [--versioned]`.
 * Prints one line, `listening on http://127.0.0.1:9000`, and serves until it is killed. Credentials come from
 * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or are the ones that tests use.
 */
import { parseArgs } from 'node:util';
import { S3Endpoint, TEST_CREDENTIALS } from './endpoint.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    bucket: { type: 'string', multiple: true, default: ['sexton'] },
    versioned: { type: 'boolean', default: false },
  },
});

const endpoint = await S3Endpoint.start({
  port: Number(values.port),
  credentials: {
    accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? TEST_CREDENTIALS.accessKeyId,
    secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? TEST_CREDENTIALS.secretAccessKey,
  },
});
for (const bucket of values.bucket) endpoint.createBucket(bucket, values.versioned ? 'Enabled' : '');
process.stdout.write(`listening on ${endpoint.url}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void endpoint.stop().then(() => process.exit(0));
  });
}
