/**
 * The gRPC listener: all services over one node, with health and reflection. Members' own service comes
 * from outside (`extraServices`), since it belongs to the node's transport.
 *
 * Stopping is orderly and bounded: health says so first, then streaming calls end with NODE_STOPPING
 * (pipelines after their answers), calls under way may finish, and what is left after the grace is cut.
 */
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  setLogger,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { NodeApi } from '../node/node-api.js';
import {
  CLUSTER_SERVICE,
  clusterServiceDefinition,
  INGEST_SERVICE,
  ingestServiceDefinition,
  packageDefinition,
  RAFT_SERVICE,
  STORAGE_SERVICE,
  storageServiceDefinition,
  STREAM_SERVICE,
  streamServiceDefinition,
} from '../rpc/proto.js';
import { assertDefined } from '../shared/assert.js';
import { type Clock, systemClock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import { AuditRunner, type StorageAudits } from './audit-storage.js';
import { bindError } from './bind-error.js';
import { Calls } from './calls.js';
import { clusterService } from './cluster-service.js';
import { DefaultPrefixes } from './default-prefixes.js';
import { guardDefinition } from './guarded-definition.js';
import { Health } from './health.js';
import { ingestService } from './ingest-service.js';
import { LeaderRouter } from './leader-router.js';
import { SERVER_LIMITS, type ServerLimits } from './limits.js';
import type { RequestMetrics } from './metrics.js';
import { ReadProbe } from './read-probe.js';
import { storageService } from './storage-service.js';
import { streamService } from './stream-service.js';

export interface ExtraService {
  readonly definition: ServiceDefinition;
  readonly implementation: UntypedServiceImplementation;
}

export interface GrpcServerOptions {
  readonly node: NodeApi;
  readonly logger: Logger;
  readonly metrics: RequestMetrics;
  readonly clock?: Clock;
  readonly limits?: Partial<ServerLimits>;
  /** For a DeleteStream that names none. Default 24 hours. */
  readonly defaultGracePeriodMs?: number;
  /**
   * What audits and adoptions look at, and creates without a prefix. Absent: the first two are answered
   * UNIMPLEMENTED, and no Parseable deployment is known of.
   */
  readonly audits?: StorageAudits;
  /** Served on the same listener as they are, for example RaftService. */
  readonly extraServices?: readonly ExtraService[];
}

export interface GrpcServer {
  /** `host:port`, port 0 = any free one. Resolves to the port. Rejects with FatalError. */
  listen(address: string): Promise<number>;
  /** Bounded by `graceMs`. Idempotent. */
  stop(graceMs: number): Promise<void>;
}

const DAY_MS = 24 * 3600 * 1000;

export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const { node, logger, metrics, clock = systemClock, defaultGracePeriodMs = DAY_MS } = options;
  const limits: ServerLimits = { ...SERVER_LIMITS, ...options.limits };
  routeLibraryLog(logger);
  const stopping = new AbortController();
  const calls = new Calls({ clock, logger, limits, metrics, stopping: stopping.signal });
  const leader = new LeaderRouter(node);
  const probe = new ReadProbe({ node, clock, timeoutMs: limits.readProbeTimeoutMs });
  const health = new Health({ node, clock, probe, intervalMs: limits.healthIntervalMs });

  const server = new Server({
    'grpc.max_receive_message_length': limits.transportBytesMax,
    // A client that vanished without a word holds watches and sessions: noticed within half a minute.
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
  const bytesMaxOf = (method: string): number =>
    method === 'MutateStreams' ? limits.mutationFrameBytesMax : limits.requestBytesMax;
  const add = (definition: ServiceDefinition, implementation: UntypedServiceImplementation): void => {
    server.addService(guardDefinition(definition, bytesMaxOf), implementation);
  };
  const defaultPrefixes =
    options.audits === undefined ? undefined : new DefaultPrefixes(options.audits.store, clock, logger);
  add(streamServiceDefinition, streamService({ node, calls, limits, defaultGracePeriodMs, defaultPrefixes }));
  add(ingestServiceDefinition, ingestService({ node, calls, leader, clock }));
  add(clusterServiceDefinition, clusterService({ node, calls, leader }));
  const audits =
    options.audits === undefined
      ? undefined
      : new AuditRunner(node, clock, options.audits, defaultGracePeriodMs);
  add(storageServiceDefinition, storageService({ node, calls, leader, clock, audits }));
  for (const { definition, implementation } of options.extraServices ?? []) {
    server.addService(definition, implementation);
  }
  health.addToServer(server);
  new ReflectionService(allFilesByOneType(), {
    services: [STREAM_SERVICE, INGEST_SERVICE, CLUSTER_SERVICE, STORAGE_SERVICE, RAFT_SERVICE],
  }).addToServer(server);

  let stopped: Promise<void> | undefined;
  return {
    listen: (address) => listen(server, address),
    stop: (graceMs) => {
      stopped ??= (async () => {
        health.stop();
        stopping.abort(new SextonError('NODE_STOPPING', 'this node is stopping; go on with another'));
        await shutDown(server, clock, graceMs);
        leader.close();
      })();
      return stopped;
    },
  };
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(bindError('gRPC', '--listen', address, cause));
    try {
      server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else fail(error);
      });
    } catch (error) {
      // An address that does not parse is thrown, not called back.
      fail(error);
    }
  });
}

function shutDown(server: Server, clock: Clock, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(graceMs, () => server.forceShutdown());
    // Called back with an error when the server never listened: there is nothing to wait for either.
    server.tryShutdown(() => {
      timer.cancel();
      resolve();
    });
  });
}

/**
 * Every type of a package definition carries the descriptors of all files, and reflection decodes them
 * for each type again: a hundred times the same, 100 ms at start. One type is enough.
 */
function allFilesByOneType(): typeof packageDefinition {
  const type = 'sexton.v1.Stream';
  return { [type]: assertDefined(packageDefinition[type], `${type} is not defined`) };
}

/** The library writes to stderr by default, in the middle of JSON lines. */
function routeLibraryLog(logger: Logger): void {
  const log = logger.child({ component: 'grpc' });
  const text = (parts: readonly unknown[]): string => parts.map(String).join(' ');
  setLogger({
    error: (...parts: unknown[]) => log.warn({}, text(parts)),
    info: (...parts: unknown[]) => log.info({}, text(parts)),
    debug: (...parts: unknown[]) => log.debug({}, text(parts)),
  });
}
