/**
 * The caller's side of a snapshot's stream: the offer, which tells what the follower holds of it already, then
 * the rest in one call. Nothing here waits without bound: not for the offer's answer, not for a follower that takes
 * nothing, not for the answer at the end. What was broken off is sent again from where it stood, if `source` is the same.
 */
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import type { InstallSnapshotRequest } from '../../generated/sexton/raft/v1/InstallSnapshotRequest.js';
import type { InstallSnapshotResponse__Output } from '../../generated/sexton/raft/v1/InstallSnapshotResponse.js';
import type { OfferSnapshotResponse__Output } from '../../generated/sexton/raft/v1/OfferSnapshotResponse.js';
import type { Term } from '../../raft/types.js';
import type { RaftClient } from '../../rpc/raft-service.js';
import {
  SnapshotFrameWriter,
  type SnapshotPreamble,
  toSnapshotHeader,
} from '../../rpc/raft-snapshot-wire.js';
import type { Clock } from '../../shared/clock.js';
import { deferred } from '../../shared/deferred.js';
import type { SnapshotProgress, SnapshotSource } from '../../storage/node-storage.js';
import type { SnapshotSendOutcome } from './transport.js';

const OFFER_TIMEOUT_MS = 10_000;
/** A snapshot may take long, but a receiver that takes nothing for this long is given up. */
export const SNAPSHOT_STALL_MS = 30_000;
/** After the last frame: the receiver finishes what it writes and applies, and swaps. */
const INSTALL_TIMEOUT_MS = 120_000;

export interface SnapshotCallDeps {
  readonly client: RaftClient;
  readonly clock: Clock;
  readonly preamble: SnapshotPreamble;
  readonly source: SnapshotSource;
  readonly signal: AbortSignal;
}

export async function sendSnapshotTo(deps: SnapshotCallDeps): Promise<SnapshotSendOutcome> {
  const { preamble, source, signal } = deps;
  const answer = await offer(deps);
  if ('kind' in answer) return answer;
  if (!answer.wanted) return outcomeOf(answer, preamble.term);
  const held = { chunks: answer.heldChunks, checksum: answer.heldChecksum };
  const after = held.chunks > 0 && source.canResume(held) ? held : undefined;
  if (signal.aborted) return { kind: 'failed', message: 'given up' };
  return stream(deps, after);
}

function offer({
  client,
  preamble,
}: SnapshotCallDeps): Promise<OfferSnapshotResponse__Output | SnapshotSendOutcome> {
  const answered = deferred<OfferSnapshotResponse__Output | SnapshotSendOutcome>();
  client.OfferSnapshot(
    { header: toSnapshotHeader(preamble) },
    new Metadata(),
    { deadline: Date.now() + OFFER_TIMEOUT_MS },
    (error, response) => {
      if (error !== null) answered.resolve({ kind: 'failed', message: error.details });
      else answered.resolve(response ?? { kind: 'failed', message: 'an empty answer' });
    },
  );
  return answered.promise;
}

async function stream(
  { client, clock, preamble, source, signal }: SnapshotCallDeps,
  after: SnapshotProgress | undefined,
): Promise<SnapshotSendOutcome> {
  const ended = deferred<SnapshotSendOutcome>();
  let over = false;
  const call = client.InstallSnapshot(new Metadata(), {}, (error, response) => {
    over = true;
    ended.resolve(answerOf(error, response, preamble.term));
  });
  call.on('error', () => undefined); // Told through the callback.
  const abort = (): void => {
    call.cancel();
  };
  signal.addEventListener('abort', abort, { once: true });
  const write = async (frame: InstallSnapshotRequest): Promise<void> => {
    if (call.write(frame)) return;
    const drained = deferred<void>();
    const timer = clock.setTimer(SNAPSHOT_STALL_MS, abort);
    call.once('drain', () => {
      drained.resolve();
    });
    await Promise.race([drained.promise, ended.promise]);
    timer.cancel();
  };
  try {
    const frames = new SnapshotFrameWriter(after);
    await write(frames.header(preamble));
    for await (const chunk of source.chunks(after)) {
      if (over) break;
      await write(frames.chunk(chunk));
    }
    if (over) return await ended.promise;
    call.write(frames.end());
    call.end();
    const timer = clock.setTimer(INSTALL_TIMEOUT_MS, abort);
    const outcome = await ended.promise;
    timer.cancel();
    return outcome;
  } catch (error) {
    call.cancel();
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function answerOf(
  error: ServiceError | null,
  response: InstallSnapshotResponse__Output | undefined,
  term: Term,
): SnapshotSendOutcome {
  if (error !== null) return { kind: 'failed', message: error.details };
  if (response === undefined) return { kind: 'failed', message: 'an empty answer' };
  return outcomeOf(response, term);
}

function outcomeOf(
  answer: { readonly term: Term; readonly matchIndex: number },
  term: Term,
): SnapshotSendOutcome {
  if (answer.term > term)
    return { kind: 'failed', message: `the receiver is in term ${answer.term} already` };
  return { kind: 'installed', matchIndex: answer.matchIndex };
}
