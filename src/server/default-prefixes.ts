/**
 * Where a create without a prefix goes: `name/<incarnation>/`, or, in a bucket that a Parseable deployment uses, where
 * Parseable keeps a stream of that name. It writes nowhere else: any other prefix would own nothing, and deleting
 * its stream would remove nothing and reach no node.
 *
 * The node looks at the bucket itself, at most once a minute and only when somebody creates. The store must not
 * hold up a create: it is waited for two seconds at most, and what was seen last stands meanwhile. Before anything
 * was seen the answer is `name/<incarnation>/`, and the response says that it was a guess.
 *
 * Two nodes may differ for as long as that, when a deployment has just begun to use the bucket. A create that is then
 * repeated on the other one with its `request_id` is refused as another content; nothing is created twice.
 */
import { DEPLOYMENT_KEY, deploymentIdOf } from '../audit/bucket-facts.js';
import type { ObjectStore } from '../objectstore/object-store.js';
import type { CreatePrefixes } from '../rpc/convert/stream-requests.js';
import { type Clock, delay } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';

const LOOK_AGAIN_MS = 60_000;
/** After a look that failed, while nothing was seen yet. */
const RETRY_MS = 10_000;
/** How long creates wait for a look, from its beginning. */
const PATIENCE_MS = 2_000;
/** How long a look may take. */
const LOOK_TIMEOUT_MS = 10_000;

export class DefaultPrefixes {
  readonly #store: ObjectStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** Undefined: nothing was seen yet. '' = no Parseable deployment uses the bucket. */
  #deploymentId: string | undefined;
  #nextLookMs = -Infinity;
  #looking: Promise<void> | undefined;
  /** The same, for no longer than a create waits for it. */
  #awaited: Promise<void> | undefined;
  #problem = '';

  constructor(store: ObjectStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** To be awaited before a create; undefined: there is nothing to wait for. Never rejects. */
  ready(): Promise<void> | undefined {
    if (this.#looking === undefined) {
      if (this.#clock.monotonicMs() < this.#nextLookMs) return undefined;
      this.#looking = this.#look().finally(() => (this.#looking = undefined));
      this.#awaited = this.#withPatience(this.#looking).finally(() => (this.#awaited = undefined));
    }
    // A deployment that was seen is seldom gone: creates go on with it while the node looks again.
    return this.#isParseable ? undefined : this.#awaited;
  }

  /** What was seen last. */
  get current(): CreatePrefixes {
    return this.#isParseable ? 'parseable' : 'per-life';
  }

  /** For a person who named no prefix: why it is what it is; '' = as always. */
  get note(): string {
    if (this.#deploymentId === undefined)
      return `whether a Parseable deployment uses the bucket could not be found out (${this.#problem}); if one does, name the prefix that it uses`;
    return this.#isParseable
      ? `the Parseable deployment ${this.#deploymentId} uses this bucket: the prefix is where it keeps a stream of this name`
      : '';
  }

  get #isParseable(): boolean {
    return this.#deploymentId !== undefined && this.#deploymentId !== '';
  }

  async #withPatience(look: Promise<void>): Promise<void> {
    const over = new AbortController();
    const patience = delay(this.#clock, PATIENCE_MS, over.signal).then(
      () => {
        if (this.#deploymentId === undefined && this.#problem === '') this.#problem = 'no answer yet';
      },
      () => undefined,
    );
    await Promise.race([look, patience]);
    over.abort(new Error('not needed any more'));
  }

  async #look(): Promise<void> {
    const before = this.#deploymentId;
    const giveUp = new AbortController();
    const timer = this.#clock.setTimer(LOOK_TIMEOUT_MS, () => {
      giveUp.abort(new Error(`no answer within ${LOOK_TIMEOUT_MS / 1000} s`));
    });
    try {
      const bytes = await this.#store.getObject(DEPLOYMENT_KEY, { signal: giveUp.signal });
      this.#deploymentId = bytes === undefined ? '' : (deploymentIdOf(bytes) ?? '');
      this.#problem = '';
      this.#nextLookMs = this.#clock.monotonicMs() + LOOK_AGAIN_MS;
      if (this.#deploymentId !== (before ?? '')) {
        this.#logger.info(
          { parseableDeploymentId: this.#deploymentId },
          this.#isParseable
            ? 'a Parseable deployment uses the bucket: creates without a prefix get the one that it uses'
            : 'no Parseable deployment uses the bucket any more',
        );
      }
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      const isKnown = this.#deploymentId !== undefined;
      this.#nextLookMs = this.#clock.monotonicMs() + (isKnown ? LOOK_AGAIN_MS : RETRY_MS);
      this.#logger.warn(
        { cause: this.#problem },
        'the bucket could not be asked whether a Parseable deployment uses it',
      );
    } finally {
      timer.cancel();
    }
  }
}
