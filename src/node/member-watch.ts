/**
 * How a member learns that it is none any more. A removed member hears no leader (nobody replicates to it),
 * asks for pre-votes, and is refused by everyone who hears one: harmless, and left in the dark. So a node
 * that has had no leader for an election timeout asks its peers by handshake, and believes what is for good:
 *
 * - NOT_A_MEMBER: committed history lists its id no more (`member-identity.ts`);
 * - DIRECTORY_MISMATCH: its id belongs to another disk.
 *
 * Where the removal is in its own log, applied, it needs to ask nobody: a leader that removed itself.
 */
import type { RaftCore } from '../raft/core.js';
import type { Configuration, LogIndex, Member, MemberId } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { wasRemoved } from './member-identity.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

const ASK_AGAIN_MS = 1_000;

export interface MembershipWatchDeps {
  readonly core: RaftCore;
  readonly memberId: MemberId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transport: Pick<Transport, 'handshake'>;
  readonly appliedIndex: () => LogIndex;
  /** Whom to ask. */
  readonly known: () => readonly Member[];
  /** This node about itself. */
  readonly info: (to: MemberId) => HandshakeInfo;
  /** How long a node without a leader waits before it asks. */
  readonly patienceMs: number;
  /** Called once. `by`: who says so. */
  readonly removed: (by: string, message: string) => void;
  /** Called once. */
  readonly wiped: (by: string, message: string) => void;
}

export class MembershipWatch {
  readonly #deps: MembershipWatchDeps;
  #askAtMs: number;
  #asking = false;
  #over = false;
  #judged: Configuration | undefined;

  constructor(deps: MembershipWatchDeps) {
    this.#deps = deps;
    // The first answers may come before anything else does: a removed directory that is started again.
    this.#askAtMs = deps.clock.monotonicMs();
  }

  /** Called once a tick. */
  tick(): void {
    if (this.#over) return;
    const { core, clock, patienceMs } = this.#deps;
    this.#readOwnLog();
    const nowMs = clock.monotonicMs();
    if (core.leader !== 0) this.#askAtMs = nowMs + patienceMs;
    else if (nowMs >= this.#askAtMs && !this.#asking) {
      this.#askAtMs = nowMs + ASK_AGAIN_MS;
      this.#asking = true;
      void this.#askAll().finally(() => {
        this.#asking = false;
      });
    }
  }

  stop(): void {
    this.#over = true;
  }

  #readOwnLog(): void {
    const { core, appliedIndex, memberId, removed } = this.#deps;
    const committed = core.configurationAt(appliedIndex());
    if (committed === this.#judged) return;
    this.#judged = committed;
    if (!wasRemoved({ committed, inForce: core.configuration }, memberId)) return;
    this.#over = true;
    removed('its own log', `member ${memberId} was removed from this cluster`);
  }

  async #askAll(): Promise<void> {
    await Promise.all(this.#deps.known().map((peer) => this.#ask(peer)));
  }

  async #ask(peer: Member): Promise<void> {
    const { transport, info, logger, removed, wiped } = this.#deps;
    const outcome = await transport.handshake(peer, info(peer.id));
    if (this.#over || outcome.kind !== 'refused') return;
    const by = `member ${peer.id} at ${peer.address}`;
    switch (outcome.refusal) {
      case 'NOT_A_MEMBER':
        this.#over = true;
        removed(by, outcome.message);
        return;
      case 'DIRECTORY_MISMATCH':
        this.#over = true;
        wiped(by, outcome.message);
        return;
      case 'CLUSTER_MISMATCH':
      case 'WRONG_MEMBER':
      case 'PROTOCOL_MISMATCH':
        // Of an address that has changed hands, or of a version: another peer may be fine.
        logger.debug({ peer: peer.id, cause: outcome.message }, 'a peer refuses this node');
    }
  }
}
