/** The latest samples of one duration, for the percentiles that status shows. */
export class LatencyWindow {
  readonly #samples: Float64Array;
  #count = 0;

  constructor(size = 1_024) {
    this.#samples = new Float64Array(size);
  }

  add(durationMs: number): void {
    this.#samples[this.#count % this.#samples.length] = durationMs;
    this.#count++;
  }

  /** `quantile` in [0, 1]; 0 when there is no sample. */
  quantile(quantile: number): number {
    const held = this.#samples.slice(0, Math.min(this.#count, this.#samples.length)).sort();
    if (held.length === 0) return 0;
    return held[Math.min(held.length - 1, Math.floor(quantile * held.length))] ?? 0;
  }
}
