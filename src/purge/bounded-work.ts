/**
 * A pull pipeline with a bound: the next item is pulled only when there is room, so that LIST never outruns
 * DELETE and memory stays flat for any number of objects (rabbitmq-stream-s3 #327 is the queue without one).
 */
import { isUnrecoverable } from './failure.js';

/**
 * Runs `work` over `source`, at most `room()` items at a time (at least one). The first error stops the
 * pulling; everything in hand is waited for, then it is thrown. A bug outranks an expected failure.
 */
export async function forEachBounded<T>(
  source: AsyncIterable<T>,
  room: () => number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const inHand = new Set<Promise<void>>();
  const errors: unknown[] = [];
  const fail = (error: unknown): void => {
    if (isUnrecoverable(error)) errors.unshift(error);
    else if (errors.length === 0) errors.push(error);
  };
  const iterator = source[Symbol.asyncIterator]();
  try {
    while (errors.length === 0) {
      if (inHand.size >= Math.max(1, room())) {
        await Promise.race(inHand);
        continue;
      }
      const next = await iterator.next();
      if (next.done === true) break;
      if (errors.length > 0) break;
      const task: Promise<void> = work(next.value)
        .catch(fail)
        .finally(() => inHand.delete(task));
      inHand.add(task);
    }
  } catch (error) {
    fail(error);
  }
  await iterator.return?.();
  await Promise.all(inHand);
  if (errors.length > 0) throw errors[0];
}
