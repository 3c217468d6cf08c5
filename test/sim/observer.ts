/**
 * What the invariants see. The world calls these as things happen; each invariant implements those that it
 * needs and throws a Violation through `fail`. Nothing here acts on the system.
 */
import type { Command, Incarnation, Revision, SessionId, StreamRecord } from '../../src/catalog/types.js';
import type { PeerItem } from '../../src/node/transport/transport.js';
import type { DeleteOutcome, DeleteTarget } from '../../src/objectstore/object-store.js';
import type { Configuration, LogIndex, MemberId, Role, Term } from '../../src/raft/types.js';
import type { LogBatch } from '../../src/storage/node-storage.js';
import type { Committed, CommittedLog } from './committed-log.js';
import type { LogMirror } from './log-mirror.js';
import type { SimulatedBucket } from './object-store.js';

/** One data directory and, when up, the process that runs on it. */
export interface ObservedMachine {
  readonly member: MemberId;
  readonly host: string;
  /** As handed to the disk. */
  readonly written: LogMirror;
  /** As the disk has confirmed. */
  readonly durable: LogMirror;
  /** What a disk that is gone had confirmed: acknowledgements of it may still be on their way. */
  readonly durableBeforeWipe: LogMirror | undefined;
  readonly isUp: boolean;
  /** An incarnation in the state applied there, now. */
  appliedStream(incarnation: number): StreamRecord | undefined;
  /** Undefined while down or starting. */
  readonly status:
    | {
        readonly role: Role;
        readonly term: Term;
        readonly leader: MemberId;
        readonly commitIndex: LogIndex;
        readonly appliedIndex: LogIndex;
        readonly configuration: Configuration;
      }
    | undefined;
}

export interface ObservedWorld {
  readonly machines: readonly ObservedMachine[];
  readonly committed: CommittedLog;
  readonly bucket: SimulatedBucket;
  /** Nodes that know of no tombstone upload at any moment. */
  readonly hasParseable: boolean;
}

/** A delete request as it leaves a purger. */
export interface SentDelete {
  readonly machine: ObservedMachine;
  /** Of the leadership that the purger works under. */
  readonly term: Term;
  readonly targets: readonly DeleteTarget[];
  /** A quorum round trip began after the request was prepared and was over before it left. */
  readonly confirmedSincePrepared: boolean;
  /** P12: the metadata below a stream's prefix was listed, from the first page to the last, after that round trip was over. */
  readonly lookedSinceConfirmed: (prefix: string) => boolean;
  /** When the last complete look began, true time; undefined: there was none. */
  readonly lookedMs: (prefix: string) => number | undefined;
  /** The store refuses it from then on, as its sender reckons. */
  readonly expiresAtMs: number;
}

export interface ProposedByPurger {
  readonly machine: ObservedMachine;
  readonly term: Term;
  readonly command: Command;
  /** For `markPurged`: complete, empty listings of the prefix that began after its last delete had ended. */
  readonly provenEmpty: {
    readonly objects: boolean;
    readonly versions: boolean;
    readonly uploads: boolean;
    /** P12: not empty. The metadata is of a new life, and a complete listing showed no object from before it. */
    readonly butNewLife: boolean;
  };
}

export interface AdmittedUpload {
  readonly key: string;
  readonly sessionId: SessionId;
  readonly incarnation: Incarnation;
  /** Every change up to here had been seen by the node. */
  readonly viewRevision: Revision;
}

export interface Checks {
  /** After recovery, before the node takes part. `applied` and `digest` are what it found. */
  opened?(
    machine: ObservedMachine,
    found: {
      readonly appliedIndex: LogIndex;
      readonly digest: string;
      readonly hardState: LogMirror['hardState'];
      readonly lastIndex: LogIndex;
      readonly termAt: (index: LogIndex) => Term | undefined;
      readonly start: LogIndex;
    },
  ): void;
  /** Handed to the disk. */
  written?(machine: ObservedMachine, batch: LogBatch): void;
  /** The disk says it is durable. */
  persisted?(machine: ObservedMachine, batch: LogBatch): void;
  applied?(machine: ObservedMachine, index: LogIndex, digest: string): void;
  /** Role or term changed. */
  role?(machine: ObservedMachine, role: Role, term: Term): void;
  commitMoved?(machine: ObservedMachine, from: LogIndex, to: LogIndex): void;
  /** For each index once, in order, when its first leader commits it. */
  committed?(machine: ObservedMachine, committed: Committed): void;
  sent?(machine: ObservedMachine, to: MemberId, item: PeerItem): void;
  deleteSent?(request: SentDelete): void;
  /** The store's word on each key, as the purger heard it. */
  deleteAnswered?(targets: readonly DeleteTarget[], outcomes: readonly DeleteOutcome[]): void;
  uploadAborted?(key: string): void;
  /** At the moment in which the bucket carries it out. */
  deleteApplied?(keys: readonly string[]): void;
  proposedByPurger?(proposal: ProposedByPurger): void;
  /** An ingest node's session lets an upload begin. */
  guardAdmits?(upload: AdmittedUpload): void;
  /** An object appears in the bucket. */
  uploadApplied?(key: string): void;
  /** Everything is healed, and nothing more is asked for. */
  end?(): void;
}

export interface Invariant {
  /** As it is known in the field, or by its number. */
  readonly name: string;
  /** Where it is stated. */
  readonly source: string;
  readonly watch: (world: ObservedWorld, fail: (facts: string) => never) => Checks;
}
