/** From a server's words to what the purger may decide by. */
import { describe, expect, it } from 'vitest';
import { STORE_ERROR_KINDS, type StoreErrorKind } from '../../src/objectstore/object-store.js';
import { parseDeleteAnswer } from '../../src/objectstore/s3-delete-answer.js';
import { classifyS3Error, networkError, s3Error } from '../../src/objectstore/s3-errors.js';

describe('an S3 error', () => {
  it.each<[number, string, string, StoreErrorKind]>([
    [503, 'SlowDown', 'Please reduce your request rate.', 'THROTTLED'],
    [200, 'SlowDown', '', 'THROTTLED'],
    [0, 'SlowDown', '', 'THROTTLED'],
    [503, '', '', 'THROTTLED'],
    [429, '', '', 'THROTTLED'],
    [400, 'RequestLimitExceeded', '', 'THROTTLED'],
    [500, 'InternalError', '', 'TRANSIENT'],
    [502, '', '', 'TRANSIENT'],
    [504, '', '', 'TRANSIENT'],
    [400, 'RequestTimeout', '', 'TRANSIENT'],
    [409, 'OperationAborted', '', 'TRANSIENT'],
    [409, 'ExistingObjectIsDirectory', 'Existing Object is a directory.', 'TRANSIENT'],
    [503, 'XMinioServerNotInitialized', '', 'TRANSIENT'],
    [403, 'AccessDenied', 'Access Denied', 'ACCESS_DENIED'],
    [403, 'AllAccessDisabled', '', 'ACCESS_DENIED'],
    [403, 'SomethingNew', '', 'ACCESS_DENIED'],
    [403, 'InvalidAccessKeyId', '', 'BAD_CREDENTIALS'],
    [403, 'SignatureDoesNotMatch', '', 'BAD_CREDENTIALS'],
    [400, 'ExpiredToken', '', 'BAD_CREDENTIALS'],
    [403, 'RequestTimeTooSkewed', '', 'BAD_CREDENTIALS'],
    [401, '', '', 'BAD_CREDENTIALS'],
    [403, 'AccessDenied', 'Access Denied because object protected by object lock.', 'OBJECT_LOCKED'],
    [400, 'InvalidRequest', 'Object is WORM protected and cannot be overwritten', 'OBJECT_LOCKED'],
    [0, 'AccessDenied', 'forbidden by retention period', 'OBJECT_LOCKED'],
    [400, 'ObjectLocked', '', 'OBJECT_LOCKED'],
    [404, 'NoSuchBucket', '', 'NO_SUCH_BUCKET'],
    [301, 'PermanentRedirect', '', 'NO_SUCH_BUCKET'],
    [404, '', '', 'NO_SUCH_BUCKET'],
    [501, 'NotImplemented', '', 'UNSUPPORTED'],
    [405, 'MethodNotAllowed', '', 'UNSUPPORTED'],
    [405, '', '', 'UNSUPPORTED'],
    [412, 'PreconditionFailed', '', 'PRECONDITION_FAILED'],
    [409, 'ConditionalRequestConflict', '', 'PRECONDITION_FAILED'],
    [412, '', '', 'PRECONDITION_FAILED'],
    [400, 'MalformedXML', '', 'INVALID'],
    [400, 'BadDigest', '', 'INVALID'],
    [400, '', '', 'INVALID'],
  ])('%i %s "%s" is %s', (status, code, message, kind) => {
    expect(STORE_ERROR_KINDS).toContain(kind);
    expect(classifyS3Error(status, code, message)).toBe(kind);
  });

  it('reads as one sentence, with the hint that helps', () => {
    const error = s3Error(
      { status: 403, code: 'RequestTimeTooSkewed', message: 'too large', requestId: 'R1' },
      'listing "a/"',
      'http://h, bucket b',
    );
    expect(error.message).toBe(
      'listing "a/" at http://h, bucket b: RequestTimeTooSkewed: too large (HTTP 403, request R1); requests are signed by the store\'s Date header: its own clocks differ, or it sends none and the clock of this machine is wrong',
    );
    expect(error.code).toBe('RequestTimeTooSkewed');
  });

  it.each([
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND minio.example', /minio\.example/],
    ['ECONNREFUSED', '', /ECONNREFUSED/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate', /NODE_EXTRA_CA_CERTS/],
  ])('of the network, %s, is transient and names the endpoint', (code, message, expected) => {
    const error = networkError(
      Object.assign(new Error(message), { code }),
      'listing',
      'http://minio.example, bucket b',
    );
    expect(error).toMatchObject({ kind: 'TRANSIENT', code });
    expect(error.message).toMatch(expected);
    expect(error.message).toContain('http://minio.example');
  });
});

describe('the answer to a batch delete', () => {
  const parse = (inner: string, ...targets: { key: string; versionId?: string }[]): string[] =>
    parseDeleteAnswer(`<DeleteResult>${inner}</DeleteResult>`, targets, 'deleting', 'here').map((outcome) =>
      outcome.kind === 'failed' ? outcome.error.kind : outcome.kind,
    );

  it('accounts for each key by name and version', () => {
    expect(
      parse(
        '<Deleted><Key>a</Key><VersionId>2</VersionId></Deleted><Error><Key>a</Key><VersionId>1</VersionId><Code>AccessDenied</Code></Error>',
        { key: 'a', versionId: '1' },
        { key: 'a', versionId: '2' },
        { key: 'a', versionId: '3' },
        { key: 'b' },
      ),
    ).toEqual(['ACCESS_DENIED', 'deleted', 'unaccounted', 'unaccounted']);
  });

  it('takes an answer without a version for an unversioned object, and with one for a marker', () => {
    expect(parse('<Deleted><Key>a</Key></Deleted>', { key: 'a', versionId: 'null' })).toEqual(['deleted']);
    expect(parse('<Deleted><Key>a</Key><VersionId>v</VersionId></Deleted>', { key: 'a' })).toEqual([
      'deleted',
    ]);
    expect(parse('<Deleted><Key>a</Key></Deleted>', { key: 'a', versionId: 'v1' })).toEqual(['unaccounted']);
  });

  it('counts a key that was not there as deleted', () => {
    expect(parse('<Error><Key>a</Key><Code>NoSuchKey</Code></Error>', { key: 'a' })).toEqual(['deleted']);
  });

  it('keeps white space and entities in keys', () => {
    expect(parse('<Deleted><Key> a&amp;b&#10;</Key></Deleted>', { key: ' a&b\n' })).toEqual(['deleted']);
  });

  it.each(['', '<DeleteResult>', '<DeleteResult><Deleted><Key>a</Key></Deleted>', '<html></html>', 'no XML'])(
    'is unknown as a whole when it is %j',
    (body) => {
      expect(() => parseDeleteAnswer(body, [{ key: 'a' }], 'deleting', 'here')).toThrow(/deleted or not/);
    },
  );
});
