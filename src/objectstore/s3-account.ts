/**
 * Where the bucket answers and with whose credentials. The AWS SDK is asked only for what takes
 * knowledge of AWS: its endpoints by region and partition, and its chain of credential providers. A
 * server with an explicit endpoint and keys needs neither, and the SDK is then not even loaded.
 */
import type { S3Config, StaticCredentials } from './s3-config.js';
import { ObjectStoreError } from './object-store.js';

export interface S3Account {
  /** Of the bucket, without a trailing slash: `http://host:port/bucket` or `https://bucket.host`. */
  readonly bucketUrl: string;
  /** Fresh ones each time; the provider caches and renews. Throws BAD_CREDENTIALS. */
  credentials(): Promise<StaticCredentials>;
}

export async function openS3Account(config: S3Config): Promise<S3Account> {
  const { endpoint, credentials } = config;
  if (endpoint !== undefined && credentials !== undefined) {
    return { bucketUrl: joinBucket(endpoint, config), credentials: () => Promise.resolve(credentials) };
  }
  const { S3Client } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    region: config.region,
    forcePathStyle: config.pathStyle,
    ...(credentials === undefined ? {} : { credentials }),
  });
  const bucketUrl =
    endpoint === undefined
      ? client.config
          .endpointProvider({
            Region: config.region,
            Bucket: config.bucket,
            ForcePathStyle: config.pathStyle,
          })
          .url.href.replace(/\/+$/, '')
      : joinBucket(endpoint, config);
  return {
    bucketUrl,
    async credentials() {
      try {
        return credentials ?? (await client.config.credentials());
      } catch (error) {
        const advice =
          'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or P_S3_ACCESS_KEY and P_S3_SECRET_KEY), or give this machine a role';
        const said = error instanceof Error ? error.message : String(error);
        throw new ObjectStoreError(
          'BAD_CREDENTIALS',
          '',
          `no credentials for ${bucketUrl}: ${said}; ${advice}`,
          { cause: error },
        );
      }
    },
  };
}

function joinBucket(endpoint: string, config: S3Config): string {
  if (config.pathStyle) return `${endpoint}/${config.bucket}`;
  const url = new URL(endpoint);
  url.host = `${config.bucket}.${url.host}`;
  return url.href.replace(/\/+$/, '');
}
