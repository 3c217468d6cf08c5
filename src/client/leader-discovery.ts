/**
 * Finds out who leads, beside the calls and never in their way: any node executes any call, so the only
 * gain is a hop. After an answer, when the leader is not known or was last heard of a while ago (it may
 * have moved without a single call failing, since the old one forwards), the node that answered is asked
 * for its status. One question at a time, at most one a second.
 */
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { LeaderRouting } from './leader-routing.js';
import type { Lifetime } from './lifetime.js';
import type { ClientTransport } from './transport.js';

const STALE_AFTER_MS = 10_000;
const ASK_EVERY_MS = 1_000;

export interface LeaderDiscoveryDeps {
  readonly transport: ClientTransport;
  readonly routing: LeaderRouting;
  readonly lifetime: Lifetime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly perTryTimeoutMs: number;
}

export class LeaderDiscovery {
  readonly #deps: LeaderDiscoveryDeps;
  #asking = false;
  #lastAskedMs = -Infinity;

  constructor(deps: LeaderDiscoveryDeps) {
    this.#deps = deps;
  }

  /** To be called after each answer to a call that the leader has to execute. */
  afterAnswer(endpoint: string): void {
    const { routing, clock, logger } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (this.#asking || nowMs - this.#lastAskedMs < ASK_EVERY_MS) return;
    if (routing.leaderAgeMs(nowMs) < STALE_AFTER_MS) return;
    this.#asking = true;
    this.#lastAskedMs = nowMs;
    this.#ask(endpoint)
      .catch((error: unknown) => {
        // Nothing is lost: calls go on as they did, and the next answer asks again.
        logger.debug({ endpoint, err: error }, 'could not learn who leads');
      })
      .finally(() => {
        this.#asking = false;
      });
  }

  async #ask(endpoint: string): Promise<void> {
    const { transport, routing, lifetime, clock, logger, perTryTimeoutMs } = this.#deps;
    const scope = lifetime.begin();
    try {
      const settings = { timeoutMs: perTryTimeoutMs, signal: scope.signal };
      const { leaderAddress } = await transport.unary(endpoint, 'GetNodeStatus', {}, settings);
      if (leaderAddress !== routing.leader) logger.debug({ leader: leaderAddress }, 'the leader is known');
      routing.onHint(leaderAddress, clock.monotonicMs());
    } finally {
      scope.end();
    }
  }
}
