/** Reasons and statuses: both ways, over every reason, and over what gRPC itself ends calls with. */
import * as grpc from '@grpc/grpc-js';
import { createServer, type Server as NetServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { StreamClient, streamServiceDefinition } from '../../src/rpc/proto.js';
import { refusalOf, refusalStatus } from '../../src/rpc/raft-handshake.js';
import {
  callStatusOf,
  errorDetails,
  fromCallError,
  fromRpcStatus,
  STATUS_CODE,
  toCallStatus,
  toRpcStatus,
} from '../../src/rpc/status.js';
import { deserializeStatus, serializeStatus, STATUS_DETAILS_KEY } from '../../src/rpc/status-details.js';
import { REASONS, type Reason, SextonError } from '../../src/shared/errors.js';

/** What a client gets to see of a status that a handler ended with. */
function asServiceError(status: {
  code: number;
  details: string;
  metadata?: grpc.Metadata;
}): grpc.ServiceError {
  return Object.assign(new Error(`${status.code} ${status.details}`), {
    code: status.code,
    details: status.details,
    metadata: status.metadata ?? new grpc.Metadata(),
  });
}

const WRITE = { readOnly: false };
const READ = { readOnly: true };

describe.each(REASONS)('%s', (reason: Reason) => {
  const error = new SextonError(reason, `about ${reason}: ünïcode`, {
    metadata: { leader_address: 'node-2:7402', leader_id: '2' },
    violations: [
      { field: 'grace_period', description: 'must not be negative' },
      { field: 'labels["a"]', description: 'value over 255 bytes' },
    ],
    retryAfterMs: 1250,
  });
  const same = {
    reason,
    rawMessage: error.rawMessage,
    metadata: error.metadata,
    violations: error.violations,
    retryAfterMs: 1250,
    advice: error.advice,
  };

  it('comes back from a call as it went, with its code', () => {
    const status = toCallStatus(error);
    expect(status.code).toBe(STATUS_CODE[reason]);
    expect(status.details).toBe(error.rawMessage);
    for (const facts of [WRITE, READ])
      expect(fromCallError(asServiceError(status), facts)).toMatchObject(same);
  });

  it('comes back from a stream of answers as it went', () => {
    const decoded = deserializeStatus(serializeStatus(toRpcStatus(error)));
    expect(decoded?.code).toBe(STATUS_CODE[reason]);
    expect(fromRpcStatus(decoded!, WRITE)).toMatchObject(same);
  });
});

describe('details', () => {
  it('are one ErrorInfo of domain sexton, a BadRequest and a RetryInfo only where there is something to say', () => {
    const decoded = deserializeStatus(
      serializeStatus(toRpcStatus(new SextonError('NO_LEADER', 'no leader'))),
    )!;
    expect(decoded.details.map((detail) => 'type_url' in detail && detail.type_url)).toEqual([
      'type.googleapis.com/google.rpc.ErrorInfo',
    ]);
    expect(errorDetails(asServiceError(toCallStatus(new SextonError('NO_LEADER', 'no leader'))))).toEqual({
      code: grpc.status.UNAVAILABLE,
      message: 'no leader',
      reason: 'NO_LEADER',
      metadata: {},
      violations: [],
      retryAfterMs: undefined,
    });
  });

  it('stay below what trailers may hold, however much there is to say', () => {
    const error = new SextonError('INVALID_ARGUMENT', 'x'.repeat(100_000), {
      metadata: Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`key_${at}`, 'v'.repeat(10_000)])),
      violations: Array.from({ length: 1000 }, (_, at) => ({
        field: `f${at}`,
        description: 'd'.repeat(5000),
      })),
    });
    const status = toCallStatus(error);
    const packed = status.metadata.get(STATUS_DETAILS_KEY)[0] as Buffer;
    expect(Math.ceil((packed.length * 4) / 3) + status.details.length).toBeLessThan(8192);
    expect(fromCallError(asServiceError(status), WRITE).reason).toBe('INVALID_ARGUMENT');
  });

  it('that are garbage count as none', () => {
    const metadata = new grpc.Metadata();
    metadata.set(STATUS_DETAILS_KEY, Buffer.from([0xff, 0xff, 0xff]));
    const error = asServiceError({ code: grpc.status.INVALID_ARGUMENT, details: 'bad', metadata });
    expect(fromCallError(error, WRITE)).toMatchObject({ reason: 'INVALID_ARGUMENT', rawMessage: 'bad' });
  });

  it('with a reason from a newer node keep it in the metadata, and its code decides', () => {
    const newer = (code: grpc.status): SextonError => {
      const rest = { message: 'm', metadata: {}, violations: [], retryAfterMs: undefined };
      return fromCallError(asServiceError(callStatusOf({ code, reason: 'FROM_THE_FUTURE', ...rest })), WRITE);
    };
    expect(newer(grpc.status.INVALID_ARGUMENT)).toMatchObject({
      reason: 'INVALID_ARGUMENT',
      metadata: { reason: 'FROM_THE_FUTURE', grpc_code: 'INVALID_ARGUMENT' },
    });
    expect(newer(grpc.status.UNAVAILABLE).reason).toBe('OUTCOME_UNKNOWN');
  });
});

describe('a call that ended without a word from Sexton', () => {
  const S = grpc.status;
  it.each<[grpc.status, boolean | undefined, Reason, Reason]>([
    // code, sent, as a write, as a read
    [S.UNAVAILABLE, undefined, 'OUTCOME_UNKNOWN', 'UNREACHABLE'],
    [S.UNAVAILABLE, true, 'OUTCOME_UNKNOWN', 'UNREACHABLE'],
    [S.UNAVAILABLE, false, 'UNREACHABLE', 'UNREACHABLE'],
    [S.DEADLINE_EXCEEDED, undefined, 'OUTCOME_UNKNOWN', 'DEADLINE_EXCEEDED'],
    [S.DEADLINE_EXCEEDED, false, 'DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'],
    [S.CANCELLED, true, 'OUTCOME_UNKNOWN', 'CANCELLED'],
    [S.CANCELLED, false, 'CANCELLED', 'CANCELLED'],
    [S.INTERNAL, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
    [S.UNKNOWN, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
    [S.DATA_LOSS, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
    [S.ABORTED, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
    [S.OUT_OF_RANGE, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
    [S.RESOURCE_EXHAUSTED, true, 'OUTCOME_UNKNOWN', 'TOO_MANY_REQUESTS'],
    [S.UNIMPLEMENTED, true, 'UNIMPLEMENTED', 'UNIMPLEMENTED'],
    [S.INVALID_ARGUMENT, true, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'],
    [S.PERMISSION_DENIED, true, 'INTERNAL', 'INTERNAL'],
    [S.UNAUTHENTICATED, true, 'INTERNAL', 'INTERNAL'],
    [S.NOT_FOUND, true, 'INTERNAL', 'INTERNAL'],
    [S.ALREADY_EXISTS, true, 'INTERNAL', 'INTERNAL'],
    [S.FAILED_PRECONDITION, true, 'INTERNAL', 'INTERNAL'],
    [77 as grpc.status, true, 'OUTCOME_UNKNOWN', 'INTERNAL'],
  ])('code %i, sent %s: %s as a write, %s as a read', (code, sent, asWrite, asRead) => {
    const error = asServiceError({ code, details: 'what a proxy said' });
    const facts = sent === undefined ? {} : { sent };
    expect(fromCallError(error, { readOnly: false, ...facts }).reason).toBe(asWrite);
    expect(fromCallError(error, { readOnly: true, ...facts }).reason).toBe(asRead);
    expect(fromCallError(error, { readOnly: true, ...facts }).rawMessage).toContain('what a proxy said');
  });

  it('is INTERNAL for what is no gRPC error, and unchanged for a SextonError', () => {
    const bug = new TypeError('x is not a function');
    expect(fromCallError(bug, WRITE)).toMatchObject({ reason: 'INTERNAL', cause: bug });
    expect(fromCallError('text', WRITE)).toMatchObject({ reason: 'INTERNAL', rawMessage: 'text' });
    const own = new SextonError('PURGE_STARTED', 'm');
    expect(fromCallError(own, WRITE)).toBe(own);
  });
});

/** The texts that `wasNeverSent` relies on, made by the real library. */
describe('real connections', () => {
  const cleanups: (() => void)[] = [];
  afterEach(() => {
    for (const cleanup of cleanups.splice(0)) cleanup();
  });

  function create(address: string): Promise<grpc.ServiceError> {
    const client = new StreamClient(address, grpc.credentials.createInsecure());
    cleanups.push(() => {
      client.close();
    });
    return new Promise((resolve, reject) => {
      client.CreateStream({ name: 'a' }, (error) => {
        if (error) resolve(error);
        else reject(new Error('the call succeeded'));
      });
    });
  }

  it('refused: a write is UNREACHABLE, since it never left', async () => {
    const port = await unusedPort();
    expect(fromCallError(await create(`127.0.0.1:${port}`), WRITE).reason).toBe('UNREACHABLE');
  });

  it('of a name that does not resolve: UNREACHABLE', async () => {
    expect(fromCallError(await create('no-such-host.invalid:7401'), WRITE).reason).toBe('UNREACHABLE');
  });

  it('cut while the call was under way: a write is OUTCOME_UNKNOWN', async () => {
    const server = new grpc.Server();
    cleanups.push(() => {
      server.forceShutdown();
    });
    server.addService(streamServiceDefinition, {
      CreateStream: () => {
        server.forceShutdown();
      },
      GetStream: () => undefined,
      ListStreams: () => undefined,
      DeleteStream: () => undefined,
      UndeleteStream: () => undefined,
      WatchStreams: () => undefined,
      MutateStreams: () => undefined,
    });
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => {
        if (error) reject(error);
        else resolve(bound);
      });
    });
    const error = await create(`127.0.0.1:${port}`);
    expect(fromCallError(error, WRITE).reason).toBe('OUTCOME_UNKNOWN');
    expect(fromCallError(error, READ).reason).not.toBe('OUTCOME_UNKNOWN');
  });

  it('accepted and closed at once, before anything was served: never reported as surely unsent', async () => {
    const sockets = new Set<Socket>();
    const server: NetServer = createServer((socket) => {
      sockets.add(socket);
      socket.once('data', () => socket.destroy());
      socket.on('error', () => undefined);
    });
    cleanups.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    // Whether bytes of the call were among those read is not known to anybody: both are truthful here.
    expect(['OUTCOME_UNKNOWN', 'UNREACHABLE']).toContain(
      fromCallError(await create(`127.0.0.1:${port}`), WRITE).reason,
    );
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('refusals between members', () => {
  it.each([
    'CLUSTER_MISMATCH',
    'DIRECTORY_MISMATCH',
    'NOT_A_MEMBER',
    'WRONG_MEMBER',
    'PROTOCOL_MISMATCH',
  ] as const)('%s comes back as it went', (refusal) => {
    const status = refusalStatus(refusal, `why ${refusal}`);
    expect(status.code).toBe(grpc.status.FAILED_PRECONDITION);
    expect(refusalOf(asServiceError(status))).toEqual({ refusal, message: `why ${refusal}` });
  });

  it('are told from everything else', () => {
    expect(refusalOf(asServiceError(toCallStatus(new SextonError('NO_LEADER', 'm'))))).toBeUndefined();
    expect(
      refusalOf(asServiceError({ code: grpc.status.FAILED_PRECONDITION, details: 'x' })),
    ).toBeUndefined();
    expect(refusalOf(new Error('x'))).toBeUndefined();
  });
});
