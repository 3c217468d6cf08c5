/**
 * What is under way in a client, so that closing it ends all of it. Also joins the caller's signal to
 * an operation without leaving a listener on it (`AbortSignal.any` on a long-lived signal does leave
 * something behind in Node 20).
 */

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

const CLOSED = Symbol('the client was closed');

export class Lifetime {
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  /** Begins an operation that ends with `parent`, or with the client. */
  begin(parent?: AbortSignal): Scope {
    const controller = new AbortController();
    const onAbort = (): void => {
      controller.abort(parent?.reason);
    };
    if (this.#closed) controller.abort(CLOSED);
    else if (parent?.aborted) onAbort();
    parent?.addEventListener('abort', onAbort, { once: true });
    this.#underWay.add(controller);
    return {
      signal: controller.signal,
      get closed() {
        return controller.signal.reason === CLOSED;
      },
      abort: (reason) => controller.abort(reason),
      end: () => {
        this.#underWay.delete(controller);
        parent?.removeEventListener('abort', onAbort);
      },
    };
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay) controller.abort(CLOSED);
  }
}
