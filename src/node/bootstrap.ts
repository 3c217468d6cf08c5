/**
 * The first start of a directory (S6). Every member has a random directory id; before anyone votes, all
 * initial members must have told each other theirs, so that from then on a wiped disk (the same member
 * id, another directory) is recognised by every peer and refused: it has lost votes and entries that
 * others rely on, and must come back as a new member.
 *
 * Each node keeps, durably, the first directory id that it hears for each member, and initialises once
 * every initial member has answered with the full and equal map. So no two can start with different
 * maps, whatever is wiped in between; at worst the first start stops and says which directory to empty.
 */
import type { Member, MemberId } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import { FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';
import type { Identity, NodeStorage } from '../storage/node-storage.js';
import type { DirectoryOwner } from '../storage/rejoin-advice.js';
import { ANYBODY, judgePeer } from './member-identity.js';
import { removedError, wipedError } from './member-refusals.js';
import type { HandshakeInfo, HandshakeRefusal, Transport } from './transport/transport.js';

const ASK_AGAIN_MS = 200;
/** How often a start that waits says for whom. */
const REMIND_MS = 10_000;

export interface BootstrapDeps {
  readonly storage: NodeStorage;
  readonly transport: Pick<Transport, 'handshake'>;
  readonly members: readonly Member[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** For the words of a refusal. */
  readonly owner: DirectoryOwner;
}

/**
 * This node about itself, as asked or answered. `members`: those of the committed configuration, once there
 * is one; before, the directories that it was told of count.
 */
export function handshakeInfo(
  storage: NodeStorage,
  to: MemberId,
  members: readonly Member[] = [],
): HandshakeInfo {
  const { identity, membership } = storage;
  const bound = members.filter(({ directoryId }) => directoryId !== '');
  return {
    clusterId: identity.clusterId,
    from: identity.memberId,
    to,
    directoryId: identity.directoryId,
    initialized: membership.initialized,
    knownDirectories:
      members.length === 0
        ? membership.knownDirectories
        : new Map(bound.map(({ id, directoryId }) => [id, directoryId])),
    addresses: new Map(members.map(({ id, address }) => [id, address])),
  };
}

/** Returns once the directory is initialised. Rejects with FatalError when it must not be. */
export async function bootstrap(deps: BootstrapDeps): Promise<void> {
  const { storage, members, clock, logger, signal } = deps;
  if (storage.membership.initialized) return;
  const self = storage.identity.memberId;
  let remindAtMs = clock.monotonicMs() + REMIND_MS;
  for (;;) {
    const others = members.filter((member) => member.id !== self);
    const agreed = await Promise.all(others.map((member) => agreesWith(deps, member)));
    const missing = others.filter((_, at) => !agreed[at]);
    if (missing.length === 0) {
      const directories = storage.membership.knownDirectories;
      const voters = members.map((member) => ({ ...member, directoryId: directories.get(member.id) ?? '' }));
      await storage.initialize({ configuration: { voters, learners: [] } }, directories);
      logger.info({ members: members.map((member) => member.id) }, 'first start: directory initialised');
      return;
    }
    if (clock.monotonicMs() >= remindAtMs) {
      remindAtMs = clock.monotonicMs() + REMIND_MS;
      logger.info(
        { waitingFor: missing.map((member) => `${member.id}=${member.address}`) },
        'first start: every initial member must be reachable once',
      );
    }
    await delay(clock, ASK_AGAIN_MS, signal);
  }
}

/** True once the member has answered with the full map, equal to ours. */
async function agreesWith(deps: BootstrapDeps, member: Member): Promise<boolean> {
  const { storage, members, logger, owner } = deps;
  const { identity } = storage;
  const outcome = await deps.transport.handshake(member, handshakeInfo(storage, member.id));
  if (outcome.kind === 'unreachable') {
    logger.debug({ member: member.id, cause: outcome.message }, 'first start: no answer yet');
    return false;
  }
  if (outcome.kind === 'refused') {
    if (outcome.refusal === 'WRONG_MEMBER') await askWhoeverIsThere(deps, member);
    throw refusalToStart(outcome.refusal, member, outcome.message, owner);
  }
  const { info } = outcome;
  mustNotRunWithout(identity, info, member, owner);
  const refusal = await judgePeer(storage, info, { kind: 'firstStart' });
  if (refusal !== undefined) throw refusalToStart(refusal.refusal, member, refusal.message, owner);
  const ours = storage.membership.knownDirectories;
  return members.every((each) => {
    const id = ours.get(each.id);
    return id !== undefined && info.knownDirectories.get(each.id) === id;
  });
}

/**
 * --members may be that of long ago, and the member listed there replaced since, at the same address: a wiped
 * directory then has to hear of its loss (S6), not of a wrong address. Returns when there is nothing worse to say.
 */
async function askWhoeverIsThere(deps: BootstrapDeps, member: Member): Promise<void> {
  const { storage, owner } = deps;
  const outcome = await deps.transport.handshake(member, handshakeInfo(storage, ANYBODY));
  if (outcome.kind === 'answered') mustNotRunWithout(storage.identity, outcome.info, member, owner);
  if (outcome.kind === 'refused') throw refusalToStart(outcome.refusal, member, outcome.message, owner);
}

/** The cluster runs already: it must know this very directory. */
function mustNotRunWithout(
  { memberId, directoryId }: Identity,
  { initialized, knownDirectories }: HandshakeInfo,
  member: Member,
  owner: DirectoryOwner,
): void {
  if (!initialized) return;
  const known = knownDirectories.get(memberId);
  if (known === undefined) throw unknownToCluster(member, owner);
  if (known === directoryId) return;
  const message = `it knows this member with data directory ${known}, this one is ${directoryId}`;
  throw refusalToStart('DIRECTORY_MISMATCH', member, message, owner);
}

function refusalToStart(
  refusal: HandshakeRefusal,
  peer: Member,
  message: string,
  owner: DirectoryOwner,
): FatalError {
  const by = `member ${peer.id} at ${peer.address}`;
  switch (refusal) {
    case 'DIRECTORY_MISMATCH':
      // S6: an empty directory that the cluster knows as a voter is refused, not bootstrapped again.
      return wipedError(by, message, owner);
    case 'NOT_A_MEMBER':
      return removedError(by, message, owner);
    case 'CLUSTER_MISMATCH':
      return new FatalError(
        'CONFIG',
        `${by} refuses this node: ${message}. Check --cluster-id and --members.`,
      );
    case 'WRONG_MEMBER':
      return new FatalError(
        'CONFIG',
        `${by} refuses this node: ${message}. Check the addresses in --members.`,
      );
    case 'PROTOCOL_MISMATCH':
      return new FatalError('CONFIG', `${by} refuses this node: ${message}. Upgrade the older of the two.`);
  }
}

/** The cluster runs, and this node would start it a second time: it was meant to join. */
function unknownToCluster(peer: Member, { memberId, address }: DirectoryOwner): FatalError {
  return new FatalError(
    'CONFIG',
    `member ${peer.id} at ${peer.address} belongs to a cluster that runs already and has no member ${memberId}. To add ` +
      `this node to it: sexton member add ${memberId} --address ${address ?? 'THIS_HOST:7401'}, and start it with --join.`,
  );
}
