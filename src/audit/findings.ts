/**
 * What an audit says: one header, findings with progress between them, one summary. The terms of
 * `storage_service.proto`, where each field is specified.
 */
import type { StreamRecord } from '../catalog/types.js';

export const FINDING_KINDS = [
  'RESIDUE',
  'PURGED_PREFIX',
  'LATE_OBJECTS',
  'UNFINISHED_UPLOAD',
  'UNKNOWN_STREAM',
  'FOREIGN',
  'USAGE',
  'GONE_NODE_METADATA',
  'MISSING_METADATA',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** What can be a leftover: nobody will ever ask for it again. The other kinds inform, and accuse nobody. */
export const LEFTOVER_KINDS: ReadonlySet<FindingKind> = new Set([
  'RESIDUE',
  'PURGED_PREFIX',
  'LATE_OBJECTS',
  'UNFINISHED_UPLOAD',
]);

export const SAMPLE_KEYS_MAX = 5;
export const WRITERS_MAX = 20;

/** Objects, versions and delete markers, added up. */
export interface Totals {
  readonly objects: number;
  readonly bytes: number;
  /** The store's clock; 0 = nothing counted. */
  readonly oldestWriteMs: number;
  readonly newestWriteMs: number;
  /** When the newest content came to be, which is what ages are judged by: not later than `newestWriteMs`. */
  readonly newestMadeMs: number;
  /** At most {@link SAMPLE_KEYS_MAX}. */
  readonly sampleKeys: readonly string[];
  /** At most {@link WRITERS_MAX}, sorted. */
  readonly writerNodeIds: readonly string[];
}

export interface Finding extends Totals {
  readonly kind: FindingKind;
  /** Ends in `/`. */
  readonly prefix: string;
  /** '' where the layout suggests nothing. */
  readonly tenant: string;
  readonly name: string;
  readonly stream: StreamRecord | undefined;
  readonly tooYoung: boolean;
  readonly adoptable: boolean;
  /** Nobody will ask for it again, and no purge that is still to come removes it. */
  readonly leftover: boolean;
  /** For a person: what is odd, or why it cannot be adopted. '' = nothing. */
  readonly note: string;
}

export interface AuditHeader {
  readonly kind: 'header';
  readonly description: string;
  readonly revision: number;
  readonly startMs: number;
  /** '' = no Parseable deployment uses the bucket, as far as can be read. */
  readonly parseableDeploymentId: string;
  /** What was odd about the bucket itself; '' = nothing. */
  readonly note: string;
}

export interface AuditCounts {
  readonly objectsListed: number;
  readonly bytesListed: number;
  readonly requestsMade: number;
}

export interface AuditProgress extends AuditCounts {
  readonly kind: 'progress';
  /** '' before the first. */
  readonly lastKey: string;
  /** Everything up to there has been said; '' = nothing yet. */
  readonly resumeToken: string;
}

export interface AuditSummary extends AuditCounts {
  readonly kind: 'summary';
  readonly complete: boolean;
  readonly incompleteReason: string;
  readonly findings: number;
  /** Of the findings that are leftovers. */
  readonly leftoverObjects: number;
  readonly leftoverBytes: number;
  readonly elapsedMs: number;
  readonly byKind: ReadonlyMap<FindingKind, { readonly objects: number; readonly bytes: number }>;
}

export type AuditItem =
  AuditHeader | { readonly kind: 'finding'; readonly finding: Finding } | AuditProgress | AuditSummary;
