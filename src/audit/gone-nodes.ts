/**
 * Metadata of ingest nodes that are gone. A node counts as gone when it is not in the deployment's registry, from
 * which an operator takes it, and the registry has other ingest nodes. That says nothing about the data it wrote,
 * which its metadata still makes visible to queries: told, and never a leftover.
 */
import type { StreamRecord } from '../catalog/types.js';
import type { BucketFacts } from './bucket-facts.js';
import type { Contents } from './contents.js';
import type { Finding } from './findings.js';
import { finding, type Ages } from './judgement.js';
import { Tally } from './tally.js';

export function goneNodes(
  contents: Contents,
  stream: StreamRecord | undefined,
  { registeredNodes }: BucketFacts,
  ages: Ages,
): Finding[] {
  if (registeredNodes === undefined) return [];
  const gone = [...contents.metadataNodes].filter((nodeId) => !registeredNodes.has(nodeId));
  if (gone.length === 0) return [];
  const tally = new Tally();
  for (const nodeId of gone) tally.writer(nodeId);
  const obstacle = 'never removed by itself';
  const note = `${gone.length} nodes with metadata here are not in .parseable/; queries still need it for the data that they wrote`;
  return [finding('GONE_NODE_METADATA', contents.prefix, tally.totals(), ages, { stream, obstacle, note })];
}
