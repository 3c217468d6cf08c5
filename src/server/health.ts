/**
 * grpc.health.v1 (Check and Watch), by these names:
 *
 *   ''                        the process runs and takes calls
 *   sexton.v1.StreamService   a linearizable read works: what a load balancer should look at
 *   readiness                 the same
 *   leader                    this node leads
 *
 * Looked at again at an interval and whenever the known leader changes. Watchers hear of changes only.
 */
import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import type { NodeApi } from '../node/node-api.js';
import { STREAM_SERVICE } from '../rpc/proto.js';
import type { Clock, Timer } from '../shared/clock.js';
import type { ReadProbe } from './read-probe.js';

const PROCESS = '';
const READINESS = 'readiness';
const LEADER = 'leader';

export interface HealthDeps {
  readonly node: NodeApi;
  readonly clock: Clock;
  readonly probe: ReadProbe;
  readonly intervalMs: number;
}

export class Health {
  readonly #deps: HealthDeps;
  readonly #implementation = new HealthImplementation();
  readonly #serving = new Map<string, boolean>();
  readonly #unsubscribe: () => void;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
    this.#set(PROCESS, true);
    for (const service of [STREAM_SERVICE, READINESS, LEADER]) this.#set(service, false);
    this.#unsubscribe = deps.node.onLeaderChanged(() => {
      this.#lookAtLeader();
      void this.#lookAtReads();
    });
    this.#lookAtLeader();
    void this.#round();
  }

  addToServer(server: Server): void {
    this.#implementation.addToServer(server);
  }

  /** Everything NOT_SERVING, before the server stops taking calls: balancers then turn elsewhere. */
  stop(): void {
    this.#stopped = true;
    this.#unsubscribe();
    this.#timer?.cancel();
    for (const service of this.#serving.keys()) this.#apply(service, false);
  }

  async #round(): Promise<void> {
    await this.#lookAtReads();
    if (this.#stopped) return;
    this.#lookAtLeader();
    this.#timer = this.#deps.clock.setTimer(this.#deps.intervalMs, () => void this.#round());
  }

  async #lookAtReads(): Promise<void> {
    const { ready } = await this.#deps.probe.check();
    this.#set(STREAM_SERVICE, ready);
    this.#set(READINESS, ready);
  }

  #lookAtLeader(): void {
    const { node } = this.#deps;
    this.#set(LEADER, node.leaderHint()?.id === node.memberId);
  }

  #set(service: string, serving: boolean): void {
    if (!this.#stopped) this.#apply(service, serving);
  }

  #apply(service: string, serving: boolean): void {
    if (this.#serving.get(service) === serving) return;
    this.#serving.set(service, serving);
    this.#implementation.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
