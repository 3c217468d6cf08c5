/**
 * What was refused of what peers sent: counted by peer and cause, logged once for each pair. A broken peer
 * sends the same thing again and again, and must fill neither the log nor the metrics: causes are a closed
 * set, and a peer is a member that is known here, or 0 for everybody else, since anyone can claim any id.
 */
import type { MemberId } from '../../raft/types.js';
import type { Logger } from '../../shared/logger.js';

export const PEER_REFUSAL_CAUSES = [
  /** Of another cluster. */
  'cluster_mismatch',
  /** A member's id from another data directory than the one that is known: a wiped disk (S6). */
  'directory_mismatch',
  /** Unknown here, or removed. */
  'not_a_member',
  /** It wanted somebody else. */
  'wrong_member',
  'protocol_mismatch',
  /** Handshake or Hello that says nothing sensible. */
  'bad_handshake',
  /** A frame that does not decode, a number out of range, a frame out of place. */
  'bad_frame',
  /** A log entry, or a chunk of a snapshot, that was changed or lost on its way. */
  'checksum',
  /** A message in the name of another member than the connection's. */
  'forged_sender',
  /** A snapshot that is cut, out of order or not what its header says. */
  'bad_snapshot',
  /** A forwarded command that does not decode: it would stop every member that applies it. */
  'bad_proposal',
] as const;

export type PeerRefusalCause = (typeof PEER_REFUSAL_CAUSES)[number];

/** Far beyond what the members of a cluster can make; beyond it nothing new is logged. */
const LOGGED_MAX = 1_000;

export interface PeerRefusalsDeps {
  readonly logger: Logger;
  readonly isMember: (id: MemberId) => boolean;
  readonly count: (peer: MemberId, cause: PeerRefusalCause) => void;
}

export class PeerRefusals {
  readonly #deps: PeerRefusalsDeps;
  readonly #logged = new Set<string>();

  constructor(deps: PeerRefusalsDeps) {
    this.#deps = deps;
  }

  /** `claimed`: whom the peer says to be; 0 = it has not said. */
  refused(claimed: MemberId, cause: PeerRefusalCause, details: string): void {
    const peer = this.#deps.isMember(claimed) ? claimed : 0;
    this.#deps.count(peer, cause);
    const key = `${peer} ${cause}`;
    if (this.#logged.has(key) || this.#logged.size >= LOGGED_MAX) return;
    this.#logged.add(key);
    this.#deps.logger.warn({ peer: claimed, cause, details }, 'refused what a peer sent; logged once');
  }
}
