/** What a run ends with when the promise was broken: the invariant by its name, and the facts. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: string;

  constructor(invariant: string, facts: string, options?: ErrorOptions) {
    super(facts, options);
    this.invariant = invariant;
  }
}
