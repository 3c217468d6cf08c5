/**
 * The catalog's invariants, checked over a whole key space: for tests and the simulator, never on a hot
 * path. Everything is computed again from the records alone and compared with what apply keeps.
 *
 * Violations are sentences that start with the invariant's id. An empty list is what one wants.
 */
import { REQUEST_LIMITS } from './idempotency.js';
import { nameKey, readImage, type CatalogImage, type Entries } from './image.js';
import { lifeStateOf, type LifeState } from './lifecycle.js';
import { SESSIONS_MAX } from './limits.js';
import { nodeIdViolations, prefixViolations } from './names.js';
import { ancestorsOf } from './ownership.js';
import { sweepTimeOf } from './sweep-commands.js';
import { PURGING_PHASES, SESSION_STATES, STREAM_STATES, type StreamRecord } from './types.js';

/** Everything that must hold of one state. `entries` in key order. Throws DecodeError. */
export function checkInvariants(entries: Entries): readonly string[] {
  return checkImage(readImage(entries));
}

/** The same, of a key space that is decoded already. */
export function checkImage(image: CatalogImage): readonly string[] {
  return [
    ...checkPrefixesDisjoint(image),
    ...checkPrefixNodes(image),
    ...checkRecords(image),
    ...checkIndexes(image),
    ...checkSweeps(image),
    ...checkSessions(image),
    ...checkCounters(image),
    ...checkEvents(image),
    ...checkRequests(image),
  ];
}

/** C1, from the records alone. */
function checkPrefixesDisjoint(image: CatalogImage): string[] {
  const live = liveStreams(image).sort((a, b) => (a.prefix < b.prefix ? -1 : 1));
  // Whatever lies between a prefix and one inside it starts with it too: neighbours are enough.
  return live.flatMap((stream, at) => {
    const above = live[at - 1];
    if (above === undefined || !stream.prefix.startsWith(above.prefix)) return [];
    return [
      `C1: '${above.prefix}' of ${above.incarnation} overlaps '${stream.prefix}' of ${stream.incarnation}`,
    ];
  });
}

/** C1 and P11: nodes say exactly what the records say. */
function checkPrefixNodes({ meta, streams, nodes }: CatalogImage): string[] {
  const violations: string[] = [];
  const liveBelow = new Map<string, number>();
  const purgedBelow = new Map<string, number>();
  for (const { incarnation, prefix, state, reusableAfterMs } of streams.values()) {
    const node = nodes.get(prefix);
    const isFenced = state === 'PURGED' && reusableAfterMs > meta.committedTimeMs;
    if ((state !== 'PURGED' || isFenced) && node?.owner !== incarnation) {
      violations.push(`C1: ${incarnation} is ${state} and does not own '${prefix}'`);
    }
    if (isFenced && node?.fencedUntilMs !== reusableAfterMs) {
      violations.push(`P11: '${prefix}' is not fenced until ${reusableAfterMs}`);
    }
    for (const above of ancestorsOf(prefix)) {
      const counts = state === 'PURGED' ? purgedBelow : liveBelow;
      counts.set(above, (counts.get(above) ?? 0) + 1);
      if (isFenced && (nodes.get(above)?.belowFencedUntilMs ?? 0) < reusableAfterMs) {
        violations.push(`P11: '${above}' is not fenced until ${reusableAfterMs}, for '${prefix}'`);
      }
      if (state !== 'PURGED' && !nodes.has(above)) violations.push(`C1: '${above}' has no node`);
    }
  }
  for (const [prefix, node] of nodes) {
    const owner = streams.get(node.owner);
    if (node.owner !== 0 && owner?.prefix !== prefix) {
      violations.push(`C1: '${prefix}' is owned by ${node.owner}, which has another prefix or no record`);
    }
    if (node.ownerLive !== (owner !== undefined && owner.state !== 'PURGED')) {
      violations.push(`C1: '${prefix}' has a wrong ownerLive`);
    }
    if (node.ownedBelow !== (liveBelow.get(prefix) ?? 0)) {
      violations.push(`C1: '${prefix}' counts ${node.ownedBelow} below, not ${liveBelow.get(prefix) ?? 0}`);
    }
    if (node.owner === 0 && node.ownedBelow === 0 && !purgedBelow.has(prefix)) {
      violations.push(`C1: the node of '${prefix}' is about nothing any more`);
    }
  }
  return violations;
}

function checkRecords({ meta, streams }: CatalogImage): string[] {
  const violations: string[] = [];
  for (const [key, stream] of streams) {
    const { incarnation, state, purge } = stream;
    const expect = (holds: boolean, what: string): void => {
      if (!holds) violations.push(`record ${incarnation} (${state}): ${what}`);
    };
    expect(key === incarnation, `lies under key ${key}`);
    expect(stream.revision <= meta.revision, `revision ${stream.revision} beyond ${meta.revision}`);
    expect(incarnation <= stream.revision, 'changed before it was created');
    expect(prefixViolations(stream.prefix).length === 0, `C6: prefix '${stream.prefix}'`);
    expect(stream.createTimeMs <= meta.committedTimeMs, 'C3: created in the future');
    const isDeleted = state !== 'ACTIVE';
    expect(isDeleted === stream.tombstoneRevision > 0, 'tombstone revision does not fit the state');
    expect(isDeleted || stream.purgeAfterMs === 0, 'C5: ACTIVE with a deadline');
    expect(stream.purgeAfterMs >= stream.deleteTimeMs, 'C5: deadline before the deletion');
    expect((state === 'PURGED') === (purge.phase === 'DONE'), `phase ${purge.phase}`);
    expect((state === 'ACTIVE') === (purge.phase === 'NONE'), `phase ${purge.phase}`);
    expect((state === 'DELETED') === (purge.phase === 'WAITING'), `phase ${purge.phase}`);
    expect(purge.phase !== 'DRAINING' || stream.drainRevision > 0, 'P3: drains since no revision');
    expect(purge.phase !== 'DRAINING' || purge.beginTimeMs === 0, 'P1: drains, and its purge has begun');
    const mayDrain = state === 'PURGING' || state === 'PURGED';
    expect(mayDrain || stream.drainRevision === 0, `P3: drains since revision ${stream.drainRevision}`);
    expect(
      stream.drainRevision === 0 || stream.drainRevision > stream.tombstoneRevision,
      'P3: drained before its tombstone',
    );
    const waits = purge.phase === 'RETRYING' || purge.phase === 'BLOCKED';
    expect(waits || purge.nextAttemptTimeMs === 0, `next attempt while ${purge.phase}`);
    expect(
      purge.blockedReason === 'NONE' || purge.phase === 'BLOCKED',
      `${purge.blockedReason} while ${purge.phase}`,
    );
    expect(purge.lastErrorTimeMs <= meta.committedTimeMs, 'C3: failed in the future');
    expect(state === 'PURGED' || stream.reusableAfterMs === 0, 'fence before PURGED');
  }
  return violations;
}

function checkIndexes({ streams, current, listed, queued }: CatalogImage): string[] {
  const violations: string[] = [];
  for (const [incarnation, stream] of streams) {
    if (listed.get(incarnation) !== nameKey(stream)) violations.push(`listing: ${incarnation} is missing`);
    if (stream.state === 'ACTIVE' && current.get(nameKey(stream)) !== incarnation) {
      violations.push(`current: ${incarnation} is ACTIVE and not current`);
    }
    const shouldWait = stream.state === 'DELETED' || stream.state === 'PURGING';
    if (queued.get(incarnation) !== (shouldWait ? stream.purgeAfterMs : undefined)) {
      violations.push(`purge queue: ${incarnation} (${stream.state}) at ${queued.get(incarnation)}`);
    }
  }
  for (const incarnation of [...listed.keys(), ...queued.keys()]) {
    if (!streams.has(incarnation)) violations.push(`listing or purge queue: ${incarnation} has no record`);
  }
  for (const [name, incarnation] of current) {
    const stream = streams.get(incarnation);
    if (stream === undefined || nameKey(stream) !== name) {
      violations.push(`current: '${name}' points at ${incarnation}, which is not its own`);
    }
  }
  return violations;
}

/** P8: every PURGED stream is found when its sweep, or its end, is due. */
function checkSweeps({ streams, sweeps }: CatalogImage): string[] {
  const violations: string[] = [];
  for (const [incarnation, stream] of streams) {
    const { state, sweep } = stream;
    const dueMs = sweepTimeOf(stream);
    const queued = sweeps.get(incarnation) ?? [];
    if (queued.length !== (dueMs === undefined ? 0 : 1) || queued[0] !== dueMs) {
      violations.push(
        `P8: ${incarnation} (${state}) is in the sweep queue at ${queued.join(', ') || 'nothing'}`,
      );
    }
    const isUnswept = sweep.done + sweep.nextTimeMs + sweep.objectsFound + sweep.newestWriteMs === 0;
    if (state !== 'PURGED' && !isUnswept) violations.push(`P8: ${incarnation} is ${state} and has sweeps`);
  }
  for (const incarnation of sweeps.keys()) {
    if (!streams.has(incarnation))
      violations.push(`P8: ${incarnation} is in the sweep queue without a record`);
  }
  return violations;
}

/** P3: a session is what a purge waits for; one that says something wrong is waited for too long or not at all. */
function checkSessions({ meta, sessions }: CatalogImage): string[] {
  const violations: string[] = [];
  for (const [key, session] of sessions) {
    const expect = (holds: boolean, what: string): void => {
      if (!holds) violations.push(`P3: session ${session.id} (${session.state}): ${what}`);
    };
    expect(key === session.id, `lies under key ${key}`);
    const opensAt = session.openedRevision === session.id || session.openedRevision === 0;
    expect(opensAt, `opened at ${session.openedRevision}`);
    expect(session.id <= meta.revision, `opened beyond ${meta.revision}`);
    expect(session.openTimeMs <= meta.committedTimeMs, 'C3: opened in the future');
    expect(nodeIdViolations(session.nodeId).length === 0, `node id '${session.nodeId}'`);
    expect(
      (session.state === 'OPEN') === (session.settledAfterMs === 0),
      `settles ${session.settledAfterMs}`,
    );
    const latestMs = meta.committedTimeMs + session.ttlMs + session.uploadDeadlineMs;
    expect(session.settledAfterMs <= latestMs, `settles ${session.settledAfterMs}, after ${latestMs}`);
    const isSettling = session.state === 'EXPIRED';
    const soonestMs = session.openTimeMs + session.uploadDeadlineMs;
    expect(!isSettling || session.settledAfterMs >= soonestMs, `settles before ${soonestMs}`);
  }
  if (sessions.size > SESSIONS_MAX) violations.push(`P3: ${sessions.size} sessions`);
  return violations;
}

function checkCounters({ meta, streams, sessions }: CatalogImage): string[] {
  const violations: string[] = [];
  const all = [...streams.values()];
  for (const state of STREAM_STATES) {
    const counted = all.filter((stream) => stream.state === state).length;
    if (meta.streams[state] !== counted)
      violations.push(`counter: ${meta.streams[state]} ${state}, not ${counted}`);
  }
  for (const phase of PURGING_PHASES) {
    const counted = all.filter((stream) => stream.purge.phase === phase).length;
    if (meta.purges[phase] !== counted)
      violations.push(`counter: ${meta.purges[phase]} ${phase}, not ${counted}`);
  }
  const paused = all.filter((stream) => stream.purge.paused).length;
  if (meta.pausedStreams !== paused)
    violations.push(`counter: ${meta.pausedStreams} paused by name, not ${paused}`);
  const objects = all.reduce((sum, stream) => sum + stream.purge.objectsDeleted, 0);
  if (meta.objectsDeletedTotal < objects)
    violations.push(`counter: ${meta.objectsDeletedTotal} objects < ${objects}`);
  const swept = all.reduce((sum, stream) => sum + stream.sweep.objectsFound, 0);
  if (meta.objectsSweptTotal < swept) violations.push(`counter: ${meta.objectsSweptTotal} swept < ${swept}`);
  for (const state of SESSION_STATES) {
    const counted = [...sessions.values()].filter((session) => session.state === state).length;
    if (meta.sessions[state] !== counted)
      violations.push(`counter: ${meta.sessions[state]} sessions ${state}, not ${counted}`);
  }
  return violations;
}

function checkEvents({ meta, events }: CatalogImage): string[] {
  const violations: string[] = [];
  let lastTimeMs = 0;
  for (const [revision, event] of events) {
    if (event.revision !== revision) violations.push(`event ${revision} says revision ${event.revision}`);
    if (revision <= meta.eventFloor || revision > meta.revision)
      violations.push(`event ${revision} is out of range`);
    if (event.timeMs < lastTimeMs) violations.push(`C3: time runs backwards at event ${revision}`);
    lastTimeMs = event.timeMs;
  }
  return violations;
}

function checkRequests({ meta, requests, requestQueue }: CatalogImage): string[] {
  const violations: string[] = [];
  const count = meta.requestsEnd - meta.requestsFirst;
  if (count > REQUEST_LIMITS.countMax) violations.push(`requests: ${count} are remembered`);
  if (requestQueue.size !== count || requests.size !== count) {
    violations.push(`requests: ${requests.size} outcomes, ${requestQueue.size} queued, ${count} counted`);
  }
  const oldest = requestQueue.get(meta.requestsFirst)?.timeMs ?? 0;
  if (oldest !== meta.oldestRequestMs)
    violations.push(`requests: the oldest is of ${oldest}, not ${meta.oldestRequestMs}`);
  let lastTimeMs = 0;
  for (const [ordinal, { id, timeMs }] of requestQueue) {
    if (ordinal < meta.requestsFirst || ordinal >= meta.requestsEnd)
      violations.push(`requests: stray ordinal ${ordinal}`);
    if (!requests.has(String(id))) violations.push(`requests: ordinal ${ordinal} has no outcome`);
    if (timeMs < lastTimeMs) violations.push(`C3: time runs backwards at request ${ordinal}`);
    lastTimeMs = timeMs;
  }
  return violations;
}

/** Where an incarnation may go in one entry (C2). */
const NEXT_STATES: Readonly<Record<Exclude<LifeState, 'ABSENT'>, readonly LifeState[]>> = {
  ACTIVE: ['ACTIVE', 'DELETED'],
  // PURGING at once: an entry of a log from before there were drains.
  DELETED: ['DELETED', 'ACTIVE', 'DRAINING', 'PURGING'],
  DRAINING: ['DRAINING', 'PURGING'],
  PURGING: ['PURGING', 'PURGED'],
  PURGED: ['PURGED', 'ABSENT'],
};

/** Everything that must hold between a state and the one that a single entry made of it. */
export function checkStep(before: CatalogImage, after: CatalogImage): readonly string[] {
  const violations: string[] = [];
  if (after.meta.committedTimeMs < before.meta.committedTimeMs)
    violations.push('C3: committed time ran backwards');
  if (after.meta.revision < before.meta.revision) violations.push('revision ran backwards');
  for (const [incarnation, old] of before.streams) {
    const now = after.streams.get(incarnation);
    const was = lifeStateOf(old);
    const is = lifeStateOf(now);
    if (was === 'ABSENT' || !NEXT_STATES[was].includes(is)) {
      violations.push(`C2: ${incarnation} went from ${was} to ${is}`);
    }
    if (now === undefined) continue;
    if (now.prefix !== old.prefix) violations.push(`C2: ${incarnation} changed its prefix`);
    if (old.state !== 'ACTIVE' && now.state !== 'ACTIVE' && now.purgeAfterMs !== old.purgeAfterMs) {
      violations.push(`C5: the deadline of ${incarnation} moved`);
    }
    if (now.purge.objectsDeleted < old.purge.objectsDeleted)
      violations.push(`${incarnation} deleted less than before`);
    if (now.sweep.done < old.sweep.done || now.sweep.objectsFound < old.sweep.objectsFound)
      violations.push(`P8: sweeps of ${incarnation} were undone`);
  }
  violations.push(...checkSessionStep(before, after));
  for (const incarnation of after.streams.keys()) {
    if (!before.streams.has(incarnation) && incarnation <= before.meta.lastIndex) {
      violations.push(`C2: incarnation ${incarnation} appeared a second time`);
    }
  }
  return violations;
}

/** P3: OPEN, EXPIRED, gone; an end that has been set is not moved. */
function checkSessionStep(before: CatalogImage, after: CatalogImage): string[] {
  const violations: string[] = [];
  for (const [id, old] of before.sessions) {
    const now = after.sessions.get(id);
    if (now === undefined || old.state === 'OPEN') continue;
    if (now.state === 'OPEN') violations.push(`P3: session ${id} opened again`);
    else if (now.settledAfterMs !== old.settledAfterMs) violations.push(`P3: the end of session ${id} moved`);
  }
  for (const id of after.sessions.keys()) {
    if (!before.sessions.has(id) && id <= before.meta.lastIndex)
      violations.push(`P3: session ${id} appeared a second time`);
  }
  return violations;
}

function liveStreams({ streams }: CatalogImage): StreamRecord[] {
  return [...streams.values()].filter(({ state }) => state !== 'PURGED');
}
