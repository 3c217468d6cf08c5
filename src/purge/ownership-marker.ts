/**
 * P9: two clusters never purge one bucket. `.sexton/owner.json` names the cluster that owns it; whoever finds
 * another's name there purges nothing. Two catalogs over one bucket would each take the other's streams for
 * residue, and each has its own idea of who is ACTIVE.
 *
 * No purge deletes the marker, since no prefix begins with a dot (C6), and Parseable never looks at it: what has
 * no `.stream/` below it is no stream there.
 *
 * The marker is created with If-None-Match: of two clusters that find the bucket free, the store refuses one.
 * Where the probe shows that the store ignores it, the marker is read back after a pause, and the later writer
 * wins. What remains there: a writer that looked before our marker was there and writes only after our second
 * look. Both then find one name at their next look, a minute later at most, and one of them stops.
 *
 * Does not tell apart two clusters that were given the same id: ids must differ.
 */
import { ObjectStoreError, type Capabilities, type ObjectStore } from '../objectstore/object-store.js';
import { delay, type Clock } from '../shared/clock.js';
import type { Logger } from '../shared/logger.js';
import { untilAborted } from './until-aborted.js';

export const OWNERSHIP_MARKER_KEY = '.sexton/owner.json';

/** Longer than a write that has left usually takes. Only where the store does not honour If-None-Match. */
const SETTLE_MS = 5_000;

interface OwnershipDeps {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly clusterId: string;
  /** Replace the marker of this cluster by ours; '' = of none. An operator's word, see `--take-over-bucket-from`. */
  readonly takeOverFrom: string;
}

type Marker =
  | { readonly kind: 'absent' }
  | { readonly kind: 'owned'; readonly clusterId: string; readonly sinceText: string }
  | { readonly kind: 'unreadable' };

export class BucketOwnership {
  readonly #deps: OwnershipDeps;
  #obstacle = 'the ownership marker of the bucket has not been read yet';

  constructor(deps: OwnershipDeps) {
    this.#deps = deps;
  }

  /** Why nothing may be purged, with what an operator can do; '' = the bucket is ours, as last seen. */
  get obstacle(): string {
    return this.#obstacle;
  }

  /**
   * Reads the marker, and makes it ours when there is none. Afterwards {@link obstacle} says how it stands.
   * Throws ObjectStoreError when the store fails; what was known stays then.
   */
  async verify(capabilities: Capabilities, signal: AbortSignal): Promise<void> {
    let marker = await this.#read(signal);
    if (marker.kind === 'absent') {
      await this.#create(capabilities, signal);
      marker = await this.#read(signal);
    } else if (this.#mayTakeOver(marker)) {
      await this.#takeOver(marker.clusterId, signal);
      marker = await this.#read(signal);
    }
    this.#obstacle = this.#obstacleOf(marker);
  }

  #mayTakeOver(marker: Marker): marker is Extract<Marker, { kind: 'owned' }> {
    const { takeOverFrom, clusterId } = this.#deps;
    return marker.kind === 'owned' && marker.clusterId !== clusterId && marker.clusterId === takeOverFrom;
  }

  async #read(signal: AbortSignal): Promise<Marker> {
    const bytes = await untilAborted(this.#deps.store.getObject(OWNERSHIP_MARKER_KEY, { signal }), signal);
    return bytes === undefined ? { kind: 'absent' } : parse(bytes);
  }

  async #create(capabilities: Capabilities, signal: AbortSignal): Promise<void> {
    const { store, clock, logger, clusterId } = this.#deps;
    try {
      await this.#write({ ifNoneMatch: capabilities.conditionalCreate }, signal);
      logger.info({ store: store.description, clusterId }, 'the bucket now bears the marker of this cluster');
    } catch (error) {
      // Somebody was first: the reading that follows says who.
      if (!(error instanceof ObjectStoreError) || error.kind !== 'PRECONDITION_FAILED') throw error;
    }
    if (!capabilities.conditionalCreate) await delay(clock, SETTLE_MS, signal);
  }

  async #takeOver(from: string, signal: AbortSignal): Promise<void> {
    const { store, logger, clusterId } = this.#deps;
    await this.#write({}, signal);
    const facts = { store: store.description, clusterId, from };
    logger.warn(facts, 'the bucket was taken over from another cluster, as an operator said');
  }

  #write(options: { readonly ifNoneMatch?: boolean }, signal: AbortSignal): Promise<void> {
    const { store, clock, clusterId } = this.#deps;
    const text = JSON.stringify(
      {
        format: 1,
        cluster_id: clusterId,
        claimed_time: new Date(clock.wallMs()).toISOString(),
        about:
          'This bucket is purged by the Sexton cluster named here and by no other. ' +
          'Without this object the next cluster that looks takes the bucket.',
      },
      undefined,
      2,
    );
    return untilAborted(
      store.putObject(OWNERSHIP_MARKER_KEY, Buffer.from(`${text}\n`), options, { signal }),
      signal,
    );
  }

  #obstacleOf(marker: Marker): string {
    const { clusterId } = this.#deps;
    const wayOut =
      `If that cluster is gone for good, start every node of this one with --take-over-bucket-from NAME; ` +
      `else give this cluster a bucket of its own`;
    switch (marker.kind) {
      case 'owned':
        if (marker.clusterId === clusterId) return '';
        return (
          `the bucket belongs to the Sexton cluster ${JSON.stringify(marker.clusterId)}${marker.sinceText}, ` +
          `and this is ${JSON.stringify(clusterId)}: nothing is purged here. ` +
          wayOut.replace('NAME', marker.clusterId)
        );
      case 'unreadable':
        return (
          `${OWNERSHIP_MARKER_KEY} in the bucket is no ownership marker that this version can read: nothing is purged. ` +
          'Look who wrote it; if no Sexton cluster uses the bucket, delete that object'
        );
      case 'absent':
        return `${OWNERSHIP_MARKER_KEY} was written and is not there: nothing is purged until it can be read back`;
    }
  }
}

function parse(bytes: Uint8Array): Marker {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return { kind: 'unreadable' };
  }
  if (typeof json !== 'object' || json === null) return { kind: 'unreadable' };
  const { cluster_id: clusterId, claimed_time: claimed } = json as Record<string, unknown>;
  if (typeof clusterId !== 'string' || clusterId === '') return { kind: 'unreadable' };
  const isTime = typeof claimed === 'string' && /^\d{4}-[\d:.TZ-]{6,24}$/.test(claimed);
  return { kind: 'owned', clusterId, sinceText: isTime ? ` since ${claimed}` : '' };
}
