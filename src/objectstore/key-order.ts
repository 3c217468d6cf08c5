/**
 * The order in which S3 lists keys: by their UTF-8 bytes. JavaScript's own string order compares
 * UTF-16 units and differs from it for characters beyond U+FFFF, which would make a paged listing
 * skip or repeat keys.
 */

/** Negative, zero or positive, as `a` sorts before, with or after `b` in UTF-8 binary order. */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** Moves surrogates, which stand for the longest UTF-8 sequences, above U+E000..U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}

/** Sorts in place, by the engine's own comparison where it gives the same order. */
export function sortByKey<T>(items: T[], keyOf: (item: T) => string): T[] {
  const plain = items.every((item) => !/[\ud800-\uffff]/.test(keyOf(item)));
  if (!plain) return items.sort((a, b) => compareKeys(keyOf(a), keyOf(b)));
  return items.sort((a, b) => {
    const left = keyOf(a);
    const right = keyOf(b);
    return left < right ? -1 : left > right ? 1 : 0;
  });
}
