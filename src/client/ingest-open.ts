/**
 * Opens a session: the call, the first listing of the streams, the first sure lease. Until all of that is there nobody
 * holds the session, so that none is handed out which refuses its first upload.
 */
import { SextonError } from '../shared/errors.js';
import type { OpenSessionRequest } from '../generated/sexton/v1/OpenSessionRequest.js';
import type { OpenSessionResponse__Output } from '../generated/sexton/v1/OpenSessionResponse.js';
import type { CallOptions } from './call-runner.js';
import { wireDuration } from './convert.js';
import { resolveIngestOptions, type IngestSessionOptions } from './ingest-options.js';
import { IngestSession, type IngestSessionDeps } from './ingest-session.js';

export interface IngestOpenDeps extends IngestSessionDeps {
  readonly open: (request: OpenSessionRequest, options: CallOptions) => Promise<OpenSessionResponse__Output>;
}

/** Resolves when uploads may begin. See `SextonClient.openIngestSession`. */
export async function openIngestSession(
  deps: IngestOpenDeps,
  given: IngestSessionOptions,
): Promise<IngestSession> {
  const options = resolveIngestOptions(given);
  const { nodeId, ttlMs, uploadDeadlineMs, openTimeoutMs } = options;
  const { clock } = deps;
  // Counted from before the first try: whichever one was executed, the lease runs from later.
  const sentMs = clock.monotonicMs();
  const request = { nodeId, ttl: wireDuration(ttlMs), uploadDeadline: wireDuration(uploadDeadlineMs) };
  const { signal } = given;
  const answer = await deps.open(request, {
    timeoutMs: openTimeoutMs,
    ...(signal === undefined ? {} : { signal }),
  });
  if (!answer.session) throw new SextonError('INTERNAL', 'the answer lacks the session');
  const session = new IngestSession(deps, options, answer.session, sentMs);
  try {
    await session.ready(sentMs + openTimeoutMs, signal);
    return session;
  } catch (error) {
    // Nothing was uploaded; if the cluster does not hear of it, the lease runs out.
    session.close({ waitMs: 0 }).catch((cause: unknown) => {
      deps.logger.debug({ nodeId, err: cause }, 'a session that was not wanted any more runs out');
    });
    throw error;
  }
}
