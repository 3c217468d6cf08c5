/**
 * Objects as a Parseable ingest node leaves them: metadata under `<stream>/.stream/`, a manifest a day, and
 * one parquet file a minute whose name ends in a ULID. The metadata says when the stream was made; the other bodies
 * are short filler, since only their names and sizes matter.
 */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const INGEST_NODES = ['ingestor-a', 'ingestor-b'] as const;
const NODE_IDS: Readonly<Record<(typeof INGEST_NODES)[number], string>> = {
  'ingestor-a': '0a1b2c3d4e5f6a7',
  'ingestor-b': '7f6e5d4c3b2a190',
};

export interface LayoutObject {
  readonly key: string;
  readonly body: string;
}

/** A ULID for a time, with a counter in place of randomness: names must only be unique. */
function ulid(timeMs: number, counter: number): string {
  let rest = timeMs;
  let text = '';
  for (let digit = 0; digit < 10; digit++) {
    text = CROCKFORD.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  let tail = '';
  rest = counter;
  for (let digit = 0; digit < 16; digit++) {
    tail = CROCKFORD.charAt(rest % 32) + tail;
    rest = Math.floor(rest / 32);
  }
  return text + tail;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** Exactly `count` objects below `<stream>/`, from `startMs` on, a file a minute per ingest node. */
export function* parseableObjects(
  stream: string,
  count: number,
  startMs: number,
): Generator<LayoutObject, void, undefined> {
  // What tells the lives of a stream apart below one prefix (P12).
  const created = { version: 'v7', schema_version: 'v1', 'created-at': new Date(startMs).toISOString() };
  const metadata: LayoutObject[] = [
    {
      key: `${stream}/.stream/.stream.json`,
      body: JSON.stringify({ ...created, stream_type: 'UserDefined' }),
    },
    { key: `${stream}/.stream/.schema`, body: '{"fields":[],"metadata":{}}' },
    ...INGEST_NODES.map((node) => ({
      key: `${stream}/.stream/.ingestor.${NODE_IDS[node]}.stream.json`,
      body: JSON.stringify(created),
    })),
  ];
  let left = count;
  for (const object of metadata.slice(0, count)) {
    yield object;
    left--;
  }
  let day = '';
  for (let minute = 0; left > 0; minute++) {
    const time = new Date(startMs + minute * 60_000);
    const date = `date=${time.getUTCFullYear()}-${two(time.getUTCMonth() + 1)}-${two(time.getUTCDate())}`;
    for (const node of INGEST_NODES) {
      if (left === 0) return;
      if (date !== day) {
        day = date;
        left--;
        yield {
          key: `${stream}/${date}/ingestor.${node}.${NODE_IDS[node]}.manifest.json`,
          body: '{"version":"v1","files":[]}',
        };
        if (left === 0) return;
      }
      left--;
      yield {
        key:
          `${stream}/${date}/hour=${two(time.getUTCHours())}/minute=${two(time.getUTCMinutes())}/` +
          `${node}${NODE_IDS[node]}.data.${ulid(time.getTime(), left)}.parquet`,
        body: `PAR1 ${stream} ${node} ${left} PAR1`,
      };
    }
  }
}
