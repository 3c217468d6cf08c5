/**
 * What is under way in a client, so that closing it ends all of it. Also joins the caller's signal to
 * an operation without leaving a listener on it (`AbortSignal.any` on a long-lived signal does leave
 * something behind in Node 20).
 */

import { SextonError } from '../shared/errors.js';

/** One operation under way. */
export interface Scope {
  readonly signal: AbortSignal;
  /** True when the client was closed under it. */
  readonly closed: boolean;
  /** Ends what still hangs on the signal. */
  abort(reason: unknown): void;
  /** To be called once, in a `finally`. */
  end(): void;
}

interface Joined {
  readonly controllers: Set<AbortController>;
  readonly onAbort: () => void;
}

const CLOSED = Symbol('the client was closed');

export class Lifetime {
  readonly #underWay = new Set<AbortController>();
  /** One listener a caller's signal, however many operations share it: Node warns of the eleventh. */
  readonly #joined = new WeakMap<AbortSignal, Joined>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Begins an operation that ends with `parent`, or with the client. */
  begin(parent?: AbortSignal): Scope {
    const controller = new AbortController();
    if (this.#closed) controller.abort(CLOSED);
    else if (parent?.aborted) controller.abort(parent.reason);
    this.#underWay.add(controller);
    if (parent !== undefined) this.#join(parent, controller);
    return {
      signal: controller.signal,
      get closed() {
        return controller.signal.reason === CLOSED;
      },
      abort: (reason) => controller.abort(reason),
      end: () => {
        this.#underWay.delete(controller);
        if (parent !== undefined) this.#part(parent, controller);
      },
    };
  }

  /**
   * An operation that yields: ends with its caller's signal, whose reason it then throws, with the client
   * (CANCELLED), or when its caller stops reading; whatever still hangs on the scope ends with it.
   */
  async *yielding<T>(
    signal: AbortSignal | undefined,
    run: (scope: Scope) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, undefined> {
    signal?.throwIfAborted();
    const scope = this.begin(signal);
    try {
      yield* run(scope);
    } catch (error) {
      if (scope.closed) throw new SextonError('CANCELLED', 'the client was closed');
      if (signal?.aborted) throw signal.reason;
      throw error;
    } finally {
      scope.abort(undefined);
      scope.end();
    }
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay) controller.abort(CLOSED);
  }

  #join(parent: AbortSignal, controller: AbortController): void {
    let joined = this.#joined.get(parent);
    if (joined === undefined) {
      const controllers = new Set<AbortController>();
      const onAbort = (): void => {
        for (const each of controllers) each.abort(parent.reason);
      };
      joined = { controllers, onAbort };
      this.#joined.set(parent, joined);
      parent.addEventListener('abort', onAbort, { once: true });
    }
    joined.controllers.add(controller);
  }

  #part(parent: AbortSignal, controller: AbortController): void {
    const joined = this.#joined.get(parent);
    joined?.controllers.delete(controller);
    if (joined?.controllers.size !== 0) return;
    parent.removeEventListener('abort', joined.onAbort);
    this.#joined.delete(parent);
  }
}
