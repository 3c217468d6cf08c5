/**
 * Who a data directory belongs to, and how it stands in its first start (S6). Changes rarely; written by
 * write, sync, rename. One line of JSON that a person can read, one line with its checksum.
 *
 * `creating` is the state between the first byte in a directory and its first use: nothing was
 * acknowledged yet, so an interrupted creation starts over. Any other directory whose identity file is
 * missing while other files are there has lost it: damage, not a fresh start.
 */
import { crc32c } from '@node-rs/crc32';
import type { MemberId } from '../raft/types.js';
import { FatalError } from '../shared/fatal.js';
import type { DurableFiles } from './durable-file.js';
import type { Identity } from './node-storage.js';
import { damageError, rejoinAdvice } from './rejoin-advice.js';
import type { DirectoryOwner } from './rejoin-advice.js';

export const IDENTITY_FILE = 'identity';
const FORMAT = 1;

export interface IdentityRecord extends Identity {
  readonly state: 'creating' | 'ready';
  readonly initialized: boolean;
  readonly knownDirectories: ReadonlyMap<MemberId, string>;
  /** What a majority found wrong with the state in here (S7); '' = nothing. Such a directory is never used again. */
  readonly condemned: string;
}

/** The JSON in the file. Names are part of the format. */
interface StoredIdentity {
  readonly format: number;
  readonly state: 'creating' | 'ready';
  readonly cluster_id: string;
  readonly member_id: number;
  readonly directory_id: string;
  readonly initialized: boolean;
  readonly known_directories: readonly (readonly [member: number, directoryId: string])[];
  /** Absent: not condemned. */
  readonly condemned?: string;
}

export async function writeIdentity(files: DurableFiles, record: IdentityRecord): Promise<void> {
  const stored: StoredIdentity = {
    format: FORMAT,
    state: record.state,
    cluster_id: record.clusterId,
    member_id: record.memberId,
    directory_id: record.directoryId,
    initialized: record.initialized,
    known_directories: [...record.knownDirectories].sort(([a], [b]) => a - b),
    ...(record.condemned === '' ? {} : { condemned: record.condemned }),
  };
  const json = JSON.stringify(stored);
  await files.replace(IDENTITY_FILE, new TextEncoder().encode(`${json}\ncrc32c ${checksum(json)}\n`));
}

/** Undefined: no file. Throws FatalError STORAGE_DAMAGED, or WRONG_DATA_DIRECTORY from a newer version. */
export async function readIdentity(
  files: DurableFiles,
  owner: DirectoryOwner,
): Promise<IdentityRecord | undefined> {
  const bytes = await files.read(IDENTITY_FILE);
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString('latin1');
  const lineEnd = text.indexOf('\n');
  const json = Buffer.from(bytes.subarray(0, Math.max(lineEnd, 0))).toString('utf8');
  if (lineEnd < 0 || text.slice(lineEnd) !== `\ncrc32c ${checksum(json)}\n`) {
    throw damageError(owner, { file: IDENTITY_FILE, what: 'its checksum does not match' });
  }
  const stored = JSON.parse(json) as StoredIdentity;
  if (stored.format !== FORMAT) {
    throw new FatalError(
      'WRONG_DATA_DIRECTORY',
      `${owner.directory}: data format ${stored.format}, this program knows ${FORMAT}; run a newer version`,
    );
  }
  return {
    state: stored.state,
    clusterId: stored.cluster_id,
    memberId: stored.member_id,
    directoryId: stored.directory_id,
    initialized: stored.initialized,
    knownDirectories: new Map(stored.known_directories),
    condemned: stored.condemned ?? '',
  };
}

function checksum(json: string): string {
  return crc32c(json).toString(16).padStart(8, '0');
}

/** S7: a state that a majority contradicts serves and purges no more, however often it is started. */
export function checkNotCondemned({ condemned }: IdentityRecord, owner: DirectoryOwner): void {
  if (condemned !== '') throw condemnedError(condemned, owner);
}

export function condemnedError(what: string, owner: DirectoryOwner): FatalError {
  return new FatalError('CATALOG_DIVERGED', `${owner.directory}: ${what}\n${rejoinAdvice(owner)}`);
}

/** Throws FatalError WRONG_DATA_DIRECTORY unless the directory is the configured member's. */
export function checkOwnership(
  record: Identity,
  configured: { readonly directory: string; readonly clusterId: string; readonly memberId: MemberId },
): void {
  if (record.clusterId === configured.clusterId && record.memberId === configured.memberId) return;
  throw new FatalError(
    'WRONG_DATA_DIRECTORY',
    `${configured.directory} belongs to member ${record.memberId} of cluster "${record.clusterId}", but this node is ` +
      `configured as member ${configured.memberId} of cluster "${configured.clusterId}"; ` +
      `give the directory that is this member's, or an empty one for a new member`,
  );
}
