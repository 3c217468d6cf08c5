/**
 * What is done about one stream that Parseable has created or deleted behind the catalog, and what has to be certain
 * before it. Nothing here repeats or waits: catalog-comparison.ts does.
 *
 * - L2 A stream whose last life is PURGED is adopted only where the audit calls it a stream of its own: metadata that a
 *   slow node has left of the purged life makes the name listed, and the sweeps remove it.
 * - L3 Before a stream is deleted, all nodes are asked once more, the audit must miss its metadata in the bucket itself, and
 *   the catalog must still have that very life, unchanged (etag). Its grace period is the server's: until it ends, an
 *   undelete takes everything back.
 */
import type { AuditFinding, SextonClient, Stream } from '../client/index.js';
import { SextonError } from '../shared/errors.js';
import type { MissingStream } from './missing-streams.js';
import type { NewStream } from './new-streams.js';
import type { NodeWorker } from './node-worker.js';
import type { StreamId } from './owned-streams.js';
import { NodeProblem, StreamProblem } from './parseable-node.js';

export type ComparisonClient = Pick<
  SextonClient,
  'getStream' | 'adoptStream' | 'auditStorage' | 'deleteStream'
>;

/** What stands for one node here: the node, and what is known of it. */
export type ComparedNode = Pick<NodeWorker, 'node' | 'state'>;

/** The cluster cannot be asked at present. Says nothing about a stream. */
export class ClusterProblem extends Error {
  override readonly name = 'ClusterProblem';
}

/** `known`: the catalog has that life already. */
export type Adoption = 'adopted' | 'known' | { readonly refusal: string };

/** How long a stream must be in the catalog before it is deleted for want of metadata (L3): the audit's minimum. */
const AGE_MIN_MS = 3_600_000;
/** One that was never listed may still be about to be created in Parseable. */
const NEVER_LISTED_AGE_MIN_MS = 24 * 3_600_000;

/** L2. Throws {@link ClusterProblem}. */
export async function adopt(
  client: ComparisonClient,
  { tenant, name, prefix }: NewStream,
  signal: AbortSignal,
): Promise<Adoption> {
  return ofOneStream<Adoption>(
    signal,
    (refusal) => ({ refusal }),
    async () => {
      const latest = await latestLife(client, { tenant, name }, signal);
      // A sweep of the leader, or another helper, was faster.
      if (latest?.prefix === prefix && latest.state !== 'PURGED') return 'known';
      if (latest?.state === 'PURGED') {
        const findings = await audited(client, prefix, AGE_MIN_MS, signal);
        if (!findings.some(({ finding, adoptable }) => finding === 'UNKNOWN_STREAM' && adoptable))
          return {
            refusal: `it was purged, and what lies there is not a later life of it${notesOf(findings)}`,
          };
      }
      await client.adoptStream({ tenant, name, prefix, as: 'ACTIVE', execute: true }, { signal });
      return 'adopted';
    },
  );
}

/** L3, but for the nodes. '' = it is deleted; else why not. Throws {@link ClusterProblem}. */
export async function deleteMissing(
  client: ComparisonClient,
  { tenant, name, prefix, incarnation, wasListed }: MissingStream,
  signal: AbortSignal,
): Promise<string> {
  return ofOneStream(
    signal,
    (refusal) => refusal,
    async () => {
      const latest = await latestLife(client, { tenant, name }, signal);
      if (latest?.incarnation !== incarnation || latest.state !== 'ACTIVE')
        return 'the catalog has no such life any more';
      const ageMs = wasListed ? AGE_MIN_MS : NEVER_LISTED_AGE_MIN_MS;
      const findings = await audited(client, prefix, ageMs, signal);
      const isMissed = findings.some(
        ({ finding, stream }) => finding === 'MISSING_METADATA' && stream?.incarnation === incarnation,
      );
      if (!isMissed) {
        const hours = ageMs / 3_600_000;
        return `an audit does not confirm it: it has metadata in the bucket, or is not ${hours} h old${notesOf(findings)}`;
      }
      await client.deleteStream({ tenant, name, incarnation, etag: latest.etag }, { signal });
      return '';
    },
  );
}

/** '' = every node that is known has just said who it is, and that it does not hold the stream. Else what is in the way. */
export async function obstacleOf(
  workers: readonly ComparedNode[],
  stream: StreamId,
  signal: AbortSignal,
): Promise<string> {
  const away = workers.find(({ state }) => state !== 'UP');
  if (away !== undefined) return `${away.node.url} is ${away.state}, and may hold it`;
  const nodes = workers.map(({ node }) => node);
  // One that takes events in answers from its memory; a query node lists the bucket before it says no.
  for (const node of nodes.toSorted((a, b) => Number(a.kind === 'query') - Number(b.kind === 'query'))) {
    try {
      await node.identify(signal);
      if (await node.holds(stream, signal)) return `${node.url} holds it`;
    } catch (error) {
      if (!(error instanceof NodeProblem || error instanceof StreamProblem)) throw error;
      return `${node.url} ${error.message}`;
    }
  }
  return '';
}

/** Undefined: the catalog has no life of the name. */
async function latestLife(
  client: ComparisonClient,
  stream: StreamId,
  signal: AbortSignal,
): Promise<Stream | undefined> {
  try {
    return (await client.getStream(stream, { signal })).stream;
  } catch (error) {
    if (error instanceof SextonError && error.reason === 'STREAM_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What an audit says of that very prefix. Rejects unless the audit is whole. */
async function audited(
  client: ComparisonClient,
  prefix: string,
  minimumAgeMs: number,
  signal: AbortSignal,
): Promise<readonly AuditFinding[]> {
  const findings: AuditFinding[] = [];
  for await (const item of client.auditStorage({ prefix, minimumAgeMs }, { signal })) {
    if (item.kind === 'finding' && item.prefix === prefix) findings.push(item);
    if (item.kind === 'summary' && !item.complete)
      throw new SextonError('STORAGE_NOT_READY', `the audit is not whole: ${item.incompleteReason}`);
  }
  return findings;
}

/** A refusal of this stream becomes a result; what is wrong for every stream throws {@link ClusterProblem}. */
async function ofOneStream<T>(
  signal: AbortSignal,
  refused: (refusal: string) => T,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (signal.aborted || !(error instanceof SextonError)) throw error;
    if (error.advice === 'never' || error.reason === 'STORAGE_NOT_READY') return refused(error.message);
    throw new ClusterProblem(`the cluster cannot be asked: ${error.message}`, { cause: error });
  }
}

function notesOf(findings: readonly AuditFinding[]): string {
  const notes = findings.map(({ note }) => note).filter((note) => note !== '');
  return notes.length === 0 ? '' : ` (${notes.join('; ')})`;
}
