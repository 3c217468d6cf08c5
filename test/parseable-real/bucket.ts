/** The bucket of a running Parseable, looked into without Sexton's own code. */
import { Agent } from 'node:https';
import {
  DeleteObjectsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Config } from '../../src/objectstore/s3-config.js';

const KEYS_PER_DELETE = 1_000;

export class ParseableBucket {
  readonly name: string;
  readonly #client: S3Client;

  constructor({ bucket, endpoint, region, pathStyle, tlsSkipVerify, credentials }: S3Config) {
    this.name = bucket;
    const options: S3ClientConfig = { region, forcePathStyle: pathStyle, maxAttempts: 5 };
    if (endpoint !== undefined) options.endpoint = endpoint;
    if (credentials !== undefined) options.credentials = credentials;
    if (tlsSkipVerify)
      options.requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ rejectUnauthorized: false }) });
    this.#client = new S3Client(options);
  }

  /** All keys below a prefix. */
  async keys(prefix: string): Promise<readonly string[]> {
    const keys: string[] = [];
    const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.name, Prefix: prefix });
    for await (const page of pages) keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
    return keys;
  }

  async put(key: string, body: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
  }

  /** Deletes everything below a prefix; how many objects. */
  async empty(prefix: string): Promise<number> {
    const keys = await this.keys(prefix);
    for (let at = 0; at < keys.length; at += KEYS_PER_DELETE) {
      const Objects = keys.slice(at, at + KEYS_PER_DELETE).map((Key) => ({ Key }));
      await this.#client.send(
        new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects, Quiet: true } }),
      );
    }
    return keys.length;
  }

  close(): void {
    this.#client.destroy();
  }
}

/** What holds events, as opposed to manifests and what is below `.stream/`. */
export function dataKeys(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => key.endsWith('.parquet'));
}
