/** Put, get, head and delete of single objects, and DeleteObjects. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { childText, parseXml, XmlError } from '../../../src/objectstore/xml.js';
import type { Answer, Context } from './exchange.js';
import { S3Error } from './s3-error.js';
import { document, element, fields } from './xml-out.js';

export function putObject({ bucket, request, quirks }: Context): Answer {
  const current = bucket.current(request.key);
  const createOnly = request.headers['if-none-match'] === '*' && quirks.ignoreCreateOnly !== true;
  if (createOnly && current !== undefined) throw preconditionFailed();
  const ifMatch = request.headers['if-match'];
  if (ifMatch !== undefined && current === undefined)
    throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== current?.etag) throw preconditionFailed();
  if (request.headers['x-amz-copy-source'] !== undefined)
    throw new S3Error(501, 'NotImplemented', 'CopyObject is not implemented.');
  checkDigest(request.headers['content-md5'], request.body);
  const version = bucket.put(request.key, request.body);
  return { status: 200, headers: { etag: version.etag, ...versionHeader(version.versionId) } };
}

export function getObject({ bucket, request }: Context, withBody: boolean): Answer {
  const versionId = request.query.get('versionId');
  const version =
    versionId === undefined ? bucket.current(request.key) : bucket.version(request.key, versionId);
  if (version === undefined) {
    throw versionId === undefined
      ? new S3Error(404, 'NoSuchKey', 'The specified key does not exist.')
      : new S3Error(404, 'NoSuchVersion', 'The specified version does not exist.');
  }
  if (version.isDeleteMarker)
    throw new S3Error(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
  return {
    status: 200,
    headers: {
      etag: version.etag,
      'content-length': String(version.body.length),
      'last-modified': new Date(version.lastModifiedMs).toUTCString(),
      ...versionHeader(version.versionId),
    },
    ...(withBody ? { body: version.body } : {}),
  };
}

export function deleteObject(context: Context): Answer {
  const { request } = context;
  const versionId = request.query.get('versionId');
  const marker = removeOne(
    context,
    { key: request.key, versionId, ifMatch: request.headers['if-match'] },
    context.quirks.ignoreConditions === true,
  );
  return {
    status: 204,
    headers: {
      ...(versionId === undefined ? {} : versionHeader(versionId)),
      ...(marker === undefined ? {} : { 'x-amz-delete-marker': 'true' }),
    },
  };
}

export interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly ifMatch: string | undefined;
}

/** Returns the version id of the marker that it made or removed. */
function removeOne(
  { bucket, record }: Context,
  target: Target,
  ignoreCondition: boolean,
): string | undefined {
  const current = bucket.current(target.key);
  if (target.ifMatch !== undefined && !ignoreCondition) {
    if (current === undefined) throw new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');
    if (target.ifMatch !== '*' && target.ifMatch !== current.etag) throw preconditionFailed();
  }
  const removal = bucket.remove(target.key, target.versionId);
  record?.applied.push(target.key);
  return removal.markerVersionId;
}

/** What a DeleteObjects asks for; throws MalformedXML. */
export function readTargets(body: Uint8Array): {
  readonly targets: readonly Target[];
  readonly quiet: boolean;
} {
  try {
    const root = parseXml(Buffer.from(body).toString());
    const targets = root.children
      .filter((child) => child.name === 'Object')
      .map((child) => ({
        key: childText(child, 'Key') ?? '',
        versionId: childText(child, 'VersionId'),
        ifMatch: childText(child, 'ETag'),
      }));
    return { targets, quiet: childText(root, 'Quiet') === 'true' };
  } catch (error) {
    if (error instanceof XmlError) throw malformed();
    throw error;
  }
}

export function deleteObjects(context: Context): Answer {
  const { request, quirks, action } = context;
  if (quirks.refuseBatches === true)
    throw new S3Error(
      501,
      'NotImplemented',
      'A header you provided implies functionality that is not implemented.',
    );
  const md5 = request.headers['content-md5'];
  const crc = request.headers['x-amz-checksum-crc32'];
  if (md5 === undefined && (crc === undefined || quirks.requireMd5 === true)) {
    throw new S3Error(400, 'MissingContentMD5', 'Missing required header for this request: Content-MD5.');
  }
  checkDigest(md5, request.body);
  if (typeof crc === 'string' && Buffer.from(crc, 'base64').readUInt32BE() !== crc32(request.body))
    throw badDigest();
  const { targets, quiet } = readTargets(request.body);
  if (targets.length === 0 || targets.length > (quirks.batchMax ?? 1000)) throw malformed();
  const results = targets.map((target) => {
    const forced = action?.kind === 'key-errors' ? action.errorOf(target.key) : undefined;
    try {
      if (forced !== undefined) throw new S3Error(500, forced.code, forced.message ?? forced.code);
      const marker = removeOne(
        context,
        target,
        quirks.ignoreConditions === true || quirks.ignoreBatchConditions === true,
      );
      const silent =
        quiet || quirks.omitDeleted === true || (action?.kind === 'omit-keys' && action.omits(target.key));
      if (silent) return '';
      return element(
        'Deleted',
        fields([
          ['Key', target.key],
          ['VersionId', target.versionId],
          ['DeleteMarker', marker === undefined ? undefined : true],
          ['DeleteMarkerVersionId', marker],
        ]),
      );
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      return element(
        'Error',
        fields([
          ['Key', target.key],
          ['VersionId', target.versionId],
          ['Code', error.code],
          ['Message', error.message],
        ]),
      );
    }
  });
  return { status: 200, body: document('DeleteResult', results.join('')) };
}

function versionHeader(versionId: string): Record<string, string> {
  return versionId === 'null' ? {} : { 'x-amz-version-id': versionId };
}

function checkDigest(md5: string | string[] | undefined, body: Uint8Array): void {
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64')) throw badDigest();
}

function badDigest(): S3Error {
  return new S3Error(
    400,
    'BadDigest',
    'The Content-MD5 or checksum value that you specified did not match what the server received.',
  );
}

function malformed(): S3Error {
  return new S3Error(
    400,
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

function preconditionFailed(): S3Error {
  return new S3Error(
    412,
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold',
  );
}
