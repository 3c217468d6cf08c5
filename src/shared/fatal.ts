/**
 * Conditions that stop a node, each with its own exit status, so that an operator or a supervisor
 * can tell them apart without reading the log. Never caught and retried (S5: never retry an fsync).
 */
export const EXIT_STATUS = {
  OK: 0,
  ERROR: 1,
  UNAVAILABLE: 2,
  INVALID_INPUT: 3,
  REFUSED: 4,
  INTERRUPTED: 5,
  BUG: 70,
  CONFIG: 78,
  STORAGE_DAMAGED: 80,
  STORAGE_WRITE_FAILED: 81,
  WRONG_DATA_DIRECTORY: 82,
  DATA_DIRECTORY_UNUSABLE: 83,
  DATA_DIRECTORY_LOCKED: 84,
  MEMBER_WIPED: 85,
  PORT_IN_USE: 86,
  OBJECT_STORE_UNUSABLE: 87,
  CATALOG_DIVERGED: 88,
  MEMBER_REMOVED: 89,
} as const;

export type FatalKind = Exclude<keyof typeof EXIT_STATUS, 'OK' | 'ERROR'>;

/** The node cannot go on. `message` says what is wrong and what to do about it. */
export class FatalError extends Error {
  override readonly name = 'FatalError';
  readonly kind: FatalKind;

  constructor(kind: FatalKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.kind];
  }
}
