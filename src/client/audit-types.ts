/** What audits and adoptions take and answer; specified field by field in `storage_service.proto`. */
import type { StreamName } from './requests.js';
import type { Stream } from './types.js';

export interface AuditInput {
  /** Only keys that start with this. Default: the whole bucket. */
  readonly prefix?: string;
  /** Leftovers with younger data are reported as `tooYoung`. Default 24 h. 1 hour to 10 years. */
  readonly minimumAgeMs?: number;
  /** Also count what live streams hold: lists everything. Default false. */
  readonly includeUsage?: boolean;
  /** An {@link AuditProgress.resumeToken} of an earlier audit of the same `prefix`: go on from there. */
  readonly resumeToken?: string;
}

export interface AuditOptions {
  /** How long no node may have answered before the audit is given up. Default: the client's `requestTimeoutMs`. */
  readonly patienceMs?: number;
  /** Told each time that a node is given up and another one asked. */
  readonly onDisconnect?: (error: Error, endpoint: string) => void;
  /** Ends the audit with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Leftovers: RESIDUE, PURGED_PREFIX, UNFINISHED_UPLOAD, and LATE_OBJECTS once the purge runs. The others inform, and
 * accuse nobody.
 */
export type AuditFindingKind =
  | 'RESIDUE'
  | 'PURGED_PREFIX'
  | 'LATE_OBJECTS'
  | 'UNFINISHED_UPLOAD'
  | 'UNKNOWN_STREAM'
  | 'FOREIGN'
  | 'USAGE'
  | 'GONE_NODE_METADATA'
  | 'MISSING_METADATA'
  | 'UNKNOWN';

export interface AuditHeader {
  readonly kind: 'header';
  readonly description: string;
  readonly revision: number;
  readonly startTimeMs: number | undefined;
  /** '' = none that can be read. */
  readonly parseableDeploymentId: string;
  readonly note: string;
}

export interface AuditFinding {
  readonly kind: 'finding';
  readonly finding: AuditFindingKind;
  readonly prefix: string;
  readonly tenant: string;
  readonly name: string;
  readonly stream: Stream | undefined;
  readonly objectCount: number;
  readonly byteCount: number;
  readonly oldestWriteTimeMs: number | undefined;
  readonly newestWriteTimeMs: number | undefined;
  readonly sampleKeys: readonly string[];
  readonly writerNodeIds: readonly string[];
  readonly tooYoung: boolean;
  readonly adoptable: boolean;
  /** Nobody will ask for it again, and no purge that is still to come removes it. */
  readonly leftover: boolean;
  readonly note: string;
}

export interface AuditProgress {
  readonly kind: 'progress';
  readonly objectsListed: number;
  readonly bytesListed: number;
  readonly requestsMade: number;
  readonly lastKey: string;
  /** Everything found up to there has been yielded; '' = start over. */
  readonly resumeToken: string;
}

export interface AuditSummary {
  readonly kind: 'summary';
  /** False: the absence of a finding means nothing. */
  readonly complete: boolean;
  readonly incompleteReason: string;
  readonly objectsListed: number;
  readonly bytesListed: number;
  /** Of every kind but USAGE. */
  readonly findingCount: number;
  readonly leftoverObjects: number;
  readonly leftoverBytes: number;
  readonly elapsedMs: number;
}

export type AuditItem = AuditHeader | AuditFinding | AuditProgress | AuditSummary;

export interface AdoptStreamInput extends StreamName {
  /** Default: `name/`, or `tenant/name/`, as Parseable encodes it: `Gr%C3%B6%C3%9Fe/` for `Größe`. */
  readonly prefix?: string;
  readonly as: 'ACTIVE' | 'DELETED';
  readonly labels?: Readonly<Record<string, string>>;
  /** Only as DELETED. Default: the server's. */
  readonly gracePeriodMs?: number;
  /** Only as DELETED. Default 24 h. 1 hour to 10 years. */
  readonly minimumAgeMs?: number;
  /** Only as DELETED: also a complete stream, or what is no log data. */
  readonly force?: boolean;
  /** Default false: nothing is changed, and the answer is what would be. */
  readonly execute?: boolean;
}

export interface AdoptAnswer {
  readonly stream: Stream;
  readonly executed: boolean;
  readonly objectCount: number;
  readonly byteCount: number;
  readonly newestWriteTimeMs: number | undefined;
}
