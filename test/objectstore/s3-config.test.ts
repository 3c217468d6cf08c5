/** Settings: who wins, what is missing, what contradicts itself, and that no message repeats a secret. */
import { describe, expect, it } from 'vitest';
import { openObjectStore } from '../../src/objectstore/open-object-store.js';
import {
  parseObjectStoreUrl,
  resolveObjectStoreConfig,
  type ObjectStoreConfig,
} from '../../src/objectstore/object-store-url.js';
import { openS3Account } from '../../src/objectstore/s3-account.js';
import type { Environment, S3Config } from '../../src/objectstore/s3-config.js';
import { systemClock } from '../../src/shared/clock.js';
import { silentLogger } from '../../src/shared/logger.js';

const resolve = (url: string, env: Environment = {}): ObjectStoreConfig =>
  resolveObjectStoreConfig(parseObjectStoreUrl(url), env);
const PARSEABLE = {
  P_S3_URL: 'https://minio.example:9000',
  P_S3_REGION: 'eu-1',
  P_S3_BUCKET: 'logs',
  P_S3_ACCESS_KEY: 'pid',
  P_S3_SECRET_KEY: 'psecret',
};
const AWS = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'aid',
  AWS_SECRET_ACCESS_KEY: 'asecret',
  AWS_SESSION_TOKEN: 'atoken',
};

describe('--object-store', () => {
  it.each([
    ['local:/var/lib/objects', '/var/lib/objects'],
    ['/var/lib/objects', '/var/lib/objects'],
    ['./objects', './objects'],
    ['../objects', '../objects'],
    ['local:objects', 'objects'],
  ])('%s is a directory', (url, directory) => {
    expect(resolve(url)).toEqual({ kind: 'local', directory });
  });

  it('takes everything but credentials', () => {
    const url =
      's3://my-bucket?endpoint=http://127.0.0.1:9000&region=r&path-style=false&tls-skip-verify=true&checksum=md5&delete-batch-max=100';
    expect(resolve(url, AWS)).toEqual({
      kind: 's3',
      bucket: 'my-bucket',
      endpoint: 'http://127.0.0.1:9000',
      region: 'r',
      pathStyle: false,
      tlsSkipVerify: true,
      checksum: 'md5',
      deleteBatchMax: 100,
      credentials: { accessKeyId: 'aid', secretAccessKey: 'asecret', sessionToken: 'atoken' },
    } satisfies S3Config);
  });

  it.each([
    ['objects', /must be s3:/],
    ['gs://bucket', /does not know gs:/],
    ['local:', /needs a directory/],
    ['s3://bucket/prefix', /\/prefix inside the bucket/],
    ['s3://b', /bucket/],
    ['s3://bucket?endpoint=minio:9000', /scheme minio:/],
    ['s3://bucket?endpoint=nonsense', /not a URL/],
    ['s3://bucket?endpoint=http://h?x=1', /query/],
    ['s3://bucket?path-style=maybe&region=r', /path-style.*neither true nor false/],
    ['s3://bucket?checksum=sha1&region=r', /auto or md5/],
    ['s3://bucket?delete-batch-max=1001&region=r', /1 to 1000/],
    ['s3://bucket?colour=red', /"colour"; it takes endpoint/],
    ['s3://bucket', /AWS needs one.*P_S3_REGION or AWS_REGION/],
    ['s3://', /no bucket.*P_S3_BUCKET/],
  ])('refuses %s and says what would be right', (url, message) => {
    expect(() => resolve(url)).toThrow(message);
  });

  it.each([
    's3://id:hunter2@bucket',
    's3://bucket?secret-key=hunter2',
    's3://bucket?endpoint=http://id:hunter2@host',
  ])('refuses credentials in %s without repeating them', (url) => {
    let message = '';
    try {
      resolve(url);
    } catch (error) {
      message = String(error);
    }
    expect(message).toMatch(/credentials/);
    expect(message).not.toContain('hunter2');
  });
});

describe('the environment', () => {
  it('of a Parseable node works as it is', () => {
    expect(resolveObjectStoreConfig(undefined, PARSEABLE)).toMatchObject({
      bucket: 'logs',
      endpoint: 'https://minio.example:9000',
      region: 'eu-1',
      pathStyle: true,
      tlsSkipVerify: false,
      credentials: { accessKeyId: 'pid', secretAccessKey: 'psecret' },
    });
    expect(resolveObjectStoreConfig(undefined, {})).toBeUndefined();
    expect(resolveObjectStoreConfig(undefined, AWS)).toBeUndefined();
  });

  it('gives way to what is said explicitly, and Parseable names come before AWS ones', () => {
    const both = { ...AWS, ...PARSEABLE };
    expect(resolve('s3://mine', both)).toMatchObject({
      bucket: 'mine',
      region: 'eu-1',
      credentials: { accessKeyId: 'pid' },
    });
    expect(resolve('s3://mine?region=here&endpoint=http://h:1', both)).toMatchObject({
      region: 'here',
      endpoint: 'http://h:1',
    });
    expect(
      resolve('s3://mine', { ...AWS, AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://s3' }),
    ).toMatchObject({ endpoint: 'http://s3' });
    expect(resolve('s3://mine', { ...AWS, AWS_ENDPOINT_URL: 'http://all' })).toMatchObject({
      endpoint: 'http://all',
    });
  });

  it('may leave keys out altogether, but not half of them', () => {
    expect(resolve('s3://bucket?region=r')).toMatchObject({ credentials: undefined });
    expect(() => resolve('s3://bucket?region=r', { P_S3_ACCESS_KEY: 'x' })).toThrow(
      /P_S3_SECRET_KEY: is not set but P_S3_ACCESS_KEY is/,
    );
    expect(() => resolve('s3://bucket?region=r', { AWS_SECRET_ACCESS_KEY: 'x' })).toThrow(
      /AWS_ACCESS_KEY_ID/,
    );
    expect(resolve('s3://bucket?region=r', { P_S3_ACCESS_KEY: '', P_S3_SECRET_KEY: '' })).toMatchObject({
      credentials: undefined,
    });
  });

  it('spells booleans in more than one way', () => {
    expect(
      resolve('s3://bucket?region=r', { P_S3_PATH_STYLE: 'False', P_S3_TLS_SKIP_VERIFY: '1' }),
    ).toMatchObject({ pathStyle: false, tlsSkipVerify: true });
    expect(() => resolve('s3://bucket?region=r', { P_S3_PATH_STYLE: 'perhaps' })).toThrow(/P_S3_PATH_STYLE/);
  });

  it('needs no region for a server that is not AWS', () => {
    expect(resolve('s3://bucket?endpoint=http://127.0.0.1:9000')).toMatchObject({ region: 'us-east-1' });
    expect(() => resolve('s3://bucket?endpoint=https://s3.eu-west-1.amazonaws.com')).toThrow(/region/);
  });
});

describe('the address of the bucket', () => {
  const addressOf = async (url: string): Promise<string> =>
    (await openS3Account(resolve(url, AWS) as S3Config)).bucketUrl;

  it.each([
    ['s3://logs?endpoint=http://127.0.0.1:9000', 'http://127.0.0.1:9000/logs'],
    ['s3://logs?endpoint=https://minio.example&path-style=false', 'https://logs.minio.example'],
    ['s3://logs?endpoint=https://gw.example/storage/v1/s3/', 'https://gw.example/storage/v1/s3/logs'],
    ['s3://logs?region=eu-west-1', 'https://s3.eu-west-1.amazonaws.com/logs'],
    ['s3://logs?region=eu-west-1&path-style=false', 'https://logs.s3.eu-west-1.amazonaws.com'],
    ['s3://logs?region=cn-north-1', 'https://s3.cn-north-1.amazonaws.com.cn/logs'],
  ])('of %s is %s', async (url, address) => {
    expect(await addressOf(url)).toBe(address);
  });

  it('is what the store calls itself by, and no credential is in it', async () => {
    const store = await openObjectStore(resolve('s3://logs?endpoint=http://127.0.0.1:9000', AWS), {
      clock: systemClock,
      logger: silentLogger,
    });
    expect(store.description).toBe('s3://logs at http://127.0.0.1:9000');
    await store.close();
  });
});
