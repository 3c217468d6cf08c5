/**
 * The test endpoint itself, held to the AWS SDK: what a second, independent client can do with it is
 * what the store's tests may rely on.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { S3Endpoint } from '../support/s3-endpoint/endpoint.js';

describe('the test endpoint, seen by the AWS SDK', () => {
  let endpoint: S3Endpoint;
  let client: S3Client;
  const Bucket = 'sdk';

  const clientWith = (secretAccessKey: string): S3Client =>
    new S3Client({
      endpoint: endpoint.url,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: endpoint.credentials.accessKeyId, secretAccessKey },
    });

  beforeAll(async () => {
    endpoint = await S3Endpoint.start();
    endpoint.createBucket(Bucket);
    client = clientWith(endpoint.credentials.secretAccessKey);
  });
  afterAll(async () => {
    client.destroy();
    await endpoint.stop();
  });

  it('accepts right signatures only', async () => {
    await client.send(new HeadBucketCommand({ Bucket }));
    const wrong = clientWith('wrong');
    await expect(wrong.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
    });
    wrong.destroy();
  });

  it('puts, gets, heads and lists objects, streamed ones too', async () => {
    const odd = "dir/ünï code+&?#'().txt";
    await client.send(new PutObjectCommand({ Bucket, Key: odd, Body: 'hello' }));
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key: 'dir/streamed',
        Body: Readable.from(['chunk one, ', 'chunk two']),
        ContentLength: 20,
      }),
    );
    const got = await client.send(new GetObjectCommand({ Bucket, Key: odd }));
    expect(await got.Body?.transformToString()).toBe('hello');
    const streamed = await client.send(new GetObjectCommand({ Bucket, Key: 'dir/streamed' }));
    expect(await streamed.Body?.transformToString()).toBe('chunk one, chunk two');
    expect((await client.send(new HeadObjectCommand({ Bucket, Key: odd }))).ContentLength).toBe(5);
    const v2 = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'dir/', MaxKeys: 1 }));
    expect(v2).toMatchObject({ IsTruncated: true, KeyCount: 1 });
    const rest = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: 'dir/', ContinuationToken: v2.NextContinuationToken }),
    );
    expect([...(v2.Contents ?? []), ...(rest.Contents ?? [])].map((item) => item.Key)).toEqual([
      'dir/streamed',
      odd,
    ]);
    const v1 = await client.send(new ListObjectsCommand({ Bucket, Delimiter: '/' }));
    expect(v1.CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
  });

  it('honours conditions', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'a', IfNoneMatch: '*' }));
    await expect(
      client.send(new PutObjectCommand({ Bucket, Key: 'cond', Body: 'b', IfNoneMatch: '*' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(
      client.send(new DeleteObjectCommand({ Bucket, Key: 'cond', IfMatch: '"no"' })),
    ).rejects.toMatchObject({ name: 'PreconditionFailed' });
    const batch = await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [{ Key: 'cond', ETag: '"no"' }, { Key: 'absent' }] },
      }),
    );
    expect(batch.Errors).toMatchObject([{ Key: 'cond', Code: 'PreconditionFailed' }]);
    expect(batch.Deleted).toMatchObject([{ Key: 'absent' }]);
    expect(endpoint.deletes.at(-1)).toMatchObject({ applied: ['absent'], status: 200 });
  });

  it('keeps versions and delete markers', async () => {
    endpoint.createBucket('versions');
    const target = { Bucket: 'versions' };
    await client.send(
      new PutBucketVersioningCommand({ ...target, VersioningConfiguration: { Status: 'Enabled' } }),
    );
    expect((await client.send(new GetBucketVersioningCommand(target))).Status).toBe('Enabled');
    const first = await client.send(new PutObjectCommand({ ...target, Key: 'k', Body: '1' }));
    await client.send(new PutObjectCommand({ ...target, Key: 'k', Body: '2' }));
    expect((await client.send(new DeleteObjectCommand({ ...target, Key: 'k' }))).DeleteMarker).toBe(true);
    await expect(client.send(new GetObjectCommand({ ...target, Key: 'k' }))).rejects.toMatchObject({
      name: 'NoSuchKey',
    });
    const old = await client.send(new GetObjectCommand({ ...target, Key: 'k', VersionId: first.VersionId }));
    expect(await old.Body?.transformToString()).toBe('1');
    const listed = await client.send(new ListObjectVersionsCommand(target));
    expect(listed.Versions).toHaveLength(2);
    expect(listed.DeleteMarkers).toMatchObject([{ Key: 'k', IsLatest: true }]);
  });

  it('does multipart uploads', async () => {
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'multi' }));
    const part = await client.send(
      new UploadPartCommand({ Bucket, Key: 'multi', UploadId, PartNumber: 1, Body: 'part' }),
    );
    expect((await client.send(new ListPartsCommand({ Bucket, Key: 'multi', UploadId }))).Parts).toMatchObject(
      [{ PartNumber: 1, Size: 4 }],
    );
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toMatchObject([
      { Key: 'multi' },
    ]);
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key: 'multi',
        UploadId,
        MultipartUpload: { Parts: [{ PartNumber: 1, ETag: part.ETag }] },
      }),
    );
    const got = await client.send(new GetObjectCommand({ Bucket, Key: 'multi' }));
    expect(await got.Body?.transformToString()).toBe('part');
    const second = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'multi' }));
    await client.send(new AbortMultipartUploadCommand({ Bucket, Key: 'multi', UploadId: second.UploadId }));
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toBeUndefined();
  });

  it('keeps many objects in order', () => {
    const bucket = endpoint.createBucket('big');
    for (let index = 0; index < 20_000; index++) bucket.put(`k/${(index * 7919) % 20_000}`, new Uint8Array());
    const keys = bucket.keys();
    expect(keys).toEqual(Array.from({ length: 20_000 }, (_, index) => `k/${index}`).sort());
    for (const key of keys) bucket.remove(key, undefined);
    expect(bucket.objects.size).toBe(0);
  });
});
