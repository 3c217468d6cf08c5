/**
 * Where a member is reached that the configuration here does not list. Links go one way: who hears a
 * message answers over a link of its own, and needs an address for it. Two nodes have none:
 *
 * - one that was added and has not heard from its leader, which knows nobody at all;
 * - one that lagged while members changed, whose new leader is a stranger to it. It must answer that leader
 *   to get the very entries that tell who it is (thesis §4.1).
 *
 * Both ask whomever they know, until the configuration answers the question.
 */
import type { Member, MemberId } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import { ANYBODY } from './member-identity.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

const ASK_AGAIN_MS = 500;

export interface MemberDiscoveryDeps {
  readonly clock: Clock;
  readonly transport: Pick<Transport, 'handshake'>;
  /** Whom to ask. */
  readonly known: () => readonly Member[];
  /** This node about itself. */
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly found: (members: readonly Member[]) => void;
}

export class MemberDiscovery {
  readonly #deps: MemberDiscoveryDeps;
  #askAtMs = 0;
  #asking = false;

  constructor(deps: MemberDiscoveryDeps) {
    this.#deps = deps;
  }

  /** Called as often as somebody is sought. */
  seek(): void {
    const { clock, known } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (this.#asking || nowMs < this.#askAtMs) return;
    this.#askAtMs = nowMs + ASK_AGAIN_MS;
    this.#asking = true;
    void Promise.all(known().map((member) => this.#ask(member))).finally(() => {
      this.#asking = false;
    });
  }

  async #ask(member: Member): Promise<void> {
    const { transport, info, found } = this.#deps;
    let outcome = await transport.handshake(member, info(member.id));
    if (outcome.kind === 'refused' && outcome.refusal === 'WRONG_MEMBER') {
      outcome = await transport.handshake(member, info(ANYBODY));
    }
    if (outcome.kind !== 'answered' || outcome.info.addresses === undefined) return;
    found([...outcome.info.addresses].map(([id, address]) => ({ id, address, directoryId: '' })));
  }
}
