/**
 * Takes the state from the leader into the inactive key space and swaps it in. Nothing of it is
 * visible before the sender's end frame was verified; a broken stream leaves the node as it was.
 */
import type { RaftCore } from '../raft/core.js';
import type { LogIndex, SnapshotVerdict, Term } from '../raft/types.js';
import { SextonError } from '../shared/errors.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { Applier } from './applier.js';
import type { Driver } from './driver.js';
import type { IncomingSnapshot } from './transport/transport.js';

export interface SnapshotReceiverDeps {
  readonly core: RaftCore;
  readonly driver: Driver;
  readonly applier: Applier;
  readonly storage: Pick<NodeStorage, 'beginSnapshotInstall'>;
  readonly logger: Logger;
  /** Catalog and applied index were replaced. */
  readonly replaced: (appliedIndex: LogIndex) => void;
}

export class SnapshotReceiver {
  readonly #deps: SnapshotReceiverDeps;
  #busy = false;

  constructor(deps: SnapshotReceiverDeps) {
    this.#deps = deps;
  }

  async receive(snapshot: IncomingSnapshot): Promise<{ readonly term: Term; readonly matchIndex: LogIndex }> {
    const { core, storage, logger } = this.#deps;
    const { header, from, term } = snapshot;
    const { meta } = header;
    const verdict = core.judgeSnapshot({ term, meta });
    if (verdict.kind !== 'install') return this.#declined(verdict);
    if (this.#busy) {
      throw new SextonError('TOO_MANY_REQUESTS', 'another snapshot is being installed', {
        retryAfterMs: 1_000,
      });
    }
    this.#busy = true;
    const install = await storage.beginSnapshotInstall(header);
    try {
      logger.info({ from, index: meta.index }, 'receiving a snapshot');
      for await (const chunk of snapshot.chunks) await install.write(chunk);
      return await this.#deps.driver.exclusively(async () => {
        // Asked again: the log may have caught up, or the leader have lost its term, meanwhile.
        const now = core.judgeSnapshot({ term, meta });
        if (now.kind !== 'install') {
          await install.abort();
          return this.#declined(now);
        }
        await install.commit();
        this.#deps.applier.reset(meta.index);
        this.#deps.replaced(meta.index);
        this.#deps.driver.feed({ kind: 'snapshotInstalled', from, term, meta });
        logger.info({ from, index: meta.index }, 'snapshot installed');
        return { term: core.term, matchIndex: meta.index };
      });
    } catch (error) {
      await install.abort();
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  #declined(verdict: Exclude<SnapshotVerdict, { kind: 'install' }>): {
    readonly term: Term;
    readonly matchIndex: LogIndex;
  } {
    return { term: this.#deps.core.term, matchIndex: verdict.kind === 'present' ? verdict.matchIndex : 0 };
  }
}
