/**
 * What lies under one prefix, sorted by the layout's rules and added up. Lists below the prefix side by side;
 * keeps totals, never keys.
 */
import { forEach, onePage } from './bounded.js';
import { madeMs, METADATA_FOLDER, OLD_STREAM_JSON, partOf } from './layout.js';
import type { Child, Listed, Lister } from './lister.js';
import { Tally } from './tally.js';

/** Listings of one prefix's folders side by side. */
export const FOLDERS_AT_ONCE = 8;
/** A deployment of more ingest nodes than this has the rest of its nodes' metadata not looked at. */
const METADATA_NODES_MAX = 1_000;

export class Contents {
  readonly prefix: string;
  readonly everything = new Tally();
  /** Log data and its metadata. */
  readonly layout = new Tally();
  /** Whatever no Parseable node writes. */
  readonly other = new Tally();
  /** Written after `lateAfterMs`. */
  readonly late = new Tally();
  readonly metadataNodes = new Set<string>();
  /** By what a plain listing shows: older versions make no stream. */
  hasStreamJson = false;
  streamJsonKey = '';
  readonly streamJsonKeys: string[] = [];
  /** Than {@link streamJsonKeys} holds. */
  hasMoreStreamJsons = false;
  /** Some object's name cannot come from another writer of such folders. */
  hasCertainData = false;
  /** The first key in a dot folder that is not `.stream/`; '' = none. */
  hiddenKey = '';
  readonly #lateAfterMs: number;

  /** `lateAfterMs`: by the store's clock. */
  constructor(prefix: string, lateAfterMs = Infinity) {
    this.prefix = prefix;
    this.#lateAfterMs = lateAfterMs;
  }

  add(object: Listed): void {
    const part = partOf(object.key.slice(this.prefix.length));
    const nodeId = 'nodeId' in part ? part.nodeId : undefined;
    const contentMs = madeMs(part, object.lastModifiedMs);
    this.everything.add(object, nodeId, contentMs);
    if (object.lastModifiedMs > this.#lateAfterMs) this.late.add(object, nodeId, contentMs);
    if (part.kind === 'other' || part.kind === 'hidden') {
      this.other.add(object);
      if (part.kind === 'hidden' && this.hiddenKey === '') this.hiddenKey = object.key;
      return;
    }
    this.layout.add(object, nodeId, contentMs);
    if (part.kind === 'data') {
      this.hasCertainData ||= part.certain;
      return;
    }
    if (nodeId !== undefined && object.current && this.metadataNodes.size < METADATA_NODES_MAX)
      this.metadataNodes.add(nodeId);
    if (part.kind !== 'streamJson' || !object.current) return;
    if (!this.hasStreamJson || nodeId === undefined) this.streamJsonKey = object.key;
    this.hasStreamJson = true;
    if (this.streamJsonKeys.includes(object.key)) return;
    if (this.streamJsonKeys.length > METADATA_NODES_MAX) this.hasMoreStreamJsons = true;
    else this.streamJsonKeys.push(object.key);
  }

  /** Looks at `.stream/` alone. */
  async addMetadata(lister: Lister): Promise<void> {
    await this.addFolder(lister, this.prefix + METADATA_FOLDER);
  }

  /** Whether it is a complete stream, of whichever layout, for a look that does not list all of it. Adds nothing up. */
  async noteStreamJson(lister: Lister): Promise<void> {
    const metadata = new Contents(this.prefix);
    await metadata.addMetadata(lister);
    const oldKey = this.prefix + OLD_STREAM_JSON;
    for (const object of await lister.peek(oldKey, 10)) if (object.key === oldKey) metadata.add(object);
    if (!metadata.hasStreamJson || this.hasStreamJson) return;
    this.hasStreamJson = true;
    this.streamJsonKey = metadata.streamJsonKey;
    this.streamJsonKeys.push(...metadata.streamJsonKeys);
    this.hasMoreStreamJsons = metadata.hasMoreStreamJsons;
  }

  async addFolder(lister: Lister, folder: string): Promise<void> {
    for await (const page of lister.objects(folder)) for (const object of page) this.add(object);
  }

  /** Everything whose key starts with `narrowed`, which starts with the prefix. */
  async addAll(lister: Lister, narrowed: string = this.prefix): Promise<void> {
    const base = narrowed.slice(0, narrowed.lastIndexOf('/') + 1);
    await forEach(lister.children(base, narrowed), FOLDERS_AT_ONCE, async (child: Child) => {
      if (child.kind === 'object') this.add(child.object);
      else await this.addFolder(lister, child.prefix);
    });
  }

  async addFolders(lister: Lister, folders: readonly string[]): Promise<void> {
    await forEach(onePage(folders), FOLDERS_AT_ONCE, (folder) => this.addFolder(lister, folder));
  }
}
