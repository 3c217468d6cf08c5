/**
 * The way of a new member into a cluster that runs (S6). The operator adds its id and address; the leader
 * finds its directory at that address and binds it by a committed entry (`member-binding.ts`); meanwhile
 * this node asks the members that it was told of, again and again, until one of them knows the binding.
 *
 *     this node                  any member                   the leader
 *        | who knows me? ---------->|                             |
 *        |<------------- not yet ---|      sexton member add ---->| entry: learner 4 at ADDRESS
 *        |<------------------------------------ who are you? -----|
 *        |---- directory d -------------------------------------->| entry: member 4 has directory d
 *        | who knows me? ---------->|                             |
 *        |<--- 4 = d, addresses ----|                             |
 *
 * Only then is the directory initialised, with a configuration that lists nobody: it neither votes nor
 * campaigns, and learns everything else from the leader, as entries or as a snapshot.
 */
import type { Configuration, Member } from '../raft/types.js';
import { delay, type Clock } from '../shared/clock.js';
import { FatalError } from '../shared/fatal.js';
import type { Logger } from '../shared/logger.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { DirectoryOwner } from '../storage/rejoin-advice.js';
import { handshakeInfo } from './bootstrap.js';
import { ANYBODY } from './member-identity.js';
import { removedError, wipedError } from './member-refusals.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

const ASK_AGAIN_MS = 200;
/** How often a node that waits says for what. */
const REMIND_MS = 10_000;

const BLANK: Configuration = Object.freeze({ voters: [], learners: [] });

export interface JoinDeps {
  readonly storage: NodeStorage;
  readonly transport: Pick<Transport, 'handshake'>;
  /** Some of the members that live; this node and members that are gone may be among them. */
  readonly contacts: readonly Member[];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly owner: DirectoryOwner & { readonly address: string };
}

/** Resolves once the cluster knows this directory, and it is initialised. Rejects with FatalError. */
export async function joinCluster(deps: JoinDeps): Promise<void> {
  const { storage, clock, logger, signal, owner } = deps;
  if (storage.membership.initialized) return;
  let remindAtMs = clock.monotonicMs();
  for (;;) {
    const answers = await askContacts(deps);
    const bound = answers.find((info) => isBound(storage, info));
    if (bound !== undefined) {
      await storage.initialize({ configuration: BLANK }, bound.knownDirectories);
      logger.info({ by: bound.from }, 'added to the cluster: directory initialised');
      return;
    }
    if (clock.monotonicMs() >= remindAtMs) {
      remindAtMs = clock.monotonicMs() + REMIND_MS;
      logger.info(
        { answered: answers.map(({ from }) => from) },
        answers.length === 0
          ? 'waiting to be added: no member answers; check the addresses in --members'
          : `waiting to be added: sexton member add ${owner.memberId} --address ${owner.address}`,
      );
    }
    await delay(clock, ASK_AGAIN_MS, signal);
  }
}

/** The members that answered. Throws what must end the process. */
async function askContacts(deps: JoinDeps): Promise<readonly HandshakeInfo[]> {
  const { owner } = deps;
  const others = deps.contacts.filter(
    ({ id, address }) => id !== owner.memberId && address !== owner.address,
  );
  const answers = await Promise.all(others.map((contact) => ask(deps, contact)));
  return answers.filter((answer) => answer !== undefined);
}

async function ask(deps: JoinDeps, contact: Member): Promise<HandshakeInfo | undefined> {
  const { storage, transport, logger, owner } = deps;
  let outcome = await transport.handshake(contact, handshakeInfo(storage, contact.id));
  if (outcome.kind === 'refused' && outcome.refusal === 'WRONG_MEMBER') {
    // --members may be that of long ago, and every member listed there replaced since, at the same address.
    outcome = await transport.handshake(contact, handshakeInfo(storage, ANYBODY));
  }
  const by = `member ${contact.id} at ${contact.address}`;
  switch (outcome.kind) {
    case 'unreachable':
      logger.debug({ member: contact.id, cause: outcome.message }, 'joining: no answer');
      return undefined;
    case 'answered':
      return checked(outcome.info, by, owner, storage);
    case 'refused':
      break;
  }
  switch (outcome.refusal) {
    case 'NOT_A_MEMBER':
      throw removedError(by, outcome.message, owner);
    case 'DIRECTORY_MISMATCH':
      throw wipedError(by, outcome.message, owner);
    case 'WRONG_MEMBER':
      logger.debug({ member: contact.id, cause: outcome.message }, 'joining: somebody else is there');
      return undefined;
    case 'CLUSTER_MISMATCH':
      throw new FatalError('CONFIG', `${by}: ${outcome.message}. Check --cluster-id and --members.`);
    case 'PROTOCOL_MISMATCH':
      throw new FatalError('CONFIG', `${by}: ${outcome.message}. Upgrade the older of the two.`);
  }
}

function checked(
  info: HandshakeInfo,
  by: string,
  owner: DirectoryOwner,
  storage: NodeStorage,
): HandshakeInfo {
  const { memberId, directoryId } = storage.identity;
  const known = info.knownDirectories.get(memberId);
  if (known !== undefined && known !== directoryId) {
    throw wipedError(
      by,
      `member ${memberId} is known with data directory ${known}, this one is ${directoryId}`,
      owner,
    );
  }
  return info;
}

function isBound(storage: NodeStorage, info: HandshakeInfo): boolean {
  const { memberId, directoryId } = storage.identity;
  return info.initialized && info.knownDirectories.get(memberId) === directoryId;
}
