/** Which operation a request asks for, and who carries it out. */
import { childText, parseXml } from '../../../src/objectstore/xml.js';
import type { Answer, Context, Operation } from './exchange.js';
import { listMultipartUploads, listObjectsV1, listObjectsV2, listObjectVersions } from './listings.js';
import { abortUpload, completeUpload, createUpload, listParts, uploadPart } from './multipart.js';
import { deleteObject, deleteObjects, getObject, putObject } from './objects.js';
import { S3Error } from './s3-error.js';
import { document, fields } from './xml-out.js';

export function operationOf(
  method: string,
  bucket: string,
  key: string,
  query: ReadonlyMap<string, string>,
): Operation {
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : 'Unknown';
  if (key === '') return bucketOperation(method, query);
  switch (method) {
    case 'PUT':
      return query.has('uploadId') ? 'UploadPart' : 'PutObject';
    case 'GET':
      return query.has('uploadId') ? 'ListParts' : 'GetObject';
    case 'HEAD':
      return 'HeadObject';
    case 'DELETE':
      return query.has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
    case 'POST':
      return query.has('uploads')
        ? 'CreateMultipartUpload'
        : query.has('uploadId')
          ? 'CompleteMultipartUpload'
          : 'Unknown';
    default:
      return 'Unknown';
  }
}

function bucketOperation(method: string, query: ReadonlyMap<string, string>): Operation {
  switch (method) {
    case 'PUT':
      return query.has('versioning') ? 'PutBucketVersioning' : 'CreateBucket';
    case 'DELETE':
      return 'DeleteBucket';
    case 'HEAD':
      return 'HeadBucket';
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'Unknown';
    case 'GET':
      if (query.has('versioning')) return 'GetBucketVersioning';
      if (query.has('location')) return 'GetBucketLocation';
      if (query.has('versions')) return 'ListObjectVersions';
      if (query.has('uploads')) return 'ListMultipartUploads';
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
    default:
      return 'Unknown';
  }
}

/** Everything that works inside an existing bucket. Throws S3Error. */
export function perform(context: Context): Answer {
  const { quirks, bucket, request } = context;
  switch (request.operation) {
    case 'HeadBucket':
      return { status: 200 };
    case 'GetBucketLocation':
      return { status: 200, body: document('LocationConstraint', '') };
    case 'GetBucketVersioning':
      if (quirks.refuseVersioning === true) throw notImplemented();
      if (quirks.denyGetVersioning === true) throw new S3Error(403, 'AccessDenied', 'Access Denied');
      return {
        status: 200,
        body: document('VersioningConfiguration', fields([['Status', bucket.versioning || undefined]])),
      };
    case 'PutBucketVersioning': {
      const status = childText(parseXml(Buffer.from(request.body).toString()), 'Status');
      if (status !== 'Enabled' && status !== 'Suspended')
        throw new S3Error(400, 'MalformedXML', 'Status must be Enabled or Suspended');
      bucket.versioning = status;
      return { status: 200 };
    }
    case 'ListObjectsV2':
      return listObjectsV2(context);
    case 'ListObjects':
      return listObjectsV1(context);
    case 'ListObjectVersions':
      if (quirks.refuseVersioning === true) throw notImplemented();
      return listObjectVersions(context);
    case 'ListMultipartUploads':
      if (quirks.refuseMultipart === true) throw notImplemented();
      return listMultipartUploads(context);
    case 'DeleteObjects':
      return deleteObjects(context);
    case 'PutObject':
      return putObject(context);
    case 'GetObject':
      return getObject(context, true);
    case 'HeadObject':
      return getObject(context, false);
    case 'DeleteObject':
      return deleteObject(context);
    case 'CreateMultipartUpload':
      return createUpload(context);
    case 'UploadPart':
      return uploadPart(context);
    case 'ListParts':
      return listParts(context);
    case 'CompleteMultipartUpload':
      return completeUpload(context);
    case 'AbortMultipartUpload':
      return abortUpload(context);
    default:
      throw notImplemented();
  }
}

function notImplemented(): S3Error {
  return new S3Error(501, 'NotImplemented', 'A functionality that you requested is not implemented.');
}
