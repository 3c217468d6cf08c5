/**
 * What an S3 server's answer means to the purger. One table for every operation and for the errors
 * of single keys inside a batch's answer (P6). Servers disagree about status codes, so the code
 * decides where there is one, and the status where there is none.
 */
import { ObjectStoreError, type StoreErrorKind } from './object-store.js';
import { childOf, childText, parseXml, XmlError, type XmlElement } from './xml.js';

const KIND_BY_CODE: Readonly<Record<string, StoreErrorKind>> = {
  SlowDown: 'THROTTLED',
  SlowDownRead: 'THROTTLED',
  SlowDownWrite: 'THROTTLED',
  ServiceUnavailable: 'THROTTLED',
  ServerBusy: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  BandwidthLimitExceeded: 'THROTTLED',
  Throttling: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  RequestThrottled: 'THROTTLED',
  TooManyRequests: 'THROTTLED',
  TooManyRequestsException: 'THROTTLED',

  InternalError: 'TRANSIENT',
  InternalServerError: 'TRANSIENT',
  RequestTimeout: 'TRANSIENT',
  OperationAborted: 'TRANSIENT',
  IncompleteBody: 'TRANSIENT',

  AccessDenied: 'ACCESS_DENIED',
  AllAccessDisabled: 'ACCESS_DENIED',
  AccountProblem: 'ACCESS_DENIED',
  InvalidPayer: 'ACCESS_DENIED',

  InvalidAccessKeyId: 'BAD_CREDENTIALS',
  SignatureDoesNotMatch: 'BAD_CREDENTIALS',
  ExpiredToken: 'BAD_CREDENTIALS',
  InvalidToken: 'BAD_CREDENTIALS',
  TokenRefreshRequired: 'BAD_CREDENTIALS',
  AuthorizationHeaderMalformed: 'BAD_CREDENTIALS',
  AuthorizationQueryParametersError: 'BAD_CREDENTIALS',
  CredentialsNotSupported: 'BAD_CREDENTIALS',
  MissingSecurityHeader: 'BAD_CREDENTIALS',
  NotSignedUp: 'BAD_CREDENTIALS',
  RequestTimeTooSkewed: 'BAD_CREDENTIALS',
  RequestExpired: 'BAD_CREDENTIALS',
  RequestInTheFuture: 'BAD_CREDENTIALS',

  ObjectLocked: 'OBJECT_LOCKED',
  ObjectLockedByBucketPolicy: 'OBJECT_LOCKED',

  NoSuchBucket: 'NO_SUCH_BUCKET',
  InvalidBucketName: 'NO_SUCH_BUCKET',
  PermanentRedirect: 'NO_SUCH_BUCKET',
  TemporaryRedirect: 'NO_SUCH_BUCKET',
  IllegalLocationConstraintException: 'NO_SUCH_BUCKET',

  NotImplemented: 'UNSUPPORTED',
  MethodNotAllowed: 'UNSUPPORTED',
  UnsupportedOperation: 'UNSUPPORTED',

  PreconditionFailed: 'PRECONDITION_FAILED',
  ConditionalRequestConflict: 'PRECONDITION_FAILED',
};

/** Servers have no code of their own for it: AWS and MinIO say AccessDenied or InvalidRequest. */
const LOCK_CODES = new Set(['', 'AccessDenied', 'InvalidRequest', 'InvalidObjectState', 'MethodNotAllowed']);
const LOCK_MESSAGE = /object[ -]?lock|\bworm\b|retention|legal hold|immutable/i;

/** The date of the signature was refused, before anything else was looked at. */
const WRONG_DATE_CODES = new Set(['RequestTimeTooSkewed', 'RequestExpired', 'RequestInTheFuture']);
const WRONG_DATE_HINT =
  "requests are signed by the store's Date header: its own clocks differ, or it sends none and the clock of this machine is wrong";

const HINTS: Readonly<Record<string, string>> = {
  PermanentRedirect: 'the bucket lives in another region or at another endpoint',
  TemporaryRedirect: 'the bucket lives in another region or at another endpoint',
  AuthorizationHeaderMalformed: 'the configured region may be wrong',
  SignatureDoesNotMatch: 'the secret key may be wrong',
};

/** `status` 0: an error of one key inside a batch's answer. */
export function classifyS3Error(status: number, code: string, message: string): StoreErrorKind {
  if (LOCK_CODES.has(code) && (status === 0 || status >= 400) && LOCK_MESSAGE.test(message))
    return 'OBJECT_LOCKED';
  const kind = KIND_BY_CODE[code];
  if (kind !== undefined) return kind;
  if (code.startsWith('XMinioStorage') || code.startsWith('XMinioServer')) return 'TRANSIENT';
  switch (status) {
    case 301:
    case 307:
    case 308:
      return 'NO_SUCH_BUCKET';
    case 401:
      return 'BAD_CREDENTIALS';
    case 403:
      return 'ACCESS_DENIED';
    case 404:
      // Callers have dealt with a missing key or upload by then; what is left is a wrong address.
      return 'NO_SUCH_BUCKET';
    case 405:
    case 501:
      return 'UNSUPPORTED';
    case 408:
      return 'TRANSIENT';
    case 409:
      // Another request is in the way. versitygw 1.8 refuses a put so while another node's probe removes the
      // folder beside it; a node must not refuse to start over that.
      return 'TRANSIENT';
    case 412:
      return 'PRECONDITION_FAILED';
    case 429:
    case 503:
      return 'THROTTLED';
    default:
      return status >= 500 ? 'TRANSIENT' : 'INVALID';
  }
}

export function isWrongDate(code: string): boolean {
  return WRONG_DATE_CODES.has(code);
}

/** What a delete may call success: there was nothing to delete. */
export function isGone(code: string): boolean {
  return code === 'NoSuchKey' || code === 'NoSuchVersion' || code === 'NoSuchUpload';
}

export interface S3Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

/** `doing` and `where` make the sentence: "listing "a/" at http://host/bucket: SlowDown: …". */
export function s3Error(
  failure: S3Failure,
  doing: string,
  where: string,
  kind?: StoreErrorKind,
): ObjectStoreError {
  const { status, code, message, requestId } = failure;
  const facts = [status > 0 ? `HTTP ${status}` : '', requestId === '' ? '' : `request ${requestId}`].filter(
    (fact) => fact !== '',
  );
  const said = [code, message].filter((part) => part !== '').join(': ') || 'no error code';
  const advice = isWrongDate(code) ? WRONG_DATE_HINT : HINTS[code];
  const hint = advice === undefined ? '' : `; ${advice}`;
  const text = `${doing} at ${where}: ${said}${facts.length > 0 ? ` (${facts.join(', ')})` : ''}${hint}`;
  return new ObjectStoreError(kind ?? classifyS3Error(status, code, message), code, text);
}

/** What an `<Error>` element says. */
export function readErrorElement(element: XmlElement): { code: string; message: string; requestId: string } {
  return {
    code: childText(element, 'Code') ?? '',
    message: childText(element, 'Message') ?? '',
    requestId: childText(element, 'RequestId') ?? '',
  };
}

/** The `<Error>` in a body, wherever the server put it; undefined when the body is something else. */
export function findErrorElement(body: string): XmlElement | undefined {
  try {
    const root = parseXml(body);
    return root.name === 'Error' ? root : childOf(root, 'Error');
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

/** Errors of sockets, names and certificates. The request may have been applied. */
export function networkError(error: unknown, doing: string, where: string): ObjectStoreError {
  const code = (error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined) ?? '';
  const message = error instanceof Error && error.message !== '' ? error.message : code;
  const tls = /CERT|SELF_SIGNED|LEAF_SIGNATURE|ERR_TLS|ERR_SSL/.test(code);
  const hint = tls
    ? '; trust its certificate with NODE_EXTRA_CA_CERTS, or set P_S3_TLS_SKIP_VERIFY=true'
    : '';
  return new ObjectStoreError('TRANSIENT', code, `${doing} at ${where}: ${message}${hint}`, { cause: error });
}
