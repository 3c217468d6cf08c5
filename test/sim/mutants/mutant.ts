/** A known bug, as an edit of one production file. */
export interface Mutant {
  readonly name: string;
  /** What it breaks, and where it is known from. */
  readonly about: string;
  /** From the project's root. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
  /** A run with one of these seeds, counted from the first, finds it; as measured, with room. */
  readonly withinSeeds: number;
}
