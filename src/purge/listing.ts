/**
 * What is listed for a purge, as streams of pages: data objects, the `.stream/` objects, versions and
 * markers, unfinished uploads. Nothing here relies on the order of a listing for correctness (directory
 * buckets are not sorted): keys are sorted into data and metadata by looking at them, and the proof that
 * nothing is left is a listing of its own (P4).
 */
import {
  ObjectStoreError,
  type DeleteTarget,
  type Page,
  type UploadInfo,
} from '../objectstore/object-store.js';
import { isUnrecoverable, PurgeFailure, type StoreAction } from './failure.js';
import type { PurgeAttempt } from './purge-attempt.js';
import { isRecurringKey, METADATA_FOLDER } from '../bucket-layout/stream-metadata.js';
import { RequestRetry } from './request-retry.js';

/** One thing to delete. */
export interface Doomed {
  readonly target: DeleteTarget;
  /** 0 for a delete marker. */
  readonly sizeBytes: number;
  /** When it was written, by the store's clock. */
  readonly writtenMs: number;
}

/** `metadata`: what tells Parseable that the stream exists. Deleted last (P7). */
export type Part = 'data' | 'metadata';

export interface ListingPlan {
  readonly part: Part;
  /** Versions and delete markers instead of current objects. */
  readonly versions: boolean;
  /** Skip `.stream/` instead of reading it. Needs a sorted listing, so it may not be the last word. */
  readonly mayJump: boolean;
}

/** Everything of one part, page by page (at most 1,000 each); pages may be empty. */
export function listDoomed(attempt: PurgeAttempt, plan: ListingPlan): AsyncGenerator<readonly Doomed[]> {
  return plan.versions ? versionPages(attempt, plan.part) : objectPages(attempt, plan);
}

async function* objectPages(attempt: PurgeAttempt, plan: ListingPlan): AsyncGenerator<readonly Doomed[]> {
  const { prefix, wanted, metadataPrefix } = scope(attempt, plan.part);
  let jumped = !plan.mayJump || plan.part === 'metadata';
  let position: { readonly page?: string; readonly startAfter?: string } = {};
  let survey: Promise<void> | undefined;
  try {
    for (;;) {
      const found = await fetchPage(attempt, 'listObjects', prefix, (signal) =>
        attempt.env.store.listObjects({ prefix, ...position }, { signal }),
      );
      // Beside the listing: nothing waits for it.
      if (found.next !== undefined && plan.mayJump) survey ??= surveyFolders(attempt);
      yield found.items
        .filter(({ key }) => wanted(key))
        .map(({ key, sizeBytes, etag, lastModifiedMs }) => ({
          // P11, P12: deletes what was listed, not what was written under its key since.
          target: sendsCondition(attempt, key) && etag !== '' ? { key, ifMatch: etag } : { key },
          sizeBytes,
          writtenMs: lastModifiedMs,
        }));
      if (found.next === undefined) return;
      if (!jumped && found.items.at(-1)?.key.startsWith(metadataPrefix) === true) {
        // In UTF-8 order, everything between two keys of `.stream/` is in `.stream/` too. Keys after `~`
        // (not ASCII) are read and dropped.
        jumped = true;
        position = { startAfter: `${metadataPrefix}~` };
      } else {
        position = { page: advanced(position.page, found.next, prefix) };
      }
    }
  } finally {
    await survey;
  }
}

/**
 * One request more for a listing of more than a page: the folders that it will go through, so that an estimate can
 * say how far it has come. Without an answer, or with more folders than a page shows, there is no such estimate.
 */
async function surveyFolders(attempt: PurgeAttempt): Promise<void> {
  const { env, stream, estimate } = attempt;
  const { prefix } = stream;
  try {
    const page = await env.gate.run('list', attempt.going, () =>
      env.store.listObjects({ prefix, delimiter: '/' }, { signal: env.leading }),
    );
    const folders = page.commonPrefixes.filter((folder) => folder !== prefix + METADATA_FOLDER);
    if (page.next === undefined && folders.length > 1) estimate.surveyed(folders);
  } catch (error) {
    // The purge does not rest on it: the gate has counted a failure, and a stop is noticed by whatever else runs.
    if (isUnrecoverable(error)) throw error;
  }
}

function sendsCondition({ conditional, recurringConditional, stream }: PurgeAttempt, key: string): boolean {
  return conditional || (recurringConditional && isRecurringKey(key.slice(stream.prefix.length)));
}

async function* versionPages(attempt: PurgeAttempt, part: Part): AsyncGenerator<readonly Doomed[]> {
  const { prefix, wanted } = scope(attempt, part);
  for await (const versions of pages(attempt, 'listVersions', prefix, (page, signal) =>
    attempt.env.store.listVersions({ prefix, ...page }, { signal }),
  )) {
    yield versions
      .filter(({ key }) => wanted(key))
      .map(({ key, versionId, isDeleteMarker, sizeBytes, lastModifiedMs }) => ({
        target: { key, versionId },
        sizeBytes: isDeleteMarker ? 0 : sizeBytes,
        writtenMs: lastModifiedMs,
      }));
  }
}

/** Unfinished uploads anywhere below the prefix. */
export function listUploads(attempt: PurgeAttempt): AsyncGenerator<readonly UploadInfo[]> {
  const { prefix } = attempt.stream;
  return pages(attempt, 'listUploads', prefix, (page, signal) =>
    attempt.env.store.listUploads({ prefix, ...page }, { signal }),
  );
}

/** A key that is still there, or undefined after a complete listing without one (P4). */
export async function firstObjectLeft(attempt: PurgeAttempt): Promise<string | undefined> {
  const { prefix } = attempt.stream;
  for await (const objects of pages(attempt, 'listObjects', prefix, (page, signal) =>
    attempt.env.store.listObjects({ prefix, ...page }, { signal }),
  )) {
    if (objects[0] !== undefined) return objects[0].key;
  }
  return undefined;
}

/** An object that was written before `beforeMs`, by the store's clock, or undefined after a complete listing without one. */
export async function olderObjectLeft(attempt: PurgeAttempt, beforeMs: number): Promise<string | undefined> {
  const { prefix } = attempt.stream;
  for await (const objects of pages(attempt, 'listObjects', prefix, (page, signal) =>
    attempt.env.store.listObjects({ prefix, ...page }, { signal }),
  )) {
    const older = objects.find(({ lastModifiedMs }) => lastModifiedMs < beforeMs);
    if (older !== undefined) return older.key;
  }
  return undefined;
}

/** A version or marker that is still there, or undefined after a complete listing without one (P4). */
export async function firstVersionLeft(attempt: PurgeAttempt): Promise<string | undefined> {
  const { prefix } = attempt.stream;
  for await (const versions of pages(attempt, 'listVersions', prefix, (page, signal) =>
    attempt.env.store.listVersions({ prefix, ...page }, { signal }),
  )) {
    if (versions[0] !== undefined) return versions[0].key;
  }
  return undefined;
}

function scope(
  attempt: PurgeAttempt,
  part: Part,
): { readonly prefix: string; readonly metadataPrefix: string; readonly wanted: (key: string) => boolean } {
  const metadataPrefix = attempt.stream.prefix + METADATA_FOLDER;
  return part === 'metadata'
    ? { prefix: metadataPrefix, metadataPrefix, wanted: () => true }
    : { prefix: attempt.stream.prefix, metadataPrefix, wanted: (key) => !key.startsWith(metadataPrefix) };
}

/** A whole listing. An empty page with a `next` is not its end. */
async function* pages<T extends { readonly key: string }>(
  attempt: PurgeAttempt,
  action: StoreAction,
  prefix: string,
  fetch: (page: { readonly page?: string }, signal: AbortSignal) => Promise<Page<T>>,
): AsyncGenerator<readonly T[]> {
  let position: { readonly page?: string } = {};
  for (;;) {
    const found = await fetchPage(attempt, action, prefix, (signal) => fetch(position, signal));
    yield found.items;
    if (found.next === undefined) return;
    position = { page: advanced(position.page, found.next, prefix) };
  }
}

/** One page, with its retries. A key outside the prefix condemns the page: nothing of it is deleted. */
async function fetchPage<P extends Page<{ readonly key: string }>>(
  attempt: PurgeAttempt,
  action: StoreAction,
  prefix: string,
  fetch: (signal: AbortSignal) => Promise<P>,
): Promise<P> {
  const { env } = attempt;
  const retry = new RequestRetry(attempt, action);
  for (;;) {
    attempt.going.throwIfAborted();
    try {
      const page = await env.gate.run('list', attempt.going, () => fetch(env.leading));
      const stray = page.items.find(({ key }) => !key.startsWith(prefix));
      if (stray === undefined) return page;
      throw new PurgeFailure(
        'LISTING_UNTRUSTED',
        `${env.store.description} listed ${JSON.stringify(stray.key)} when asked for ${JSON.stringify(prefix)}: ` +
          'its listings cannot be trusted, so nothing more of this stream is deleted; check the store and then retry',
      );
    } catch (error) {
      if (!(error instanceof ObjectStoreError)) throw error;
      await retry.afterError(error, prefix);
    }
  }
}

/** A listing that hands out the same position again would never end. */
function advanced(before: string | undefined, next: string, prefix: string): string {
  if (next !== before) return next;
  throw new PurgeFailure('retrying', `the store's listing of ${JSON.stringify(prefix)} does not advance`);
}
