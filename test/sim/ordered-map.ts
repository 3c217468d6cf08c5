/**
 * An ordered map whose copies cost nothing: `fork` shares everything with the original, and whichever of
 * the two is written to first copies the leaf that it writes. What the simulated disk and bucket keep
 * their contents in, at every moment that a crash, a snapshot or an iteration may want to go back to.
 *
 * Keys are strings in the order of their code units. Bytes go through {@link toKey}, one unit a byte, so
 * that their order is that of LevelDB and S3. A leaf that a delete emptied goes; small ones are not merged.
 */
interface Leaf<V> {
  readonly keys: string[];
  readonly values: V[];
  /** The one map that may change this leaf in place. */
  readonly owner: object;
}

const LEAF_MAX = 48;

export class OrderedMap<V> {
  #leaves: Leaf<V>[] = [];
  /** Replaced by a fork, on both sides: nothing that was shared by then is changed in place. */
  #owner: object = {};
  /** The list of leaves itself is shared with a fork. */
  #isShared = false;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  fork(): OrderedMap<V> {
    const copy = new OrderedMap<V>();
    copy.#leaves = this.#leaves;
    copy.#isShared = true;
    copy.#size = this.#size;
    this.#isShared = true;
    this.#owner = {};
    return copy;
  }

  get(key: string): V | undefined {
    const leaf = this.#leaves[this.#leafFor(key)];
    if (leaf === undefined) return undefined;
    const at = lowerBound(leaf.keys, key);
    return leaf.keys[at] === key ? leaf.values[at] : undefined;
  }

  /** Returns what was there before. */
  set(key: string, value: V): V | undefined {
    const position = this.#leafFor(key);
    if (this.#leaves.length === 0) {
      this.#ownLeaves().push({ keys: [key], values: [value], owner: this.#owner });
      this.#size = 1;
      return undefined;
    }
    const leaf = this.#ownLeaf(position);
    const at = lowerBound(leaf.keys, key);
    if (leaf.keys[at] === key) {
      const before = leaf.values[at];
      leaf.values[at] = value;
      return before;
    }
    this.#size += 1;
    if (leaf.keys.length < LEAF_MAX) {
      leaf.keys.splice(at, 0, key);
      leaf.values.splice(at, 0, value);
      return undefined;
    }
    // Appending at the very end, as a log does, leaves full leaves behind instead of half full ones.
    const atTheEnd = position === this.#leaves.length - 1 && at === LEAF_MAX;
    const middle = atTheEnd ? LEAF_MAX : LEAF_MAX / 2;
    const right = { keys: leaf.keys.splice(middle), values: leaf.values.splice(middle), owner: this.#owner };
    this.#leaves.splice(position + 1, 0, right);
    const [half, offset] = at < middle ? [leaf, at] : [right, at - middle];
    half.keys.splice(offset, 0, key);
    half.values.splice(offset, 0, value);
    return undefined;
  }

  /** Returns what was there. */
  delete(key: string): V | undefined {
    const position = this.#leafFor(key);
    const found = this.#leaves[position];
    if (found === undefined) return undefined;
    const at = lowerBound(found.keys, key);
    if (found.keys[at] !== key) return undefined;
    const before = found.values[at];
    this.#size -= 1;
    if (found.keys.length === 1) {
      this.#ownLeaves().splice(position, 1);
      return before;
    }
    const leaf = this.#ownLeaf(position);
    leaf.keys.splice(at, 1);
    leaf.values.splice(at, 1);
    return before;
  }

  /** Entries with gte <= key < lt; without `lt`, to the end. The map must not change meanwhile: fork it. */
  *scan(gte: string, lt?: string): Generator<readonly [key: string, value: V]> {
    let position = this.#leafFor(gte);
    let at = lowerBound(this.#leaves[position]?.keys ?? [], gte);
    for (; position < this.#leaves.length; position++, at = 0) {
      const { keys, values } = this.#leaves[position] as Leaf<V>;
      for (; at < keys.length; at++) {
        const key = keys[at] as string;
        if (lt !== undefined && key >= lt) return;
        yield [key, values[at] as V];
      }
    }
  }

  /** As {@link scan}, from the last entry to the first. */
  *scanBack(gte: string, lt: string): Generator<readonly [key: string, value: V]> {
    let position = this.#leafFor(lt);
    let at = lowerBound(this.#leaves[position]?.keys ?? [], lt) - 1;
    while (position >= 0) {
      const leaf = this.#leaves[position];
      for (; leaf !== undefined && at >= 0; at--) {
        const key = leaf.keys[at] as string;
        if (key < gte) return;
        yield [key, leaf.values[at] as V];
      }
      position -= 1;
      at = (this.#leaves[position]?.keys.length ?? 0) - 1;
    }
  }

  /** The leaf that holds `key` or would: the last one that begins at or below it, else the first. */
  #leafFor(key: string): number {
    let low = 0;
    let high = this.#leaves.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#leaves[middle] as Leaf<V>).keys[0]! <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #ownLeaves(): Leaf<V>[] {
    if (this.#isShared) {
      this.#leaves = this.#leaves.slice();
      this.#isShared = false;
    }
    return this.#leaves;
  }

  #ownLeaf(position: number): Leaf<V> {
    const leaf = this.#leaves[position] as Leaf<V>;
    if (leaf.owner === this.#owner) return leaf;
    const copy = { keys: leaf.keys.slice(), values: leaf.values.slice(), owner: this.#owner };
    this.#ownLeaves()[position] = copy;
    return copy;
  }
}

/** One unit a byte: sorts as the bytes do. */
export function toKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** The bytes of {@link toKey}, the caller's to keep. */
export function fromKey(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let at = 0; at < key.length; at++) bytes[at] = key.charCodeAt(at);
  return bytes;
}

/** `slice` on a Buffer is a view; this never is. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

/** Position of the first key that is not below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
