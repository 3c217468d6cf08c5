/**
 * The settings of an S3 bucket: what was said explicitly, then Parseable's `P_S3_*`, then the usual
 * `AWS_*`, field by field. Whatever is missing or contradictory is refused with the names of the
 * option and the variables that would settle it.
 *
 * Credentials come from the environment or the SDK's default chain only, never from a URL, and no
 * message here repeats one.
 */
import { SextonError } from '../shared/errors.js';

/** What `--object-store` said; every field but the bucket is optional and has a variable of its own. */
export interface S3Options {
  readonly bucket?: string | undefined;
  /** `http://host:port` or `https://…`; absent: AWS. */
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly pathStyle?: boolean | undefined;
  readonly tlsSkipVerify?: boolean | undefined;
  readonly checksum?: DeleteChecksum | undefined;
  readonly deleteBatchMax?: number | undefined;
}

/** The integrity header of a batch delete. `auto` begins with CRC32 and changes to MD5 where the server asks for it. */
export type DeleteChecksum = 'auto' | 'md5';

export interface StaticCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Config {
  readonly kind: 's3';
  readonly bucket: string;
  /** Undefined: AWS, by region. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly pathStyle: boolean;
  readonly tlsSkipVerify: boolean;
  readonly checksum: DeleteChecksum;
  /** 1 to 1,000; the probe may find less. */
  readonly deleteBatchMax: number;
  /** Undefined: the SDK's default chain (profiles, web identity, container and instance roles). */
  readonly credentials: StaticCredentials | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting of the object store is wrong or missing. `field` is what a person can change. */
export function configError(field: string, description: string): SextonError {
  return new SextonError('INVALID_ARGUMENT', `object store: ${field}: ${description}`, {
    violations: [{ field, description }],
  });
}

/** Throws INVALID_ARGUMENT. */
export function resolveS3Config(options: S3Options, env: Environment): S3Config {
  const bucket = options.bucket ?? variable(env, 'P_S3_BUCKET')?.value;
  if (bucket === undefined || bucket === '') {
    throw configError('bucket', 'no bucket is named; say --object-store s3://BUCKET or set P_S3_BUCKET');
  }
  // The rule is S3's, minus what some servers allow (underscores, capitals): only what would not fit in a URL is refused.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) {
    throw configError(
      'bucket',
      `${JSON.stringify(bucket)} is not a bucket name (letters, digits, '.', '-', '_'; at least 2)`,
    );
  }
  const endpoint = readEndpoint(options, env);
  return {
    kind: 's3',
    bucket,
    endpoint,
    region: readRegion(options, env, endpoint),
    pathStyle: options.pathStyle ?? readBoolean(env, 'P_S3_PATH_STYLE') ?? true,
    tlsSkipVerify: options.tlsSkipVerify ?? readBoolean(env, 'P_S3_TLS_SKIP_VERIFY') ?? false,
    checksum: options.checksum ?? 'auto',
    deleteBatchMax: options.deleteBatchMax ?? 1000,
    credentials: readCredentials(env),
  };
}

function readEndpoint(options: S3Options, env: Environment): string | undefined {
  const found =
    options.endpoint === undefined
      ? (variable(env, 'P_S3_URL') ??
        variable(env, 'AWS_ENDPOINT_URL_S3') ??
        variable(env, 'AWS_ENDPOINT_URL'))
      : { name: '--object-store endpoint', value: options.endpoint };
  if (found === undefined) return undefined;
  let url;
  try {
    url = new URL(found.value);
  } catch {
    throw configError(found.name, 'is not a URL; write it as http://HOST:PORT or https://HOST');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw configError(
      found.name,
      `has the scheme ${url.protocol}//; write it as http://HOST:PORT or https://HOST`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw configError(
      found.name,
      'carries credentials; use AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead',
    );
  }
  if (url.search !== '' || url.hash !== '')
    throw configError(found.name, 'must not have a query or a fragment');
  return url.href.replace(/\/+$/, '');
}

function readRegion(options: S3Options, env: Environment, endpoint: string | undefined): string {
  const region =
    options.region ??
    (variable(env, 'P_S3_REGION') ?? variable(env, 'AWS_REGION') ?? variable(env, 'AWS_DEFAULT_REGION'))
      ?.value;
  if (region !== undefined) return region;
  // Servers that are not AWS have one region, and most accept this name for it.
  const isAws = endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
  if (!isAws) return 'us-east-1';
  throw configError(
    'region',
    'AWS needs one; say --object-store "s3://BUCKET?region=REGION" or set P_S3_REGION or AWS_REGION',
  );
}

/** A pair from one family of names; half a pair is a mistake, not a reason to look elsewhere. */
function readCredentials(env: Environment): StaticCredentials | undefined {
  for (const [idName, secretName, tokenName] of [
    ['P_S3_ACCESS_KEY', 'P_S3_SECRET_KEY', undefined],
    ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  ] as const) {
    const id = variable(env, idName);
    const secret = variable(env, secretName);
    if (id === undefined && secret === undefined) continue;
    if (id === undefined || secret === undefined) {
      const [set, missing] = id === undefined ? [secretName, idName] : [idName, secretName];
      throw configError(
        missing,
        `is not set but ${set} is; set both, or neither for the default credential chain`,
      );
    }
    const token = tokenName === undefined ? undefined : variable(env, tokenName);
    return {
      accessKeyId: id.value,
      secretAccessKey: secret.value,
      ...(token === undefined ? {} : { sessionToken: token.value }),
    };
  }
  return undefined;
}

/** Undefined when it is unset or empty: an empty variable is how compose files say "not set". */
function variable(
  env: Environment,
  name: string,
): { readonly name: string; readonly value: string } | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : { name, value };
}

function readBoolean(env: Environment, name: string): boolean | undefined {
  const found = variable(env, name);
  return found === undefined ? undefined : parseBoolean(name, found.value);
}

export function parseBoolean(field: string, value: string): boolean {
  if (/^(true|1|yes|on)$/i.test(value)) return true;
  if (/^(false|0|no|off)$/i.test(value)) return false;
  throw configError(field, `${JSON.stringify(value)} is neither true nor false`);
}
