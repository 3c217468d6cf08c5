/**
 * Ingest nodes with a session: every upload goes through the production `guard`, so that no grace period has to cover
 * it (P3). They die without a word, stop for a while (SIGSTOP) and come back as new processes; what they had sent may
 * still land. What `guard` lets through is the oracle's: it must be gone when its stream is PURGED, and only then.
 */
import type { IngestSession } from '../../src/client/ingest-session.js';
import { SextonClient } from '../../src/client/sexton-client.js';
import { delay } from '../../src/shared/clock.js';
import { SextonError } from '../../src/shared/errors.js';
import { ObjectStoreError } from '../../src/objectstore/object-store.js';
import type { SimulatedClientTransport } from './client-transport.js';
import type { Uploader } from './object-store.js';
import type { AdmittedUpload } from './observer.js';
import type { Prng } from './prng.js';
import { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';
import { SimulatedClock } from './simulated-clock.js';
import type { Trace } from './trace.js';
import { uuid } from './workload.js';

export interface SessionIngestDeps {
  readonly name: string;
  readonly names: number;
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly trace: Trace;
  readonly endpoints: readonly string[];
  readonly transport: (scope: ProcessScope) => SimulatedClientTransport;
  readonly uploader: (scope: ProcessScope) => Uploader;
  /** `guard` has let an upload begin. */
  readonly admitted: (upload: AdmittedUpload) => void;
  /** Its processes die and stop, too. */
  readonly mayFail: boolean;
  /** It has died, or was stopped: what the run reports as injected. */
  readonly failed: () => void;
  /** The cluster counts an expired session's upload deadline by wall clocks, which are wrong by this much at most. */
  readonly clockErrorMs: number;
}

const TTL_MS = 5_000;
/** How long an upload may be on its way. */
const UPLOAD_MS = 1_500;
const BODY = Uint8Array.of(1, 2, 3);

export class SessionIngestNode {
  readonly #deps: SessionIngestDeps;
  #stopped = false;
  #lives = 0;
  #objects = 0;

  constructor(deps: SessionIngestDeps) {
    this.#deps = deps;
  }

  /** Ends after what is under way. */
  stop(): void {
    this.#stopped = true;
  }

  async run(): Promise<void> {
    while (!this.#stopped) await this.#live();
  }

  /** One process, from its start to its death or an orderly end. */
  async #live(): Promise<void> {
    const deps = this.#deps;
    const { random, scheduler, trace, name } = deps;
    const scope = new ProcessScope(`${name}.${++this.#lives}`);
    const transport = deps.transport(scope);
    const clock = new SimulatedClock(scheduler, scope);
    const client = new SextonClient({
      endpoints: deps.endpoints,
      requestTimeoutMs: 4_000,
      perTryTimeoutMs: 1_000,
      clock,
      random,
      newRequestId: () => uuid(random),
      transport,
    });
    const death = new Promise<'dies'>((resolve) => {
      if (!deps.mayFail) return;
      scheduler.after(random.between(1_000, 10_000), () => resolve('dies'));
    });
    if (deps.mayFail && random.chance(0.5)) {
      scheduler.after(random.between(500, 4_000), () => {
        deps.failed();
        trace.write(name, 'stops (SIGSTOP)');
        scope.pause();
        scheduler.after(random.between(100, 12_000), () => {
          scope.resume();
        });
      });
    }
    const work = this.#work(client, clock, deps.uploader(scope));
    if ((await Promise.race([work, death])) !== 'dies') return;
    deps.failed();
    trace.write(name, 'dies');
    scope.kill();
    transport.die();
    await new Promise<void>((resolve) => {
      scheduler.after(random.between(0, 2_000), resolve);
    });
  }

  async #work(client: SextonClient, clock: SimulatedClock, uploader: Uploader): Promise<void> {
    const { name, random, trace } = this.#deps;
    while (!this.#stopped) {
      let session: IngestSession;
      try {
        session = await client.openIngestSession({
          nodeId: name,
          ttlMs: TTL_MS,
          uploadDeadlineMs: UPLOAD_MS + 2 * this.#deps.clockErrorMs,
          openTimeoutMs: 5_000,
        });
      } catch (error) {
        if (!(error instanceof SextonError)) throw error;
        await delay(clock, 200);
        continue;
      }
      trace.write(name, () => `holds session ${session.sessionId}, opened at ${session.openedRevision}`);
      let isOver = false;
      void session.ended.then(({ reason }) => {
        isOver = true;
        trace.write(name, () => `session ${session.sessionId} is over: ${reason}`);
      });
      const uploads = new Set<Promise<unknown>>();
      while (!this.#stopped && !isOver) {
        await delay(clock, random.between(50, 1_000));
        for (let count = random.between(1, 4); count > 0; count--) {
          const upload = this.#upload(session, uploader).finally(() => uploads.delete(upload));
          uploads.add(upload);
        }
      }
      try {
        await session.close();
      } catch (error) {
        // Not told: it runs out.
        if (!(error instanceof SextonError)) throw error;
      }
      await Promise.all(uploads);
    }
  }

  async #upload(session: IngestSession, uploader: Uploader): Promise<void> {
    const { name, names, random, trace, clockErrorMs } = this.#deps;
    const stream = session.stream({ name: `s${random.between(1, names)}` });
    if (stream === undefined) return;
    const number = ++this.#objects;
    const key = `${stream.prefix}date=2026-02-0${random.between(1, 9)}/hour=00/${name}-${number}.parquet`;
    try {
      await session.guard(stream, async (signal, { expiresInMs }) => {
        trace.write(name, () => `uploads ${key}`);
        const { viewRevision } = session.status();
        const { incarnation } = stream;
        this.#deps.admitted({ key, sessionId: Number(session.sessionId), incarnation, viewRevision });
        const expiry = (): number => Math.max(0, expiresInMs() - 2 * clockErrorMs);
        if (random.chance(0.85)) {
          // Large ones are on their way when the tombstone comes.
          const takesMs = random.chance(0.3) ? random.between(20, UPLOAD_MS) : 0;
          await uploader.put(key, BODY, { signal, expiresInMs: expiry(), takesMs });
          return;
        }
        const upload = await uploader.startMultipart(key, { signal, expiresInMs: expiry() });
        if (random.chance(0.5)) return;
        await uploader.completeMultipart(upload, BODY, { signal, expiresInMs: expiry() });
      });
    } catch (error) {
      if (!(error instanceof SextonError) && !(error instanceof ObjectStoreError)) throw error;
      trace.write(
        name,
        () => `upload of ${key}: ${error instanceof SextonError ? error.reason : error.kind}`,
      );
    }
  }
}
