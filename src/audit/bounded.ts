/**
 * Two ways to do many things side by side in bounded memory: for their effect, and for what they yield, in order.
 * Whatever is begun is waited for before either returns or throws.
 */

/** Runs `work` over `source`, at most `width` at a time. The first error ends the pulling and is thrown. */
export async function forEach<T>(
  source: AsyncIterable<readonly T[]>,
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const inHand = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  try {
    outer: for await (const page of source) {
      for (const item of page) {
        if (failure !== undefined) break outer;
        const task: Promise<void> = work(item)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => inHand.delete(task));
        inHand.add(task);
        if (inHand.size >= width) await Promise.race(inHand);
      }
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(inHand);
  if (failure !== undefined) throw failure.error;
}

/** A list as a source. */
export async function* onePage<T>(items: readonly T[]): AsyncGenerator<readonly T[], void, undefined> {
  yield items;
}

/** What one unit has said and nobody has taken yet. A unit that is ahead of its turn waits when this is full. */
class Outbox<T> {
  readonly #max: number;
  readonly #items: T[] = [];
  #ended = false;
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  async put(item: T): Promise<void> {
    this.#items.push(item);
    this.#wakeReader?.();
    while (this.#items.length >= this.#max && !this.#ended) {
      await new Promise<void>((resolve) => {
        const before = this.#wakeWriter;
        this.#wakeWriter = () => {
          before?.();
          resolve();
        };
      });
    }
  }

  end(): void {
    this.#ended = true;
    this.#wakeReader?.();
    this.#releaseWriters();
  }

  /** Undefined: it has ended and all is taken. */
  async take(): Promise<T | undefined> {
    while (this.#items.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
    }
    const item = this.#items.shift();
    this.#releaseWriters();
    return item;
  }

  #releaseWriters(): void {
    const wake = this.#wakeWriter;
    this.#wakeWriter = undefined;
    wake?.();
  }
}

export type Ordered<U, T> =
  | { readonly kind: 'item'; readonly item: T }
  /** Everything of this unit, and of those before it, has been yielded. */
  | { readonly kind: 'done'; readonly unit: U };

/**
 * Runs `work` over units, `width` side by side, and yields what they put in the order of the units. `work` must
 * not throw but for a bug; that is thrown here in the unit's turn. When the generator ends early, `stop` is called,
 * which must make every `work` end soon.
 */
export async function* inOrder<U, T>(
  units: AsyncIterable<readonly U[]>,
  limits: { readonly width: number; readonly inHand: number },
  work: (unit: U, put: (item: T) => Promise<void>) => Promise<void>,
  stop: () => void,
): AsyncGenerator<Ordered<U, T>, void, undefined> {
  const running: { readonly unit: U; readonly outbox: Outbox<T>; readonly task: Promise<unknown> }[] = [];
  const begin = (unit: U): void => {
    const outbox = new Outbox<T>(limits.inHand);
    const task = work(unit, (item) => outbox.put(item))
      .then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      .finally(() => outbox.end());
    running.push({ unit, outbox, task });
  };
  async function* finish(until: number): AsyncGenerator<Ordered<U, T>> {
    while (running.length > until) {
      const head = running[0];
      if (head === undefined) return;
      for (let item = await head.outbox.take(); item !== undefined; item = await head.outbox.take())
        yield { kind: 'item', item };
      const failed = (await head.task) as { readonly error: unknown } | undefined;
      if (failed !== undefined) throw failed.error;
      running.shift();
      yield { kind: 'done', unit: head.unit };
    }
  }
  try {
    for await (const page of units) {
      for (const unit of page) {
        begin(unit);
        yield* finish(limits.width - 1);
      }
    }
    yield* finish(0);
  } finally {
    if (running.length > 0) stop();
    for (const { outbox } of running) outbox.end();
    await Promise.all(running.map(({ task }) => task));
  }
}
