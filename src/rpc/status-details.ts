/**
 * The error model of AIP-193 as bytes: google.rpc.Status with ErrorInfo, BadRequest and RetryInfo. What
 * a reason means as a status code is said in `status.ts`, not here.
 *
 * Everything is bounded, since it travels in HTTP/2 trailers, which peers and proxies cut off or refuse
 * beyond about 8 KiB: a status too long to arrive would turn a clear refusal into an unknown outcome.
 */
import type { BadRequest, BadRequest__Output } from '../generated/google/rpc/BadRequest.js';
import type { ErrorInfo, ErrorInfo__Output } from '../generated/google/rpc/ErrorInfo.js';
import type { RetryInfo, RetryInfo__Output } from '../generated/google/rpc/RetryInfo.js';
import type { Status, Status__Output } from '../generated/google/rpc/Status.js';
import type { FieldViolation } from '../shared/errors.js';
import { messageType } from './proto.js';

export const ERROR_DOMAIN = 'sexton';
/** The trailer that gRPC carries a google.rpc.Status in. */
export const STATUS_DETAILS_KEY = 'grpc-status-details-bin';

const MESSAGE_CHARACTERS_MAX = 800;
const METADATA_PAIRS_MAX = 8;
const METADATA_VALUE_CHARACTERS_MAX = 128;
const VIOLATIONS_MAX = 8;
const FIELD_CHARACTERS_MAX = 80;
const DESCRIPTION_CHARACTERS_MAX = 200;

const statusType = messageType<Status, Status__Output>('google.rpc.Status');
const errorInfoType = messageType<ErrorInfo, ErrorInfo__Output>('google.rpc.ErrorInfo');
const badRequestType = messageType<BadRequest, BadRequest__Output>('google.rpc.BadRequest');
const retryInfoType = messageType<RetryInfo, RetryInfo__Output>('google.rpc.RetryInfo');

const TYPE_URL_PREFIX = 'type.googleapis.com/';

/** An error as it travels. */
export interface ErrorDetails {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;
}

export function cutMessage(text: string, charactersMax = MESSAGE_CHARACTERS_MAX): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}

/** The google.rpc.Status that says `details`; longer texts and lists are cut to their bounds. */
export function packStatus(details: ErrorDetails): Status {
  const any = (name: string, value: Buffer): { type_url: string; value: Buffer } => ({
    type_url: TYPE_URL_PREFIX + name,
    value,
  });
  const metadata = Object.fromEntries(
    Object.entries(details.metadata)
      .slice(0, METADATA_PAIRS_MAX)
      .map(([key, value]) => [key, cutMessage(value, METADATA_VALUE_CHARACTERS_MAX)]),
  );
  const packed = [
    any(
      'google.rpc.ErrorInfo',
      errorInfoType.serialize({ reason: details.reason, domain: ERROR_DOMAIN, metadata }),
    ),
  ];
  if (details.violations.length > 0) {
    const fieldViolations = details.violations.slice(0, VIOLATIONS_MAX).map((violation) => ({
      field: cutMessage(violation.field, FIELD_CHARACTERS_MAX),
      description: cutMessage(violation.description, DESCRIPTION_CHARACTERS_MAX),
    }));
    packed.push(any('google.rpc.BadRequest', badRequestType.serialize({ fieldViolations })));
  }
  if (details.retryAfterMs !== undefined) {
    const ms = Math.max(0, Math.ceil(details.retryAfterMs));
    const retryDelay = { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
    packed.push(any('google.rpc.RetryInfo', retryInfoType.serialize({ retryDelay })));
  }
  return { code: details.code, message: cutMessage(details.message), details: packed };
}

export function serializeStatus(status: Status): Buffer {
  return statusType.serialize(status);
}

/** Undefined: the bytes are no google.rpc.Status. */
export function deserializeStatus(bytes: Buffer): Status__Output | undefined {
  return decode(() => statusType.deserialize(bytes));
}

/** Undefined: the status holds no ErrorInfo of Sexton's. Other people's details are passed over. */
export function unpackStatus(status: Status__Output): ErrorDetails | undefined {
  const find = <T>(name: string, type: { deserialize: (bytes: Buffer) => T }): T | undefined => {
    for (const detail of status.details) {
      if ('type_url' in detail && detail.type_url.endsWith(`/${name}`)) {
        return decode(() => type.deserialize(detail.value));
      }
    }
    return undefined;
  };
  const info = find('google.rpc.ErrorInfo', errorInfoType);
  if (info?.domain !== ERROR_DOMAIN) return undefined;
  const delay = find('google.rpc.RetryInfo', retryInfoType)?.retryDelay;
  return {
    code: status.code,
    message: status.message,
    reason: info.reason,
    metadata: info.metadata,
    violations: (find('google.rpc.BadRequest', badRequestType)?.fieldViolations ?? []).map(
      ({ field, description }) => ({ field, description }),
    ),
    retryAfterMs: delay ? delay.seconds * 1000 + Math.ceil(delay.nanos / 1_000_000) : undefined,
  };
}

/** The details of an error are a courtesy: bytes that do not decode are none, and the code remains. */
function decode<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
