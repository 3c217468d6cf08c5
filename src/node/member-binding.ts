/**
 * Binds the directory of a new member (S6), on the leader. A member is added by id and address; which
 * directory that is, its node tells when the leader asks it there, and a committed entry says so to all.
 * Whoever answers first under the id is it; any other disk is refused from then on.
 *
 * Asked for as long as a member has no directory, whoever leads: nothing here needs to be remembered.
 */
import type { Configuration, Member, MemberId, StepOutcome } from '../raft/types.js';
import type { Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

const ASK_AGAIN_MS = 500;

export interface DirectoryBindingDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transport: Pick<Transport, 'handshake'>;
  readonly configuration: () => Configuration;
  readonly isLeader: () => boolean;
  /** This node about itself. */
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly bind: (id: MemberId, directoryId: string) => StepOutcome;
}

export class DirectoryBinding {
  readonly #deps: DirectoryBindingDeps;
  readonly #asking = new Set<MemberId>();
  #askAtMs = 0;
  #lastRefusal = '';

  constructor(deps: DirectoryBindingDeps) {
    this.#deps = deps;
  }

  /** Called once a tick. */
  tick(): void {
    const { configuration, isLeader, clock } = this.#deps;
    if (!isLeader()) return;
    const { learners, voters } = configuration();
    const unbound = [...learners, ...voters].filter(({ directoryId }) => directoryId === '');
    if (unbound.length === 0 || clock.monotonicMs() < this.#askAtMs) return;
    this.#askAtMs = clock.monotonicMs() + ASK_AGAIN_MS;
    for (const member of unbound) {
      if (this.#asking.has(member.id)) continue;
      this.#asking.add(member.id);
      void this.#ask(member).finally(() => this.#asking.delete(member.id));
    }
  }

  async #ask(member: Member): Promise<void> {
    const { transport, info, logger, bind } = this.#deps;
    const outcome = await transport.handshake(member, info(member.id));
    if (outcome.kind === 'unreachable') {
      logger.debug({ member: member.id, cause: outcome.message }, 'a new member is not there yet');
      return;
    }
    const objection = outcome.kind === 'refused' ? outcome.message : whyNot(outcome.info, info(member.id));
    if (objection !== undefined) {
      this.#warnOnce(member, objection);
      return;
    }
    if (outcome.kind !== 'answered') return;
    // Refused where another change is on its way, or this node leads no more: asked again, or by the next one.
    const { kind } = bind(member.id, outcome.info.directoryId);
    if (kind === 'appended') {
      logger.info(
        { member: member.id, directory: outcome.info.directoryId },
        'binding the directory of a new member',
      );
    }
  }

  #warnOnce(member: Member, cause: string): void {
    const refusal = `${member.id} ${cause}`;
    if (refusal === this.#lastRefusal) return;
    this.#lastRefusal = refusal;
    this.#deps.logger.warn({ member: member.id, address: member.address, cause }, 'not the new member');
  }
}

/** A directory with a history of its own would bring entries that this cluster never had. */
function whyNot(answer: HandshakeInfo, asked: HandshakeInfo): string | undefined {
  if (answer.clusterId !== asked.clusterId) return `it belongs to cluster '${answer.clusterId}'`;
  if (answer.from !== asked.to) return `it is member ${answer.from}`;
  return answer.initialized
    ? 'its directory is in use already; a new member starts with an empty one, and with --join'
    : undefined;
}
