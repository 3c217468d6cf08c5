/**
 * Everything that a program needs to talk to a Sexton cluster; nothing else in the package is public.
 * How to use it: README.md beside this file.
 */
export { SextonClient } from './sexton-client.js';
export type { CreateOptions, ReadOptions, ValidatedWriteOptions, WriteOptions } from './sexton-client.js';
export type { CallOptions } from './call-runner.js';
export { parseEndpoints } from './options.js';
export type { SextonClientOptions } from './options.js';
export type {
  CreateStreamInput,
  DeleteStreamInput,
  ListPurgesInput,
  RetryPurgeInput,
  ListSessionsInput,
  ListStreamsInput,
  StreamName,
  StreamSelector,
} from './requests.js';
export type {
  GuardOptions,
  IngestSessionEnd,
  IngestSessionOptions,
  IngestSessionStatus,
  UploadTarget,
} from './ingest-options.js';
export type { IngestSession } from './ingest-session.js';
export { UploadNotApplied } from './ingest-upload.js';
export type { Upload, UploadContext } from './ingest-upload.js';
export type { MutateOptions, Mutation, MutationResult } from './mutations.js';
export type { ConfirmedReport, SessionLease, SessionLeaseEnd, SessionLeaseOptions } from './session-lease.js';
export type { WatchOptions } from './watch.js';
export { TransportError } from './transport.js';
export type {
  ClientTransport,
  KeepAliveCall,
  KeepAliveHandlers,
  MutationAnswer,
  MutationCall,
  TransportFailure,
  TrySettings,
} from './transport.js';
export type * from './audit-types.js';
export type * from './types.js';
export { REASONS, RETRY_ADVICE, SextonError } from '../shared/errors.js';
export type { FieldViolation, Reason, RetryAdvice } from '../shared/errors.js';
export type { Clock, Timer } from '../shared/clock.js';
export type { Logger } from '../shared/logger.js';
export type { Random } from '../shared/random.js';
