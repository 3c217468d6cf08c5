/** A scratch bucket on a real S3 server: filled, looked into without Sexton's own code, and removed. */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  NoSuchKey,
  paginateListObjectsV2,
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

export function countText({ versions, markers, uploads }: Counted): string {
  return `${versions} versions, ${markers} delete markers, ${uploads} unfinished uploads`;
}

export class ScratchBucket {
  readonly name: string;
  readonly #client: S3Client;
  #isVersioned = false;

  constructor(name: string, endpoint: string, region: string) {
    this.name = name;
    this.#client = new S3Client({ endpoint, region, forcePathStyle: true, maxAttempts: 5 });
  }

  async create(): Promise<void> {
    await this.#client.send(new CreateBucketCommand({ Bucket: this.name }));
  }

  async enableVersioning(): Promise<void> {
    this.#isVersioned = true;
    await this.#client.send(
      new PutBucketVersioningCommand({ Bucket: this.name, VersioningConfiguration: { Status: 'Enabled' } }),
    );
  }

  async put(key: string, body: string): Promise<void> {
    await this.#client.send(new PutObjectCommand({ Bucket: this.name, Key: key, Body: body }));
  }

  /** Undefined: no such object. */
  async get(key: string): Promise<string | undefined> {
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  }

  /** Only a marker on a versioned bucket. */
  async delete(key: string): Promise<void> {
    await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key: key }));
  }

  /** Every version and marker of one key. */
  async deleteAll(key: string): Promise<void> {
    for await (const page of this.#versionPages(key)) {
      const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])];
      for (const { Key, VersionId } of objects.filter((object) => object.Key === key))
        await this.#client.send(new DeleteObjectCommand({ Bucket: this.name, Key, VersionId }));
    }
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

  /** A plain bucket has a version of each object; its objects are listed, which every server does right. */
  async count(prefix: string): Promise<Counted> {
    let versions = 0;
    let markers = 0;
    if (this.#isVersioned) {
      for await (const page of this.#versionPages(prefix)) {
        versions += page.Versions?.length ?? 0;
        markers += page.DeleteMarkers?.length ?? 0;
      }
    } else {
      const pages = paginateListObjectsV2({ client: this.#client }, { Bucket: this.name, Prefix: prefix });
      for await (const page of pages) versions += page.Contents?.length ?? 0;
    }
    const listed = await this.#client.send(
      new ListMultipartUploadsCommand({ Bucket: this.name, Prefix: prefix, MaxUploads: 1_000 }),
    );
    return { versions, markers, uploads: listed.Uploads?.length ?? 0 };
  }

  /**
   * Whether pages of versions lead on to the next ones, each version once. Where they do not, nobody can list a
   * versioned prefix of more than a page. Leaves three objects behind.
   */
  async pagesThroughVersions(): Promise<boolean> {
    const keys = ['.paging/a', '.paging/b', '.paging/c'];
    for (const key of keys) await this.put(key, 'x');
    const seen: string[] = [];
    for await (const page of this.#versionPages('.paging/', 1)) {
      for (const { Key } of page.Versions ?? []) seen.push(Key ?? '');
      if (seen.length > keys.length) break;
    }
    return seen.join() === keys.join();
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

  async *#versionPages(prefix: string, maxKeys = 1_000) {
    let keyMarker: string | undefined;
    let versionIdMarker: string | undefined;
    do {
      const page = await this.#client.send(
        new ListObjectVersionsCommand({
          Bucket: this.name,
          Prefix: prefix,
          MaxKeys: maxKeys,
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
