/**
 * Whether a peer is who it says (S6). What refuses it is hard evidence only, all of it for good:
 *
 * - another cluster, or another member than the one it wanted;
 * - another data directory than the one bound to its id: a binding is never changed, wherever it is known from;
 * - an id that committed history has used and no longer lists: removed, and never given out again.
 *
 * A peer that is merely unknown here is let in: the entry that added it may not have arrived yet, and the
 * peer may be the very leader that would bring it (thesis §4.1). That is no hole: a member takes part only
 * once its directory is bound by a committed entry, and a wiped disk never gets that far.
 */
import { highestIdOf } from '../raft/membership.js';
import type { Configuration, Member, MemberId } from '../raft/types.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { HandshakeInfo, HandshakeRefusal } from './transport/transport.js';

export interface PeerRefused {
  readonly refusal: HandshakeRefusal;
  readonly message: string;
}

/**
 * `to` of a handshake for whoever is there: who joins may know the members of long ago only, all of them
 * replaced since at the same addresses. A connection, which carries messages, always names its member.
 */
export const ANYBODY: MemberId = 0;

/** What this node knows of the members. */
export type MemberKnowledge =
  /** It takes part in the first start: whoever shows up first with an id is recorded, durably. */
  | { readonly kind: 'firstStart' }
  /** It waits to be added and knows nobody. */
  | { readonly kind: 'joining' }
  | {
      readonly kind: 'member';
      /** Of its log, committed or not. */
      readonly inForce: Configuration;
      /** As far as this node knows what is committed. */
      readonly committed: Configuration;
    };

/** Undefined: nothing speaks against it. */
export async function judgePeer(
  storage: NodeStorage,
  peer: HandshakeInfo,
  knowledge: MemberKnowledge,
): Promise<PeerRefused | undefined> {
  const { clusterId, memberId } = storage.identity;
  if (peer.clusterId !== clusterId) {
    return {
      refusal: 'CLUSTER_MISMATCH',
      message: `member ${peer.from} belongs to cluster '${peer.clusterId}', this is cluster '${clusterId}'`,
    };
  }
  if (peer.to !== ANYBODY && peer.to !== memberId) {
    return {
      refusal: 'WRONG_MEMBER',
      message: `member ${peer.to} was expected here, this is member ${memberId}`,
    };
  }
  if (knowledge.kind === 'joining') return undefined;
  if (knowledge.kind === 'member' && wasRemoved(knowledge, peer.from)) {
    return { refusal: 'NOT_A_MEMBER', message: `member ${peer.from} was removed from this cluster` };
  }
  const known = directoryOf(storage, knowledge, peer.from);
  if (known !== undefined && known !== peer.directoryId) {
    return {
      refusal: 'DIRECTORY_MISMATCH',
      message: `member ${peer.from} is known with data directory ${known}, not ${peer.directoryId}: its disk was wiped or replaced`,
    };
  }
  if (known === undefined && knowledge.kind === 'firstStart') {
    await storage.recordDirectory(peer.from, peer.directoryId);
  }
  return undefined;
}

/**
 * Only what is committed counts against a member: a removal that is cut off again was none. And a member
 * that a later, uncommitted entry lists is none that was removed, since ids only grow.
 */
export function wasRemoved(
  { inForce, committed }: { readonly inForce: Configuration; readonly committed: Configuration },
  id: MemberId,
): boolean {
  return (
    id <= highestIdOf(committed) &&
    memberOf(committed, id) === undefined &&
    memberOf(inForce, id) === undefined
  );
}

export function memberOf({ voters, learners }: Configuration, id: MemberId): Member | undefined {
  return voters.find((member) => member.id === id) ?? learners.find((member) => member.id === id);
}

/** Nobody is in it: that of a node which was added and has not heard from its leader yet. */
export function isBlank({ voters, learners }: Configuration): boolean {
  return voters.length === 0 && learners.length === 0;
}

function directoryOf(storage: NodeStorage, knowledge: MemberKnowledge, id: MemberId): string | undefined {
  const bound =
    knowledge.kind === 'member'
      ? (memberOf(knowledge.committed, id)?.directoryId ?? memberOf(knowledge.inForce, id)?.directoryId ?? '')
      : '';
  return bound === '' ? storage.membership.knownDirectories.get(id) : bound;
}
