/**
 * One Parseable node: asks it to forget what its plan says, one stream after another, and rests when the
 * node cannot be asked. Nodes know nothing of each other, so a dead one delays nobody.
 *
 * - A failure of the node makes everything wait, for a time that doubles with jitter; a failure of one stream
 *   only that stream (F4). Either way it is tried for ever, or until the tombstone is released.
 * - An acknowledgement counts only from a node that has said who it is within the last half minute and has not
 *   failed since (N1). An idle node is asked who it is as often, so that its state is true.
 */
import { backoffMs, type BackoffOptions } from '../shared/backoff.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { Random } from '../shared/random.js';
import type { Report } from './drain-report.js';
import { ForgetPlan, type Ask, type Requirement } from './forget-plan.js';
import { NodeProblem, StreamProblem, type NodeIdentity, type ParseableNode } from './parseable-node.js';
import type { NodeState, NodeStatus } from './status.js';
import type { Tombstone } from './tombstone.js';
import { sleep, Wakeable } from './wakeable.js';

/** How long a node's word on who it is holds. */
const IDENTITY_MS = 30_000;

export interface NodeWorkerOptions {
  readonly uploadDeadlineMs: number;
  readonly backoff: BackoffOptions;
  readonly tombstonesMax: number;
}

/** `over`: nothing is to be forgotten any more. `late`: something is, and asking is not safe any more. */
export type Permission = 'yes' | 'over' | 'late';

export interface NodeWorkerDeps {
  readonly node: ParseableNode;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Asked right before each try. Throws {@link StreamProblem} when unsure. */
  readonly mayAsk: (ask: Ask, node: ParseableNode, signal: AbortSignal) => Promise<Permission>;
  /** The node answered, or something may have drained. */
  readonly onChange: () => void;
}

export type WorkerStatus = Omit<NodeStatus, 'session' | 'sessionId' | 'drainedRevision'>;

export class NodeWorker {
  readonly #deps: NodeWorkerDeps;
  readonly #options: NodeWorkerOptions;
  readonly #plan: ForgetPlan;
  readonly #wake = new Wakeable();
  #state: NodeState = 'UNKNOWN';
  #identity: NodeIdentity | undefined;
  #identifiedMs = -Infinity;
  #failures = 0;
  #restUntilMs = -Infinity;
  #acknowledged = 0;
  #lastAcknowledgedTimeMs: number | undefined;
  #lastError = '';

  constructor(deps: NodeWorkerDeps, options: NodeWorkerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#plan = new ForgetPlan(options, deps.random);
  }

  require(tombstone: Tombstone, requirement: Requirement): void {
    this.#plan.require(tombstone, requirement, this.#deps.clock.monotonicMs());
    this.#wake.notify();
  }

  /** See {@link ForgetPlan.release}. */
  release(prefix: string, incarnation?: number, kind?: Requirement['kind']): void {
    this.#plan.release(prefix, incarnation, kind);
    this.#wake.notify();
  }

  beginListing(): void {
    this.#plan.beginListing();
  }

  endListing(): void {
    this.#plan.endListing();
    this.#wake.notify();
  }

  get wantsListing(): boolean {
    return this.#plan.wantsListing;
  }

  /** See {@link ForgetPlan.report}. */
  report(viewRevision: number, reportedRevision: number): Report | undefined {
    return this.#plan.report(viewRevision, reportedRevision);
  }

  /** As the node said last; undefined while it does not answer. */
  get identity(): NodeIdentity | undefined {
    return this.#state === 'UP' ? this.#identity : undefined;
  }

  /** The node, for questions beside the plan's. */
  get node(): ParseableNode {
    return this.#deps.node;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** The node has answered since `sinceMs`, on the monotonic clock. */
  hasAnsweredSince(sinceMs: number): boolean {
    return this.#state === 'UP' && this.#identifiedMs > sinceMs;
  }

  status(): WorkerStatus {
    const { node, clock } = this.#deps;
    this.#plan.advance(clock.monotonicMs());
    const { pending, settling, takenUp, missed, heldAgain, failing } = this.#plan.counts();
    const restMs = this.#restUntilMs - clock.monotonicMs();
    const stuck = failing.length === 0 || this.#state !== 'UP' ? '' : ` (${failing.join(', ')})`;
    return {
      node: node.url,
      kind: node.kind,
      state: this.#state,
      pending,
      settling,
      takenUp,
      acknowledgedTotal: this.#acknowledged,
      heldAgainTotal: heldAgain,
      missedTotal: missed,
      lastAcknowledgedTimeMs: this.#lastAcknowledgedTimeMs,
      lastError: this.#lastError === '' ? '' : `${this.#lastError}${stuck}`,
      nextTryTimeMs: restMs > 0 ? Math.round(clock.wallMs() + restMs) : undefined,
      version: this.#identity?.version ?? '',
      deploymentId: this.#identity?.deploymentId ?? '',
    };
  }

  /** Until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, node } = this.#deps;
    try {
      while (!signal.aborted) {
        const waitMs = await this.#turn(signal);
        this.#deps.onChange();
        if (waitMs > 0) await sleep(clock, waitMs, this.#wake, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      node.close();
    }
  }

  /** One step of the work, and how long there is nothing to do after it. */
  async #turn(signal: AbortSignal): Promise<number> {
    const { clock, node } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (nowMs < this.#restUntilMs) return this.#restUntilMs - nowMs;
    let ask: Ask | undefined;
    try {
      if (nowMs - this.#identifiedMs >= IDENTITY_MS) {
        this.#succeeded(await node.identify(signal));
        return 0;
      }
      ask = this.#plan.due(nowMs);
      if (ask === undefined) {
        const nextMs = Math.min(this.#plan.nextTimeMs(), this.#identifiedMs + IDENTITY_MS);
        return Math.max(1, nextMs - nowMs);
      }
      await this.#ask(ask, signal);
    } catch (error) {
      if (error instanceof StreamProblem && ask !== undefined) this.#streamFailed(ask, error);
      else if (error instanceof NodeProblem) this.#nodeFailed(ask, error);
      else throw error;
    }
    return 0;
  }

  async #ask(ask: Ask, signal: AbortSignal): Promise<void> {
    const { clock, node, logger, mayAsk } = this.#deps;
    const { tombstone } = ask;
    const { prefix, incarnation } = tombstone;
    const permission = await mayAsk(ask, node, signal);
    if (permission === 'over') this.#plan.release(prefix, incarnation);
    // Q2: the answer may have taken its time, and the watch may have shown another life meanwhile.
    if (permission === 'late' || !this.#plan.isWanted(ask, clock.monotonicMs())) {
      this.#plan.missed(ask, clock.monotonicMs());
      return;
    }
    const askedMs = clock.monotonicMs();
    this.#plan.sent(ask);
    const held = await node.forget(tombstone, signal);
    this.#plan.acknowledged(ask, held, { askedMs, answeredMs: clock.monotonicMs(), wallMs: clock.wallMs() });
    this.#acknowledged += 1;
    this.#lastAcknowledgedTimeMs = clock.wallMs();
    if (!this.#plan.hasFailing) this.#lastError = '';
    logger.debug({ node: node.url, prefix, incarnation, held }, 'stream forgotten');
  }

  #succeeded(identity: NodeIdentity): void {
    const { clock, node, logger } = this.#deps;
    if (this.#state !== 'UP') {
      const { mode, version, deploymentId } = identity;
      logger.info({ node: node.url, mode, version, deploymentId }, 'node answers');
      this.#lastError = '';
    }
    this.#state = 'UP';
    this.#identity = identity;
    this.#identifiedMs = clock.monotonicMs();
    this.#failures = 0;
  }

  #streamFailed(ask: Ask, error: StreamProblem): void {
    const { clock, node, logger } = this.#deps;
    const { prefix, incarnation } = ask.tombstone;
    this.#plan.failed(ask, clock.monotonicMs());
    this.#lastError = error.message;
    if (ask.attempts === 0) {
      logger.warn({ node: node.url, prefix, incarnation, problem: error.message }, 'stream not forgotten');
    }
  }

  #nodeFailed(ask: Ask | undefined, error: NodeProblem): void {
    const { clock, node, logger, random } = this.#deps;
    if (ask !== undefined) this.#plan.withdrawn(ask, clock.monotonicMs());
    this.#failures += 1;
    this.#identifiedMs = -Infinity; // N1: whoever answers next says first who it is
    this.#restUntilMs = clock.monotonicMs() + backoffMs(this.#options.backoff, this.#failures, random);
    if (this.#state !== 'DOWN' || this.#lastError !== error.message) {
      logger.warn({ node: node.url, problem: error.message }, 'node cannot be asked');
    }
    this.#state = 'DOWN';
    this.#lastError = error.message;
  }
}
