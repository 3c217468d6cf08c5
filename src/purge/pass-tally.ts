/**
 * What one pass over a listing found and did, key by key (P6). Decides nothing; `drain.ts` does.
 */
import type { DeleteOutcome, ObjectStoreError } from '../objectstore/object-store.js';
import { isBlocking } from './failure.js';
import type { Doomed } from './listing.js';

export interface KeyFailure {
  readonly key: string;
  readonly error: ObjectStoreError;
}

export class PassTally {
  found = 0;
  foundBytes = 0;
  /** The store said deleted. Proves nothing (P4). */
  deleted = 0;
  deletedBytes = 0;
  /** Not mentioned in the answer: unknown until the next listing. */
  unaccounted = 0;
  /** Keys that failed for a reason that passes. */
  failed = 0;
  firstFailure: KeyFailure | undefined;
  /** Keys that only an operator can free (P5). */
  blocked = 0;
  firstBlocked: KeyFailure | undefined;

  saw(batch: readonly Doomed[]): void {
    this.found += batch.length;
    this.foundBytes += totalBytes(batch);
  }

  /** Everything found was confirmed: nothing to try again. */
  get allDeleted(): boolean {
    return this.deleted === this.found;
  }

  answered(doomed: Doomed, outcome: DeleteOutcome): void {
    switch (outcome.kind) {
      case 'deleted':
        this.deleted++;
        this.deletedBytes += doomed.sizeBytes;
        return;
      case 'unaccounted':
        this.unaccounted++;
        return;
      case 'failed': {
        const failure = { key: doomed.target.key, error: outcome.error };
        if (isBlocking(outcome.error)) {
          this.blocked++;
          this.firstBlocked ??= failure;
        } else {
          this.failed++;
          this.firstFailure ??= failure;
        }
      }
    }
  }

  /**
   * What of this pass is gone although the store did not confirm it: of the unconfirmed keys, no more can be
   * left than the next pass found.
   */
  settledBy(next: PassTally): { readonly objects: number; readonly bytes: number } {
    const objects = Math.max(0, this.found - this.deleted - next.found);
    const bytes = Math.max(0, this.foundBytes - this.deletedBytes - next.foundBytes);
    return { objects, bytes: objects === 0 ? 0 : bytes };
  }
}

export function totalBytes(batch: readonly Doomed[]): number {
  return batch.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
