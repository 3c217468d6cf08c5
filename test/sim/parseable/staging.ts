/**
 * The disk of a node that takes events in. It survives the node's processes; only the node's own delete empties a
 * stream's directory.
 */
import type { StagedEvent } from './lives.js';

export interface ParquetFile {
  readonly name: string;
  readonly events: readonly StagedEvent[];
}

interface Directory {
  events: StagedEvent[];
  readonly files: Map<string, ParquetFile>;
}

export class Staging {
  readonly #directories = new Map<string, Directory>();
  readonly #id: string;
  #files = 0;

  constructor(id: string) {
    this.#id = id;
  }

  add(stream: string, event: StagedEvent): void {
    this.#directory(stream).events.push(event);
  }

  /** What was staged becomes one parquet file. */
  convert(stream: string): void {
    const directory = this.#directories.get(stream);
    if (directory === undefined || directory.events.length === 0) return;
    const name = `${this.#id}.data.${String(++this.#files).padStart(6, '0')}.parquet`;
    directory.files.set(name, { name, events: directory.events });
    directory.events = [];
  }

  files(stream: string): readonly ParquetFile[] {
    return [...(this.#directories.get(stream)?.files.values() ?? [])];
  }

  has(stream: string, file: ParquetFile): boolean {
    return this.#directories.get(stream)?.files.get(file.name) === file;
  }

  remove(stream: string, file: ParquetFile): void {
    if (this.has(stream, file)) this.#directories.get(stream)?.files.delete(file.name);
  }

  /** Returns what was lost with it. */
  removeAll(stream: string): readonly StagedEvent[] {
    const directory = this.#directories.get(stream);
    this.#directories.delete(stream);
    if (directory === undefined) return [];
    return [...directory.events, ...[...directory.files.values()].flatMap(({ events }) => events)];
  }

  /** Everything that has not been listed in the bucket yet. */
  *pending(): Generator<StagedEvent> {
    for (const { events, files } of this.#directories.values()) {
      yield* events;
      for (const file of files.values()) yield* file.events;
    }
  }

  #directory(stream: string): Directory {
    const known = this.#directories.get(stream);
    if (known !== undefined) return known;
    const directory: Directory = { events: [], files: new Map() };
    this.#directories.set(stream, directory);
    return directory;
  }
}
