/** HTTP between hosts of a simulated world: requests and answers over its network, to its Parseable nodes. */
import {
  HttpFailure,
  type HttpAnswer,
  type HttpPort,
  type HttpRequest,
} from '../../../src/parseable/http-call.js';
import type { Network } from '../network.js';
import type { ProcessScope } from '../process-scope.js';
import type { Scheduler } from '../scheduler.js';
import { HelpersLooks } from './helpers-looks.js';
import { LIST_PATH, streamCall, type NodeAnswer, type NodeRequest } from './node-process.js';
import type { ParseableNode } from './node.js';

export interface HttpDeps {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly nodeAt: (host: string) => ParseableNode | undefined;
  /** The helper hears that a node held a stream until it was asked to forget it. */
  readonly heldUntilAsked: (host: string, name: string) => void;
}

export interface HttpCaller {
  readonly host: string;
  readonly scope: ProcessScope;
}

export class SimulatedHttp {
  readonly #deps: HttpDeps;
  readonly #looks = new HelpersLooks();

  constructor(deps: HttpDeps) {
    this.#deps = deps;
  }

  /** The port of the helper, for one node. */
  port(caller: HttpCaller): HttpPort {
    return {
      call: ({ method, url, timeoutMs }: HttpRequest, signal) => {
        const { hostname, pathname: path } = new URL(url);
        const { name = '', what } = streamCall({ method, path }) ?? {};
        const lookedMs = method === 'DELETE' ? this.#looks.take(hostname, name) : undefined;
        return this.call(
          caller,
          url,
          { method, path, lookedMs },
          timeoutMs,
          signal,
          ({ status }, heardMs) => {
            if (what === 'GET info') this.#looks.held(hostname, name, this.#deps.scheduler.nowMs);
            if (method === 'DELETE' && status === 200) this.#deps.heldUntilAsked(hostname, name);
            if (path === LIST_PATH && status === 200) this.#looks.listed(heardMs);
          },
        );
      },
      close: () => undefined,
    };
  }

  /**
   * Rejects with HttpFailure, or with the signal's reason. Never settles for a caller that has died. `heardMs`: when the
   * node began with the request.
   */
  call(
    { host, scope }: HttpCaller,
    url: string,
    request: NodeRequest,
    timeoutMs: number,
    signal?: AbortSignal,
    answered: (answer: NodeAnswer, heardMs: number) => void = () => undefined,
  ): Promise<HttpAnswer> {
    const { scheduler, network, nodeAt } = this.#deps;
    const to = new URL(url).hostname;
    return new Promise((resolve, reject) => {
      let isOpen = true;
      const settle = (how: () => void): void => {
        scope.enter(() => {
          if (!isOpen) return;
          isOpen = false;
          timeout.cancel();
          signal?.removeEventListener('abort', onAbort);
          how();
        });
      };
      const fail = (text: string) => (): void => settle(() => reject(new HttpFailure(text)));
      const onAbort = (): void => settle(() => reject(signal?.reason as Error));
      const timeout = scheduler.after(timeoutMs, fail(`no answer in ${timeoutMs} ms`));
      if (signal?.aborted === true) {
        onAbort();
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      network.reliable(
        host,
        to,
        () => {
          const isHeard = nodeAt(to)?.receive(
            request,
            ({ status, body }, heardMs) => {
              network.reliable(
                to,
                host,
                () =>
                  settle(() => {
                    answered({ status, body }, heardMs);
                    resolve({ status, body, location: '' });
                  }),
                // The answer is lost; the timeout says so.
                () => undefined,
              );
            },
            fail('connection reset'),
          );
          if (isHeard !== true) fail('connection refused')();
        },
        fail('no route'),
      );
    });
  }
}
