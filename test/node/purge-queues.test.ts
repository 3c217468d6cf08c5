/** The queues that the purger reads: whoever takes long over one stream keeps nothing of the database open meanwhile. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PurgeCluster } from '../../src/purge/purge-cluster.js';
import { NodeCluster } from '../support/node-cluster.js';

const call = () => ({ requestId: '', deadlineMs: 5_000, signal: new AbortController().signal });

let cluster: NodeCluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

describe('a queue of the catalog', () => {
  it('has no iterator open while one of its streams is worked on', async () => {
    let purges: PurgeCluster | undefined;
    cluster = await NodeCluster.start(1, {}, () => ({
      startService: (given, signal) => {
        purges = given;
        return {
          done: new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              resolve();
            });
          }),
        };
      },
    }));
    const leader = await cluster.leader();
    const names = ['a', 'b', 'c'];
    for (const name of names) {
      await leader.propose({ kind: 'createStream', tenant: '', name, prefix: '', labels: [] }, call());
      const mark = { tenant: '', name, incarnation: 0, ifRevision: 0, allowMissing: false } as const;
      await leader.propose({ kind: 'markDeleted', ...mark, gracePeriodMs: 0 }, call());
    }
    const queues = await cluster.until(() => purges);
    const storage = cluster.storage(leader.memberId);
    const iterate = storage.iterateCatalog.bind(storage);
    let opened = 0;
    let open = 0;
    vi.spyOn(storage, 'iterateCatalog').mockImplementation(async function* (range, view) {
      opened++;
      open++;
      try {
        yield* iterate(range, view);
      } finally {
        open--;
      }
    });
    const seen: string[] = [];
    for await (const { name } of queues.pendingPurges()) {
      expect(open).toBe(0);
      seen.push(name);
    }
    expect(seen).toEqual(names);
    expect(opened).toBe(1);
  });
});
