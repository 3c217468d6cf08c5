/**
 * The term of every kept entry in a few words of memory: terms only grow along the log, so it is enough
 * to know where each one begins.
 */
import type { LogIndex, Term } from '../raft/types.js';
import { assert } from '../shared/assert.js';

interface Run {
  readonly from: LogIndex;
  readonly term: Term;
}

export class TermRuns {
  #runs: Run[] = [];

  /** Entries come in index order; a term lower than the last one's breaks Raft and is a bug here. */
  push(index: LogIndex, term: Term): void {
    const last = this.#runs.at(-1);
    if (last?.term === term) return;
    assert(last === undefined || term > last.term, () => `term ${term} at ${index} after ${last?.term}`);
    this.#runs.push({ from: index, term });
  }

  /** Of an entry known to be in the log. */
  termAt(index: LogIndex): Term {
    let low = 0;
    let high = this.#runs.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const run = this.#runs[middle];
      if (run !== undefined && run.from <= index) low = middle;
      else high = middle - 1;
    }
    const run = this.#runs[low];
    assert(run !== undefined && run.from <= index, () => `no term known for entry ${index}`);
    return run.term;
  }

  truncateFrom(index: LogIndex): void {
    while ((this.#runs.at(-1)?.from ?? -1) >= index) this.#runs.pop();
  }

  dropUpTo(index: LogIndex): void {
    while (this.#runs.length > 1 && (this.#runs[1]?.from ?? 0) <= index + 1) this.#runs.shift();
  }

  clear(): void {
    this.#runs = [];
  }
}
