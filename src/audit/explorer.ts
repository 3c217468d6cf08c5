/**
 * Looks at one prefix of the bucket and whatever below it must be told apart, and says what no stream owns.
 *
 * Every prefix is judged by a listing that lies between two equal answers of the catalog: a stream that was created
 * while we listed is seen by the second, one that was purged meanwhile differs from the first. Where they differ
 * the prefix is looked at again; where it does not come to rest, nothing is said about it and the audit is not
 * complete. Nothing is concluded from a listing that failed.
 */
import type { StreamRecord } from '../catalog/types.js';
import { forEach, onePage } from './bounded.js';
import type { BucketFacts } from './bucket-facts.js';
import { parseObject } from './bucket-facts.js';
import { isUnchanged, type AuditCatalog, type PrefixView } from './catalog-port.js';
import { Contents, FOLDERS_AT_ONCE } from './contents.js';
import type { Finding } from './findings.js';
import {
  finding,
  futureNote,
  internalNote,
  isLive,
  isPastIncarnation,
  lateAfterMs,
  mixedNote,
  natureOf,
  ownershipObstacle,
  waitsForPurge,
  type Ages,
} from './judgement.js';
import {
  incarnationOf,
  isDateFolder,
  isHidden,
  lastSegment,
  METADATA_FOLDER,
  nameOfPrefix,
  streamNameOf,
  TENANT_MARKER,
} from './layout.js';
import type { Life } from '../bucket-layout/life-of-metadata.js';
import { goneNodes } from './gone-nodes.js';
import { lifeBelow } from './life-below.js';
import { ListingFailed, type Child, type Lister } from './lister.js';
import { Tally } from './tally.js';
import { isTenant, looksLikeTenant } from './tenants.js';

const LOOKS_MAX = 3;
/** As many as a catalog's prefix has segments. */
const DEPTH_MAX = 16;

export interface ExplorerDeps {
  readonly lister: Lister;
  readonly catalog: AuditCatalog;
  readonly facts: BucketFacts;
  readonly includeUsage: boolean;
  readonly ages: () => Ages;
  readonly nowMs: () => number;
  /** The part of the prefix that was asked for: itself, something longer, or undefined for nothing. */
  readonly narrow: (prefix: string) => string | undefined;
  readonly put: (finding: Finding) => Promise<void>;
  readonly incomplete: (reason: string) => void;
  readonly signal: AbortSignal;
}

interface Place {
  readonly depth: number;
  readonly inTenant: boolean;
}

interface Look {
  readonly findings: readonly Finding[];
  /** What is nobody's business, for the prefix above to mention. */
  readonly foreign: Tally;
  readonly descended: boolean;
}

/** What lies directly below a prefix that no stream owns. */
interface Found {
  readonly dates: string[];
  /** Only where a stream once owned the prefix. */
  readonly others: string[];
  readonly foreign: Tally;
  descended: boolean;
}

const NO_FINDINGS: Look = { findings: [], foreign: new Tally(), descended: false };

export class PrefixExplorer {
  readonly #deps: ExplorerDeps;

  constructor(deps: ExplorerDeps) {
    this.#deps = deps;
  }

  /** One folder directly below the root. Throws bugs and the signal's reason only. */
  async exploreTop(prefix: string): Promise<void> {
    const foreign = await this.#explore(prefix, { depth: 0, inTenant: false });
    if (foreign.isEmpty) return;
    const note = 'not listed in full';
    await this.#deps.put(
      finding('FOREIGN', prefix, foreign.uncounted(), this.#deps.ages(), { obstacle: 'nothing known', note }),
    );
  }

  async #explore(prefix: string, place: Place): Promise<Tally> {
    const { catalog, signal, put, incomplete } = this.#deps;
    try {
      let descend = true;
      for (let looks = 1; looks <= LOOKS_MAX; looks++) {
        const before = await catalog.lookUp(prefix, signal);
        const look = await this.#look(prefix, before, place, descend);
        // What lies below has been judged by itself, and is not said twice.
        descend &&= !look.descended;
        const after = await catalog.lookUp(prefix, signal);
        if (!isUnchanged(before, after)) continue;
        for (const each of look.findings) await put(each);
        return look.foreign;
      }
      incomplete(`${prefix}: its streams changed each time that it was listed`);
    } catch (error) {
      if (!(error instanceof ListingFailed)) throw error;
      incomplete(error.message);
    }
    return new Tally();
  }

  async #look(prefix: string, view: PrefixView, place: Place, descend: boolean): Promise<Look> {
    if (isLive(view.above)) return NO_FINDINGS;
    if (isLive(view.owner)) return { ...NO_FINDINGS, findings: await this.#owned(view.owner) };
    return this.#unowned(prefix, view, place, descend);
  }

  // ------------------------------------------------------------------------------- what a stream owns

  async #owned(stream: StreamRecord): Promise<Finding[]> {
    const { lister, facts, includeUsage, narrow, ages } = this.#deps;
    const narrowed = narrow(stream.prefix);
    if (narrowed === undefined) return [];
    if (stream.state !== 'ACTIVE') {
      const contents = new Contents(stream.prefix, lateAfterMs(stream, ages()));
      await contents.addAll(lister, narrowed);
      if (contents.late.isEmpty) return [];
      const after = `newer than the tombstone of ${new Date(stream.deleteTimeMs).toISOString()}`;
      const note = waitsForPurge(stream) ? `${after}; the purge that it waits for removes them` : after;
      const obstacle = 'the catalog has it';
      return [
        finding('LATE_OBJECTS', stream.prefix, contents.late.totals(), ages(), { stream, obstacle, note }),
      ];
    }
    if (!includeUsage && facts.registeredNodes === undefined) return [];
    const contents = new Contents(stream.prefix);
    if (includeUsage) await contents.addAll(lister, narrowed);
    else await contents.addMetadata(lister);
    const findings = goneNodes(contents, stream, facts, ages());
    if (includeUsage) {
      const totals = contents.everything.totals();
      findings.push(
        finding('USAGE', stream.prefix, totals, ages(), { stream, obstacle: 'the catalog has it' }),
      );
    }
    return findings;
  }

  // ------------------------------------------------------------------------------- what none owns

  async #unowned(prefix: string, view: PrefixView, place: Place, descend: boolean): Promise<Look> {
    const { lister, facts, narrow } = this.#deps;
    const contents = new Contents(prefix);
    const isFormer = view.owner?.prefixReusable === false || (await this.#isPastLife(prefix, view));
    // What was asked for may leave out what makes a stream complete.
    if ((narrow(prefix) ?? prefix) !== prefix) await contents.noteStreamJson(lister);
    if (isFormer && !view.anyBelow) {
      // Everything under it was one stream's, whatever its names look like.
      await contents.addAll(lister, narrow(prefix) ?? prefix);
      return { ...NO_FINDINGS, findings: await this.#verdict(contents, view, isFormer, undefined) };
    }
    await contents.addMetadata(lister);
    const inTenant = place.depth === 0 && facts.isParseable && (await isTenant(lister, prefix));
    let found = await this.#children(
      contents,
      view,
      { ...place, inTenant: place.inTenant || inTenant },
      descend,
    );
    const isBlank = contents.everything.isEmpty && found.dates.length === 0 && !found.descended;
    if (place.depth === 0 && isBlank && !inTenant && (await looksLikeTenant(lister, prefix))) {
      found = await this.#children(new Contents(prefix), view, { ...place, inTenant: true }, descend);
    }
    const life = await lifeBelow(lister, contents, view.owner);
    // A complete stream is not listed to its end unless somebody wants to know how large it is, or it is dead.
    if (!contents.hasStreamJson || this.#deps.includeUsage || life?.kind === 'dead') {
      await contents.addFolders(
        lister,
        found.dates.map((folder) => narrow(folder) ?? folder),
      );
      if (view.owner !== undefined && !view.anyBelow)
        await contents.addFolders(
          lister,
          found.others.map((folder) => narrow(folder) ?? folder),
        );
    }
    const findings = await this.#verdict(contents, view, isFormer, life, found);
    if (findings.length > 0) return { ...found, findings };
    const { other, layout } = contents;
    for (const tally of [other, layout])
      for (const key of tally.totals().sampleKeys) found.foreign.add(sample(key));
    return { ...found, findings: [] };
  }

  /** Sorts what lies directly below; looks into what may be another stream's prefix. */
  async #children(contents: Contents, view: PrefixView, place: Place, descend: boolean): Promise<Found> {
    const { lister, narrow } = this.#deps;
    const { prefix } = contents;
    const narrowed = narrow(prefix) ?? prefix;
    const found: Found = { dates: [], others: [], foreign: new Tally(), descended: false };
    // What was asked for may lie deeper than one folder.
    const cut = narrowed.indexOf('/', prefix.length);
    const only: Child = { kind: 'folder', prefix: narrowed.slice(0, cut + 1) };
    const children = cut < 0 ? lister.children(prefix, narrowed) : onePage([only]);
    await forEach(children, widthAt(place.depth), async (child: Child) => {
      if (child.kind === 'object') {
        if (child.object.key !== prefix + TENANT_MARKER || !place.inTenant) contents.add(child.object);
        return;
      }
      const relative = child.prefix.slice(prefix.length);
      if (isHidden(relative)) {
        // Seen already, or another program's.
        if (relative !== METADATA_FOLDER && contents.hiddenKey === '') contents.hiddenKey = child.prefix;
      } else if (isDateFolder(relative) && !(view.anyBelow && (await this.#isKnown(child.prefix)))) {
        found.dates.push(child.prefix);
      } else if (this.#mayBeAnothers(child.prefix, view, place)) {
        found.descended = true;
        if (!descend) return;
        const below = await this.#explore(child.prefix, { ...place, depth: place.depth + 1 });
        for (const key of below.totals().sampleKeys) found.foreign.add(sample(key));
      } else {
        found.foreign.add(sample(child.prefix));
        if (view.owner !== undefined) found.others.push(child.prefix);
      }
    });
    return found;
  }

  /** Nothing keeps a stream from owning a prefix that looks like a day of the one above, or lies in a day. */
  async #isKnown(prefix: string): Promise<boolean> {
    const { owner, anyBelow } = await this.#deps.catalog.lookUp(prefix, this.#deps.signal);
    return owner !== undefined || anyBelow;
  }

  #mayBeAnothers(prefix: string, view: PrefixView, place: Place): boolean {
    if (place.depth + 1 >= DEPTH_MAX) return false;
    if (view.anyBelow) return true;
    const segment = lastSegment(prefix);
    if (place.depth === 0 && place.inTenant) return streamNameOf(segment) !== undefined;
    const mayHaveLives = place.depth === 0 || (place.depth === 1 && place.inTenant);
    return mayHaveLives && incarnationOf(segment) !== undefined && nameOfPrefix(prefix) !== undefined;
  }

  /** The default layout says that a stream of the past owned it, and the catalog knows the name by that layout. */
  async #isPastLife(prefix: string, view: PrefixView): Promise<boolean> {
    const named = nameOfPrefix(prefix);
    if (named === undefined || !isPastIncarnation(prefix, view)) return false;
    const current = await this.#deps.catalog.current(named.tenant, named.name, this.#deps.signal);
    return current?.prefixReusable === false;
  }

  async #verdict(
    contents: Contents,
    view: PrefixView,
    nameIsKnown: boolean,
    life: Life | undefined,
    beside: Pick<Found, 'foreign' | 'descended'> = { foreign: new Tally(), descended: false },
  ): Promise<Finding[]> {
    const { facts, catalog, ages, nowMs, signal, includeUsage } = this.#deps;
    const { prefix } = contents;
    const nature = natureOf(contents, view, { isParseable: facts.isParseable, nameIsKnown, life });
    if (nature === 'NOTHING' || nature === 'FOREIGN') return [];
    const stream = view.owner;
    const named = stream ?? nameOfPrefix(prefix);
    const current = named === undefined ? undefined : await catalog.current(named.tenant, named.name, signal);
    const unnamed = named === undefined ? 'its name is none that a stream can have; say which' : '';
    const obstacle = ownershipObstacle(prefix, view, current, nowMs()) || unnamed;
    if (nature === 'COMPLETE_STREAM') {
      const notes = [rebornNote(stream, life), await this.#oddStreamJson(contents)];
      const totals = includeUsage ? contents.everything.totals() : contents.everything.uncounted();
      const note = notes.filter((part) => part !== '').join('; ');
      return [
        finding('UNKNOWN_STREAM', prefix, totals, ages(), {
          stream,
          obstacle: [internalNote(named?.name ?? ''), obstacle].filter((part) => part !== '').join('; '),
          note,
        }),
        ...goneNodes(contents, stream, facts, ages()),
      ];
    }
    const others = beside.descended ? 'prefixes of other streams lie below it' : '';
    if (nature === 'FORMER_LIFE') {
      const totals = contents.everything.totals();
      const note = stream === undefined ? 'of a stream that the catalog has forgotten' : '';
      // Whoever shares one prefix among lives may have begun others below it without the catalog.
      const shared =
        stream?.prefixReusable !== true ? '' : contents.hiddenKey === '' ? others : mixedNote(contents);
      return [
        finding('PURGED_PREFIX', prefix, totals, ages(), { stream, obstacle: obstacle || shared, note }),
      ];
    }
    const besideKey = beside.foreign.totals().sampleKeys[0];
    const mixed =
      mixedNote(contents) ||
      (besideKey === undefined
        ? ''
        : `it also holds what is no log data, such as ${JSON.stringify(besideKey)}`) ||
      others;
    const hindrance = obstacle || futureNote(prefix, view) || mixed;
    return [finding('RESIDUE', prefix, contents.layout.totals(), ages(), { obstacle: hindrance })];
  }

  /** Parseable goes by the object's existence, so an unreadable one is still a stream; '' = it reads well. */
  async #oddStreamJson({ streamJsonKey }: Contents): Promise<string> {
    try {
      const bytes = await this.#deps.lister.get(streamJsonKey);
      return bytes === undefined || parseObject(bytes) !== undefined
        ? ''
        : `${streamJsonKey} does not parse as JSON`;
    } catch (error) {
      if (!(error instanceof ListingFailed)) throw error;
      return `${streamJsonKey} could not be read`;
    }
  }
}

function rebornNote(stream: StreamRecord | undefined, life: Life | undefined): string {
  if (stream === undefined) return '';
  if (life?.kind === 'unclear') return `was purged, and nothing says whether this is a new life: ${life.why}`;
  return 'was purged, and has been created again without the catalog';
}

/** Wide at the top, one by one far below, so that all levels together stay bounded. */
function widthAt(depth: number): number {
  return depth === 0 ? FOLDERS_AT_ONCE : depth === 1 ? 4 : 1;
}

function sample(key: string): {
  readonly key: string;
  readonly sizeBytes: number;
  readonly lastModifiedMs: number;
} {
  return { key, sizeBytes: 0, lastModifiedMs: 0 };
}
