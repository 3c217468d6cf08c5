/**
 * One snapshot on its way: chunks in order, each sent when the receiver has taken the one before, until the
 * end or a break, which both sides are told. A cut, a dead process or the sender's change of mind breaks it.
 */
import type { SnapshotSendOutcome } from '../../src/node/transport/transport.js';
import type { SnapshotProgress, SnapshotSource } from '../../src/storage/node-storage.js';
import type { Network } from './network.js';
import type { ProcessScope } from './process-scope.js';
import type { Scheduler } from './scheduler.js';

interface End {
  readonly host: string;
  readonly scope: ProcessScope;
}

export interface SnapshotStreamDeps {
  readonly network: Network;
  readonly scheduler: Scheduler;
  readonly from: End;
  readonly to: End;
}

type Waiter<T> = { readonly resolve: (value: T) => void; readonly reject: (error: Error) => void };

export class SnapshotStream {
  readonly #deps: SnapshotStreamDeps;
  #broken: Error | undefined;
  #matchIndex: number | undefined;
  #arrived: Uint8Array | 'end' | undefined;
  #takeWaiter: Waiter<Uint8Array | 'end'> | undefined;
  #sendWaiter: Waiter<void> | undefined;
  #answerWaiter: Waiter<number> | undefined;

  constructor(deps: SnapshotStreamDeps) {
    this.#deps = deps;
  }

  /** In the sender's process. */
  async send(source: SnapshotSource, after: SnapshotProgress | undefined): Promise<SnapshotSendOutcome> {
    try {
      for await (const chunk of source.chunks(after)) await this.#carry(chunk);
      await this.#carry('end');
      const matchIndex = await new Promise<number>((resolve, reject) => {
        if (this.#broken !== undefined) reject(this.#broken);
        else if (this.#matchIndex !== undefined) resolve(this.#matchIndex);
        else this.#answerWaiter = { resolve, reject };
      });
      return { kind: 'installed', matchIndex };
    } catch (error) {
      if (error !== this.#broken) throw error;
      return { kind: 'failed', message: this.#broken?.message ?? '' };
    }
  }

  /** In the receiver's process. */
  async *received(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = await new Promise<Uint8Array | 'end'>((resolve, reject) => {
        if (this.#broken !== undefined) reject(this.#broken);
        else if (this.#arrived !== undefined) resolve(this.#arrived);
        else this.#takeWaiter = { resolve, reject };
      });
      this.#arrived = undefined;
      if (next === 'end') return;
      yield next;
      const { network, from, to } = this.#deps;
      network.reliable(
        to.host,
        from.host,
        () => this.#taken(),
        () => this.breakOff('connection lost'),
      );
    }
  }

  answer(matchIndex: number): void {
    const { network, from, to } = this.#deps;
    network.reliable(
      to.host,
      from.host,
      () => {
        from.scope.enter(() => {
          this.#matchIndex = matchIndex;
          this.#answerWaiter?.resolve(matchIndex);
        });
      },
      () => this.breakOff('connection lost'),
    );
  }

  breakOff(cause: string): void {
    if (this.#broken !== undefined) return;
    const broken = new Error(cause);
    this.#broken = broken;
    const { from, to, scheduler } = this.#deps;
    // Each end learns of it in an event of its own: the one that broke it off may be in the middle of something.
    scheduler.after(0, () => {
      from.scope.enter(() => {
        this.#sendWaiter?.reject(broken);
        this.#answerWaiter?.reject(broken);
      });
      to.scope.enter(() => this.#takeWaiter?.reject(broken));
    });
  }

  #carry(piece: Uint8Array | 'end'): Promise<void> {
    const { network, from, to } = this.#deps;
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined) {
        reject(this.#broken);
        return;
      }
      this.#sendWaiter = { resolve, reject };
      network.reliable(
        from.host,
        to.host,
        () => {
          to.scope.enter(() => {
            const waiter = this.#takeWaiter;
            this.#takeWaiter = undefined;
            if (waiter === undefined) this.#arrived = piece;
            else waiter.resolve(piece);
          });
          if (piece === 'end') this.#taken();
        },
        () => this.breakOff('connection lost'),
      );
    });
  }

  #taken(): void {
    this.#deps.from.scope.enter(() => {
      const waiter = this.#sendWaiter;
      this.#sendWaiter = undefined;
      waiter?.resolve();
    });
  }
}
