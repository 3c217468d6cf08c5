/**
 * Two logs that hold an entry with the same index and term hold the same entry there, and the same log before
 * it (Raft paper, figure 3). By induction it is enough that every entry ever written with one index and
 * term has the same content and the same predecessor.
 */
import type { Entry } from '../../../src/raft/types.js';
import { encodeEntry } from '../../../src/storage/entry-codec.js';
import { CHAIN_ORIGIN } from '../../../src/storage/chain.js';
import type { Invariant } from '../observer.js';

export const logMatching: Invariant = {
  name: 'log matching',
  source: 'Raft paper, figure 3',
  watch: (_world, fail) => {
    const seen = new Map<string, { readonly entry: Entry; readonly before: number }>();
    return {
      written: ({ member, written }, { entries }) => {
        for (const entry of entries) {
          const { index, term } = entry;
          const key = `${index} of term ${term}`;
          const before = written.termAt(index - 1) ?? -1;
          const known = seen.get(key);
          if (known === undefined) {
            seen.set(key, { entry, before });
            continue;
          }
          if (known.before !== before && before !== -1 && known.before !== -1) {
            fail(
              `entry ${key} follows term ${before} on member ${member}, and term ${known.before} elsewhere`,
            );
          }
          if (known.entry !== entry && !isSame(known.entry, entry)) {
            fail(`entry ${key} on member ${member} is another one than elsewhere`);
          }
        }
      },
      sent: ({ member }, to, item) => {
        if (item.kind !== 'message' || item.message.kind !== 'appendRequest') return;
        for (const entry of item.message.entries) {
          const known = seen.get(`${entry.index} of term ${entry.term}`)?.entry;
          if (known === undefined || known === entry || isSame(known, entry)) continue;
          fail(
            `entry ${entry.index} of term ${entry.term} goes to ${to} as another one than member ${member} had`,
          );
        }
      },
    };
  },
};

function isSame(a: Entry, b: Entry): boolean {
  return Buffer.compare(encodeEntry(a, CHAIN_ORIGIN).bytes, encodeEntry(b, CHAIN_ORIGIN).bytes) === 0;
}
