/**
 * Which endpoint to ask next. Decisions only: no connection, no clock, no randomness of its own, so
 * that every rule below is a unit test and the simulator replays it from a seed.
 *
 * - Calls that the leader has to execute go to the leader, when one is known. Any node would forward
 *   them; going straight there saves the hop.
 * - Who leads is learned from hints in refusals (`leader_address`) and from statuses. A leader that
 *   fails a try, or denies that it leads, is forgotten at once.
 * - An endpoint that failed cools down for a while: it is asked only when all others cool down too.
 *   A hint does not cut that short, or two nodes with old views could send a call round in circles.
 * - Within one round of a call no endpoint is asked twice (`tried`).
 * - Everything else stays with the first configured endpoint that is awake, counted from a starting
 *   point that differs from client to client: many clients spread, and one client's local reads do
 *   not jump between a node that is ahead and one that is behind.
 *
 * Besides the configured endpoints only the leader's address is remembered, and addresses that were
 * hinted at and failed, while they rest.
 */
import { assert, assertDefined } from '../shared/assert.js';

/** 'leader': prefers the leader, any other will do. 'any': whichever is near. */
export type Route = 'leader' | 'any';

export interface RoutingOptions {
  /** `host:port` each, at least one. */
  readonly endpoints: readonly string[];
  /** Which of them comes first; a random one, so that clients spread. */
  readonly startAt: number;
  /** How long an endpoint rests after its first failure in a row; doubles up to the maximum. */
  readonly cooldownInitialMs: number;
  readonly cooldownMaxMs: number;
}

interface Resting {
  readonly failures: number;
  readonly untilMs: number;
}

export class LeaderRouting {
  readonly #options: RoutingOptions;
  /** The configured endpoints, from this client's starting point. */
  readonly #turn: readonly string[];
  readonly #resting = new Map<string, Resting>();
  #leader: string | undefined;
  #leaderLearnedMs = -Infinity;

  constructor(options: RoutingOptions) {
    assert(options.endpoints.length > 0, 'routing needs an endpoint');
    this.#options = options;
    const from = options.startAt % options.endpoints.length;
    this.#turn = [...options.endpoints.slice(from), ...options.endpoints.slice(0, from)];
  }

  /** The leader as last heard of; undefined = not known. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /** How long ago the leader was last confirmed; Infinity when none is known. */
  leaderAgeMs(nowMs: number): number {
    return this.#leader === undefined ? Infinity : nowMs - this.#leaderLearnedMs;
  }

  /** The next endpoint, or undefined when the round has asked them all. */
  pick(route: Route, tried: ReadonlySet<string>, nowMs: number): string | undefined {
    const leader = this.#leader;
    if (route === 'leader' && leader !== undefined && !tried.has(leader) && !this.#rests(leader, nowMs)) {
      return leader;
    }
    const untried = this.#turn.filter((endpoint) => !tried.has(endpoint));
    if (untried.length === 0) return undefined;
    const awake = untried.find((endpoint) => !this.#rests(endpoint, nowMs));
    return awake ?? this.#soonestAwake(untried);
  }

  /** The next endpoint, noted in `tried`; another round begins when all have been asked. */
  next(route: Route, tried: Set<string>, nowMs: number): string {
    let endpoint = this.pick(route, tried, nowMs);
    if (endpoint === undefined) {
      tried.clear();
      endpoint = assertDefined(this.pick(route, tried, nowMs), 'routing has at least one endpoint');
    }
    tried.add(endpoint);
    return endpoint;
  }

  /** A server named the leader. '' says that it knows none. */
  onHint(leaderAddress: string, nowMs: number): void {
    if (leaderAddress === '') return;
    this.#leader = leaderAddress;
    this.#leaderLearnedMs = nowMs;
  }

  /** The endpoint took a call and answered, whatever it answered. */
  onAnswered(endpoint: string): void {
    this.#resting.delete(endpoint);
  }

  /** It answered that it does not lead, or that nobody does. */
  onDenied(endpoint: string): void {
    this.#resting.delete(endpoint);
    if (this.#leader === endpoint) this.#leader = undefined;
  }

  /** It could not be reached, broke off or did not answer in time. */
  onFailed(endpoint: string, nowMs: number): void {
    const failures = (this.#resting.get(endpoint)?.failures ?? 0) + 1;
    const { cooldownInitialMs, cooldownMaxMs } = this.#options;
    const restMs = Math.min(cooldownMaxMs, cooldownInitialMs * 2 ** Math.min(failures - 1, 30));
    if (this.#leader === endpoint) this.#leader = undefined;
    for (const [address, resting] of this.#resting) {
      // A hinted address that is not configured is remembered only while it rests.
      if (resting.untilMs <= nowMs && !this.#turn.includes(address)) this.#resting.delete(address);
    }
    this.#resting.set(endpoint, { failures, untilMs: nowMs + restMs });
  }

  #rests(endpoint: string, nowMs: number): boolean {
    const resting = this.#resting.get(endpoint);
    return resting !== undefined && nowMs < resting.untilMs;
  }

  #soonestAwake(endpoints: readonly string[]): string {
    const sorted = [...endpoints].sort(
      (a, b) => (this.#resting.get(a)?.untilMs ?? 0) - (this.#resting.get(b)?.untilMs ?? 0),
    );
    return assertDefined(sorted[0], 'an endpoint to choose from');
  }
}
