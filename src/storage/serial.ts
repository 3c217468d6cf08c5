/** Runs tasks one at a time, in the order of the calls. A failed task does not stop the ones after it. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything queued so far has ended, well or not. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
