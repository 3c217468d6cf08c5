/** A node's storage in a temporary directory, and short ways to say what goes into it. */
import { join } from 'node:path';
import type { Configuration, Entry, LogIndex, Term } from '../../src/raft/types.js';
import type { CatalogWrite } from '../../src/catalog/types.js';
import { silentLogger } from '../../src/shared/logger.js';
import { openNodeStorage } from '../../src/storage/open-node-storage.js';
import type { NodeStorageOptions } from '../../src/storage/open-node-storage.js';
import type { NodeStorage } from '../../src/storage/node-storage.js';
import { temporaryDirectory } from './temporary-directory.js';

export const CLUSTER = 'test';
export const MEMBER = 1;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value);

export function nodeOptions(
  directory: string,
  overrides: Partial<NodeStorageOptions> = {},
): NodeStorageOptions {
  return { directory, clusterId: CLUSTER, memberId: MEMBER, logger: silentLogger, ...overrides };
}

export function member(id: number): Configuration['voters'][number] {
  return { id, address: `n${id}:7070`, directoryId: '' };
}

export const VOTERS: Configuration = { voters: [member(1), member(2), member(3)], learners: [] };

export function command(index: LogIndex, term: Term, data = `command ${index} of term ${term}`): Entry {
  return { index, term, payload: { kind: 'command', data: bytes(data) } };
}

export function commands(from: LogIndex, count: number, term: Term, size = 0): Entry[] {
  return Array.from({ length: count }, (_, i) =>
    command(from + i, term, `command ${from + i} of term ${term}`.padEnd(size, '.')),
  );
}

export function put(key: string, value: string): CatalogWrite {
  return { key: bytes(key), value: bytes(value) };
}

export async function append(
  storage: NodeStorage,
  entries: readonly Entry[],
  truncateFrom?: LogIndex,
): Promise<void> {
  await storage.appendLog({ hardState: undefined, truncateFrom, entries });
}

/** The whole kept log, without its noise: `index.term data`. */
export function readLog(storage: NodeStorage): string[] {
  const { log } = storage;
  if (log.lastIndex === log.start.index) return [];
  return log.entries(log.start.index + 1, log.lastIndex + 1, Infinity).map((entry) => {
    const data =
      entry.payload.kind === 'command' ? ` ${text(entry.payload.data)}` : ` (${entry.payload.kind})`;
    return `${entry.index}.${entry.term}${data}`;
  });
}

export async function readCatalog(
  storage: NodeStorage,
  view?: Parameters<NodeStorage['iterateCatalog']>[1],
): Promise<string[]> {
  const found: string[] = [];
  const everything = { gte: new Uint8Array(0), lt: Uint8Array.of(0xff, 0xff) };
  for await (const [key, value] of storage.iterateCatalog(everything, view))
    found.push(`${text(key)}=${text(value)}`);
  return found;
}

export interface NodeFixture {
  readonly path: string;
  open(overrides?: Partial<NodeStorageOptions>): Promise<NodeStorage>;
  dispose(): Promise<void>;
}

/** Closes what it opened when disposed. */
export async function nodeFixture(): Promise<NodeFixture> {
  const directory = await temporaryDirectory();
  const path = join(directory.path, 'node');
  const opened: NodeStorage[] = [];
  return {
    path,
    async open(overrides) {
      const storage = await openNodeStorage(nodeOptions(path, overrides));
      opened.push(storage);
      return storage;
    },
    async dispose() {
      for (const storage of opened) await storage.close();
      await directory.remove();
    },
  };
}
