/** ListObjects (both versions), ListObjectVersions and ListMultipartUploads. */
import { compareKeys } from '../../../src/objectstore/key-order.js';
import type { StoredVersion } from './bucket.js';
import type { Answer, Context } from './exchange.js';
import { S3Error } from './s3-error.js';
import { document, element, fields } from './xml-out.js';

interface Parameters {
  readonly prefix: string;
  readonly delimiter: string;
  readonly max: number;
  readonly encode: (key: string) => string;
  readonly common: string;
}

function readParameters({ request, quirks, bucket }: Context, maxName = 'max-keys'): Parameters {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const max = Number(query.get(maxName) ?? 1000);
  if (!Number.isInteger(max) || max < 0)
    throw new S3Error(400, 'InvalidArgument', `${maxName} is not a number`);
  const url = query.get('encoding-type') === 'url';
  const encode = url
    ? (key: string): string => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
    : (key: string): string => key;
  const delimiter = query.get('delimiter') ?? '';
  const common = fields([
    ['Name', bucket.name],
    ['Prefix', encode(prefix)],
    ['Delimiter', delimiter === '' ? undefined : encode(delimiter)],
    ['EncodingType', url ? 'url' : undefined],
  ]);
  return {
    prefix: quirks.ignorePrefix === true ? '' : prefix,
    delimiter,
    max: Math.min(max, 1000),
    encode,
    common,
  };
}

/** Markers are a kind, `k` (after the key) or `p` (after everything below the prefix), and a text. */
interface Marker {
  readonly kind: 'k' | 'p';
  readonly text: string;
}

function isBefore(marker: Marker | undefined, prefix: string): (key: string) => boolean {
  return (key) => {
    if (compareKeys(key, prefix) < 0) return true;
    if (marker === undefined) return false;
    return compareKeys(key, marker.text) <= 0 || (marker.kind === 'p' && key.startsWith(marker.text));
  };
}

interface Listed {
  readonly rows: { readonly key: string; readonly version: StoredVersion }[];
  readonly prefixes: string[];
  readonly last: Marker | undefined;
  readonly truncated: boolean;
}

function listCurrent(
  { bucket }: Context,
  { prefix, delimiter, max }: Parameters,
  marker: Marker | undefined,
): Listed {
  const rows: Listed['rows'] = [];
  const prefixes: string[] = [];
  let last: Marker | undefined;
  let from = marker;
  outer: for (;;) {
    for (const [key, versions] of bucket.objects.from(isBefore(from, prefix))) {
      if (!key.startsWith(prefix)) break outer;
      const version = versions[0] as StoredVersion;
      if (version.isDeleteMarker) continue;
      if (rows.length + prefixes.length === max) return { rows, prefixes, last, truncated: true };
      const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (cut >= 0) {
        const common = key.slice(0, cut + delimiter.length);
        prefixes.push(common);
        last = from = { kind: 'p', text: common };
        continue outer;
      }
      rows.push({ key, version });
      last = { kind: 'k', text: key };
    }
    break;
  }
  return { rows, prefixes, last, truncated: false };
}

function contents({ rows, prefixes }: Listed, encode: Parameters['encode']): string {
  const objects = rows.map(({ key, version }) =>
    element(
      'Contents',
      fields([
        ['Key', encode(key)],
        ['LastModified', new Date(version.lastModifiedMs).toISOString()],
        ['ETag', version.etag],
        ['Size', version.body.length],
        ['StorageClass', 'STANDARD'],
      ]),
    ),
  );
  return (
    objects.join('') +
    prefixes.map((prefix) => element('CommonPrefixes', fields([['Prefix', encode(prefix)]]))).join('')
  );
}

export function listObjectsV2(context: Context): Answer {
  const { query } = context.request;
  const parameters = readParameters(context);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const start: Marker | undefined =
    token !== undefined
      ? readToken(token)
      : startAfter === undefined
        ? undefined
        : { kind: 'k', text: startAfter };
  const empty = context.action?.kind === 'empty-page';
  const listed: Listed = empty
    ? { rows: [], prefixes: [], last: { kind: start?.kind ?? 'k', text: start?.text ?? '' }, truncated: true }
    : listCurrent(context, parameters, start);
  const body =
    parameters.common +
    fields([
      ['KeyCount', listed.rows.length + listed.prefixes.length],
      ['MaxKeys', parameters.max],
      ['IsTruncated', listed.truncated],
      ['NextContinuationToken', listed.truncated ? writeToken(listed.last, empty) : undefined],
    ]) +
    contents(listed, parameters.encode);
  return { status: 200, body: document('ListBucketResult', body) };
}

/** Two spellings of one place, so that an empty page's token is new to the caller. */
function writeToken(marker: Marker | undefined, empty: boolean): string {
  return Buffer.from(`${empty ? 'e' : ''}${marker?.kind ?? 'k'}${marker?.text ?? ''}`).toString('base64');
}

function readToken(token: string): Marker {
  const text = Buffer.from(token, 'base64').toString();
  const match = /^e*([kp])(.*)$/s.exec(text);
  if (match === null)
    throw new S3Error(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  return { kind: match[1] as 'k' | 'p', text: match[2] ?? '' };
}

export function listObjectsV1(context: Context): Answer {
  const parameters = readParameters(context);
  const marker = context.request.query.get('marker');
  const isPrefix = parameters.delimiter !== '' && marker?.endsWith(parameters.delimiter) === true;
  const start: Marker | undefined =
    marker === undefined ? undefined : { kind: isPrefix ? 'p' : 'k', text: marker };
  const listed = listCurrent(context, parameters, start);
  const body =
    parameters.common +
    fields([
      ['Marker', parameters.encode(marker ?? '')],
      ['MaxKeys', parameters.max],
      ['IsTruncated', listed.truncated],
      ['NextMarker', listed.truncated ? parameters.encode(listed.last?.text ?? '') : undefined],
    ]) +
    contents(listed, parameters.encode);
  return { status: 200, body: document('ListBucketResult', body) };
}

export function listObjectVersions(context: Context): Answer {
  const { bucket, request } = context;
  const parameters = readParameters(context);
  const keyMarker = request.query.get('key-marker');
  const versionMarker = request.query.get('version-id-marker') ?? '';
  const rows: { key: string; version: StoredVersion; isLatest: boolean }[] = [];
  let truncated = context.action?.kind === 'empty-page';
  const before = (key: string): boolean =>
    compareKeys(key, parameters.prefix) < 0 ||
    (keyMarker !== undefined && compareKeys(key, keyMarker) < (versionMarker === '' ? 1 : 0));
  if (!truncated) {
    outer: for (const [key, versions] of bucket.objects.from(before)) {
      if (!key.startsWith(parameters.prefix)) break;
      let skip = key === keyMarker && versions.some((version) => version.versionId === versionMarker);
      for (const [index, version] of versions.entries()) {
        if (skip) {
          skip = version.versionId !== versionMarker;
          continue;
        }
        if (rows.length === parameters.max) {
          truncated = true;
          break outer;
        }
        rows.push({ key, version, isLatest: index === 0 });
      }
    }
  }
  const last = rows.at(-1);
  const body =
    parameters.common +
    fields([
      ['MaxKeys', parameters.max],
      ['IsTruncated', truncated],
      [
        'NextKeyMarker',
        truncated ? parameters.encode(last?.key ?? keyMarker ?? parameters.prefix) : undefined,
      ],
      ['NextVersionIdMarker', truncated ? (last?.version.versionId ?? (versionMarker || 'none')) : undefined],
    ]) +
    rows
      .map(({ key, version, isLatest }) =>
        element(
          version.isDeleteMarker ? 'DeleteMarker' : 'Version',
          fields([
            ['Key', parameters.encode(key)],
            ['VersionId', version.versionId],
            ['IsLatest', isLatest],
            ['LastModified', new Date(version.lastModifiedMs).toISOString()],
            ['ETag', version.isDeleteMarker ? undefined : version.etag],
            ['Size', version.isDeleteMarker ? undefined : version.body.length],
          ]),
        ),
      )
      .join('');
  return { status: 200, body: document('ListVersionsResult', body) };
}

export function listMultipartUploads(context: Context): Answer {
  const { bucket, quirks, request } = context;
  const parameters = readParameters(context, 'max-uploads');
  const keyMarker = request.query.get('key-marker');
  const idMarker = request.query.get('upload-id-marker') ?? '';
  const after = [...bucket.uploads.values()]
    .filter((upload) => upload.key.startsWith(parameters.prefix))
    .sort((a, b) => compareKeys(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1))
    .filter((upload) => {
      if (keyMarker === undefined) return true;
      const order = compareKeys(upload.key, keyMarker);
      return order > 0 || (order === 0 && idMarker !== '' && upload.uploadId > idMarker);
    });
  const rows = after.slice(0, parameters.max);
  const truncated = after.length > rows.length;
  const last = rows.at(-1);
  const body =
    fields([
      ['Bucket', bucket.name],
      ['EncodingType', quirks.hideUploadEncoding === true ? undefined : request.query.get('encoding-type')],
      ['Prefix', parameters.encode(parameters.prefix)],
      ['MaxUploads', parameters.max],
      ['IsTruncated', truncated],
      ['NextKeyMarker', truncated ? parameters.encode(last?.key ?? '') : undefined],
      ['NextUploadIdMarker', truncated ? last?.uploadId : undefined],
    ]) +
    rows
      .map((upload) =>
        element(
          'Upload',
          fields([
            ['Key', parameters.encode(upload.key)],
            ['UploadId', upload.uploadId],
            ['Initiated', new Date(upload.initiatedMs).toISOString()],
          ]),
        ),
      )
      .join('');
  return { status: 200, body: document('ListMultipartUploadsResult', body) };
}
