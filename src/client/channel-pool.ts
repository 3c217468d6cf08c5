/**
 * One channel an endpoint, opened at the first use, at most so many at once. A channel in use is never
 * closed; when room is needed, the one that has been idle longest goes.
 *
 * It knows nothing of gRPC: what a channel is, and how it opens and closes, are arguments.
 */
export interface ChannelPoolOptions<Channel> {
  readonly channelsMax: number;
  open(endpoint: string): Channel;
  close(channel: Channel): void;
}

/** Returns the channel to the pool when called; again, it does nothing. */
export type Release = () => void;

interface Slot<Channel> {
  readonly channel: Channel;
  users: number;
}

export class ChannelPool<Channel> {
  readonly #options: ChannelPoolOptions<Channel>;
  /** By endpoint; the one used longest ago first. */
  readonly #slots = new Map<string, Slot<Channel>>();

  constructor(options: ChannelPoolOptions<Channel>) {
    this.#options = options;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Undefined: every channel is in use, and there may be no more of them. */
  acquire(endpoint: string): { readonly channel: Channel; readonly release: Release } | undefined {
    let slot = this.#slots.get(endpoint);
    if (slot === undefined) {
      if (!this.#makeRoom()) return undefined;
      slot = { channel: this.#options.open(endpoint), users: 0 };
    } else {
      this.#slots.delete(endpoint);
    }
    this.#slots.set(endpoint, slot);
    slot.users += 1;
    const held = slot;
    let released = false;
    return {
      channel: held.channel,
      release: () => {
        if (released) return;
        released = true;
        held.users -= 1;
      },
    };
  }

  closeAll(): void {
    for (const { channel } of this.#slots.values()) this.#options.close(channel);
    this.#slots.clear();
  }

  #makeRoom(): boolean {
    if (this.#slots.size < this.#options.channelsMax) return true;
    for (const [endpoint, slot] of this.#slots) {
      if (slot.users > 0) continue;
      this.#slots.delete(endpoint);
      this.#options.close(slot.channel);
      return true;
    }
    return false;
  }
}
