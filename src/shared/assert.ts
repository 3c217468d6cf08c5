/**
 * Assertions that stay on in production. A failed one is a bug in this program (never bad input, never
 * a full disk), and the process that sees it must stop: a node that goes on after a broken invariant
 * can only make the damage durable. `node/node.ts` (`asFatal`) maps it to exit status 70.
 */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Throws {@link AssertionError} unless `condition` holds. Put the numbers that matter in `message`. */
export function assert(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new AssertionError(typeof message === 'string' ? message : message());
}

/** Returns `value`, or throws {@link AssertionError} when it is undefined. */
export function assertDefined<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new AssertionError(message);
  return value;
}

/** The default arm of an exhaustive switch: a new variant fails to compile here, not at run time. */
export function assertNever(value: never, message = 'unreachable'): never {
  throw new AssertionError(`${message}: ${JSON.stringify(value)}`);
}
