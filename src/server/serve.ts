/**
 * Runs one node in this process until it is told to stop or fails: opens what it needs in order, closes it
 * in the opposite one, and returns the exit status (`shared/fatal.ts`).
 */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { asFatal, SextonNode } from '../node/node.js';
import { handshakeInfo } from '../node/bootstrap.js';
import { resolveNodeOptions, type NodeSettings } from '../node/options.js';
import type { DiskSpace } from '../node/views.js';
import { GrpcTransport } from '../node/transport/grpc-transport.js';
import type { ObjectStore } from '../objectstore/object-store.js';
import { parseObjectStoreUrl, resolveObjectStoreConfig } from '../objectstore/object-store-url.js';
import { openObjectStore } from '../objectstore/open-object-store.js';
import { resolvePurgeOptions, type PurgeOptions } from '../purge/options.js';
import { startPurger, type Purger } from '../purge/purger.js';
import type { RebornPolicy } from '../purge/reborn-streams.js';
import { resolveSweepAfter } from '../purge/sweep-schedule.js';
import { IDLE_PURGES, type PurgeStatus } from '../purge/purge-status.js';
import { raftServiceDefinition } from '../rpc/raft-service.js';
import { systemClock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import { EXIT_STATUS, FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';
import { systemRandom } from '../shared/random.js';
import type { NodeStorage } from '../storage/node-storage.js';
import { openNodeStorage } from '../storage/open-node-storage.js';
import { createGrpcServer, type GrpcServer } from './grpc-server.js';
import { createHttpServer, type HttpServer } from './http-server.js';
import { createMetrics, type Metrics } from './metrics.js';
import { checkObjectStore } from './object-store-check.js';
import { createProcessLogger, type LogFormat, type LogLevel } from './process-logger.js';

export interface ServeSettings {
  readonly node: NodeSettings;
  readonly dataDirectory: string;
  /** `host:port` of the gRPC listener. */
  readonly listen: string;
  /** `host:port`; undefined = no HTTP listener. */
  readonly httpListen: string | undefined;
  /** As `--object-store` takes it; undefined = from the environment alone. */
  readonly objectStore: string | undefined;
  readonly defaultGracePeriodMs: number;
  readonly purge: PurgeOptions;
  /** P8: see `resolveSweepAfter`. */
  readonly sweepAfterMs: readonly number[];
  /** P12. */
  readonly rebornPolicy: RebornPolicy;
  /** P9: the cluster whose ownership marker on the bucket is replaced by ours; undefined = of none. */
  readonly takeOverBucketFrom: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

export interface ServeHooks {
  /** Fires when the process is asked to stop. */
  readonly stop: AbortSignal;
  readonly env: NodeJS.ProcessEnv;
}

/** Calls under way may take this long to end after a stop was asked for. */
const STOP_GRACE_MS = 5_000;

/** Resolves to the exit status. Rejects with SextonError INVALID_ARGUMENT before anything was opened. */
export async function runServe(settings: ServeSettings, hooks: ServeHooks): Promise<number> {
  resolvePurgeOptions(settings.purge);
  resolveSweepAfter(settings.sweepAfterMs);
  const config = resolveObjectStoreConfig(
    settings.objectStore === undefined ? undefined : parseObjectStoreUrl(settings.objectStore),
    hooks.env,
  );
  if (config === undefined) {
    throw new SextonError(
      'INVALID_ARGUMENT',
      '--object-store: is required (or P_S3_BUCKET in the environment)',
    );
  }
  const { clusterId, memberId } = settings.node;
  const logger = createProcessLogger({
    level: settings.logLevel,
    format: settings.logFormat,
    fields: { cluster: clusterId, member: memberId },
  });
  const running = new RunningNode(settings, logger);
  try {
    const store = await openObjectStore(config, { clock: systemClock, logger });
    return await running.run(store, hooks.stop);
  } catch (error) {
    return exitStatusOf(error, logger);
  } finally {
    await running.close();
  }
}

/** What is open, so that it can be closed in the opposite order whatever failed on the way. */
class RunningNode {
  readonly #settings: ServeSettings;
  readonly #logger: Logger;
  #store: ObjectStore | undefined;
  #storage: NodeStorage | undefined;
  #grpc: GrpcServer | undefined;
  #http: HttpServer | undefined;
  #node: SextonNode | undefined;
  #purger: Purger | undefined;
  #failed: FatalError | undefined;
  readonly #failure = new AbortController();

  constructor(settings: ServeSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  async run(store: ObjectStore, stop: AbortSignal): Promise<number> {
    const settings = this.#settings;
    const logger = this.#logger;
    const version = packageVersion();
    logger.info({ version, node: process.version, dataDirectory: settings.dataDirectory }, 'starting');
    this.#store = store;
    await checkObjectStore(store, logger);
    const { clusterId, memberId, address, initialMembers } = settings.node;
    const storage = await openNodeStorage({
      directory: settings.dataDirectory,
      clusterId,
      memberId,
      logger,
      address,
      endpoints: initialMembers
        .filter((member) => member.id !== memberId && member.address !== address)
        .map((member) => member.address),
    });
    this.#storage = storage;

    const metrics = createMetrics({ version });
    const boot = Math.floor(systemRandom.next() * Number.MAX_SAFE_INTEGER);
    const defer = (callback: () => void): void => void setImmediate(callback);
    const transport = new GrpcTransport({
      clock: systemClock,
      random: systemRandom,
      logger,
      boot,
      defer,
      info: (to) => this.#node?.engine?.membership.handshakeInfo(to) ?? handshakeInfo(storage, to),
      dropped: (peer) => {
        metrics.node.messageDropped(peer);
      },
      refused: (peer, cause) => {
        metrics.node.peerRefused(peer, cause);
      },
    });
    const node = new SextonNode({
      options: resolveNodeOptions(settings.node),
      storage,
      transport,
      clock: systemClock,
      random: systemRandom,
      defer,
      boot,
      logger,
      metrics: metrics.node,
      version,
      directory: settings.dataDirectory,
      objectStoreDescription: store.description,
      diskSpace: () => diskSpace(settings.dataDirectory),
      purgeStatus: () => this.#purgeStatus(),
      startService: (cluster, signal) => {
        const { purge: options } = settings;
        this.#purger = startPurger({
          cluster,
          store,
          clock: systemClock,
          random: systemRandom,
          logger,
          options,
          signal,
          metrics: metrics.purge,
          sweepAfterMs: settings.sweepAfterMs,
          rebornPolicy: settings.rebornPolicy,
          takeOverBucketFrom: settings.takeOverBucketFrom,
        });
        return this.#purger;
      },
      fatal: (error) => {
        this.#failed ??= asFatal(error);
        this.#failure.abort(this.#failed);
      },
    });
    this.#node = node;
    this.#bindMetrics(metrics, node, storage);
    this.#grpc = createGrpcServer({
      node,
      logger,
      metrics: metrics.requests,
      defaultGracePeriodMs: settings.defaultGracePeriodMs,
      audits: { store, random: systemRandom, metrics: metrics.audit },
      extraServices: [{ definition: raftServiceDefinition, implementation: transport.handlers.service }],
    });
    await this.#grpc.listen(settings.listen);
    if (settings.httpListen !== undefined) {
      this.#http = createHttpServer({ node, metrics, logger });
      await this.#http.listen(settings.httpListen);
    }
    const failure = this.#failure.signal;
    const ended = Promise.race([aborted(stop), aborted(failure)]);
    await Promise.race([node.start(), ended]);
    if (!stop.aborted && !failure.aborted) {
      logger.info(
        { listen: settings.listen, httpListen: settings.httpListen, store: store.description },
        'serving',
      );
      await ended;
    }
    if (this.#failed !== undefined) throw this.#failed;
    logger.info({}, 'stopping');
    await node.handOver();
    return EXIT_STATUS.OK;
  }

  async close(): Promise<void> {
    await this.#http?.stop();
    const isOrderly = this.#failed === undefined;
    // Takes no new calls from here on; those under way are answered before the node stops under them. The
    // members' own calls end only with the node.
    const served = this.#grpc?.stop(isOrderly ? STOP_GRACE_MS : 0);
    // A node that failed must touch its directory no more; the process ends and leaves it as it is (S5).
    if (isOrderly) {
      await this.#node?.quiesce(STOP_GRACE_MS);
      if (this.#node !== undefined) await this.#node.stop();
      else await this.#storage?.close();
    }
    await served;
    await this.#store?.close();
    this.#logger.info({}, 'stopped');
  }

  #purgeStatus(): PurgeStatus {
    return this.#purger?.status() ?? IDLE_PURGES;
  }

  #bindMetrics(metrics: Metrics, node: SextonNode, storage: NodeStorage): void {
    metrics.bind({
      memberId: node.memberId,
      gauges: {
        core: () => node.engine?.core.status(),
        pendingProposals: () => node.engine?.proposals.pendingCount ?? 0,
        openWatches: () => node.engine?.watches.openCount ?? 0,
        digestMismatches: () => node.engine?.digests.alarms.length ?? 0,
        links: () => node.engine?.reports.ownLinks() ?? [],
      },
      summary: () => (node.engine === undefined ? undefined : node.summary()),
      sessions: () => node.sessions()?.totals(),
      purge: () => (node.engine?.leadership.isServing === true ? this.#purgeStatus() : undefined),
      storageSizeBytes: () => storage.approximateSizeBytes(),
    });
  }
}

async function diskSpace(directory: string): Promise<DiskSpace> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

function exitStatusOf(error: unknown, logger: Logger): number {
  const fatal = asFatal(error);
  logger.error({ kind: fatal.kind, status: fatal.exitStatus }, fatal.message);
  process.stderr.write(`${fatal.kind}: ${fatal.message}\n`);
  return fatal.exitStatus;
}

function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}
