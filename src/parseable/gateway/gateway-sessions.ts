/** The gateway's session by the public client: one a run, never one that an earlier run has left behind. */
import type { SextonClient } from '../../client/index.js';
import type { HeldSession, LeaseHolder, SessionPort } from '../session-keeper.js';

/** A new leader waits for each session to report before it begins a purge, and announces itself to nobody. */
const REPORT_EVERY_MS = 5_000;

export interface GatewaySessionOptions {
  readonly ttlMs: number;
  /** The longest that a write may be on its way, one that breaks included. */
  readonly uploadDeadlineMs: number;
}

export class GatewaySessions implements Pick<SessionPort, 'open'> {
  readonly #client: Pick<SextonClient, 'sessions'>;
  readonly #options: GatewaySessionOptions;

  constructor(client: Pick<SextonClient, 'sessions'>, options: GatewaySessionOptions) {
    this.#client = client;
    this.#options = options;
  }

  open(nodeId: string, holder: LeaseHolder, signal: AbortSignal): Promise<HeldSession> {
    return this.#client.sessions.hold({
      nodeId,
      ...this.#options,
      reportEveryMs: REPORT_EVERY_MS,
      drainedRevision: (reportedRevision) => holder.drainedRevision(reportedRevision),
      onConfirmed: (confirmed) => holder.onConfirmed(confirmed),
      signal,
    });
  }
}
