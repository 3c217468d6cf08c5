/** The script's hold on its ingest node's process (`ingest-node/main.ts`): requests to it, and SIGKILL. */
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { deferred, type Deferred } from '../../src/shared/deferred.js';
import type { IngestAnswer, IngestNodeSettings, IngestRequest } from './ingest-node/messages.js';
import type { Stage, StageCluster } from './stage.js';

const PROGRAM = join(import.meta.dirname, 'ingest-node/main.ts');
const ANSWER_TIMEOUT_MS = 60_000;

interface Message {
  readonly id: number;
  readonly answer?: IngestAnswer;
  readonly error?: string;
}

export class IngestProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, Deferred<IngestAnswer>>();
  readonly #ready = deferred<void>();
  #requests = 0;

  private constructor(settings: IngestNodeSettings) {
    this.#child = fork(PROGRAM, [JSON.stringify(settings)], {
      execArgv: ['--import', import.meta.resolve('tsx')],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: Message | 'ready') => {
      if (message === 'ready') this.#ready.resolve();
      else this.#settle(message);
    });
    const exited = deferred<void>();
    this.#child.once('exit', () => {
      const gone = new Error('the ingest node has ended');
      this.#ready.reject(gone);
      for (const waiting of this.#waiting.values()) waiting.reject(gone);
      exited.resolve();
    });
    this.#exited = exited.promise;
    // Whoever does not wait for it any more need not hear that it ended.
    this.#ready.promise.catch(() => undefined);
  }

  /** Resolves when its session is open. */
  static async start(
    stage: Stage,
    { cluster }: StageCluster,
    session: Pick<IngestNodeSettings, 'nodeId' | 'ttlMs' | 'uploadDeadlineMs'>,
  ): Promise<IngestProcess> {
    const { endpoint, region } = stage.settings;
    const process = new IngestProcess({
      ...session,
      ...{ endpoints: cluster.endpoints, s3Endpoint: endpoint, region, bucket: stage.bucket.name },
    });
    stage.defer(() => process.kill());
    await within('its session is open', process.#ready.promise);
    return process;
  }

  async ask(request: IngestRequest): Promise<IngestAnswer> {
    const id = ++this.#requests;
    const answer = deferred<IngestAnswer>();
    this.#waiting.set(id, answer);
    this.#child.send({ id, request });
    return within(`an answer to '${request.kind}'`, answer.promise);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #settle({ id, answer, error }: Message): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer !== undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(`the ingest node failed: ${error}`));
  }
}

async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const text = `WRONG: the ingest node: not within ${ANSWER_TIMEOUT_MS / 1_000} s: ${what}`;
    timer = setTimeout(() => reject(new Error(text)), ANSWER_TIMEOUT_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
