import { describe, expect, it } from 'vitest';
import { CHAIN_ORIGIN } from '../../src/storage/chain.js';
import { decodeEntry, encodeEntry } from '../../src/storage/entry-codec.js';
import type { Configuration } from '../../src/raft/types.js';

const member = (id: number) => ({ id, address: `host-${id}:7401`, directoryId: `directory-${id}` });

describe('a stored configuration', () => {
  it.each<Configuration>([
    { voters: [member(1), member(2)], learners: [member(3)] },
    { voters: [member(1)], learners: [], highestId: 7 },
    { voters: [member(1)], learners: [], highestId: Number.MAX_SAFE_INTEGER },
  ])('comes back as it went, with the highest id that was ever used: %j', (configuration) => {
    const entry = { index: 4, term: 2, payload: { kind: 'configuration', configuration } } as const;
    expect(decodeEntry(encodeEntry(entry, CHAIN_ORIGIN).bytes).entry).toEqual(entry);
  });
});
