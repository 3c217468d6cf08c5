/** A known bug, as edits of production files. */
export interface Mutant {
  readonly name: string;
  /** What it breaks, and where it is known from. */
  readonly about: string;
  readonly edits: readonly Edit[];
  /** A run with one of so many seeds, counted from 1, finds it; as measured, with room. */
  readonly withinSeeds: number;
  /** Hunted in worlds that all have a Parseable in them. Absent: in worlds without one. */
  readonly inParseableWorlds?: true;
}

export interface Edit {
  /** From the project's root. */
  readonly file: string;
  /** Must be there exactly once. */
  readonly find: string;
  readonly replace: string;
}
