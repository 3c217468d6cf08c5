/** P7: nothing below `.stream/` is deleted while data objects of the stream are left. */
import type { Invariant } from '../observer.js';
import { isStraggling } from '../straggler.js';

const METADATA = '.stream/';

export const metadataLast: Invariant = {
  name: 'data first, metadata last',
  source: 'P7',
  watch: ({ bucket, hasParseable }, fail) => ({
    deleteSent: ({ machine, targets }) => {
      // What is uploaded after the listing is for the next one.
      if (hasParseable) return;
      const prefixes = new Set<string>();
      for (const { key } of targets) {
        const at = key.indexOf(`/${METADATA}`);
        if (at >= 0) prefixes.add(key.slice(0, at + 1));
      }
      for (const prefix of prefixes) {
        const data = bucket
          .keys(prefix)
          .find((key) => !key.startsWith(prefix + METADATA) && !isStraggling(key));
        if (data !== undefined) {
          fail(`member ${machine.member} deletes metadata of ${prefix}, and ${data} is still there`);
        }
      }
    },
  }),
};
