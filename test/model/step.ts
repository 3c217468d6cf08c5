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
  /**
   * The ingest node is no client of this program: it uploads what it holds, without `guard`. It can only be asked to forget a
   * stream, by a helper that holds a session for it, and takes it up again when one more client sends.
   */
  readonly withForgettingNode: boolean;
  /**
   * The stray node makes the stream anew below the prefix, behind the catalog (P12). `anytime`; `betweenRequests`: not
   * while a delete is on its way that was sent, which is what a short expiry is for where the store knows no conditions.
   */
  readonly withReborn: 'never' | 'anytime' | 'betweenRequests';
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
