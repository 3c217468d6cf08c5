/** Why an upload may not begin or go on, as the errors that callers act on. */
import { SextonError } from '../shared/errors.js';
import type { IngestLedger, Refusal } from './ingest-ledger.js';
import type { IngestSessionEnd, UploadTarget } from './ingest-options.js';

/** What of a session its errors speak of. */
export interface RefusingSession {
  readonly sessionId: string;
  readonly nodeId: string;
  readonly openedRevision: number;
  readonly maxUploads: number;
  readonly end: IngestSessionEnd | undefined;
  readonly ledger: IngestLedger;
}

export function refusalError(refusal: Refusal, target: UploadTarget, session: RefusingSession): SextonError {
  switch (refusal) {
    case 'session-over':
      return overError(session);
    case 'view-behind':
    case 'lease-unsure':
      return notReadyError(session);
    case 'too-many-uploads':
      return new SextonError('TOO_MANY_REQUESTS', `${session.maxUploads} uploads are in flight`);
    case 'stream-not-active': {
      const { view } = session.ledger;
      const text = `${describe(target)} is not ACTIVE as of revision ${view.revision}`;
      const present = view.named(target);
      if (present === undefined) return new SextonError('STREAM_NOT_FOUND', text);
      const metadata = { incarnation: String(present.incarnation) };
      return new SextonError('INCARNATION_MISMATCH', `${text}; ${describe(present)} is`, { metadata });
    }
  }
}

/** Nothing begins any more. */
export function overError({ sessionId, nodeId, end }: RefusingSession): SextonError {
  if (end === undefined || end.reason === 'CLOSED')
    return new SextonError('CANCELLED', 'the session is closed');
  const text = `session ${sessionId} of ${nodeId} is over: ${end.error.rawMessage}`;
  return new SextonError('SESSION_EXPIRED', text, { cause: end.error });
}

export function notReadyError({ ledger, openedRevision }: RefusingSession): SextonError {
  const text = ledger.viewIsReady
    ? 'the lease is not sure: no keep-alive was answered in time'
    : `the view is at revision ${ledger.view.revision}, the session opened at ${openedRevision}`;
  return new SextonError('SESSION_NOT_READY', text);
}

export function tombstoneError(target: UploadTarget, tombstoneRevision: number): SextonError {
  return new SextonError(
    'STREAM_NOT_FOUND',
    `${describe(target)} was deleted at revision ${tombstoneRevision}`,
  );
}

function describe({ tenant = '', name, incarnation }: UploadTarget): string {
  return `stream ${tenant === '' ? name : `${tenant}/${name}`} (incarnation ${incarnation})`;
}
