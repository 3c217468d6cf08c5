/**
 * The port to the other members. `grpc-transport.ts` is the real one; the simulator brings a network
 * that loses, repeats, reorders and delays.
 *
 * Nothing here needs to arrive: consensus repeats what matters. So `send` never waits and never fails;
 * what does not fit the bounded queue of a slow or absent peer is dropped and counted.
 */
import type { LogIndex, Member, MemberId, Message, Term } from '../../raft/types.js';
import type { SnapshotHeader, SnapshotProgress, SnapshotSource } from '../../storage/node-storage.js';
import type { StateDigest } from '../digest-history.js';

export type { StateDigest };

/** A command on its way to the leader, from the node that got the call. */
export interface ForwardedProposal {
  readonly sequence: number;
  /** Of the proposer's process: a result never answers a call of an earlier life. */
  readonly boot: number;
  /** Request id and command, see `proposal-codec.ts`. */
  readonly command: Uint8Array;
}

export const PROPOSAL_REFUSAL_CAUSES = ['notLeader', 'overloaded', 'transferring', 'tooLarge'] as const;
export type ProposalRefusalCause = (typeof PROPOSAL_REFUSAL_CAUSES)[number];

/** Certainly not appended, now or later. */
export interface ProposalRefusal {
  readonly sequence: number;
  readonly boot: number;
  readonly cause: ProposalRefusalCause;
  /** 0 = the refuser knows none. */
  readonly leaderHint: MemberId;
}

/** The leader to a member whose state is not its own at the same index (S7). */
export interface DigestNotice {
  /** The term in which the sender leads. */
  readonly term: Term;
  readonly index: LogIndex;
  /** What the receiver reported, and what the sender has, 16 hexadecimal digits each. */
  readonly reported: string;
  readonly expected: string;
  /** Voters known to hold `expected`, the sender among them, of how many. */
  readonly agreeing: number;
  readonly voters: number;
}

/** An estimate that is wrong by `errorMs` at most: half of the round trip in which it was made. */
export interface ClockMeasurement {
  /** The other clock less the own. */
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** What the sender hears and measures of one other member. */
export interface HeardMember {
  readonly member: MemberId;
  /** Since it last heard from it, by its monotonic clock. */
  readonly agoMs: number;
  /** Absent: not measured yet. */
  readonly clock?: ClockMeasurement;
}

/** From every member to every other, now and then; see `peer-reports.ts`. Times to the microsecond. */
export interface PeerReport {
  /** The sender's, grows; comes back in `echo`. */
  readonly sequence: number;
  /** The sender's wall clock as this left. */
  readonly wallMs: number;
  /** `sequence` of the receiver's latest report that the sender got; 0 = none. */
  readonly echo: number;
  /** How long ago that was, by the sender's monotonic clock. */
  readonly echoHeldMs: number;
  /** At most 64. */
  readonly heard: readonly HeardMember[];
}

/** What one peer's connection carries besides snapshots. */
export type PeerItem =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'proposal'; readonly proposal: ForwardedProposal }
  | { readonly kind: 'refusal'; readonly refusal: ProposalRefusal }
  /** A member's state as of an index, for the leader to compare (S7). */
  | { readonly kind: 'digest'; readonly digest: StateDigest }
  | { readonly kind: 'digestNotice'; readonly notice: DigestNotice }
  | { readonly kind: 'report'; readonly report: PeerReport };

/** How a peer stands in the first start (S6); the same shape is asked and answered. */
export interface HandshakeInfo {
  readonly clusterId: string;
  readonly from: MemberId;
  /** 0: whoever is there. */
  readonly to: MemberId;
  readonly directoryId: string;
  readonly initialized: boolean;
  readonly knownDirectories: ReadonlyMap<MemberId, string>;
  /** Where the members are reached as far as the sender knows, itself for certain once it runs. */
  readonly addresses?: ReadonlyMap<MemberId, string>;
}

/** Why a peer does not talk to us: no retry will mend these. */
export type HandshakeRefusal =
  'CLUSTER_MISMATCH' | 'DIRECTORY_MISMATCH' | 'NOT_A_MEMBER' | 'WRONG_MEMBER' | 'PROTOCOL_MISMATCH';

export type HandshakeOutcome =
  | { readonly kind: 'answered'; readonly info: HandshakeInfo }
  | { readonly kind: 'refused'; readonly refusal: HandshakeRefusal; readonly message: string }
  | { readonly kind: 'unreachable'; readonly message: string };

export type SnapshotSendOutcome =
  | { readonly kind: 'installed'; readonly matchIndex: number }
  | { readonly kind: 'failed'; readonly message: string };

/** What a leader would send; see TransportHandler.offerSnapshot. */
export interface SnapshotOffer {
  readonly from: MemberId;
  readonly term: Term;
  readonly header: SnapshotHeader;
}

export type SnapshotOfferAnswer =
  /** `held`: what is stored here of exactly this snapshot; the stream may go on after it. */
  | { readonly kind: 'wanted'; readonly held: SnapshotProgress }
  /** As if it had been installed, or refused: see `receiveSnapshot`. */
  | { readonly kind: 'notWanted'; readonly term: Term; readonly matchIndex: number };

export interface IncomingSnapshot {
  readonly from: MemberId;
  readonly term: Term;
  readonly header: SnapshotHeader;
  /** The chunks follow these, which are stored here. Undefined: they begin with the first one. */
  readonly after?: SnapshotProgress;
  /** Checked chunks in order; ends only after the sender's end frame was verified, else throws. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What the node does with what arrives. All of it synchronous but the snapshot. */
export interface TransportHandler {
  /** Answers a peer's handshake, or says why not. */
  handshake(
    request: HandshakeInfo,
  ): Promise<HandshakeInfo | { readonly refusal: HandshakeRefusal; readonly message: string }>;
  receive(from: MemberId, item: PeerItem): void;
  /** The connection to the peer broke and reconnecting was refused: a hint (fast failover). */
  peerUnreachable(member: MemberId): void;
  /** Asked before each stream; a network that does not ask begins with the first chunk. */
  offerSnapshot(offer: SnapshotOffer): Promise<SnapshotOfferAnswer>;
  /** Returns the receiver's term and the index up to which its log now equals the sender's. */
  receiveSnapshot(snapshot: IncomingSnapshot): Promise<{ readonly term: Term; readonly matchIndex: number }>;
}

export interface Transport {
  /** Must be called before anything is received; calls before it are refused as unreachable. */
  start(handler: TransportHandler): void;
  /** Opens links to these members (not to this node) and closes all others. */
  setPeers(members: readonly Member[]): void;
  send(to: MemberId, item: PeerItem): void;
  /** One try, bounded in time. */
  handshake(member: Member, request: HandshakeInfo): Promise<HandshakeOutcome>;
  /**
   * Streams the snapshot, what the receiver does not hold of it; closes `source` however it ends. One that
   * failed may be sent again, and then goes on where it stood if `source` can.
   */
  sendSnapshot(
    to: MemberId,
    term: Term,
    source: SnapshotSource,
    signal: AbortSignal,
  ): Promise<SnapshotSendOutcome>;
  isConnected(member: MemberId): boolean;
  close(): Promise<void>;
}
