/**
 * What the environment says of the Parseable deployments under test. `main.ts` lists the variables. A deployment that is
 * not described is no error: its scenarios are skipped, and {@link Settings.missing} says which variables would run them.
 */
import { parseDuration, type DurationBounds } from '../../src/cli/duration.js';
import { resolveS3Config, type S3Config } from '../../src/objectstore/s3-config.js';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export type SwitchedNode = 'ingest' | 'query';

/** Shell commands that end and start one Parseable process. */
export interface NodeSwitch {
  /** Ends it the hard way, as a crash does, and returns when it is gone. */
  readonly stop: string;
  readonly start: string;
}

/** One bucket and the Parseable nodes that write to it. */
export interface Deployment {
  readonly kind: 'distributed' | 'standalone';
  /** Where SQL is asked: the query node, or the standalone one. */
  readonly queryUrl: string;
  /** Where events go: the ingest nodes, or the standalone one. */
  readonly ingestUrls: readonly string[];
  readonly credentials: Credentials;
  readonly store: S3Config;
  /** Of the last ingest node and of the query node; undefined: nothing ends it. */
  readonly switches: Readonly<Record<SwitchedNode, NodeSwitch | undefined>>;
}

export interface Settings {
  readonly distributed: Deployment | undefined;
  readonly standalone: Deployment | undefined;
  /** By kind of deployment, what is not set. */
  readonly missing: Readonly<Record<Deployment['kind'], string>>;
  /** Undefined: all of them. */
  readonly scenarios: readonly string[] | undefined;
  /** As the helper takes it; undefined: its default. */
  readonly uploadDeadline: string | undefined;
  readonly uploadDeadlineMs: number;
  /** As `serve` takes it. */
  readonly sweepAfter: string;
  readonly sweepsAfterMs: readonly number[];
  /** Of the one scenario that is about many objects. */
  readonly objects: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The helper's own default. */
const UPLOAD_DEADLINE_MS = 300_000;
const SWEEP_AFTER = '3m,6m';
const HOUR_MS = 3_600_000;
const PREFIX = 'SEXTON_TEST_PARSEABLE';

/** Throws for what it cannot make sense of, with the name of the variable. */
export function readSettings(env: Environment, scenarioNames: readonly string[]): Settings {
  const value = (name: string): string | undefined => env[name] || undefined;
  const absent = (...names: readonly string[]): string =>
    names.filter((name) => value(name) === undefined).join(', ');
  const shared = ['P_USERNAME', 'P_PASSWORD'];
  const hasStore = value('P_S3_BUCKET') !== undefined;
  const missing = {
    distributed: absent(`${PREFIX}_QUERY`, `${PREFIX}_INGEST`, ...shared, 'P_S3_BUCKET'),
    standalone: absent(
      `${PREFIX}_STANDALONE`,
      ...shared,
      ...(hasStore && value(`${PREFIX}_QUERY`) === undefined ? [] : [`${PREFIX}_STANDALONE_BUCKET`]),
    ),
  };
  const credentials = { username: value('P_USERNAME') ?? '', password: value('P_PASSWORD') ?? '' };
  const uploadDeadline = value(`${PREFIX}_UPLOAD_DEADLINE`);
  const sweepAfter = value(`${PREFIX}_SWEEP_AFTER`) ?? SWEEP_AFTER;
  return {
    distributed:
      missing.distributed === ''
        ? {
            kind: 'distributed',
            queryUrl: nodeUrl(`${PREFIX}_QUERY`, value(`${PREFIX}_QUERY`) ?? ''),
            ingestUrls: words(value(`${PREFIX}_INGEST`)).map((url) => nodeUrl(`${PREFIX}_INGEST`, url)),
            credentials,
            store: resolveS3Config({}, env),
            switches: { ingest: nodeSwitch(env, 'INGEST'), query: nodeSwitch(env, 'QUERY') },
          }
        : undefined,
    standalone:
      missing.standalone === ''
        ? {
            kind: 'standalone',
            queryUrl: nodeUrl(`${PREFIX}_STANDALONE`, value(`${PREFIX}_STANDALONE`) ?? ''),
            ingestUrls: [nodeUrl(`${PREFIX}_STANDALONE`, value(`${PREFIX}_STANDALONE`) ?? '')],
            credentials,
            store: resolveS3Config({ bucket: value(`${PREFIX}_STANDALONE_BUCKET`) }, env),
            switches: { ingest: undefined, query: undefined },
          }
        : undefined,
    missing,
    scenarios: chosen(value(`${PREFIX}_SCENARIOS`), scenarioNames),
    uploadDeadline,
    uploadDeadlineMs:
      uploadDeadline === undefined
        ? UPLOAD_DEADLINE_MS
        : duration(`${PREFIX}_UPLOAD_DEADLINE`, uploadDeadline, { minMs: 1_000, maxMs: HOUR_MS }),
    sweepAfter,
    sweepsAfterMs: words(sweepAfter).map((word) =>
      duration(`${PREFIX}_SWEEP_AFTER`, word, { minMs: 60_000, maxMs: 24 * HOUR_MS }),
    ),
    objects: wholeNumber(env, `${PREFIX}_OBJECTS`, 10_000, 2_000),
  };
}

function nodeSwitch(env: Environment, node: Uppercase<SwitchedNode>): NodeSwitch | undefined {
  const stop = env[`${PREFIX}_STOP_${node}`] || undefined;
  const start = env[`${PREFIX}_START_${node}`] || undefined;
  if (stop === undefined && start === undefined) return undefined;
  if (stop !== undefined && start !== undefined) return { stop, start };
  const [set, unset] = stop === undefined ? ['START', 'STOP'] : ['STOP', 'START'];
  throw new Error(`${PREFIX}_${set}_${node} is set and ${PREFIX}_${unset}_${node} is not; set both`);
}

/** In the spelling that the helper uses for node ids. */
function nodeUrl(variable: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new Error(`${variable} holds '${text}'; write it as http://HOST:PORT`);
  return url.origin;
}

function chosen(text: string | undefined, known: readonly string[]): readonly string[] | undefined {
  if (text === undefined) return undefined;
  const names = words(text);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new Error(`${PREFIX}_SCENARIOS names '${unknown}'; there are ${known.join(', ')}`);
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

function duration(variable: string, text: string, bounds: DurationBounds): number {
  try {
    return parseDuration(text, bounds);
  } catch (error) {
    throw new Error(`${variable} holds '${text}': ${(error as Error).message}`, { cause: error });
  }
}

function wholeNumber(env: Environment, variable: string, byDefault: number, min: number): number {
  const number = Number(env[variable] || byDefault);
  if (!Number.isSafeInteger(number) || number < min)
    throw new Error(`${variable} must be a whole number from ${min}`);
  return number;
}
