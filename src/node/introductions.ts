/**
 * Who this node is to others, and what it says to a peer that introduces itself (S6). Before it takes part it
 * knows only its directory; afterwards its membership answers.
 */
import { FatalError } from '../shared/fatal.js';
import type { NodeStorage } from '../storage/node-storage.js';
import type { DirectoryOwner } from '../storage/rejoin-advice.js';
import { handshakeInfo } from './bootstrap.js';
import type { Engine } from './engine.js';
import { judgePeer, type MemberKnowledge } from './member-identity.js';
import type { NodeOptions } from './options.js';
import type { HandshakeInfo, Transport } from './transport/transport.js';

export interface IntroductionsDeps {
  readonly storage: NodeStorage;
  readonly options: NodeOptions;
  /** Path of the data directory, for messages. */
  readonly directory: string;
  /** Undefined while this node takes no part. */
  readonly engine: () => Engine | undefined;
  readonly fatal: (error: unknown) => void;
}

export class Introductions {
  readonly #deps: IntroductionsDeps;

  constructor(deps: IntroductionsDeps) {
    this.#deps = deps;
  }

  async answer(request: HandshakeInfo): ReturnType<Parameters<Transport['start']>[0]['handshake']> {
    const refusal = await this.#judge(request);
    if (refusal !== undefined) return refusal;
    const membership = this.#deps.engine()?.membership;
    membership?.introduced(request);
    return membership?.handshakeInfo(request.from) ?? handshakeInfo(this.#deps.storage, request.from);
  }

  /** For messages: whose directory, and how to come back. */
  get owner(): DirectoryOwner & { readonly address: string } {
    const { options, directory, engine } = this.#deps;
    const { memberId, address, initialMembers } = options;
    const endpoints = (engine()?.membership.contacts() ?? initialMembers)
      .filter((member) => member.id !== memberId && member.address !== address)
      .map((member) => member.address);
    return { directory, memberId, address, endpoints };
  }

  /** S5: it may have to be written down who a peer is, and a disk that fails that ends this node, not only the call. */
  async #judge(request: HandshakeInfo): ReturnType<typeof judgePeer> {
    try {
      return await judgePeer(this.#deps.storage, request, this.#knowledge());
    } catch (error) {
      if (error instanceof FatalError) this.#deps.fatal(error);
      throw error;
    }
  }

  #knowledge(): MemberKnowledge {
    const { storage, options, engine } = this.#deps;
    const running = engine();
    if (running !== undefined) return running.membership.knowledge();
    if (!storage.membership.initialized) return { kind: options.join ? 'joining' : 'firstStart' };
    const { configuration } = storage.snapshotMeta;
    return { kind: 'member', inForce: configuration, committed: configuration };
  }
}
