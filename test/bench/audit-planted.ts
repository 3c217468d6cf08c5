/**
 * What an audit is measured on: streams full of objects, and leftovers of every kind that must be found, in a bucket
 * and a catalog that are somebody else's to provide.
 */
import { LEFTOVER_KINDS } from '../../src/audit/findings.js';
import { parseableObjects } from '../../src/demo/parseable-layout.js';

const DAY_MS = 24 * 3_600_000;
export const OLD_MS = Date.now() - 30 * DAY_MS;
const GONE_NODE = '0123456789abcde';

type Maybe<T> = T | Promise<T>;

export interface Target {
  /** `timeMs`: when it was written, where that can be said; else now. */
  put(key: string, body: string, timeMs: number): Maybe<void>;
  /** An unfinished upload. */
  upload(key: string): Maybe<void>;
  /** Where that is faster: the same objects under another folder. */
  copyFolder?(from: string, to: string): Promise<void>;
}

export interface Owners {
  /** ACTIVE streams that own `name/`. */
  create(names: readonly string[]): Maybe<void>;
  /** DELETED ones that own `name/`. Resolves with a time that is later than every tombstone, when objects may be that new. */
  tombstone(names: readonly string[]): Maybe<number>;
  /** Lived under a prefix of their own and were purged; the second half of them is forgotten. Their prefixes. */
  purge(names: readonly string[]): Maybe<readonly string[]>;
}

export interface Planted {
  /** `KIND prefix` each. */
  readonly expected: string[];
  objects: number;
  /** A stream that is like the next ones. */
  template?: string;
}

function dataKey(prefix: string): string {
  return `${prefix}date=2026-01-01/hour=01/minute=02/x${GONE_NODE}.data.01J0ABCDEFGHJKMNPQRSTVWXYZ.parquet`;
}

/** Everything but the streams that live. */
export async function plantLeftovers(
  target: Target,
  owners: Owners,
  ofEachKind: number,
  planted: Planted,
): Promise<void> {
  const named = (what: string): string[] => Array.from({ length: ofEachKind }, (_, nth) => `${what}-${nth}`);
  const put = async (key: string, body: string, timeMs: number): Promise<void> => {
    await target.put(key, body, timeMs);
    planted.objects++;
  };
  const deployment = { deployment_id: 'bench', server_mode: 'Query' };
  await put('.parseable/.parseable.json', JSON.stringify(deployment), OLD_MS);
  for (const id of ['0a1b2c3d4e5f6a7', '7f6e5d4c3b2a190'])
    await put(`.parseable/ingestor.${id}.json`, '{}', OLD_MS);
  const purged = await owners.purge(named('purged'));
  const lateMs = await owners.tombstone(named('late'));
  for (let nth = 0; nth < ofEachKind; nth++) {
    await put(dataKey(`residue-${nth}/`), 'PAR1', OLD_MS);
    await put(dataKey(`late-${nth}/`), 'PAR1', lateMs);
    await put(dataKey(purged[nth] ?? ''), 'PAR1', OLD_MS);
    await put(`foreign-${nth}/cat.jpg`, 'cat', OLD_MS);
    planted.expected.push(
      `RESIDUE residue-${nth}/`,
      `LATE_OBJECTS late-${nth}/`,
      `PURGED_PREFIX ${purged[nth] ?? ''}`,
    );
  }
}

/**
 * Complete streams number `from` to `to`, every second one in the catalog. The first ones have metadata of a node that
 * is gone and an unfinished upload besides.
 */
export async function fillStreams(
  target: Target,
  owners: Owners,
  sizes: {
    readonly from: number;
    readonly to: number;
    readonly objects: number;
    readonly ofEachKind: number;
  },
  planted: Planted,
): Promise<void> {
  const names = Array.from({ length: sizes.to - sizes.from }, (_, at) => streamName(sizes.from + at));
  await owners.create(names.filter((_, at) => (sizes.from + at) % 2 === 0));
  for (let nth = sizes.to - 1; nth >= sizes.from; nth--) {
    const name = streamName(nth);
    if (target.copyFolder !== undefined && planted.template !== undefined)
      await target.copyFolder(planted.template, name);
    else
      for (const { key, body } of parseableObjects(name, sizes.objects, OLD_MS)) {
        const done = target.put(key, body, OLD_MS);
        if (done !== undefined) await done;
      }
    planted.objects += sizes.objects;
    if (nth >= sizes.ofEachKind) {
      // The first ones have objects of their own besides, and are no model.
      planted.template ??= name;
      continue;
    }
    await target.put(`${name}/.stream/.ingestor.${GONE_NODE}.stream.json`, '{}', OLD_MS);
    planted.objects++;
    await target.upload(`${name}/date=2026-01-01/ingestor.x.${GONE_NODE}.manifest.json`);
    planted.expected.push(`GONE_NODE_METADATA ${name}/`, `UNFINISHED_UPLOAD ${name}/`);
  }
}

function streamName(nth: number): string {
  return `stream-${String(nth).padStart(5, '0')}`;
}

/** What of an audit's findings is compared with what was planted; undefined: it accuses nobody and is not. */
export function saidOf(finding: { readonly kind: string; readonly prefix: string }): string | undefined {
  const { kind, prefix } = finding;
  const isCompared = (LEFTOVER_KINDS as ReadonlySet<string>).has(kind) || kind === 'GONE_NODE_METADATA';
  return isCompared ? `${kind} ${prefix}` : undefined;
}

/** Says what differs; true when nothing does. */
export function judge(said: readonly string[], { expected }: Planted, say: (text: string) => void): boolean {
  const missing = expected.filter((line) => !said.includes(line));
  const wrong = said.filter((line) => !expected.includes(line));
  const isRight = missing.length === 0 && wrong.length === 0 && said.length === expected.length;
  if (isRight) say(`all ${expected.length} planted findings were found, and nothing else accused`);
  else
    say(
      `WRONG: ${missing.length} not found (${missing.slice(0, 3).join(', ')}), ` +
        `${wrong.length} wrongly accused (${wrong.slice(0, 3).join(', ')}), ${said.length} said`,
    );
  return isRight;
}
