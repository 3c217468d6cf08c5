/**
 * The API definitions, loaded once from proto/ at start, with the types generated from the same files
 * (`src/generated`, kept equal by a test). The options here are the flags in proto/generate-types.js.
 *
 * 64-bit fields are JavaScript numbers: exact below 2^53, and beyond it never equal to a safe integer,
 * so that `Number.isSafeInteger` finds every one that was rounded.
 */
import { type ChannelCredentials, type ClientOptions, makeClientConstructor } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import type { RaftServiceDefinition as RaftProto } from '../generated/sexton/raft/v1/RaftService.js';
import type {
  ClusterServiceClient,
  ClusterServiceDefinition,
} from '../generated/sexton/v1/ClusterService.js';
import type { IngestServiceClient, IngestServiceDefinition } from '../generated/sexton/v1/IngestService.js';
import type {
  StorageServiceClient,
  StorageServiceDefinition,
} from '../generated/sexton/v1/StorageService.js';
import type { StreamServiceClient, StreamServiceDefinition } from '../generated/sexton/v1/StreamService.js';
import { assertDefined } from '../shared/assert.js';

/** The same distance from src/rpc and from dist/rpc: the package's own proto/. */
const PROTO_DIRECTORY = fileURLToPath(new URL('../../proto/', import.meta.url));

const FILES = [
  'sexton/v1/stream_service.proto',
  'sexton/v1/ingest_service.proto',
  'sexton/v1/cluster_service.proto',
  'sexton/v1/storage_service.proto',
  'sexton/raft/v1/raft_service.proto',
  'google/rpc/status.proto',
  'google/rpc/error_details.proto',
];

/** Everything in proto/, for reflection. */
export const packageDefinition: PackageDefinition = loadSync(FILES, {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
  includeDirs: [PROTO_DIRECTORY],
});

function definition(name: string): unknown {
  return assertDefined(packageDefinition[name], `${name} is not in ${PROTO_DIRECTORY}`);
}

/** Codec of a single message, for those that travel inside others as bytes. */
export function messageType<Input, Output>(name: string): MessageTypeDefinition<Input, Output> {
  return definition(name) as MessageTypeDefinition<Input, Output>;
}

export const STREAM_SERVICE = 'sexton.v1.StreamService';
export const INGEST_SERVICE = 'sexton.v1.IngestService';
export const CLUSTER_SERVICE = 'sexton.v1.ClusterService';
export const STORAGE_SERVICE = 'sexton.v1.StorageService';
export const RAFT_SERVICE = 'sexton.raft.v1.RaftService';

export const streamServiceDefinition = definition(STREAM_SERVICE) as StreamServiceDefinition;
export const ingestServiceDefinition = definition(INGEST_SERVICE) as IngestServiceDefinition;
export const clusterServiceDefinition = definition(CLUSTER_SERVICE) as ClusterServiceDefinition;
export const storageServiceDefinition = definition(STORAGE_SERVICE) as StorageServiceDefinition;
/** As generated; what runs is `raftServiceDefinition` of raft-service.ts, with its own codec. */
export const raftProtoDefinition = definition(RAFT_SERVICE) as RaftProto;

/** `new Client('host:port', credentials, options)`; connects at the first call. */
export type ClientConstructor<Client> = new (
  address: string,
  credentials: ChannelCredentials,
  options?: ClientOptions,
) => Client;

export const StreamClient = makeClientConstructor(
  streamServiceDefinition,
  STREAM_SERVICE,
) as unknown as ClientConstructor<StreamServiceClient>;
export type StreamClient = StreamServiceClient;

export const IngestClient = makeClientConstructor(
  ingestServiceDefinition,
  INGEST_SERVICE,
) as unknown as ClientConstructor<IngestServiceClient>;
export type IngestClient = IngestServiceClient;

export const ClusterClient = makeClientConstructor(
  clusterServiceDefinition,
  CLUSTER_SERVICE,
) as unknown as ClientConstructor<ClusterServiceClient>;
export type ClusterClient = ClusterServiceClient;

export const StorageClient = makeClientConstructor(
  storageServiceDefinition,
  STORAGE_SERVICE,
) as unknown as ClientConstructor<StorageServiceClient>;
export type StorageClient = StorageServiceClient;
