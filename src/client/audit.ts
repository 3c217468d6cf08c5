/**
 * An audit that goes on by itself: it reads from one node, and when that breaks off, falls silent or stops, another
 * goes on from the last token. What had been said after that token is not said again, and totals count it once.
 */
import type { AdoptStreamRequest } from '../generated/sexton/v1/AdoptStreamRequest.js';
import type { AdoptStreamResponse__Output } from '../generated/sexton/v1/AdoptStreamResponse.js';
import type { AuditFinding__Output } from '../generated/sexton/v1/AuditFinding.js';
import type { AuditStorageResponse__Output } from '../generated/sexton/v1/AuditStorageResponse.js';
import { backoffMs } from '../shared/backoff.js';
import { delay } from '../shared/clock.js';
import { SextonError } from '../shared/errors.js';
import type { AuditFinding, AuditFindingKind, AuditInput, AuditItem, AuditOptions } from './audit-types.js';
import type { AdoptAnswer, AdoptStreamInput } from './audit-types.js';
import { CallRunner, failureOf, learnFrom, type CallOptions, type CallRunnerDeps } from './call-runner.js';
import { timeMs, toStream, wireDuration } from './convert.js';
import type { Scope } from './lifetime.js';
import { nodeMessages } from './node-messages.js';
import { within } from './options.js';
import { TransportError, type ClientTransport } from './transport.js';

export type AuditDeps = CallRunnerDeps & { readonly transport: ClientTransport };

/** Nodes say something at least every 10 seconds. */
const SILENCE_MS_MAX = 40_000;
const HOUR_MS = 3_600_000;
const MINIMUM_AGE_MS_MAX = 3_653 * 24 * HOUR_MS;
const GRACE_PERIOD_MS_MAX = 3_653 * 24 * HOUR_MS;
const ADOPT_TIMEOUT_MS = 600_000;

const KINDS = [
  'RESIDUE',
  'PURGED_PREFIX',
  'LATE_OBJECTS',
  'UNFINISHED_UPLOAD',
  'UNKNOWN_STREAM',
  'FOREIGN',
  'USAGE',
  'GONE_NODE_METADATA',
  'MISSING_METADATA',
] as const satisfies readonly AuditFindingKind[];

export async function* auditStorage(
  deps: AuditDeps,
  input: AuditInput,
  options: AuditOptions,
): AsyncGenerator<AuditItem, void, undefined> {
  const { lifetime, clock, transport } = deps;
  const open = transport.auditStorage?.bind(transport);
  if (open === undefined)
    throw new SextonError('UNIMPLEMENTED', 'the transport of this client carries no audits');
  const story = new Story(input.resumeToken ?? '', clock.monotonicMs());
  yield* lifetime.yielding(options.signal, (scope) => follow(deps, open, input, options, scope, story));
}

type OpenAudit = NonNullable<ClientTransport['auditStorage']>;

async function* follow(
  deps: AuditDeps,
  open: OpenAudit,
  input: AuditInput,
  options: AuditOptions,
  scope: Scope,
  story: Story,
): AsyncGenerator<AuditItem, void, undefined> {
  const { routing, clock, random, limits } = deps;
  const patienceMs = options.patienceMs ?? deps.requestTimeoutMs;
  const tried = new Set<string>();
  let answeredMs = clock.monotonicMs();
  for (let rounds = 0; ;) {
    const endpoint = routing.next('any', tried, clock.monotonicMs());
    let failure;
    try {
      for await (const message of connect(deps, open, input, endpoint, scope, story.resumeToken)) {
        answeredMs = clock.monotonicMs();
        rounds = 0;
        routing.onAnswered(endpoint);
        yield* story.accept(message, answeredMs);
        if (story.isOver) return;
      }
      failure = failureOf(
        new TransportError('broken', endpoint, 'the node ended the audit without a summary'),
      );
    } catch (error) {
      if (scope.signal.aborted) throw error;
      failure = failureOf(error);
    }
    story.broken();
    const nowMs = clock.monotonicMs();
    learnFrom(failure, endpoint, routing, nowMs);
    if (failure.kind === 'refused' && (failure.error.advice === 'never' || isFinal(failure.error)))
      throw failure.error;
    options.onDisconnect?.(failure.error, endpoint);
    if (routing.pick('any', tried, nowMs) !== undefined) continue;
    const retryAfterMs = failure.kind === 'refused' ? (failure.error.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(retryAfterMs, backoffMs(limits.backoff, ++rounds, random));
    if (nowMs + waitMs - answeredMs >= patienceMs) {
      if (failure.kind === 'refused') throw failure.error;
      throw new SextonError('UNREACHABLE', `no node took the audit; last: ${failure.error.message}`);
    }
    await delay(clock, waitMs, scope.signal);
    tried.clear();
  }
}

/** A bucket that cannot be read from one node is seldom better from another, and the caller should know. */
function isFinal(error: SextonError): boolean {
  return error.reason === 'STORAGE_NOT_READY';
}

/** One connection to one node, cut when it falls silent. */
function connect(
  deps: AuditDeps,
  open: OpenAudit,
  input: AuditInput,
  endpoint: string,
  scope: Scope,
  resumeToken: string,
): AsyncGenerator<AuditStorageResponse__Output, void, undefined> {
  const { prefix = '', minimumAgeMs, includeUsage = false } = input;
  const request = {
    prefix,
    includeUsage,
    resumeToken,
    ...(minimumAgeMs === undefined ? {} : { minimumAge: minimumAge(minimumAgeMs) }),
  };
  const messages = (signal: AbortSignal): AsyncIterable<AuditStorageResponse__Output> =>
    open(endpoint, request, signal);
  return nodeMessages(deps, endpoint, scope.signal, messages, () => SILENCE_MS_MAX);
}

/** What has been said so far, over all connections. */
class Story {
  readonly #startMs: number;
  #token: string;
  #headerSaid = false;
  #over = false;
  /** Of the parts before the present connection. */
  #base = { objects: 0, bytes: 0, requests: 0 };
  /** With the present one, up to its last token. */
  #atToken = { objects: 0, bytes: 0, requests: 0 };
  /** Findings said since the token; a node that goes on from it says them again. */
  readonly #said = new Set<string>();
  #findings = 0;
  #leftoverObjects = 0;
  #leftoverBytes = 0;

  constructor(resumeToken: string, startMs: number) {
    this.#token = resumeToken;
    this.#startMs = startMs;
  }

  get resumeToken(): string {
    return this.#token;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** What the next connection counts begins at the token. */
  broken(): void {
    this.#base = this.#atToken;
  }

  *accept(message: AuditStorageResponse__Output, nowMs: number): Generator<AuditItem, void, undefined> {
    const { header, finding, progress, summary } = message;
    if (header && !this.#headerSaid) {
      this.#headerSaid = true;
      const { description, revision, parseableDeploymentId, note } = header;
      const startTimeMs = timeMs(header.startTime);
      yield { kind: 'header', description, revision, startTimeMs, parseableDeploymentId, note };
    } else if (finding) {
      yield* this.#finding(toFinding(finding));
    } else if (progress) {
      const counts = {
        objects: this.#base.objects + progress.objectsListed,
        bytes: this.#base.bytes + progress.bytesListed,
        requests: this.#base.requests + progress.requestsMade,
      };
      if (progress.resumeToken !== this.#token) {
        this.#token = progress.resumeToken;
        this.#atToken = counts;
        this.#said.clear();
      }
      yield {
        kind: 'progress',
        objectsListed: counts.objects,
        bytesListed: counts.bytes,
        requestsMade: counts.requests,
        lastKey: progress.lastKey,
        resumeToken: progress.resumeToken,
      };
    } else if (summary) {
      this.#over = true;
      yield {
        kind: 'summary',
        complete: summary.complete,
        incompleteReason: summary.incompleteReason,
        objectsListed: this.#base.objects + summary.objectsListed,
        bytesListed: this.#base.bytes + summary.bytesListed,
        findingCount: this.#findings,
        leftoverObjects: this.#leftoverObjects,
        leftoverBytes: this.#leftoverBytes,
        elapsedMs: nowMs - this.#startMs,
      };
    }
  }

  *#finding(finding: AuditFinding): Generator<AuditItem, void, undefined> {
    const id = `${finding.finding} ${finding.tooYoung ? 'young' : 'old'} ${finding.prefix}`;
    if (this.#said.has(id)) return;
    this.#said.add(id);
    if (finding.finding !== 'USAGE') this.#findings++;
    if (finding.leftover) {
      this.#leftoverObjects += finding.objectCount;
      this.#leftoverBytes += finding.byteCount;
    }
    yield finding;
  }
}

function toFinding(wire: AuditFinding__Output): AuditFinding {
  const kind = KINDS.find((each) => wire.kind === `AUDIT_FINDING_KIND_${each}`) ?? 'UNKNOWN';
  const {
    prefix,
    tenant,
    name,
    objectCount,
    byteCount,
    sampleKeys,
    writerNodeIds,
    tooYoung,
    adoptable,
    leftover,
    note,
  } = wire;
  return {
    kind: 'finding',
    finding: kind,
    prefix,
    tenant,
    name,
    stream: wire.stream ? toStream(wire.stream) : undefined,
    objectCount,
    byteCount,
    oldestWriteTimeMs: timeMs(wire.oldestWriteTime),
    newestWriteTimeMs: timeMs(wire.newestWriteTime),
    sampleKeys,
    writerNodeIds,
    tooYoung,
    adoptable,
    leftover,
    note,
  };
}

// -------------------------------------------------------------------------------------------- adoption

/** One try may take as long as the whole call: the node lists the prefix before it answers. */
export async function adoptStream(
  deps: AuditDeps,
  input: AdoptStreamInput,
  requestId: string,
  options: CallOptions,
): Promise<AdoptAnswer> {
  const request = adoptRequest(input, requestId);
  const timeoutMs = options.timeoutMs ?? ADOPT_TIMEOUT_MS;
  const runner = new CallRunner({ ...deps, perTryTimeoutMs: timeoutMs });
  const answer = await runner.run<AdoptStreamResponse__Output>(
    {
      write: request.execute,
      repeatable: true,
      route: 'leader',
      requestId,
      attempt: (endpoint, settings) => deps.transport.unary(endpoint, 'AdoptStream', request, settings),
    },
    { ...options, timeoutMs },
  );
  if (!answer.stream) throw new SextonError('INTERNAL', 'the answer lacks the stream');
  return {
    stream: toStream(answer.stream),
    executed: answer.executed,
    objectCount: answer.objectCount,
    byteCount: answer.byteCount,
    newestWriteTimeMs: timeMs(answer.newestWriteTime),
  };
}

function adoptRequest(
  input: AdoptStreamInput,
  requestId: string,
): AdoptStreamRequest & { readonly execute: boolean } {
  const { gracePeriodMs, minimumAgeMs, execute = false } = input;
  return {
    tenant: input.tenant ?? '',
    name: input.name,
    prefix: input.prefix ?? '',
    adoptAs: `ADOPT_AS_${input.as}`,
    labels: { ...input.labels },
    ...(gracePeriodMs === undefined
      ? {}
      : { gracePeriod: wireDuration(within('grace_period', gracePeriodMs, 0, GRACE_PERIOD_MS_MAX)) }),
    ...(minimumAgeMs === undefined ? {} : { minimumAge: minimumAge(minimumAgeMs) }),
    force: input.force ?? false,
    execute,
    requestId: execute ? requestId : '',
  };
}

function minimumAge(minimumAgeMs: number): ReturnType<typeof wireDuration> {
  return wireDuration(within('minimum_age', minimumAgeMs, 0, MINIMUM_AGE_MS_MAX));
}
