/** One connection through a proxy: forwards both ways, as its link's rule says at the moment. */
import type { Socket } from 'node:net';
import type { LinkRule } from './network.js';

export class ProxiedConnection {
  readonly #caller: Socket;
  readonly #target: Socket;
  readonly #ended: () => void;
  #rule: LinkRule;
  /** A side closed while the link was lost: the other learns of it when the link is back. */
  #closeWaits = false;

  constructor(caller: Socket, target: Socket, rule: LinkRule, ended: () => void) {
    this.#caller = caller;
    this.#target = target;
    this.#ended = ended;
    this.#rule = rule;
    caller.setNoDelay(true);
    target.setNoDelay(true);
    this.#forward(caller, target);
    this.#forward(target, caller);
    this.apply(rule);
  }

  apply(rule: LinkRule): void {
    this.#rule = rule;
    if (rule.kind === 'refused') {
      this.destroy();
      return;
    }
    if (rule.kind === 'lost') {
      // The kernels go on buffering and repeating, as they do over a dead cable.
      this.#caller.pause();
      this.#target.pause();
      return;
    }
    this.#caller.resume();
    this.#target.resume();
    if (this.#closeWaits) this.destroy();
  }

  destroy(): void {
    this.#caller.destroy();
    this.#target.destroy();
    this.#ended();
  }

  #forward(from: Socket, to: Socket): void {
    /** On their way; what comes later stays behind them, however late their timer is. */
    const waiting: { readonly chunk: Buffer | string; readonly dueMs: number }[] = [];
    const deliver = (): void => {
      for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
        const leftMs = next.dueMs - performance.now();
        if (leftMs > 0) {
          setTimeout(deliver, leftMs);
          return;
        }
        waiting.shift();
        this.#write(from, to, next.chunk);
      }
    };
    from.on('data', (chunk) => {
      const delayMs = this.#rule.kind === 'slow' ? this.#rule.delayMs : 0;
      if (delayMs === 0 && waiting.length === 0) {
        this.#write(from, to, chunk);
        return;
      }
      waiting.push({ chunk, dueMs: performance.now() + delayMs });
      if (waiting.length === 1) setTimeout(deliver, delayMs);
    });
    const onEnd = (): void => {
      if (this.#rule.kind === 'lost') this.#closeWaits = true;
      else this.destroy();
    };
    from.on('end', onEnd);
    from.on('close', onEnd);
    // Told by 'close', which follows.
    from.on('error', () => undefined);
  }

  #write(from: Socket, to: Socket, chunk: Buffer | string): void {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (this.#rule.kind !== 'lost') from.resume();
    });
  }
}
