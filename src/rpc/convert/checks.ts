/**
 * Collects what is wrong with a request, all of it, so that a caller mends it in one go (AIP-193,
 * google.rpc.BadRequest). Field names are in proto spelling.
 */
import { type FieldViolation, SextonError } from '../../shared/errors.js';

export class Checks {
  readonly #violations: FieldViolation[] = [];

  /** A clause: `must not be negative`. */
  add(field: string, description: string): void {
    this.#violations.push({ field, description });
  }

  addAll(violations: readonly FieldViolation[]): void {
    this.#violations.push(...violations);
  }

  get isEmpty(): boolean {
    return this.#violations.length === 0;
  }

  /** Throws INVALID_ARGUMENT with everything found. */
  throwIfAny(): void {
    if (this.#violations.length === 0) return;
    const text = this.#violations.map(({ field, description }) => `${field} ${description}`).join('; ');
    throw new SextonError('INVALID_ARGUMENT', text, { violations: this.#violations });
  }
}
