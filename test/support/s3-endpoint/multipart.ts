/** Multipart uploads: create, upload a part, list parts, complete, abort. */
import { createHash, randomUUID } from 'node:crypto';
import { childText, parseXml } from '../../../src/objectstore/xml.js';
import type { Upload } from './bucket.js';
import type { Answer, Context } from './exchange.js';
import { S3Error } from './s3-error.js';
import { document, element, fields } from './xml-out.js';

function uploadOf({ bucket, request }: Context): Upload {
  const upload = bucket.uploads.get(request.query.get('uploadId') ?? '');
  if (upload?.key === request.key) return upload;
  throw new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
}

export function createUpload({ bucket, request }: Context): Answer {
  const upload: Upload = {
    uploadId: randomUUID(),
    key: request.key,
    initiatedMs: request.receivedMs,
    parts: new Map(),
  };
  bucket.uploads.set(upload.uploadId, upload);
  const body = fields([
    ['Bucket', bucket.name],
    ['Key', request.key],
    ['UploadId', upload.uploadId],
  ]);
  return { status: 200, body: document('InitiateMultipartUploadResult', body) };
}

export function uploadPart(context: Context): Answer {
  const { request } = context;
  const upload = uploadOf(context);
  const number = Number(request.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw new S3Error(400, 'InvalidArgument', 'partNumber must be 1 to 10000');
  const etag = `"${createHash('md5').update(request.body).digest('hex')}"`;
  upload.parts.set(number, { body: request.body, etag, lastModifiedMs: request.receivedMs });
  return { status: 200, headers: { etag } };
}

export function listParts(context: Context): Answer {
  const upload = uploadOf(context);
  const parts = [...upload.parts]
    .sort(([a], [b]) => a - b)
    .map(([number, part]) =>
      element(
        'Part',
        fields([
          ['PartNumber', number],
          ['LastModified', new Date(part.lastModifiedMs).toISOString()],
          ['ETag', part.etag],
          ['Size', part.body.length],
        ]),
      ),
    );
  const body = fields([
    ['Bucket', context.bucket.name],
    ['Key', upload.key],
    ['UploadId', upload.uploadId],
    ['IsTruncated', false],
  ]);
  return { status: 200, body: document('ListPartsResult', body + parts.join('')) };
}

export function completeUpload(context: Context): Answer {
  const upload = uploadOf(context);
  const root = parseXml(Buffer.from(context.request.body).toString());
  const parts = root.children
    .filter((child) => child.name === 'Part')
    .map((child) => {
      const part = upload.parts.get(Number(childText(child, 'PartNumber')));
      if (part === undefined)
        throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
      return part;
    });
  const body = Buffer.concat(parts.map((part) => part.body));
  const digest = createHash('md5')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part.etag.slice(1, -1), 'hex'))))
    .digest('hex');
  const version = context.bucket.put(upload.key, body, `"${digest}-${parts.length}"`);
  context.bucket.uploads.delete(upload.uploadId);
  const answer = fields([
    ['Bucket', context.bucket.name],
    ['Key', upload.key],
    ['ETag', version.etag],
  ]);
  return { status: 200, body: document('CompleteMultipartUploadResult', answer) };
}

export function abortUpload(context: Context): Answer {
  context.bucket.uploads.delete(uploadOf(context).uploadId);
  return { status: 204 };
}
