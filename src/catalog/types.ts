/**
 * The vocabulary of the replicated state machine: records, commands, results, events.
 *
 *         DeleteStream           grace over          every session drained          listing proved empty
 *  ACTIVE -------------> DELETED ------------> PURGING --------------------> PURGING -----------------> PURGED
 *    ^                      |    (point of    (DRAINING)  (the first delete                                |
 *    +--- UndeleteStream ---+     no return)               request may leave)     record kept, re-swept, then forgotten
 *
 * Times are milliseconds since the epoch, stamped by the leader before the proposal (C3).
 */
import type { FieldViolation, Reason } from '../shared/errors.js';

export const STREAM_STATES = ['ACTIVE', 'DELETED', 'PURGING', 'PURGED'] as const;
export type StreamState = (typeof STREAM_STATES)[number];

/** The log index of the entry that created one life of a name: unique, grows, never reused. */
export type Incarnation = number;
/** The log index of the last entry that changed something; what watches and barriers count in. */
export type Revision = number;

/** The index of the entry that opened a session: unique, never reused. Decimal text on the wire. */
export type SessionId = number;

/** A session that holds up nothing any more is not kept, so that there is no third state. */
export const SESSION_STATES = ['OPEN', 'EXPIRED'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Where a purge stands, beside the stream's state. See `PURGE_PHASES` for who moves it. */
export const PURGE_PHASES = [
  /** ACTIVE: nothing to purge. */
  'NONE',
  /** DELETED: waits for purge_after. */
  'WAITING',
  /** PURGING: the leader works on it, or will as soon as a slot is free. */
  'RUNNING',
  /** PURGING: the last try failed for a reason that passes; next try at nextAttemptTimeMs. */
  'RETRYING',
  /** PURGING: needs an operator (access denied, object lock, missing bucket, foreign marker); looked at again at nextAttemptTimeMs. */
  'BLOCKED',
  /** PURGED. */
  'DONE',
  /** PURGING, past the point of no return: nodes are asked to forget the stream, and sessions drain it. Nothing is deleted yet. */
  'DRAINING',
] as const;
export type PurgePhase = (typeof PURGE_PHASES)[number];

/** Those of a stream that is PURGING. */
export const PURGING_PHASES = [
  'DRAINING',
  'RUNNING',
  'RETRYING',
  'BLOCKED',
] as const satisfies readonly PurgePhase[];
export type PurgingPhase = (typeof PURGING_PHASES)[number];

/** What an operator has to mend before a BLOCKED purge can go on. Only ever appended to. */
export const BLOCKED_REASONS = [
  /** Not BLOCKED, or blocked by a version that did not say. */
  'NONE',
  /** The identity may not list, or not delete, below the prefix. */
  'ACCESS_DENIED',
  /** The store refuses the credentials altogether. */
  'BAD_CREDENTIALS',
  /** Retention or a legal hold on some version. */
  'OBJECT_LOCKED',
  'BUCKET_MISSING',
  /** The bucket's marker names another cluster (P9). */
  'FOREIGN_MARKER',
  /** The store lacks what a complete and safe purge of this prefix needs. */
  'STORE_UNSUITABLE',
  /** Try after try deletes what is listed, and something is listed again. */
  'NO_PROGRESS',
  /** A listing held keys that were not asked for: nothing that it says can be deleted by. */
  'LISTING_UNTRUSTED',
  /** The metadata below the prefix is of a life that began after the tombstone, beside objects of the deleted one. */
  'STREAM_REBORN',
  /** The metadata below the prefix cannot be read, or does not say which life it belongs to. */
  'METADATA_UNCLEAR',
] as const;
export type BlockedReason = (typeof BLOCKED_REASONS)[number];

export interface PurgeProgress {
  readonly phase: PurgePhase;
  /** NONE unless BLOCKED. */
  readonly blockedReason: BlockedReason;
  /** Objects, versions and delete markers removed so far; survives failover, may lag a little. */
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  /** Unfinished multipart uploads. */
  readonly uploadsAborted: number;
  readonly attempts: number;
  /** '' when the last try had none. At most 1,024 bytes; longer text is cut by the purger. */
  readonly lastError: string;
  /** Committed time of the failure that `lastError` tells of; 0 = none. */
  readonly lastErrorTimeMs: number;
  /** RETRYING and BLOCKED: when it is tried again by itself. 0 otherwise. */
  readonly nextAttemptTimeMs: number;
  /** Committed time of beginDrain, the point of no return; 0 before, and for purges that began before there was a drain. */
  readonly drainTimeMs: number;
  /** Committed time of beginPurge; 0 before. */
  readonly beginTimeMs: number;
  /**
   * An operator said that what nodes write after the tombstone is to be removed too: the purge waits for no node that
   * takes the stream up again and looks for no new life below the prefix.
   */
  readonly discardNewWrites: boolean;
  /** An operator said pause for this stream alone. */
  readonly paused: boolean;
  /** Committed time of that; 0 = not paused. */
  readonly pauseTimeMs: number;
}

/** P8: the sweeps after PURGED, for what nodes wrote that no barrier covered. */
export interface StreamSweep {
  /** Sweeps that have ended. */
  readonly done: number;
  /** Not before this. 0: none is to come, or the stream is not PURGED. */
  readonly nextTimeMs: number;
  /** What all sweeps together found and deleted. */
  readonly objectsFound: number;
  readonly bytesFound: number;
  /** When the youngest of it was written, by the store's clock. 0: nothing was found. */
  readonly newestWriteMs: number;
}

export interface StreamRecord {
  /** '' = no tenant. */
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly state: StreamState;
  /** Ends in '/'. */
  readonly prefix: string;
  /** True when the caller chose the prefix (it need not contain the incarnation), so that a later life may own it again. */
  readonly prefixReusable: boolean;
  /** Sorted by key. */
  readonly labels: readonly (readonly [key: string, value: string])[];
  /** Index of the last entry that changed this record's lifecycle. Serves as the etag. */
  readonly revision: Revision;
  readonly createTimeMs: number;
  /** 0 until deleted; back to 0 by undelete. */
  readonly deleteTimeMs: number;
  /** C5: committed, so that a failover neither restarts nor shortens the grace period. */
  readonly purgeAfterMs: number;
  /** Index of the mark-deleted entry. 0 while ACTIVE. */
  readonly tombstoneRevision: Revision;
  /** Index of the begin-drain entry; what sessions drain against (P3). 0 before, and for purges that began before there was a drain. */
  readonly drainRevision: Revision;
  readonly purgeTimeMs: number;
  /** A reusable prefix may be owned again only after this (P11). 0 until PURGED. */
  readonly reusableAfterMs: number;
  readonly purge: PurgeProgress;
  readonly sweep: StreamSweep;
}

/** P3: the lease of one ingest node, as far as it is replicated. Leases and drained revisions are the leader's alone. */
export interface SessionRecord {
  readonly id: SessionId;
  /** The node's own name for itself; two sessions may share it. */
  readonly nodeId: string;
  readonly state: SessionState;
  readonly ttlMs: number;
  /** No upload of the node is applied by the store later than this after it began. */
  readonly uploadDeadlineMs: number;
  /** The session holds up no stream that began to drain at or before it. 0: it covers every stream that drains. */
  readonly openedRevision: Revision;
  readonly openTimeMs: number;
  /** EXPIRED: from when on its last upload is past its deadline, and the record may go. 0 while OPEN. */
  readonly settledAfterMs: number;
}

// ---------------------------------------------------------------------------------------- commands

export interface CreateStream {
  readonly kind: 'createStream';
  readonly tenant: string;
  readonly name: string;
  /** '' = the default, `name/incarnation/` (`tenant/name/incarnation/`). */
  readonly prefix: string;
  readonly labels: readonly (readonly [key: string, value: string])[];
}
export interface MarkDeleted {
  readonly kind: 'markDeleted';
  readonly tenant: string;
  readonly name: string;
  /** 0 = the current one. */
  readonly incarnation: Incarnation;
  readonly gracePeriodMs: number;
  /** 0 = do not check; else the revision that the caller saw. */
  readonly ifRevision: Revision;
  /** A stream that does not exist is a success that changes nothing. */
  readonly allowMissing: boolean;
}
export interface Undelete {
  readonly kind: 'undelete';
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly ifRevision: Revision;
}
/** The point of no return: the grace period is over, undelete is refused from here on, nodes may be told to forget. */
export interface BeginDrain {
  readonly kind: 'beginDrain';
  readonly incarnation: Incarnation;
}
/** P1, P3: every session has drained the stream; the first delete request may leave once this is applied. */
export interface BeginPurge {
  readonly kind: 'beginPurge';
  readonly incarnation: Incarnation;
  /** The drain that every session has drained. */
  readonly drainRevision: Revision;
}
/** The purge of a DELETED stream, without a drain. Never proposed any more: kept for the entries of older logs. */
export interface BeginPurgeUndrained {
  readonly kind: 'beginPurgeUndrained';
  readonly incarnation: Incarnation;
  /** The tombstone that every session had drained. 0 = do not check (entries of version 1). */
  readonly tombstoneRevision: Revision;
}
/** Committed now and then, not per batch: what survives a failover of the purger. */
export interface RecordPurgeProgress {
  readonly kind: 'recordPurgeProgress';
  readonly incarnation: Incarnation;
  readonly phase: 'RUNNING' | 'RETRYING' | 'BLOCKED';
  /** NONE unless BLOCKED. */
  readonly blockedReason: BlockedReason;
  /** Totals, not increments: proposing the same twice changes nothing. Never smaller than recorded. */
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  readonly uploadsAborted: number;
  readonly attempts: number;
  readonly lastError: string;
  readonly nextAttemptTimeMs: number;
}
/** P4: only after a full listing came back empty after the last delete. */
export interface MarkPurged {
  readonly kind: 'markPurged';
  readonly incarnation: Incarnation;
  readonly objectsDeleted: number;
  readonly bytesDeleted: number;
  readonly uploadsAborted: number;
  readonly reusableAfterMs: number;
  /** P8. 0: no sweep. */
  readonly nextSweepTimeMs: number;
}
/**
 * P11: a sweep has found objects below the prefix of a PURGED stream and is about to delete them. Nobody may own the
 * prefix until then, since what is deleted is known by its key alone and a delete request may arrive late.
 */
export interface BeginSweep {
  readonly kind: 'beginSweep';
  readonly incarnation: Incarnation;
  /** Never earlier than recorded. */
  readonly reusableAfterMs: number;
}
/**
 * P8: a sweep of a PURGED stream has ended. What it found is added to the record. One that was not due in
 * committed time changes nothing: a repetition counts once.
 */
export interface RecordSweep {
  readonly kind: 'recordSweep';
  readonly incarnation: Incarnation;
  /** Found and deleted by this sweep. */
  readonly objectsFound: number;
  readonly bytesFound: number;
  /** 0 = nothing was found. */
  readonly newestWriteMs: number;
  /** 0 = that was the last. */
  readonly nextSweepTimeMs: number;
  /** What was found had no metadata beside it: a node that holds the stream still wrote it, and has to be told again. */
  readonly foundDataOnly: boolean;
}
export interface ForgetStream {
  readonly kind: 'forgetStream';
  readonly incarnation: Incarnation;
}
/** An operator: try a BLOCKED or RETRYING purge now. */
export interface RetryPurge {
  readonly kind: 'retryPurge';
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
  /** Sets {@link PurgeProgress.discardNewWrites}, for good. */
  readonly discardNewWrites: boolean;
}
/** An operator: stop or go on purging; name '' = the whole cluster. */
export interface SetPurgePaused {
  readonly kind: 'setPurgePaused';
  readonly tenant: string;
  readonly name: string;
  readonly incarnation: Incarnation;
  readonly paused: boolean;
}

/** Brings a prefix that exists in the bucket under the catalog: alive, or dead with its tombstone in the same entry. */
export interface AdoptStream {
  readonly kind: 'adoptStream';
  readonly tenant: string;
  readonly name: string;
  readonly prefix: string;
  readonly labels: readonly (readonly [key: string, value: string])[];
  readonly state: 'ACTIVE' | 'DELETED';
  /** 0 with ACTIVE. */
  readonly gracePeriodMs: number;
}
export interface OpenSession {
  readonly kind: 'openSession';
  readonly nodeId: string;
  readonly ttlMs: number;
  readonly uploadDeadlineMs: number;
  /**
   * The holder speaks for a node that may hold streams of before the session: it holds up every purge that is
   * draining, whenever the drain began. False: only drains that begin after it.
   */
  readonly coversEarlier: boolean;
}
/** The holder says that it is done. */
export interface CloseSession {
  readonly kind: 'closeSession';
  readonly sessionId: SessionId;
  /** Nothing is in flight or unsettled: the record goes. Else it is EXPIRED. */
  readonly settled: boolean;
}
/** By the leader alone. An OPEN session's lease ran out: EXPIRED. An EXPIRED one's uploads are past their deadline: gone. */
export interface ExpireSession {
  readonly kind: 'expireSession';
  readonly sessionId: SessionId;
}

export type Command =
  | CreateStream
  | MarkDeleted
  | Undelete
  | BeginDrain
  | BeginPurge
  | BeginPurgeUndrained
  | RecordPurgeProgress
  | MarkPurged
  | ForgetStream
  | RetryPurge
  | SetPurgePaused
  | BeginSweep
  | RecordSweep
  | AdoptStream
  | SessionCommand;

export type SessionCommand = OpenSession | CloseSession | ExpireSession;

export type CommandKind = Command['kind'];
export type SessionCommandKind = SessionCommand['kind'];
export type StreamCommandKind = Exclude<CommandKind, SessionCommandKind>;

/** Which call a committed entry answers: matched only on the member and boot that made it. */
export interface ProposalId {
  readonly member: number;
  /** Random per process start, so that a restarted node never answers with an old life's result. */
  readonly boot: number;
  readonly sequence: number;
}

/** A command as the log carries it. */
export interface CommandEnvelope {
  readonly proposal: ProposalId;
  /** '' = none. Else a UUID: the same id is never executed twice (AIP-155). */
  readonly requestId: string;
  /** The leader's wall clock at the proposal. Apply takes max(this, last committed time) (C3). */
  readonly stampMs: number;
  readonly command: Command;
}

// ----------------------------------------------------------------------------------------- results

/** An outcome that the table does not allow: replicated data, never an exception. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** INVALID_ARGUMENT: which fields, in proto spelling. Absent otherwise. */
  readonly violations?: readonly FieldViolation[];
}

export type CommandResult =
  | {
      readonly ok: true;
      /** Undefined for commands without a stream, and for allowMissing. */
      readonly stream: StreamRecord | undefined;
      /** Of session commands: as it is now, or as it was last; undefined where none is known. */
      readonly session?: SessionRecord | undefined;
      /** False: a repetition, or nothing to change. */
      readonly changed: boolean;
    }
  | { readonly ok: false; readonly refusal: Refusal };

export const EVENT_KINDS = [
  'CREATED',
  'DELETED',
  'UNDELETED',
  'PURGE_STARTED',
  'PURGED',
  'FORGOTTEN',
  /** Every session has drained the stream: objects are deleted from here on. */
  'DRAINED',
  /** P8: a sweep removed data without metadata, which some node wrote that holds the stream still. */
  'RESIDUE_SWEPT',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface StreamEvent {
  readonly kind: EventKind;
  /** The entry's index. One entry makes at most one event. */
  readonly revision: Revision;
  readonly timeMs: number;
  /** The record after the change. */
  readonly stream: StreamRecord;
}

// ------------------------------------------------------------------------------------ state access

/** Point reads of the catalog's key space: what apply is allowed to see (C1, C3). */
export interface CatalogReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

export interface CatalogWrite {
  readonly key: Uint8Array;
  /** Undefined deletes. */
  readonly value: Uint8Array | undefined;
}

/** Everything that one entry does, to be written in one atomic batch with its index (C4). */
export interface AppliedEntry {
  readonly result: CommandResult;
  readonly writes: readonly CatalogWrite[];
  readonly event: StreamEvent | undefined;
}

/** Counters kept by apply, so that status needs no scan. */
export interface CatalogSummary {
  readonly streams: Readonly<Record<StreamState, number>>;
  /** Of the PURGING ones. */
  readonly purges: Readonly<Record<PurgingPhase, number>>;
  readonly purgesPaused: boolean;
  /** P10: since a restore from backup, see `after-restore.ts`. */
  readonly pausedByRestore: boolean;
  /** Streams that are paused by name, whatever their state. */
  readonly pausedStreams: number;
  readonly sessions: Readonly<Record<SessionState, number>>;
  readonly committedTimeMs: number;
  readonly revision: Revision;
  /** Events up to here are no longer kept; a watch must start at or after it. */
  readonly eventFloor: Revision;
  readonly objectsDeletedTotal: number;
  readonly bytesDeletedTotal: number;
  /** P8: what sweeps after PURGED found and deleted, streams that are forgotten by now included. */
  readonly objectsSweptTotal: number;
  readonly bytesSweptTotal: number;
  /** Rolling digest of everything applied (S7), as 16 hex digits. */
  readonly digest: string;
}
