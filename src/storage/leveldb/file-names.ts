/** The names of LevelDB's files (db/filename.cc). */
export type FileName =
  | { readonly kind: 'current' | 'lock' | 'infoLog'; readonly number: 0 }
  /** `000005.log` (write-ahead log), `000007.ldb` (table; `.sst` before 1.14), `MANIFEST-000004`. */
  | { readonly kind: 'log' | 'table' | 'manifest' | 'temporary'; readonly number: number };

/** Undefined: not a name of LevelDB's. */
export function parseFileName(name: string): FileName | undefined {
  if (name === 'CURRENT') return { kind: 'current', number: 0 };
  if (name === 'LOCK') return { kind: 'lock', number: 0 };
  if (name === 'LOG' || name === 'LOG.old') return { kind: 'infoLog', number: 0 };
  const manifest = /^MANIFEST-(\d+)$/.exec(name);
  if (manifest !== null) return { kind: 'manifest', number: Number(manifest[1]) };
  const numbered = /^(\d+)\.(log|ldb|sst|dbtmp)$/.exec(name);
  if (numbered === null) return undefined;
  const number = Number(numbered[1]);
  if (numbered[2] === 'log') return { kind: 'log', number };
  return { kind: numbered[2] === 'dbtmp' ? 'temporary' : 'table', number };
}
