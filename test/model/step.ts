/** What an action makes of a state, and how it is told. */
import type { Rules } from './rules.js';
import type { State } from './state.js';

export interface Config {
  /** `own`: a prefix for each life; `reused`: the second life gets the first one's. */
  readonly layout: 'own' | 'reused';
  readonly rules: Rules;
  /** A deposed leader that has not noticed lists and prepares new requests, for any time. */
  readonly deposedPrepares: boolean;
  /** A node without a session writes once below the purged prefix, and sweeps look for it (P8). */
  readonly withStray: boolean;
}

export interface Step {
  /** As the code calls it. */
  readonly action: string;
  /** What happens, for people. */
  readonly told: string;
  readonly next: State;
  /** The promise that this step breaks. */
  readonly broken: string | undefined;
}

export type Emit = (action: string, told: string, next: State, broken?: string) => void;
export type Actions = (state: State, config: Config, emit: Emit) => void;
