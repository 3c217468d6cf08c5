/**
 * What the bucket says about itself: which Sexton cluster it belongs to (P9), whether a Parseable deployment uses
 * it, and which nodes that deployment has registered.
 *
 * Of Parseable's deployment file, which can hold password hashes, one field is taken and the rest forgotten; of
 * its node registry, whose entries hold a login each, only the names of the objects are ever read.
 */
import { SextonError } from '../shared/errors.js';
import { registeredNode } from './layout.js';
import { ListingFailed, type Lister } from './lister.js';

/** P9: who may delete in this bucket. Written by the purger's side, only read here. */
const OWNER_MARKER = '.sexton/owner.json';
export const DEPLOYMENT_KEY = '.parseable/.parseable.json';
const REGISTRY = '.parseable/';

export interface BucketFacts {
  /** '' = none, or its file does not say. */
  readonly deploymentId: string;
  /** A deployment's file is there and can be read as one. */
  readonly isParseable: boolean;
  /** Node ids that are registered; undefined when there is no ingest node among them, so that absence says nothing. */
  readonly registeredNodes: ReadonlySet<string> | undefined;
  /** What is odd; '' = nothing. */
  readonly note: string;
}

/** Rejects with STORAGE_NOT_READY when the bucket is another cluster's, or cannot be read at all. */
export async function readBucketFacts(
  lister: Lister,
  clusterId: string,
  description: string,
): Promise<BucketFacts> {
  try {
    await checkOwner(lister, clusterId, description);
    const deployment = await readDeployment(lister);
    const registeredNodes = deployment.isParseable ? await readRegistry(lister) : undefined;
    return { ...deployment, registeredNodes };
  } catch (error) {
    if (error instanceof ListingFailed) throw notReady(description, error.message, error);
    throw error;
  }
}

export function notReady(description: string, why: string, cause?: unknown): SextonError {
  return new SextonError('STORAGE_NOT_READY', `${description}: ${why}`, { cause });
}

async function checkOwner(lister: Lister, clusterId: string, description: string): Promise<void> {
  const bytes = await lister.get(OWNER_MARKER);
  if (bytes === undefined) return;
  const marker = parseObject(bytes);
  const owner = marker?.['cluster_id'] ?? marker?.['clusterId'];
  if (owner === clusterId) return;
  const whose =
    typeof owner === 'string'
      ? `belongs to the Sexton cluster '${owner}'`
      : 'has an owner that cannot be read';
  throw notReady(
    description,
    `the bucket ${whose} (${OWNER_MARKER}), and this is cluster '${clusterId}': its catalog says nothing about what lies there`,
  );
}

async function readDeployment(lister: Lister): Promise<Omit<BucketFacts, 'registeredNodes'>> {
  const none = { deploymentId: '', isParseable: false };
  const bytes = await lister.get(DEPLOYMENT_KEY);
  if (bytes === undefined)
    return { ...none, note: `no Parseable deployment uses this bucket: it has no ${DEPLOYMENT_KEY}` };
  const deploymentId = deploymentIdOf(bytes);
  if (deploymentId === undefined)
    return { ...none, note: `${DEPLOYMENT_KEY} does not read as Parseable's deployment file` };
  return { deploymentId, isParseable: true, note: '' };
}

/** Of the file under {@link DEPLOYMENT_KEY}; undefined: it does not read as one. */
export function deploymentIdOf(bytes: Uint8Array): string | undefined {
  const file = parseObject(bytes);
  const deploymentId = file?.['deployment_id'];
  return typeof deploymentId === 'string' && typeof file?.['server_mode'] === 'string'
    ? deploymentId
    : undefined;
}

async function readRegistry(lister: Lister): Promise<ReadonlySet<string> | undefined> {
  const nodes = new Set<string>();
  let hasIngestNode = false;
  for await (const objects of lister.objects(REGISTRY)) {
    for (const { key, current } of objects) {
      const node = current ? registeredNode(key) : undefined;
      if (node === undefined) continue;
      nodes.add(node.nodeId);
      hasIngestNode ||= node.type === 'ingestor';
    }
  }
  return hasIngestNode ? nodes : undefined;
}

/** Undefined: not JSON, or not an object. */
export function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
