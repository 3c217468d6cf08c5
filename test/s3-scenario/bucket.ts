/** A scratch bucket on a real S3 server: filled, looked into without Sexton's own code, and removed. */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export interface Counted {
  readonly versions: number;
  readonly markers: number;
  readonly uploads: number;
}

export class ScratchBucket {
  readonly name: string;
  readonly #client: S3Client;

  constructor(name: string, endpoint: string, region: string) {
    this.name = name;
    this.#client = new S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 5 });
  }

  async create(versioned: boolean): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.name }));
    if (!versioned) return;
    await this.#client.send(
      new PutBucketVersioningCommand({ Bucket: this.name, VersioningConfiguration: { Status: 'Enabled' } }),
    );
  }

  async put(key: string, body: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
  }

  /** Only a marker on a versioned bucket. */
  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** Starts an upload, sends one part, and never completes it. */
  async leaveUpload(key: string): Promise<void> {
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ Bucket: this.name, Key: key }),
    );
    await this.#client.send(
      new UploadPartCommand({ Bucket: this.name, Key: key, UploadId, PartNumber: 1, Body: 'a part' }),
    );
  }

  async count(prefix: string): Promise<Counted> {
    let versions = 0;
    let markers = 0;
    for await (const page of this.#versionPages(prefix)) {
      versions += page.Versions?.length ?? 0;
      markers += page.DeleteMarkers?.length ?? 0;
    }
    const listed = await this.#client.send(
      new ListMultipartUploadsCommand({ Bucket: this.name, Prefix: prefix, MaxUploads: 1_000 }),
    );
    return { versions, markers, uploads: listed.Uploads?.length ?? 0 };
  }

  /** Deletes everything; in rounds, since some servers page badly through what is being deleted. */
  async destroy(): Promise<void> {
    for (let round = 0; round < 10 && (await this.#empty()); round++);
    const listed = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.name }));
    for (const { Key, UploadId } of listed.Uploads ?? []) {
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.name, Key, UploadId }));
    }
    await this.#client.send(new DeleteBucketCommand({ Bucket: this.name }));
    this.#client.destroy();
  }

  /** False when there was nothing to delete. */
  async #empty(): Promise<boolean> {
    let found = false;
    for await (const page of this.#versionPages('')) {
      const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
        Key,
        ...(VersionId === undefined ? {} : { VersionId }),
      }));
      if (objects.length === 0) continue;
      found = true;
      await this.#client.send(new DeleteObjectsCommand({ Bucket: this.name, Delete: { Objects: objects } }));
    }
    return found;
  }

  async *#versionPages(prefix: string) {
    let keyMarker: string | undefined;
    let versionIdMarker: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectVersionsCommand({
          Bucket: this.name,
          Prefix: prefix,
          KeyMarker: keyMarker,
          VersionIdMarker: versionIdMarker,
        }),
      );
      yield page;
      keyMarker = page.IsTruncated === true ? page.NextKeyMarker : undefined;
      versionIdMarker = page.NextVersionIdMarker;
    } while (keyMarker !== undefined);
  }
}
