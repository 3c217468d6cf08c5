/**
 * A bucket on a real S3 server, filled for an audit: through the server, or as files in the directory that it keeps
 * the bucket in, which is faster by an order of magnitude and lets objects be as old as they must be.
 */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { execFile } from 'node:child_process';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Target } from './audit-planted.js';

const PUTS_AT_ONCE = 64;

export class ServerBucket implements Target {
  readonly name: string;
  readonly copyFolder?: (from: string, to: string) => Promise<void>;
  readonly #client: S3Client;
  /** Undefined: through the server. */
  readonly #directory: string | undefined;
  readonly #madeDirectories = new Set<string>();
  readonly #puts = new Set<Promise<unknown>>();

  /** `directory`: the server's own, in which a bucket is a folder and an object a file. */
  constructor(name: string, endpoint: string, region: string, directory: string | undefined) {
    this.name = name;
    this.#client = new S3Client({ endpoint, region, forcePathStyle: true });
    if (directory === undefined) return;
    const own = (this.#directory = join(directory, name));
    this.copyFolder = (from, to) => linkAll(join(own, from), join(own, to));
  }

  async create(): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  put(key: string, body: string, timeMs: number): void | Promise<void> {
    if (this.#directory === undefined) return this.#send(key, body);
    const file = join(this.#directory, key);
    const folder = dirname(file);
    if (!this.#madeDirectories.has(folder)) {
      // A million objects are written in order: no folder is come back to much later.
      if (this.#madeDirectories.size > 10_000) this.#madeDirectories.clear();
      mkdirSync(folder, { recursive: true });
      this.#madeDirectories.add(folder);
    }
    writeFileSync(file, body);
    utimesSync(file, timeMs / 1_000, timeMs / 1_000);
  }

  async upload(key: string): Promise<void> {
    await this.#client.send(new CreateMultipartUploadCommand({ Bucket: this.name, Key: key }));
  }

  /** Resolves when everything that was put is there. */
  async settle(): Promise<void> {
    await Promise.all(this.#puts);
  }

  async destroy(): Promise<void> {
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    for (const { Key, UploadId } of Uploads)
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }));
    if (this.#directory === undefined) await this.#deleteObjects();
    else
      for (const entry of await readdir(this.#directory))
        await rm(join(this.#directory, entry), { recursive: true, force: true });
    await this.#client.send(new DeleteBucketCommand({ Bucket: this.name }));
    this.#client.destroy();
  }

  /** As soon as few enough are on their way. */
  async #send(key: string, body: string): Promise<void> {
    while (this.#puts.size >= PUTS_AT_ONCE) await Promise.race(this.#puts);
    const put = this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
    this.#puts.add(put);
    // One that failed is met again by the next who waits.
    put.then(
      () => this.#puts.delete(put),
      () => undefined,
    );
  }

  async #deleteObjects(): Promise<void> {
    for (;;) {
      const { Contents = [] } = await this.#client.send(new ListObjectsV2Command({ Bucket: this.name }));
      if (Contents.length === 0) return;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await this.#client.send(new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects } }));
    }
  }
}

/** Files that are the same but for their names need no second copy on disk. */
async function linkAll(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-al', from, to]);
}
