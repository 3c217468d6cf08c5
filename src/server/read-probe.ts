/**
 * Can this node serve a linearizable read right now? The only question behind readiness, since a node
 * that merely thinks well of itself may hang on every read (etcd #22214: health was green). At most one
 * probe is under way; whoever asks meanwhile gets its answer.
 */
import type { NodeApi } from '../node/node-api.js';
import type { Clock } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly cause: string };

export class ReadProbe {
  readonly #deps: { readonly node: NodeApi; readonly clock: Clock; readonly timeoutMs: number };
  #underWay: Promise<Readiness> | undefined;

  constructor(deps: { readonly node: NodeApi; readonly clock: Clock; readonly timeoutMs: number }) {
    this.#deps = deps;
  }

  /** Never rejects, and answers within the timeout whatever the node does. */
  check(): Promise<Readiness> {
    this.#underWay ??= this.#read().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #read(): Promise<Readiness> {
    const { node, clock, timeoutMs } = this.#deps;
    const timeout = new AbortController();
    let timer: ReturnType<Clock['setTimer']> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = clock.setTimer(timeoutMs, () => {
        const error = new SextonError('DEADLINE_EXCEEDED', `no linearizable read within ${timeoutMs} ms`);
        reject(error);
        timeout.abort(error);
      });
    });
    try {
      const read = async (): Promise<unknown> =>
        node.linearizableRead({ signal: timeout.signal, deadlineMs: timeoutMs });
      await Promise.race([read(), late]);
      return { ready: true };
    } catch (error) {
      return { ready: false, cause: error instanceof Error ? error.message : String(error) };
    } finally {
      timer?.cancel();
    }
  }
}
