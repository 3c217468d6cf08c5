/**
 * Checks AWS Signature Version 4, in the header and in the query string, written from the specification
 * and not from the signer under test. Chunk signatures of streamed uploads are not checked, their seed is.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { S3Error } from './s3-error.js';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface SignedInput {
  readonly method: string;
  /** As on the request line. */
  readonly rawPath: string;
  readonly query: ReadonlyMap<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
  readonly nowMs: number;
  readonly ignoreExpiry: boolean;
}

const SKEW_MAX_MS = 15 * 60 * 1000;

/** Returns when a presigned request expires; throws S3Error when the request is not properly signed. */
export function verifySignature(input: SignedInput, credentials: Credentials): number | undefined {
  if (input.query.has('X-Amz-Signature')) return verifyQuery(input, credentials);
  verifyHeader(input, credentials);
  return undefined;
}

function verifyHeader(input: SignedInput, credentials: Credentials): void {
  const authorization = input.headers.authorization ?? '';
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (match === null) throw new S3Error(403, 'AccessDenied', 'Access Denied.');
  const [, credential = '', signedHeaders = '', signature = ''] = match;
  const date = header(input, 'x-amz-date');
  const payload = header(input, 'x-amz-content-sha256');
  if (/^[0-9a-f]{64}$/.test(payload) && payload !== sha256(input.body)) {
    throw new S3Error(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  check(input, credentials, { credential, signedHeaders, signature, date, payload });
  if (Math.abs(parseDate(date) - input.nowMs) > SKEW_MAX_MS) {
    throw new S3Error(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
}

function verifyQuery(input: SignedInput, credentials: Credentials): number {
  const parameter = (name: string): string => input.query.get(name) ?? '';
  const date = parameter('X-Amz-Date');
  check(input, credentials, {
    credential: parameter('X-Amz-Credential'),
    signedHeaders: parameter('X-Amz-SignedHeaders'),
    signature: parameter('X-Amz-Signature'),
    date,
    payload:
      input.query.get('X-Amz-Content-Sha256') ??
      input.query.get('x-amz-content-sha256') ??
      'UNSIGNED-PAYLOAD',
  });
  const expiresAtMs = parseDate(date) + Number(parameter('X-Amz-Expires')) * 1000;
  if (!(expiresAtMs > input.nowMs) && !input.ignoreExpiry)
    throw new S3Error(403, 'AccessDenied', 'Request has expired');
  if (parseDate(date) > input.nowMs + SKEW_MAX_MS)
    throw new S3Error(403, 'AccessDenied', 'Request is not valid yet');
  return expiresAtMs;
}

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly date: string;
  readonly payload: string;
}

function check(input: SignedInput, credentials: Credentials, claim: Claim): void {
  const [accessKeyId, day = '', region = '', service = '', terminator = ''] = claim.credential.split('/');
  if (accessKeyId !== credentials.accessKeyId) {
    throw new S3Error(
      403,
      'InvalidAccessKeyId',
      'The AWS Access Key Id you provided does not exist in our records.',
    );
  }
  const names = claim.signedHeaders.split(';');
  if (!names.includes('host')) throw new S3Error(403, 'AccessDenied', 'host must be signed');
  const scope = [day, region, service, terminator].join('/');
  const canonical = [
    input.method,
    input.rawPath
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    [...input.query]
      .filter(([name]) => name !== 'X-Amz-Signature')
      .map(([name, value]) => [encode(name), encode(value)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    ...names.map((name) => `${name}:${header(input, name).trim().replace(/ +/g, ' ')}`),
    '',
    claim.signedHeaders,
    claim.payload,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', claim.date, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, terminator].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${credentials.secretAccessKey}`,
  );
  const expected = createHmac('sha256', key).update(toSign).digest('hex');
  const given = claim.signature.padEnd(expected.length).slice(0, expected.length);
  if (
    claim.signature.length !== expected.length ||
    !timingSafeEqual(Buffer.from(given), Buffer.from(expected))
  ) {
    throw new S3Error(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
}

function header(input: SignedInput, name: string): string {
  const value = input.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

/** `20260102T030405Z` */
function parseDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
