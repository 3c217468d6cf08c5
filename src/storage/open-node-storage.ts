/**
 * Opens a node's data directory: makes it when it is new, or verifies it from the outside in.
 *
 *   identity file -> (new: create everything) -> owner check -> LevelDB's files (S3) -> LevelDB ->
 *   its info log (S3) -> mark file (S2) -> chain (S1) -> database against mark -> ready
 *
 * Every step that does not fit ends in a FatalError whose kind and message say what to do (S4).
 */
import { randomBytes } from 'node:crypto';
import type { LogIndex, MemberId } from '../raft/types.js';
import type { Logger } from '../shared/logger.js';
import { CHAIN_ORIGIN } from './chain.js';
import { DurableNodeStorage } from './durable-node-storage.js';
import {
  checkNotCondemned,
  checkOwnership,
  IDENTITY_FILE,
  readIdentity,
  writeIdentity,
} from './identity-file.js';
import type { IdentityRecord } from './identity-file.js';
import { ACTIVE_GENERATION_KEY, appliedKey, DIRECTORY_KEY, HARD_STATE_KEY } from './keys.js';
import { localEnvironment, unusable } from './local-environment.js';
import { MARK_FILE, MarkFile, markOf, sameMark } from './mark-file.js';
import {
  encodeApplied,
  encodeDirectoryId,
  encodeGeneration,
  encodeHardState,
  logStartOperation,
} from './meta-codec.js';
import type { KeyValueStore } from './key-value-store.js';
import { DATABASE, recover } from './recovery.js';
import { damageError } from './rejoin-advice.js';
import type { OpenedDatabase, StorageEnvironment } from './storage-environment.js';
import { writeFailed } from './write-gate.js';

export interface NodeStorageOptions {
  /** Made when missing; everything of this node's is in it. */
  readonly directory: string;
  readonly clusterId: string;
  readonly memberId: MemberId;
  readonly logger: Logger;
  /** Where the others reach this node, and where they are reached: for the commands in a refusal (S4). */
  readonly address?: string;
  readonly endpoints?: readonly string[];
  /** 32 hex digits, different for every directory ever made (S6). Default: random. */
  readonly makeDirectoryId?: () => string;
  /** Recent log entries kept in memory. Default 16 MiB. */
  readonly tailCacheBytes?: number;
}

const TAIL_CACHE_BYTES = 16 * 1024 * 1024;
const BEFORE_THE_LOG: LogIndex = 0;
/** As Node names them in an error. */
const WRITING_SYSCALLS: ReadonlySet<string> = new Set([
  'write',
  'fsync',
  'fdatasync',
  'ftruncate',
  'rename',
  'unlink',
  'mkdir',
]);

/**
 * Throws FatalError: DATA_DIRECTORY_UNUSABLE, DATA_DIRECTORY_LOCKED, WRONG_DATA_DIRECTORY,
 * STORAGE_DAMAGED, STORAGE_WRITE_FAILED, CATALOG_DIVERGED.
 */
export async function openNodeStorage(options: NodeStorageOptions): Promise<DurableNodeStorage> {
  return openNodeStorageIn(await localEnvironment(options), options);
}

/** What the file system, or LevelDB, refused while a directory was opened. */
function asFatal(error: unknown, options: NodeStorageOptions): unknown {
  if (!(error instanceof Error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // Not from outside: a FatalError, which says all there is to say, or a bug of ours.
  if (code === undefined || code.startsWith('ERR_')) return error;
  if (code === 'EIO') {
    // What is there may be whole: only a start on a disk that takes writes will tell.
    if (syscall !== undefined && WRITING_SYSCALLS.has(syscall))
      return writeFailed(options.directory, 'opening', error);
    return damageError(options, { file: '.', what: `the disk cannot read it: ${error.message}` }, error);
  }
  return unusable(options.directory, error);
}

/** As {@link openNodeStorage}, in any environment: what the simulator opens. */
export async function openNodeStorageIn(
  environment: StorageEnvironment,
  options: NodeStorageOptions,
): Promise<DurableNodeStorage> {
  try {
    return await open(environment, options);
  } catch (error) {
    throw asFatal(error, options);
  }
}

async function open(
  environment: StorageEnvironment,
  options: NodeStorageOptions,
): Promise<DurableNodeStorage> {
  const { files } = environment;
  const existing = await readIdentity(files, options);
  if (existing !== undefined) {
    checkOwnership(existing, options);
    checkNotCondemned(existing, options);
  }
  if (existing?.state === 'ready') {
    return openExisting(environment, await environment.openDatabase(), existing, options);
  }
  if (
    existing === undefined &&
    ((await environment.databaseExists()) || (await files.read(MARK_FILE)) !== undefined)
  ) {
    throw damageError(options, {
      file: IDENTITY_FILE,
      what: 'the file is missing, but the rest of a node is there',
    });
  }
  const identity = existing ?? newIdentity(options);
  const store = await create(environment, identity);
  return openExisting(environment, { store, tear: undefined }, { ...identity, state: 'ready' }, options);
}

function newIdentity(options: NodeStorageOptions): IdentityRecord {
  const directoryId = options.makeDirectoryId?.() ?? randomBytes(16).toString('hex');
  return {
    state: 'creating',
    clusterId: options.clusterId,
    memberId: options.memberId,
    directoryId,
    initialized: false,
    knownDirectories: new Map([[options.memberId, directoryId]]),
    condemned: '',
  };
}

/** The identity file is first, as `creating`, and last, as `ready`: a crash in between starts over. */
async function create(environment: StorageEnvironment, identity: IdentityRecord): Promise<KeyValueStore> {
  const { files } = environment;
  await writeIdentity(files, identity);
  await files.remove(MARK_FILE);
  await environment.removeDatabase();

  const store = await environment.createDatabase();
  try {
    const position = { index: BEFORE_THE_LOG, term: 0, chain: CHAIN_ORIGIN };
    const hardState = { term: 0, votedFor: 0, commitIndex: 0 };
    await store.batch(
      [
        { kind: 'put', key: DIRECTORY_KEY, value: encodeDirectoryId(identity.directoryId) },
        { kind: 'put', key: HARD_STATE_KEY, value: encodeHardState(hardState) },
        logStartOperation({ ...position, configuration: { voters: [], learners: [] } }),
        { kind: 'put', key: ACTIVE_GENERATION_KEY, value: encodeGeneration(0) },
        { kind: 'put', key: appliedKey(0), value: encodeApplied(BEFORE_THE_LOG) },
      ],
      { sync: true },
    );
    await MarkFile.create(files, identity.directoryId, markOf(hardState, position));
    await writeIdentity(files, { ...identity, state: 'ready' });
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function openExisting(
  environment: StorageEnvironment,
  { store, tear }: OpenedDatabase,
  identity: IdentityRecord,
  options: NodeStorageOptions,
): Promise<DurableNodeStorage> {
  const { directoryId, initialized } = identity;
  let markFile: MarkFile | undefined;
  try {
    markFile = await MarkFile.open(environment.files, directoryId, options);
    const { current: mark } = markFile;
    const tailCacheBytes = options.tailCacheBytes ?? TAIL_CACHE_BYTES;
    const recovered = await recover({
      store,
      tear,
      mark,
      directoryId,
      initialized,
      owner: options,
      tailCacheBytes,
    });
    if (!sameMark(mark, recovered.mark)) {
      options.logger.info(
        { mark, recovered: recovered.mark },
        `${DATABASE} is ahead of the mark: adopting it`,
      );
      await markFile.write(recovered.mark);
    }
    await environment.confirmDatabase();
    return new DurableNodeStorage({
      directory: options.directory,
      files: environment.files,
      store,
      markFile,
      identity,
      recovered,
    });
  } catch (error) {
    await markFile?.close();
    await store.close();
    throw error;
  }
}
