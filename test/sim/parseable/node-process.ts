/** What every kind of Parseable process has: a part of the network that answers, and the words it answers with. */
import { delay } from '../../../src/shared/clock.js';
import { ObjectStoreError } from '../../../src/objectstore/object-store.js';
import type { Prng } from '../prng.js';
import type { ProcessScope } from '../process-scope.js';
import type { SimulatedClock } from '../simulated-clock.js';
import type { BucketAccess } from './bucket-access.js';
import { isStreamJson, nameOf } from './layout.js';
import type { Lives } from './lives.js';
import type { ParseableTimes } from './plan.js';

export interface NodeRequest {
  readonly method: 'GET' | 'DELETE' | 'POST';
  /** Without host. */
  readonly path: string;
  /** POST: the stream that an event is for. */
  readonly stream?: string;
  /** DELETE: when whoever asks looked into the bucket last, true time. No node sees it; the oracle does. Absent: never. */
  readonly lookedMs?: number | undefined;
}

export interface NodeAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ProcessDeps {
  readonly host: string;
  /** As in the names of its objects. */
  readonly id: string;
  readonly scope: ProcessScope;
  readonly bucket: BucketAccess;
  readonly clock: SimulatedClock;
  readonly random: Prng;
  readonly times: ParseableTimes;
  readonly lives: Lives;
  readonly nowMs: () => number;
  readonly note: (text: () => string) => void;
}

export interface NodeProcess {
  /** From then on it listens; rejects with ObjectStoreError when the bucket cannot be read. */
  start(): Promise<void>;
  handle(request: NodeRequest): Promise<NodeAnswer>;
}

export const DEPLOYMENT_ID = '01SIMULATEDDEPLOYMENT00000';
export const LIST_PATH = '/api/v1/logstream';
const STREAM_PATH = /^\/api\/v1\/logstream\/([^/]+)(?:\/(sync|info))?$/;

export function about(mode: string): NodeAnswer {
  return ok(JSON.stringify({ version: 'v2.9.5', mode, deploymentId: DEPLOYMENT_ID }));
}

export function ok(body = ''): NodeAnswer {
  return { status: 200, body };
}

export const NOT_FOUND: NodeAnswer = { status: 404, body: 'Stream not found' };
export const FAILED: NodeAnswer = { status: 500, body: 'object store error' };

/** Of one stream: `DELETE`, `DELETE sync` or `GET info`, for instance. Undefined: not a path of a stream. */
export function streamCall({
  method,
  path,
}: NodeRequest): { readonly name: string; readonly what: string } | undefined {
  const match = STREAM_PATH.exec(path);
  if (match?.[1] === undefined) return undefined;
  return { name: decodeURIComponent(match[1]), what: `${method} ${match[2] ?? ''}`.trim() };
}

/** GET /api/v1/logstream: every name that has metadata in the bucket, whoever wrote it. */
export async function listStreams(bucket: BucketAccess): Promise<NodeAnswer> {
  const names = new Set((await bucket.list('')).filter(isStreamJson).map(nameOf));
  return ok(JSON.stringify([...names].map((name) => ({ name }))));
}

/** `work` again and again, whatever the bucket answers. Ends with its process. */
export async function forever(
  clock: SimulatedClock,
  pauseMs: () => number,
  work: () => Promise<void> | void,
): Promise<never> {
  for (;;) {
    await delay(clock, pauseMs());
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
    }
  }
}
