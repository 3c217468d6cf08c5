/**
 * P3, where it counts: what `guard` has let begin appears in the bucket before the purge of its stream begins, or
 * never. The sweeps would remove it all the same; that it needs none is the barrier's promise.
 */
import { lifeStateOf } from '../../../src/catalog/lifecycle.js';
import type { Incarnation } from '../../../src/catalog/types.js';
import type { Invariant } from '../observer.js';

export const guardedUploadsLandFirst: Invariant = {
  name: 'a guarded upload lands before its purge begins',
  source: 'P3',
  watch: ({ committed }, fail) => {
    const admitted = new Map<string, Incarnation>();
    return {
      guardAdmits: ({ key, incarnation }) => {
        admitted.set(key, incarnation);
      },
      uploadApplied: (key) => {
        const incarnation = admitted.get(key);
        if (incarnation === undefined) return;
        const state = lifeStateOf(committed.lives.get(incarnation));
        if (state === 'ACTIVE' || state === 'DELETED' || state === 'DRAINING') return;
        fail(`${key} of incarnation ${incarnation} appears, which is ${state}`);
      },
    };
  },
};
