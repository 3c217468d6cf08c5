/**
 * The Transport over gRPC: a PeerLink to each other member, the handlers of what they send, handshakes and
 * snapshot streams. The listener itself is shared with the clients' services; whoever opens it adds
 * `handlers` to it.
 */
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import type { ConnectResponse__Output } from '../../generated/sexton/raft/v1/ConnectResponse.js';
import type { Member, MemberId, Term } from '../../raft/types.js';
import { checkHelloAck, fromHandshake, refusalOf, toHandshake } from '../../rpc/raft-handshake.js';
import { RaftClient } from '../../rpc/raft-service.js';
import type { Clock } from '../../shared/clock.js';
import { deferred } from '../../shared/deferred.js';
import type { Logger } from '../../shared/logger.js';
import type { Random } from '../../shared/random.js';
import type { SnapshotSource } from '../../storage/node-storage.js';
import { CAUSE_OF_REFUSAL } from './peer-error.js';
import { PeerLink } from './peer-link.js';
import { type PeerRefusalCause, PeerRefusals } from './peer-refusals.js';
import { RaftHandlers } from './raft-handlers.js';
import { sendSnapshotTo } from './snapshot-call.js';
import type {
  HandshakeInfo,
  HandshakeOutcome,
  PeerItem,
  SnapshotSendOutcome,
  Transport,
  TransportHandler,
} from './transport.js';

const HANDSHAKE_TIMEOUT_MS = 2_000;

export interface GrpcTransportDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly boot: number;
  readonly defer: (callback: () => void) => void;
  readonly info: (to: MemberId) => HandshakeInfo;
  readonly dropped: (peer: MemberId) => void;
  /** Something that a peer sent was refused; 0 = a peer that is not known here. */
  readonly refused: (peer: MemberId, cause: PeerRefusalCause) => void;
}

/** One connection per call: a link that is opened again must not meet the old channel's back-off. */
const CHANNEL_OPTIONS = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': 4 * 1024 * 1024,
  'grpc.enable_retries': 0,
} as const;

export class GrpcTransport implements Transport {
  readonly #deps: GrpcTransportDeps;
  readonly handlers: RaftHandlers;
  readonly #refusals: PeerRefusals;
  readonly #links = new Map<MemberId, PeerLink>();
  #handler: TransportHandler | undefined;
  #closed = false;

  constructor(deps: GrpcTransportDeps) {
    this.#deps = deps;
    this.#refusals = new PeerRefusals({
      logger: deps.logger,
      isMember: (id) => deps.info(id).knownDirectories.has(id),
      count: deps.refused,
    });
    this.handlers = new RaftHandlers({
      handler: () => this.#handler,
      info: deps.info,
      refusals: this.#refusals,
      boot: deps.boot,
      connected: (from) => this.#links.get(from)?.peerIsUp(),
    });
  }

  start(handler: TransportHandler): void {
    this.#handler = handler;
  }

  setPeers(members: readonly Member[]): void {
    if (this.#closed) return;
    const self = this.#deps.info(0).from;
    const wanted = new Map(
      members.filter((member) => member.id !== self).map((member) => [member.id, member]),
    );
    for (const [id, link] of this.#links) {
      if (wanted.get(id)?.address === link.member.address) continue;
      link.close();
      this.#links.delete(id);
      if (!wanted.has(id)) this.handlers.dismiss(id);
    }
    for (const member of wanted.values()) {
      if (!this.#links.has(member.id)) this.#links.set(member.id, this.#link(member));
    }
  }

  send(to: MemberId, item: PeerItem): void {
    this.#links.get(to)?.send(item);
  }

  isConnected(member: MemberId): boolean {
    return this.#links.get(member)?.isConnected ?? false;
  }

  async handshake(member: Member, request: HandshakeInfo): Promise<HandshakeOutcome> {
    const client = this.#connect(member.address);
    const answer = deferred<HandshakeOutcome>();
    client.Handshake(
      toHandshake(request),
      new Metadata(),
      { deadline: Date.now() + HANDSHAKE_TIMEOUT_MS },
      (error, response) => {
        if (error !== null) answer.resolve(failedHandshake(error));
        else if (response === undefined) answer.resolve({ kind: 'unreachable', message: 'an empty answer' });
        else {
          const decoded = fromHandshake(response);
          answer.resolve(
            decoded.ok
              ? { kind: 'answered', info: decoded.value.info }
              : { kind: 'unreachable', message: decoded.cause },
          );
        }
      },
    );
    try {
      return await answer.promise;
    } finally {
      client.close();
    }
  }

  async sendSnapshot(
    to: MemberId,
    term: Term,
    source: SnapshotSource,
    signal: AbortSignal,
  ): Promise<SnapshotSendOutcome> {
    const link = this.#links.get(to);
    if (link === undefined || !link.isConnected) {
      await source.close();
      return { kind: 'failed', message: `member ${to} is not connected` };
    }
    const client = this.#connect(link.member.address);
    try {
      const { clusterId, from } = this.#deps.info(to);
      const { header, approximateSizeBytes: approximateBytes } = source;
      const preamble = { clusterId, from, to, term, header, approximateBytes };
      return await sendSnapshotTo({ client, clock: this.#deps.clock, preamble, source, signal });
    } finally {
      await source.close();
      client.close();
    }
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.handlers.close();
    return Promise.resolve();
  }

  #link(member: Member): PeerLink {
    const { clock, random, logger, boot, defer, info } = this.#deps;
    return new PeerLink({
      member,
      clock,
      random,
      logger,
      boot,
      defer,
      connect: () => this.#connect(member.address),
      info: () => info(member.id),
      unreachable: () => this.#handler?.peerUnreachable(member.id),
      dropped: () => {
        this.#deps.dropped(member.id);
      },
      checkAck: (response) => this.#checkAck(member.id, response),
    });
  }

  #checkAck(from: MemberId, response: ConnectResponse__Output): string | undefined {
    const wrong = checkHelloAck(response, this.#deps.info(from).knownDirectories.get(from));
    if (wrong === undefined) return undefined;
    const cause = wrong.refusal === undefined ? 'bad_handshake' : CAUSE_OF_REFUSAL[wrong.refusal];
    this.#refusals.refused(from, cause, wrong.message);
    return wrong.message;
  }

  #connect(address: string): RaftClient {
    return new RaftClient(address, credentials.createInsecure(), CHANNEL_OPTIONS);
  }
}

function failedHandshake(error: ServiceError): HandshakeOutcome {
  const refusal = refusalOf(error);
  return refusal === undefined
    ? { kind: 'unreachable', message: error.details }
    : { kind: 'refused', ...refusal };
}
