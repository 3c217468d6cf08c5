/** A gRPC server over a fake node on loopback, with clients, taken down after each test. */
import { credentials, Metadata, type CallOptions, type ServiceError } from '@grpc/grpc-js';
import { ClusterClient, IngestClient, StorageClient, StreamClient } from '../../src/rpc/proto.js';
import { createGrpcServer, type GrpcServer, type GrpcServerOptions } from '../../src/server/grpc-server.js';
import { silentLogger } from '../../src/shared/logger.js';
import { errorDetails } from '../../src/rpc/status.js';
import type { FakeNode } from './fake-node-api.js';

export interface ObservedRequest {
  readonly method: string;
  readonly code: string;
  readonly durationMs: number;
}

export interface GrpcFixture {
  readonly server: GrpcServer;
  readonly address: string;
  readonly streams: StreamClient;
  readonly cluster: ClusterClient;
  readonly storage: StorageClient;
  readonly ingest: IngestClient;
  readonly requests: ObservedRequest[];
  close(): Promise<void>;
}

export async function startGrpc(
  node: FakeNode,
  options: Partial<GrpcServerOptions> = {},
): Promise<GrpcFixture> {
  const requests: ObservedRequest[] = [];
  const server = createGrpcServer({
    node,
    logger: silentLogger,
    metrics: {
      requestFinished: (method, code, durationMs) => void requests.push({ method, code, durationMs }),
    },
    ...options,
  });
  const port = await server.listen('127.0.0.1:0');
  const address = `127.0.0.1:${port}`;
  const insecure = credentials.createInsecure();
  const settings = {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': 32 * 1024 * 1024,
  };
  const clients = {
    streams: new StreamClient(address, insecure, settings),
    cluster: new ClusterClient(address, insecure, settings),
    storage: new StorageClient(address, insecure, settings),
    ingest: new IngestClient(address, insecure, settings),
  };
  return {
    server,
    address,
    requests,
    ...clients,
    close: async () => {
      for (const client of Object.values(clients)) client.close();
      await server.stop(0);
    },
  };
}

type Callback<Response> = (error: ServiceError | null, response?: Response) => void;

/** Calls a client's unary method (its shortest overload, which is what types are inferred from). */
export function unary<Request, Response>(
  client: object,
  method: (request: Request, callback: Callback<Response>) => unknown,
  request: Request,
  options: CallOptions = {},
): Promise<Response> {
  const full = method as unknown as (
    request: Request,
    metadata: Metadata,
    options: CallOptions,
    callback: Callback<Response>,
  ) => unknown;
  return new Promise((resolve, reject) => {
    full.call(client, request, new Metadata(), options, (error, response) => {
      if (error !== null) reject(error);
      else resolve(response as Response);
    });
  });
}

/** What a failed call says: code, reason, violated fields. */
export async function failure(call: Promise<unknown>): Promise<{
  readonly code: number;
  readonly reason: string | undefined;
  readonly message: string;
  readonly fields: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly retryAfterMs: number | undefined;
}> {
  try {
    await call;
  } catch (error) {
    const details = errorDetails(error);
    const { code, details: message } = error as ServiceError;
    return {
      code,
      reason: details?.reason,
      message,
      fields: details?.violations.map((violation) => violation.field) ?? [],
      metadata: details?.metadata ?? {},
      retryAfterMs: details?.retryAfterMs,
    };
  }
  throw new Error('the call succeeded');
}
