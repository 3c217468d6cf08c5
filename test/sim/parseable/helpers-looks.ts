/**
 * What the helper knew of the bucket when it asked a node to forget a stream that was purged: it asks the node whether
 * it holds the stream, has the bucket's streams listed, and asks then. Whoever begins a life after that list is not seen.
 */
interface Look {
  readonly sinceMs: number;
  /** When the first list since then was begun, by the node that made it. */
  lookedMs: number | undefined;
}

export class HelpersLooks {
  readonly #looks = new Map<string, Look>();

  /** A node has said whether it holds a stream. */
  held(host: string, name: string, nowMs: number): void {
    this.#looks.set(`${host} ${name}`, { sinceMs: nowMs, lookedMs: undefined });
  }

  /** The helper has a list of the bucket's streams, which a node began to make at `beganMs`. */
  listed(beganMs: number): void {
    for (const look of this.#looks.values()) if (look.sinceMs <= beganMs) look.lookedMs ??= beganMs;
  }

  /** Before a node is asked; undefined: without a look, as while a stream drains. */
  take(host: string, name: string): number | undefined {
    const key = `${host} ${name}`;
    const look = this.#looks.get(key);
    this.#looks.delete(key);
    return look?.lookedMs;
  }
}
