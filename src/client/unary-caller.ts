/**
 * One method of the API as one call: which endpoints it goes to, whether it may be repeated, and what it
 * teaches about who leads. The tries are {@link CallRunner}'s, the messages the caller's.
 */
import { CallRunner, type Call, type CallOptions, type CallRunnerDeps } from './call-runner.js';
import { LeaderDiscovery, type LeaderDiscoveryDeps } from './leader-discovery.js';
import { LeaderRouting, type Route } from './leader-routing.js';
import type { ClientTransport, UnaryCalls, UnaryMethod } from './transport.js';

/** How long an endpoint that failed is left alone, while others answer. */
export const COOLDOWN = { cooldownInitialMs: 100, cooldownMaxMs: 2_000 };

type Request<Method extends UnaryMethod> = UnaryCalls[Method]['request'];
type Answer<Method extends UnaryMethod> = Promise<UnaryCalls[Method]['response']>;
type Kind = Omit<Call<never>, 'attempt'>;

export type UnaryCallerDeps = CallRunnerDeps & LeaderDiscoveryDeps & { readonly transport: ClientTransport };

export class UnaryCaller {
  readonly #deps: UnaryCallerDeps;
  readonly #runner: CallRunner;
  readonly #discovery: LeaderDiscovery;

  constructor(deps: UnaryCallerDeps) {
    this.#deps = deps;
    this.#runner = new CallRunner(deps);
    this.#discovery = new LeaderDiscovery(deps);
  }

  read<Method extends UnaryMethod>(
    method: Method,
    request: Request<Method>,
    options: CallOptions,
    route: Route,
  ): Answer<Method> {
    return this.call(method, request, { write: false, repeatable: true, route }, options);
  }

  /** `changes` false: it is only validated, and ends as a read does. */
  write<Method extends UnaryMethod>(
    method: Method,
    request: Request<Method> & { readonly requestId: string },
    options: CallOptions,
    changes = true,
  ): Answer<Method> {
    const { requestId } = request;
    const kind = { write: changes, repeatable: true, route: 'leader', requestId } as const;
    return this.call(method, request, kind, options);
  }

  async call<Method extends UnaryMethod>(
    method: Method,
    request: Request<Method>,
    kind: Kind,
    options: CallOptions,
  ): Answer<Method> {
    const { transport } = this.#deps;
    let answeredBy = '';
    const attempt: Call<UnaryCalls[Method]['response']>['attempt'] = (endpoint, settings) => {
      answeredBy = endpoint;
      return transport.unary(endpoint, method, request, settings);
    };
    const answer = await this.#runner.run({ ...kind, attempt }, options);
    if (kind.route === 'leader') this.#discovery.afterAnswer(answeredBy);
    return answer;
  }

  /** One try against one endpoint, its failure as the same kind of error. */
  ask<Method extends UnaryMethod>(
    endpoint: string,
    method: Method,
    request: Request<Method>,
    options: CallOptions,
  ): Answer<Method> {
    const { transport } = this.#deps;
    const routing = new LeaderRouting({ endpoints: [endpoint], startAt: 0, ...COOLDOWN });
    const timeoutMs = options.timeoutMs ?? this.#deps.perTryTimeoutMs;
    const limits = { ...this.#deps.limits, maxTries: 1 };
    const runner = new CallRunner({ ...this.#deps, routing, limits, perTryTimeoutMs: timeoutMs });
    const attempt: Call<UnaryCalls[Method]['response']>['attempt'] = (to, settings) =>
      transport.unary(to, method, request, settings);
    return runner.run({ write: false, repeatable: true, route: 'any', attempt }, { ...options, timeoutMs });
  }
}
