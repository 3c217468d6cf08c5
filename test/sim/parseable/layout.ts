/**
 * How Parseable lays a stream out in the bucket, as far as Sexton, another node or the oracle reads it. Real JSON, so
 * that production code can read it.
 *
 *   NAME/.stream/.stream.json                        of a query node, or of one process that does everything
 *   NAME/.stream/.ingestor.ID.stream.json            of one ingest node: names its manifests
 *   NAME/date=D/ingestor.ID.manifest.json            of one ingest node and day: names parquet files
 *   NAME/date=D/hour=00/minute=00/ID.data.N.parquet
 */

export interface ManifestItem {
  readonly manifest_path: string;
  readonly time_lower_bound: string;
}

export interface StreamJson {
  /** RFC 3339, by the clock of the node that created the stream; kept by every copy. */
  readonly createdAt: string;
  readonly manifests: readonly ManifestItem[];
}

export interface Manifest {
  readonly files: readonly { readonly file_path: string; readonly num_rows: number }[];
}

/** Of events: one day is enough for a world of minutes. */
export const DAY = '2026-01-01';
const METADATA = '.stream/';

export function prefixOf(name: string): string {
  return `${name}/`;
}

/** The name of the stream that a key belongs to. */
export function nameOf(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf('/')));
}

export function metadataPrefix(name: string): string {
  return `${name}/${METADATA}`;
}

/** `id` undefined: of the node that is no ingest node. */
export function streamJsonKey(name: string, id: string | undefined): string {
  return `${metadataPrefix(name)}${id === undefined ? '' : `.ingestor.${id}`}.stream.json`;
}

export function schemaKey(name: string, id: string | undefined): string {
  return `${metadataPrefix(name)}${id === undefined ? '' : `.ingestor.${id}`}.schema`;
}

export function manifestKey(name: string, id: string | undefined): string {
  return `${name}/date=${DAY}/${id === undefined ? '' : `ingestor.${id}.`}manifest.json`;
}

export function parquetKey(name: string, file: string): string {
  return `${name}/date=${DAY}/hour=00/minute=00/${file}`;
}

export function isStreamJson(key: string): boolean {
  return key.includes(`/${METADATA}`) && key.endsWith('stream.json');
}

export function isIngestorJson(key: string): boolean {
  return isStreamJson(key) && key.includes(`/${METADATA}.ingestor.`);
}

export function isManifest(key: string): boolean {
  return key.endsWith('manifest.json');
}

export function isParquet(key: string): boolean {
  return key.endsWith('.parquet');
}

export function encodeStreamJson({ createdAt, manifests }: StreamJson): Uint8Array {
  return encode({
    version: 'v7',
    schema_version: 'v1',
    'objectstore-format': 'v7',
    'created-at': createdAt,
    owner: { id: 'admin', group: 'admin' },
    permissions: [{ id: 'admin', group: 'admin', access: ['all'] }],
    stats: { current_stats: { events: 0, ingestion: 0, storage: 0 } },
    snapshot: { version: 'v2', manifest_list: manifests },
    hot_tier_enabled: false,
    stream_type: 'UserDefined',
    telemetry_type: 'logs',
  });
}

export function decodeStreamJson(body: Uint8Array): StreamJson {
  const json = decode(body) as {
    readonly 'created-at': string;
    readonly snapshot: { readonly manifest_list: readonly ManifestItem[] };
  };
  return { createdAt: json['created-at'], manifests: json.snapshot.manifest_list };
}

export function encodeManifest({ files }: Manifest): Uint8Array {
  return encode({ version: 'v1', files });
}

export function decodeManifest(body: Uint8Array): Manifest {
  return decode(body) as Manifest;
}

/** In place of columns: the events that are in the file. */
export function encodeParquet(events: readonly number[]): Uint8Array {
  return encode(events);
}

export function decodeParquet(body: Uint8Array): readonly number[] {
  return decode(body) as readonly number[];
}

export const SCHEMA_BODY = encode({ fields: [], metadata: {} });

function encode(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function decode(body: Uint8Array): unknown {
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString());
}
