/**
 * The wires between hosts. A datagram is delayed, lost, repeated or overtaken as the faults say; a cut
 * works one way. What travels on a connection (a call, a snapshot) arrives in order or breaks it.
 */
import type { Prng } from './prng.js';
import type { Scheduler } from './scheduler.js';

/** Probabilities are for each message; the nemesis turns them. */
export interface NetworkFaults {
  latencyMs: number;
  loss: number;
  duplication: number;
  /** A message that may be overtaken, and overtake. */
  reordering: number;
}

export interface NetworkCounts {
  sent: number;
  lost: number;
  duplicated: number;
  reordered: number;
  cutOff: number;
}

export interface NetworkOptions {
  readonly scheduler: Scheduler;
  readonly random: Prng;
  readonly faults: NetworkFaults;
}

/** A reliable delivery on a broken or slow path is tried again after this, as TCP does. */
const RETRANSMIT_MS = 200;

export class Network {
  readonly #options: NetworkOptions;
  readonly #cuts = new Set<string>();
  readonly #slow = new Map<string, number>();
  readonly #lastArrivalMs = new Map<string, number>();
  readonly counts: NetworkCounts = { sent: 0, lost: 0, duplicated: 0, reordered: 0, cutOff: 0 };

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(link(from, to));
  }

  cut(from: string, to: string): void {
    this.#cuts.add(link(from, to));
  }

  mend(from: string, to: string): void {
    this.#cuts.delete(link(from, to));
  }

  /** Every message on the link takes so much longer. */
  slow(from: string, to: string, extraMs: number): void {
    this.#slow.set(link(from, to), extraMs);
  }

  healAll(): void {
    this.#cuts.clear();
    this.#slow.clear();
  }

  /** May be lost and overtaken, and repeated if it `mayRepeat`. */
  datagram(from: string, to: string, mayRepeat: boolean, arrive: () => void): void {
    const { random, faults } = this.#options;
    this.counts.sent += 1;
    if (this.isCut(from, to)) {
      this.counts.cutOff += 1;
      return;
    }
    if (faults.loss > 0 && random.chance(faults.loss)) {
      this.counts.lost += 1;
      return;
    }
    this.#carry(from, to, arrive);
    if (mayRepeat && faults.duplication > 0 && random.chance(faults.duplication)) {
      this.counts.duplicated += 1;
      this.#carry(from, to, arrive);
    }
  }

  /**
   * One step of a conversation on a connection: arrives, late if need be, or `broken` is told, after a while,
   * that the path is cut.
   */
  reliable(from: string, to: string, arrive: () => void, broken: () => void): void {
    const { scheduler, random, faults } = this.#options;
    this.counts.sent += 1;
    if (this.isCut(from, to)) {
      this.counts.cutOff += 1;
      scheduler.after(RETRANSMIT_MS * random.between(1, 5), broken);
      return;
    }
    const retransmissionMs = faults.loss > 0 && random.chance(faults.loss) ? RETRANSMIT_MS : 0;
    scheduler.after(retransmissionMs + this.#delayMs(from, to), () => {
      if (this.isCut(from, to)) broken();
      else arrive();
    });
  }

  #carry(from: string, to: string, arrive: () => void): void {
    const { scheduler, random, faults } = this.#options;
    const key = link(from, to);
    const atMs = scheduler.nowMs + this.#delayMs(from, to);
    const lastMs = this.#lastArrivalMs.get(key) ?? 0;
    const overtakes = atMs < lastMs && faults.reordering > 0 && random.chance(faults.reordering);
    if (overtakes) this.counts.reordered += 1;
    const arrivalMs = overtakes ? atMs : Math.max(atMs, lastMs);
    this.#lastArrivalMs.set(key, Math.max(arrivalMs, lastMs));
    scheduler.after(arrivalMs - scheduler.nowMs, () => {
      if (this.isCut(from, to)) this.counts.cutOff += 1;
      else arrive();
    });
  }

  #delayMs(from: string, to: string): number {
    const { random, faults } = this.#options;
    return random.latencyMs(faults.latencyMs) + (this.#slow.get(link(from, to)) ?? 0);
  }
}

function link(from: string, to: string): string {
  return `${from}>${to}`;
}
