/**
 * Reads the MANIFEST (db/version_edit.cc): which tables are live, and from which write-ahead log on
 * LevelDB replays. Each record is an edit of the version before it.
 *
 * A torn tail here is harmless: an edit takes effect for LevelDB (old logs and tables are removed) only
 * after it was synced. That an edit which did take effect is still there shows by the files it left:
 * the log that the edit before it names is gone then, or a table is.
 */
import { DecodeError } from '../../shared/binary.js';
import { LevelDbReader } from './coding.js';
import { LevelDbDamage } from './damage.js';
import { scanLog } from './log-format.js';

export interface LiveTable {
  readonly number: number;
  readonly sizeBytes: number;
}

export interface Manifest {
  /** Write-ahead logs from this number on are live. */
  readonly logNumber: number;
  /** 0, or one more live log (databases of very old versions). */
  readonly previousLogNumber: number;
  readonly tables: readonly LiveTable[];
}

const TAG = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;
const COMPARATOR = 'leveldb.BytewiseComparator';

/** Throws LevelDbDamage. */
export function readManifest(file: string, bytes: Uint8Array): Manifest {
  const { records, end } = scanLog(bytes);
  if (end.kind === 'bad') throw new LevelDbDamage(file, end.what, end.offset);
  const state: State = { logNumber: undefined, previousLogNumber: 0, tables: new Map() };
  for (const { offset, payload } of records) {
    try {
      applyEdit(state, payload);
    } catch (error) {
      if (error instanceof DecodeError) throw new LevelDbDamage(file, error.message, offset);
      throw error;
    }
  }
  if (state.logNumber === undefined) throw new LevelDbDamage(file, 'it names no write-ahead log');
  return {
    logNumber: state.logNumber,
    previousLogNumber: state.previousLogNumber,
    tables: [...state.tables].map(([number, sizeBytes]) => ({ number, sizeBytes })),
  };
}

interface State {
  logNumber: number | undefined;
  previousLogNumber: number;
  readonly tables: Map<number, number>;
}

function applyEdit(state: State, payload: Uint8Array): void {
  const reader = new LevelDbReader(payload);
  // A table that moves to another level is deleted and added by the same edit: deletions first.
  const added: [number: number, sizeBytes: number][] = [];
  while (reader.remaining > 0) {
    const tag = reader.varint();
    switch (tag) {
      case TAG.comparator: {
        const name = Buffer.from(reader.slice()).toString('latin1');
        if (name !== COMPARATOR) throw new DecodeError(`comparator ${name}`);
        break;
      }
      case TAG.logNumber:
        state.logNumber = reader.varint();
        break;
      case TAG.previousLogNumber:
        state.previousLogNumber = reader.varint();
        break;
      case TAG.nextFileNumber:
      case TAG.lastSequence:
        reader.varint();
        break;
      case TAG.compactPointer:
        reader.varint(); // level
        reader.slice();
        break;
      case TAG.deletedFile:
        reader.varint(); // level
        state.tables.delete(reader.varint());
        break;
      case TAG.newFile:
        reader.varint(); // level
        added.push([reader.varint(), reader.varint()]);
        reader.slice(); // smallest key
        reader.slice(); // largest key
        break;
      default:
        throw new DecodeError(`unknown tag ${tag}`);
    }
  }
  for (const [number, sizeBytes] of added) state.tables.set(number, sizeBytes);
}
