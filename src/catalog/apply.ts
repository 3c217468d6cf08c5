/**
 * One committed entry, one step of the state machine.
 *
 *   entry ---> committed time ---> repeated request? ---> well-formed? ---> execute ---> writes
 *
 * C3: the result follows from the reader and the arguments alone. Committed time is the leader's stamp,
 *     or the last committed time where that is later: it never runs backwards, whatever clocks do.
 * C4: everything that the entry does is in `writes`, each key once, to be written in one batch.
 * S7: the last write is the meta record, with a digest over all of them.
 *
 * Every entry changes the meta record, a refused or repeated one too: committed time moves on.
 */
import { assert, assertDefined } from '../shared/assert.js';
import { rollDigest } from './digest.js';
import { execute } from './execute.js';
import {
  digestCommand,
  evictRequests,
  readRequest,
  rememberRequest,
  type RequestOutcome,
} from './idempotency.js';
import {
  currentKey,
  eventKey,
  listingKey,
  META_KEY,
  purgeQueueKey,
  sessionKey,
  streamKey,
  sweepQueueKey,
} from './keys.js';
import { EVENT_HISTORY_ENTRIES, EVENTS_TRIMMED_PER_ENTRY_MAX, TIME_MS_MAX } from './limits.js';
import { requestIdViolations } from './names.js';
import { resultOf, type ExecutionContext, type Outcome, type StreamChange } from './outcome.js';
import { readMeta, readSession, readStreamByIncarnation } from './queries.js';
import {
  encodeEventAround,
  encodeIncarnation,
  encodeMeta,
  encodeMetaBody,
  encodeSession,
  encodeStream,
  NO_VALUE,
  type CatalogMeta,
} from './record-codec.js';
import { invalidArgumentRefusal } from './refusals.js';
import { sweepTimeOf } from './sweep-commands.js';
import {
  PURGING_PHASES,
  type AppliedEntry,
  type CatalogReader,
  type CatalogWrite,
  type CommandEnvelope,
  type Command,
  type CommandResult,
  type PurgingPhase,
  type SessionRecord,
  type StreamEvent,
  type StreamRecord,
} from './types.js';
import { validateCommand } from './validate-command.js';

/**
 * Applies the entry at `index`, which must be beyond every index applied before. The writes become
 * visible to the reader before the next call: by a batch, or through an `Overlay`.
 */
export function applyEntry(reader: CatalogReader, envelope: CommandEnvelope, index: number): AppliedEntry {
  const before = readMeta(reader);
  assert(index > before.lastIndex, () => `C4: entry ${index} after ${before.lastIndex} had been applied`);
  // A stamp beyond all calendars must not become an integer that no encoding takes: every member would stop.
  const nowMs = Math.max(Math.min(envelope.stampMs, TIME_MS_MAX), before.committedTimeMs);
  const context: ExecutionContext = { reader, index, nowMs };

  const decision = decide(context, envelope);
  const effects = effectsOf(context, before, decision.outcome);
  const writes = [...effects.writes];

  const { requestId } = envelope;
  const evicted = evictRequests(reader, before, nowMs, decision.remember);
  writes.push(...evicted.writes);
  let requests = evicted.queue;
  if (decision.remember) {
    const request = { command: digestCommand(envelope.command), outcome: rememberedOutcome(effects.result) };
    const remembered = rememberRequest(requests, requestId, request, nowMs);
    requests = remembered.queue;
    writes.push(...remembered.writes);
  }

  const trimmed = trimEvents(before.eventFloor, index);
  writes.push(...trimmed.writes);

  const body = encodeMetaBody({
    ...effects.meta,
    ...requests,
    lastIndex: index,
    committedTimeMs: nowMs,
    eventFloor: trimmed.eventFloor,
  });
  const digest = rollDigest(before.digest, index, [...writes, { key: META_KEY, value: body }]);
  writes.push({ key: META_KEY, value: encodeMeta(body, digest) });
  return { result: effects.result, writes, event: effects.event };
}

// ----------------------------------------------------------------------------------------- decision

interface Decision {
  readonly outcome: Outcome;
  /** Executed under a request id that was not known yet. */
  readonly remember: boolean;
}

function decide(context: ExecutionContext, { requestId, command }: CommandEnvelope): Decision {
  const forgettable = (outcome: Outcome): Decision => ({ outcome, remember: false });

  // The unchanging part of the rules: see the header of names.ts (C3).
  const violations = [...requestIdViolations(requestId), ...validateCommand(command, 'anyNonAscii')];
  if (violations.length > 0)
    return forgettable({ kind: 'refused', refusal: invalidArgumentRefusal(violations) });
  if (requestId === '') return forgettable(execute(context, command));

  const known = readRequest(context.reader, requestId);
  if (known === undefined) return { outcome: execute(context, command), remember: true };

  const digest = digestCommand(command);
  if (known.command.high !== digest.high || known.command.low !== digest.low) {
    const description = 'was used before, with another request; use a new UUID for each request';
    const refusal = invalidArgumentRefusal([{ field: 'request_id', description }]);
    return forgettable({ kind: 'refused', refusal });
  }
  if (!known.outcome.ok) return forgettable({ kind: 'refused', refusal: known.outcome.refusal });
  return forgettable(repeated(context.reader, command, known.outcome.subject));
}

/** As it is now: what the repetition asks for has been done, and more may have happened since. */
function repeated(reader: CatalogReader, { kind }: Command, subject: number): Outcome {
  if (kind === 'openSession' || kind === 'closeSession' || kind === 'expireSession') {
    return { kind: 'sessionUnchanged', session: readSession(reader, subject) };
  }
  const stream = subject === 0 ? undefined : readStreamByIncarnation(reader, subject);
  return { kind: 'unchanged', stream };
}

function rememberedOutcome(result: CommandResult): RequestOutcome {
  return result.ok
    ? { ok: true, subject: result.stream?.incarnation ?? result.session?.id ?? 0 }
    : { ok: false, refusal: result.refusal };
}

// ------------------------------------------------------------------------------------------ effects

interface Effects {
  readonly result: CommandResult;
  readonly meta: CatalogMeta;
  readonly event: StreamEvent | undefined;
  readonly writes: readonly CatalogWrite[];
}

function effectsOf({ index, nowMs }: ExecutionContext, meta: CatalogMeta, outcome: Outcome): Effects {
  const result = resultOf(outcome);
  switch (outcome.kind) {
    case 'refused':
    case 'unchanged':
    case 'sessionUnchanged':
      return { result, meta, event: undefined, writes: [] };
    case 'clusterPauseChanged':
      return {
        result,
        // P10: whoever says pause or resume has taken note of a restore.
        meta: { ...meta, revision: index, purgesPaused: outcome.paused, pausedByRestore: false },
        event: undefined,
        writes: [],
      };
    case 'sessionChanged':
      return {
        result,
        meta: countSession({ ...meta, revision: index }, outcome.before, outcome.after),
        event: undefined,
        writes: [writeSession(outcome.before, outcome.after)],
      };
    case 'changed':
      return {
        result,
        meta: count({ ...meta, revision: index }, outcome.change),
        ...write(outcome.change, index, nowMs),
      };
  }
}

/** The record, every index that mentions it, and its event. */
function write(change: StreamChange, index: number, nowMs: number): Pick<Effects, 'event' | 'writes'> {
  const { before, after, event: kind, current } = change;
  const stream = after ?? before;
  assert(stream !== undefined, 'a change is about a stream');
  const { tenant, name, incarnation } = stream;
  const streamBytes = encodeStream(stream);
  const writes = [...change.writes];

  writes.push({ key: streamKey(incarnation), value: after === undefined ? undefined : streamBytes });
  if (before === undefined) writes.push({ key: listingKey(tenant, name, incarnation), value: NO_VALUE });
  if (after === undefined) writes.push({ key: listingKey(tenant, name, incarnation), value: undefined });
  if (current !== undefined) {
    writes.push({
      key: currentKey(tenant, name),
      value: current === 0 ? undefined : encodeIncarnation(current),
    });
  }

  const wasQueued = isQueued(before);
  const isNowQueued = isQueued(after);
  if (wasQueued && !isNowQueued) {
    writes.push({ key: purgeQueueKey(before.purgeAfterMs, incarnation), value: undefined });
  }
  if (!wasQueued && isNowQueued) {
    writes.push({ key: purgeQueueKey(after.purgeAfterMs, incarnation), value: NO_VALUE });
  }

  const oldSweepMs = before === undefined ? undefined : sweepTimeOf(before);
  const newSweepMs = after === undefined ? undefined : sweepTimeOf(after);
  if (oldSweepMs !== newSweepMs) {
    if (oldSweepMs !== undefined)
      writes.push({ key: sweepQueueKey(oldSweepMs, incarnation), value: undefined });
    if (newSweepMs !== undefined)
      writes.push({ key: sweepQueueKey(newSweepMs, incarnation), value: NO_VALUE });
  }

  if (kind === undefined) return { event: undefined, writes };
  const event: StreamEvent = { kind, revision: index, timeMs: nowMs, stream };
  writes.push({ key: eventKey(index), value: encodeEventAround(event, streamBytes) });
  return { event, writes };
}

function writeSession(before: SessionRecord | undefined, after: SessionRecord | undefined): CatalogWrite {
  const session = after ?? before;
  assert(session !== undefined, 'a change is about a session');
  return { key: sessionKey(session.id), value: after === undefined ? undefined : encodeSession(after) };
}

/** While queued, purgeAfterMs does not change: DELETED leads to PURGING or back to ACTIVE only (C5). */
function isQueued(stream: StreamRecord | undefined): stream is StreamRecord {
  return stream?.state === 'DELETED' || stream?.state === 'PURGING';
}

function count(meta: CatalogMeta, { before, after }: StreamChange): CatalogMeta {
  const streams = { ...meta.streams };
  const purges = { ...meta.purges };
  if (before !== undefined) streams[before.state]--;
  if (after !== undefined) streams[after.state]++;
  // A meta record from before streams paused by name were counted knows nothing of those that are: no count below zero.
  const pausedStreams = Math.max(0, meta.pausedStreams + pausedCount(after) - pausedCount(before));
  const phaseBefore = purgePhaseOf(before);
  const phaseAfter = purgePhaseOf(after);
  if (phaseBefore !== undefined) purges[phaseBefore]--;
  if (phaseAfter !== undefined) purges[phaseAfter]++;
  if (before === undefined || after === undefined) return { ...meta, streams, purges, pausedStreams };
  return {
    ...meta,
    streams,
    purges,
    pausedStreams,
    objectsDeletedTotal: add(
      meta.objectsDeletedTotal,
      after.purge.objectsDeleted - before.purge.objectsDeleted,
    ),
    bytesDeletedTotal: add(meta.bytesDeletedTotal, after.purge.bytesDeleted - before.purge.bytesDeleted),
    objectsSweptTotal: add(meta.objectsSweptTotal, after.sweep.objectsFound - before.sweep.objectsFound),
    bytesSweptTotal: add(meta.bytesSweptTotal, after.sweep.bytesFound - before.sweep.bytesFound),
  };
}

function countSession(
  meta: CatalogMeta,
  before: SessionRecord | undefined,
  after: SessionRecord | undefined,
): CatalogMeta {
  const sessions = { ...meta.sessions };
  if (before !== undefined) sessions[before.state]--;
  if (after !== undefined) sessions[after.state]++;
  return { ...meta, sessions };
}

function pausedCount(stream: StreamRecord | undefined): number {
  return stream?.purge.paused === true ? 1 : 0;
}

function purgePhaseOf(stream: StreamRecord | undefined): PurgingPhase | undefined {
  if (stream?.state !== 'PURGING') return undefined;
  const { phase } = stream.purge;
  const known = PURGING_PHASES.find((one) => one === phase);
  return assertDefined(known, `PURGING with phase ${phase}`);
}

/** Saturates: nine petabytes of deleted logs are a success, not a reason to stop every node. */
function add(total: number, increment: number): number {
  return Math.min(Number.MAX_SAFE_INTEGER, total + increment);
}

// ----------------------------------------------------------------------------------- event history

/**
 * Bounded by distance in the log, not by a count of events: which key is too old then follows from the
 * index alone, without a read and without a queue of its own. One entry makes at most one event.
 */
export function trimEvents(
  eventFloor: number,
  index: number,
  keepEntries = EVENT_HISTORY_ENTRIES,
): { readonly eventFloor: number; readonly writes: readonly CatalogWrite[] } {
  const target = Math.min(index - keepEntries, eventFloor + EVENTS_TRIMMED_PER_ENTRY_MAX);
  const writes: CatalogWrite[] = [];
  for (let revision = eventFloor + 1; revision <= target; revision++) {
    writes.push({ key: eventKey(revision), value: undefined });
  }
  return { eventFloor: Math.max(eventFloor, target), writes };
}
