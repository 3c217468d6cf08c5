/**
 * What Sexton owes to a Parseable that knows nothing of it: whatever a node has acknowledged is found by a query, unless
 * its stream was deleted past the point of no return; and of a deleted life nothing is left. What Parseable loses by itself is
 * listed in the simulator's README.
 */
import type { StreamRecord } from '../../../src/catalog/types.js';
import type { DeleteTarget } from '../../../src/objectstore/object-store.js';
import type { DeleteRecord, Removed, SimulatedBucket } from '../object-store.js';
import { Violation } from '../violation.js';
import {
  decodeManifest,
  decodeParquet,
  decodeStreamJson,
  isManifest,
  isParquet,
  isStreamJson,
  nameOf,
  prefixOf,
} from './layout.js';
import type { Life, Lives, StagedEvent } from './lives.js';
import { findEvents } from './visible-events.js';

export interface ParseableOracleDeps {
  readonly bucket: SimulatedBucket;
  readonly lives: Lives;
  readonly names: readonly string[];
  /** The bucket honours If-Match on deletes. */
  readonly isConditional: boolean;
  /** A node of Parseable, which deletes when the helper asks it to. */
  readonly isNode: (label: string) => boolean;
  /** How long what a node had sent when it forgot a stream may take to land. */
  readonly uploadDeadlineMs: number;
  readonly nowMs: () => number;
  readonly violated: (violation: Violation) => void;
}

const BY_SEXTON = 'no purge or sweep deletes what lives';
const BY_PARSEABLE = 'no node is made to delete what lives';
const STAYS = 'what a node acknowledged stays';

export class ParseableOracle {
  readonly #deps: ParseableOracleDeps;
  /** Of each version of each object: whose it is. */
  readonly #contents = new Map<string, readonly Life[]>();
  /** Of each event, the last time. */
  readonly #uploadedMs = new Map<number, number>();
  /** Of each delete that a purger sent, by its targets. */
  readonly #lookedMs = new WeakMap<readonly DeleteTarget[], number | undefined>();

  constructor(deps: ParseableOracleDeps) {
    this.#deps = deps;
  }

  committed(stream: StreamRecord): void {
    const present = (): readonly Life[] => this.#livesIn(stream.prefix);
    this.#deps.lives.committed(stream, this.#deps.nowMs(), present);
  }

  uploadApplied(key: string): void {
    const { bucket, lives, nowMs } = this.#deps;
    const version = bucket.contents.current(key);
    if (version === undefined) return;
    if (isParquet(key)) {
      const events = decodeParquet(version.body);
      this.#contents.set(versionName(version), this.#livesOf(events));
      for (const id of events) this.#uploadedMs.set(id, nowMs());
    }
    if (isManifest(key))
      this.#contents.set(versionName(version), this.#livesOf(this.#eventsListed(version.body)));
    if (isStreamJson(key)) {
      const life = lives.lifeOf(nameOf(key), decodeStreamJson(version.body).createdAt);
      this.#contents.set(versionName(version), life === undefined ? [] : [life]);
      if (life !== undefined) lives.landed(life, nowMs());
    }
  }

  /** A purger sends a delete. `lookedMs`: when its last look at the metadata below a prefix began, true time. */
  deleteSent(targets: readonly DeleteTarget[], lookedMs: (prefix: string) => number | undefined): void {
    const [first] = targets;
    if (first !== undefined) this.#lookedMs.set(targets, lookedMs(prefixOf(nameOf(first.key))));
  }

  /** By a purge, a sweep, or a Parseable node that was asked to delete a stream. */
  deleteApplied(request: DeleteRecord, removed: readonly Removed[]): void {
    const { lives, isNode, violated } = this.#deps;
    const { label } = request;
    for (const version of removed) {
      if (version.isDeleteMarker) continue;
      const living = this.#contents
        .get(versionName(version))
        ?.find((life) => lives.killer(life) === undefined && !this.#isExposedNow(life, request, version));
      if (living === undefined) continue;
      const facts = `${label} deletes ${version.key} of ${this.#describe(living)}`;
      violated(new Violation(isNode(label) ? BY_PARSEABLE : BY_SEXTON, facts));
      return;
    }
  }

  /** Nodes are well, and have uploaded what they can. */
  checkAcknowledged(): void {
    const { bucket, lives, names, violated } = this.#deps;
    for (const name of names) {
      const { visible, stored } = findEvents(bucket, name);
      const lost = lives.events.filter(
        (event) => event.stream === name && lives.mustStay(event) && !visible.has(event.id),
      );
      const [first] = lost;
      if (first?.life === undefined) continue;
      const fate = this.#fateOf(first, stored);
      const facts =
        `${lost.length} events of ${this.#describe(first.life)} are not found; the first, ${first.id}, ` +
        `was acknowledged by ${first.node} at ${seconds(first.acknowledgedMs)}, and ${fate}`;
      violated(new Violation(STAYS, facts));
      return;
    }
  }

  /**
   * Every purged prefix was swept for the last time. Of a name that has a later life, only that is judged which no node
   * took in after it had last been asked to forget, and which landed in time: the rest Parseable brings back by itself.
   * What nodes took in after the last sweep is for `sexton audit`.
   */
  checkNothingLeft(): void {
    const { bucket, lives, names, violated } = this.#deps;
    for (const name of names) {
      const back = [...findEvents(bucket, name).stored].find((id) => this.#mustBeGone(lives.event(id)));
      if (back !== undefined) {
        const { node, acknowledgedMs = 0, life } = lives.event(back) ?? {};
        const facts = `event ${back} of ${life === undefined ? name : this.#describe(life)}, acknowledged by ${node ?? ''} at ${seconds(acknowledgedMs)}, is in the bucket`;
        violated(new Violation('nothing of a deleted life comes back', facts));
        return;
      }
      const owners = lives.owners(name);
      if (owners.length === 0 || owners.some(({ state }) => state !== 'PURGED')) continue;
      const found = findEvents(bucket, name);
      const isReborn = [...found.lives].some((createdAt) => {
        const life = lives.lifeOf(name, createdAt);
        return life !== undefined && lives.killer(life) === undefined;
      });
      if (isReborn) continue;
      const prefix = prefixOf(name);
      const lastSweptMs = Math.max(...owners.map((owner) => owner.lastSweptMs ?? Infinity));
      const left = [...bucket.versions(prefix), ...bucket.uploads(prefix)].find(
        ({ key }) => !this.#cameAfter(key, lastSweptMs),
      );
      if (left === undefined) continue;
      violated(new Violation('nothing is left behind', `${left.key} is left, and ${name} was purged`));
      return;
    }
  }

  /** Lives with metadata below a prefix that is not to be deleted, and with metadata that is. */
  metadataBelow(prefix: string): { readonly living: readonly string[]; readonly dead: readonly string[] } {
    const { bucket, lives } = this.#deps;
    const keys = bucket.keys(prefix).filter(isStreamJson);
    const isDead = (key: string): boolean =>
      this.#livesAt(key).every((life) => lives.killer(life) !== undefined);
    return { living: keys.filter((key) => !isDead(key)), dead: keys.filter(isDead) };
  }

  /** It is, or was, within a window that is documented as not covered. */
  #isExposedNow(life: Life, { label, targets }: DeleteRecord, { key, versionId, upload }: Removed): boolean {
    const { lives, isNode, isConditional } = this.#deps;
    if (lives.isExposed(life)) return true;
    if (isNode(label)) {
      if (!lives.beganSince(life, lives.lookedBeforeDeleteMs(life.name, label))) return false;
      lives.expose(life, 'asked');
      return true;
    }
    const target = targets.find((each) => each.key === key);
    const isNamed = target?.versionId !== undefined && versionId !== 'null';
    if (isParquet(key) || isNamed || (target?.ifMatch !== undefined && isConditional)) return false;
    const lookedMs = this.#lookedMs.get(targets);
    if (lookedMs === undefined || (upload?.appliedMs ?? 0) <= lookedMs) return false;
    lives.expose(life, 'deleted');
    return true;
  }

  /** All that it holds was taken in later. */
  #cameAfter(key: string, timeMs: number): boolean {
    const version = isParquet(key) ? this.#deps.bucket.contents.current(key) : undefined;
    if (version === undefined) return false;
    const events = decodeParquet(version.body).map((id) => this.#deps.lives.event(id));
    return events.every((event) => (event?.acknowledgedMs ?? 0) > timeMs);
  }

  #mustBeGone(event: StagedEvent | undefined): boolean {
    const { lives, uploadDeadlineMs } = this.#deps;
    if (event?.life === undefined) return false;
    const { stream, node, acknowledgedMs } = event;
    const drainedMs = lives.killer(event.life)?.drainedMs;
    if (drainedMs === undefined) return false;
    const toldMs = lives.lastToldMs(stream, node, drainedMs);
    if (toldMs === undefined || acknowledgedMs > toldMs) return false;
    return (this.#uploadedMs.get(event.id) ?? Infinity) <= toldMs + uploadDeadlineMs;
  }

  /** With metadata below a prefix. */
  #livesIn(prefix: string): readonly Life[] {
    return this.#deps.bucket
      .keys(prefix)
      .filter(isStreamJson)
      .flatMap((key) => this.#livesAt(key));
  }

  #livesAt(streamJson: string): readonly Life[] {
    const version = this.#deps.bucket.contents.current(streamJson);
    return version === undefined ? [] : (this.#contents.get(versionName(version)) ?? []);
  }

  #eventsListed(manifest: Uint8Array): readonly number[] {
    return decodeManifest(manifest).files.flatMap(({ file_path: path }) => {
      const parquet = this.#deps.bucket.contents.current(path);
      return parquet === undefined ? [] : decodeParquet(parquet.body);
    });
  }

  #livesOf(ids: readonly number[]): readonly Life[] {
    const { lives } = this.#deps;
    const found = new Set(ids.map((id) => lives.event(id)?.life));
    return [...found].filter((life) => life !== undefined);
  }

  #fateOf({ id, node }: StagedEvent, stored: ReadonlySet<number>): string {
    const droppedMs = this.#deps.lives.droppedMs(id);
    if (droppedMs !== undefined)
      return `was staged when ${node} was asked to forget the stream, at ${seconds(droppedMs)}`;
    return stored.has(id) ? 'is in the bucket, in no manifest' : 'is not in the bucket';
  }

  #describe({ name, createdAt, beganMs }: Life): string {
    const { lives } = this.#deps;
    const owners = lives
      .owners(name)
      .map(({ incarnation, state, noReturnMs, purgedMs }) => {
        const begun = noReturnMs === undefined ? '' : ` purge begun at ${seconds(noReturnMs)}`;
        const purged = purgedMs === undefined ? '' : ` purged at ${seconds(purgedMs)}`;
        return `${incarnation} ${state}${begun}${purged}`;
      })
      .join('; ');
    return `${name}, a life of ${createdAt} that began at ${seconds(beganMs)} (catalog: ${owners || 'not known'})`;
  }
}

function versionName({ key, versionId }: Pick<Removed, 'key' | 'versionId'>): string {
  return `${key}\0${versionId}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)} s`;
}
